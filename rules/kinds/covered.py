"""Kind `covered`: the times of every entry lie within a period that a counterpart in another list gives."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, Item, blank, day, items, moment
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.memo import STRIPPED
from rules.screens import Names, Part, joined_key

Periods = dict[Any, list[tuple[datetime, datetime]]]
# A day begins and ends within these hours of UTC, wherever on earth it is counted.
_BEGUN, _NOT_ENDED = timedelta(hours=12), timedelta(hours=10)


class Covered(Each):
    """The times of every entry lie within the period of a counterpart: a qualification, a clean state, a release.

    `since` and `until` are days or times of the counterpart; without `until` a period has no end. `having` asks
    something more of it. An entry without a key or without any time is another rule's finding.
    """

    kind: Literal["covered"]
    at: tuple[Name, ...] = Field(min_length=1)
    other: Name
    other_name: Name
    on: dict[str, str] = Field(min_length=1)
    having: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    since: Name
    until: Name | None = None

    def reads(self) -> Reads:
        ends = (self.since,) if self.until is None else (self.since, self.until)
        return Reads(
            fields=(*self.at, *self.on),
            others=(self.other_name, *self.on.values(), *self.having, *ends),
        )


def check(rule: Covered, facts: Facts) -> Iterator[Hit]:
    """Entries at a time for which no counterpart is valid."""
    others: dict[tuple[str, ...], list[Item]] = {}
    for other in items(facts, rule.other, rule.other_name):
        if all(other.values.get(name) in allowed for name, allowed in rule.having.items()):
            key = tuple(str(other.values.get(name)).strip() for name in rule.on.values())
            others.setdefault(key, []).append(other)
    for one in chosen(rule, facts):
        times = [name for name in rule.at if not blank(one.values.get(name))]
        if not times or any(blank(one.values.get(name)) for name in rule.on):
            continue
        found = others.get(tuple(str(one.values.get(name)).strip() for name in rule.on), [])
        if not any(_covers(rule, other, one, times) for other in found):
            ends = [other.fact(name) for other in found for name in (rule.since, rule.until) if name]
            shown = hit(one, *rule.on, *times, said=_said(rule, found), other=rule.other)
            yield Hit(shown.fields, shown.values, (*shown.facts, *ends), shown.words)


def _covers(rule: Covered, other: Item, one: Item, times: list[str]) -> bool:
    since = other.values.get(rule.since)
    if blank(since):
        return False
    begun = all(_not_after(since, one.values[name], other.path, one.path) for name in times)
    if rule.until is None or not begun:
        return begun
    until = other.values.get(rule.until)
    return not blank(until) and all(_not_after(one.values[name], until, one.path, other.path) for name in times)


def _not_after(early: Any, late: Any, early_place: str, late_place: str) -> bool:
    """Whether one comes no later than the other: by the day where either is a day."""
    read: Callable[[Any, str], Any] = moment if min(len(str(early)), len(str(late))) > 10 else day
    return bool(read(early, early_place) <= read(late, late_place))


def _said(rule: Covered, found: list[Item]) -> str:
    if not found:
        return f"{rule.other.replace('_', ' ')} hold nothing for it"
    periods = [
        f"{one.values.get(rule.since) or 'nothing'} to {(rule.until and one.values.get(rule.until)) or 'nothing'}"
        for one in found
    ]
    return f"{rule.other.replace('_', ' ')} hold {' and '.join(periods)}"


def screen(rule: Covered, names: Names, tag: str) -> Part:
    def periods(rows: Iterable[dict[str, Any]] | None) -> Periods:
        return _periods(rule, rows or ())

    before = (f"{tag}t = rows(f, {rule.other!r})", f"{tag}o = {names.give(periods)}({tag}t)")
    times = [names.time(name) for name in rule.at]
    key = joined_key(rule.on, "e", f"{tag}k")
    within = f"{names.give(_within)}({tag}o.get({key}), ({', '.join(times)},))"
    sane = " and ".join(f"AW <= {time} <= ZW" for time in times)
    filled = " and ".join(f"FI[{names.field(name)}]" for name in rule.on)
    return Part(f"{filled} and {sane} and {within}", before, finally_=f"{tag}t is not None")


def _periods(rule: Covered, rows: Iterable[dict[str, Any]]) -> Periods:
    """Periods in which a counterpart surely is valid, whatever the zone in which its days are counted."""
    found: Periods = {}
    for row in rows:
        if not all(row.get(name) in allowed for name, allowed in rule.having.items()) or blank(row.get(rule.since)):
            continue
        begun = _instant(row[rule.since], _BEGUN)
        until = row.get(rule.until) if rule.until else None
        if rule.until and blank(until):
            continue
        ended = datetime.max.replace(tzinfo=UTC) if rule.until is None else _instant(until, _NOT_ENDED)
        key = tuple(STRIPPED[row[name]] for name in rule.on.values())
        found.setdefault(key[0] if len(key) == 1 else key, []).append((begun, ended))
    return found


def _instant(text: Any, after: timedelta) -> datetime:
    """A time as it is, a day so many hours after it began in UTC.

    Raises:
        ValueError: it is neither a day nor a time with a zone.
    """
    read = datetime.fromisoformat(text)
    if len(text) > 10:
        if read.tzinfo is None:
            raise ValueError
        return read.astimezone(UTC)
    return read.replace(tzinfo=UTC) + after


def _within(periods: list[tuple[datetime, datetime]] | None, times: tuple[datetime, ...]) -> bool:
    return any(all(begun <= one <= ended for one in times) for begun, ended in periods or ())


KIND = Kind(Covered, check, words=("said", "other"), place="entries", screen=screen)
