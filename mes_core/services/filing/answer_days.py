"""On which day an agency can have answered: not before what it answers, or a late report would look punctual."""

from collections.abc import Sequence
from datetime import datetime

from mes_core.domain.errors import Invalid
from mes_core.filing import calendars
from mes_core.messages import filing as f
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingAnswerRow, FilingRow


def check(work: UnitOfWork, row: FilingRow, known: Sequence[FilingAnswerRow], answer: f.NewAnswer) -> None:
    """See that an answer comes after what it answers, by the days of the authority.

    Raises:
        Invalid: a receipt from before the approval, or an answer from before the receipt.
    """
    if answer.kind is f.AnswerKind.PENDING:
        return
    zone = calendars.AUTHORITIES[row["authority"] or "FDA"].zone
    receipts = [
        one["at"] for one in known if one["kind"] == f.AnswerKind.RECEIPT.value and one["attempt"] == answer.attempt
    ]
    signed = work.get("signatures", signature_id=row["signature_id"]) if row["signature_id"] else None
    before = receipts[-1] if receipts and answer.kind is not f.AnswerKind.RECEIPT else signed["at"] if signed else None
    if before is None:
        return
    day, first = (calendars.day_in(one, zone) for one in (answer.at, datetime.fromisoformat(before)))
    if day < first:
        what = "its receipt" if receipts and answer.kind is not f.AnswerKind.RECEIPT else "its approval"
        raise Invalid(f"The answer to filing {row['filing_id']} is of {day}, before {what} on {first}: check its day.")
