"""Which rules of a set apply to a batch: by its destination markets, by the day of the review, draft law or not."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from rules.base import RuleBase
from rules.facts import zones

_CODES = "EU AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO"
_EEA = frozenset(_CODES.split(" "))
_OTHERS = {"US": "US", "GB": "UK", "CH": "CH"}
JURISDICTIONS = ("CH", "EU", "UK", "US")
_MOST_REMEMBERED = 5_000


def jurisdiction_of(market: object) -> str | None:
    """The jurisdiction that a market belongs to; None for one that the rule book does not know."""
    if market in _EEA:
        return "EU"
    return _OTHERS.get(market) if isinstance(market, str) else None


@dataclass(frozen=True, eq=False)
class Selection:
    """Rules that apply: their places in the set, and in words what they stand for."""

    places: tuple[int, ...]
    words: str
    """The jurisdictions, and whether draft law is among them, as a verdict says it."""


class Selector:
    """Finds the rules that apply, once for each combination of jurisdictions, period and draft law."""

    def __init__(self, rules: Sequence[RuleBase]) -> None:
        self._rules = rules
        days = {one.effective_from for one in rules} | {one.effective_until for one in rules}
        self._days = sorted(day.isoformat() for day in days if day is not None)
        self._known: dict[Any, Selection] = {}
        self._made: dict[Any, Selection] = {}

    def choose(self, facts: Mapping[str, Any], *, draft: bool = False) -> Selection:
        """The rules that apply to these facts.

        A market that is not known, or none at all, selects every jurisdiction, and a review without a day every date:
        when in doubt, the stricter. The day is the plant's; where its zone is not known, each that it is somewhere.
        """
        head = facts.get("batch")
        markets = head.get("markets") if isinstance(head, dict) else None
        listed = tuple(markets) if isinstance(markets, list) else ()
        now = facts.get("now")
        key = (listed, _days(now, zones(facts)) if isinstance(now, str) else (), draft)
        try:
            found = self._known.get(key)
        except TypeError:  # a market that is no text
            key = ((), key[1], draft)
            found = self._known.get(key)
        if found is None:
            if len(self._known) > _MOST_REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._make(*key)
        return found

    def _make(self, markets: tuple[object, ...], days: tuple[str, ...], draft: bool) -> Selection:
        known = [jurisdiction_of(one) for one in markets] or [None]
        chosen = JURISDICTIONS if None in known else tuple(sorted({one for one in known if one}))
        period = (chosen, tuple((bisect_right(self._days, day), day in self._days) for day in days), draft)
        found = self._made.get(period)
        if found is None:
            places = tuple(
                place for place, rule in enumerate(self._rules) if _applies(rule, frozenset(chosen), days, draft=draft)
            )
            words = f"{' and '.join(chosen)}{', draft law included' if draft else ''}"
            found = self._made[period] = Selection(places, words)
        return found


@lru_cache(maxsize=4096)
def _days(now: str, zones: tuple[tzinfo, ...]) -> tuple[str, ...]:
    """The days that it is in these zones; none where the text names no day."""
    day = now[:10]
    try:
        if date.fromisoformat(day).isoformat() != day:
            return ()
        moment = datetime.fromisoformat(now)
        if len(now) == len(day) or moment.tzinfo is None:
            return (day,)
        return tuple(sorted({moment.astimezone(zone).date().isoformat() for zone in zones}))
    except ValueError:
        return ()
    except OverflowError:
        return (day,)


def _applies(rule: RuleBase, chosen: frozenset[str], days: tuple[str, ...], *, draft: bool) -> bool:
    if "any" not in rule.applies_in and not rule.applies_in & chosen:
        return False
    if rule.status == "draft":
        return draft
    first = rule.effective_from.isoformat() if rule.effective_from else ""
    last = rule.effective_until.isoformat() if rule.effective_until else "9999-12-31"
    return not days or any(first <= day <= last for day in days)
