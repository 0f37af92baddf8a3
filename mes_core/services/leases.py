"""The lease of a work item: whose it is now, how it is renewed, and what a lost one leaves unread.

Who took an item stands in the entry of the audit trail that tells of the claim: account, worker, and the hash of the
secret of the worker's host. Only how long a lease runs is kept outside of the trail, as it is renewed all the time.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from mes_core.domain.errors import Conflict, Forbidden, NotFound
from mes_core.domain.principals import Actor, BotPrincipal
from mes_core.services.core import iso
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AuditColumns, AuditRow, WorkItemRow

LEASE = timedelta(seconds=120)
CLAIMED = "work item claimed"


def host_of(secret: str) -> str:
    """What the trail keeps of a host's secret: long and random, so that its plain hash tells nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def until(work: UnitOfWork, row: WorkItemRow) -> str:
    """When the lease of a running item ends: as it was claimed, or renewed since."""
    return ends_of(work, [row])[row["item_id"]]


def ends_of(work: UnitOfWork, rows: Sequence[WorkItemRow]) -> dict[str, str]:
    """When the leases of these items end, in one question; empty where there is none."""
    names = [row["item_id"] for row in rows]
    kept = {one["item_id"]: one for one in work.find("leases", within={"item_id": names})} if names else {}
    ends = {}
    for row in rows:
        lease, claimed = kept.get(row["item_id"]), row["lease_until"] or ""
        renewed = lease["until"] if lease and lease["epoch"] == row["epoch"] else ""
        ends[row["item_id"]] = max(claimed, renewed) if claimed else ""
    return ends


def in_force(ends: str, now: datetime) -> bool:
    """Whether a lease that ends then still holds; one that ends later than any can is of a clock gone wrong."""
    return iso(now) <= ends <= iso(now + 2 * LEASE)


def begin(work: UnitOfWork, row: WorkItemRow, now: datetime) -> None:
    """Start a lease anew, in the place of one that an earlier claim left."""
    work.remove("leases", {"item_id": [row["item_id"]]})
    work.add("leases", [{"item_id": row["item_id"], "epoch": row["epoch"], "until": iso(now + LEASE), "steps": None}])


def renew(work: UnitOfWork, row: WorkItemRow, now: datetime) -> str:
    """Let a lease that has not ended run on.

    Raises:
        Conflict: it has ended: what its worker did since may be another's to do again.
    """
    if until(work, row) <= iso(now):
        raise Conflict(f"The lease of work item {row['item_id']} has run out: it is claimed again.")
    work.change("leases", {"item_id": row["item_id"]}, epoch=row["epoch"], until=iso(now + LEASE))
    return iso(now + LEASE)


def taken_by(work: UnitOfWork, row: WorkItemRow, actor: Actor, worker: str | None, secret: str) -> bool:
    """Whether the newest claim of an item is of this account, worker and host."""
    entry = _claim_of(work, row)
    if entry is None or entry["user"] != actor.user:
        return False
    told = json.loads(entry["new"] or "{}")
    same = worker is None or told["worker"] == worker
    return same and hmac.compare_digest(str(told.get("host", "")), host_of(secret))


def claims(work: UnitOfWork, row: WorkItemRow) -> int:
    """How often an item was claimed, over its whole life."""
    told: AuditColumns = {"batch_id": row["batch_id"], "action": CLAIMED, "subject": row["item_id"]}
    return work.count("audit", **told)


def _claim_of(work: UnitOfWork, row: WorkItemRow) -> AuditRow | None:
    claims: AuditColumns = {"batch_id": row["batch_id"], "action": CLAIMED, "subject": row["item_id"]}
    found = work.find("audit", order=("-number",), limit=1, **claims)
    return found[0] if found else None


def running(work: UnitOfWork, item_id: str, epoch: int, actor: Actor) -> WorkItemRow:
    """The item, if it runs under this lease and this account took it on this host.

    A lease that has run out holds until another claims the item: what fences two workers off from one another is the
    number of the claim, which is looked at in the transaction that writes, and no clock.

    Raises:
        NotFound: there is no such item.
        Conflict: the lease was lost, or the item has ended.
        Forbidden: a person, another account, or another host than the one that claimed it.
    """
    row = work.get("work_items", item_id=item_id)
    if row is None:
        raise NotFound(f"There is no work item {item_id!r}: look at the list of work items.")
    if row["state"] != "running" or row["epoch"] != epoch:
        raise Conflict(f"Work item {item_id} is not this worker's any more: its lease ran out, or it ended already.")
    lease = actor.lease if isinstance(actor, BotPrincipal) else None
    if lease is None or (lease.item_id, lease.epoch) != (item_id, epoch):
        raise Forbidden(f"Work item {item_id} is gone on with under its lease only: by the bot that claimed it.")
    if not taken_by(work, row, actor, None, lease.secret):
        raise Forbidden(f"Work item {item_id} was taken by another account or host: only that one may go on with it.")
    return row


def in_hand(
    work: UnitOfWork, actor: Actor, what: str, batch_id: str, jobs: frozenset[str] | None = None
) -> WorkItemRow:
    """The item that a bot has in hand, of a batch and of one of these jobs (any when None).

    Args:
        work: the transaction.
        actor: who acts.
        what: what they want to do, as an infinitive, for the refusal.
        batch_id: the batch it is done to.
        jobs: jobs whose bots do this.

    Raises:
        Forbidden: it is no bot, or has no such item in hand.
        Conflict: its lease was lost.
    """
    lease = actor.lease if isinstance(actor, BotPrincipal) else None
    if lease is None:
        raise Forbidden(f"Only a bot may {what} {batch_id}, under the lease of a work item of it that it claimed.")
    row = running(work, lease.item_id, lease.epoch, actor)
    if row["batch_id"] != batch_id:
        raise Forbidden(
            f"Work item {row['item_id']} is of batch {row['batch_id']}: under it nobody may {what} {batch_id}."
        )
    if jobs is not None and row["job"] not in jobs:
        raise Forbidden(f"A bot at {row['job']} may not {what} {batch_id}: that is for {' or '.join(sorted(jobs))}.")
    return row


def with_what_is_unread(work: UnitOfWork, row: WorkItemRow, message: str) -> str:
    """The message, with what was sent to a site and not read back: who does it again by hand may do it twice."""
    mine = work.find("effects", item_id=row["item_id"], state="intended", order=("created_at",))
    sent = [f"{one['kind']} {one['business_key']} on {one['site']}" for one in mine if one["acted_at"]]
    if not sent:
        return message
    return f"{message} Sent and not read back: {', '.join(sent)}; try the item again, which looks first, not by hand."
