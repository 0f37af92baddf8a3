"""Kind `lasts`: something lasts until a day of the head has ended, in the zone in which that day is counted."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.base import Name, Reads, RuleBase
from rules.errors import BadFact
from rules.facts import Fact, Facts, blank, day, look_up, moment
from rules.family import Kind
from rules.hits import Hit, head_of
from rules.screens import Names, Part, got

_LATEST = timezone(timedelta(hours=-12))
"""Where a day ends last on earth: what holds there holds anywhere."""


class Lasts(RuleBase):
    """The time `until` is not before the end of the day `day`, as that day is counted in the time zone `zone`.

    All three are fields of the head; `zone` is an IANA name (Europe/Berlin). Where it is not filled in, the day is
    taken to end where it ends last.
    """

    kind: Literal["lasts"]
    day: Name
    zone: Name
    until: Name

    def reads(self) -> Reads:
        return Reads(head=(self.day, self.zone, self.until))


def check(rule: Lasts, facts: Facts) -> Iterator[Hit]:
    """What ends before the day does, and days of which nobody can say when they end."""
    last, until = (look_up(facts, f"batch.{name}") for name in (rule.day, rule.until))
    zone = head_of(facts).get(rule.zone)
    on, ends = day(last, f"batch.{rule.day}"), moment(until, f"batch.{rule.until}")
    over = _over(on.isoformat() if on else "", zone)
    if over is None or ends is None or ends < over:
        names = (rule.day, rule.zone, rule.until)
        shown = tuple(Fact(f"batch.{name}", head_of(facts).get(name)) for name in names)
        values = tuple(fact.value for fact in shown)
        words = {"day": last, "until": until, "over": over or "never (the zone is not known)"}
        words["zone"] = "an unknown zone" if blank(zone) else zone
        yield Hit(names, values, shown, {**words, **dict(zip(names, values, strict=True))})


@lru_cache(maxsize=4096)
def _over(text: str, zone: Any) -> datetime | None:
    """When a day is over; None in a zone that is not known.

    Raises:
        BadFact: after that day there is none.
    """
    try:
        where = _LATEST if blank(zone) else ZoneInfo(str(zone))
        return datetime.combine(datetime.fromisoformat(text).date() + timedelta(days=1), time(), where).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    except OverflowError:
        raise BadFact(f"The day {text} is the last that can be counted: correct it where it was recorded.") from None


def screen(rule: Lasts, names: Names, tag: str) -> Part:
    del tag
    over = f"{names.give(_surely_over)}({got(rule.day, 'h')}, {got(rule.zone, 'h')})"
    return Part(f"AW <= {over} <= D({got(rule.until, 'h')}) <= ZW")


def _surely_over(text: Any, zone: Any) -> datetime:
    found = _over(text, zone) if isinstance(text, str) and len(text) == 10 else None
    if found is None:
        raise ValueError
    return found


KIND = Kind(Lasts, check, words=("day", "until", "over", "zone"), place="head", screen=screen)
