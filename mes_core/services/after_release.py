"""What the rules say after the release: about a shipment when it is recorded, about the filings when one changes.

A shipment that has been booked is a fact and is recorded whatever the rules say. What they find opens a hold on the
logistics with the reason, and stands in the audit trail with the hash of the facts, which are kept.
"""

import json
from datetime import datetime
from typing import Any

from mes_core.domain import deviations, filing
from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Actor
from mes_core.messages import RecordKind, Verdict
from mes_core.services import supply
from mes_core.services.approvals import Approvals
from mes_core.services.core import Change, add_hold
from mes_core.services.history import keep_facts
from mes_core.services.ports import Row, UnitOfWork
from mes_core.services.reviews import head_of

_IN_ORDER = "READY"


class AfterRelease(Approvals):
    """Rule sets `shipping` and `filing_clocks`, judged on what the MES holds of a batch of cells that was released."""

    def judged(self, work: UnitOfWork, batch: Row, rule_set: str, actor: Actor, now: datetime) -> list[Change]:
        """Judge one rule set on a shipped batch of cells; other products have no such rules.

        Args:
            rule_set: `shipping` or `filing_clocks`.

        Returns:
            What to write into the audit trail, a hold included where something is not in order or can't be judged.
        """
        if batch["kind"] != RecordKind.CAR_T:
            return []
        facts = facts_after_release(work, batch, now)
        try:
            reviewer, approval = self.in_force(work, rule_set)
            verdict = Verdict.model_validate({**reviewer.review(facts).to_dict(), "approval": approval})
        except (Conflict, Invalid) as refused:
            reason = f"Rule set {rule_set} could not judge this batch: {refused}"
            return list(add_hold(work, batch, actor, now, kind="logistics", reason=reason, key=f"{rule_set}:-")[1])
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
            # The same findings again are the hold that a person has seen already; others are a new one.
            key = f"{rule_set}:{digest(sorted({one.rule for one in verdict.findings}))[:16]}"
            reason = f"Rule set {rule_set} says {verdict.verdict}: {found}"
            changes += add_hold(work, batch, actor, now, kind="logistics", reason=reason, key=key)[1]
        return changes


def facts_after_release(work: UnitOfWork, batch: Row, now: datetime) -> dict[str, Any]:
    """The facts for the rules on shipping and filing, from what the MES holds of a batch.

    Returns:
        `now`, `batch` (head of the record), `record_hash`, `disposition` (the last one), `holds`, `shipment`,
        `filings`, `events` (deviations that may affect safety and were distributed), `labels`, `retention`.
    """
    key = {"batch_id": batch["batch_id"]}
    head = head_of(batch)
    shipment = work.get("shipments", **key)
    signed = work.find("dispositions", order=("-number",), limit=1, **key)
    filings = work.find("filings", order=("place",), **key)
    facts: dict[str, Any] = {
        "now": now.isoformat(),
        "batch": head,
        "record_hash": batch["record_hash"],
        "holds": [{"hold_id": row["hold_id"], "lifted_at": row["lifted_at"]} for row in work.find("holds", **key)],
        "filings": [
            {name: row[name] for name in ("filing_id", "form", "clause", "why", "due_at", "status", *_ANSWER)}
            for row in filings
        ],
        "events": _events(work, batch, filings),
        "labels": json.loads(batch["record"]).get("labels"),
    }
    if signed:
        facts["disposition"] = json.loads(signed[0]["document"])
    if shipment:
        facts["shipment"] = json.loads(shipment["document"])
    if head["expires_at"]:
        kept = filing.kept_until(datetime.fromisoformat(head["expires_at"]))
        facts["retention"] = {"traceability_until": kept.isoformat()}
    return facts


_ANSWER = ("submitted_at", "acknowledgement", "document_sha256")


def _events(work: UnitOfWork, batch: Row, filings: list[Row]) -> list[dict[str, Any]]:
    """Deviations of a distributed batch that may affect safety, with the report that answers them."""
    reports = [one["submitted_at"] for one in filings if one["form"] == filing.DEVIATION_REPORT and one["applies"]]
    return supply.event(work, batch["batch_id"]) + [
        {
            "event_id": row["deviation_key"],
            "kind": "deviation",
            "distributed": "yes",
            "may_affect_safety": "yes",
            "under_control": "yes",
            "aware_at": row["opened_at"],
            "reported_at": next((one for one in reports if one), None),
        }
        for row in work.find("deviations", batch_id=batch["batch_id"], order=("deviation_key",))
        if deviations.matters(row["severity"], row["outcome"])
    ]
