"""Cron words: five fields as Debian's cron reads them, in a time zone; and the moments that they name, in UTC."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import dropwhile, islice, pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_SOME_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - the zone is the caller's


def check(expression: str, zone: ZoneInfo) -> None:
    """See that an expression names moments.

    Raises:
        ValueError: it does not; says why.
    """
    if len(expression.split()) != 5:
        raise ValueError(f"{expression!r} has to have five fields: minute, hour, day of month, month, day of week")
    try:
        next(CronSim(expression, _SOME_TIME.replace(tzinfo=zone)))
    except CronSimError as error:
        raise ValueError(f"{expression!r} is no cron expression ({error})") from None
    except StopIteration:
        raise ValueError(f"{expression!r} names a moment that never comes") from None


def zone_named(name: str) -> ZoneInfo:
    """A time zone.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone: give one like Europe/Amsterdam") from None


def after(expression: str, zone: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    """Moments of an expression later than `moment`, in UTC, without end.

    Counting begins at noon of the day before, which no zone leaves out or has twice, so that the moments of a day on
    which clocks are set don't depend on when somebody looks.
    """
    before = datetime.combine(moment.astimezone(zone).date() - timedelta(days=1), time(12), zone)
    return dropwhile(lambda one: one <= moment, (one.astimezone(UTC) for one in CronSim(expression, before)))


def first(expression: str, zone: ZoneInfo, moment: datetime, count: int) -> tuple[datetime, ...]:
    """The next moments after `moment`, in UTC."""
    return tuple(islice(after(expression, zone, moment), count))


def least_apart(moments: Iterable[datetime]) -> timedelta:
    """The shortest time between two moments that follow each other."""
    listed = list(moments)
    return min((b - a for a, b in pairwise(listed)), default=timedelta.max)
