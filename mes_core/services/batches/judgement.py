"""What a signature of a decision rests on: a verdict that is ready now, and people who had no part in the batch."""

import json
from datetime import datetime

from mes_core.domain import findings as standing
from mes_core.domain.errors import Forbidden
from mes_core.domain.principals import PersonPrincipal
from mes_core.services.batches import views
from mes_core.services.batches.records import people_of
from mes_core.services.batches.reviews import is_current
from mes_core.services.people import signatures
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, FindingRow, SignatureRow


def ready_now(work: UnitOfWork, batch: BatchRow) -> bool:
    """Whether the newest verdict is about the batch as it is, and finds it ready or wholly justified."""
    verdict = work.get("verdicts", verdict_id=batch["verdict_id"]) if batch["verdict_id"] else None
    if verdict is None or not is_current(work, batch, verdict):
        return False
    found = work.find("findings", verdict_id=verdict["verdict_id"])
    # Closings count from the next review on, which finds the same again and carries the justification over: what was
    # closed after this verdict has not been looked at again.
    justified = work.find("findings", batch_id=batch["batch_id"], closure=standing.JUSTIFIED)
    carried = {one["fingerprint"] for one in justified if one["verdict_id"] != verdict["verdict_id"]}
    return standing.is_ready(
        verdict["verdict"],
        [views.standing(one) if one["fingerprint"] in carried else _as_open(one) for one in found],
    )


def _as_open(finding: FindingRow) -> standing.Standing:
    return standing.Standing(severity=finding["severity"])


def sign(
    work: UnitOfWork,
    batch: BatchRow,
    who: PersonPrincipal,
    now: datetime,
    act: str,
    subject: str,
    meaning: str,
    reason: str,
) -> SignatureRow:
    """A signature of this batch, bound to its record as it is now."""
    return signatures.sign(
        work,
        batch["batch_id"],
        who,
        now,
        act=act,
        subject=subject,
        content_hash=batch["record_hash"],
        meaning=meaning,
        reason=reason,
    )


def not_own_judgement(work: UnitOfWork, batch: BatchRow, who: PersonPrincipal) -> None:
    """Whoever explained a finding away does not also release."""
    if work.count("findings", batch_id=batch["batch_id"], closure=standing.JUSTIFIED, closed_by=who.user):
        raise Forbidden(
            f"{who.printed_name} justified a finding on batch {batch['batch_id']} and can't release it: another"
            " qualified person does."
        )


def not_own_work(work: UnitOfWork, batch: BatchRow, who: PersonPrincipal, act: str) -> None:
    """Whoever made, checked or corrected the batch, in any version of its record, does not judge it."""
    involved: set[str] = set()
    for version in work.find("record_versions", batch_id=batch["batch_id"]):
        involved |= people_of(json.loads(version["record"]))
        involved |= {version["stored_by"]} if version["version"] > 1 else set()
    if {who.user.casefold(), who.printed_name.casefold()} & {name.strip().casefold() for name in involved}:
        raise Forbidden(
            f"{who.printed_name} may not {act} batch {batch['batch_id']}: they performed, checked or corrected"
            " a part of its record."
        )
