"""A plant for workers that die: a real MES, real sites, and batches made one by one, each ready for one bot."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

from bots_fakes import HASH, MODULES, PASSWORD, PRODUCTS, SECRET, record
from bots_rows import AT, results_of, rows, slot
from crash_data import Packers
from crash_rebooking import SLOTS, fell, of_rebooking

from batchwright.demo.plant import write_private
from batchwright.support.servers import Server, bind
from mes_core.domain.principals import BotPrincipal, Lease, PersonPrincipal, SystemPrincipal
from mes_core.filing.drafts import forms
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import filing as f
from mes_core.messages import views as v
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web.app import create_app
from twin.sites import agency_reggate, courier_cryorun, erp_stockroom, lims_benchview, lims_labline
from twin.sites._kit.kinds import Kind, KindOf, plain_kind
from twin.sites.faults import FaultPlan, Hostile, peeked
from twin.world.clean import make_clean_bundles

BOTS = ("batch_record_review", "courier_scheduling", "compliance_filing")
REBOOKING = "courier_rebooking"
"""The bot that books another way: cancelled and read back first."""
EARLY = "predictive_hold"
"""The bot that changes no site: its answer has to stand in the MES once."""
RETEST = "retest_request"
"""A bot of the plant's own, that sends the form of a laboratory system of one page."""
SETTLE_S = 1.0
_PRODUCTS = {**PRODUCTS, "bench": "lims_benchview"}
_MODULES: dict[str, Any] = {
    "lims": lims_labline,
    "erp": erp_stockroom,
    "courier": courier_cryorun,
    "agency": agency_reggate,
    "bench": lims_benchview,
}
_SUITE = """*** Settings ***
Resource            keywords/steps/work_item.resource
Library             keywords.site.Site

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
Ask For A Retest
    ${batch}=    Take The Batch Of The Work Item
    ${number}=    Send Form Once    bench    retest    batch=${batch.batch_id}    sample_id=S-${batch.batch_id}
    ...    test=Viability    reason=Doubtful
    Hand Over    batch_id=${batch.batch_id}    number=${number}
"""
_QP = "demo.qp"


class _Rules:
    """Holds batches whose number begins with R, with one critical finding; finds all others in order."""

    name = "test"
    version = "1"
    content_hash = HASH

    def for_kind(self, kind: str) -> "_Rules":
        return self

    def review(self, facts: Mapping[str, Any]) -> Any:
        held = facts["batch"]["batch_id"].startswith("R")
        finding = {"rule": "R-1", "severity": "critical", "clause": "21 CFR 211.192", "title": "Sterility"}
        verdict = {
            "verdict": "HOLD" if held else "READY",
            "findings": [finding | {"text": "The sterility test is positive."}] if held else [],
            "rules_run": 1,
            **{"rule_set": "test", "rule_set_version": "1", "rules_hash": HASH, "facts_hash": HASH},
        }
        return SimpleNamespace(to_dict=lambda: verdict)


class KillAtSite:
    """Ends the worker when its changing request has arrived at the site, or when it is committed; then answers on."""

    def __init__(self, app: Any, kind_of: KindOf = plain_kind) -> None:
        self._app, self._kind_of = app, kind_of
        self.moment = ""
        self.passing = 0
        """So many changing requests pass before."""
        self.pid: Callable[[], int] = lambda: 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        changing = False
        if scope["type"] == "http" and self.moment:
            body, receive = await peeked(scope, receive)
            changing = self._kind_of(scope["method"], scope["path"], body) is Kind.CHANGE
            if changing and self.passing:
                self.passing -= 1
                changing = False
        if changing and self.moment == "arrived":
            self._kill()
        if changing and self.moment == "committed":
            sent: list[Any] = []

            async def keep(message: Any) -> None:
                sent.append(message)

            await self._app(scope, receive, keep)
            self._kill()
            for message in sent:
                await send(message)
            return
        await self._app(scope, receive, send)

    def _kill(self) -> None:
        self.moment = ""
        os.kill(self.pid(), signal.SIGKILL)


@dataclass
class CrashPlant:
    """What runs, and how to make one batch ready for one bot and count what was done for it."""

    folder: Path
    mes: Mes
    hostile: dict[str, Hostile]
    killers: dict[str, KillAtSite]
    process: "subprocess.Popen[str]"
    person: PersonPrincipal
    bot: BotPrincipal
    packers: Packers
    lims: Any
    moved: list[timedelta] = field(default_factory=lambda: [timedelta(0)])
    pid: int = 0
    pids: list[int] = field(default_factory=list)
    made: int = 0

    def ready_for(self, bot: str) -> str:
        """A new batch whose next item is for this bot; its number."""
        self.made += 1
        if bot == EARLY:
            return self._ready_early()
        letter = {BOTS[0]: "R", RETEST: "T"}.get(bot, "C")
        batch = f"{letter}-{self.made}"
        system = SystemPrincipal("test")
        lims = results_of(batch, 3)
        sample = {"sample_id": f"S-{batch}", "batch": batch, "type": "final", "received_at": AT, "status": "released"}
        self.lims.seed(self.folder / "lims.sqlite", samples=[sample], results=lims)
        used = rows(
            "posting batch material lot quantity unit posted_at", f"49{batch}", batch, "M", "L-1", "1", "mL", AT
        )
        erp_stockroom.seed(self.folder / "erp.sqlite", consumption=[used])
        self.mes.submit_batch(record(batch), system)
        if bot == RETEST:
            lims_benchview.seed(self.folder / "bench.sqlite", samples=[sample], results=lims)
            asked = v.NewWorkItem(job=RETEST, business_key=f"retest:{batch}", batch_id=batch, payload={})
            self.mes.ask_for_item(asked, system)
        if bot == BOTS[0]:
            return batch
        verdict = self._review(batch, tuple(lims))
        if bot == RETEST:
            return batch
        self._release(batch, verdict)
        if bot == REBOOKING:
            fell(self, batch)
        if bot == BOTS[2]:
            self._ship(batch)
            self._approve_a_filing(batch)
        return batch

    def _review(self, batch: str, lims: tuple[Any, ...]) -> v.VerdictView:
        """Reviewed by the bot."""
        item = self.claim(BOTS[0], batch)
        seen = Observation(
            system="lims", table="results", page="x", read_at=datetime.now(UTC), rows=lims, complete=True
        )
        under = BotPrincipal(self.bot.user, Lease(item.item_id, item.epoch, SECRET))
        verdict = self.mes.review(batch, (seen,), under)
        self.mes.complete(item.item_id, v.ItemDone(epoch=item.epoch), under)
        return verdict

    def _release(self, batch: str, verdict: v.VerdictView) -> None:
        """Packed by two, certified by the qualified person."""
        signing = v.SignDisposition(
            disposition=v.Disposition.RELEASED,
            verdict_id=verdict.verdict_id,
            record_hash=verdict.record_hash,
            reason="All in order.",
            meaning="Certification",
            password=PASSWORD,
        )
        self.packers.pack(batch)
        self.mes.dispose(batch, signing, self.person)

    def _ship(self, batch: str) -> None:
        """Booked and posted, as its item says."""
        item = self.claim(BOTS[1], batch)
        shipped = v.Shipment(
            batch_id=batch,
            booking_reference="CR-1",
            carrier="CryoRun",
            slot_id="S",
            pickup_at=datetime.now(UTC),
            delivery_at=datetime.now(UTC) + timedelta(hours=20),
            erp_posting="49",
            shipper_id="DS-1",
            customer_reference=f"ship:{batch}",
        )
        under = BotPrincipal(self.bot.user, Lease(item.item_id, item.epoch, SECRET))
        self.mes.record_shipment(batch, shipped, under)
        self.mes.complete(item.item_id, v.ItemDone(epoch=item.epoch), under)

    def _approve_a_filing(self, batch: str) -> None:
        """A recall of the batch, reported by a person, and its filing approved: an item for the filing bot."""
        told = f.NewEvent(
            kind="recall",
            source="test",
            source_key=batch,
            aware_at=datetime.now(UTC).isoformat(),
            zone="Europe/Amsterdam",
            aware_who="Demo Person",
            batch_id=batch,
            places=("US",),
            closed_on=datetime.now(UTC).date() - timedelta(days=2),
            text="A label may be wrong.",
        )
        self.mes.record_event(told, self.person)
        (filing,) = self.mes.filings(batch)
        open_fields = {one.name: one for one in forms()["recall_file"].fields if one.required}
        given = dict.fromkeys(open_fields, "As written in the recall plan.")
        draft = self.mes.draft_filing(filing.filing_id, given, self.person)
        signed = {"content_hash": draft.content_hash, "meaning": f.APPROVAL, "reason": "Right.", "password": PASSWORD}
        self.mes.approve_filing(filing.filing_id, f.ApproveDraft.model_validate(signed), self.person)

    def _ready_early(self) -> str:
        """A batch on its third day of culture, and the question whether it will fail."""
        made = _early_record()
        batch = f"E-{self.made}"
        self.mes.submit_batch(made.model_copy(update={"batch_id": batch}), SystemPrincipal("test"))
        asked = v.NewWorkItem(job=EARLY, business_key=f"early:{batch}", batch_id=batch, payload={})
        self.mes.ask_for_item(asked, self.bot)
        return batch

    def claim(self, job: str, batch: str) -> v.WorkItemView:
        """The item of this batch, though those of earlier ones may wait before it."""
        (key,) = {one.business_key for one in self.mes.work_items(batch_id=batch) if one.job == job}
        asked = v.ClaimRequest(worker="harness", jobs=(job,), secret=SECRET, business_key=key)
        item = self.mes.claim(asked, self.bot)
        assert item is not None
        return item

    def run(self, bot: str, *, at: int = 0, end: str = "kill", worker: str = "w1") -> tuple[str, list[str]]:
        """Let a worker drain the queue; how it ended, and the points it passed."""
        names = self.folder / "points.txt"
        names.write_text("")
        order = {"at": at, "end": end, "worker": worker, "names": str(names), "home": str(self.folder), "jobs": [bot]}
        self._say({"run": order})
        self.pid = self._hear()["pid"]
        self.pids.append(self.pid)
        how = self._hear()["how"]
        return how, names.read_text().splitlines()

    def resume(self, pid: int) -> str:
        """Let a stopped worker go on; how it ended."""
        self._say({"resume": pid})
        return str(self._hear()["how"])

    def forward(self, seconds: float) -> None:
        """Move the clock of the MES."""
        self.moved[0] += timedelta(seconds=seconds)

    def _say(self, order: dict[str, Any]) -> None:
        pipe: IO[str] | None = self.process.stdin
        assert pipe is not None
        pipe.write(json.dumps(order) + "\n")
        pipe.flush()

    def _hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process that forks workers has ended"
        return dict(json.loads(line))

    def faults(self, batch: str, bot: str) -> list[str]:
        """What is not as it has to be after the restart: nothing, when all is well."""
        wrong = [
            f"{item.job} is {item.state} ({item.message})"
            for item in self.mes.work_items(batch_id=batch)
            if item.job == bot and item.state != "done"
        ]
        wrong += [f"effect {e.kind} is {e.state}" for e in self.mes.effects(batch) if e.state != "confirmed"]
        for what, count in self.counts(batch, bot).items():
            if count != 1:
                wrong.append(f"{what}: {count} instead of 1")
        return wrong

    def counts(self, batch: str, bot: str) -> dict[str, int]:
        """How often each effect of this bot stands, counted in the sites' own stores (for a review: in the MES)."""
        if bot == BOTS[0]:
            opened = [entry for entry in self.mes.audit(batch) if entry.action == "deviation opened"]
            return {"deviation": len(opened)}
        if bot == BOTS[1]:
            booked = [row["customer_reference"] for row in courier_cryorun.bookings(self.folder / "courier.sqlite")]
            posted = [row["our_reference"] for row in erp_stockroom.shipments(self.folder / "erp.sqlite")]
            return {"booking": booked.count(f"ship:{batch}"), "posting": posted.count(f"ship:{batch}")}
        if bot == REBOOKING:
            return of_rebooking(self, batch)
        if bot == EARLY:
            answers = [entry for entry in self.mes.audit(batch) if entry.action == "model answered"]
            return {"prediction": len(self.mes.predictions(batch)), "entry in the trail": len(answers)}
        if bot == RETEST:
            asked = [row["our_reference"] for row in lims_benchview.requests(self.folder / "bench.sqlite")]
            return {"retest": asked.count(f"retest:{batch}")}
        filed = [row["applicant_reference"] for row in agency_reggate.submissions(self.folder / "agency.sqlite")]
        items = [item.business_key for item in self.mes.work_items(batch_id=batch) if item.job == bot]
        due = [key for key in items if key.startswith("file:")]
        return {f"submission {key}": filed.count(key) for key in due} or {"submission": 0}


@lru_cache(maxsize=1)
def _early_record() -> BatchRecord:
    return BatchRecord.model_validate(make_clean_bundles(1, 4711, biology_failures=True)[0].record)


def _environment(folder: Path, url: str, urls: Mapping[str, str], products: Mapping[str, str]) -> dict[str, str]:
    """The environment of a worker: settings with the sites, secrets, and a folder with a bot of the plant's own."""
    sites = {
        name: {"product": products[name], "url": at, "user": "bot"} | ({} if name == "lims" else {"settle_s": SETTLE_S})
        for name, at in urls.items()
    }
    settings = folder / "settings.json"
    (folder / "own" / "bots").mkdir(parents=True)
    (folder / "own" / "bots" / f"{RETEST}.robot").write_text(_SUITE, encoding="utf-8")
    own = [str(folder / "own")]
    settings.write_text(json.dumps({"mes": {"url": url, "user": "bot-release"}, "sites": sites, "folders": own}))
    secrets = write_private(folder / "secrets.json", dict.fromkeys(("mes", *_PRODUCTS), PASSWORD))
    return {**os.environ, "BATCHWRIGHT_SETTINGS": str(settings), "BATCHWRIGHT_SECRETS": str(secrets)}


@contextmanager
def crash_plant(folder: Path, lims: str = "lims_labline") -> Iterator[CrashPlant]:
    """A plant whose sites can be told to be hostile, and a process that forks workers; `lims` names its laboratory."""
    modules = {**_MODULES, "lims": MODULES[lims]}
    products = {**_PRODUCTS, "lims": lims}
    moved = [timedelta(0)]
    mes = Mes(open_store(folder / "mes.sqlite"), _Rules(), lambda: datetime.now(UTC) + moved[0])
    system = SystemPrincipal("test")
    person = mes.create_person(_QP, "Demo Person", ["qualified_person"], PASSWORD, actor=system)
    bot = mes.create_bot("bot-release", PASSWORD, actor=system)
    stock = rows("material lot quantity unit expires_on status", "M", "L-1", "5", "mL", "2030-01-01", "unrestricted")
    erp_stockroom.seed(folder / "erp.sqlite", stock=[stock])
    courier_cryorun.seed(folder / "courier.sqlite", slots=[slot("GOOD", 30, 24, 120, 1), *SLOTS])
    hostile: dict[str, Hostile] = {}

    def app_of(name: str) -> Any:
        clock = lambda: hostile[name].clock(lambda: datetime.now(UTC))  # noqa: E731 - by the plan in force
        return modules[name].create_app(folder / f"{name}.sqlite", clock=clock, accounts={"bot": PASSWORD})

    kinds = {name: getattr(module, "kind_of", plain_kind) for name, module in modules.items()}
    killers = {name: KillAtSite(app_of(name), kinds[name]) for name in modules}
    hostile.update({name: Hostile(app, FaultPlan(), kind_of=kinds[name]) for name, app in killers.items()})
    with ExitStack() as stack:
        urls = {name: stack.enter_context(Server(app, bind())).url for name, app in hostile.items()}
        url = stack.enter_context(Server(create_app(mes), bind())).url
        environment = _environment(folder, url, urls, products)
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("crash_process.py"))],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        plant = CrashPlant(
            folder, mes, hostile, killers, process, person, bot, Packers(mes, person), modules["lims"], moved
        )
        for killer in killers.values():
            killer.pid = lambda: plant.pid
        try:
            yield plant
        finally:
            assert process.stdin is not None
            process.stdin.close()
            for pid in plant.pids:  # one that was stopped would stay, with its browser
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            process.wait(timeout=20)
