"""What the record itself says that starts clocks: deviations, positives and supplies of what has left the plant."""

import json
from datetime import datetime, tzinfo
from typing import Any

import orjson

from mes_core.domain import deviations
from mes_core.domain.filing import expiry_day
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.filing import calendars
from mes_core.filing.decide import Decision, decide
from mes_core.filing.events import JURISDICTIONS, Event
from mes_core.filing.loading import book
from mes_core.messages.filing import FILINGS_CHAIN, EventFields
from mes_core.services import due
from mes_core.services.core import Change, has_left, iso, only, write_audit
from mes_core.services.filing import clocks, drafting, rows
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, DeviationRow, FilingEventRow, FilingRow, SignatureRow

_SENT = ("submitted", "accepted")
_CLEARED = frozenset({"no_impact", "laboratory_error"})


def _fields(work: UnitOfWork, batch: BatchRow, kind: str, who: str, now: datetime, **more: Any) -> EventFields:
    record: dict[str, Any] = orjson.loads(batch["record"])
    account = work.get("accounts", user=who)
    person = account["printed_name"] if account and account["kind"] == "person" else None
    return EventFields.model_validate(
        {
            "kind": kind,
            "aware_at": iso(now),
            "aware_who": person,
            "batch_id": batch["batch_id"],
            "product": rows.product_of(record),
            "places": rows.places(record),
            **more,
        }
    )


def deviation(work: UnitOfWork, batch: BatchRow, row: DeviationRow, actor: Actor, now: datetime) -> None:
    """A grave deviation, or an investigation, of a batch that has left: it is known now, and who opened it knew.

    What a bot opened has a provisional moment; whether the product is touched is not known until a person says.
    """
    kind = "out_of_specification_result" if row["kind"] == "oos" else "deviation"
    answers = {"distributed": "yes", **_touched(row["outcome"])}
    text: dict[str, Any] = {"text": row["title"], "answers": answers}
    if row["opened_at"]:
        text["details"] = {"discovered": row["opened_at"]}  # before it left, it may have been
    fields = _fields(work, batch, kind, row["opened_by"], now, **text)
    clocks.record(work, fields, _key(batch, row["deviation_key"]), actor, now)


def _touched(outcome: str | None) -> dict[str, str]:
    if outcome is None:
        return {}
    return {"may_affect_safety": "no" if outcome in _CLEARED else "yes"}


def _key(batch: BatchRow, name: str) -> str:
    return rows.source_key(batch["batch_id"], name)


def deviation_closed(
    work: UnitOfWork, batch_id: str, row: DeviationRow, who: PersonPrincipal, now: datetime, signature: SignatureRow
) -> None:
    """A signed outcome answers whether the product is touched; clocks that run for no reason end under this name.

    Raises:
        Forbidden: it would end a clock, and whoever closed it may end none.
    """
    old = rows.the_event(work, rows.event_id(clocks.RECORD, rows.source_key(batch_id, row["deviation_key"])))
    if old is None:
        batch = work.get("batches", batch_id=batch_id)
        if batch is not None and deviations.matters(row["severity"], row["outcome"]) and has_left(work, batch):
            deviation(work, batch, row, who, now)  # it was thought to be small, and was found to touch what has left
        return
    if old["state"] == rows.WITHDRAWN:
        return
    document = json.loads(old["document"])
    answers = {**document["fields"].get("answers", {}), **_touched(row["outcome"])}
    details = {**document["fields"].get("details", {}), "cause": (row["conclusion"] or "")[:2000]}
    document["fields"] |= {"answers": answers, "details": details}
    told = only(old, "source", "source_key", "state")
    told |= {"recorded_at": iso(now), "recorded_by": who.user, "reason": row["conclusion"]}
    told["signature_id"] = signature["signature_id"]
    new = rows.event_row(old["event_id"], old["version"] + 1, old["batch_id"], document, **told)
    if ended := clocks.ended_by(work, old, new, now):
        act = f"close {row['deviation_key']!r} so that it ends a clock ({', '.join(ended)})"
        signer(who, act, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
    work.add("filing_events", [new])
    change = Change("event corrected", old["event_id"], None, {"answers": answers}, row["conclusion"])
    write_audit(work, old["batch_id"], who, now, change)
    clocks.recompute(work, new, who, now, f"{row['conclusion']} ({who.printed_name})")


def late_positive(
    work: UnitOfWork, batch: BatchRow, name: str, text: str, actor: Actor, now: datetime, *, known_at: datetime
) -> None:
    """A positive final result of cells that have left the plant; clocks run from when it was known."""
    answers = {"distributed": "yes", "may_affect_safety": "yes", "may_mean_recall_or_restriction": "yes"}
    fields = _fields(work, batch, "late_positive", actor.user, known_at, text=text, answers=answers)
    clocks.record(work, fields, _key(batch, name), actor, now)


def excursion(
    work: UnitOfWork,
    batch: BatchRow,
    name: str,
    text: str,
    actor: Actor,
    now: datetime,
    *,
    known_at: datetime | None = None,
) -> None:
    """Cells that were, or may have been, too warm on their way; whether that matters a person says.

    `known_at` is when somebody saw it, where that was before it was noted here.
    """
    answers = {"distributed": "yes"}
    fields = _fields(work, batch, "excursion", actor.user, known_at or now, text=text, answers=answers)
    clocks.record(work, fields, _key(batch, name), actor, now)


def supply(
    work: UnitOfWork,
    batch: BatchRow,
    disposition_id: str,
    passed: dict[str, str],
    who: PersonPrincipal,
    reason: str,
    now: datetime,
) -> FilingEventRow:
    """A supply outside of specification is certified: the earlier start, before the dose is given."""
    fields = _fields(work, batch, "out_of_specification_supply", who.user, now, text=reason, details=passed)
    return clocks.record(work, fields, _key(batch, disposition_id), who, now)


def shipped(
    work: UnitOfWork,
    batch: BatchRow,
    grave: list[DeviationRow],
    actor: Actor,
    now: datetime,
    *,
    zone: tzinfo | None,
) -> list[Change]:
    """A batch has left: what is known of it that matters is reportable from now on; all else is decided and said.

    Args:
        grave: deviations that may touch the product.
        zone: the plant's; None: it was not named.
    """
    for row in grave:
        deviation(work, batch, row, actor, now)
    found = decided(work, batch, now, zone)
    shown = [{"clock": one.clock.id, "applies": one.started, "why": one.why} for one in found]
    name = f"shipment of {batch['batch_id']}"
    told = Change("filing clocks decided", name, None, shown, f"Book of clocks {book().content_hash[:12]}.")
    _ask_for_licences(work, batch, actor, now)
    return [told]


def decided(work: UnitOfWork, batch: BatchRow, now: datetime, zone: tzinfo | None) -> tuple[Decision, ...]:
    """What the law says of the shipment itself: what is kept, and what only looks as if it were filed.

    What is kept is kept from the day of the expiry on, which is the plant's, in its `zone`.
    """
    record: dict[str, Any] = orjson.loads(batch["record"])
    expires, places = record.get("expires_at"), rows.places(record)
    event = Event(
        f"shipment of {batch['batch_id']}",
        "distribution",
        now,
        None,
        frozenset(places) if places else None,
        rows.product_of(record),
        batch["batch_id"],
        day=expiry_day(datetime.fromisoformat(expires), zone) if expires else None,
    )
    return decide(book().clocks, [event], rows.licences_for(work, {event.product}), now)


def left(work: UnitOfWork, batch: BatchRow, at: datetime, actor: Actor, now: datetime) -> None:
    """A batch was picked up: a distribution report of that period that is out and lacks it is to be corrected."""
    record: dict[str, Any] = orjson.loads(batch["record"])
    product, places = rows.product_of(record), rows.places(record)
    missing = []
    for licence in rows.licence_rows(work):
        if licence["product"] != product or (places and licence["jurisdiction"] not in places):
            continue
        for row in work.find("filings", unit=licence["licence_id"], within={"status": _SENT}):
            if drafting.form_of(row) == "lot_distribution" and _lacks(work, row, batch, at):
                words = f"{row['filing_id']} ({row['begins']} to {row['ends']})"
                missing.append(
                    due.item(
                        "notice",
                        FILINGS_CHAIN,
                        f"{row['filing_id']}.{batch['batch_id']}",
                        f"Tell the agency that distribution report {words} lacks batch {batch['batch_id']}.",
                        now,
                        now,
                        clause=row["clause"],
                        role=Role.QUALITY_ASSURANCE.value,
                    )
                )
    due.tell(work, missing, actor, now)


def _lacks(work: UnitOfWork, row: FilingRow, batch: BatchRow, at: datetime) -> bool:
    """Whether a report is of the period of a moment, and says nothing of a batch."""
    day = calendars.day_in(at, calendars.AUTHORITIES[row["authority"] or "FDA"].zone).isoformat()
    if not (row["begins"] or "") <= day <= (row["ends"] or ""):
        return False
    sent = work.find("filing_drafts", filing_id=row["filing_id"], content_hash=row["draft_hash"] or "")
    lots = {line[0] for one in sent for table in json.loads(one["document"])["tables"] for line in table["rows"]}
    return batch["batch_id"] not in lots


def _ask_for_licences(work: UnitOfWork, batch: BatchRow, actor: Actor, now: datetime) -> None:
    """Periods count from a licence: one that nobody has recorded is asked for when the first batch leaves under it."""
    record: dict[str, Any] = orjson.loads(batch["record"])
    product, places = rows.product_of(record), rows.places(record) or ()
    known = {(one["product"], one["jurisdiction"]) for one in rows.licence_rows(work)}
    missing = [
        due.item(
            "notice",
            FILINGS_CHAIN,
            f"licence.{where}.{product}",
            f"Record the licence of {product} in {where}: batches leave, and its periodic filings can't be counted.",
            now,
            now,
            clause="the clauses of periodic reports",
            role=Role.QUALITY_ASSURANCE.value,
        )
        for where in JURISDICTIONS
        if where in places and (product, where) not in known
    ]
    due.tell(work, missing, actor, now)
