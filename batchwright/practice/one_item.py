"""One item, run in this process, step by step before the eyes of whoever wrote the suite."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from batchwright.support.errors import Refused
from bots.runtime.job_queue import MesJobQueue
from bots.runtime.keeper import host_secret
from bots.runtime.runner import SuiteRunner
from bots.runtime.signals import StopSignals
from bots.runtime.worker import Worker
from keywords.browser import BrowserOptions, WarmBrowser
from keywords.browser_finder import NoBrowserError, find_browser, need_a_screen
from keywords.settings import SettingsError, load_secrets, load_settings
from mes_core.client import MesClient, MesError, MesUnreachable
from mes_core.messages.views import WorkItemView

Event = dict[str, Any]
_DEEPEST = 2


class Steps:
    """A Robot Framework listener that tells of the steps of a task and of the steps below them."""

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._depth = 0

    def start_keyword(self, data: Any, result: Any) -> None:
        """A step begins."""
        del data, result
        self._depth += 1

    def end_keyword(self, data: Any, result: Any) -> None:
        """A step has ended."""
        del data
        if self._depth <= _DEEPEST and result.status in ("PASS", "FAIL"):
            self._tell(
                {
                    "event": "step",
                    "name": result.name,
                    "depth": self._depth,
                    "ok": result.passed,
                    "seconds": result.elapsed_time.total_seconds(),
                }
            )
        self._depth -= 1


@dataclass
class Result:
    """How the item ended: what the worker said of it, or that there was nothing left to do."""

    home: Path
    item: WorkItemView
    finished: Event = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return bool(self.finished) and self.finished["result"] == "failed"

    def plain(self) -> dict[str, Any]:
        """As plain data, for programs."""
        said = self.finished or {"result": "done before", "output": self.item.output or {}}
        known = self.item.evidence.path if self.item.evidence else None
        path = said.get("evidence", known)
        return {
            "item": self.item.item_id,
            "business_key": self.item.business_key,
            **{name: said.get(name) for name in ("result", "family", "code", "message", "seconds", "output", "where")},
            "evidence": str(self.home / path) if path else None,
        }

    def say(self, console: Console) -> None:
        """In words."""
        for line in self._lines():
            console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _lines(self) -> list[str]:
        told = self.plain()
        if not self.finished:
            lines = [f"{told['business_key']} was done before; nothing was done again."]
        elif self.failed:
            lines = [f"{told['family']} {told['code']}: {told['message']}"]
            where = told["where"]
            lines += [f"In {where['path']}, line {where['line']}: {where['keyword']}"] if where else []
        else:
            lines = [f"{told['business_key']} is done, in {told['seconds']:.1f} s."]
        lines += [f"  {name}: {value}" for name, value in (told["output"] or {}).items()]
        if told["evidence"]:
            pictures = sorted((Path(told["evidence"]) / "pictures").glob("*.png"))
            lines += [f"Picture: {pictures[-1]}"] if self.failed and pictures else []
            lines.append(f"Log: {Path(told['evidence']) / 'log.html'}")
        return lines


def run_item(
    home: Path,
    settings_file: Path,
    secrets_file: Path,
    job: str,
    key: str,
    tell: Callable[[Event], None],
    headed: bool,
    slow_ms: int,
    once: bool = False,
    record: bool = False,
) -> Result:
    """Run the item of a job under a business key until it is done, failed for good, or waits for a person.

    With `once` a first failure ends it, whether it might pass or not; with `record` the evidence holds a recording.

    Raises:
        Refused: There is no such item, it can't be claimed now, or the MES, settings or browser can't be used.
    """
    try:
        settings, secrets = load_settings(settings_file), load_secrets(secrets_file)
        if headed:
            need_a_screen()
        browser = WarmBrowser(find_browser(headed=headed), BrowserOptions(headed, slow_ms, record))
        with MesClient.login(settings.mes.url, settings.mes.user, secrets.get("mes").value) as mes:
            item = _find(mes, job, key)
            if item.state == "done":
                return Result(home, item)
            events: list[Event] = []
            runner = SuiteRunner(home, settings, secrets, mes, browser, listeners=[Steps(tell)])

            def note(event: Event) -> None:
                events.append(event)
                tell(event)

            queue = MesJobQueue(mes, "by-hand", host_secret(home, "by-hand"), only=item.business_key)
            _drain(Worker(queue, runner, (job,), note), browser, once=once)
            item = _find(mes, job, key)
    except (SettingsError, NoBrowserError, MesUnreachable) as error:
        raise Refused(str(error)) from None
    except MesError as error:
        raise Refused(error.detail) from None
    finished = [event for event in events if event["event"] == "item_finished"]
    if not finished:
        raise Refused(_why_not(item))
    return Result(home, item, finished[-1])


def _drain(worker: Worker, browser: WarmBrowser, *, once: bool) -> None:
    """Run what there is, with `once` one attempt; Ctrl-C and SIGTERM let nothing leave from that moment, and no attempt
    follows."""
    with StopSignals(at_once=browser.gate.stop).taken() as signals:
        try:
            worker.drain(lambda: signals.number != 0 or (once and worker.items > 0))
        finally:
            browser.stop()
    if signals.number:
        raise KeyboardInterrupt


def _find(mes: MesClient, job: str, key: str) -> WorkItemView:
    for one in mes.work_items():
        if one.job == job and key in (one.business_key, one.item_id):
            return one
    raise Refused(
        f"There is no item {key!r} of {job}: 'batchwright jobs list' shows what there is, and 'batchwright jobs ask"
        f" {job} BATCH' puts one into the queue."
    )


def _why_not(item: WorkItemView) -> str:
    if item.state == "waiting":
        said = f"{item.family} {item.code}: {item.message}" if item.family else "no reason is given"
        return f"{item.business_key} waits for a person ({said}): free it with 'batchwright jobs retry'."
    if item.state == "running":
        return f"{item.business_key} is in the hands of {item.worker}: wait, or take it with 'batchwright jobs adopt'."
    return f"{item.business_key} is {item.state} and can't start now: see whether its batch is on hold."


def show(console: Console, event: Event) -> None:
    """Print a step as it ends, and which attempt begins where there are more."""
    if event["event"] == "item_started" and event["attempt"] > 1:
        console.print(f"Attempt {event['attempt']}:", highlight=False)
    if event["event"] == "step":
        mark = "[green]✓[/green]" if event["ok"] else "[red]✗[/red]"
        step = f"{'  ' * event['depth']}{mark} {escape(event['name'])}  [dim]{event['seconds']:.2f} s[/dim]"
        console.print(step, highlight=False)
