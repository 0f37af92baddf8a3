"""The register of certifications: entered in the transaction of the signature, before anything may be supplied."""

from mes_core.domain import supply
from mes_core.domain.errors import Conflict
from mes_core.domain.states import State
from mes_core.messages import views as v
from mes_core.messages.conditional import RegisterEntry
from mes_core.services.core import Change, iso
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, RegisterColumns, RegisterRow

REGISTER = "system:register"
"""The chain that tells of the register."""


def enter(work: UnitOfWork, disposition_id: str, signed: v.DispositionView, signature_id: str) -> Change | None:
    """Enter a signed disposition if it is a certification; returns what its chain is told."""
    if signed.disposition.value not in supply.CERTIFICATIONS:
        return None
    last = work.find("register", order=("-number",), limit=1)
    row: RegisterRow = {
        "number": last[0]["number"] + 1 if last else 1,
        "batch_id": signed.batch_id,
        "certification": signed.disposition.value,
        "disposition_id": disposition_id,
        "record_hash": signed.record_hash,
        "signature_id": signature_id,
        "certified_by": signed.signed_by,
        "printed_name": signed.printed_name,
        "entered_at": iso(signed.signed_at),
    }
    work.add("register", [row])
    new = {"batch": signed.batch_id, "certification": row["certification"], "disposition": disposition_id}
    return Change("certification entered", f"entry {row['number']}", None, new, signed.reason)


def entries(work: UnitOfWork, batch_id: str | None = None) -> tuple[RegisterEntry, ...]:
    """The register, or what it holds of one batch."""
    chosen: RegisterColumns = {"batch_id": batch_id} if batch_id else {}
    rows = work.find("register", order=("number",), limit=None, offset=0, within=None, **chosen)
    return tuple(RegisterEntry.model_validate(row) for row in rows)


def standing(work: UnitOfWork, batch: BatchRow) -> supply.Standing:
    """A batch as far as it decides whether it may leave the plant."""
    batch_id = batch["batch_id"]
    newest = work.find("dispositions", order=("-number",), limit=1, batch_id=batch_id)
    signed = v.DispositionView.model_validate_json(newest[0]["document"]) if newest else None
    return supply.Standing(
        batch_id=batch_id,
        state=State(batch["state"]),
        disposition=signed.disposition.value if signed else None,
        disposition_id=newest[0]["disposition_id"] if newest else None,
        registered=frozenset(row["disposition_id"] for row in work.find("register", batch_id=batch_id)),
        open_holds=work.count("holds", lifted_at=None, batch_id=batch_id),
    )


def check_supply(standing: supply.Standing) -> None:
    """See that a batch may leave.

    Raises:
        Conflict: it may not; says all that is missing.
    """
    missing = supply.hindrances(standing)
    if missing:
        raise Conflict(" ".join(missing))
