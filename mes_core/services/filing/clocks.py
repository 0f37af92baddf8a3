"""Clocks in the store: what events and licences start becomes filings, and what they no longer start is withdrawn.

The law is decided anew each time (`mes_core.filing.decide`), and the store is brought to it: nothing that was started
goes away without the reason and the name of who corrected the event.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, cast

import orjson

from mes_core.domain.audit import digest
from mes_core.domain.errors import Invalid
from mes_core.domain.principals import Actor
from mes_core.filing.decide import Decision, decide, started
from mes_core.filing.effect import lost
from mes_core.filing.events import Licence
from mes_core.filing.loading import book
from mes_core.filing.model import Category
from mes_core.messages.filing import FILINGS_CHAIN, EventFields, FilingStatus
from mes_core.services import due
from mes_core.services.aside import each
from mes_core.services.core import Change, dumps, iso, only, write_audit
from mes_core.services.filing import drafting, outdated, reports, rows
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, FilingColumns, FilingEventRow, FilingRow, LicenceRow

_S = FilingStatus
RUNNING = (_S.OPEN.value, _S.DRAFTED.value, _S.APPROVED.value, _S.SUBMITTED.value, _S.REJECTED.value)
"""Where a clock runs: all but accepted, withdrawn and not applicable."""
_NOT_SENT = frozenset({_S.OPEN.value, _S.DRAFTED.value, _S.APPROVED.value, _S.REJECTED.value})
_RECALL = "recall"
RECORD = "record"
"""Source of events that follow from what the MES holds itself."""


def filing_id(decision: Decision) -> str:
    """The name of a filing, which follows from what it is about: the same filing is never there twice."""
    return f"{decision.clock.id}-{digest(decision.key)[:10]}"


def record(
    work: UnitOfWork,
    fields: EventFields,
    source_key: str,
    actor: Actor,
    now: datetime,
    *,
    source: str = RECORD,
    asked: Sequence[str] = (),
) -> FilingEventRow:
    """Store an event that is not there yet, and start its clocks; returns its row. `asked` are questions about it.

    Raises:
        Invalid: it lacks what its kind needs, or its time is none.
    """
    rows.check_fields(fields)
    name = rows.event_id(source, source_key)
    there = rows.the_event(work, name)
    if there is not None:
        return there
    aware_at, questions = rows.aware_moment(fields, now)
    first, more = _met_before(work, fields, name)
    document = {
        "fields": fields.model_dump(mode="json", exclude_defaults=True) | {"kind": fields.kind},
        "aware_at": iso(aware_at),
        "duplicate_of": first,
        "questions": [*questions, *asked, *more, *_before_batch(work, fields, aware_at)],
    }
    row = rows.event_row(
        name,
        1,
        _chain(work, fields.batch_id),
        document,
        source=source,
        source_key=source_key,
        state=rows.DUPLICATE if first else rows.STANDS,
        recorded_at=iso(now),
        recorded_by=actor.user,
        reason=None,
        signature_id=None,
    )
    work.add("filing_events", [row])
    shown = {"kind": fields.kind, "aware_at": document["aware_at"], "source": source, "duplicate_of": first}
    write_audit(
        work, row["batch_id"], actor, now, Change("event recorded", name, None, shown, fields.text[:500] or None)
    )
    recompute(work, row, actor, now, f"Event {name} was recorded.")
    return row


def _chain(work: UnitOfWork, batch_id: str | None) -> str:
    """The chain of a batch that the MES knows; everything else has the chain of filings."""
    return batch_id if batch_id and work.get("batches", batch_id=batch_id) else FILINGS_CHAIN


def _met_before(work: UnitOfWork, fields: EventFields, name: str) -> tuple[str | None, list[str]]:
    """The event that this one is another report of, for sure; and questions about those that it may be.

    The number of a case of one product is the same everywhere; that batch, kind and day agree is a question for a
    person, and so is a number that another product's case has: all clocks run meanwhile.
    """
    alike = []
    if fields.case_id and fields.kind == "adverse_experience":
        for row, event in rows.readable_events(reports.of_case(work, fields.case_id)):
            if row["kind"] != fields.kind or row["state"] != rows.STANDS or row["event_id"] == name:
                continue
            if event.product == fields.product:
                return row["event_id"], [
                    f"It is known from another source as {row['event_id']}; the earlier moment counts."
                ]
            alike.append(row["event_id"])
    if alike:
        return None, [f"{alike[0]} is a case of another product under this number: correct the number or the product."]
    if not fields.batch_id:
        return None, []
    there = work.find("filing_events", batch_id=_chain(work, fields.batch_id), kind=fields.kind)
    for row, event in rows.readable_events(rows.newest(there)):
        if row["state"] == rows.STANDS and event.batch_id == fields.batch_id and event.day == fields.day:
            alike.append(row["event_id"])
    if not alike:
        return None, []
    return None, [f"It may be {alike[0]}, known from another source: say so by a correction, or that it is another."]


def _before_batch(work: UnitOfWork, fields: EventFields, aware_at: datetime) -> list[str]:
    batch = work.get("batches", batch_id=fields.batch_id) if fields.batch_id else None
    if fields.batch_id and batch is None:
        return [f"Batch {fields.batch_id} is not known here: check its number; the clock runs all the same."]
    if batch is None:
        return []
    first = _first_step(batch)
    if first and aware_at < first:
        return [f"The moment of awareness lies before batch {fields.batch_id} was made: check it; it counts as it is."]
    return []


def _first_step(batch: BatchRow) -> datetime | None:
    record_ = orjson.loads(batch["record"])
    times = [one["started_at"] for one in record_["steps"] if one.get("started_at")]
    times += [record_[name] for name in ("apheresis_at", "manufactured_at") if record_.get(name)]
    return min((datetime.fromisoformat(one) for one in times), default=None)


def recompute(
    work: UnitOfWork, row: FilingEventRow, actor: Actor, now: datetime, why: str, *, old: FilingEventRow | None = None
) -> None:
    """Bring the filings of an event, of its case and of its other reports to what the law says of it as it is now.

    Args:
        work: the transaction.
        row: the event.
        actor: who recorded or corrected it.
        now: the time.
        why: what is told of what changes.
        old: the event as it was: what it was a report of then has to do without it now.
    """
    group = reports.with_old(work, row, old)
    told = [rows.as_event(one) for one in group]
    licences = rows.licences_for(work, {one.product for one in told})
    chains = {one["event_id"]: one["batch_id"] for one in group}
    decisions = [one for one in decide(book().clocks, told, licences, now) if one.event_id]
    there = [one for name in chains for one in work.find("filings", event_id=name)]
    _bring(work, decisions, there, chains, actor, now, why)
    outdated.tell(work, group, actor, now)


def ended_by(work: UnitOfWork, old: FilingEventRow, new: FilingEventRow, now: datetime) -> list[str]:
    """Clocks that a correction would end or make later; what a person has ended by signature is not among them."""
    after = reports.with_old(work, new, old)
    before = [old if one["event_id"] == old["event_id"] else one for one in after]
    told = [[rows.as_event(one) for one in group] for group in (before, after)]
    licences = rows.licences_for(work, {one.product for group in told for one in group})
    found = []
    for one in lost(book().clocks, told[0], told[1], licences, now):
        row = work.get("filings", filing_id=filing_id(one))
        if row is None or row["status"] != _S.WITHDRAWN:
            found.append(one.clock.id)
    return sorted(set(found))


def begun(work: UnitOfWork, now: datetime, aside: due.Aside) -> list[tuple[Decision, str]]:
    """Filings of periods that have begun and are not there yet, each with its chain; recalls go on so, too.

    Args:
        work: the transaction.
        now: the time.
        aside: comes to hold the licences and events that can't be read; every other clock starts.
    """
    licences: list[Licence] = []
    found: list[tuple[Decision, str]] = []
    for kept in rows.licence_rows(work):
        what = f"licence {kept['licence_id']}"
        for one, made in aside.each(what, FILINGS_CHAIN, kept["recorded_at"], partial(_of_licence, kept, now)):
            licences.append(one)
            found += [(each, FILINGS_CHAIN) for each in made]
    for row in rows.newest(work.find("filing_events")):
        make = partial(_of_event, work, row, licences, now)
        again = aside.each(f"event {row['event_id']}", row["batch_id"], row["recorded_at"], make)
        found += [(one, row["batch_id"]) for one in again if one.event_id]
    return [(one, chain) for one, chain in found if work.get("filings", filing_id=filing_id(one)) is None]


def _of_licence(row: LicenceRow, now: datetime) -> list[tuple[Licence, list[Decision]]]:
    licence = rows.as_licence(row)
    return [(licence, _filings(decide(book().clocks, (), [licence], now)))]


def _of_event(work: UnitOfWork, row: FilingEventRow, licences: list[Licence], now: datetime) -> list[Decision]:
    """Clocks of a recall that start while it goes on, by all reports of it; of every other event, whether it reads."""
    event = rows.as_event(row)
    if row["kind"] != _RECALL or row["state"] == rows.DUPLICATE:
        return []
    try:
        told = [rows.as_event(one) for one in reports.group(work, row)]
        return [one for one in _filings(decide(book().clocks, told, licences, now)) if one.event_id == event.event_id]
    except Invalid as refused:
        raise ValueError(str(refused)) from None  # what a message would refuse now is damage where it is stored


def start_periods(work: UnitOfWork, actor: Actor, now: datetime) -> int:
    """Start the filings of periods that have begun; twice adds nothing. How many there were."""
    fresh = begun(work, now, due.Aside())
    chains = {one.event_id: chain for one, chain in fresh if one.event_id}
    _bring(work, [one for one, _ in fresh], [], chains, actor, now, "Its period has begun.")
    return len(fresh)


def follow_licence(work: UnitOfWork, licence_id: str, actor: Actor, now: datetime, why: str) -> None:
    """Bring the periods of a licence to what it says now, and the clocks of events that run for its product."""
    mine = next(rows.as_licence(one) for one in rows.licence_rows(work) if one["licence_id"] == licence_id)
    _none_is_being_submitted(work)  # before anything is written: what is refused below would be put aside
    there = [one for one in work.find("filings", unit=licence_id) if one["unit_kind"] == "licence"]
    _bring(work, decide(book().clocks, (), [mine], now), there, {}, actor, now, why)
    for row in rows.newest(work.find("filing_events", order=("event_id", "version"))):
        with each(f"event {row['event_id']}", row["event_id"]):  # the tick tells quality assurance of it
            if rows.as_event(row).product == mine.product:
                recompute(work, row, actor, now, why)


def _none_is_being_submitted(work: UnitOfWork) -> None:
    for row in work.find("filings", status=_S.APPROVED.value, order=("filing_id",)):
        drafting.not_under_way(work, row)


def _filings(decisions: Iterable[Decision]) -> list[Decision]:
    return [one for one in started(decisions) if one.clock.category is Category.FILING]


def _bring(
    work: UnitOfWork,
    decisions: Iterable[Decision],
    there: Iterable[FilingRow],
    chains: dict[str, str],
    actor: Actor,
    now: datetime,
    why: str,
) -> None:
    told: dict[str, list[Change]] = {}
    known = {row["filing_id"]: row for row in there}
    decisions = list(decisions)
    for decision in _filings(decisions):
        row = _row(decision, chains.get(decision.event_id or "", FILINGS_CHAIN))
        chain, old = row["batch_id"], known.pop(row["filing_id"], None)
        if old is None:
            row["place"] = work.count("filings", batch_id=chain) + 1
            work.add("filings", [row])
            told.setdefault(chain, []).append(_said("filing clock started", row, None, row["why"]))
        else:
            told.setdefault(old["batch_id"], []).extend(_changed(work, old, row, why))
    for row in known.values():
        told.setdefault(row["batch_id"], []).extend(_ended(work, row, now, why))
    for decision in decisions:
        if not decision.started and decision.event_id in chains:
            shown = {"clock": decision.clock.id, "clause": decision.clock.clause, "event": decision.event_id}
            change = Change("filing clock not started", decision.clock.id, None, shown, decision.why)
            told.setdefault(chains[decision.event_id], []).append(change)
    for chain, changes in told.items():
        write_audit(work, chain, actor, now, *changes)


def _changed(work: UnitOfWork, old: FilingRow, row: FilingRow, why: str) -> list[Change]:
    """A filing that stays: other times, other doubts, or started again after it was withdrawn.

    What a person ended by signature was ended on what was known then: where that has changed since, it runs again.
    """
    names = ("due_at", "plan_by", "undecided", "why", "version", "begins", "ends")
    before, after = only(old, *names), only(row, *names)
    values = cast(FilingColumns, {name: after[name] for name in names if after[name] != before[name]})
    if old["status"] == _S.WITHDRAWN and old["signature_id"] and not _graver(old, row):
        return []  # a person has ended it by signature, on what is known still
    if old["status"] == _S.WITHDRAWN:
        values |= {"status": _S.OPEN.value, "answer": None, "applies": True, "signature_id": None}
    told = _not_taken_back(work, old, why)
    if not values:
        return told
    work.change("filings", {"filing_id": old["filing_id"]}, **values)
    what = "filing clock started again" if "status" in values else "filing clock changed"
    return [*told, Change(what, old["filing_id"], {name: before.get(name) for name in values}, values, why)]


def _not_taken_back(work: UnitOfWork, row: FilingRow, why: str) -> list[Change]:
    """What was to be taken back stands again: taking it back ends, as far as that is not with the agency yet."""
    back = work.get("filings", filing_id=drafting.taking_back(row["filing_id"]))
    if back is None or back["status"] not in _NOT_SENT:
        return []
    work.change("filings", {"filing_id": back["filing_id"]}, status=_S.WITHDRAWN.value, answer=why, signature_id=None)
    return [Change("filing withdrawn", back["filing_id"], back["status"], _S.WITHDRAWN.value, why)]


def _graver(old: FilingRow, row: FilingRow) -> bool:
    """Whether more is known than when a person ended a filing, or it would be due sooner."""
    due_at = row["due_at"]
    sooner = due_at is not None and (old["due_at"] is None or due_at < old["due_at"])
    return sooner or row["undecided"] != old["undecided"]


def _ended(work: UnitOfWork, row: FilingRow, now: datetime, why: str) -> list[Change]:
    """A filing that the corrected event does not ask for: withdrawn, or taken back with the agency that has it."""
    if row["status"] == _S.WITHDRAWN or drafting.takes_back(row):
        return []
    if row["status"] == _S.APPROVED:
        drafting.not_under_way(work, row)
    if row["status"] in _NOT_SENT:
        ended: FilingColumns = {"status": _S.WITHDRAWN.value, "answer": why, "signature_id": None}
        work.change("filings", {"filing_id": row["filing_id"]}, **ended)
        return [Change("filing withdrawn", row["filing_id"], row["status"], _S.WITHDRAWN.value, why)]
    name = drafting.taking_back(row["filing_id"])
    if work.get("filings", filing_id=name) is not None:
        return []
    back = cast(
        FilingRow,
        {
            **row,
            "filing_id": name,
            "place": work.count("filings", batch_id=row["batch_id"]) + 1,
            "form": f"{row['form']}{drafting.TAKEN_BACK}",
            "why": f"{row['filing_id']} was submitted as {row['acknowledgement']}, and its event was corrected: {why}",
            "due_at": iso(now),
            "plan_by": iso(now),
            "status": _S.OPEN.value,
            "version": (row["version"] or 1) + 1,
            "attempt": 0,
            **dict.fromkeys(_CLEAR),
        },
    )
    work.add("filings", [back])
    return [_said("filing clock started", back, None, back["why"])]


_CLEAR = (
    *("acknowledgement", "submitted_at", "document_sha256", "draft_number", "draft_hash", "approved_by", "approved_at"),
    *("signature_id", "accepted_at", "answer"),
)


def _row(decision: Decision, chain: str) -> FilingRow:
    clock = decision.clock
    row = {
        "filing_id": filing_id(decision),
        "batch_id": chain,
        "place": 0,
        "form": clock.title[:200],
        "clause": clock.clause[:200],
        "applies": True,
        "why": decision.why,
        "due_at": iso(decision.due_at) if decision.due_at else None,
        "status": _S.OPEN.value,
        "clock_id": clock.id,
        "unit_kind": clock.unit,
        "unit": decision.unit,
        "jurisdiction": clock.jurisdiction,
        "authority": clock.authority,
        "event_id": decision.event_id,
        "version": decision.version,
        "plan_by": iso(decision.plan_by) if decision.plan_by else None,
        "begins": _day(decision.begins),
        "ends": _day(decision.ends),
        "undecided": dumps(list(decision.undecided)),
        "attempt": 0,
        **dict.fromkeys(_CLEAR),
    }
    return cast(FilingRow, row)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _said(what: str, row: FilingRow, old: Any, why: str) -> Change:
    shown = only(row, "clock_id", "clause", "unit", "due_at", "event_id", "undecided", "version")
    return Change(what, row["filing_id"], old, shown | {"book": book().content_hash[:12]}, why)
