"""Files of temperature loggers: read against the journey and the stability budget; an excursion stops the batch."""

import hashlib
import json
from datetime import datetime
from typing import Any

from mes_core.domain.conditional import notices
from mes_core.domain.errors import Conflict, NotFound
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages import deviations as d
from mes_core.messages import logger_files as lf
from mes_core.messages.journeys import CustodyStep
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches.conditional import tell
from mes_core.services.batches.deviations import add_deviation
from mes_core.services.batches.excursions import EXCURSION
from mes_core.services.core import Change, hold_again, the_batch, write_audit
from mes_core.services.filing import from_record
from mes_core.services.journeys.logger_reading import Basis, basis, judged
from mes_core.services.journeys.told import steps
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, JourneyRecordRow

_MAY_SIGN = (Role.OPERATOR, Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)


class LoggerFiles(SignedActs):
    """What loggers saw on the way."""

    def sign_logger_file(self, batch_id: str, signing: lf.SignLoggerFile, person: Actor) -> lf.LoggerFileView:
        """Keep the file of a journey's logger, signed by whoever read it out.

        Minutes above the limits of the product's stability budget count between packing and receipt. What is over the
        budget, can't be held against one, or isn't told by the file opens a hold, a critical deviation and an event
        that starts clocks. The same file again changes nothing.

        Raises:
            Forbidden: not a person who may, or the wrong password.
            Conflict: no packing is in force, or the receipt was not signed: the file counts from one to the other.
            Invalid: the file can't be read, or is not the file of this journey.
        """
        who = signer(person, "sign a logger's file", *_MAY_SIGN)
        self.confirm_signature(who, signing)
        with self._store.read() as work:
            against = _basis(work, the_batch(work, batch_id))
        # A long file takes its time to be read: nobody waits for it.
        sha256 = hashlib.sha256(signing.content.encode()).hexdigest()
        document = judged(signing.content, against) | {"sha256": sha256, "content": signing.content}
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            if _basis(work, batch) != against:
                raise Conflict(
                    f"What the file of batch {batch_id} is held against has changed meanwhile: sign it again."
                )
            for row in kept.all_of(work, batch_id, kept.LOGGER):
                there = kept.read(row)
                if all(there[name] == document[name] for name in ("readings_sha256", "basis")):
                    return _view(row)
            return self._keep(work, batch, document, signing.reason, who, now)

    def _keep(
        self,
        work: UnitOfWork,
        batch: BatchRow,
        document: dict[str, Any],
        reason: str,
        who: PersonPrincipal,
        now: datetime,
    ) -> lf.LoggerFileView:
        batch_id = batch["batch_id"]
        signature = signatures.sign(
            work,
            batch_id,
            who,
            now,
            act="logger's file",
            subject=document["basis"]["logger"],
            content_hash=document["sha256"],
            meaning="I read this file out of the logger of this journey.",
            reason=reason,
            of_news=True,
        )
        row = kept.add(work, batch_id, kept.LOGGER, document, who, now, signature_id=signature["signature_id"])
        shown = {name: value for name, value in document.items() if name not in ("content", "basis")}
        new = {**shown, "number": row["number"], "signature_id": row["signature_id"]}
        changes = [Change("logger's file", document["basis"]["logger"], None, new, reason)]
        wrong = _what_is_wrong(document)
        if wrong:
            changes += _stopped(work, batch, f"{EXCURSION}:{row['number']}", wrong, who, now)
        write_audit(work, batch_id, who, now, *changes)
        return _view(row)

    def logger_files(self, batch_id: str) -> tuple[lf.LoggerFileView, ...]:
        """What the files of a batch's loggers say, in the order in which they were signed."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            return tuple(_view(row) for row in kept.all_of(work, batch_id, kept.LOGGER))

    def logger_file(self, batch_id: str, number: str) -> lf.LoggerFile:
        """One of them with its own text.

        Raises:
            NotFound: there is none of this number.
        """
        with self._store.read() as work:
            the_batch(work, batch_id)
            for row in kept.all_of(work, batch_id, kept.LOGGER):
                if str(row["number"]) == number:
                    return lf.LoggerFile(**_view(row).model_dump(), content=kept.read(row)["content"])
        raise NotFound(f"Batch {batch_id} has no logger's file {number[:40]!r}: look at its list.")


def _basis(work: UnitOfWork, batch: BatchRow) -> Basis:
    """What the file is held against: packing, receipt and data in force."""
    batch_id = batch["batch_id"]
    received = steps(work, batch_id).get(CustodyStep.RECEIVED)
    if received is None:
        raise Conflict(
            f"The receipt of batch {batch_id} is not signed yet: sign it first, as the logger's file counts until then."
        )
    found = basis(work, batch, received.at)
    if found is None:
        raise Conflict(
            f"Batch {batch_id} has no packing that two persons signed, so nobody knows which logger went along: sign it"
            " first."
        )
    return found


def _what_is_wrong(document: dict[str, Any]) -> str:
    """Why the batch has to wait for quality assurance; empty where it is in order."""
    if document["unknown"]:
        return str(document["unknown"])
    if not document["budget"]:
        return (
            f"Logger {document['basis']['logger']} was read out, and the product has no stability budget to hold it"
            " against: add its stability_minutes to the logistics data, and sign the file again."
        )
    if not document["over"]:
        return ""
    told = "; ".join(
        f"{minutes:g} minutes above {limit} C, and {document['budget'][limit]:g} are allowed"
        for limit, minutes in document["over"].items()
    )
    return f"Logger {document['basis']['logger']} shows an excursion: {told}."


def _stopped(
    work: UnitOfWork, batch: BatchRow, key: str, wrong: str, who: PersonPrincipal, now: datetime
) -> tuple[Change, ...]:
    """Quarantine: a hold that a qualified person lifts, an investigation, and an event that starts clocks."""
    batch_id = batch["batch_id"]
    _, changes = hold_again(work, batch, who, now, kind="quality", reason=wrong, key=key)
    opened = {"deviation_key": key, "title": wrong[:300], "severity": "critical"}
    add_deviation(work, batch_id, d.NewDeviation.model_validate(opened), who, now, about_product=False)
    from_record.excursion(work, batch, key, wrong, who, now)
    centre = json.loads(batch["record"]).get("treatment_centre")
    what = f"batch {batch_id} may have been too warm on its way: {wrong[:200]}"
    tell(work, batch_id, key, notices(left=True, centre=centre), what, who, now)
    return tuple(changes)


def _view(row: JourneyRecordRow) -> lf.LoggerFileView:
    document = {name: value for name, value in kept.read(row).items() if name in lf.LoggerFileView.model_fields}
    against = {name: kept.read(row)["basis"][name] for name in ("logger", "shipper", "since", "until")}
    told = {"batch_id": row["batch_id"], "number": row["number"], "signature_id": row["signature_id"]}
    by = {"read_by": row["made_by"], "read_at": row["made_at"]}
    return lf.LoggerFileView.model_validate(document | against | told | by)
