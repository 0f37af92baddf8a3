"""A queue and an MES in memory, for running suites against real pages without the MES behind them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bots_rows import AT, NOW, results_of, rows

from batchwright.support.servers import Server, bind
from bots.runtime.job_queue import Job
from bots.runtime.runner import JOBS, SuiteRunner
from bots.runtime.worker import Worker
from keywords.browser import WarmBrowser
from keywords.failures import Failure
from keywords.settings import Secrets, Settings
from mes_core.client import MesError
from mes_core.exchange import filing_files
from mes_core.messages import BatchRecord, MaterialUse, Observation, RecordKind, Severity, Verdict
from mes_core.messages.deviations import DeviationView
from mes_core.messages.filing import NewAnswer, SubmissionView
from mes_core.messages.journeys import AskOptions, LabelRead, LabelView, OptionsView, WayView
from mes_core.messages.logistics import Packing, PackingView
from mes_core.messages.views import (
    BatchState,
    BatchView,
    ConfirmEffect,
    EffectView,
    EvidenceRef,
    FindingView,
    NewEffect,
    Shipment,
    VerdictView,
)
from twin.sites import agency_reggate, courier_cryorun, erp_stockroom, lims_benchview, lims_labline
from twin.sites._kit.agency import Policy
from twin.sites._kit.site import Clock
from twin.sites.faults import FaultPlan, Hostile
from twin.sites.meridian import filing, freight, lab, stock

HASH = "a" * 64


def record(batch_id: str = "B-1", kind: RecordKind = RecordKind.CAR_T) -> BatchRecord:
    """A batch record with what the bots need."""
    return BatchRecord(
        batch_id=batch_id,
        kind=kind,
        product="Autologous cells",
        product_code="S1234",
        master_record="MBR-1",
        master_record_version="3",
        procedure="CAR-T",
        patient_code="P-001",
        donation_number="G123426123456",
        manufactured_at=NOW - timedelta(days=1),
        expires_at=NOW + timedelta(days=30),
        treatment_centre="Utrecht",
        infusion_planned_on=(NOW + timedelta(days=9)).date(),
        markets=("US",),
        materials=(MaterialUse(material_id="M-1", name="Beads", lot="L-1", expires_on=date(2030, 1, 1)),),
    )


def packing_view(batch_id: str, **more: Any) -> PackingView:
    """A packing that two persons signed."""
    content = {
        "shipper": "DS-1",
        "dry_kg": 10,
        "charged_kg": 18,
        "charged_at": NOW - timedelta(hours=3),
        "seal": "S-1",
        "logger": "LG-1",
        "batch_on_label": batch_id,
        "patient_on_label": "P-001",
        "chain_of_identity": "G123426123456",
        "out_of_storage_at": NOW - timedelta(minutes=9),
        "packed_at": NOW - timedelta(minutes=4),
        "inside_c": -191,
        "free_liquid": False,
        "second_person": "second",
    }
    return PackingView(
        batch_id=batch_id,
        number=1,
        packing=Packing.model_validate(content | more),
        content_hash=HASH,
        packed_by="first",
        printed_name="First Person",
        signed_at=NOW,
        signature_id="S-1",
        confirmed_by="second",
        confirmed_name="Second Person",
        confirmed_at=NOW,
        confirmation_id="S-2",
        shipper_qualified_until=date(2099, 12, 31),
    )


class MemoryMes:
    """As much of the MES's client as suites use."""

    def __init__(self, *records: BatchRecord, verdict: Verdict | None = None) -> None:
        self.records = {one.batch_id: one for one in records}
        self.verdict = verdict or Verdict(
            verdict="READY",
            rule_set="r",
            rule_set_version="1",
            rules_hash=HASH,
            facts_hash=HASH,
            rules_run=1,
        )
        self.seen: dict[str, tuple[Observation, ...]] = {}
        self.holds: dict[str, tuple[str, str]] = {}
        self.intended: dict[tuple[str, str, str, int], EffectView] = {}
        self.shipments: list[Shipment] = []
        self.submissions: dict[str, SubmissionView] = {}
        self.answers: list[tuple[str, NewAnswer]] = []
        self.packed = True
        self.good = "GOOD"
        self.why = "No way brings it in time: of 2 on offer, 2 because it comes too late."

    def get_record(self, batch_id: str) -> BatchRecord:
        if batch_id not in self.records:
            raise MesError(404, f"There is no batch '{batch_id}'.")
        return self.records[batch_id]

    def get_batch(self, batch_id: str) -> BatchView:
        return BatchView(
            batch_id=batch_id,
            kind="car_t",
            product="x",
            state=BatchState.SHIPPED,
            record_version=1,
            record_hash=HASH,
            shipment=self.shipments[-1] if self.shipments else None,
        )

    def review(self, batch_id: str, observations: Iterable[Observation]) -> VerdictView:
        self.seen[batch_id] = tuple(observations)
        findings = tuple(
            FindingView(finding_id=f"F{number}", batch_id=batch_id, status="open", finding=finding)
            for number, finding in enumerate(self.verdict.findings, start=1)
        )
        return VerdictView(
            verdict_id="V1",
            batch_id=batch_id,
            number=1,
            record_hash=HASH,
            record_version=1,
            reviewed_at=NOW,
            reviewed_by="bot",
            current=True,
            verdict=self.verdict,
            findings=findings,
        )

    def observations(self, batch_id: str) -> tuple[Observation, ...]:
        return self.seen.get(batch_id, ())

    def deviations(self, batch_id: str) -> tuple[DeviationView, ...]:
        critical = [one for one in self.verdict.findings if one.severity is Severity.CRITICAL]
        about = {"batch_id": batch_id, "severity": "critical", "opened_at": NOW, "opened_by": "bot"}
        return tuple(
            DeviationView.model_validate({**about, "deviation_key": f"review:{one.rule}", "title": one.title})
            for one in critical
        )

    def open_hold(self, batch_id: str, kind: str, reason: str, key: str) -> None:
        self.holds[key] = (kind, reason)

    def register_effect(self, effect: NewEffect) -> EffectView:
        key = (effect.site, effect.kind, effect.business_key, effect.revision)
        if key in self.intended:
            return self.intended[key].model_copy(update={"created": False})
        self.intended[key] = EffectView(
            effect_id=f"E{len(self.intended)}", state="intended", created=True, created_at=NOW, **effect.model_dump()
        )
        return self.intended[key]

    def effects(self, batch_id: str) -> tuple[EffectView, ...]:
        return tuple(one for one in self.intended.values() if one.batch_id == batch_id)

    def act_on_effect(self, effect_id: str, item_id: str, epoch: int, details: dict[str, Any] | None = None) -> None:
        key = next(key for key, effect in self.intended.items() if effect.effect_id == effect_id)
        self.intended[key] = self.intended[key].model_copy(update={"acted_at": NOW, "acted_ago_s": 0.0})

    def confirm_effect(self, effect_id: str, confirmation: ConfirmEffect) -> None:
        if confirmation.count != 1:
            raise MesError(409, "There must be exactly one.")

    def record_shipment(self, shipment: Shipment) -> None:
        self.shipments.append(shipment)

    def submission(self, filing_id: str) -> SubmissionView:
        if filing_id not in self.submissions:
            raise MesError(409, f"Filing {filing_id} is drafted: nothing is submitted that no person has approved.")
        return self.submissions[filing_id]

    def packings(self, batch_id: str) -> tuple[PackingView, ...]:
        return (packing_view(batch_id),) if self.packed else ()

    def assess_ways(self, batch_id: str, asked: AskOptions) -> OptionsView:
        """The way `self.good` when it is on offer and the batch is packed; what each of the others lacks is made up."""
        ways = tuple(
            WayView(
                way_id=one.way_id,
                courier=one.courier,
                service=one.service,
                price=one.price,
                pickup_at=one.pickup,
                delivery_at=one.delivery,
                p=0.999 if one.way_id == self.good else None,
                never=() if one.way_id == self.good else ("it comes too late",),
            )
            for one in sorted(asked.offers, key=lambda one: one.way_id != self.good)
        )
        found = any(one.p for one in ways)
        never = () if self.packed else ("no packing record is signed by two persons",)
        return OptionsView(
            assessment_id=f"{batch_id}:assessment:-:1",
            batch_id=batch_id,
            made_at=NOW,
            chosen=self.good if found and not never else None,
            decides="bot" if found and not never else "person",
            why=f"Batch {batch_id} can't be booked: {never[0]}." if never else self.why if not found else "The best.",
            never=never,
            ways=ways,
            shipper="DS-1" if self.packed else "",
        )

    def note_label(self, batch_id: str, read: LabelRead) -> LabelView:
        """Whether it names the batch and the booking; why it does not."""
        expected = f"{batch_id}|{self.records[batch_id].donation_number}|{read.booking_reference}"
        why = "" if read.text == expected else f"The label reads {read.text!r} instead of {expected!r}."
        return LabelView(batch_id=batch_id, number=1, matches=not why, why=why, **read.model_dump())

    def filing_document(self, filing_id: str) -> bytes:
        return filing_files.of_draft(self.submissions[filing_id].draft)[0]

    def answer_filing(self, filing_id: str, answer: NewAnswer) -> None:
        self.answers.append((filing_id, answer))


class MemoryQueue:
    """Hands out jobs in order and remembers how each ended."""

    def __init__(self, *jobs: Job) -> None:
        self.waiting = list(jobs)
        self.done: list[tuple[Job, dict[str, Any], EvidenceRef]] = []
        self.failed: list[tuple[Job, Failure, EvidenceRef | None]] = []

    def claim(self, jobs: Sequence[str]) -> Job | None:
        return self.waiting.pop(0) if self.waiting else None

    def next_in(self, jobs: Sequence[str]) -> float | None:
        return None

    def kept(self, job: Job) -> AbstractContextManager[Any]:
        return nullcontext(SimpleNamespace(lost=""))

    def complete(self, job: Job, output: dict[str, Any], evidence: EvidenceRef) -> None:
        self.done.append((job, output, evidence))

    def fail(self, job: Job, failure: Failure, evidence: EvidenceRef | None) -> None:
        self.failed.append((job, failure, evidence))


def job(name: str, batch_id: str = "B-1", attempts: int = 1, **payload: Any) -> Job:
    """A work item as the MES hands it out."""
    return Job(
        item_id=f"i-{name}-{batch_id}",
        job=name,
        business_key=f"{name[:4]}:{batch_id}",
        batch_id=batch_id,
        payload=payload,
        state="running",
        attempts=attempts,
        attempt=attempts,
        epoch=attempts,
        created_at=NOW,
    )


SECRET = "known to this host alone, 0123456789"
PASSWORD = "site-canary-7f3a"
PATIENT = "Canary Patientname"
PRODUCTS = {
    "lims": "lims_labline",
    "erp": "erp_stockroom",
    "courier": "courier_cryorun",
    "agency": "agency_reggate",
}
MODULES: dict[str, Any] = {
    "lims_labline": lims_labline,
    "erp_stockroom": erp_stockroom,
    "courier_cryorun": courier_cryorun,
    "agency_reggate": agency_reggate,
    "lims_benchview": lims_benchview,
    "lims_meridian": lab,
    "erp_meridian": stock,
    "courier_meridian": freight,
    "agency_meridian": filing,
}
MERIDIAN = {name: f"{name}_meridian" for name in PRODUCTS}


def seed_sites(folder: Path, slots: Sequence[dict[str, str]], products: Mapping[str, str] = PRODUCTS) -> None:
    """Fill the stores of the sites."""
    modules = {name: MODULES[product] for name, product in products.items()}
    keys = "sample_id batch patient_code donation_number type received_at status patient_name birth_date"
    sample = rows(keys, "S-B-1", "B-1", "P-001", "G1", "final", AT, "released", PATIENT, "1970-01-01")
    results = results_of("B-1", 30) + results_of("B-10", 620)
    modules["lims"].seed(folder / "lims.sqlite", samples=[sample], results=results)
    keys = "material description lot quantity unit expires_on status"
    goods = [rows(keys, f"M-{n}", "x", f"L-{n}", "5", "mL", "2030-01-01", "unrestricted") for n in range(1, 40)]
    keys = "posting batch material description lot quantity unit posted_at"
    used = rows(keys, "4900000001", "B-1", "M-1", "x", "L-1", "1", "mL", AT)
    modules["erp"].seed(folder / "erp.sqlite", stock=goods, consumption=[used])
    modules["courier"].seed(folder / "courier.sqlite", slots=slots)
    modules["agency"].seed(folder / "agency.sqlite")


def now() -> datetime:
    """The time that it is."""
    return datetime.now(UTC)


@contextmanager
def serve_sites(
    folder: Path,
    slots: Sequence[dict[str, str]] = (),
    products: Mapping[str, str] = PRODUCTS,
    plans: Mapping[str, FaultPlan] | None = None,
    policy: Policy | None = None,
    clock: Clock = now,
) -> Iterator[dict[str, str]]:
    """The four mock sites on free ports, with fault plans by system: address by system.

    `policy` says how the authority behaves, `clock` what time it is on the sites.
    """
    seed_sites(folder, slots, products)
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(Server(site_app(folder, name, product, plans or {}, policy, clock), bind())).url
            for name, product in products.items()
        }


def site_app(
    folder: Path,
    name: str,
    product: str,
    plans: Mapping[str, FaultPlan],
    policy: Policy | None = None,
    clock: Clock = now,
) -> Any:
    """One site, hostile where there is a plan for it."""
    plan = plans.get(name)
    told = plan.clock(clock) if plan else clock
    more = {"policy": policy} if policy and name == "agency" else {}
    app = MODULES[product].create_app(folder / f"{name}.sqlite", clock=told, accounts={"bot": PASSWORD}, **more)
    return Hostile(app, plan) if plan else app


def worker_on(
    tmp_path: Path, sites: dict[str, str], browser: WarmBrowser, mes: MemoryMes, queue: MemoryQueue, **more: Any
) -> tuple[Worker, list[dict[str, Any]]]:
    """A worker on these sites, and the events that it emits."""
    settings = Settings.model_validate(
        {
            "mes": {"url": "http://mes", "user": "bot"},
            "sites": {
                name: {"product": more.get("products", PRODUCTS)[name], "url": url, "user": "bot"}
                for name, url in sites.items()
            },
        }
    )
    secrets = Secrets(dict.fromkeys(("mes", *PRODUCTS), more.get("password", PASSWORD)))
    events: list[dict[str, Any]] = []
    runner = SuiteRunner(tmp_path, settings, secrets, mes, browser, **more.get("runner", {}))  # type: ignore[arg-type]
    return Worker(queue, runner, JOBS, events.append), events
