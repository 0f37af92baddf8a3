"""A finding that is escalated becomes a due item of quality assurance, with an owner: it goes to somebody."""

import json
from datetime import datetime

from mes_core.domain import due as dues
from mes_core.domain.errors import Forbidden
from mes_core.domain.principals import PersonPrincipal, Role
from mes_core.services import due
from mes_core.services.batches import causes
from mes_core.services.core import write_audit
from mes_core.services.people import identity
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import DueItemRow, FindingRow

ENDERS = (Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
"""Who takes on and ends what was escalated."""
_BETWEEN = " of "


def open_item(
    work: UnitOfWork, finding: FindingRow, reason: str, to: str | None, who: PersonPrincipal, now: datetime
) -> None:
    """Make due what was escalated: once for all findings of a rule in one verdict.

    Args:
        work: the transaction.
        finding: one that was closed as escalated.
        reason: why, in the words of who escalated it.
        to: user name of who is to have it; None: whoever of quality assurance takes it.
        who: who escalated it.
        now: the time.

    Raises:
        Invalid: that person has no account in force with a role that may end it.
    """
    said = json.loads(finding["document"])
    text = f"Escalated by {who.printed_name}: {said['title']} ({said['rule']}) on batch {finding['batch_id']}. {reason}"
    subject = f"{said['rule']}{_BETWEEN}{finding['verdict_id']}"
    until = now + dues.ALLOWED[dues.ESCALATION]
    row = due.item(dues.ESCALATION, finding["batch_id"], subject, text, now, until)
    if to is not None:
        row["owner"] = causes.in_force(work, to, ENDERS)["user"]
    told = due.open_items(work, [row])
    if told:
        write_audit(work, due.DUE, who, now, *told)


def check_ender(work: UnitOfWork, row: DueItemRow, who: PersonPrincipal) -> None:
    """See that another person ends it than the one who escalated it.

    Raises:
        Forbidden: it is theirs.
    """
    rule, _, verdict_id = row["subject"].partition(_BETWEEN)
    for one in work.find("findings", verdict_id=verdict_id, closure="escalated"):
        mine = identity.same_person(work, one["closed_by"] or "", who.user)
        if mine and json.loads(one["document"])["rule"] == rule:
            raise Forbidden(f"{who.printed_name} escalated this: a second person says what came of it.")
