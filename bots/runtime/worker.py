"""The worker: one process, one item at a time, a warm browser, evidence for every attempt.

`python -m bots.runtime.worker --home DIR [--until-idle]`. Without `--until-idle` it takes orders on standard input
(`drain`, `stop`) and ends with it. Every event is one JSON line on standard output; nothing else is written there.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bots.runtime.bell import Bell
from bots.runtime.content import SUITES, served
from bots.runtime.delivery import Delivery
from bots.runtime.disk import LEAST_FREE_MB, Disk, could_not_write
from bots.runtime.job_queue import Job, JobQueue, MesJobQueue
from bots.runtime.keeper import LONGEST_S, host_secret, only_one
from bots.runtime.orders import DRAIN, Orders
from bots.runtime.outages import Patience, is_outage
from bots.runtime.runner import Outcome, SuiteRunner, suites_of
from bots.runtime.signals import StopSignals
from bots.runtime.steps import StepTeller
from keywords.browser import BROWSER_GONE, BrowserOptions, WarmBrowser
from keywords.browser_finder import NoBrowserError, find_browser
from keywords.failures import Failure, ItemError
from keywords.settings import Secrets, Settings, SettingsError, load_secrets, load_settings
from keywords.transport import forget_the_store
from mes_core.client import MesClient, MesError, MesUnreachable
from mes_core.messages.views import Family

_LONGEST_WAIT_S = 15.0
FAILED = 4
"""Exit code of a worker that ended with its work, of which something failed."""
BROKEN = 3
"""Exit code of a worker that can't go on in this process; a supervisor starts it again."""
NO_EVIDENCE = "NO_EVIDENCE"
_BREAKS = {
    BROWSER_GONE: "The browser's driver is gone",
    NO_EVIDENCE: "Robot Framework could not write, and its log files are in the middle of something",
}
Emit = Callable[[dict[str, Any]], None]


class Worker:
    """Takes items from a queue and runs them until there are none.

    Args:
        queue: Where items come from.
        runner: Runs one item.
        jobs: Which jobs to take.
        emit: Receives every event.
        full: One sentence when there is no room for evidence; then no item is taken.
        patience: With a MES that is away.
        delivery: Sends evidence to the MES; None: it stays on this machine.
    """

    def __init__(
        self,
        queue: JobQueue,
        runner: SuiteRunner,
        jobs: Sequence[str],
        emit: Emit,
        full: Callable[[], str] = lambda: "",
        patience: Patience | None = None,
        delivery: Delivery | None = None,
    ) -> None:
        self._queue = queue
        self._runner = runner
        self._jobs = tuple(jobs)
        self._emit = emit
        self._full = full
        self._patience = patience or Patience(emit)
        self._delivery = delivery
        self._was_full = False
        self.items = 0
        self.failed: set[str] = set()

    def drain(self, stopping: Callable[[], bool] = lambda: False) -> None:
        """Run items until the queue has none, or until it is time to stop; then say `idle`."""
        started, before = time.perf_counter(), self.items
        if self._delivery:
            self._delivery.send_left()
        while not stopping() and self._has_room():
            job = self._patience.ask(lambda: self._queue.claim(self._jobs))
            if job is not None:
                self._work(job)
            elif not self._wait_for_a_retry():
                break
        self._emit({"event": "idle", "items": self.items - before, "seconds": round(time.perf_counter() - started, 3)})

    def _has_room(self) -> bool:
        """Whether evidence can be kept; that it can't is said once."""
        why = self._full()
        if why and not self._was_full:
            self._emit({"event": "disk_full", "message": why})
        self._was_full = bool(why)
        return not why

    def _wait_for_a_retry(self) -> bool:
        """Wait for an item that failed and is tried again soon; whether there was one."""
        left = self._patience.ask(lambda: self._queue.next_in(self._jobs))
        if left is None or left > _LONGEST_WAIT_S:
            return False
        time.sleep(min(left, 1.0) + 0.05)
        return True

    def _work(self, job: Job) -> None:
        about = {
            "item_id": job.item_id,
            "job": job.job,
            "batch_id": job.batch_id,
            "business_key": job.business_key,
            "attempt": job.attempt,
        }
        self._emit({"event": "item_started", **about, "at": datetime.now(UTC).isoformat()})
        self.items += 1
        outcome = self._attempt(job)
        failure = self._report(job, outcome) or outcome.failure
        (self.failed.add if failure else self.failed.discard)(job.item_id)
        self._emit(
            {
                "event": "item_finished",
                **about,
                "result": "failed" if failure else "done",
                "family": failure.family.value if failure else None,
                "code": failure.code if failure else None,
                "message": failure.message if failure else "",
                "seconds": round(outcome.seconds, 3),
                "output": outcome.output,
                "evidence": outcome.evidence.path if outcome.evidence else None,
                "where": outcome.where,
            }
        )
        if self._delivery:  # when the end is told: no outage of the storage keeps an item from ending
            self._delivery.send(job)

    def _attempt(self, job: Job) -> Outcome:
        """Run an item under its lease; where not even its evidence could be kept, that is the failure."""
        try:
            with self._queue.kept(job) as keeper:
                outcome = self._runner.run(job)
            if keeper.lost:
                self._emit({"event": "lease_lost", "item_id": job.item_id, "message": keeper.lost})
            return outcome
        except ItemError as error:
            return Outcome(Failure(error.family, error.code, error.sentence), {}, None, 0.0)
        except Exception as error:
            cause = could_not_write(error)
            if cause is None:
                raise
            why = f"The evidence of item {job.item_id} could not be written ({cause.strerror or cause}); free the disk."
            return Outcome(Failure(Family.APPLICATION, NO_EVIDENCE, why), {}, None, 0.0)

    def _report(self, job: Job, outcome: Outcome) -> Failure | None:
        """Tell the queue how the item ended; a failure when the MES does not take that, for instance a lost lease."""
        failure, evidence = outcome.failure, outcome.evidence
        try:
            if failure:
                self._patience.ask(lambda: self._queue.fail(job, failure, evidence))
            elif evidence:
                self._patience.ask(lambda: self._queue.complete(job, outcome.output, evidence))
        except MesError as error:
            if is_outage(error):
                raise
            why = f"The MES did not take the outcome of item {job.item_id}: {error.detail}"
            return Failure(Family.BUSINESS, "OUTCOME_REFUSED", why)
        return None


def emit_line(event: dict[str, Any]) -> None:
    """Write one event as a JSON line; a parent that is gone ends the worker through its standard input."""
    try:
        sys.stdout.write(json.dumps(event, default=str) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.write("Nobody reads the events any more; the worker goes on until its input ends.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the worker; 0 when done, 2 when it cannot start, 1 when the MES is gone, 128 + n after a signal.

    3 when it can't go on in this process, 4 when all is done (`--until-idle`) and something of it failed.
    """
    options = _parser().parse_args(arguments)
    forget_the_store()
    try:
        settings, secrets = load_settings(), load_secrets()
        browser = WarmBrowser(find_browser(headed=options.headed), BrowserOptions(options.headed, options.slow))
    except (SettingsError, NoBrowserError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    orders = Orders(sys.stdin, grace_s=options.grace)
    signals = StopSignals(orders, browser.gate.stop)
    signals.install()
    if not options.until_idle:
        orders.listen()
    try:
        code = _serve(options, settings, secrets, browser, orders, signals)
        if signals.broken and not code and not signals.number:  # a browser cut off by the signal broke nothing
            sys.stderr.write(f"{signals.broken}; the worker ends, and the next one goes on.\n")
            return BROKEN
        return code or (128 + signals.number if signals.number else 0)
    finally:
        browser.stop()
        orders.finished()


def _serve(
    options: argparse.Namespace,
    settings: Settings,
    secrets: Secrets,
    browser: WarmBrowser,
    orders: Orders,
    signals: StopSignals,
) -> int:
    started = time.perf_counter()
    try:
        patience = Patience(emit_line, lambda: orders.stopping, endless=not options.until_idle)
        home = Path(options.home).resolve()
        with (
            only_one(home, options.name),
            _logged_in(settings, secrets, patience if options.came_back else Patience(emit_line)) as client,
        ):
            delivery = Delivery(client.beside, home, emit_line)
            runner = SuiteRunner(
                home,
                settings,
                secrets,
                client,
                browser,
                listeners=[StepTeller(client.beside)],
                elsewhere=delivery.earlier,
            )
            disk = Disk(home / "evidence", options.least_free_mb)
            secret = host_secret(home, options.name)
            jobs = _jobs(options.jobs, settings)
            given = {"only": options.key, "longest_s": options.deadline, "content": runner.content(jobs)}
            queue = MesJobQueue(client, options.name, secret, **given)
            worker = Worker(queue, runner, jobs, _stopping_too(signals), disk.full, patience, delivery)
            ready = {"event": "ready", "worker": options.name, "browser": browser.start(), "as": browser.runs_as}
            if options.bell:
                Bell(client.beside(), jobs, orders.ring, lambda: orders.stopping, emit_line).listen()
            emit_line({**ready, "seconds": round(time.perf_counter() - started, 3)})
            _follow(worker, orders, until_idle=options.until_idle)
            emit_line({"event": "stopped", "items": worker.items})
            if options.until_idle and worker.failed:
                return FAILED
    except (SettingsError, ItemError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (MesError, MesUnreachable) as error:
        return _ended_by(error, stopping=orders.stopping)
    return 0


def _ended_by(error: MesError | MesUnreachable, *, stopping: bool) -> int:
    """Exit code of a worker that the MES did not answer; one that was to end anyway has ended as it was told."""
    if stopping and is_outage(error):
        return 0
    if isinstance(error, MesError):
        sys.stderr.write(f"The MES refuses the worker: {error.detail}\n")
        return 2
    sys.stderr.write(f"{error}\n")
    return 1


def _logged_in(settings: Settings, secrets: Secrets, patience: Patience) -> MesClient:
    """A client of the MES as the bot, which stays logged in."""
    password = secrets.get("mes").value
    return patience.ask(lambda: MesClient.login(settings.mes.url, settings.mes.user, password, stay=True))


def _jobs(named: str, settings: Settings) -> tuple[str, ...]:
    return tuple(named.split(",")) if named else served(suites_of(SUITES, settings.folders), settings)


def _follow(worker: Worker, orders: Orders, *, until_idle: bool) -> None:
    if until_idle:
        worker.drain(lambda: orders.stopping)
        return
    while not orders.stopping:
        if orders.next() == DRAIN:
            worker.drain(lambda: orders.stopping)


def _stopping_too(signals: StopSignals) -> Emit:
    """After each item, see whether a signal came while it ran, and whether the process can go on."""

    def emit(event: dict[str, Any]) -> None:
        if event["event"] == "item_finished":
            signals.look()
        if event.get("code") in _BREAKS:
            signals.can_not_go_on(_BREAKS[event["code"]])
        emit_line(event)

    return emit


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bots.runtime.worker", description="Runs the bots' work items.")
    parser.add_argument("--home", required=True, help="folder for evidence (BATCHWRIGHT_HOME)")
    parser.add_argument("--jobs", default="", help="jobs to take, separated by commas; all by default")
    parser.add_argument("--key", default=None, help="business key of the one item to take")
    parser.add_argument("--name", default="worker-1", help="stable name of this worker")
    parser.add_argument("--until-idle", action="store_true", help="end when the MES has no item left")
    parser.add_argument(
        "--least-free-mb", type=int, default=LEAST_FREE_MB, help="free MB for evidence below which no item is taken"
    )
    parser.add_argument(
        "--bell", action="store_true", help="while idle, begin when an item is queued, without an order"
    )
    parser.add_argument(
        "--came-back", action="store_true", help="in the place of one that had begun: wait for a MES that is away"
    )
    parser.add_argument(
        "--grace", type=float, default=5.0, help="seconds for the item in hand when the input has ended"
    )
    parser.add_argument(
        "--deadline", type=float, default=LONGEST_S, help="seconds for which an item's lease is renewed at most"
    )
    parser.add_argument("--headed", action="store_true", help="show the browser")
    parser.add_argument("--slow", type=int, default=0, metavar="MS", help="slow each action down")
    return parser


if __name__ == "__main__":
    sys.exit(main())
