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
    receipts = [
        one["at"] for one in known if one["kind"] == f.AnswerKind.RECEIPT.value and one["attempt"] == answer.attempt
    ]
    signed = work.get("signatures", signature_id=row["signature_id"]) if row["signature_id"] else None
    if receipts and answer.kind is not f.AnswerKind.RECEIPT:
        what, before = "its receipt", receipts[-1]
    elif signed:
        what, before = "its approval", signed["at"]
    else:
        return
    zone = calendars.AUTHORITIES[row["authority"] or "FDA"].zone
    day, first = (calendars.day_in(one, zone) for one in (answer.at, datetime.fromisoformat(before)))
    if day < first:
        raise Invalid(f"The answer to filing {row['filing_id']} is of {day}, before {what} on {first}: check its day.")
