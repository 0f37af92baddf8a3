"""Shipping in the demo: clearly named demo persons sign the plant's logistics data and the packing of what is ready."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from batchwright.demo import plant
from mes_core.client import MesClient
from mes_core.domain.errors import Conflict
from mes_core.messages import BatchRecord
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.services import Mes


def sign_logistics(mes_url: str, accounts: plant.Accounts, documents: Sequence[Mapping[str, Any]]) -> int:
    """The demo's qualified person puts the plant's logistics data in force; returns how many documents."""
    password = accounts.people[plant.QUALIFIED_PERSON]
    with MesClient.login(mes_url, plant.QUALIFIED_PERSON, password) as client:
        signing = lo.SignLogistics(
            documents=tuple(lo.NewLogistics.model_validate(one) for one in documents),
            reason="Logistics data of the pretend plant (demo).",
            password=password,
        )
        return len(client.sign_logistics(signing))


def pack(mes_url: str, accounts: plant.Accounts, records: Sequence[BatchRecord], now: datetime) -> int:
    """Two demo persons pack and sign; the second one also writes down that the centre receives."""
    first, second = (accounts.people[one] for one in (plant.PACKER, plant.SECOND_PACKER))
    with (
        MesClient.login(mes_url, plant.PACKER, first) as packer,
        MesClient.login(mes_url, plant.SECOND_PACKER, second) as witness,
    ):
        shippers = packer.logistics(lo.LogisticsKind.SHIPPER)
        loggers = packer.logistics(lo.LogisticsKind.LOGGER)
        for number, record in enumerate(records):
            shipper, logger = shippers[number % len(shippers)], loggers[number % len(loggers)]
            signing = lo.SignPacking(
                packing=_packing(record, shipper, logger.name, number, now),
                reason="Packed as recorded (demo).",
                password=first,
            )
            made = packer.sign_packing(record.batch_id, signing)
            witness.confirm_packing(record.batch_id, lo.ConfirmPacking(number=made.number, password=second))
            witness.sign_custody(record.batch_id, _ready(record, now, second))
    return len(records)


def _packing(record: BatchRecord, shipper: lo.LogisticsView, logger: str, number: int, now: datetime) -> lo.Packing:
    return lo.Packing(
        shipper=shipper.name,
        dry_kg=shipper.document["dry_kg"],
        charged_kg=shipper.document["full_kg"],
        charged_at=now - timedelta(hours=3),
        seal=f"SEAL-{51000 + number}",
        logger=logger,
        batch_on_label=record.batch_id,
        patient_on_label=record.patient_code or "",
        chain_of_identity=record.donation_number or "",
        out_of_storage_at=now - timedelta(minutes=8),
        packed_at=now - timedelta(minutes=4),
        inside_c=-191.0,
        free_liquid=False,
        second_person=plant.SECOND_PACKER,
    )


def _ready(record: BatchRecord, now: datetime, password: str) -> j.SignCustody:
    custody = j.NewCustody(
        step=j.CustodyStep.CENTRE_READY,
        at=now - timedelta(minutes=2),
        place=record.treatment_centre or "",
        by="coordinator of the centre (demo)",
        source="telephone (demo)",
    )
    return j.SignCustody(custody=custody, reason="Told by the centre (demo).", password=password)


def ways_of(mes: Mes, records: Sequence[BatchRecord]) -> list[j.OptionsView]:
    """The newest assessment of each batch that has one."""
    found = []
    for record in records:
        try:
            found.append(mes.options(record.batch_id))
        except Conflict:
            continue
    return found


def show_ways(console: Console, ways: Sequence[j.OptionsView]) -> None:
    """For each batch the way that was chosen, its probability, the second choice, and why."""
    if not ways:
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, collapse_padding=True)
    for name in ("Batch", "Way", "P (95 %)", "Lost by", "Second\nchoice", "Decides"):
        table.add_column(name, overflow="fold")
    for one in ways:
        table.add_row(*_cells(one))
    console.print(table, width=max(console.width, 100))
    console.print(f"Delays: {ways[0].delays}; figures marked as priors: docs/courier.md.", soft_wrap=True)


def _cells(one: j.OptionsView) -> tuple[str, ...]:
    way = one.way(one.chosen) if one.chosen else next((w for w in one.ways if w.p is not None), None)
    if way is None or way.p is None:
        return one.batch_id, one.why, "-", "-", "-", one.decides
    lost = f"late {way.late or 0:.2%}, warm {way.warm or 0:.2%}, excursion {way.excursion or 0:.2%}"
    return (
        one.batch_id,
        f"{way.service}, {way.way_id}",
        f"{way.p:.2%} ({way.low or 0:.2%}-{way.high or 0:.2%})",
        lost,
        f"{way.second:.2%}" if way.second else "none",
        one.decides if one.chosen else "a person",
    )
