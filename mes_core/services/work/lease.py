"""The lease of a work item: whose it is now, and what a lost one leaves unread."""

from mes_core.domain.errors import Conflict, Forbidden, NotFound
from mes_core.domain.principals import Actor
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AuditColumns, WorkItemRow


def running(work: UnitOfWork, item_id: str, epoch: int, actor: Actor) -> WorkItemRow:
    """The item, if it runs under this lease and this account took it: who guesses a lease of another's has nothing."""
    row = work.get("work_items", item_id=item_id)
    if row is None:
        raise NotFound(f"There is no work item {item_id!r}: look at the list of work items.")
    if row["state"] != "running" or row["epoch"] != epoch:
        raise Conflict(f"Work item {item_id} is not this worker's any more: its lease ran out, or it ended already.")
    claims: AuditColumns = {"batch_id": row["batch_id"], "action": "work item claimed", "subject": item_id}
    claimed = work.find("audit", order=("-number",), limit=1, **claims)
    if claimed and claimed[0]["user"] != actor.user:
        raise Forbidden(f"Work item {item_id} was taken by another account: only that one may go on with it.")
    return row


def with_what_is_unread(work: UnitOfWork, row: WorkItemRow, message: str) -> str:
    """The message, with what was sent to a site and not read back: who does it again by hand may do it twice."""
    mine = work.find("effects", item_id=row["item_id"], state="intended", order=("created_at",))
    sent = [f"{one['kind']} {one['business_key']} on {one['site']}" for one in mine if one["acted_at"]]
    if not sent:
        return message
    return f"{message} Sent and not read back: {', '.join(sent)}; try the item again, which looks first, not by hand."
