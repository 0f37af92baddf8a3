"""A finding that is escalated becomes a due item of quality assurance, with an owner: it goes to somebody."""

import json
from datetime import datetime

from mes_core.domain import due as dues
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import PersonPrincipal, Role
from mes_core.services import due
from mes_core.services.batches import causes
from mes_core.services.core import Change, write_audit
from mes_core.services.people import identity
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import DueItemRow, FindingRow

ENDERS = (Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
"""Who takes on and ends what was escalated."""
_BETWEEN, _AGAIN = " of ", ", time "


def open_item(
    work: UnitOfWork, finding: FindingRow, reason: str, to: str | None, who: PersonPrincipal, now: datetime
) -> None:
    """Make due what was escalated: once for all findings of a rule in one verdict, until somebody has ended it.

    What is escalated after that is due anew: what was said of the findings before it is not said of this one.

    Args:
        work: the transaction.
        finding: one that was closed as escalated.
        reason: why, in the words of who escalated it.
        to: user name of who is to have it; None: whoever of quality assurance takes it.
        who: who escalated it.
        now: the time.

    Raises:
        Invalid: that person has no account in force with a role that may end it, or is who escalates it.
        Conflict: it is due already, and somebody else has it.
    """
    said = json.loads(finding["document"])
    text = f"Escalated by {who.printed_name}: {said['title']} ({said['rule']}) on batch {finding['batch_id']}. {reason}"
    subject = f"{said['rule']}{_BETWEEN}{finding['verdict_id']}"
    until = now + dues.ALLOWED[dues.ESCALATION]
    owner = _owner(work, to, who) if to is not None else None
    there = _escalated_before(work, finding["batch_id"], subject)
    running = next((one for one in there if one["state"] == due.OPEN), None)
    if running is not None:
        if owner is not None:
            _give(work, running, owner, reason, who, now)
        return
    subject += f"{_AGAIN}{len(there) + 1}" if there else ""
    row = due.item(dues.ESCALATION, finding["batch_id"], subject, text, now, until)
    row["owner"] = owner
    write_audit(work, due.DUE, who, now, *due.open_items(work, [row]))


def _owner(work: UnitOfWork, to: str, who: PersonPrincipal) -> str:
    """The user name of who is to have it: never of who escalates, as a second person ends it."""
    owner = causes.in_force(work, to, ENDERS)["user"]
    if identity.same_person(work, owner, who.user):
        raise Invalid(f"{who.printed_name} escalates this: name another person, as a second one says what came of it.")
    return owner


def _escalated_before(work: UnitOfWork, batch_id: str, subject: str) -> list[DueItemRow]:
    rows = work.find("due_items", batch_id=batch_id, kind=dues.ESCALATION)
    return [row for row in rows if row["subject"].partition(_AGAIN)[0] == subject]


def _give(work: UnitOfWork, row: DueItemRow, owner: str, reason: str, who: PersonPrincipal, now: datetime) -> None:
    """Give what is due already, and is nobody's yet, to the person who was named."""
    if row["owner"] == owner:
        return
    if row["owner"] is not None:
        raise Conflict(
            f"{row['owner']} has what was escalated of this rule already: escalate it without naming a person, or ask"
            " them to hand it over."
        )
    work.change("due_items", {"due_id": row["due_id"]}, owner=owner)
    write_audit(work, due.DUE, who, now, Change("due handed over", row["due_id"], None, owner, reason))


def check_ender(work: UnitOfWork, row: DueItemRow, who: PersonPrincipal) -> None:
    """See that another person has and ends it than the one who escalated it.

    Raises:
        Forbidden: it is theirs.
    """
    rule, _, verdict_id = row["subject"].partition(_AGAIN)[0].rpartition(_BETWEEN)
    for one in work.find("findings", verdict_id=verdict_id, closure="escalated"):
        mine = identity.same_person(work, one["closed_by"] or "", who.user)
        if mine and json.loads(one["document"])["rule"] == rule:
            raise Forbidden(f"{who.printed_name} escalated this: a second person says what came of it.")
