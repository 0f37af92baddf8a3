"""Kind `trend`: a parameter, seen with those of earlier batches, shows none of these signals of a control chart."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from rules.base import Name, Reads, RuleBase
from rules.errors import BadFact, MissingFact
from rules.facts import RECORD, Fact, Facts, number
from rules.family import Kind
from rules.hits import Hit, parameter_hit, parameter_text
from rules.screens import Names, Part
from rules.trends import TESTS, baseline, signals


class Trend(RuleBase):
    """A parameter, seen with those of earlier batches, shows none of these signals of a control chart.

    The first `baseline` earlier batches give centre and spread; with fewer than that the chart has not begun, and the
    rule is satisfied. Facts without any history can't be judged.
    """

    kind: Literal["trend"]
    parameters: tuple[Name, ...] = Field(min_length=1)
    tests: tuple[Annotated[str, Field()], ...] = Field(min_length=1)
    baseline: int = Field(default=20, ge=10, le=500)

    @field_validator("tests")
    @classmethod
    def _known_tests(cls, tests: tuple[str, ...]) -> tuple[str, ...]:
        unknown = next((one for one in tests if one not in TESTS), None)
        if unknown is not None:
            raise ValueError(f"there is no trend test {unknown!r}: use {', '.join(TESTS)}")
        return tests

    def reads(self) -> Reads:
        return Reads(parameters=self.parameters)

    def trended(self) -> tuple[str, ...]:
        return self.parameters


def check(rule: Trend, facts: Facts) -> Iterator[Hit]:
    """Signals of a control chart in which the batch under review takes part."""
    history = facts.get("history")
    if not isinstance(history, dict):
        raise MissingFact("history")
    for name in rule.parameters:
        earlier = _earlier(history.get(name), name)
        if len(earlier) < rule.baseline:
            continue
        current = number(parameter_text(facts, name))
        if current is None:  # blank or no number: findings of other rules
            continue
        for words in _signals(rule, earlier, current):
            found = parameter_hit(facts, (name,), item=name, signal=words, earlier=len(earlier))
            shown = Fact(f"history.{name}", earlier[-15:], {**RECORD, "page": "earlier batches"})
            yield Hit(found.fields, found.values, (*found.facts, shown), found.words)


def _signals(rule: Trend, earlier: list[float], current: float) -> list[str]:
    start = earlier[: rule.baseline]
    if min(start) == max(start):
        return [] if current == start[0] else [f"the first value other than {start[0]:g}"]
    return [one.words for one in signals([*earlier, current], baseline(start, least=rule.baseline), rule.tests)]


def _earlier(values: Any, name: str) -> list[float]:
    if values is None:
        return []
    if not isinstance(values, list | tuple):
        raise BadFact(f"history.{name} is {type(values).__name__}, not a list of earlier values, oldest first.")
    read = [number(one) for one in values]
    if any(one is None for one in read):
        raise BadFact(f"history.{name} holds something that is no number: give earlier values, oldest first.")
    return [one for one in read if one is not None]


def screen(rule: Trend, names: Names, tag: str) -> Part:
    """No chart has begun: there are no earlier batches."""
    del names
    none = [f"({tag}v := {tag}h.get({name!r})) is None or {tag}v == []" for name in rule.parameters]
    return Part(f"({tag}h := f['history']).__class__ is dict and ({') and ('.join(none)})")


KIND = Kind(Trend, check, words=("signal", "earlier", "values", "names"), place="facts", screen=screen)
