"""Checks on quantities with units, on lists of the head, and on trends over earlier batches."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from rules import units
from rules.checks import Hit, chosen, hit
from rules.errors import BadFact, MissingFact
from rules.facts import RECORD, Fact, Facts, Item, blank, items, number
from rules.model_more import HeadAmong, Quantity, Repeats, Role, SameQuantity, Trend
from rules.trends import baseline, signals
from rules.value_checks import head_of, parameter_hit, parameter_text


def same_quantity(rule: SameQuantity, facts: Facts) -> Iterator[Hit]:
    """Quantities that differ from those of their counterparts, or that can't be compared with them."""
    others: dict[tuple[str, ...], list[Item]] = {}
    for other in items(facts, rule.other, rule.other_name):
        others.setdefault(tuple(str(other.values.get(name)).strip() for name in rule.on.values()), []).append(other)
    totals: dict[tuple[str, ...], list[Item]] = {}
    for one in chosen(rule, facts):
        totals.setdefault(tuple(str(one.values.get(name)).strip() for name in rule.on), []).append(one)
    for key, mine in totals.items():
        theirs = others.get(key)
        if theirs is None:
            continue
        into = str(mine[0].values.get(rule.unit[0]))
        here = _total(mine, rule.quantity[0], rule.unit[0], into)
        there = _total(theirs, rule.quantity[1], rule.unit[1], into)
        alike = here is not None and there is not None and abs(here - there) <= rule.relative * abs(here)
        if not alike:
            yield _unlike(rule, mine, theirs)


def _total(entries: list[Item], quantity: str, unit: str, into: str) -> float | None:
    """The sum in one unit; None where a part is no number, or measures something else."""
    total = 0.0
    for one in entries:
        value = number(one.values.get(quantity))
        try:
            part = None if value is None else units.convert(value, str(one.values.get(unit)), into)
        except BadFact:
            return None
        if part is None:
            return None
        total += part
    return total


def _unlike(rule: SameQuantity, mine: list[Item], theirs: list[Item]) -> Hit:
    def said(entries: list[Item], side: int) -> str:
        names = rule.quantity[side], rule.unit[side]
        return " + ".join(f"{one.values.get(names[0])} {one.values.get(names[1])}" for one in entries)

    found = hit(mine[0], rule.quantity[0], rule.unit[0], mine=said(mine, 0), theirs=said(theirs, 1))
    shown = tuple(one.fact(name) for one in theirs for name in (rule.quantity[1], rule.unit[1]))
    fields = tuple(f"{one.name}.{rule.quantity[1]}" for one in theirs)
    values = tuple(one.values.get(rule.quantity[1]) for one in theirs)
    return Hit((*found.fields, *fields), (*found.values, *values), (*found.facts, *shown), found.words)


def role(rule: Role, facts: Facts) -> Iterator[Hit]:
    """Signatures by somebody who is not in the log of signatures, or not in a role that may sign there."""
    held: dict[str, list[str]] = {}
    for person in items(facts, rule.people, rule.account):
        account, named = person.values.get(rule.account), person.values.get(rule.role)
        if not blank(account) and not blank(named):
            held.setdefault(str(account).strip().lower(), []).append(str(named).strip())
    for one in chosen(rule, facts):
        for name in rule.fields:
            value = one.values.get(name)
            if blank(value):
                continue
            roles = held.get(str(value).strip().lower(), [])
            if not set(roles) & set(rule.roles):
                said = " and ".join(roles) or "nobody in the log of signatures"
                yield hit(one, name, value=value, held=said, roles=" or ".join(rule.roles))


def quantity(rule: Quantity, facts: Facts) -> Iterator[Hit]:
    """Parameters outside limits once they are put into the unit of the limits."""
    for name in rule.parameters:
        text = parameter_text(facts, name)
        if blank(text):
            raise MissingFact(f"values.{name}")
        value, unit = number(text), str(facts["values"][name].get("unit"))
        moved = None if value is None or not units.known(units.code(unit)) else units.convert(value, unit, rule.unit)
        low_enough = moved is not None and (rule.high is None or moved <= rule.high)
        if not low_enough or (rule.low is not None and moved is not None and moved < rule.low):
            shown = "no such quantity" if moved is None else f"{moved:.6g} {rule.unit}"
            yield parameter_hit(facts, (name,), item=name, value=f"{text} {unit}", converted=shown)


def head_among(rule: HeadAmong, facts: Facts) -> Iterator[Hit]:
    """Names in a list of the head that are not known."""
    listed = head_of(facts).get(rule.field)
    if not isinstance(listed, list | tuple) or not listed:
        raise MissingFact(f"batch.{rule.field}")
    odd = [one for one in listed if one not in rule.allowed]
    if odd:
        words = {"value": ", ".join(str(one) for one in odd), "allowed": ", ".join(rule.allowed)}
        yield Hit((rule.field,), (listed,), (Fact(f"batch.{rule.field}", listed, RECORD),), words)


def repeats(rule: Repeats, facts: Facts) -> Iterator[Hit]:
    """Occasions all of whose readings are those of the occasion before."""
    for before, after in pairwise(rule.occasions):
        names = [(f"{one}{before}", f"{one}{after}") for one in rule.readings]
        pairs = [(parameter_text(facts, old), parameter_text(facts, new)) for old, new in names]
        if all(not blank(old) and old == new for old, new in pairs):
            shown = tuple(name for pair in names for name in pair)
            yield parameter_hit(facts, shown, item=after.strip("_"), before=before.strip("_"))


def trend(rule: Trend, facts: Facts) -> Iterator[Hit]:
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
