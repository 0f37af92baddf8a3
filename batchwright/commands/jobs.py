"""`batchwright jobs`: see and change what the bots have to do."""

import json
from typing import Annotated

import typer

from batchwright.support.desk import Desk, MesOption, UserOption, desk_at, said_plainly
from batchwright.support.errors import Refused
from batchwright.support.formats import (
    MY_BOTS,
    BotsOption,
    Format,
    FormatOption,
    RunOption,
    print_answer,
    text_console,
    write_line,
)
from batchwright.support.known_bots import unless_unknown
from batchwright.support.settings import home_to_serve, main_home
from mes_core.messages.views import NewWorkItem, WorkItemView
from mes_core.messages.work import Act

jobs_app = typer.Typer()
ItemArgument = Annotated[str, typer.Argument(help="Its business key or number: 'batchwright jobs list' shows them.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it goes into the audit trail.")]
_STATES = ("queued", "running", "waiting", "done", "cancelled")


@jobs_app.command("list")
@said_plainly
def list_jobs(
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(_STATES)}.")] = None,
    batch: Annotated[str | None, typer.Option(help="Items of one batch.")] = None,
    run: RunOption = None,
    mes: MesOption = None,
    user: UserOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """List work items, those that wait with the reason."""
    if state is not None and state not in _STATES:
        raise Refused(f"There is no state '{state}': use one of {', '.join(_STATES)}.")
    with desk_at(mes, user, run) as desk:
        items = tuple(desk.items(state, batch))
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
        text_console().print(line, highlight=False, soft_wrap=True)


@jobs_app.command()
@said_plainly
def show(
    item: ItemArgument,
    run: RunOption = None,
    mes: MesOption = None,
    user: UserOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show everything about one item. Payload, output, why it failed, and where its evidence lies."""
    with desk_at(mes, user, run) as desk:
        found = _find(desk, item)
        effects = [one for one in desk.effects(found.batch_id) if one.item_id == found.item_id]
    told = found.model_dump(mode="json")
    told["effects"] = [one.model_dump(mode="json") for one in effects]
    if found.evidence and mes is None:
        told["evidence_at"] = str(home_to_serve(main_home(), run).folder / found.evidence.path)
    if output is Format.JSON:
        write_line(told)
    else:
        text_console().print_json(json.dumps(told, ensure_ascii=False))


def _find(desk: Desk, item: str) -> WorkItemView:
    found = desk.find(item)
    if found is None:
        raise Refused(f"There is no work item '{item}': look at 'batchwright jobs list'.")
    return found


def _change(act: Act, item: str, reason: str, where: tuple[str | None, str | None, str | None], output: Format) -> None:
    with desk_at(*where) as desk:
        changed = desk.change(act, _find(desk, item).item_id, reason)
    said = f"Item {changed.item_id} ({changed.business_key}) is {changed.state}."
    print_answer(changed.model_dump(mode="json"), output, [said])


@jobs_app.command()
@said_plainly
def retry(
    item: ItemArgument,
    reason: ReasonOption = "tried again by hand",
    run: RunOption = None,
    mes: MesOption = None,
    user: UserOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Try an item again that waits for a person. What it did already is not done twice."""
    _change(Act.RETRY, item, reason, (mes, user, run), output)


@jobs_app.command()
@said_plainly
def cancel(
    item: ItemArgument,
    reason: ReasonOption = "cancelled by hand",
    run: RunOption = None,
    mes: MesOption = None,
    user: UserOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take an item out of the queue."""
    _change(Act.CANCEL, item, reason, (mes, user, run), output)


@jobs_app.command()
@said_plainly
def adopt(
    item: ItemArgument,
    reason: ReasonOption = "its worker is gone",
    run: RunOption = None,
    mes: MesOption = None,
    user: UserOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Free an item whose worker will not come back. Should it wake up, nothing it sends is let out any more."""
    _change(Act.ADOPT, item, reason, (mes, user, run), output)


@jobs_app.command()
@said_plainly
def ask(
    job: Annotated[str, typer.Argument(help="Name of the bot.")],
    batch: Annotated[str, typer.Argument(help="Number of the batch.")],
    key: Annotated[str, typer.Option(help="Business key; default: JOB:BATCH. The same key never makes two.")] = "",
    payload: Annotated[str, typer.Option(help="More that the suite shall know, as a JSON object.")] = "{}",
    bots: BotsOption = MY_BOTS,
    run: RunOption = None,
    mes: MesOption = None,
    user: UserOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Put an item for a bot into the queue, and say of which store."""
    if mes is None:
        unless_unknown(job, bots)
    try:
        more = json.loads(payload)
        asked = NewWorkItem(job=job, business_key=key or f"{job}:{batch}", batch_id=batch, payload=more)
    except ValueError as error:
        raise Refused(f"That is no item: {str(error).splitlines()[0]}.") from None
    with desk_at(mes, user, run) as desk:
        item = desk.ask(asked)
    store = mes or str(home_to_serve(main_home(), run).folder)
    said = f"Item {item.item_id} ({item.business_key}) is {item.state} in the store {store}."
    print_answer({**item.model_dump(mode="json"), "store": store}, output, [said])
