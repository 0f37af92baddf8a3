"""What a correction of an event may say, and what it may do: it is judged by its effect on the clocks that run."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import PersonPrincipal, Role, signer
from mes_core.messages import filing as f
from mes_core.messages.bounds import place_of
from mes_core.services.batches import conditional
from mes_core.services.batches.judgement import not_own_work
from mes_core.services.core import iso
from mes_core.services.filing import clocks, rows
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, FilingEventRow, FilingRow

_DESK = (Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
_LOCKED = frozenset({"kind", "source", "source_key", "batch_id"})


def check_version(old: FilingEventRow, correction: f.CorrectEvent) -> None:
    """See that whoever corrects has looked at what stands now.

    Raises:
        Conflict: somebody corrected it meanwhile.
    """
    if correction.version is not None and correction.version != old["version"]:
        raise Conflict(
            f"Event {old['event_id']} was corrected meanwhile, and is in version {old['version']}: open it anew, look"
            " at what stands there now, and correct that."
        )


def corrected(
    work: UnitOfWork, old: FilingEventRow, correction: f.CorrectEvent, now: datetime
) -> tuple[dict[str, Any], str]:
    """The document of the corrected event, and its state.

    Raises:
        Invalid: it can't be corrected so.
    """
    document: dict[str, Any] = json.loads(old["document"])
    fields = _fields(document["fields"], correction)
    duplicate_of = _duplicate_of(work, old, document, fields, correction)
    aware_at, questions = rows.aware_moment(fields, now)
    withdrawn = old["state"] == rows.WITHDRAWN if correction.withdrawn is None else correction.withdrawn
    state = rows.WITHDRAWN if withdrawn else rows.DUPLICATE if duplicate_of else rows.STANDS
    new = {
        "fields": fields.model_dump(mode="json", exclude_defaults=True) | {"kind": fields.kind},
        "duplicate_of": duplicate_of,
        "aware_at": iso(aware_at),
        "questions": list(questions),
    }
    return new, state


def _fields(before: dict[str, Any], correction: f.CorrectEvent) -> f.EventFields:
    locked = sorted(_LOCKED & set(correction.changes))
    if locked:
        raise Invalid(f"The {locked[0]} of an event is not corrected: withdraw it and record another.")
    merged = {**before, **correction.changes}
    for name in ("answers", "details"):  # what is not named stays
        if name not in correction.changes:
            continue
        if not isinstance(correction.changes[name], dict):
            raise Invalid(f"The {name} of a correction are no table: give each by its name, and leave out what stays.")
        merged[name] = {**before.get(name, {}), **correction.changes[name]}
    try:
        fields = f.EventFields.model_validate(merged)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"The corrected event is not valid at {place_of(first)}: {first['msg']}.") from None
    rows.check_fields(fields)
    return fields


def _duplicate_of(
    work: UnitOfWork, old: FilingEventRow, document: dict[str, Any], fields: f.EventFields, correction: f.CorrectEvent
) -> str | None:
    """The event that it is another report of: of the same kind, batch, case and product, and standing by itself."""
    name = old["event_id"]
    if correction.by_itself and correction.duplicate_of:
        raise Invalid(f"Event {name} is either a report of {correction.duplicate_of} or an event of its own: say one.")
    chosen: str | None = None if correction.by_itself else correction.duplicate_of or document.get("duplicate_of")
    if chosen:
        first = rows.the_event(work, chosen)
        new = correction.duplicate_of
        if new and (first is None or first["state"] != rows.STANDS or first["event_id"] == name):
            raise Invalid(f"{chosen!r} is no event that stands by itself: name the first report.")
        if first is not None:
            _check_same(name, fields, first, new or bool({"product", "case_id"} & set(correction.changes)))
    if {"product", "case_id"} & set(correction.changes):
        for report in _reports(work, name):
            _check_same(name, fields, report, True)
    return chosen


def _reports(work: UnitOfWork, name: str) -> list[FilingEventRow]:
    """Events that are reports of one now."""
    names = {one["event_id"] for one in work.find("filing_events", state=rows.DUPLICATE)}
    found = [one for each in sorted(names) if (one := rows.the_event(work, each)) is not None]
    return [one for one, event in rows.readable_events(found) if event.duplicate_of == name and not event.withdrawn]


def _check_same(name: str, fields: f.EventFields, first: FilingEventRow, asked: Any) -> None:
    """See that two reports can be of one event; a number that one of them does not know is not another number."""
    if not asked:
        return
    event = rows.as_event(first)
    differs = [
        words
        for words, mine, other in (
            ("kind", fields.kind, event.kind),
            ("product", fields.product or "", event.product or ""),
            ("batch", fields.batch_id, event.batch_id),
            ("case", fields.case_id, event.case_id),
        )
        if mine is not None and other is not None and mine != other
    ]
    if differs:
        raise Invalid(
            f"{name} and {first['event_id']} are not of the same {' and '.join(differs)}: they are reports of two"
            " events; correct what is wrong in one of them, or say of the report that it is an event by itself."
        )


def check_effect(
    work: UnitOfWork, old: FilingEventRow, new: FilingEventRow, who: PersonPrincipal, now: datetime
) -> None:
    """See that a clock is ended, or made later, only by who may end a filing, and not while its ground stands.

    Raises:
        Forbidden: no quality assurance and no qualified person, or somebody who had a part in the batch.
        Conflict: the record itself started it, and what it started for stands.
    """
    own = old["source"] == clocks.RECORD
    if own:
        signer(who, "correct an event that the record started", *_DESK)
    batch = work.get("batches", batch_id=old["batch_id"]) if own else None
    if batch is not None:
        not_own_work(work, batch, who, "correct an event of")
    ended = clocks.ended_by(work, old, new, now)
    if ended:
        signer(who, f"end a clock that runs, or make it later ({', '.join(ended)}),", *_DESK)
    withdrawn = new["state"] == rows.WITHDRAWN != old["state"]
    if batch is not None and (ended or withdrawn) and (ground := ground_of(work, batch, old)):
        raise Conflict(
            f"Event {old['event_id']} can't be ended or moved elsewhere, and no clock of it made later: {ground}."
        )


def check_ends_nothing_of_record(
    work: UnitOfWork, running: Mapping[str, FilingRow], who: PersonPrincipal, licence_id: str
) -> None:
    """See that a licence that was recorded ends no clock that the record itself started and whose ground stands.

    Args:
        work: the transaction, after the clocks followed the licence.
        running: the filings that ran before, by number.
        who: who records it.
        licence_id: for the sentence.

    Raises:
        Forbidden: the batch is their own work.
        Conflict: the ground of such a clock stands.
    """
    still = {row["filing_id"] for row in work.find("filings", within={"status": clocks.RUNNING})}
    for name in sorted(running.keys() - still):
        before = running[name]
        event = rows.the_event(work, before["event_id"]) if before["event_id"] else None
        batch = work.get("batches", batch_id=before["batch_id"])
        if event is None or batch is None or event["source"] != clocks.RECORD:
            continue
        not_own_work(work, batch, who, f"end the filing {name} of")
        if ground := ground_of(work, batch, event):
            raise Conflict(f"Licence {licence_id} can't be recorded so, as it would end filing {name}: {ground}.")


def ground_of(work: UnitOfWork, batch: BatchRow, event: FilingEventRow) -> str:
    """Why an event of the record stands, whatever a person says of it; empty where it may be corrected."""
    batch_id = batch["batch_id"]
    if conditional.stands_positive(work, batch_id):
        return (
            f"a final result of batch {batch_id} is positive; its investigation is closed first, and the result noted"
        )
    for row in work.find("deviations", batch_id=batch_id):
        if row["closed_at"] is None and rows.source_key(batch_id, row["deviation_key"]) == event["source_key"]:
            return f"{row['deviation_key']!r} of batch {batch_id} is open; it is closed first, with its outcome"
    return ""
