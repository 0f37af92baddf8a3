"""What texts say, remembered: the same few hundred texts come back in batch after batch.

Every table answers in a way that no comparison holds for a text that can't be read (NaN), so that such a text is never
cleared by a screen and goes to the check that says what is wrong with it.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from rules.errors import BadFact
from rules.facts import blank, bound_of, day, number

_MOST = 50_000
NAN = math.nan
_WEST, _EAST = timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))
"""Where a day begins last and first: a screen knows no zone, and clears what is in order in all of them."""


class Memo(dict[str, Any]):
    """Answers by text; emptied when it has grown to 50,000, so that memory stays flat."""

    def __init__(self, answer: Callable[[str], Any]) -> None:
        super().__init__()
        self._answer = answer

    def __missing__(self, text: str) -> Any:
        if len(self) >= _MOST:
            self.clear()
        found = self[text] = self._answer(text)
        return found


def _number(text: str) -> float:
    found = number(text)
    return NAN if found is None else found


def _bounds(text: str) -> tuple[float, float]:
    """What a text is known to lie between, as `inside` understands it: `< 5` lies between 0 and 5."""
    exact = _number(text)
    sign = bound_of(text)[0]
    return NAN if exact != exact else 0.0 if sign == "<" else exact, math.inf if sign == ">" else exact


def _plain_number(text: Any) -> float:
    """The number that a text is; NaN for a bound, and for everything that is no text."""
    return NAN if text.__class__ is not str or bound_of(text)[0] else _number(text)


def bounded(
    value: Any, low: float | None, high: float | None, above: float | None = None, *, strict: bool = False
) -> bool:
    """Whether a value, perhaps a bound like `< 5`, is known to lie between limits."""
    least, most = BOUNDS[value] if value.__class__ is str else (written(value), written(value))
    if strict and (least == low or most == high):
        return False
    known = bool(least == least)
    return (
        known
        and (low is None or bool(least >= low))
        and (high is None or bool(most <= high))
        and (above is None or bool(least > above))
    )


def _end_of_day(text: Any) -> datetime:
    """The last moment of a day wherever it ends first: what is earlier, is in time in every zone.

    In UTC, as most moments are: times of one zone are compared without asking it.

    Raises:
        ValueError: it is no day, nor a time with a zone.
    """
    read = day(text, "", _WEST) if text.__class__ is str else None
    if read is None:
        raise ValueError
    return datetime(read.year, read.month, read.day, 23, 59, 59, 999_999, tzinfo=_EAST).astimezone(UTC)


def _day(text: Any, zone: tzinfo) -> float:
    if text.__class__ is not str:
        return NAN
    try:
        read = day(text, "", zone)
    except BadFact:
        return NAN
    return NAN if read is None else read.toordinal()


def half_last_place(text: Any) -> float:
    """Half a unit of the last place of a number as it was written, and a hair for binary fractions."""
    _, _, decimals = str(text).strip().partition(".")
    return float(0.5 * 10.0 ** -len(decimals)) * (1 + 1e-6)


def written(text: Any) -> Any:
    """Nothing else than numbers and texts can be read as a number."""
    return text if text.__class__ is float or text.__class__ is int else NAN


NUMBERS = Memo(_number)
BOUNDS = Memo(_bounds)
PLAIN = Memo(_plain_number)
DAY_ENDS = Memo(_end_of_day)
FIRST_DAYS = Memo(lambda text: _day(text, _WEST))
LAST_DAYS = Memo(lambda text: _day(text, _EAST))
"""The first and the last day that a time may be on, by the zone; a date is one day."""
FILLED = Memo(lambda text: not blank(text))
STRIPPED = Memo(str.strip)
LOWERED = Memo(lambda text: text.strip().lower())
LIMITS = Memo(number)
"""A limit that is written as a text: None where no number stands, and then there is no limit."""
TOLERANCES = Memo(half_last_place)
# Between these, a time has a place in UTC whatever its zone; and a time without a zone can't be compared with them.
FIRST, LAST = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 29, tzinfo=UTC)
TABLES: dict[str, Any] = {
    "NU": NUMBERS,
    "PN": PLAIN,
    "DF": FIRST_DAYS,
    "DL": LAST_DAYS,
    "DE": DAY_ENDS,
    "FI": FILLED,
    "ST": STRIPPED,
    "LO": LOWERED,
    "LI": LIMITS,
    "TO": TOLERANCES,
    "AW": FIRST,
    "ZW": LAST,
    "D": datetime.fromisoformat,
    "bounded": bounded,
    "written": written,
}
"""The names under which generated functions know all this."""
