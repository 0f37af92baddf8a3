"""An event log as a table, checked, and with what is missing in it counted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

Pause = tuple[datetime, datetime]
"""From when until when work stood still."""


@dataclass(frozen=True)
class Event:
    """One activity of one case.

    Attributes:
        case, activity: names.
        resource: who did it; empty where the log does not say.
        start: in UTC; None where the log does not say when it began.
        end: in UTC; None where it had not ended when the log did (its start is known then).
        role: of who did it; empty where the log does not say.
        pauses: when it was suspended.
    """

    case: str
    activity: str
    resource: str
    start: datetime | None
    end: datetime | None
    role: str = ""
    pauses: tuple[Pause, ...] = ()

    @property
    def last(self) -> datetime:
        """The last time that the log knows of it."""
        found = self.end or self.start
        assert found is not None  # noqa: S101 - one of them is known, see `make_log`
        return found

    @property
    def first(self) -> datetime:
        """The first time that the log knows of it."""
        return self.start or self.last


@dataclass(frozen=True)
class Log:
    """Events by case, each case by time.

    Attributes:
        cases: events of each case, by their beginning, then their end.
        gaps: what is missing or wrong in the log, a sentence each.
        zoned: whether its times name their zone, so that they are UTC; otherwise they are those of a clock of its own.
    """

    cases: dict[str, tuple[Event, ...]]
    gaps: tuple[str, ...] = field(default=())
    zoned: bool = False

    @property
    def until(self) -> datetime:
        """The last time in the log: what had not ended then is longer than that."""
        return max(event.last for event in self.events)

    @property
    def events(self) -> Iterator[Event]:
        """All events."""
        return (event for events in self.cases.values() for event in events)


def make_log(events: Sequence[Event], gaps: Sequence[str] = (), *, zoned: bool = False) -> Log:
    """A log of events, whatever their order; events that end before they begin, and cases that stand there twice, are
    left out and said."""
    events, doubled = _once(events)
    nowhere = [one for one in events if one.start is None and one.end is None]
    backwards = [one for one in events if one.start is not None and one.end is not None and one.end < one.start]
    latest: dict[str, datetime] = {}
    for one in events:
        if one.end is not None:
            latest[one.case] = max(one.end, latest.get(one.case, one.end))
    lost = [one for one in events if one.end is None and one.start and one.start < latest.get(one.case, one.start)]
    left_out = {id(one) for one in (*nowhere, *backwards, *lost)}
    kept = [one for one in events if id(one) not in left_out]
    unknown = sum(one.start is None for one in kept)
    said = [*gaps, *doubled]
    if backwards:
        said.append(f"{len(backwards)} of {len(events)} events end before they begin and are left out.")
    if nowhere:
        said.append(f"{len(nowhere)} of {len(events)} events have no time at all and are left out.")
    if lost:
        said.append(f"{len(lost)} of {len(events)} events never ended though their case went on, and are left out.")
    going_on = sum(one.end is None for one in kept)
    if going_on:
        said.append(f"{going_on} of {len(kept)} events had not ended when the log did: they count as longer than that.")
    if unknown:
        said.append(f"{unknown} of {len(kept)} events do not say when they began: their touch time is unknown.")
    nobody = sum(not one.resource for one in kept)
    if nobody:
        said.append(f"{nobody} of {len(kept)} events do not say who did them: they are in no hand-over.")
    cases: dict[str, list[Event]] = {}
    for one in sorted(kept, key=lambda event: (event.first, event.last)):
        cases.setdefault(one.case, []).append(one)
    return Log({name: tuple(its) for name, its in cases.items()}, tuple(said), zoned)


def _once(events: Sequence[Event]) -> tuple[list[Event], list[str]]:
    """Events of cases that were exported twice, once: of such a case every event stands there equally often."""
    by_case: dict[str, list[Event]] = {}
    for one in events:
        by_case.setdefault(one.case, []).append(one)
    kept: list[Event] = []
    again = 0
    for its in by_case.values():
        times = set(Counter(its).values())
        if len(times) == 1 and times != {1} and len(set(its)) > 1:
            again += 1
            its = list(dict.fromkeys(its))
        kept += its
    return kept, [f"{again} cases stand in the log more than once and count once."] if again else []
