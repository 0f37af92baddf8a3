"""`batchwright import`: batches, and results of instruments, from files into the main store."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from batchwright.commands.exchange import import_b2mml
from batchwright.commands.instrument import import_instrument
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, text_console
from batchwright.support.settings import main_home
from batchwright.support.wiring import clock, open_mes, who_runs_this
from mes_core.exchange import pharma_1005
from mes_core.exchange.errors import ImportRefused, RowRefused
from mes_core.messages import BatchRecord, Observation
from mes_core.services.batches.records import ImportCount

import_app = typer.Typer()
_SHOWN_REFUSALS = 20


@import_app.command("pharma-1005")
def import_pharma_1005(
    folder: Annotated[Path, typer.Argument(help="Folder with Laboratory.csv and Process.csv.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Import the published tablet batches. Žagar & Mihelič, Scientific Data 9:99, 2022."""
    started = time.monotonic()
    refused: list[RowRefused] = []
    lines: dict[str, int] = {}
    try:
        rows = pharma_1005.checked(folder, now=clock())
    except ImportRefused as error:
        raise Refused(str(error)) from None
    console = text_console(stderr=True)
    with progress(console) as bar:
        task = bar.add_task("Importing", total=pharma_1005.count_rows(folder))

        def taken() -> Iterator[tuple[BatchRecord, tuple[Observation, ...]]]:
            for row in rows:
                if isinstance(row, RowRefused):
                    refused.append(row)
                else:
                    bar.advance(task)
                    lines[row.record.batch_id] = row.line
                    yield row.record, (row.observation,)

        count = open_mes(main_home()).import_batches(taken(), who_runs_this())
    refused += [RowRefused(pharma_1005.LABORATORY, lines[batch], why) for batch, why in count.refused]
    _say(count, refused, time.monotonic() - started, output)


def _say(count: ImportCount, refused: list[RowRefused], seconds: float, output: Format) -> None:
    if output is Format.JSON:
        rows_refused = [vars(row) for row in refused]
        said = {
            "taken": count.taken,
            "unchanged": count.unchanged,
            "refused": rows_refused,
            "seconds": round(seconds, 2),
        }
        print(json.dumps(said))  # noqa: T201 - the answer of the command
        return
    out = text_console()
    out.print(
        f"Took {count.taken} batches, {count.unchanged} were there already, refused {len(refused)} rows"
        f" ({seconds:.1f} s). Source: Žagar & Mihelič, Scientific Data 9:99 (2022), CC BY 4.0.",
        soft_wrap=True,
    )
    for row in refused[:_SHOWN_REFUSALS]:
        out.print(f"  {row.file} line {row.line}: {row.why}", soft_wrap=True, highlight=False)
    if len(refused) > _SHOWN_REFUSALS:
        out.print(f"  and {len(refused) - _SHOWN_REFUSALS} more; --format json lists all.")


import_app.command("b2mml")(import_b2mml)
import_app.command("instrument")(import_instrument)


def progress(console: Console) -> Progress:
    """A progress bar on standard error, gone when done; silent where standard error is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
