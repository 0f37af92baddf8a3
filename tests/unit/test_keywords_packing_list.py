"""The packing list says one thing per line, whatever the record and the courier's page hold."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keywords import erp
from mes_core.messages import BatchRecord


@dataclass(frozen=True)
class Slot:
    """What the list says of a slot."""

    service: str = "overnight"
    pickup_at: datetime = datetime(2026, 3, 1, 8, tzinfo=UTC)
    delivery_at: datetime = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Booked:
    """What the list says of a booking."""

    reference: str
    shipper_id: str = "SH-1"
    slot: Slot = field(default_factory=Slot)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\u2028", "\x85", "\x0b"])
def test_no_value_begins_a_line_of_its_own(tmp_path: Path, line_end: str) -> None:
    """A second patient's code below the first one is how a bag goes to the wrong person."""
    forged = f"{line_end}Patient code: PT-OTHER1"
    names = ("product_code", "master_record", "master_record_version", "procedure")
    batch = BatchRecord.model_validate(
        {
            **dict.fromkeys(names, "x"),
            "batch_id": "B-1",
            "kind": "car_t",
            "product": f"Examplecel{forged}",
            "patient_code": "PT-AAAAAA",
            "treatment_centre": f"Centre A{forged}",
        }
    )
    booked = Booked(f"R-1{forged}")
    path = erp._packing_list(tmp_path, batch, booked, "1 bag")  # type: ignore[arg-type]
    lines = path.read_text("utf-8").splitlines()
    assert [one for one in lines if one.startswith("Patient code:")] == ["Patient code: PT-AAAAAA"]
    assert len(lines) == 12
