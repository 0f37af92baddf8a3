"""What starts clocks: events with what people said of them, and licences with the day they were granted."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from mes_core.filing.calendars import day_in

JURISDICTIONS = ("US", "EU", "GB", "CH")
"""Places for which clocks are known. Everything else is `OTHER`."""
OTHER = "OTHER"


class Said(StrEnum):
    """An answer to one question about an event. What nobody answered is `unknown`, and counts as yes."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Kind:
    """A kind of event: what it is in words, what it may be asked, and what it has to name."""

    words: str
    facts: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


_QUALITY = (
    "distributed",
    "may_affect_safety",
    "under_control",
    "may_mean_recall_or_restriction",
    "graver_than_class_3",
)
KINDS: Mapping[str, Kind] = {
    "deviation": Kind("a deviation of a batch", _QUALITY, ("batch_id",)),
    "late_positive": Kind("a positive final result after the release", _QUALITY, ("batch_id",)),
    "out_of_specification_result": Kind("a result outside of specification", _QUALITY, ("batch_id",)),
    "excursion": Kind("an excursion in storage or transport", _QUALITY, ("batch_id",)),
    "defect": Kind("a suspected defect of quality", _QUALITY),
    "out_of_specification_supply": Kind("a supply outside of specification", (), ("batch_id",)),
    "adverse_experience": Kind("an adverse experience", ("serious", "unexpected"), ("product",)),
    "adverse_experience_follow_up": Kind("more about a case", ("serious", "unexpected"), ("product", "case_id")),
    "expanded_access_reaction": Kind(
        "a reaction to a dose given under expanded access",
        ("suspected", "serious", "unexpected", "fatal_or_life_threatening"),
    ),
    "emerging_safety_issue": Kind("an emerging safety issue", (), ("product",)),
    "supply_interruption": Kind("an interruption of making", ("likely_to_disrupt",), ("product",)),
    "discontinuance": Kind("a permanent end of making", (), ("product",)),
    "recall": Kind("a recall"),
    "data_lock": Kind("a data lock point", ("up_to_12_months",), ("product",)),
    "import": Kind("an import", ("mra_or_exemption",), ("batch_id",)),
    "distribution": Kind("a shipment", (), ("batch_id",)),
}
"""Kinds of event by name; what a kind needs, it can't be recorded without."""
EXEMPTING = frozenset({"mra_or_exemption"})
"""Questions whose yes ends a clock; a no to every other one does."""


@dataclass(frozen=True)
class Event:
    """One event as it is known now.

    Attributes:
        aware_at: when the first person knew of it, UTC.
        zone: where that person was, as IANA name; None where nobody knows.
        places: jurisdictions that it concerns; None where nobody knows.
        day: a day of its own, such as that of an interruption or a data lock.
        closed_on: when it ended, such as a recall.
        answers: answers by question; what is missing is unknown.
        duplicate_of: the event that this is another report of.
        withdrawn: whether it turned out to be none.
        reports: the reports that tell it together; empty where there is one.
    """

    event_id: str
    kind: str
    aware_at: datetime
    zone: str | None = None
    places: frozenset[str] | None = None
    product: str | None = None
    batch_id: str | None = None
    case_id: str | None = None
    day: date | None = None
    closed_on: date | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    duplicate_of: str | None = None
    withdrawn: bool = False
    reports: tuple["Event", ...] = ()

    def said(self, fact: str) -> Said:
        """What was answered to a question."""
        return Said(self.answers.get(fact, Said.UNKNOWN))


@dataclass(frozen=True)
class Licence:
    """A licence (US) or authorisation: where, for what, since when, and what the plant is under it.

    `roles` are of `holder`, `manufacturer`, `importer`. `answers` are to questions of periodic reports. Periods that
    had closed before `tracked_from` were filed elsewhere and are not started here.
    """

    licence_id: str
    jurisdiction: str
    product: str
    granted_on: date
    roles: frozenset[str]
    ended_on: date | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    tracked_from: date | None = None

    def said(self, fact: str) -> Said:
        """What was answered to a question."""
        return Said(self.answers.get(fact, Said.UNKNOWN))


def standing(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events that count: none that was withdrawn, and each known from several sources once, from the first moment.

    A report that comes in by itself ends no clock and makes none later: what any report leaves open is open, and what
    would end a clock counts only where every one says it.
    """
    return tuple(reports[0] if len(reports) == 1 else _together(reports) for reports in _told(events))


def first_known(events: Iterable[Event], event_id: str) -> Event | None:
    """The report by which an event was known first; None where the event itself is no first report that stands."""
    for reports in _told(events):
        if reports[0].event_id == event_id:
            return min(reports, key=lambda one: (day_in(one.aware_at, one.zone), one.aware_at))
    return None


def names(events: Iterable[Event]) -> dict[str, str]:
    """For each report that stands the event that it tells of."""
    return {one.event_id: reports[0].event_id for reports in _told(events) for one in reports}


def _told(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The reports of each event that stand; the first one names it, or the one next to it that was not withdrawn.

    In whatever order they are given, the same report names it: filings are called after it.
    """
    given = {one.event_id: one for one in events}
    told: dict[str, list[tuple[int, str]]] = {}
    for one in given.values():
        if not one.withdrawn:
            first, steps = _first_report(one, given)
            told.setdefault(first, []).append((steps, one.event_id))
    for reports in told.values():
        yield [given[name] for _, name in sorted(reports)]


def _first_report(event: Event, given: Mapping[str, Event]) -> tuple[str, int]:
    """The event that a report is about, and through how many others, those withdrawn as well.

    A ring ends where it began.
    """
    met = {event.event_id}
    while (before := given.get(event.duplicate_of or "")) is not None and before.event_id not in met:
        met.add(before.event_id)
        event = before
    return event.event_id, len(met) - 1


def _together(reports: Sequence[Event]) -> Event:
    """One event as all its reports tell it, under the name of the first."""
    earliest = min(reports, key=lambda one: one.aware_at)
    places = [one.places for one in reports if one.places is not None]
    return replace(
        reports[0],
        aware_at=earliest.aware_at,
        zone=earliest.zone,
        places=frozenset().union(*places) if len(places) == len(reports) else None,
        product=next((one.product for one in reports if one.product), None),
        batch_id=next((one.batch_id for one in reports if one.batch_id), None),
        case_id=next((one.case_id for one in reports if one.case_id), None),
        day=next((one.day for one in reports if one.day), None),
        answers={fact: _agreed(reports, fact) for fact in sorted({fact for one in reports for fact in one.answers})},
        reports=tuple(reports),
    )


def _agreed(reports: Iterable[Event], fact: str) -> Said:
    """What the reports say together: what ends a clock only where all say it, what starts one where any does."""
    ends, starts = (Said.YES, Said.NO) if fact in EXEMPTING else (Said.NO, Said.YES)
    said = {one.said(fact) for one in reports}
    if starts in said:
        return starts
    return ends if said == {ends} else Said.UNKNOWN
