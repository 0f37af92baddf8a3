"""Reports that an agency has and that are no longer what the records say: quality assurance is told of them."""

import json
from collections.abc import Iterable
from datetime import datetime

from mes_core.domain.principals import Actor, Role
from mes_core.messages.filing import FilingStatus
from mes_core.services import due
from mes_core.services.filing import drafting
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingDraftRow, FilingEventRow, FilingRow

_SENT = (FilingStatus.SUBMITTED.value, FilingStatus.ACCEPTED.value)


def tell(work: UnitOfWork, events: Iterable[FilingEventRow], actor: Actor, now: datetime) -> None:
    """Make it due that an agency is told, where a report of these events says what the records say no more."""
    wanted = []
    for event in events:
        for row in work.find("filings", event_id=event["event_id"], within={"status": _SENT}):
            draft = drafting.newest(work, row["filing_id"])
            if draft is None or draft["content_hash"] != row["draft_hash"] or _says_the_same(work, row, draft):
                continue
            number = f"{row['acknowledgement']}, version {row['version'] or 1}"
            words = (
                f"{row['filing_id']} ({number}) is not what its records say any more: compare, and send a follow-up."
            )
            subject = f"{row['filing_id']}.said.{event['version']}"
            role = Role.QUALITY_ASSURANCE.value
            wanted.append(
                due.item("notice", row["batch_id"], subject, words, now, now, clause=row["clause"], role=role)
            )
    due.tell(work, wanted, actor, now)


def _says_the_same(work: UnitOfWork, row: FilingRow, draft: FilingDraftRow) -> bool:
    """Whether every value is still what it was, from whichever version of its record."""
    said, again = json.loads(draft["document"]), drafting.again(work, row, draft)
    words = [[(one["name"], one["value"]) for one in document["fields"]] for document in (said, again)]
    rows = [[table["rows"] for table in document["tables"]] for document in (said, again)]
    return words[0] == words[1] and rows[0] == rows[1]
