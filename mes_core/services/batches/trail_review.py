"""A signed review of the audit trail of a batch, before its release."""

from mes_core.domain.errors import Conflict
from mes_core.messages.deviations import TrailReview
from mes_core.services.core import only
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import SignatureRow

ACT = "audit trail reviewed"
_CHANGES_THE_GROUND = frozenset({"reviewed", "record corrected", "record stored"})


def check_release(work: UnitOfWork, batch_id: str) -> None:
    """See that somebody has reviewed the trail up to the newest verdict.

    Raises:
        Conflict: nobody has.
    """
    last = [
        work.find("audit", batch_id=batch_id, action=action, order=("-number",), limit=1)
        for action in sorted(_CHANGES_THE_GROUND)
    ]
    newest = max((entry["number"] for found in last for entry in found), default=0)
    if max((number_of(row) for row in reviews(work, batch_id)), default=0) < newest:
        raise Conflict(
            f"Batch {batch_id} can't be released: nobody has signed a review of its audit trail up to entry {newest};"
            " a person who had no part in the batch does."
        )


def reviews(work: UnitOfWork, batch_id: str) -> list[SignatureRow]:
    """Signatures under reviews of the trail."""
    return work.find("signatures", batch_id=batch_id, act=ACT, order=("at",))


def number_of(signature: SignatureRow) -> int:
    """Up to which entry a review goes."""
    return int(signature["subject"].rpartition(" ")[2])


def review_view(signature: SignatureRow) -> TrailReview:
    """A review as others see it."""
    shown = only(signature, "batch_id", "signature_id", "user", "printed_name", "at", "reason")
    return TrailReview(number=number_of(signature), entry_hash=signature["content_hash"], **shown)
