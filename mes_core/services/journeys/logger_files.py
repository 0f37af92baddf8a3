"""Files of temperature loggers: read against the journey and the stability budget; an excursion stops the batch."""

import hashlib
import json
from datetime import datetime
from typing import Any

from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.journey.errors import JourneyError, TripUnknown
from mes_core.journey.loggers import MAPS, ColumnMap, Trip, excursions, read_trip
from mes_core.messages import deviations as d
from mes_core.messages import logger_files as lf
from mes_core.messages import logistics as lo
from mes_core.messages.journeys import CustodyStep
from mes_core.services.batches import journey_records as kept
from mes_core.services.batches.deviations import add_deviation
from mes_core.services.core import Change, hold_again, the_batch, write_audit
from mes_core.services.filing import from_record
from mes_core.services.journeys.custody import steps
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, JourneyRecordRow
from mes_core.spelling.numbers import Notation

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
        now = self.now()
        with self._store.write() as work:
            batch = the_batch(work, batch_id)
            sha256 = hashlib.sha256(signing.content.encode()).hexdigest()
            for row in kept.all_of(work, batch_id, kept.LOGGER):
                if kept.read(row)["sha256"] == sha256:
                    return _view(row)
            document = self._read(work, batch, signing.content) | {"sha256": sha256, "content": signing.content}
            return self._keep(work, batch, document, signing.reason, who, now)

    def _read(self, work: UnitOfWork, batch: BatchRow, content: str) -> dict[str, Any]:
        packing, until = _journey(work, batch["batch_id"])
        words = _columns(work, packing.logger)
        about: dict[str, Any] = {
            "logger": packing.logger,
            "shipper": packing.shipper,
            "since": packing.packed_at.isoformat(),
            "until": until.isoformat(),
            "budget": (budget := _budget(work, batch)),
        }
        try:
            trip = read_trip(
                content,
                words,
                logger=packing.logger,
                shipper=packing.shipper,
                charged_at=packing.packed_at,
                unloaded_at=until,
            )
        except TripUnknown as wrong:
            return about | _nothing(str(wrong))
        except JourneyError as wrong:
            raise Invalid(str(wrong)) from None
        return about | _figures(trip, budget)

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
            subject=document["logger"],
            content_hash=document["sha256"],
            meaning="I read this file out of the logger of this journey.",
            reason=reason,
        )
        row = kept.add(work, batch_id, kept.LOGGER, document, who, now, signature_id=signature["signature_id"])
        shown = {name: value for name, value in document.items() if name != "content"}
        new = {**shown, "number": row["number"], "signature_id": row["signature_id"]}
        changes = [Change("logger's file", document["logger"], None, new, reason)]
        wrong = _what_is_wrong(document)
        if wrong:
            changes += _stopped(work, batch, f"excursion:{row['number']}", wrong, who, now)
        write_audit(work, batch_id, who, now, *changes)
        return _view(row)

    def logger_files(self, batch_id: str) -> tuple[lf.LoggerFileView, ...]:
        """What the files of a batch's loggers say, in the order in which they were signed."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            return tuple(_view(row) for row in kept.all_of(work, batch_id, kept.LOGGER))

    def logger_file(self, batch_id: str, number: int) -> lf.LoggerFile:
        """One of them with its own text.

        Raises:
            Invalid: there is none of this number.
        """
        with self._store.read() as work:
            the_batch(work, batch_id)
            for row in kept.all_of(work, batch_id, kept.LOGGER):
                if row["number"] == number:
                    return lf.LoggerFile(**_view(row).model_dump(), content=kept.read(row)["content"])
        raise Invalid(f"Batch {batch_id} has no logger's file {number}: look at its list.")


def _journey(work: UnitOfWork, batch_id: str) -> tuple[lo.Packing, datetime]:
    """The packing in force, and when the centre received the product."""
    packed = kept.packing_in_force(work, batch_id)
    if packed is None:
        raise Conflict(
            f"Batch {batch_id} has no packing that two persons signed, so nobody knows which logger went along: sign it"
            " first."
        )
    received = steps(work, batch_id).get(CustodyStep.RECEIVED)
    if received is None:
        raise Conflict(
            f"The receipt of batch {batch_id} is not signed yet: sign it first, as the logger's file counts until then."
        )
    return lo.Packing.model_validate(kept.read(packed[0])), received.at


def _columns(work: UnitOfWork, serial: str) -> ColumnMap:
    """The columns of a logger's files, by the signed logistics data."""
    row = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.LOGGER, serial)
    data = lo.LoggerData.model_validate(kept.read(row)) if row else lo.LoggerData()
    if data.columns is None:
        return MAPS["plain"]
    words = data.columns.model_dump(exclude_none=True) | {"maker": data.maker or serial}
    if data.columns.decimal:
        words["decimal"] = Notation(data.columns.decimal)
    return ColumnMap(**words)


def _budget(work: UnitOfWork, batch: BatchRow) -> dict[str, float]:
    """Minutes that the product may be above each limit, by limit in Celsius; empty where nothing is known."""
    code = str(json.loads(batch["record"])["product_code"])
    row = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.PRODUCT, code)
    return dict(kept.read(row).get("stability_minutes") or {}) if row else {}


def _nothing(why: str) -> dict[str, Any]:
    return {"readings": 0, "coldest_c": None, "warmest_c": None, "minutes_above": {}, "over": {}, "unknown": why}


def _figures(trip: Trip, budget: dict[str, float]) -> dict[str, Any]:
    try:
        limits = {float(limit): minutes for limit, minutes in budget.items()}
        over = excursions(trip, limits) if limits else {}
    except ValueError as wrong:  # `JourneyError` is one
        raise Invalid(f"The product's stability_minutes can't be held against a logger: {wrong}") from None
    seen = [one.celsius for one in trip.seen()] or [one.celsius for one in trip.points]
    return {
        "readings": len(trip.seen()),
        "coldest_c": round(min(seen), 3),
        "warmest_c": round(max(seen), 3),
        "minutes_above": {name: round(trip.minutes_above(float(name)), 3) for name in budget},
        "over": {name: round(over[float(name)], 3) for name in budget if float(name) in over},
        "unknown": "",
    }


def _what_is_wrong(document: dict[str, Any]) -> str:
    """Why the batch has to wait for quality assurance; empty where it is in order."""
    if document["unknown"]:
        return str(document["unknown"])
    if not document["budget"]:
        return (
            f"Logger {document['logger']} was read out, and the product has no stability budget to hold it against: add"
            " its stability_minutes to the logistics data."
        )
    if not document["over"]:
        return ""
    told = "; ".join(
        f"{minutes:g} minutes above {limit} C, and {document['budget'][limit]:g} are allowed"
        for limit, minutes in document["over"].items()
    )
    return f"Logger {document['logger']} shows an excursion: {told}."


def _stopped(
    work: UnitOfWork, batch: BatchRow, key: str, wrong: str, who: PersonPrincipal, now: datetime
) -> tuple[Change, ...]:
    """Quarantine: a hold that quality assurance lifts, an investigation, and an event that starts clocks."""
    batch_id = batch["batch_id"]
    _, changes = hold_again(work, batch, who, now, kind="quality", reason=wrong, key=key)
    opened = {"deviation_key": key, "title": wrong[:300], "severity": "critical"}
    add_deviation(work, batch_id, d.NewDeviation.model_validate(opened), who, now, about_product=False)
    from_record.excursion(work, batch, key, wrong, who, now)
    return tuple(changes)


def _view(row: JourneyRecordRow) -> lf.LoggerFileView:
    document = {name: value for name, value in kept.read(row).items() if name != "content"}
    told = {"batch_id": row["batch_id"], "number": row["number"], "signature_id": row["signature_id"]}
    return lf.LoggerFileView.model_validate(document | told | {"read_by": row["made_by"], "read_at": row["made_at"]})
