"""Kind `same_result`: a parameter of the record and a result in the LIMS are the same number."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from rules.base import Reads, RuleBase
from rules.facts import Facts, blank, items, number
from rules.family import Kind
from rules.hits import Hit, parameter_hit, parameter_text, picked
from rules.memo import NUMBERS, written
from rules.screens import Names, Part


class SameResult(RuleBase):
    """A parameter of the record and a result in the LIMS are the same number; a silent source is a finding too."""

    kind: Literal["same_result"]
    pairs: dict[str, str] = Field(min_length=1)
    unless: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Results that are left out: those of which another one is reported."""

    def reads(self) -> Reads:
        return Reads(parameters=tuple(self.pairs))


def check(rule: SameResult, facts: Facts) -> Iterator[Hit]:
    """Results that differ between record and LIMS, or that one of the two does not give."""
    results: dict[str, list[Any]] = {}
    for one in items(facts, "lims.results", "result_id"):
        if not picked(one, {}, rule.unless):
            continue
        results.setdefault(str(one.values.get("test")), []).append(one)
    for name, test in rule.pairs.items():
        recorded = parameter_text(facts, name)
        found = results.get(test, [])
        texts = [one.values.get("result") for one in found] or [None]
        numbers = [number(text) if not blank(text) else None for text in texts]
        mine = number(recorded) if not blank(recorded) else None
        if mine is not None and len(numbers) == 1 and numbers[0] is not None and mine == numbers[0]:
            continue
        base = parameter_hit(facts, (name,))
        shown = tuple(one.fact("result") for one in found)
        silent = not blank(recorded) and all(blank(text) for text in texts)
        said = _said(recorded, texts, silent=silent)
        words = {**base.words, "name": name, "test": test, "said": said}
        yield Hit((name, *(test for _ in texts)), (recorded, *texts), (*base.facts, *shown), words)


def _said(recorded: Any, texts: list[Any], *, silent: bool) -> str:
    if silent:
        return f"the record says {recorded}, the LIMS nothing"
    if blank(recorded):
        return f"the record says nothing, the LIMS {', '.join(str(text) for text in texts)}"
    return f"the record says {recorded}, the LIMS {' and '.join(str(text) for text in texts)}"


def screen(rule: SameResult, names: Names, tag: str) -> Part:
    pairs = names.give(tuple(rule.pairs.values()))
    values = ", ".join(names.text(name) for name in rule.pairs)
    return Part(
        f"({tag}t := rows(f, 'lims.results')) is not None and {names.give(agree)}({tag}t, {pairs}, ({values},))"
    )


def agree(results: list[dict[str, Any]], tests: tuple[str, ...], values: tuple[Any, ...]) -> bool:
    """Whether the LIMS gives each test once, with the value of the record."""
    told: dict[Any, Any] = {}
    for one in results:
        test = one.get("test")
        told[test] = None if test in told else one.get("result")
    return all(_figure(told.get(test)) == _figure(value) for test, value in zip(tests, values, strict=True))


def _figure(value: Any) -> float:
    return float(NUMBERS[value]) if value.__class__ is str else float(written(value))


KIND = Kind(SameResult, check, words=("name", "test", "said", "values", "names"), place="values", screen=screen)
