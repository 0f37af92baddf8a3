"""Waiting belongs to the MES: what is due is advanced by `tick`, told of, and ended by what happens or by signature."""

from collections.abc import Mapping
from datetime import datetime

from mes_core.domain import due as dues
from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages import conditional as c
from mes_core.messages import views as v
from mes_core.messages.causes import HandDue
from mes_core.services import as_told, due, outbox
from mes_core.services.batches import conditional, escalations, laboratory, looks, register, views
from mes_core.services.batches.causes import in_force
from mes_core.services.core import Change, iso, the_batch, write_audit, write_audits
from mes_core.services.filing import clocks, queueing
from mes_core.services.ledger import USERS
from mes_core.services.people import identity, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, DueItemColumns, DueItemRow, DueNoticeColumns

_JUDGES = (Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
_SECURITY = (Role.SECURITY_OFFICER, Role.ADMINISTRATOR)
_ENDERS: Mapping[str, tuple[Role, ...]] = {
    dues.MISUSE: _SECURITY,
    dues.ESCALATION: escalations.ENDERS,
    dues.COURIER: (Role.OPERATOR, *_JUDGES),
}
"""Who takes on and ends items of a kind, where it is not everybody who judges batches."""
_SAID: Mapping[str, tuple[str, str]] = {
    dues.NOTICE: ("notice given", "I have given this notice."),
    dues.MISUSE: ("misuse looked into", "I looked into this report."),
    dues.ESCALATION: ("escalation looked into", "I looked into what was escalated, and this came of it."),
}
"""Act and meaning of the signature that ends an item."""


class Waiting(SignedActs):
    """What is due, and final results that were waited for."""

    def tick(self, actor: Actor, now: datetime | None = None) -> c.TickView:
        """Bring what is due up to date, remind and escalate. The same time again adds nothing, an earlier one neither.

        Args:
            actor: on whose behalf.
            now: the time, zone-aware; default: the clock that was passed in.

        Raises:
            Invalid: the time has no zone.
        """
        now = now or self.now()
        if now.tzinfo is None:
            raise Invalid("The time of a tick needs a zone: write it like 2026-03-01T08:00:00Z.")
        unread = self._begin_periods(actor, now)
        self._look_again(actor, now)
        with self._store.read() as work:
            planned = due.plan(work, now, unread.copy())
        if planned.told or planned.changed:
            with self._store.write() as work:
                planned = due.plan(work, now, unread.copy())
                due.carry_out(work, planned)
                if planned.told or planned.changed:
                    ticked = Change("tick", "due", None, {"now": iso(now)})
                    write_audit(work, due.DUE, actor, now, *planned.told, ticked)
        with self._store.read() as work:
            rows = work.find("due_items", state=due.OPEN)
        first = [one for one in planned.notices if one["level"] == 1]
        return c.TickView(
            now=now,
            opened=len(planned.added),
            ended=sum(one.get("state") == due.DONE for _, one in planned.changed),
            reminded=len(first),
            escalated=len(planned.notices) - len(first),
            open=len(rows),
            overdue=sum(row["due_at"] < iso(now) for row in rows),
        )

    def _begin_periods(self, actor: Actor, now: datetime) -> due.Aside:
        """Filings of periods that have begun by now start their clocks, each once, whenever somebody looks.

        Returns:
            the licences and events that can't be read: they keep no other clock from starting.
        """
        unread = due.Aside()
        with self._store.read() as work:
            fresh = clocks.begun(work, now, unread)
        if fresh:
            with self._store.write() as work:
                clocks.start_periods(work, actor, now)
        return unread

    def _look_again(self, actor: Actor, now: datetime) -> None:
        """What an authority has accepted it may take back, and what is booked is followed: bots look at both."""
        for wanted, queue in ((queueing.to_look_at, queueing.look_at_accepted), (looks.to_look_at, looks.queue)):
            with self._store.read() as work:
                some = bool(wanted(work, now))
            if some:
                with self._store.write() as work:
                    write_audits(work, actor, now, queue(work, now))

    def due_items(self, *, batch_id: str | None = None, state: str | None = due.OPEN) -> tuple[c.DueView, ...]:
        """What is due, soonest first; None as `state` shows what is done too."""
        chosen: DueItemColumns = {"state": state} if state else {}
        if batch_id:
            chosen["batch_id"] = batch_id
        with self._store.read() as work:
            rows = work.find("due_items", order=("due_at", "due_id"), limit=None, offset=0, within=None, **chosen)
        return tuple(c.DueView.model_validate(row) for row in rows)

    def due_notices(self, due_id: str | None = None) -> tuple[c.DueNotice, ...]:
        """Reminders and escalations, newest first."""
        chosen: DueNoticeColumns = {"due_id": due_id} if due_id else {}
        order = ("-told_at", "-level", "notice_id")
        with self._store.read() as work:
            rows = work.find("due_notices", order=order, limit=None, offset=0, within=None, **chosen)
        return tuple(c.DueNotice.model_validate(row) for row in rows)

    def hand_due(self, due_id: str, handing: HandDue, person: Actor) -> c.DueView:
        """Take on something that is due, or hand it to a colleague whose role may end it.

        Raises:
            Forbidden: not a person who may; they or the colleague are whom a report of misuse concerns, or the
                colleague escalated it.
            Invalid: the colleague has no account in force with such a role.
            Conflict: it is done.
            Stale: it went elsewhere since it was looked at.
        """
        now = self.now()
        with self._store.write() as work:
            row = _open_item(work, due_id)
            # Whose it is may have it, beside whoever may end it.
            roles = tuple(dict.fromkeys((Role(row["role"]), *_ENDERS.get(row["kind"], _JUDGES))))
            who = signer(person, f"take on {due_id}", *roles)
            if row["owner"] != handing.seen:
                raise Stale(f"{row['owner'] or 'Nobody'} has this since you looked: look at what is due again.")
            account = in_force(work, handing.to, roles)
            owner = account["user"]
            if row["kind"] == dues.MISUSE:  # whom a report is about doesn't choose who looks into it
                _check_is_not_their_own(work, row, who)
            # Who may never end it is not to have it: it would lie there, and look as if somebody worked on it.
            _check_is_not_their_own(work, row, PersonPrincipal(owner, account["printed_name"], frozenset()))
            work.change("due_items", {"due_id": due_id}, owner=owner)
            change = Change("due handed over", due_id, row["owner"], owner, handing.text)
            write_audit(work, due.DUE, who, now, change)
            return c.DueView.model_validate({**row, "owner": owner})

    def finish_due(self, due_id: str, done: c.DueDone, person: Actor) -> c.DueView:
        """Sign that somebody was told, or that an escalation or a report of misuse was looked into.

        Raises:
            Forbidden: not a person who may, the wrong password, somebody whom a report of misuse concerns, or who
                escalated the thing.
            Conflict: it is done, or ends by itself when what it waits for has happened.
        """
        who = signer(person, "end what is due", *_JUDGES, *_SECURITY)
        self.confirm_signature(who, done)
        now = self.now()
        with self._store.write() as work:
            row = _the_item(work, due_id)
            signer(who, f"end {row['due_id']}", *_ENDERS.get(row["kind"], _JUDGES))
            _check_is_not_their_own(work, row, who)
            act, meaning = _SAID[row["kind"]]
            chain = USERS if row["kind"] == dues.MISUSE else row["batch_id"]
            signature = signatures.sign(
                work,
                chain,
                who,
                now,
                act=act,
                subject=row["due_id"],
                content_hash=digest([row["due_id"], row["text"], row["due_at"]]),
                meaning=meaning,
                reason=done.note,
            )
            changed: DueItemColumns = {"state": due.DONE, "done_at": iso(now), "done_by": who.user, "note": done.note}
            changed["signature_id"] = signature["signature_id"]
            work.change("due_items", {"due_id": row["due_id"]}, **changed)
            shown = {**signatures.shown(signature), "late": row["due_at"] < iso(now)}
            change = Change(signature["act"], row["due_id"], due.OPEN, shown, done.note)
            write_audit(work, chain, who, now, change)
            write_audit(work, due.DUE, who, now, Change("due ended", row["due_id"], due.OPEN, due.DONE, done.note))
            return c.DueView.model_validate({**row, **changed})

    def note_final_result(self, batch_id: str, result: c.SignFinalResult, person: Actor) -> v.BatchView:
        """Note a final result that a conditional release waits for, signed; the batch is then to be reviewed again.

        Raises:
            Forbidden: not a person who may, or the wrong password.
            Conflict: it waits for no such result, it was positive before, or the laboratory's own table does not say
                so (yet).
            Invalid: it was reported in the future.
        """
        who = signer(person, "note a final result", *_JUDGES)
        self.confirm_signature(who, result)
        now, test = self.now(), result.test.value
        if result.reported_at > now:
            raise Invalid(f"The result of {test} was reported in the future: check its time.")
        noted = c.FinalResult.model_validate(result.model_dump(include=set(c.FinalResult.model_fields)))
        with self._store.write() as work:
            bad = noted.outcome is not c.FinalOutcome.NEGATIVE
            if not bad:
                as_told.check(work, batch_id)
            batch = the_batch(work, batch_id)
            changes = conditional.note_result(work, batch, noted, who, now)
            if noted.outcome is c.FinalOutcome.NEGATIVE:
                laboratory.check_says(work, batch_id, test, noted.outcome.value)
            if changes:
                signature = signatures.sign(
                    work,
                    batch_id,
                    who,
                    now,
                    act="final result",
                    subject=test,
                    content_hash=digest(noted.model_dump(mode="json")),
                    meaning="This is the final result that the laboratory reported.",
                    reason=noted.source,
                    of_news=bad,
                )
                changes.append(Change("final result signed", test, None, signatures.shown(signature), noted.source))
            if changes and not conditional.waits(work, batch_id):
                changes.append(_queue_review(work, batch, now))
            write_audit(work, batch_id, who, now, *changes)
            return views.batch_view(work, the_batch(work, batch_id))

    def register(self, batch_id: str | None = None) -> tuple[c.RegisterEntry, ...]:
        """The register of certifications, in the order of signing."""
        with self._store.read() as work:
            return register.entries(work, batch_id)


def _queue_review(work: UnitOfWork, batch: BatchRow, now: datetime) -> Change:
    number = 1 + sum(
        one["job"] == outbox.REVIEW and f":v{batch['record_version']}:" in one["business_key"]
        for one in work.find("work_items", batch_id=batch["batch_id"])
    )
    key = outbox.review_key(batch["batch_id"], batch["record_version"], number)
    item = outbox.enqueue(work, now, job=outbox.REVIEW, key=key, batch_id=batch["batch_id"])
    return Change("work item queued", item["item_id"], None, item["job"], "Every final result is in.")


def _open_item(work: UnitOfWork, due_id: str) -> DueItemRow:
    row = work.get("due_items", due_id=due_id)
    if row is None:
        raise NotFound(f"Nothing like {due_id!r} is due: look at the list of what is due.")
    if row["state"] != due.OPEN:
        raise Conflict(f"{due_id} was done already by {row['done_by']}.")
    return row


def _the_item(work: UnitOfWork, due_id: str) -> DueItemRow:
    row = _open_item(work, due_id)
    if row["kind"] not in dues.SIGNED_OFF:
        raise Conflict(f"{due_id} ends by itself when what it waits for has happened: do that.")
    return row


def _check_is_not_their_own(work: UnitOfWork, row: DueItemRow, who: PersonPrincipal) -> None:
    """See that an item is not about the one who has or ends it."""
    if row["kind"] == dues.MISUSE:
        _is_not_theirs(work, row["subject"].partition(" ")[0], who)
    if row["kind"] == dues.ESCALATION:
        escalations.check_ender(work, row, who)


def _is_not_theirs(work: UnitOfWork, user: str, who: PersonPrincipal) -> None:
    """See that whoever looks into a report is neither the person it is about nor one who changed the account.

    Raises:
        Forbidden: they are, with this account or another one.
    """
    person = identity.person_of_user(work, who.user)
    if identity.person_of_user(work, user) == person:
        raise Forbidden(f"{who.printed_name} can't end a report about their own account: somebody else does.")
    own = [row["user"] for row in work.find("accounts") if identity.person_of(row) == person]
    if any(work.count("audit", batch_id=USERS, subject=user, user=one) for one in own):
        raise Forbidden(f"{who.printed_name} made or changed the account {user!r}: somebody else looks into it.")
