"""Packing: what two persons did and saw, signed by both; everything that a bot may state on a courier's form."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.domain.states import LEFT, State
from mes_core.messages import logistics as lo
from mes_core.services import outbox
from mes_core.services.batches import journey_records as kept
from mes_core.services.core import Change, the_batch, write_audit
from mes_core.services.people import identity, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, JourneyRecordRow

_MAY_PACK = (Role.OPERATOR, Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)


class Packings(SignedActs):
    """Packing records."""

    def sign_packing(self, batch_id: str, signing: lo.SignPacking, person: Actor) -> lo.PackingView:
        """Sign a packing as the person who packed; it is in force once the second person has signed.

        Raises:
            Forbidden: not a person who may, or the wrong password.
            Conflict: the batch has left, or is rejected.
            Invalid: label, weights, times, shipper, logger or second person can't be right.
        """
        who = signer(person, "sign a packing", *_MAY_PACK)
        self.confirm_signature(who, signing)
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            _check_state(batch)
            _check_label(batch, signing.packing)
            _check_sums(batch_id, signing.packing, now)
            _check_things(work, signing.packing, who)
            document = signing.packing.model_dump(mode="json")
            row = _signed(work, batch_id, kept.PACKING, document, who, now, signing.reason, "I packed this product.")
            new = {**document, "number": row["number"], "signature_id": row["signature_id"]}
            write_audit(work, batch_id, who, now, Change("packing signed", "packing", None, new, signing.reason))
            return _view(work, row, None, self.zone)

    def confirm_packing(self, batch_id: str, confirming: lo.ConfirmPacking, person: Actor) -> lo.PackingView:
        """Sign the newest packing as its second person; a shipment that waited for it goes on.

        Raises:
            Forbidden: another person than the record names, or the wrong password.
            Conflict: there is no such record, or it was confirmed or replaced already.
        """
        who = signer(person, "confirm a packing", *_MAY_PACK)
        self.confirm_signature(who, confirming)
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            _check_state(batch)
            packed = kept.newest(work, batch_id, kept.PACKING)
            if packed is None or packed["number"] != confirming.number:
                raise Conflict(f"Batch {batch_id} has no packing {confirming.number} to confirm: look at its packing.")
            if kept.packing_in_force(work, batch_id) is not None:
                raise Conflict(f"Packing {confirming.number} of batch {batch_id} was confirmed already.")
            named = kept.read(packed)["second_person"]
            if who.user != named or _same_person(work, who.user, packed["made_by"]):
                raise Forbidden(f"{who.printed_name} is not the second person of packing {confirming.number}.")
            document = {"number": confirming.number, "content_hash": packed["content_hash"]}
            meaning = "I saw this product taken out and packed."
            row = _signed(work, batch_id, kept.CONFIRMED, document, who, now, confirming.reason, meaning)
            new = {**document, "signature_id": row["signature_id"]}
            changes = [Change("packing confirmed", "packing", None, new, confirming.reason)]
            changes += go_on(work, batch_id, "the packing is signed by two persons")
            write_audit(work, batch_id, who, now, *changes)
            return _view(work, packed, row, self.zone)

    def packings(self, batch_id: str) -> tuple[lo.PackingView, ...]:
        """Packing records of a batch, the newest last."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            confirmed = {kept.read(row)["number"]: row for row in kept.all_of(work, batch_id, kept.CONFIRMED)}
            packed = kept.all_of(work, batch_id, kept.PACKING)
            return tuple(_view(work, row, confirmed.get(row["number"]), self.zone) for row in packed)


def go_on(work: UnitOfWork, batch_id: str, why: str) -> list[Change]:
    """Let go on what waited for a person: the booking of a shipment, or of another way in its place."""
    changes = []
    for item in work.find("work_items", batch_id=batch_id, state="waiting", order=("place",)):
        if outbox.job_of_key(item["business_key"]) in (outbox.COURIER, outbox.REBOOKING):
            outbox.wake(work, item)
            changes.append(Change("work item queued", item["item_id"], "waiting", item["job"], f"It goes on: {why}."))
    return changes


def _check_state(batch: BatchRow) -> None:
    if State(batch["state"]) in LEFT or batch["state"] == State.REJECTED:
        raise Conflict(f"Batch {batch['batch_id']} is {batch['state'].replace('_', ' ')}: nothing is packed any more.")


def _check_label(batch: BatchRow, packing: lo.Packing) -> None:
    """What was scanned is the batch and its patient, or nothing is stored."""
    record = json.loads(batch["record"])
    read = (
        ("batch", packing.batch_on_label, batch["batch_id"]),
        ("patient", packing.patient_on_label, record["patient_code"]),
        ("chain of identity", packing.chain_of_identity, record["donation_number"]),
    )
    for what, scanned, expected in read:
        if scanned != expected:
            raise Invalid(
                f"The label reads {what} {scanned!r}, and the record of batch {batch['batch_id']} says"
                f" {expected or 'nothing'!r}: put the product back and call quality assurance."
            )


def _check_sums(batch_id: str, packing: lo.Packing, now: datetime) -> None:
    if packing.charged_kg <= packing.dry_kg:
        raise Invalid(
            f"Shipper {packing.shipper} weighs {packing.charged_kg:g} kg charged and {packing.dry_kg:g} kg dry, so it"
            " holds no nitrogen: charge it and weigh it again."
        )
    times = (packing.charged_at, packing.out_of_storage_at, packing.packed_at)
    if max(times) > now or packing.charged_at > packing.packed_at or packing.out_of_storage_at > packing.packed_at:
        raise Invalid(
            f"The times of the packing of batch {batch_id} can't be: charged and out of storage come before packed, and"
            " none lies in the future; correct them."
        )


def _check_things(work: UnitOfWork, packing: lo.Packing, who: PersonPrincipal) -> None:
    """Shipper and logger are known, and the second person is one."""
    for kind, name in ((lo.LogisticsKind.SHIPPER, packing.shipper), (lo.LogisticsKind.LOGGER, packing.logger)):
        if kept.newest(work, kept.LOGISTICS, kind.value, name) is None:
            raise Invalid(f"There is no {kind.value} {name!r} in the logistics data: correct it, or have it added.")
    account = work.get("accounts", user=packing.second_person)
    if account is None or account["kind"] != "person" or _same_person(work, packing.second_person, who.user):
        raise Invalid(f"{packing.second_person!r} can't be the second person: name another person's account.")


def _same_person(work: UnitOfWork, one: str, other: str) -> bool:
    """Whether two accounts are one person's: a second person is somebody else, whatever account they use."""
    return identity.person_of_user(work, one) == identity.person_of_user(work, other)


def _signed(
    work: UnitOfWork, batch_id: str, kind: str, document: object, who: PersonPrincipal, now: datetime, why: str, so: str
) -> JourneyRecordRow:
    signature = signatures.sign(
        work,
        batch_id,
        who,
        now,
        act=kind.replace("_", " "),
        subject="packing",
        content_hash=digest(document),
        meaning=so,
        reason=why,
    )
    return kept.add(work, batch_id, kind, document, who, now, signature_id=signature["signature_id"])


def _view(
    work: UnitOfWork, row: JourneyRecordRow, confirmed: JourneyRecordRow | None, zone: ZoneInfo | None
) -> lo.PackingView:
    packing = lo.Packing.model_validate(kept.read(row))
    unit = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.SHIPPER.value, packing.shipper)
    return lo.PackingView(
        batch_id=row["batch_id"],
        number=row["number"],
        packing=packing,
        content_hash=row["content_hash"],
        packed_by=row["made_by"],
        printed_name=row["printed_name"],
        signed_at=row["made_at"],
        signature_id=row["signature_id"] or "",
        confirmed_by=confirmed["made_by"] if confirmed else None,
        confirmed_name=confirmed["printed_name"] if confirmed else None,
        confirmed_at=confirmed["made_at"] if confirmed else None,
        confirmation_id=confirmed["signature_id"] if confirmed else None,
        shipper_qualified_until=kept.read(unit).get("qualified_until") if unit else None,
        plant_zone=zone.key if zone else None,
    )
