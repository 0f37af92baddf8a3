"""Times in event logs as texts: what form they have, whether they name a zone, and what stands for none."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from mes_core.spelling.times import NoDate, in_utc, no_date, read_day, read_time
from twin.model.errors import TwinError

_FORMATS: Final = (
    *("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M"),
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M", "%d.%m.%Y"),
)
"""With points a date begins with its day everywhere; with slashes and the day or month first, nobody can tell."""
_DIGITS: Final = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_ZEROS: Final = re.compile(r"[0./: T-]*0[0./: T-]*Z?")
_NAMED_UTC: Final = re.compile(r" (?:UTC|GMT)$")


class Moment(NamedTuple):
    """A time as it stands, with or without a zone; or what stands for no time, with the text that does."""

    at: datetime | None
    none: NoDate | None = None
    text: str = ""


def read_moment(text: str) -> Moment:
    """Read a time.

    Raises:
        ValueError: it is none, or could be one of two.
    """
    value = " ".join(text.split())
    if _ZEROS.fullmatch(value):
        return Moment(None, NoDate.UNKNOWN, value)
    found = next(_readings(value), None)
    if found is None:
        raise ValueError(f"{value[:40]!r} is no time")
    none = no_date(found)
    return Moment(None, none, value) if none else Moment(found)


def _readings(value: str) -> Iterator[datetime]:
    with suppress(ValueError):
        yield read_time(_NAMED_UTC.sub("Z", value))
    with suppress(ValueError):
        yield datetime.combine(read_day(value), datetime.min.time())
    form = _DIGITS.get(len(value), "") if value.isascii() and value.isdecimal() else ""
    for pattern in (form,) if form else _FORMATS:
        try:
            yield datetime.strptime(value, pattern)  # noqa: DTZ007 - whether it has a zone is asked later
        except ValueError:
            continue


@dataclass
class Clock:
    """Puts the times of one log into UTC, all by the same clock.

    Attributes:
        zone: of the times that name none; None: they are of one clock that nobody named.
        local: whether any time came without its zone and none was given: then all are that clock's own.
    """

    zone: ZoneInfo | None
    zoned: int = 0
    local: int = 0
    unknown: Counter[str] = field(default_factory=Counter)

    def saw(self, moment: Moment) -> None:
        """Count a time."""
        if moment.at is not None:
            self.zoned += moment.at.tzinfo is not None
            self.local += moment.at.tzinfo is None

    def check(self, name: str) -> None:
        """See that all times are of one kind.

        Raises:
            TwinError: some name their zone and others don't, and none was given.
        """
        if self.zoned and self.local and self.zone is None:
            raise TwinError(
                f"{name}: {self.local} times name no zone and {self.zoned} do: say of which zone the others are, with"
                " --timezone Europe/Berlin."
            )

    def utc(self, at: datetime) -> datetime:
        """A time in UTC; one of an unnamed clock as if it stood in UTC, which changes no duration."""
        return in_utc(at) if at.tzinfo else in_utc(at.replace(tzinfo=self.zone or UTC))
