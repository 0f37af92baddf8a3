"""Who works on what holds a batch: a cause (rule and batch) is taken, handed over and remarked on, for all to see."""

import json
from collections.abc import Iterable

from mes_core.domain.errors import Conflict, Invalid, Stale
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages.causes import HOLDS_ALONE, CauseAct, CauseNote, Colleague, NewCauseNote
from mes_core.services.aside import fields
from mes_core.services.core import Change, Core, iso, open_holds, the_batch, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AccountRow, BatchRow, CauseNoteRow

JUDGES = (Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
Cause = tuple[str, str]
"""Batch and rule."""


class CausesInHand(Core):
    """Causes and who has them. It says who looks at a thing, never what came of it: that is signed elsewhere."""

    def note_cause(self, batch_id: str, note: NewCauseNote, person: Actor) -> CauseNote:
        """Take a cause, hand it over, give it back, or remark on it.

        Raises:
            Forbidden: not a person who judges batches.
            Conflict: nothing of this rule is open on the batch.
            Invalid: the colleague has no account in force whose role judges batches.
            Stale: somebody noted something since it was looked at.
        """
        who = signer(person, "work on what holds a batch", *JUDGES)
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            _is_open(work, batch, note.rule)
            before = newest(work, [batch_id]).get((batch_id, note.rule))
            number = before["number"] if before else 0
            if number != note.after:
                done = f"{before['printed_name']} ({before['act']})" if before else "nobody"
                raise Stale(f"{note.rule} on batch {batch_id} was noted on meanwhile by {done}: look at it again.")
            owner, name = _owner(work, note, who, before)
            row: CauseNoteRow = {
                "batch_id": batch_id,
                "rule": note.rule,
                "number": number + 1,
                "act": note.act.value,
                "owner": owner,
                "owner_name": name,
                "text": note.text.strip(),
                "noted_by": who.user,
                "printed_name": who.printed_name,
                "noted_at": iso(now),
            }
            work.add("cause_notes", [row])
            had = before["owner"] if before else None
            change = Change(f"cause {note.act.value}", note.rule, had, owner, row["text"])
            write_audit(work, batch_id, who, now, change)
        return CauseNote.model_validate(row)

    def cause_notes(self, batch_ids: Iterable[str]) -> tuple[CauseNote, ...]:
        """What was noted on the causes of batches, in its order."""
        with self._store.read() as work:
            return tuple(CauseNote.model_validate(row) for row in of_batches(work, batch_ids))

    def colleagues(self) -> tuple[Colleague, ...]:
        """Persons with an account in force whose role judges batches, by name."""
        with self._store.read() as work:
            rows = work.find("accounts", kind="person", disabled_at=None, order=("printed_name", "user"))
        found = [_colleague(row) for row in rows]
        return tuple(one for one in found if set(one.roles) & {role.value for role in JUDGES})


def newest(work: UnitOfWork, batch_ids: Iterable[str]) -> dict[Cause, CauseNoteRow]:
    """The newest note on each cause of these batches, which says who has it."""
    return {(row["batch_id"], row["rule"]): row for row in of_batches(work, batch_ids)}


def of_batches(work: UnitOfWork, batch_ids: Iterable[str]) -> list[CauseNoteRow]:
    """All notes on causes of these batches."""
    order = ("batch_id", "rule", "number")
    names = list(batch_ids)
    return work.find("cause_notes", within={"batch_id": names}, order=order) if names else []


def in_force(work: UnitOfWork, user: str, roles: Iterable[Role]) -> AccountRow:
    """The account of a person to whom something can be handed.

    Raises:
        Invalid: there is none in force with one of these roles.
    """
    account = work.get("accounts", user=user)
    wanted = {role.value for role in roles}
    able = account is not None and account["kind"] == "person" and account["disabled_at"] is None
    if account is None or not able or not wanted & set(_colleague(account).roles):
        words = " or ".join(sorted(role.replace("_", " ") for role in wanted))
        raise Invalid(f"{user!r} can't take this: name the user name of a {words} whose account is in use.")
    return account


def _colleague(account: AccountRow) -> Colleague:
    roles = tuple(json.loads(account["roles"]))
    return Colleague(user=account["user"], printed_name=account["printed_name"], roles=roles)


def _owner(
    work: UnitOfWork, note: NewCauseNote, who: PersonPrincipal, before: CauseNoteRow | None
) -> tuple[str | None, str | None]:
    """Who has it afterwards."""
    if note.act is CauseAct.TAKEN:
        if before and before["owner"] == who.user:
            raise Conflict(f"You have {note.rule} on batch {before['batch_id']} already.")
        if before and before["owner"] and len(note.text.strip()) < 3:
            raise Invalid(f"{before['owner_name']} has {note.rule} on this batch: say why you take it from them.")
        return who.user, who.printed_name
    if note.act is CauseAct.HANDED and note.to:
        account = in_force(work, note.to, JUDGES)
        return account["user"], account["printed_name"]
    if note.act is CauseAct.GIVEN_BACK:
        if not before or not before["owner"]:
            raise Conflict(f"Nobody has {note.rule} on this batch: there is nothing to give back.")
        return None, None
    return (before["owner"], before["owner_name"]) if before else (None, None)


def _is_open(work: UnitOfWork, batch: BatchRow, rule: str) -> None:
    """See that something of the rule is open.

    Raises:
        Conflict: nothing is.
    """
    found = work.find("findings", verdict_id=batch["verdict_id"], status="open") if batch["verdict_id"] else []
    rules = {(fields(one["document"]) or {}).get("rule") for one in found}
    if rule not in rules and not (rule == HOLDS_ALONE and not rules and open_holds(work, batch["batch_id"])):
        raise Conflict(f"Nothing of {rule} is open on batch {batch['batch_id']}: look at the list of exceptions again.")
