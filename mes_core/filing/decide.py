"""Decisions: for each event and each clock whether it is started, why or why not, and by when. Nothing is stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from mes_core.filing import due
from mes_core.filing.events import Event, Licence, Said, standing
from mes_core.filing.model import Category, Clock


@dataclass(frozen=True)
class Decision:
    """One clock for one thing.

    Attributes:
        started: whether it runs; for what is kept or tested: whether it applies.
        undecided: what nobody knows yet and what therefore counts as yes, in words.
        why: one sentence.
        version: 1 for the first report of a case, then up with each follow-up.
    """

    clock: Clock
    unit: str
    started: bool
    why: str
    event_id: str | None = None
    occurrence: str = ""
    undecided: tuple[str, ...] = ()
    due_at: datetime | None = None
    plan_by: datetime | None = None
    day_zero: date | None = None
    begins: date | None = None
    ends: date | None = None
    version: int = 1

    @property
    def key(self) -> str:
        """What names the filing, whenever it is computed."""
        return f"{self.clock.id}/{self.unit}/{self.occurrence}"


def decide(
    clocks: Sequence[Clock], events: Iterable[Event], licences: Sequence[Licence], as_of: datetime
) -> tuple[Decision, ...]:
    """Every decision on events and licences as they are known now.

    Args:
        clocks: the book.
        events: all events, those withdrawn and those known twice included.
        licences: all licences of the plant.
        as_of: the time; periods begun by then have their filing.

    Returns:
        What runs and what does not, in the order of events, licences and clocks.
    """
    alive = sorted(standing(events), key=lambda one: (one.aware_at, one.event_id))
    products = {one.event_id: one.product for one in alive}
    found = list(_versions((one for event in alive for one in of_event(clocks, event, licences, as_of)), products))
    for licence in licences:
        found += _of_licence(clocks, licence, as_of)
    return tuple(found)


def started(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Those that run or apply."""
    return tuple(one for one in decisions if one.started)


def of_event(clocks: Sequence[Clock], event: Event, licences: Sequence[Licence], as_of: datetime) -> Iterator[Decision]:
    """What one event starts, and what it does not."""
    for clock in clocks:
        if event.kind not in clock.events:
            continue
        unit = _unit(clock, event)
        if clock.category is Category.NOT_APPLICABLE:
            yield _not_applicable(clock, unit, event, licences)
            continue
        against, unknown = _hindrance(clock, event, licences)
        if against:
            yield Decision(clock, unit, False, against, event.event_id)
            continue
        why = f"{clock.title}: {event.event_id} meets {clock.clause}."
        if unknown:
            why = f"{why[:-1]} as far as is known; not known and counted as yes: {', '.join(unknown)}."
        for one in due.of_event(clock, event, as_of):
            yield _decided(clock, unit, why, one, event.event_id, tuple(unknown))


def _not_applicable(clock: Clock, unit: str, event: Event, licences: Sequence[Licence]) -> Decision:
    """What does not apply under a licence; without one on record that is what nobody knows yet."""
    here = any(one.product == event.product and clock.jurisdiction in (one.jurisdiction, "ANY") for one in licences)
    if here or event.product is None:
        return Decision(clock, unit, False, clock.reason, event.event_id)
    asked = f"whether there is a licence of {event.product}"
    asked += "" if clock.jurisdiction == "ANY" else f" in {clock.jurisdiction}"
    why = (
        f"{clock.reason} That is said of a licensed product, and no licence of {event.product} is on record: record it."
    )
    return Decision(clock, unit, False, why, event.event_id, undecided=(asked,))


def _of_licence(clocks: Sequence[Clock], licence: Licence, as_of: datetime) -> Iterator[Decision]:
    for clock in clocks:
        if not clock.periodic or clock.jurisdiction != licence.jurisdiction:
            continue
        against = _not_bound(clock, licence.roles)
        no = [fact for fact in clock.when if licence.said(fact) is Said.NO]
        if no:
            against = f"{_words(no[0])} was answered no."
        if against:
            yield Decision(clock, licence.licence_id, False, against)
            continue
        unknown = tuple(_words(fact) for fact in clock.when if licence.said(fact) is Said.UNKNOWN)
        for one in due.of_licence(clock, licence, as_of):
            why = f"{clock.title} of licence {licence.licence_id}, {one.begins} to {one.ends} ({clock.clause})."
            yield _decided(clock, licence.licence_id, why, one, None, unknown)


def _decided(
    clock: Clock, unit: str, why: str, one: due.Due, event_id: str | None, undecided: tuple[str, ...]
) -> Decision:
    return Decision(
        clock,
        unit,
        True,
        why,
        event_id,
        one.occurrence,
        undecided,
        one.due_at,
        due.plan_by(clock, one.due_at, one.ends or one.day_zero),
        one.day_zero,
        one.begins,
        one.ends,
    )


def _hindrance(clock: Clock, event: Event, licences: Sequence[Licence]) -> tuple[str, list[str]]:
    """Why a clock is not started, or nothing; and what is not known."""
    own = [one for one in licences if one.product == event.product and event.product is not None]
    there = [one for one in own if one.jurisdiction == clock.jurisdiction]
    unknown: list[str] = []
    concerned = _concerned(clock, event, own, there)
    if concerned is Said.NO:
        return f"It does not concern {clock.jurisdiction}.", []
    if concerned is Said.UNKNOWN:
        unknown.append("where it happened or was distributed")
    if there:
        against = _not_bound(clock, frozenset(role for one in there for role in one.roles))
        if against:
            return against, []
    elif clock.bound:
        unknown.append("what the plant is under the licence")
    for fact in clock.when:
        if event.said(fact) is Said.NO:
            return f"{_words(fact)} was answered no.", []
        if event.said(fact) is Said.UNKNOWN:
            unknown.append(_words(fact).lower())
    said = [event.said(fact) for fact in clock.either]
    if said and all(one is Said.NO for one in said):
        return f"{' and '.join(map(_words, clock.either))} were answered no.", []
    if said and Said.YES not in said:
        unknown += [_words(fact).lower() for fact in clock.either if event.said(fact) is Said.UNKNOWN]
    for fact in clock.only_if_no:
        if event.said(fact) is not Said.NO:
            return f"{_words(fact)} was not answered no, so that the stricter clock runs.", []
    for fact in clock.unless:
        if event.said(fact) is Said.YES:
            return f"{_words(fact)} was answered yes.", []
        if event.said(fact) is Said.UNKNOWN:
            unknown.append(_words(fact).lower())
    return "", unknown


def _concerned(clock: Clock, event: Event, own: Sequence[Licence], there: Sequence[Licence]) -> Said:
    if event.places is not None and clock.jurisdiction in event.places:
        return Said.YES
    if clock.scope != "place" and there:
        return Said.YES
    if event.places is None or (clock.scope == "licensed" and not own):
        return Said.UNKNOWN
    return Said.NO


def _not_bound(clock: Clock, roles: frozenset[str]) -> str:
    """Why a clock does not bind who has these roles, or nothing."""
    if clock.bound and not roles & set(clock.bound):
        return f"It binds the {' or '.join(clock.bound)}, and the plant is {' and '.join(sorted(roles))}."
    other = sorted(roles & set(clock.not_bound))
    if other:
        return f"The plant is {other[0]}, whom another clock binds."
    return ""


def _unit(clock: Clock, event: Event) -> str:
    named = {"product": event.product, "case": event.case_id, "batch": event.batch_id}.get(clock.unit)
    return named or event.event_id


def _words(fact: str) -> str:
    return fact.replace("_", " ").capitalize()


def _versions(found: Iterable[Decision], products: Mapping[str, str | None]) -> Iterator[Decision]:
    """Reports of one case of a product are versions of one report, in the order in which people knew of them."""
    count: dict[tuple[str, str, str | None], int] = {}
    for one in found:
        if one.started and one.clock.unit == "case":
            place = (one.clock.id, one.unit, products.get(one.event_id or ""))
            count[place] = count.get(place, 0) + 1
            yield replace(one, version=count[place])
        else:
            yield one
