"""What texts say, remembered: the same few hundred texts come back in batch after batch.

Every table answers in a way that no comparison holds for a text that can't be read (NaN), so that such a text is never
cleared by a screen and goes to the check that says what is wrong with it.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rules.errors import BadFact
from rules.facts import blank, day, number

_MOST = 50_000
NAN = math.nan


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


class Never:
    """Stands for a moment that can't be read: no comparison with it holds."""

    def _no(self, other: object) -> bool:  # noqa: ARG002 - the signature that comparisons want
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _no


NEVER: Any = Never()


def _plain(text: str) -> bool:
    """Digits and at most one point, as nearly every number is written."""
    return len(text) < 18 and text.isascii() and text.replace(".", "", 1).isdigit() and text[-1] != "." != text[0]


def _number(text: str) -> float:
    if _plain(text):
        return float(text)
    found = number(text)
    return NAN if found is None else found


def _bounds(text: str) -> tuple[float, float]:
    """What a text is known to lie between, as `inside` understands it: `< 5` lies between 0 and 5."""
    exact = _number(text)
    sign = text.strip()[:1]
    return NAN if exact != exact else 0.0 if sign == "<" else exact, math.inf if sign == ">" else exact


def _time(text: str) -> Any:
    """An aware time, or NEVER: as `moment` reads it."""
    try:
        read = datetime.fromisoformat(text[:64])
        return read if read.tzinfo is UTC else NEVER if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return NEVER


def _day(text: str) -> float:
    try:
        read = day(text, "")
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
TIMES = Memo(_time)
DAYS = Memo(_day)
FILLED = Memo(lambda text: not blank(text))
STRIPPED = Memo(str.strip)
LOWERED = Memo(lambda text: text.strip().lower())
LIMITS = Memo(number)
"""A limit that is written as a text: None where no number stands, and then there is no limit."""
TOLERANCES = Memo(half_last_place)
TABLES: dict[str, Any] = {
    "NU": NUMBERS,
    "BO": BOUNDS,
    "TM": TIMES,
    "DY": DAYS,
    "FI": FILLED,
    "ST": STRIPPED,
    "LO": LOWERED,
    "LI": LIMITS,
    "TO": TOLERANCES,
    "NV": (NEVER, NEVER),
    "nan": NAN,
    "inf": math.inf,
    "written": written,
    "never": NEVER,
    "START": datetime.min.replace(tzinfo=UTC),
}
"""The names under which generated functions know all this."""
