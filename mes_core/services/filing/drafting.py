"""Drafts in the store: their facts are collected, the form is filled, and the document is kept with its hash."""

import json
from datetime import date, datetime
from functools import partial
from typing import Any

import orjson

from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict
from mes_core.domain.principals import Actor
from mes_core.filing import calendars, drafts
from mes_core.filing.drafts import Facts, Record
from mes_core.filing.loading import book
from mes_core.messages.filing import DraftView, FilingStatus
from mes_core.services import aside, outbox, shipments
from mes_core.services.core import Change, dumps, iso, only, write_audit
from mes_core.services.filing import departures, reports, rows
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import (
    BatchRow,
    FilingColumns,
    FilingDraftRow,
    FilingEventRow,
    FilingRow,
    JourneyRecordRow,
    LicenceRow,
)

_OUTSIDE = ("", FilingStatus.ACCEPTED.value, FilingStatus.WITHDRAWN.value, FilingStatus.NOT_APPLICABLE.value)
TAKEN_BACK = " (withdrawal)"
"""What ends the title of a filing that takes another one back."""
_BACK = "-W"
NO_DRAFT = "; draft it first ('batchwright filings draft')"


def takes_back(row: FilingRow) -> bool:
    """Whether a filing takes another one back."""
    return row["form"].endswith(TAKEN_BACK)


def taking_back(filing_id: str) -> str:
    """The number of the filing that takes another one back."""
    return f"{filing_id}{_BACK}"


def form_of(row: FilingRow) -> str:
    """The form of a filing.

    Raises:
        Conflict: it is from before there were forms, or not applicable.
    """
    if not row["clock_id"]:
        raise Conflict(f"Filing {row['filing_id']} has no form: {row['why']}")
    if takes_back(row):
        return "taken_back"
    return book().clock(row["clock_id"]).form


def collect(work: UnitOfWork, row: FilingRow, given: dict[str, str], drafted_at: datetime, number: int) -> Facts:
    """Everything that a draft of a filing may be made from, by the names of the rows."""
    authority = calendars.AUTHORITIES[row["authority"]] if row["authority"] else None
    day = calendars.day_in(drafted_at, authority.zone if authority else "UTC")
    name = f"filing_drafts/{row['filing_id']}/{number}"
    records = {
        "filing": Record(f"filings/{row['filing_id']}", row),
        "draft": Record(name, {"day": day.isoformat()}),
    }
    if takes_back(row):
        sent = work.get("filings", filing_id=row["filing_id"].removesuffix(_BACK))
        records |= {"taken_back": Record(f"filings/{sent['filing_id']}", sent)} if sent else {}
    event_row = rows.the_event(work, row["event_id"]) if row["event_id"] else None
    product, numbers = None, []
    if event_row is not None:
        document = json.loads(event_row["document"])
        fields = document["fields"]
        records["event"] = Record(
            _event_name(event_row), {**fields, "aware_at": document["aware_at"], "reason": event_row["reason"]}
        )
        first = reports.first_known(work, event_row)
        if first["event_id"] != event_row["event_id"]:
            records["first_report"] = Record(
                _event_name(first), {"aware_at": json.loads(first["document"])["aware_at"]}
            )
        product = fields.get("product")
        numbers = [fields["batch_id"]] if fields.get("batch_id") else []
        numbers += [one.strip() for one in fields.get("details", {}).get("also_batches", "").split(",") if one.strip()]
    elif row["unit_kind"] != "licence":
        numbers = [row["batch_id"]]
    batches = [batch for one in dict.fromkeys(numbers) if (batch := work.get("batches", batch_id=one))]
    licence = _licence(work, row, product or _product(batches))
    if licence is not None:
        records["licence"] = Record(
            f"licences/{licence['licence_id']}/{licence['version']}", json.loads(licence["document"])
        )
    if row["unit_kind"] == "licence" and licence is not None and form_of(row) == "lot_distribution":
        batches = distributed(work, licence, row)
    lists = {"batches": [_of_batch(work, one) for one in batches]}
    identities = {
        str(orjson.loads(one["record"]).get(key)) for one in batches for key in ("patient_code", "donation_number")
    }
    staff = frozenset(one["printed_name"] for one in work.find("accounts", kind="person") if one["printed_name"])
    return Facts(records, lists, given, name, frozenset(identities - {"None", ""}), staff)


def _event_name(row: FilingEventRow) -> str:
    return f"filing_events/{row['event_id']}/{row['version']}"


def _product(batches: list[BatchRow]) -> str | None:
    return rows.product_of(orjson.loads(batches[0]["record"])) if batches else None


def _licence(work: UnitOfWork, row: FilingRow, product: str | None) -> LicenceRow | None:
    for one in rows.licence_rows(work):
        if row["unit_kind"] == "licence" and one["licence_id"] == row["unit"]:
            return one
        if row["unit_kind"] != "licence" and (one["product"], one["jurisdiction"]) == (product, row["jurisdiction"]):
            return one
    return None


def _of_batch(work: UnitOfWork, batch: BatchRow) -> dict[str, Record]:
    batch_id = batch["batch_id"]
    found = {"batch": Record(f"batches/{batch_id}", orjson.loads(batch["record"]))}
    taken = departures.picked_up(work, batch_id)
    if taken:
        found["departure"] = Record(f"journey_records/{taken['record_id']}", json.loads(taken["document"]))
    signed = work.find("dispositions", batch_id=batch_id, order=("-number",), limit=1)
    if signed:
        found["disposition"] = Record(f"dispositions/{signed[0]['disposition_id']}", json.loads(signed[0]["document"]))
    return found


def distributed(work: UnitOfWork, licence: LicenceRow, row: FilingRow) -> list[BatchRow]:
    """Batches of a licence that left in the period of a filing, on the calendar of its authority.

    Raises:
        Conflict: the shipment of a batch that may belong there can't be read, so that the report would leave it out.
    """
    zone = calendars.AUTHORITIES[row["authority"] or "FDA"].zone
    first, last = date.fromisoformat(row["begins"] or ""), date.fromisoformat(row["ends"] or "")
    found: list[BatchRow] = []
    taken = departures.all_picked_up(work)
    for name, shipment in sorted(shipments.latest(work).items()):
        when = partial(_left_at, shipment, taken.get(name))
        pickup = aside.readable(f"shipment of {name}", when, aside.standing_in(None))
        if pickup is not None and not first <= calendars.day_in(pickup, zone) <= last:
            continue
        batch = _under(work, name, licence)
        if batch is not None and pickup is None:
            raise Conflict(
                f"The report can't say what left: the shipment of batch {name} can't be read; have it restored, and"
                " draft the report again."
            )
        if batch is not None:
            found.append(batch)
    return found


def _left_at(shipment: str, taken: JourneyRecordRow | None) -> datetime | None:
    """When it left; as it was booked, while nobody has noted the pick-up: the draft asks for that."""
    if taken is not None:
        return departures.left_at(taken)
    return datetime.fromisoformat(json.loads(shipment)["pickup_at"])


def _under(work: UnitOfWork, batch_id: str, licence: LicenceRow) -> BatchRow | None:
    """A batch, if it is one of this licence."""
    batch = work.get("batches", batch_id=batch_id)
    if batch is None:
        return None

    def unknown(why: str) -> dict[str, Any]:
        raise Conflict(f"The record of batch {batch_id} can't be read ({why}): have it restored, and draft again.")

    record = aside.readable(f"record of {batch_id}", lambda: orjson.loads(batch["record"]), unknown)
    places = rows.places(record)
    own = rows.product_of(record) == licence["product"] and (not places or licence["jurisdiction"] in places)
    return batch if own else None


def make(work: UnitOfWork, row: FilingRow, given: dict[str, str], actor: Actor, now: datetime) -> FilingDraftRow:
    """Draft a filing anew; answers of earlier drafts stay until others are given. An approval of before is void.

    Raises:
        Conflict: it is accepted, withdrawn or does not apply, is with the agency, or on its way there.
    """
    if row["status"] in _OUTSIDE or row["status"] == FilingStatus.SUBMITTED.value:
        words = row["status"].replace("_", " ")
        raise Conflict(f"Filing {row['filing_id']} is {words}: nothing is drafted for it.")
    not_under_way(work, row)
    last = newest(work, row["filing_id"])
    number = last["number"] + 1 if last else 1
    before = json.loads(last["document"])["given"] if last else {}
    spec = {one.name: one for one in drafts.form(form_of(row)).fields}
    known = {name for name, one in spec.items() if not one.of_the_record}
    stray = sorted(set(given) - known)
    if stray:
        about = f"The form has no field {stray[0]!r}"
        if stray[0] in spec:
            about = f"The field {stray[0]!r} is the record's own, and nobody answers it"
        raise Conflict(f"{about}: use one of {', '.join(sorted(known))}.")
    given = {**before, **given}
    facts = collect(work, row, given, now, number)
    document = {**drafts.build(form_of(row), facts), "given": given, "day": facts.records["draft"].content["day"]}
    draft: FilingDraftRow = {
        "filing_id": row["filing_id"],
        "number": number,
        "batch_id": row["batch_id"],
        "content_hash": digest([row["filing_id"], row["version"], document]),
        "document": dumps(document),
        "drafted_at": iso(now),
        "drafted_by": actor.user,
    }
    work.add("filing_drafts", [draft])
    changed: FilingColumns = {
        "status": FilingStatus.DRAFTED.value,
        "draft_number": number,
        "draft_hash": draft["content_hash"],
    }
    changed |= {"approved_by": None, "approved_at": None, "signature_id": None}
    work.change("filings", {"filing_id": row["filing_id"]}, **changed)
    shown = {"draft": number, "hash": draft["content_hash"], "open": len(document["questions"]), "given": given}
    write_audit(work, row["batch_id"], actor, now, Change("filing drafted", row["filing_id"], row["status"], shown))
    row.update(changed)
    return draft


def not_under_way(work: UnitOfWork, row: FilingRow) -> None:
    """See that no bot is about to submit what was approved before, or may have done so."""
    key = outbox.submit_key(row["filing_id"], row["version"] or 1, (row["attempt"] or 0) + 1)
    sent = any(one["acted_at"] for one in work.find("effects", business_key=key))
    if sent or work.get("work_items", business_key=key, state="running") is not None:
        raise Conflict(f"Filing {row['filing_id']} is being submitted: wait for its receipt, then go on.")


def newest(work: UnitOfWork, filing_id: str) -> FilingDraftRow | None:
    """The newest draft of a filing."""
    found = work.find("filing_drafts", filing_id=filing_id, order=("-number",), limit=1)
    return found[0] if found else None


def still_so(work: UnitOfWork, row: FilingRow, draft: FilingDraftRow) -> bool:
    """Whether the records say what they said when a draft was made."""
    document, now = json.loads(draft["document"]), again(work, row, draft)
    return bool(all(now[name] == document[name] for name in ("fields", "tables", "questions")))


def again(work: UnitOfWork, row: FilingRow, draft: FilingDraftRow) -> dict[str, Any]:
    """A draft as the records would fill it now, on the day on which it was made and with what was answered then."""
    given, drafted_at = json.loads(draft["document"])["given"], datetime.fromisoformat(draft["drafted_at"])
    return drafts.build(form_of(row), collect(work, row, given, drafted_at, draft["number"]))


def certificate(work: UnitOfWork, batch: BatchRow, given: dict[str, str], now: datetime) -> DraftView:
    """The certificate of a batch; its licence is that of the first jurisdiction of its markets that has one."""
    record = orjson.loads(batch["record"])
    records = _of_batch(work, batch)
    for one in rows.licence_rows(work):
        if one["product"] == rows.product_of(record) and one["jurisdiction"] in (rows.places(record) or ()):
            content = json.loads(one["document"])
            records.setdefault("licence", Record(f"licences/{one['licence_id']}/{one['version']}", content))
    name = f"batches/{batch['batch_id']}"
    results = [{"parameter": Record(f"{name}#record.parameters.{one['name']}", one)} for one in record["parameters"]]
    facts = Facts(records, {"parameters": results}, given, "given at the time of printing")
    document = drafts.build("batch_certificate", facts)
    shown = {key: document[key] for key in ("form", "title", "fields", "tables", "questions")}
    told = {"filing_id": batch["batch_id"], "number": batch["record_version"], "drafted_by": "record"}
    return DraftView.model_validate({**shown, **told, "content_hash": digest(document), "drafted_at": iso(now)})


def draft_view(work: UnitOfWork, row: FilingRow, draft: FilingDraftRow) -> DraftView:
    """A draft with its approval, if it is the one that was approved."""
    document: dict[str, Any] = json.loads(draft["document"])
    shown: dict[str, Any] = {name: document[name] for name in ("form", "title", "fields", "tables", "questions")}
    shown |= only(draft, "filing_id", "number", "content_hash", "drafted_at", "drafted_by")
    if row["signature_id"] and row["draft_hash"] == draft["content_hash"]:
        signed = work.get("signatures", signature_id=row["signature_id"])
        if signed is not None:
            shown |= {"approved_by": signed["user"], "printed_name": signed["printed_name"]}
            shown |= {"approved_at": signed["at"], "meaning": signed["meaning"]}
    return DraftView.model_validate(shown)
