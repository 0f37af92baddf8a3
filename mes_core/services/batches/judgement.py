"""What a signature of a decision rests on: a verdict that is ready now, and people who had no part in the batch."""

import json
from datetime import datetime

from mes_core.domain import findings as standing
from mes_core.domain.errors import Forbidden
from mes_core.domain.principals import PersonPrincipal
from mes_core.services import as_told
from mes_core.services.batches import views
from mes_core.services.batches.had_a_part import outsiders_of, people_of, printed_names_of
from mes_core.services.batches.reviews import is_current, justified_since
from mes_core.services.people import identity, signatures
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, FindingRow, SignatureRow

_READ = ("table read", "instrument results taken")
"""Entries of the trail by which somebody brought what rules read."""


def ready_now(work: UnitOfWork, batch: BatchRow) -> bool:
    """Whether the newest verdict is about the batch as it is, and finds it ready or wholly justified."""
    verdict = work.get("verdicts", verdict_id=batch["verdict_id"]) if batch["verdict_id"] else None
    if verdict is None or not is_current(work, batch, verdict):
        return False
    found = work.find("findings", verdict_id=verdict["verdict_id"])
    # Closings count from the next review on, which finds the same again and carries the justification over: what was
    # closed after this verdict has not been looked at again.
    justified = justified_since(work, batch)
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
    """Whoever explained a finding away does not also release, under whichever of their accounts.

    Raises:
        Forbidden: this person did.
    """
    me = identity.person_of_user(work, who.user)
    closed = work.find("findings", batch_id=batch["batch_id"], closure=standing.JUSTIFIED)
    closers = {one["closed_by"] for one in closed if one["closed_by"]}
    if me in {identity.person_of_user(work, user) for user in closers if user}:
        raise Forbidden(
            f"{who.printed_name} justified a finding on batch {batch['batch_id']} and can't release it: another"
            " qualified person does."
        )


def not_own_work(work: UnitOfWork, batch: BatchRow, who: PersonPrincipal, act: str) -> None:
    """As `had_no_part`, before something is signed: what tells so has to be as the audit trail says.

    Raises:
        Forbidden: this person had a part, or somebody changed what tells so outside of the program.
    """
    as_told.check(work, batch["batch_id"])
    had_no_part(work, batch, who, act)


def had_no_part(work: UnitOfWork, batch: BatchRow, who: PersonPrincipal, act: str) -> None:
    """Whoever made, checked, recorded, submitted, corrected or read for the batch, in any version, does not judge it.

    Raises:
        Forbidden: this person did, or names in the record are nobody's yet: any of them could be this person's.
    """
    me, batch_id = identity.person_of_user(work, who.user), batch["batch_id"]
    written: set[str] = set()
    outside: set[str] = set()
    printed: set[str] = set()
    actors: set[str] = set()
    for version in work.find("record_versions", batch_id=batch_id):
        record = json.loads(version["record"])
        written |= people_of(record)
        outside |= outsiders_of(record)
        printed |= printed_names_of(record)
        actors.add(_account_in(version["stored_by"]))
    for action in _READ:
        actors |= {_account_in(one["user"]) for one in work.find("audit", batch_id=batch_id, action=action)}
    found = identity.involved(work, written)
    others = identity.involved(work, printed | outside)
    # A physician whom nobody knows keeps nobody from judging, unless the name could be read as one's own.
    alike = {identity.person_of(one) for one in identity.looking_like(work, *others.unknown)}
    persons = found.persons | others.persons | alike | found.mappers
    if me in persons | {identity.person_of_user(work, user) for user in actors}:
        raise Forbidden(
            f"{who.printed_name} may not {act} batch {batch_id}: they performed, checked, recorded, submitted or"
            " corrected a part of its record, or said whose a name in it is."
        )
    if found.unknown:
        raise Forbidden(
            f"Nobody may {act} batch {batch_id} yet: nobody knows who {', '.join(map(repr, found.unknown[:5]))} in its"
            " record is; an administrator says so once ('batchwright people map')."
        )


def _account_in(stored_by: str) -> str:
    """Who stored a version; at the command line of the store it is whoever ran it."""
    inner = stored_by.partition("(")[2].rstrip(")")
    return inner if stored_by.startswith("command line (") else stored_by
