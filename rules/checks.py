"""What each kind of rule looks for in entries and tables. A check yields hits; a fact that is not there raises."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import pairwise
from typing import Any

from rules import model as m
from rules.facts import RECORD, Fact, Facts, Item, blank, day, inside, items, look_up, moment, no_zone, number, zones


@dataclass(frozen=True)
class Hit:
    """One way in which a rule is not satisfied: fields and values as they stood, the facts, and words for the text."""

    fields: tuple[str, ...]
    values: tuple[Any, ...]
    facts: tuple[Fact, ...]
    words: dict[str, Any] = field(default_factory=dict)


Check = Callable[[Any, Facts], Iterator[Hit]]


def chosen(rule: Any, facts: Facts) -> list[Item]:
    """The entries that a rule is about."""
    found = items(facts, rule.each, rule.name)
    if not rule.where:
        return found
    return [one for one in found if all(one.values.get(key) in allowed for key, allowed in rule.where.items())]


def hit(one: Item, *names: str, **words: Any) -> Hit:
    """A hit on some fields of an entry."""
    shown = tuple(f"{one.name}.{name}" for name in names)
    values = tuple(one.values.get(name) for name in names)
    said = {**{name: one.values.get(name) for name in names}, "item": one.name, **words}
    return Hit(shown, values, tuple(one.fact(name) for name in names), said)


def presence(rule: m.Presence, facts: Facts) -> Iterator[Hit]:
    """Fields that are not filled in."""
    for one in chosen(rule, facts):
        missing = [name for name in rule.fields if blank(one.values.get(name))]
        if missing:
            yield hit(one, *missing, missing=", ".join(missing))


def in_range(rule: m.Range, facts: Facts) -> Iterator[Hit]:
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


def enumeration(rule: m.Enumeration, facts: Facts) -> Iterator[Hit]:
    """Values that are not among those allowed."""
    for one in chosen(rule, facts):
        if one.values.get(rule.field) not in rule.allowed:
            yield hit(one, rule.field, value=one.values.get(rule.field), allowed=" or ".join(rule.allowed))


def different(rule: m.Different, facts: Facts) -> Iterator[Hit]:
    """Two fields that say the same."""
    first, second = rule.fields
    for one in chosen(rule, facts):
        value = one.values.get(first)
        if not blank(value) and str(value).strip().lower() == str(one.values.get(second)).strip().lower():
            yield hit(one, first, second, value=value)


def time_order(rule: m.TimeOrder, facts: Facts) -> Iterator[Hit]:
    """Times that go backwards, or lie too far apart."""
    for one in chosen(rule, facts):
        times = [moment(one.values.get(name), f"{one.path}.{name}") for name in rule.fields]
        known = [time for time in times if time is not None]
        backwards = any(later < earlier for earlier, later in pairwise(known))
        far = rule.within_hours is not None and len(known) > 1
        if backwards or (far and (known[-1] - known[0]).total_seconds() / 3600 > (rule.within_hours or 0)):
            yield hit(one, *rule.fields)


def sequence(rule: m.Sequence, facts: Facts) -> Iterator[Hit]:
    """Entries that start before the one before them has ended."""
    before: Item | None = None
    for one in chosen(rule, facts):
        if before is not None:
            ended = moment(before.values.get(rule.end), f"{before.path}.{rule.end}")
            started = moment(one.values.get(rule.start), f"{one.path}.{rule.start}")
            if ended is not None and started is not None and started < ended:
                found = hit(one, rule.start, before=before.name)
                shown = (*found.facts, before.fact(rule.end))
                fields = (*found.fields, f"{before.name}.{rule.end}")
                values = (*found.values, before.values.get(rule.end))
                yield Hit(fields, values, shown, found.words)
        before = one


def expiry(rule: m.Expiry, facts: Facts) -> Iterator[Hit]:
    """What was used after its last day, or has no last day."""
    everywhere, unplaced = zones(facts), ""
    for one in chosen(rule, facts):
        late = {_late(rule, one, zone) for zone in everywhere}
        if late == {True}:
            until = day(one.values.get(rule.until), f"{one.path}.{rule.until}", everywhere[0])
            yield hit(one, rule.until, *rule.used, until=until or "nothing")
        elif len(late) > 1:
            unplaced = unplaced or one.path
    if unplaced:
        raise no_zone(f"{unplaced}.{rule.used[0]}")


def _late(rule: m.Expiry, one: Item, zone: tzinfo) -> bool:
    until = day(one.values.get(rule.until), f"{one.path}.{rule.until}", zone)
    used = [day(one.values.get(name), f"{one.path}.{name}", zone) for name in rule.used]
    return until is None or any(moment_used is not None and moment_used > until for moment_used in used)


def complete(rule: m.Complete, facts: Facts) -> Iterator[Hit]:
    """Names that are not among the entries."""
    listed = [str(one.values.get(rule.field)) for one in chosen(rule, facts)]
    there = set(listed)
    if rule.in_order:
        yield from _out_of_order(rule, listed)
        return
    for name in rule.required:
        if name not in there:
            fact = Fact(f"{rule.each}[{name}]", None)
            yield Hit((name,), (None,), (fact,), {"item": name})


def _out_of_order(rule: m.Complete, listed: list[str]) -> Iterator[Hit]:
    """The first name that does not stand where it should; names that are missing are another rule's finding."""
    there = set(listed)
    wanted = [name for name in rule.required if name in there]
    known = [name for name in dict.fromkeys(listed) if name in rule.required]
    for right, name in zip(wanted, known, strict=True):
        if right != name:
            yield Hit((name,), (name,), (Fact(f"{rule.each}[{name}]", name),), {"item": name, "wanted": right})
            return


def unique(rule: m.Unique, facts: Facts) -> Iterator[Hit]:
    """Entries that say the same as an earlier one."""
    seen: dict[tuple[str, ...], Item] = {}
    for one in chosen(rule, facts):
        key = tuple(str(one.values.get(name)) for name in rule.fields)
        if key in seen:
            yield hit(one, *rule.fields, other=seen[key].name, key=", ".join(key))
        seen.setdefault(key, one)


def same(rule: m.Same, facts: Facts) -> Iterator[Hit]:
    """Entries that name something else than the batch record does."""
    wanted = look_up(facts, rule.as_)
    for one in chosen(rule, facts):
        value = one.values.get(rule.field)
        if str(value).strip() != str(wanted).strip():
            found = hit(one, rule.field, value=value, wanted=wanted)
            record = Fact(rule.as_, wanted, RECORD)
            yield Hit((*found.fields, rule.as_), (*found.values, wanted), (*found.facts, record), found.words)


def match(rule: m.Match, facts: Facts) -> Iterator[Hit]:
    """Entries without a counterpart in the other table, or with one that says something else."""
    others: dict[tuple[str, ...], Item] = {}
    for other in items(facts, rule.other, rule.other_name):
        others.setdefault(tuple(str(other.values.get(name)).strip() for name in rule.on.values()), other)
    for one in chosen(rule, facts):
        key = tuple(str(one.values.get(name)).strip() for name in rule.on)
        counterpart = others.get(key)
        if counterpart is None:
            yield hit(one, *rule.on, said="no counterpart", other=rule.other)
            continue
        for mine, theirs in rule.equal.items():
            left, right = one.values.get(mine), counterpart.values.get(theirs)
            if not _equal(left, right):
                found = hit(one, mine, said=f"{right} instead of {left}", other=rule.other)
                fields = (*found.fields, f"{counterpart.name}.{theirs}")
                yield Hit(fields, (left, right), (*found.facts, counterpart.fact(theirs)), found.words)


def _equal(left: Any, right: Any) -> bool:
    numbers = number(left), number(right)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] == numbers[1]
    return str(left).strip() == str(right).strip()
