"""`batchwright jobs`: see and change what the bots have to do."""

import getpass
import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from batchwright.support.errors import Refused
from batchwright.support.formats import MY_BOTS, BotsOption, Format, FormatOption, RunOption, print_answer, write_line
from batchwright.support.settings import Home, home_to_serve, main_home
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.domain.errors import DomainError
from mes_core.messages.views import NewWorkItem, WorkItemView
from mes_core.services import Mes

jobs_app = typer.Typer()
ItemArgument = Annotated[str, typer.Argument(help="Its business key or number: 'batchwright jobs list' shows them.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it goes into the audit trail.")]
_STATES = ("queued", "running", "waiting", "done", "cancelled")


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
            write_line(item.model_dump(mode="json"))
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
        write_line(shown)
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


@jobs_app.command()
def ask(
    job: Annotated[str, typer.Argument(help="Name of the bot.")],
    batch: Annotated[str, typer.Argument(help="Number of the batch.")],
    key: Annotated[str, typer.Option(help="Business key; default: JOB:BATCH. The same key never makes two.")] = "",
    payload: Annotated[str, typer.Option(help="More that the suite shall know, as a JSON object.")] = "{}",
    bots: BotsOption = MY_BOTS,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Put an item for a bot into the queue, and say of which store."""
    home, mes = _open(run)
    _unless_unknown(job, bots)
    try:
        more = json.loads(payload)
        asked = NewWorkItem(job=job, business_key=key or f"{job}:{batch}", batch_id=batch, payload=more)
        item: WorkItemView = mes.ask_for_item(asked, who_runs_this())
    except DomainError as error:
        raise Refused(str(error)) from None
    except ValueError as error:
        raise Refused(f"That is no item: {str(error).splitlines()[0]}.") from None
    said = f"Item {item.item_id} ({item.business_key}) is {item.state} in the store {home.folder}."
    print_answer({**item.model_dump(mode="json"), "store": str(home.folder)}, output, [said])


def _unless_unknown(job: str, bots: Path) -> None:
    """Stop where no bot of that name is known here: its item would wait for a worker that never comes.

    Raises:
        Refused: Neither ours, nor in the folder of bots, nor in those of the worker's settings.
    """
    from difflib import get_close_matches

    from bots.runtime.content import SUITES
    from bots.runtime.runner import suites_of
    from keywords.settings import SETTINGS_NAME, SettingsError, load_settings

    try:
        folders = load_settings().folders if os.environ.get(SETTINGS_NAME) else ()
        more = [bots.resolve()] if bots.is_dir() and bots.resolve() not in folders else []
        known = suites_of(SUITES, [*folders, *more])
    except SettingsError as error:
        raise Refused(str(error)) from None
    if job not in known:
        near = get_close_matches(job, known, n=1)
        meant, there = f" (did you mean '{near[0]}'?)" if near else "", ", ".join(sorted(known))
        raise Refused(f"There is no bot '{job}'{meant}: there are {there}; name the folder of yours with --bots.")
