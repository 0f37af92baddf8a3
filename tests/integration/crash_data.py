"""What the plant of the crash tests knows of its journeys, and the packing of a batch by two persons."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bots_fakes import PASSWORD

from mes_core.domain.principals import PersonPrincipal, SystemPrincipal
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.services import Mes

_ALWAYS = {"opens": "00:00", "closes": "00:00", "weekdays": [0, 1, 2, 3, 4, 5, 6], "on_holidays": True}
_LABEL = {
    "depletion_days_before": 2,
    "depletion_clock": "08:00",
    "window_days": [2, 7],
    "receipt_check_h": 4,
    "hold_margin_h": 24,
    "threshold": 0.99,
    "floor": 0.9,
    "longest_charged_h": 240,
    "source": "made up for tests",
}
_COURIER = {"services": [{"name": "Express", "road_legs": 1}, {"name": "Air", "road_legs": 1}]}
_DOCUMENTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("place", "Northfield Cell Plant, Leiden", {"zone": "Europe/Amsterdam", "country": "NL", "hours": _ALWAYS}),
    ("place", "Utrecht", {"zone": "Europe/Amsterdam", "country": "NL", "hours": _ALWAYS}),
    ("courier", "courier_cryorun", _COURIER),
    ("courier", "courier_meridian", _COURIER),
    ("product", "S1234", _LABEL),
    (
        "shipper",
        "DS-1",
        {"dry_kg": 10, "full_kg": 18, "rate_kg_day": 0.6, "qualified_until": "2099-12-31"},
    ),
    ("logger", "LG-1", {"calibrated_until": "2099-12-31"}),
)


class Packers:
    """Two persons who pack, and the plant's logistics data, signed by a third."""

    def __init__(self, mes: Mes, qualified: PersonPrincipal) -> None:
        """Make the accounts and put the data in force."""
        self._mes = mes
        system = SystemPrincipal("test")
        self._first = mes.create_person("demo.packer", "First Packer", ["operator"], PASSWORD, actor=system)
        self._second = mes.create_person("demo.second", "Second Packer", ["operator"], PASSWORD, actor=system)
        documents = tuple(
            lo.NewLogistics(kind=lo.LogisticsKind(kind), name=name, document=document)
            for kind, name, document in _DOCUMENTS
        )
        mes.sign_logistics(lo.SignLogistics(documents=documents, reason="Test plant.", password=PASSWORD), qualified)

    def pack(self, batch: str) -> None:
        """Pack a batch, signed by both; the centre receives."""
        now = datetime.now(UTC)
        packing = lo.Packing(
            shipper="DS-1",
            dry_kg=10,
            charged_kg=18,
            charged_at=now - timedelta(hours=3),
            seal="S-1",
            logger="LG-1",
            batch_on_label=batch,
            patient_on_label="P-001",
            chain_of_identity="G123426123456",
            out_of_storage_at=now - timedelta(minutes=9),
            packed_at=now - timedelta(minutes=4),
            inside_c=-191,
            free_liquid=False,
            second_person="demo.second",
        )
        made = self._mes.sign_packing(batch, lo.SignPacking(packing=packing, password=PASSWORD), self._first)
        self._mes.confirm_packing(batch, lo.ConfirmPacking(number=made.number, password=PASSWORD), self._second)
        told = {"step": "centre_ready", "at": now, "place": "Utrecht", "by": "coordinator", "source": "telephone"}
        signing = j.SignCustody(custody=j.NewCustody.model_validate(told), password=PASSWORD)
        self._mes.sign_custody(batch, signing, self._second)
