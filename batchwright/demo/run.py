"""`batchwright demo`: a pretend plant, robots that release its batches, and a comparison with what was planted."""

import json
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from batchwright.demo import filing, people, plant, shipping, worlds
from batchwright.demo.holds import PREDICTIVE_HOLD, ask_for_predictions, decide_as_reviewer, predictions_of
from batchwright.demo.report import Line, show_result
from batchwright.demo.summary import Comparison, Found
from batchwright.demo.worker_process import WorkerProcess
from batchwright.support.errors import Refused
from batchwright.support.formats import counted
from batchwright.support.settings import Home, main_home, new_run
from batchwright.support.wiring import clock, open_mes, open_vault
from bots.runtime.child import Event
from keywords.browser_finder import NoBrowserError, find_browser, need_a_screen
from mes_core.client import MesClient
from mes_core.messages import BatchRecord
from mes_core.messages import views as v
from mes_core.messages.journeys import OptionsView
from mes_core.services import Mes
from mes_core.web import create_app

_JOBS = (
    "batch_record_review",
    "courier_scheduling",
    "courier_rebooking",
    "courier_tracking",
    "compliance_filing",
    PREDICTIVE_HOLD,
)
_REVIEW_ONLY = _JOBS[:1]


@dataclass(frozen=True)
class DemoOptions:
    """What the command line asked for."""

    batches: int = 12
    seed: int = 2026
    headed: bool = False
    slow_ms: int = 0
    defect_rate: float = 0.4
    records: Path | None = None
    corrupt: int = 0
    as_json: bool = False


@dataclass
class _Progress:
    """What the worker reported, item by item."""

    console: Console
    seconds: dict[str, float] = field(default_factory=dict)
    failures: dict[str, Event] = field(default_factory=dict)
    filings: dict[str, Any] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Keep a finished item, and say it on the screen."""
        if event.get("event") != "item_finished":
            return
        batch = str(event["batch_id"])
        self.seconds[batch] = self.seconds.get(batch, 0.0) + float(event["seconds"])
        self.failures.pop(str(event["item_id"]), None)
        if event["result"] != "done":
            self.failures[str(event["item_id"])] = event
            said = f"{event['family']}: {event['message']}"
        else:
            said = _outcome(event["job"], event.get("output") or {})
        self.console.print(f"  {batch:<12} {said} ({event['seconds']:.1f} s)", highlight=False, markup=False)


def _outcome(job: str, output: dict[str, Any]) -> str:
    if job == "batch_record_review":
        found = int(output.get("findings") or 0)
        return f"{output.get('verdict')}, {counted(found, 'finding')}"
    if job == PREDICTIVE_HOLD:
        return f"day 3: {output.get('answer')} at {float(output.get('probability') or 0):.1%}, {output.get('mode')}"
    if job == "courier_scheduling":
        return f"slot {output.get('slot_id')} booked as {output.get('booking_reference')}"
    words = {"receipt": "submitted", "pending": "not answered yet"}
    answer = str(output.get("answer"))
    return f"filing {output.get('filing_id')} {words.get(answer, answer)} as {output.get('reference')}"


def run_demo(options: DemoOptions) -> int:
    """Run the demo; returns the exit code: 0 when every item ended done, 1 when one waits for a person.

    Raises:
        Refused: there is no browser, or the home or the records can't be used; no run is begun.
    """
    started = time.monotonic()
    _look_for_a_browser(headed=options.headed)
    now = clock()
    world = _world(options, now)
    home = new_run(main_home(), now)
    console = Console(stderr=options.as_json)
    console.print(
        f"{counted(len(world.records), 'batch', 'batches')}, seed {options.seed}; this run lies in {home.folder}",
        soft_wrap=True,
    )
    mes = open_mes(home, demo=True)
    accounts = plant.Accounts()
    people.make_accounts(mes, accounts)
    progress = _Progress(console)
    _let_bots_work(options, world, home, mes, accounts, progress)
    lines = _lines(mes, world, progress)
    comparison = world.compare([_found(mes, line.batch) for line in lines])
    seconds = time.monotonic() - started
    predictions, ways = predictions_of(mes, world.records), shipping.ways_of(mes, world.records)
    _finish(
        options, home, accounts, lines, comparison, seconds, console, predictions, filings=progress.filings, ways=ways
    )
    _explain_failures(progress, console)
    return 1 if progress.failures else 0


def _let_bots_work(
    options: DemoOptions, world: worlds.DemoWorld, home: Home, mes: Mes, accounts: plant.Accounts, progress: _Progress
) -> None:
    """Serve the plant, start the worker, and sign in between what is ready."""
    jobs = _REVIEW_ONLY if options.records else _JOBS
    app = create_app(mes, vault=open_vault(home, demo=True))
    with world.sites(home.sites, clock, accounts.bots) as sites, plant.serving(app) as (mes_url,):
        files = plant.worker_files(home, mes_url, sites, accounts)
        with WorkerProcess(home.folder, files, jobs=jobs, headed=options.headed, slow_ms=options.slow_ms) as worker:
            _submit(mes_url, world, accounts)
            people.say_who_is_who(mes_url, accounts)
            if world.logistics:
                shipping.sign_logistics(mes_url, accounts, world.logistics)
            if not options.records:
                filing.record_licences(mes_url, world.records, accounts)
                ask_for_predictions(mes_url, world.records, accounts)
            progress.console.print(f"Bots work in {worker.wait_ready()}:")
            worker.drain(progress.take)
            if not options.records:
                decided = counted(decide_as_reviewer(mes_url, world.records, accounts), "answer")
                progress.console.print(f"{plant.REVIEWER} signed a decision on {decided} of the SHADOW model.")
                ready = _ready(mes, world)
                packed = counted(shipping.pack(mes_url, accounts, ready, clock()), "packing")
                progress.console.print(f"{plant.PACKER} and {plant.SECOND_PACKER} signed {packed}.")
                signed = counted(_sign_what_is_ready(mes_url, accounts), "release")
                progress.console.print(f"{plant.QUALIFIED_PERSON} signed {signed}; bots go on:")
                worker.drain(progress.take)
                approved = counted(len(filing.report_a_deviation(mes_url, accounts)), "filing")
                progress.console.print(f"{plant.COMPLIANCE} reported a deviation and approved {approved}:")
                worker.drain(progress.take)
                progress.filings = filing.filings_shown(mes_url, accounts)


def _world(options: DemoOptions, now: datetime) -> worlds.DemoWorld:
    if options.records is not None:
        return worlds.of_records(options.records, options.batches, options.corrupt, options.seed, now=now)
    if options.corrupt:
        raise Refused("--corrupt changes values of real records: give their folder with --records.")
    return worlds.of_twin(options.batches, options.seed, options.defect_rate, now=now)


def _look_for_a_browser(*, headed: bool) -> None:
    try:
        find_browser(headed=headed)
        if headed:
            need_a_screen()
    except NoBrowserError as error:
        raise Refused(str(error)) from None


def _submit(mes_url: str, world: worlds.DemoWorld, accounts: plant.Accounts) -> None:
    with MesClient.login(mes_url, plant.BOT, accounts.bots["mes"]) as client:
        for record in world.records:
            client.submit_batch(record)


def _ready(mes: Mes, world: worlds.DemoWorld) -> list[BatchRecord]:
    """Batches that can be released."""
    return [one for one in world.records if mes.get_batch(one.batch_id).state is v.BatchState.READY]


def _sign_what_is_ready(mes_url: str, accounts: plant.Accounts) -> int:
    """The demo's qualified person signs through the same interface that people use."""
    password = accounts.people[plant.QUALIFIED_PERSON]
    with MesClient.login(mes_url, plant.QUALIFIED_PERSON, password) as client:
        ready = client.list_batches(state="ready", limit=500).items
        for batch in sorted(ready, key=lambda one: one.batch_id):
            signing = v.SignDisposition(
                disposition=v.Disposition.RELEASED,
                verdict_id=batch.verdict_id or "",
                record_hash=batch.record_hash,
                reason="Every rule ran and none holds (demo).",
                meaning="I certify this batch for release (demo).",
                password=password,
            )
            client.dispose(batch.batch_id, signing)
        return len(ready)


def _lines(mes: Mes, world: worlds.DemoWorld, progress: _Progress) -> list[Line]:
    lines = []
    for record in world.records:
        view = mes.get_batch(record.batch_id)
        verdicts = mes.verdicts(record.batch_id)
        acknowledged = [one.acknowledgement for one in view.filings if one.acknowledgement]
        lines.append(
            Line(
                batch=record.batch_id,
                verdict=view.verdict or "none",
                findings=len(verdicts[0].verdict.findings) if verdicts else 0,
                disposition=view.disposition.disposition.value if view.disposition else _undisposed(view),
                state=view.state.value,
                slot=view.shipment.slot_id if view.shipment else "",
                acknowledgement=", ".join(acknowledged),
                seconds=round(progress.seconds.get(record.batch_id, 0.0), 1),
            )
        )
    return lines


def _undisposed(view: v.BatchView) -> str:
    return "held" if view.state is v.BatchState.ON_HOLD else ""


def _found(mes: Mes, batch_id: str) -> Found:
    verdicts = mes.verdicts(batch_id)
    if not verdicts:
        return Found(batch_id, "none")
    findings = verdicts[0].verdict.findings
    names = frozenset(name for one in findings for name in one.fields)
    return Found(batch_id, verdicts[0].verdict.verdict.value, tuple(one.rule for one in findings), names)


def _finish(
    options: DemoOptions,
    home: Home,
    accounts: plant.Accounts,
    lines: list[Line],
    comparison: Comparison,
    seconds: float,
    console: Console,
    predictions: list[dict[str, Any]],
    filings: dict[str, Any],
    ways: list[OptionsView],
) -> None:
    result = {
        "run": home.folder.name,
        "home": str(home.folder),
        "seconds": round(seconds, 1),
        "batches": [vars(line) for line in lines],
        "comparison": comparison.to_dict(),
        "predictions": predictions,
        "filings": filings,
        "ways": [one.model_dump(mode="json", exclude={"priors"}) for one in ways],
        "evidence": str(home.evidence),
    }
    (home.folder / "result.json").write_text(json.dumps(result, indent=2, ensure_ascii=False), encoding="utf-8")
    plant.write_private(home.folder / "accounts.json", accounts.people)
    if options.as_json:
        print(json.dumps(result, ensure_ascii=False))  # noqa: T201 - the answer of the command
    else:
        shipping.show_ways(console, ways)
        show_result(console, home, lines, comparison, accounts.people, seconds)
        if filings:
            filing.show_filings(console, filings)


def _explain_failures(progress: _Progress, console: Console) -> None:
    for event in progress.failures.values():
        job = str(event["job"]).replace("_", " ")
        console.print(f"Waits for a person: {job} of {event['batch_id']}: {event['message']}", markup=False)
