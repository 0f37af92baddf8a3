"""Conditions, as Python source, under which a rule about parameters or the head surely is satisfied.

A parameter stands in a local variable, read once for all rules: `Parameters` gives its name. As with lists, a condition
that does not hold says nothing: the check decides.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

from rules import model as m
from rules.memo import NUMBERS, written
from rules.screen_lists import Names, at, filled, got


@dataclass
class Parameters:
    """Local variables of a generated function that hold what stands for a parameter."""

    texts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The variable that holds it as it stands."""
        return self.texts.setdefault(name, f"p{len(self.texts)}")

    def figure(self, name: str) -> str:
        """The variable that holds its number, NaN where it is none."""
        self.text(name)
        return self.figures.setdefault(name, f"n{len(self.figures)}")

    def lines(self, read: str) -> list[str]:
        """The source that fills the variables from `V`, the parameters by name; `read` makes a number of a text."""
        found: list[str] = []
        for name, variable in self.texts.items():
            found.append(f"{variable} = V[{name!r}]['text']")
            if name in self.figures:
                found.append(f"{self.figures[name]} = {read.format(variable)}")
        return found

    def plain(self) -> list[str]:
        """The quick way: all texts are numbers without letters (no `inf`, no exponent), bounds or underscores."""
        texts = [self.texts[name] for name in self.figures]
        if not texts:
            return self.lines(_REMEMBERED)
        joined = f"j = ''.join(({', '.join(texts)},))"
        return [*self.lines("float({})"), joined, "if '_' in j or j.upper() != j.lower(): raise ValueError"]

    def careful(self) -> list[str]:
        """The way for all others: numbers are remembered, and what is none is NaN."""
        return self.lines(_REMEMBERED)


_REMEMBERED = "PN[{}]"
Emit = Callable[[Any, Names, Parameters, str], str]


def all_filled(rule: m.Filled, names: Names, known: Parameters, tag: str) -> str:
    del names, tag
    return " and ".join(filled(known.text(name)) for name in rule.parameters)


def limit(rule: m.Limit, names: Names, known: Parameters, tag: str) -> str:
    del tag
    tests: list[str] = []
    low, high, above = (None if one is None else names.give(one) for one in (rule.low, rule.high, rule.above))
    for name in rule.parameters:
        value = known.figure(name)
        within = f"{low} <= {value} <= {high}" if low and high else f"{value} >= {low}" if low else f"{value} <= {high}"
        parts = [within] if low or high else []
        parts += [f"{value} > {above}"] if above else []
        tests.append(f"({' and '.join(parts)} or bounded({known.text(name)}, {low}, {high}, {above}))")
    return " and ".join(tests)


def ordered(rule: m.Ordered, names: Names, known: Parameters, tag: str) -> str:
    del names, tag
    chains = [" <= ".join(known.figure(name) for name in group) for group in rule.groups if len(group) > 1]
    alone = [f"{known.figure(group[0])} == {known.figure(group[0])}" for group in rule.groups if len(group) == 1]
    return " and ".join(chains + alone)


def recompute(rule: m.Recompute, names: Names, known: Parameters, tag: str) -> str:
    value, text = known.figure(rule.value), known.text(rule.value)
    if rule.plus:
        computed = " + ".join(["0", *(known.figure(name) for name in rule.plus)])
        test = ""
    else:
        product = " * ".join(["1", *(known.figure(name) for name in rule.times)])
        divisor = " * ".join(["1", *(known.figure(name) for name in rule.over)])
        test = f"({tag}d := {divisor}) != 0 and "
        computed = f"{names.give(rule.factor)} * ({product}) / {tag}d"
    tolerance = f"TO[{text}]"
    return f"{test}abs({value} - ({computed})) <= {tolerance}"


def same_result(rule: m.SameResult, names: Names, known: Parameters, tag: str) -> str:
    pairs = names.give(tuple(rule.pairs.values()))
    values = ", ".join(known.text(name) for name in rule.pairs)
    return f"({tag}t := rows(f, 'lims.results')) is not None and agree({tag}t, {pairs}, ({values},))"


def head(rule: m.Head, names: Names, known: Parameters, tag: str) -> str:
    del names, known
    tests = [
        f"({tag}{n} := {got(name, 'h')}) != [] and {tag}{n} != () and "
        f"(FI[{tag}{n}] if {tag}{n}.__class__ is str else {tag}{n} is not None)"
        for n, name in enumerate(rule.fields)
    ]
    return " and ".join(tests)


def day_order_head(rule: m.DayOrderHead, names: Names, known: Parameters, tag: str) -> str:
    del names, known, tag
    return f"DL[{got(rule.earlier, 'h')}] <= DF[{got(rule.later, 'h')}]"


def pattern_head(rule: m.PatternHead, names: Names, known: Parameters, tag: str) -> str:
    del known
    form = names.give(re.compile(rule.pattern).fullmatch)
    return f"({tag}v := {got(rule.field, 'h')}).__class__ is str and {form}({tag}v) is not None"


def elapsed(rule: m.Elapsed, names: Names, known: Parameters, tag: str) -> str:
    del known
    start, end = (f"({tag}{n} := D({at(path)}))" for n, path in enumerate((rule.start, rule.end)))
    least, most = (names.give(timedelta(hours=hours)) for hours in (rule.least_hours, rule.most_hours))
    return f"AW <= {start} <= {end} <= ZW and {least} < {tag}1 - {tag}0 < {most}"


def check_character(rule: m.CheckCharacter, names: Names, known: Parameters, tag: str) -> str:
    del names, known
    number, character = at(rule.number), at(rule.character)
    return f"({tag}n := {number}).__class__ is str and ({tag}c := {character}) is not None and CC[{tag}n] == {tag}c"


def head_among(rule: m.HeadAmong, names: Names, known: Parameters, tag: str) -> str:
    del known
    listed = f"({tag}l := {got(rule.field, 'h')}).__class__ is list and {tag}l != []"
    return f"{listed} and {names.give(frozenset(rule.allowed))}.issuperset({tag}l)"


def repeats(rule: m.Repeats, names: Names, known: Parameters, tag: str) -> str:
    """For each occasion, some reading differs from the one before."""
    del names, tag
    tests = [
        "(" + " or ".join(f"{known.text(one + old)} != {known.text(one + new)}" for one in rule.readings) + ")"
        for old, new in pairwise(rule.occasions)
    ]
    return " and ".join(tests)


def trend(rule: m.Trend, names: Names, known: Parameters, tag: str) -> str:
    """No chart has begun: there are no earlier batches."""
    del names, known
    none = [f"({tag}v := {tag}h.get({name!r})) is None or {tag}v == []" for name in rule.parameters]
    return f"({tag}h := f['history']).__class__ is dict and ({') and ('.join(none)})"


EMIT: dict[str, Emit] = {
    "filled": all_filled,
    "limit": limit,
    "ordered": ordered,
    "recompute": recompute,
    "same_result": same_result,
    "head": head,
    "day_order_head": day_order_head,
    "pattern_head": pattern_head,
    "head_among": head_among,
    "repeats": repeats,
    "trend": trend,
    "elapsed": elapsed,
    "check_character": check_character,
}
"""Kinds of rules about single places whose satisfaction can be seen at a glance."""
ON_HEAD = frozenset({"head", "day_order_head", "pattern_head", "head_among"})

MASTER: dict[m.MasterAspect, str] = {
    m.MasterAspect.PRESENT: "t is not None and (t.__class__ is not str or FI[t])",
    m.MasterAspect.UNIT: "p.get('unit') == unit",
    m.MasterAspect.LIMITS: "p.get('low') == low and p.get('high') == high",
    m.MasterAspect.VALUE: "(low is None and high is None) or (t.__class__ is str and "
    "((x := p.get('value')) is None or NU[t] == written(x)) and bounded(t, low, high))",
}
"""What each aspect asks of a parameter `p` with the text `t`, against the master record's `unit`, `low` and `high`."""


def agree(results: list[dict[str, Any]], tests: tuple[str, ...], values: tuple[Any, ...]) -> bool:
    """Whether the LIMS gives each test once, with the value of the record."""
    told: dict[Any, Any] = {}
    for one in results:
        test = one.get("test")
        told[test] = None if test in told else one.get("result")
    return all(_figure(told.get(test)) == _figure(value) for test, value in zip(tests, values, strict=True))


def _figure(value: Any) -> float:
    return float(NUMBERS[value]) if value.__class__ is str else float(written(value))


__all__ = ["EMIT", "MASTER", "ON_HEAD", "Parameters", "agree"]
