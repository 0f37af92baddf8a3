"""What only people decide: closing findings, lifting holds, dispositions. Every act asks for the password again."""

import uuid

from mes_core.domain.errors import Conflict, NotFound
from mes_core.domain.principals import Actor, Role, signer
from mes_core.domain.states import Event, State
from mes_core.messages import Closure
from mes_core.messages import views as v
from mes_core.services import as_told
from mes_core.services.batches import certify, closings, excursions, laboratory, register, views
from mes_core.services.batches.judgement import not_own_work, ready_now, sign
from mes_core.services.batches.signable import on_present_verdict
from mes_core.services.core import Change, add_hold, dumps, iso, move, open_holds, the_batch, write_audit, write_audits
from mes_core.services.own_keys import refuse_own
from mes_core.services.people import signatures
from mes_core.services.people.in_force import RulesInForce
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports.rows import DispositionRow, HoldColumns


class Decisions(SignedActs, RulesInForce):
    """Signatures and what they do."""

    def close_finding(self, finding_id: str, closing: v.CloseFinding, person: Actor) -> v.FindingView:
        """Close a finding of the newest verdict as corrected, justified or escalated.

        The batch stays on hold: it takes a new review, and a person who lifts the hold.

        Raises:
            Forbidden: not a reviewer or qualified person, or the wrong password.
            Conflict: it is closed already, or belongs to a verdict that a newer one has overtaken.
        """
        who = signer(person, "close a finding", Role.REVIEWER, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, closing)
        now = self.now()
        with self._store.write() as work:
            row = work.get("findings", finding_id=finding_id)
            if row is None:
                raise NotFound(f"There is no finding {finding_id!r}: open the batch and choose one of its findings.")
            as_told.check(work, row["batch_id"])
            batch = the_batch(work, row["batch_id"])
            if closing.closure is Closure.JUSTIFIED:
                not_own_work(work, batch, who, "justify a finding on")
            return closings.close_finding(work, batch, row, closing.closure, closing.reason, who, now)

    def lift_hold(self, hold_id: str, lifting: v.LiftHold, person: Actor) -> v.HoldView:
        """Lift a hold. The batch becomes ready only with a current verdict that is ready or wholly justified.

        Raises:
            Forbidden: not a reviewer or qualified person, the wrong password, or a quality hold on one's own work.
            Conflict: it is lifted already, or a quality hold has no such verdict behind it.
        """
        who = signer(person, "lift a hold", Role.REVIEWER, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, lifting)
        now = self.now()
        with self._store.write() as work:
            row = work.get("holds", hold_id=hold_id)
            if row is None:
                raise NotFound(f"There is no hold {hold_id!r}: open the batch and choose one of its holds.")
            as_told.check(work, row["batch_id"])
            batch = the_batch(work, row["batch_id"])
            if row["lifted_at"]:
                raise Conflict(f"Hold {hold_id} was lifted already by {row['lifted_by']}.")
            if row["kind"] == "quality":
                not_own_work(work, batch, who, "lift a quality hold of")
            laboratory.check_lifted(work, batch["batch_id"], row["hold_key"])
            excursions.check_lifted(work, batch["batch_id"], row["hold_key"], who)
            ready = ready_now(work, batch)
            if row["kind"] == "quality" and not ready:
                raise Conflict(
                    f"Hold {hold_id} can't be lifted: batch {batch['batch_id']} needs a new review that finds it ready,"
                    " or every holding finding justified and then a new review."
                )
            changed: HoldColumns = {"lifted_at": iso(now), "lifted_by": who.user, "lift_reason": lifting.reason}
            work.change("holds", {"hold_id": hold_id}, **changed)
            signature = sign(work, batch, who, now, "hold lifted", hold_id, "Hold lifted.", lifting.reason)
            shown = signatures.shown(signature)
            changes: list[Change] = [Change("hold lifted", hold_id, "open", shown, lifting.reason)]
            if not open_holds(work, batch["batch_id"]) and batch["state"] == State.ON_HOLD:
                changes += move(work, batch, Event.HOLD_LIFTED if ready else Event.LIFTED_UNREVIEWED, now)
            write_audit(work, batch["batch_id"], who, now, *changes)
            return views.hold_view({**row, **changed})

    def dispose(self, batch_id: str, signing: v.SignDisposition, person: Actor) -> v.DispositionView:
        """Sign a disposition on one verdict about the record as it is now.

        A release queues the courier's work item in the same transaction.

        Raises:
            Forbidden: not a qualified person, the wrong password, or somebody who made or checked the batch.
            Stale: the record or the readings have changed since the verdict, or there is a newer verdict.
            Conflict: the batch can't be disposed of like this in its state.
        """
        who = signer(person, "sign a disposition", Role.QUALIFIED_PERSON)
        self.confirm_signature(who, signing)
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            not_own_work(work, batch, who, "sign the disposition of")
            rules = self.in_force(work, batch["kind"])[0].content_hash
            on_present_verdict(work, batch, signing.verdict_id, signing.record_hash, rules)
            disposition_id = f"D-{uuid.uuid4().hex[:12]}"
            changes = certify.carry_out(work, batch, signing, who, now, disposition_id, production=self._production)
            number = work.count("dispositions", batch_id=batch_id) + 1
            view = v.DispositionView(
                disposition=signing.disposition,
                batch_id=batch_id,
                verdict_id=signing.verdict_id,
                record_hash=signing.record_hash,
                reason=signing.reason,
                meaning=signing.meaning,
                signed_by=who.user,
                printed_name=who.printed_name,
                signed_at=now,
                pending=signing.pending,
            )
            document = dumps(view.model_dump(mode="json"))
            row: DispositionRow = {
                "disposition_id": disposition_id,
                "batch_id": batch_id,
                "number": number,
                "document": document,
            }
            work.add("dispositions", [row])
            signature = sign(work, batch, who, now, "disposition", disposition_id, signing.meaning, signing.reason)
            new = {**view.model_dump(mode="json"), **signatures.shown(signature)}
            signed = Change("disposition signed", disposition_id, None, new, signing.reason)
            write_audit(work, batch_id, who, now, signed, *changes)
            entered = register.enter(work, disposition_id, view, signature["signature_id"])
            write_audits(work, who, now, {register.REGISTER: [entered] if entered else []})
            return view

    def open_hold(self, batch_id: str, hold: v.NewHold, actor: Actor) -> v.HoldView:
        """Hold a batch; anybody may, bots too. The same key again returns the hold that is there.

        Raises:
            Invalid: the key is one of those that the program makes.
        """
        refuse_own(hold.key)
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            row, changes = add_hold(work, batch, actor, now, kind=hold.kind, reason=hold.reason, key=hold.key)
            write_audit(work, batch_id, actor, now, *changes)
            return views.hold_view(row)
