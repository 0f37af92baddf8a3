"""`batchwright worker` and `batchwright jobs`: run the bots, and see and change what they have to do."""

import getpass
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from batchwright.commands.schedules import each_minute
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, print_answer
from batchwright.support.settings import Home, home_to_serve, main_home
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.domain.errors import DomainError
from mes_core.messages.views import WorkItemView
from mes_core.services import Mes

if TYPE_CHECKING:
    from bots.runtime.supervisor import Supervisor

jobs_app = typer.Typer(help="What the bots have to do. See it, try it again, cancel it, take it from a dead worker.")
ItemArgument = Annotated[str, typer.Argument(help="Its business key or number: 'batchwright jobs list' shows them.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it goes into the audit trail.")]
_STATES = ("queued", "running", "waiting", "done", "cancelled")


def worker(
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many, each with a browser of its own.")] = 1,
    jobs: Annotated[str, typer.Option(help="Jobs to take, separated by commas; default: all.")] = "",
    deadline: Annotated[float, typer.Option(min=5, help="Seconds after which an item's worker is ended.")] = 180.0,
    until_idle: Annotated[bool, typer.Option(help="End when there is nothing left to do.")] = False,
    headed: Annotated[bool, typer.Option(help="Show the browsers.")] = False,
    least_free_mb: Annotated[
        int, typer.Option(min=0, metavar="MB", help="Room for evidence below which no item is taken.")
    ] = 200,
    name: Annotated[str, typer.Option(help="Stable name; workers are NAME-1, NAME-2, ...")] = "worker",
    settings: Annotated[Path | None, typer.Option(help="Settings file; default: BATCHWRIGHT_SETTINGS.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="Secrets file; default: BATCHWRIGHT_SECRETS.")] = None,
) -> None:
    """Run bots. Each worker takes work items from the MES that the settings name, one at a time."""
    # Robot Framework takes a second to import; only this command needs it.
    from bots.runtime.runner import SUITES, suites_of
    from bots.runtime.supervisor import Supervisor, WorkerPlan
    from keywords.settings import SECRETS_NAME, SETTINGS_NAME, SettingsError, load_secrets, load_settings

    _look_for_a_screen(headed)
    environment = dict(os.environ)
    for path, variable in ((settings, SETTINGS_NAME), (secrets, SECRETS_NAME)):
        if path is not None:
            environment[variable] = str(path)
    try:
        found = load_settings(Path(environment[SETTINGS_NAME]) if SETTINGS_NAME in environment else None)
        every_job = tuple(suites_of(SUITES, found.folders))
        kept = load_secrets(Path(environment[SECRETS_NAME]) if SECRETS_NAME in environment else None)
    except SettingsError as error:
        raise Refused(str(error)) from None
    plan = WorkerPlan(
        home=main_home().make().folder,
        jobs=tuple(jobs.split(",")) if jobs else every_job,
        names=tuple(f"{name}-{number}" for number in range(1, workers + 1)),
        deadline_s=deadline,
        arguments=("--least-free-mb", str(least_free_mb), *(("--headed",) if headed else ())),
        environment=environment,
    )
    supervisor = Supervisor(plan, _write)
    before = [signal.signal(one, _stopper(supervisor)) for one in (signal.SIGINT, signal.SIGTERM)]
    try:
        supervisor.run(until_idle=until_idle, each_minute=each_minute(found, kept, _write))
    finally:
        for one, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(one, handler)


def _look_for_a_screen(headed: bool) -> None:
    from keywords.browser_finder import NoBrowserError, need_a_screen

    try:
        if headed:
            need_a_screen()
    except NoBrowserError as error:
        raise Refused(str(error)) from None


def _stopper(supervisor: "Supervisor") -> Any:
    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        supervisor.stop()

    return stop


def _write(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event, default=str) + "\n")
    sys.stdout.flush()


def _open(run: str | None) -> tuple[Home, Mes]:
    home = home_to_serve(main_home(), run)
    return home, open_mes(home)


@jobs_app.command("list")
def list_jobs(
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(_STATES)}.")] = None,
    batch: Annotated[str | None, typer.Option(help="Items of one batch.")] = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List work items, those that wait with the reason."""
    if state is not None and state not in _STATES:
        raise Refused(f"There is no state '{state}': use one of {', '.join(_STATES)}.")
    try:
        items = _open(run)[1].work_items(state=state, batch_id=batch)
    except DomainError as error:
        raise Refused(str(error)) from None
    if output is Format.JSON:
        for item in items:
            _write(item.model_dump(mode="json"))
        return
    if not items:
        nothing = f"No item is {state}." if state else "There is nothing to do and nothing was done."
        _lines([nothing if batch is None else f"{nothing[:-1]} for batch {batch}."])
        return
    # Keys are there to be copied: a line that is too long for the window is wrapped by it, not cut into columns.
    rows = [("Key", "Job", "State", "Tries", "Due"), *(_row(item) for item in items)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for number, item in enumerate(items, start=1):
        if item.family and item.state != "done":
            lines[number] += f"\n    {item.family} {item.code}: {item.message}"
    _lines(lines)


def _row(item: WorkItemView) -> tuple[str, ...]:
    due = "-" if item.due_at.startswith("9999") else item.due_at[:10]
    return item.business_key, item.job, item.state, str(item.attempts), due


def _lines(lines: list[str]) -> None:
    for line in lines:
        Console().print(line, highlight=False, markup=False, soft_wrap=True)


@jobs_app.command()
def show(item: ItemArgument, run: RunOption = None, output: FormatOption = Format.TEXT) -> None:
    """Show everything about one item. Payload, output, why it failed, and where its evidence lies."""
    home, mes = _open(run)
    found = _find(mes, item)
    shown = found.model_dump(mode="json")
    shown["effects"] = [
        one.model_dump(mode="json") for one in mes.effects(found.batch_id) if one.item_id == found.item_id
    ]
    if found.evidence:
        shown["evidence_at"] = str(home.folder / found.evidence.path)
    if output is Format.JSON:
        _write(shown)
    else:
        Console().print_json(json.dumps(shown, ensure_ascii=False))


def _find(mes: Mes, item: str) -> WorkItemView:
    for one in mes.work_items():
        if item in (one.item_id, one.business_key):
            return one
    raise Refused(f"There is no work item '{item}': look at 'batchwright jobs list'.")


def _change(act: str, item: str, reason: str, run: str | None, output: Format) -> None:
    mes = _open(run)[1]
    found = _find(mes, item)
    try:
        changed = getattr(mes, f"{act}_item")(found.item_id, f"{reason} ({getpass.getuser()})", who_runs_this())
    except DomainError as error:
        raise Refused(str(error)) from None
    said = f"Item {changed.item_id} ({changed.business_key}) is {changed.state}."
    print_answer(changed.model_dump(mode="json"), output, [said])


@jobs_app.command()
def retry(
    item: ItemArgument,
    reason: ReasonOption = "tried again by hand",
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Try an item again that waits for a person. What it did already is not done twice."""
    _change("retry", item, reason, run, output)


@jobs_app.command()
def cancel(
    item: ItemArgument,
    reason: ReasonOption = "cancelled by hand",
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take an item out of the queue."""
    _change("cancel", item, reason, run, output)


@jobs_app.command()
def adopt(
    item: ItemArgument,
    reason: ReasonOption = "its worker is gone",
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Free an item whose worker will not come back. Should it wake up, nothing it sends is let out any more."""
    _change("adopt", item, reason, run, output)
