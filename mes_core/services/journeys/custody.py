"""Custody: what the treatment centre says, and every step from hand-over to receipt; depletion is released by it."""

import json

from mes_core.domain import supply
from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import Actor, BotPrincipal, Role, signer
from mes_core.domain.states import LEFT, SUPPLIED, State
from mes_core.messages import RecordKind
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.services import leases, outbox
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches import laboratory, register
from mes_core.services.batches.after_release import TRACKED, AfterRelease
from mes_core.services.core import Change, hold_again, the_batch, write_audit
from mes_core.services.filing import from_record
from mes_core.services.journeys import forecasts, logger_reading
from mes_core.services.journeys.packing import go_on
from mes_core.services.journeys.told import steps
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, JourneyRecordRow

_JUDGED = frozenset({j.CustodyStep.PICKED_UP, j.CustodyStep.RECEIVED})
_TO_BE_GIVEN = (SUPPLIED | LEFT) - {State.LATE_POSITIVE}
_TRACKERS = frozenset({outbox.TRACKING})
_PLANS = frozenset({j.CustodyStep.DEPLETION_PLANNED})
_WAKES = frozenset({j.CustodyStep.CENTRE_READY, j.CustodyStep.AVAILABILITY_CONFIRMED, j.CustodyStep.DEPLETION_PLANNED})
_FORECAST = TRACKED | {j.CustodyStep.DEPLETION_PLANNED, j.CustodyStep.DEPLETION_BEGUN}
"""Steps that change what the booked way is worth."""
_MAY_SIGN = (Role.OPERATOR, Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)


class Custodies(SignedActs, AfterRelease):
    """Steps of custody."""

    def note_custody(self, batch_id: str, custody: j.NewCustody, actor: Actor) -> j.CustodyView:
        """Note a step that a courier's tracking tells of; the same step again changes nothing.

        Raises:
            Forbidden: a person signs this step, or any step: only the bot that looks at the tracking of it notes one.
            Invalid: no source, a time in the future or before the packing, or what was scanned is another batch.
        """
        if not isinstance(actor, BotPrincipal):
            raise Forbidden("A person signs a step of custody: note it with your password, on the page of the batch.")
        if custody.step not in TRACKED:
            word = custody.step.value.replace("_", " ")
            raise Forbidden(f"The step {word!r} is signed by a person: a bot states only what a signed record says.")
        if not custody.source:
            raise Invalid(f"Where the step {custody.step.value!r} was read is missing: name the page or file.")
        with self._store.write() as work:
            the_batch(work, batch_id)
            leases.in_hand(work, actor, "note custody of", batch_id, _TRACKERS)
            there = [row for row in kept.all_of(work, batch_id, kept.CUSTODY) if _same(kept.read(row), custody)]
            if there:
                return _view(there[0])
            _check_is_since_the_packing(work, batch_id, custody)
            made = self._add(work, batch_id, custody, actor, None)
            self._judge(work, batch_id, custody, actor)
            return made

    def sign_custody(self, batch_id: str, signing: j.SignCustody, person: Actor) -> j.CustodyView:
        """Sign a step of custody.

        Raises:
            Forbidden: not a person who may, or the wrong password.
            Conflict: depletion is to be released without a receipt, or a confirmed availability where that suffices.
            Invalid: it lies in the future, or what was scanned is another batch.

        What the rules on shipping find at a pick-up, at a receipt or by a temperature opens a hold on the logistics.
        """
        who = signer(person, "sign a step of custody", *_MAY_SIGN)
        self.confirm_signature(who, signing)
        custody = signing.custody
        now = self.now()
        with self._store.write() as work:
            the_batch(work, batch_id)
            if custody.step is j.CustodyStep.DEPLETION_RELEASED:
                _check_release(work, batch_id)
            signature = signatures.sign(
                work,
                batch_id,
                who,
                now,
                act=f"custody: {custody.step.value.replace('_', ' ')}",
                subject=custody.step.value,
                content_hash=digest(custody.model_dump(mode="json")),
                meaning="This happened as it is written.",
                reason=signing.reason,
                of_news=custody.step is not j.CustodyStep.DEPLETION_RELEASED,
            )
            made = self._add(work, batch_id, custody, who, signature["signature_id"])
            self._judge(work, batch_id, custody, who)
            return made

    def _judge(self, work: UnitOfWork, batch_id: str, custody: j.NewCustody, actor: Actor) -> None:
        """Pick-up and receipt, and every temperature noted on the way, are for the rules on shipping to judge."""
        now, batch = self.now(), the_batch(work, batch_id)
        measured = custody.step in TRACKED and custody.temperature_c is not None
        if not (measured or custody.step in _JUDGED) or batch["kind"] != RecordKind.CAR_T:
            return
        if custody.step is j.CustodyStep.PICKED_UP:
            from_record.left(work, batch, custody.at, actor, now)
        if work.get("shipments", batch_id=batch_id) is not None:
            write_audit(work, batch_id, actor, now, *self.judged(work, batch, "shipping", actor, now))
        elif custody.step is j.CustodyStep.RECEIVED:
            reason = (
                f"Batch {batch_id} was received, and no shipment of it is recorded here: record what was booked and"
                " posted, then look at this receipt again."
            )
            key = "received, not shipped"
            _, changes = hold_again(work, batch, actor, now, kind="logistics", reason=reason, key=key)
            write_audit(work, batch_id, actor, now, *changes)

    def _add(
        self, work: UnitOfWork, batch_id: str, custody: j.NewCustody, actor: Actor, signature_id: str | None
    ) -> j.CustodyView:
        now = self.now()
        if custody.at > now and custody.step not in _PLANS:
            raise Invalid(f"The step {custody.step.value!r} of batch {batch_id} lies in the future: check its time.")
        if custody.identifier and custody.identifier != batch_id:
            raise Invalid(
                f"What was scanned is {custody.identifier!r}, not batch {batch_id}: keep it where it is and call"
                " quality assurance."
            )
        document = custody.model_dump(mode="json")
        row = kept.add(work, batch_id, kept.CUSTODY, document, actor, now, signature_id=signature_id)
        changes = [Change("custody", custody.step.value, None, {**document, "signature_id": signature_id})]
        if custody.step in _WAKES:
            changes += go_on(work, batch_id, custody.step.value.replace("_", " "))
        if custody.step in _FORECAST:
            changes += forecasts.after(work, the_batch(work, batch_id), actor, now)
        write_audit(work, batch_id, actor, now, *changes)
        return _view(row)

    def custody(self, batch_id: str) -> tuple[j.CustodyView, ...]:
        """Every step, in the order in which it was noted."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            return tuple(_view(row) for row in kept.all_of(work, batch_id, kept.CUSTODY))


def _check_is_since_the_packing(work: UnitOfWork, batch_id: str, custody: j.NewCustody) -> None:
    """See that what a tracking page says is not from before the packing: it would say when the cells left.

    A person may sign for such a thing all the same; the rules on shipping then say what is wrong with it.
    """
    packed = kept.newest(work, batch_id, kept.PACKING)
    if custody.step is not j.CustodyStep.PICKED_UP or packed is None:
        return
    since = lo.Packing.model_validate(kept.read(packed)).packed_at
    if custody.at < since:
        raise Invalid(
            f"Batch {batch_id} can't have been picked up at {custody.at:%Y-%m-%d %H:%M} UTC: it was packed at"
            f" {since:%Y-%m-%d %H:%M} UTC; check the time."
        )


def _check_release(work: UnitOfWork, batch_id: str) -> None:
    """Depletion is released by the receipt, or by the confirmed availability where the product's label says so.

    Never while the batch is on hold, or is not to be given: after depletion the patient has no way back.
    """
    batch = the_batch(work, batch_id)
    standing = register.standing(work, batch)
    if standing.open_holds:
        raise Conflict(
            f"Depletion for batch {batch_id} can't be released: the batch is on hold. Tell the centre to wait until a"
            " person has lifted every hold."
        )
    if standing.disposition not in supply.CERTIFICATIONS or standing.state not in _TO_BE_GIVEN:
        raise Conflict(
            f"Depletion for batch {batch_id} can't be released: the batch is {standing.state.value.replace('_', ' ')}"
            " without a certification that stands. Tell the centre to wait, and call the qualified person."
        )
    laboratory.check_supply(work, standing)
    done = steps(work, batch_id)
    if j.CustodyStep.RECEIVED in done:
        _check_it_came(work, standing, done)
        logger_reading.check_read(work, batch, done[j.CustodyStep.RECEIVED].at)
        return
    code = kept.newest(work, kept.LOGISTICS, "product", _product_code(batch))
    suffices = code is not None and not kept.read(code)["waits_for_receipt"]
    if not (suffices and j.CustodyStep.AVAILABILITY_CONFIRMED in done):
        needed = "a receipt or a confirmed availability" if suffices else "a receipt"
        raise Conflict(f"Depletion for batch {batch_id} can't be released without {needed}: wait, and tell the centre.")


def _check_it_came(work: UnitOfWork, standing: supply.Standing, done: dict[j.CustodyStep, j.NewCustody]) -> None:
    """See that what was received had left the plant: shipment recorded, and picked up before it was received."""
    picked_up, received = done.get(j.CustodyStep.PICKED_UP), done[j.CustodyStep.RECEIVED]
    if work.get("shipments", batch_id=standing.batch_id) is None or standing.state not in LEFT:
        missing = "no shipment of it is recorded"
    elif picked_up is None:
        missing = "nobody has noted that it was picked up"
    elif received.at <= picked_up.at:
        missing = "it was received before it was picked up"
    else:
        return
    raise Conflict(
        f"Depletion for batch {standing.batch_id} can't be released: {missing}, so what was received may be another"
        " bag. Tell the centre to wait, and call quality assurance."
    )


def _product_code(batch: BatchRow) -> str:
    return str(json.loads(batch["record"])["product_code"])


def _same(document: dict[str, object], custody: j.NewCustody) -> bool:
    return document == custody.model_dump(mode="json")


def _view(row: JourneyRecordRow) -> j.CustodyView:
    return j.CustodyView(
        batch_id=row["batch_id"],
        number=row["number"],
        custody=j.NewCustody.model_validate(kept.read(row)),
        recorded_by=row["made_by"],
        recorded_at=row["made_at"],
        signature_id=row["signature_id"],
    )
