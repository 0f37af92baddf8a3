"""What a correction does to clocks that run: those that it ends or makes later, whichever of its words does it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from mes_core.filing.decide import Decision, decide, started
from mes_core.filing.events import Event, Licence, names
from mes_core.filing.model import Category, Clock

_NEVER = datetime.max.replace(tzinfo=UTC)


def lost(
    clocks: Sequence[Clock],
    before: Iterable[Event],
    after: Iterable[Event],
    licences: Sequence[Licence],
    as_of: datetime,
) -> tuple[Decision, ...]:
    """Filings that the events of before ask for, and those of after do not, or not as soon.

    Args:
        clocks: the book.
        before: the events of a case and all reports of them, as they stand.
        after: the same events as they would be.
        licences: the licences of their products.
        as_of: the time.

    Returns:
        Those of before. What an event asks for under the name of another report of it is not lost, nor what a stricter
        clock of the same place asks for instead.
    """
    before, after = list(before), list(after)
    is_of, becomes = names(before), names(after)
    now_asked = _asked(clocks, after, licences, as_of)
    found = []
    for one in _asked(clocks, before, licences, as_of):
        reports = {report for report, name in is_of.items() if name == one.event_id}
        called = {becomes[report] for report in reports if report in becomes}
        if not any(other.event_id in called and _covers(other, one) for other in now_asked):
            found.append(one)
    return tuple(found)


def _asked(
    clocks: Sequence[Clock], events: Iterable[Event], licences: Sequence[Licence], as_of: datetime
) -> list[Decision]:
    found = started(decide(clocks, events, licences, as_of))
    return [one for one in found if one.event_id and one.clock.category is Category.FILING]


def _covers(other: Decision, one: Decision) -> bool:
    """Whether a filing asks for what another one asked for, and as soon."""
    if (other.due_at or _NEVER) > (one.due_at or _NEVER):
        return False
    if other.clock.id == one.clock.id:
        return _number(other) == _number(one)
    same_place = other.clock.jurisdiction == one.clock.jurisdiction and other.clock.unit == one.clock.unit
    return bool(one.clock.only_if_no) and same_place and bool({*other.clock.events} & {*one.clock.events})


def _number(one: Decision) -> str:
    """Which of the times of a clock that goes on: the name of the event is not part of it."""
    return one.occurrence.removeprefix(one.event_id or "")
