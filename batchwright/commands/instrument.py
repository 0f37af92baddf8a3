"""`batchwright import instrument`: results from the file of an instrument."""

import os
from pathlib import Path
from typing import Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, text_console
from batchwright.support.settings import main_home
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.domain.errors import DomainError
from mes_core.exchange.errors import ImportRefused


def import_instrument(
    file: Annotated[Path, typer.Argument(help="An instrument's export, or the Allotrope Simple Model as JSON.")],
    vendor: Annotated[
        str | None, typer.Option(help="What instrument it is from, as allotropy names it: beckman-vi-cell-blu, ...")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="Time zone of the instrument's clock, where the file does not say: Europe/Berlin."),
    ] = None,
    batch: Annotated[str | None, typer.Option(help="The batch of the samples; default: it follows from them.")] = None,
    known_only: Annotated[bool, typer.Option(help="Leave out samples that no record names.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take the results of an instrument's file. They go to the batches of its samples; again, it changes nothing."""
    from mes_core.exchange import instrument

    try:
        python = instrument.default_python(os.environ.get("BATCHWRIGHT_ALLOTROPY_PYTHON"))
        read = instrument.read(file, vendor=vendor, zone=timezone, python=python)
        done = open_mes(main_home()).import_results(read, who_runs_this(), batch_id=batch, known_only=known_only)
    except (ImportRefused, DomainError) as error:
        raise Refused(str(error)) from None
    if output is Format.JSON:
        print(done.model_dump_json())  # noqa: T201 - the answer of the command
        return
    taken = ", ".join(f"{count} for batch {name}" for name, count in done.taken.items()) or "none"
    out = f"; left out: {'; '.join(done.left_out)}" if done.left_out else ""
    said = f"Results taken: {taken}; there already: {done.unchanged}{out}."
    text_console().print(said, highlight=False, soft_wrap=True)
