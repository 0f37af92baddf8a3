"""Lots, stock and equipment of the plant. They depend on the seed and the day only, so that batches share them."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from twin.world.catalogue import EQUIPMENT, MATERIALS, MaterialPlan
from twin.world.chance import seeded
from twin.world.clock import iso

Row = dict[str, Any]
_EPOCH = date(2020, 1, 1)


class Supply:
    """What the stores and the workshops of one plant hold; the same seed gives the same lots and calibrations."""

    def __init__(self, seed: int) -> None:
        rng = seeded("supply", seed)
        self._phase = {m.material_id: rng.randrange(400) for m in MATERIALS}
        self._cycle = {(key, unit): rng.randrange(days) for key, _, days in EQUIPMENT for unit in range(1, 60)}
        self._seed = seed
        self._lots: dict[tuple[str, int], tuple[str, date, str]] = {}

    def _index(self, material: MaterialPlan, day: date) -> int:
        return ((day - _EPOCH).days + self._phase[material.material_id]) // max(20, material.life_days // 6)

    def _lot(self, material: MaterialPlan, index: int) -> tuple[str, date, str]:
        known = self._lots.get((material.material_id, index))
        if known is None:
            rng = seeded("lot", self._seed, material.material_id, index)
            interval = max(20, material.life_days // 6)
            received = _EPOCH + timedelta(days=index * interval - self._phase[material.material_id] - rng.randrange(9))
            name = f"{received:%y%m}-{material.material_id[-4:]}-{rng.randrange(100, 1000)}"
            expires = received + timedelta(days=material.life_days)
            quantity = f"{material.quantity * rng.randrange(60, 400):g}"
            known = self._lots[(material.material_id, index)] = (name, expires, quantity)
        return known

    def lot(self, material: MaterialPlan, used: date) -> tuple[str, date]:
        """Name and expiry of the lot in use on a day."""
        name, expires, _ = self._lot(material, self._index(material, used))
        return name, expires

    def stock_row(self, material: MaterialPlan, used: date) -> Row:
        """The ERP row of the lot in use on a day."""
        return self._row(material, self._index(material, used), "unrestricted")

    def coming(self, day: date) -> list[Row]:
        """Lots that arrived for later use and are not released yet."""
        return [self._row(m, self._index(m, day) + 1, "quarantine") for m in MATERIALS]

    def _row(self, material: MaterialPlan, index: int, status: str) -> Row:
        name, expires, quantity = self._lot(material, index)
        return {
            "material": material.material_id,
            "description": material.name,
            "lot": name,
            "quantity": quantity,
            "unit": material.unit,
            "expires_on": expires.isoformat(),
            "status": status,
        }

    def equipment(self, key: str, used_from: datetime, used_to: datetime, rng: Random) -> Row:
        """A unit of this kind whose calibration covers the whole time of use, with a week to spare."""
        name, days = next((name, days) for kind, name, days in EQUIPMENT if kind == key)
        first = rng.randrange(59)
        for offset in range(59):
            unit = 1 + (first + offset) % 59
            since = (used_from.date() - _EPOCH).days - self._cycle[key, unit]
            calibrated = used_from.date() - timedelta(days=since % days)
            due = calibrated + timedelta(days=days)
            if calibrated < used_from.date() and due > used_to.date() + timedelta(days=7):
                break
        return {
            "equipment_id": f"{key}-{unit:02d}",
            "name": name,
            "calibrated_on": calibrated.isoformat(),
            "calibration_due": due.isoformat(),
            "used_from": iso(used_from),
            "used_to": iso(used_to),
        }
