"""Kind `range`: the number of every entry lies between its limits; a limit is a number or the field that holds it."""

from collections.abc import Iterator
from typing import Literal

from pydantic import model_validator

from rules.base import Each, Name, Reads, Value
from rules.facts import Facts, Item, blank, inside, number
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part


class Range(Each):
    """The number of every entry lies between its limits; a limit is a number or the field that holds it."""

    kind: Literal["range"]
    value: Name
    low: Value | None = None
    high: Value | None = None
    strict: bool = False
    """Whether the limits themselves are outside."""

    @model_validator(mode="after")
    def _sensible(self) -> "Range":
        if self.low is None and self.high is None:
            raise ValueError("a range needs low or high, or it can never fire")
        if isinstance(self.low, float) and isinstance(self.high, float) and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self

    def reads(self) -> Reads:
        return Reads(fields=(self.value, *(one for one in (self.low, self.high) if isinstance(one, str))))


def check(rule: Range, facts: Facts) -> Iterator[Hit]:
    """Numbers outside their limits, or values that are no numbers where limits stand."""
    for one in chosen(rule, facts):
        raw = one.values.get(rule.value)
        low, high = (_limit(one, limit) for limit in (rule.low, rule.high))
        if blank(raw) or (low is None and high is None):
            continue
        names = (rule.value, *(limit for limit in (rule.low, rule.high) if isinstance(limit, str)))
        words = {"value": raw, "low": low, "high": high}
        below = isinstance(raw, str) and raw.strip().startswith("<") and "=" not in raw
        on_limit = rule.strict and not below and number(raw) in (low, high)
        if on_limit or not inside(raw, low, high):
            yield hit(one, *names, **words)


def _limit(one: Item, limit: float | str | None) -> float | None:
    return number(one.values.get(limit)) if isinstance(limit, str) else limit


def screen(rule: Range, names: Names, tag: str) -> Part:
    value = names.field(rule.value)
    lines = [f"{tag}a = {value} if {value}.__class__ is float else PN[{value}]"]
    tests: list[str] = []
    limits: list[str] = []
    equal = "" if rule.strict else "="
    for side, limit, sign in (("l", rule.low, ">"), ("h", rule.high, "<")):
        held = f"{tag}{side}"
        if isinstance(limit, str):
            lines += [f"{held} = {names.field(limit)}", f"if {held}.__class__ is str: {held} = LI[{held}]"]
            tests.append(f"({held} is None or {tag}a {sign}{equal} {held})")
        elif limit is not None:
            held = names.give(limit)
            tests.append(f"{tag}a {sign}{equal} {held}")
        else:
            held = "None"
        limits.append(held)
    strict = ", strict=True" if rule.strict else ""
    bounded = f" or bounded({value}, {limits[0]}, {limits[1]}{strict})"
    return Part(f"({' and '.join(tests)}){bounded}", inside=tuple(lines))


KIND = Kind(Range, check, words=("value", "low", "high"), place="entries", screen=screen)
