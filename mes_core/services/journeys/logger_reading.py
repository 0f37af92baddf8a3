"""What a logger's file says of a journey, held against packing, receipt, stability budget and columns as they stand."""

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from mes_core.domain.errors import Conflict, Invalid
from mes_core.journey.errors import JourneyError, TripUnknown
from mes_core.journey.loggers import MAPS, NOTHING_MEASURED, ColumnMap, Trip, budget_of, excursions, read_trip
from mes_core.messages import logistics as lo
from mes_core.services.batches import journey_records as kept
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow
from mes_core.spelling.numbers import Notation, written


class Basis(NamedTuple):
    """What a file is held against.

    Attributes:
        logger, shipper: serials of the packing in force.
        since, until: packing and receipt, UTC.
        stability: the product's budget as its data say it; `longest_min` is how long its journey may last.
        columns: of the logger's files, by its data; None where they say none.
    """

    logger: str
    shipper: str
    since: datetime
    until: datetime
    stability: dict[str, float]
    longest_min: float
    columns: dict[str, Any] | None

    def told(self) -> dict[str, Any]:
        """As it is kept beside what follows from it."""
        times = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return {**self._asdict(), **times}


def basis(work: UnitOfWork, batch: BatchRow, received_at: datetime) -> Basis | None:
    """What a file of this batch is held against now; None where no packing is in force."""
    packed = kept.packing_in_force(work, batch["batch_id"])
    if packed is None:
        return None
    packing = lo.Packing.model_validate(kept.read(packed[0]))
    code = str(orjson.loads(batch["record"])["product_code"])
    product = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.PRODUCT, code)
    logger = kept.newest(work, kept.LOGISTICS, lo.LogisticsKind.LOGGER, packing.logger)
    data = kept.read(product) if product else {}
    return Basis(
        packing.logger,
        packing.shipper,
        packing.packed_at,
        received_at,
        dict(data.get("stability_minutes") or {}),
        float(data.get("longest_charged_h") or 0) * 60,
        (kept.read(logger).get("columns") if logger else None),
    )


def judged(content: str, against: Basis) -> dict[str, Any]:
    """What a file says, as it is kept: figures, or why there are none.

    Raises:
        Invalid: the file can't be read, or is of another logger, shipper or journey.
    """
    lines = "\n".join(line.strip() for line in content.splitlines() if line.strip())
    about = {"basis": against.told(), "readings_sha256": _hash(lines), "budget": {}}
    try:
        trip = read_trip(
            content,
            _columns(against),
            logger=against.logger,
            shipper=against.shipper,
            charged_at=against.since,
            unloaded_at=against.until,
        )
    except TripUnknown as wrong:
        return about | _nothing(str(wrong))
    except JourneyError as wrong:
        raise Invalid(str(wrong)) from None
    about["readings_sha256"] = _hash(repr(trip.points))
    try:
        budget = budget_of(against.stability, against.longest_min)
    except JourneyError as wrong:
        return about | _nothing(f"{wrong} What logger {against.logger} saw can't be held against it.")
    return about | _figures(trip, budget)


def check_read(work: UnitOfWork, batch: BatchRow, received_at: datetime) -> None:
    """See that the logger of cells with a stability budget was read out, and judged by what is in force now.

    Raises:
        Conflict: it was not.
    """
    now = basis(work, batch, received_at)
    if now is None or not now.stability:
        return
    rows = kept.all_of(work, batch["batch_id"], kept.LOGGER)
    said = f"Depletion for batch {batch['batch_id']} can't be released"
    if not rows:
        raise Conflict(
            f"{said}: nobody has read out logger {now.logger}, so nobody knows whether the cells stayed cold. Sign its"
            " file first."
        )
    if kept.read(rows[-1])["basis"] != now.told():
        raise Conflict(
            f"{said}: the file of logger {now.logger} was judged before its packing, receipt, product or logger data"
            " changed. Sign it again."
        )


def _columns(against: Basis) -> ColumnMap:
    if against.columns is None:
        return MAPS["plain"]
    words = {name: value for name, value in against.columns.items() if value is not None}
    words["errors"] = (*NOTHING_MEASURED, *words.get("errors", ()))
    if "decimal" in words:
        words["decimal"] = Notation(words["decimal"])
    return ColumnMap(maker=f"logger {against.logger}", **words)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _nothing(why: str) -> dict[str, Any]:
    return {"readings": 0, "coldest_c": None, "warmest_c": None, "minutes_above": {}, "over": {}, "unknown": why}


def _figures(trip: Trip, budget: dict[float, float]) -> dict[str, Any]:
    over = excursions(trip, budget) if budget else {}
    seen = [one.celsius for one in trip.seen()]
    return {
        "readings": len(seen),
        "coldest_c": round(min(seen), 3),
        "warmest_c": round(max(seen), 3),
        "budget": {written(limit): minutes for limit, minutes in budget.items()},
        "minutes_above": {written(limit): round(trip.minutes_above(limit), 3) for limit in budget},
        "over": {written(limit): round(minutes, 3) for limit, minutes in over.items()},
        "unknown": "",
    }
