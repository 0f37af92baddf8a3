"""What a demo is about: batches of the twin, or real records with a copy of their results in the LIMS."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from batchwright.demo import plant
from batchwright.demo.summary import Comparison, Found, Planted, compare, compare_fields
from batchwright.support.errors import Refused
from mes_core.exchange import pharma_1005
from mes_core.exchange.errors import ImportRefused, RowRefused
from mes_core.messages import BatchRecord
from twin.sites import agency_reggate, courier_cryorun, erp_stockroom, lims_labline
from twin.world import make_world
from twin.world.logistics import logistics_data
from twin.world.tables import corrupt_results

Clock = Callable[[], datetime]
Rows = Sequence[Mapping[str, Any]]


class DemoWorld(Protocol):
    """Batches, the sites they are seen through, and the truth that only the demo knows."""

    @property
    def records(self) -> tuple[BatchRecord, ...]:
        """The batches."""

    @property
    def logistics(self) -> Rows:
        """The plant's logistics data; empty where nothing is shipped."""

    def sites(self, folder: Path, clock: Clock, passwords: Mapping[str, str]) -> AbstractContextManager[dict[str, str]]:
        """The mock sites, served; gives their addresses by kind."""

    def compare(self, found: Sequence[Found]) -> Comparison:
        """What was found against what was planted."""


@dataclass(frozen=True)
class TwinWorld:
    """A pretend plant made from a seed."""

    records: tuple[BatchRecord, ...]
    planted: tuple[Planted, ...]
    samples: Rows
    results: Rows
    stock: Rows
    consumption: Rows
    slots: Rows
    logistics: Rows

    @contextmanager
    def sites(self, folder: Path, clock: Clock, passwords: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """LIMS, ERP, courier and agency."""
        folder.mkdir(parents=True, exist_ok=True)
        apps = []
        for kind in plant.SITE_KINDS:
            path = folder / f"{kind}.sqlite"
            product = self.fill(kind, path)
            apps.append(product.create_app(path, clock=clock, accounts={plant.SITE_BOT: passwords[kind]}))
        with plant.serving(*apps) as urls:
            yield dict(zip(plant.SITE_KINDS, urls, strict=True))

    def fill(self, kind: str, path: Path, other: Any = None) -> Any:
        """Fill the store of the site of a kind, unless it is there; the site's product, `other` than the usual one."""
        products: dict[str, tuple[Any, dict[str, Rows]]] = {
            "lims": (lims_labline, {"samples": self.samples, "results": self.results}),
            "erp": (erp_stockroom, {"stock": self.stock, "consumption": self.consumption}),
            "courier": (courier_cryorun, {"slots": self.slots}),
            "agency": (agency_reggate, {}),
        }
        product, rows = products[kind]
        product = other or product
        if not path.is_file():
            product.seed(path, **rows)
        return product

    def compare(self, found: Sequence[Found]) -> Comparison:
        """Batch by batch."""
        return compare(self.planted, found)


def of_twin(batches: int, seed: int, defect_rate: float, *, now: datetime) -> TwinWorld:
    """Batches of the twin, some with planted defects."""
    world = make_world(seed=seed, batches=batches, defect_rate=defect_rate, now=now)
    named = {one["batch"]: one for one in world.patients}
    samples = [
        {**row, "patient_name": named[row["batch"]]["name"], "birth_date": named[row["batch"]]["birth_date"]}
        for row in world.lims_samples
    ]
    planted = tuple(
        Planted(batch, one.operator, one.description, critical=one.critical, field=", ".join(one.fields))
        for batch, defects in sorted(world.truth.items())
        for one in defects
    )
    return TwinWorld(
        records=tuple(BatchRecord.model_validate(record) for record in world.records),
        planted=planted,
        samples=samples,
        results=world.lims_results,
        stock=world.erp_stock,
        consumption=world.erp_consumption,
        slots=world.courier_slots,
        logistics=logistics_data(seed, now),
    )


@dataclass(frozen=True)
class RecordsWorld:
    """Real records; the LIMS shows what the other source says, with some values changed on request."""

    records: tuple[BatchRecord, ...]
    results: Rows
    planted: tuple[Planted, ...] = field(default=())
    logistics: Rows = ()

    @contextmanager
    def sites(self, folder: Path, clock: Clock, passwords: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """The LIMS alone."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "lims.sqlite"
        samples = [
            {
                "sample_id": f"S{record.batch_id}",
                "batch": record.batch_id,
                "type": "Final product",
                "status": "Completed",
            }
            for record in self.records
        ]
        lims_labline.seed(path, samples=samples, results=self.results)
        app = lims_labline.create_app(path, clock=clock, accounts={plant.SITE_BOT: passwords["lims"]})
        with plant.serving(app) as urls:
            yield {"lims": urls[0]}

    def compare(self, found: Sequence[Found]) -> Comparison:
        """Value by value: exactly those that were changed have to come out."""
        return compare_fields(self.planted, found, frozenset(pharma_1005.SAME_RESULT.values()))


def of_records(folder: Path, batches: int, corrupt: int, seed: int, *, now: datetime) -> RecordsWorld:
    """The first batches of a folder of real records, with `corrupt` values of their LIMS copy changed.

    Raises:
        Refused: the folder can't be used, or holds fewer values than shall be changed.
    """
    try:
        taken = [one for one in pharma_1005.checked(folder, now=now) if not isinstance(one, RowRefused)][:batches]
    except ImportRefused as error:
        raise Refused(str(error)) from None
    rows = [{key: str(value) for key, value in row.items()} for one in taken for row in one.observation.rows]
    planted: tuple[Planted, ...] = ()
    if corrupt:
        try:
            rows, truth = corrupt_results(rows, corrupt, seed)
        except ValueError as error:
            raise Refused(f"{corrupt} values can't be changed ({error}): use a smaller --corrupt.") from None
        planted = tuple(
            Planted(one.batch, one.operator, f"{one.test}: {one.old} shown as {one.new or 'nothing'}", field=one.test)
            for one in truth
        )
    return RecordsWorld(tuple(one.record for one in taken), rows, planted)
