"""What the rules say after the release: about a shipment when it is recorded, about the filings when one changes.

A shipment that has been booked is a fact and is recorded whatever the rules say. What they find opens a hold on the
logistics with the reason, and stands in the audit trail with the hash of the facts, which are kept.
"""

import json
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from mes_core.domain import filing
from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Actor
from mes_core.filing.events import Said
from mes_core.messages import Finding, RecordKind, Verdict
from mes_core.messages.deviations import NewDeviation
from mes_core.messages.journeys import CustodyStep
from mes_core.messages.logistics import LogisticsKind
from mes_core.services import shipments
from mes_core.services.batches import journey_records, supply
from mes_core.services.batches.deviations import add_deviation
from mes_core.services.batches.excursions import EXCURSION
from mes_core.services.batches.history import keep_facts
from mes_core.services.batches.review_facts import head_of
from mes_core.services.core import Change, add_hold, dumps, hold_again, iso, only
from mes_core.services.filing import departures, from_record, rows
from mes_core.services.filing.words import at_once
from mes_core.services.people.in_force import RulesInForce
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, FilingRow, HoldRow, JourneyRecordRow

_IN_ORDER = "READY"
_TEMPERATURE = "temperature_c"
TRACKED = frozenset(
    {
        CustodyStep.PICKED_UP,
        CustodyStep.IN_TRANSIT,
        CustodyStep.EXPORT_CLEARED,
        CustodyStep.IMPORT_CLEARED,
        CustodyStep.DELIVERED,
    }
)
"""Steps that a courier's tracking tells of, and a bot may note with its source; all others are signed by a person."""


class AfterRelease(RulesInForce):
    """Rule sets `shipping` and `filing_clocks`, judged on what the MES holds of a batch of cells that was released."""

    def judged(self, work: UnitOfWork, batch: BatchRow, rule_set: str, actor: Actor, now: datetime) -> list[Change]:
        """Judge one rule set on a shipped batch of cells; other products have no such rules.

        Args:
            rule_set: `shipping` or `filing_clocks`.

        Returns:
            What to write into the audit trail, a hold included where something is not in order or can't be judged.
        """
        if batch["kind"] != RecordKind.CAR_T:
            return []
        facts = facts_after_release(work, batch, now, self.zone) | self.plant_facts()
        try:
            reviewer, approval = self.in_force(work, rule_set)
            verdict = Verdict.model_validate({**reviewer.review(facts).to_dict(), "approval": approval})
        except (Conflict, Invalid) as refused:
            reason = f"Rule set {rule_set} could not judge this batch: {refused}"
            return list(hold_again(work, batch, actor, now, kind="logistics", reason=reason, key=f"{rule_set}:-")[1])
        keep_facts(work, batch["batch_id"], verdict.facts_hash, facts)
        shown = {
            "verdict": verdict.verdict,
            "version": verdict.rule_set_version,
            "rules_hash": verdict.rules_hash,
            "facts_hash": verdict.facts_hash,
            "findings": [{"rule": one.rule, "text": one.text} for one in verdict.findings],
        }
        changes = [Change("judged after release", rule_set, None, shown, approval)]
        if verdict.verdict != _IN_ORDER:
            found = "; ".join(f"{one.rule}: {one.text}" for one in verdict.findings)
            key = f"{rule_set}:{digest(sorted({_about(one) for one in verdict.findings}))[:16]}"
            reason = f"Rule set {rule_set} says {verdict.verdict}: {found}"
            changes += add_hold(work, batch, actor, now, kind="logistics", reason=reason, key=key)[1]
            _too_warm(work, batch, verdict.findings, facts, actor, now)
        return changes


def _too_warm(
    work: UnitOfWork,
    batch: BatchRow,
    findings: Iterable[Finding],
    facts: dict[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """A temperature noted on the way or at the receipt that is out of its limits is an excursion of what has left.

    It is investigated, and starts the clocks of an excursion; the same temperature signed again opens no second one.
    """
    for one in findings:
        measured = [fact.value for fact in one.facts if fact.path.endswith(_TEMPERATURE) and fact.value is not None]
        if measured:
            about = f"{EXCURSION}:{one.rule}:{digest(measured)[:12]}"
            opened = {"deviation_key": about, "title": f"{one.rule}: {one.text}"[:300], "severity": "critical"}
            add_deviation(work, batch["batch_id"], NewDeviation.model_validate(opened), actor, now, about_product=False)
            seen = [row for row in (*facts["receipts"], *facts["custody"]) if row["temperature_c"] in measured]
            known_at = min((datetime.fromisoformat(row["at"]) for row in seen), default=now)
            from_record.excursion(work, batch, about, f"{one.rule}: {one.text}", actor, now, known_at=known_at)


def _about(finding: Finding) -> str:
    """What a finding says: the same again is the hold that a person has seen already; another one is a new hold."""
    facts = sorted((one.path, dumps(one.value)) for one in finding.facts if one.path != "now")
    return dumps([finding.rule, facts])


def facts_after_release(work: UnitOfWork, batch: BatchRow, now: datetime, zone: tzinfo | None) -> dict[str, Any]:
    """The facts for the rules on shipping and filing, from what the MES holds of a batch; days are the plant's.

    Returns:
        `now`, `batch` (head of the record), `record_hash`, `disposition` (the last one, with the kind of its account),
        `holds`, `shipment`, `way` (the booked way as it was assessed), `packing` (as two persons signed it, with what
        is known of shipper and logger), `receipts` (as they were signed), `custody` (the steps on the way), `filings`,
        `events` (deviations that may affect safety and were distributed), `retention`.
    """
    batch_id = batch["batch_id"]
    head = head_of(batch)
    shipment = shipments.in_force(work, batch_id)
    signed = work.find("dispositions", order=("-number",), limit=1, batch_id=batch_id)
    filings = work.find("filings", order=("place",), batch_id=batch_id)
    facts: dict[str, Any] = {
        "now": now.isoformat(),
        "batch": head,
        "record_hash": batch["record_hash"],
        "holds": [only(row, "hold_id", "opened_at", "lifted_at") for row in work.find("holds", batch_id=batch_id)],
        "filings": [
            only(row, "filing_id", "form", "clause", "why", "status", *_ANSWER)
            | {"due_at": None if at_once(row) else row["due_at"]}
            for row in filings
        ]
        + _not_started(work, batch, now, zone),
        "events": _events(work, batch, filings),
        "receipts": _receipts(work, batch_id),
        "custody": _on_the_way(work, batch_id),
    }
    if signed:
        facts["disposition"] = _signed(work, json.loads(signed[0]["document"]))
    if shipment:
        facts["shipment"] = shipment
        taken = departures.picked_up(work, batch_id)
        facts["shipment"]["left_at"] = iso(departures.left_at(taken)) if taken else facts["shipment"]["pickup_at"]
        assessment = work.get("journey_records", record_id=facts["shipment"].get("assessment_id") or "")
        if assessment and assessment["batch_id"] == batch["batch_id"]:
            judged = {**journey_records.read(assessment), "assessment_id": assessment["record_id"]}
            facts["way"] = way_facts(judged, facts["shipment"]["slot_id"]) | margin_of(work, batch)
    packed = journey_records.packing_in_force(work, batch["batch_id"])
    if packed:
        facts["packing"] = _packing_facts(*packed) | _fitness(work, journey_records.read(packed[0]))
    if head["expires_at"]:
        kept = filing.kept_until(datetime.fromisoformat(head["expires_at"]), zone)
        facts["retention"] = {"traceability_until": kept.isoformat()}
    return facts


def _signed(work: UnitOfWork, disposition: dict[str, Any]) -> dict[str, Any]:
    """A disposition, and whose account signed it as the register of accounts has it: a person's, a bot's, none."""
    account = work.get("accounts", user=disposition["signed_by"])
    return {**disposition, "account_kind": account["kind"] if account else "none"}


_ANSWER = ("submitted_at", "acknowledgement", "document_sha256", "accepted_at", "clock_id")


def _not_started(work: UnitOfWork, batch: BatchRow, now: datetime, zone: tzinfo | None) -> list[dict[str, Any]]:
    """Clocks that look applicable to a batch that has left and are not, each with its reason."""
    return [
        {"filing_id": one.clock.id, "form": one.clock.title, "clause": one.clock.clause, "why": one.why}
        | {"status": "not_applicable"}
        for one in from_record.decided(work, batch, now, zone)
        if not one.started
    ]


def way_facts(assessment: dict[str, Any], way_id: str) -> dict[str, Any]:
    """A way as it was judged, for the rules; probabilities in percent, hours left at the 5 % quantile.

    Args:
        assessment: the assessment as it is kept, with its id.
        way_id: the way that was booked, or would be.
    """
    way = next((one for one in assessment["ways"] if one["way_id"] == way_id), None) or {}
    left = way.get("hold_left_h") or ()
    return {
        "assessment_id": assessment["assessment_id"],
        "way_id": way.get("way_id"),
        "pickup_at": way.get("pickup_at"),
        "delivery_at": way.get("delivery_at"),
        "probability": None if way.get("p") is None else way["p"] * 100,
        "threshold": assessment["threshold"] * 100,
        "decided_by": assessment["decided_by"],
        "never": "; ".join((*assessment["never"], *way.get("never", ()))),
        "gate_at": assessment["gate_at"],
        "latest_receipt_at": assessment["latest_receipt_at"],
        "hold_left_h": left[0] if left else None,
    }


def _packing_facts(packed: JourneyRecordRow, confirmed: JourneyRecordRow) -> dict[str, Any]:
    """A packing for the rules: what was recorded, and who signed."""
    document = journey_records.read(packed)
    names = ("shipper", "seal", "logger", "dry_kg", "charged_kg", "charged_at", "packed_at", "out_of_storage_at")
    scanned = ("batch_on_label", "patient_on_label", "chain_of_identity")
    return {
        **{name: document[name] for name in (*names, *scanned)},
        "free_liquid": "yes" if document["free_liquid"] else "no",
        "packed_by": packed["made_by"],
        "confirmed_by": confirmed["made_by"],
    }


def _fitness(work: UnitOfWork, packed: dict[str, Any]) -> dict[str, Any]:
    """Until when the things of a packing may be used; None where the logistics data don't say."""
    found: dict[str, Any] = {}
    for thing, last_day in ((LogisticsKind.SHIPPER, "qualified_until"), (LogisticsKind.LOGGER, "calibrated_until")):
        row = journey_records.newest(work, journey_records.LOGISTICS, thing.value, packed[thing.value])
        found[f"{thing.value}_{last_day}"] = journey_records.read(row).get(last_day) if row else None
    return found


def _receipts(work: UnitOfWork, batch_id: str) -> list[dict[str, Any]]:
    """Receipts of a batch as the treatment centre signed them, with the holds that were open then."""
    found = []
    holds = work.find("holds", order=("hold_id",), batch_id=batch_id)
    for row in journey_records.all_of(work, batch_id, journey_records.CUSTODY):
        step = journey_records.read(row)
        if step["step"] == CustodyStep.RECEIVED:
            shown = {name: step[name] for name in ("at", "by", "identifier", "seal", "temperature_c")}
            found.append({"number": row["number"], "open_holds": _open_at(holds, step["at"]), **shown})
    return found


def _on_the_way(work: UnitOfWork, batch_id: str) -> list[dict[str, Any]]:
    """Steps of custody between plant and treatment centre, with the temperature that was noted, if one was."""
    found = []
    for row in journey_records.all_of(work, batch_id, journey_records.CUSTODY):
        step = journey_records.read(row)
        if step["step"] in TRACKED:
            found.append({"number": row["number"], **only(step, "step", "at", "place", "temperature_c")})
    return found


def _open_at(holds: list[HoldRow], moment: str) -> str:
    """Holds that were open at a moment, by their ids; they may have been lifted since."""
    at = datetime.fromisoformat(moment)
    return ", ".join(
        row["hold_id"]
        for row in holds
        if datetime.fromisoformat(row["opened_at"]) <= at
        and not (row["lifted_at"] and datetime.fromisoformat(row["lifted_at"]) <= at)
    )


def margin_of(work: UnitOfWork, batch: BatchRow) -> dict[str, Any]:
    """How long the shipper has to hold after it was unloaded, by the product's data; None where they don't say."""
    code = str(json.loads(batch["record"])["product_code"])
    row = journey_records.newest(work, journey_records.LOGISTICS, LogisticsKind.PRODUCT.value, code)
    return {"hold_margin_h": journey_records.read(row)["hold_margin_h"] if row else None}


def _events(work: UnitOfWork, batch: BatchRow, filings: list[FilingRow]) -> list[dict[str, Any]]:
    """Events of a batch as rules read them: every answer that is unknown counts as yes; reported means accepted."""
    found = supply.event(work, batch["batch_id"])
    # Each authority has its own report: only the American one answers for the American clock.
    running = {one["event_id"]: one for one in filings if one["clock_id"] == "US-BPD" and one["status"] != "withdrawn"}
    for row in rows.newest(work.find("filing_events", batch_id=batch["batch_id"])):
        event = rows.as_event(row)
        if row["state"] != rows.STANDS or row["event_id"] not in running:
            continue
        answers = {name: "no" if event.said(name) is Said.NO else "yes" for name in _CONDITIONS}
        found.append(
            {
                "event_id": row["event_id"],
                "kind": "deviation",
                "aware_at": iso(event.aware_at),
                "due_at": running[row["event_id"]]["due_at"],
                "reported_at": running[row["event_id"]]["accepted_at"],
                **answers,
            }
        )
    return found


_CONDITIONS = ("distributed", "may_affect_safety", "under_control")
