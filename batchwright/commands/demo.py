"""`batchwright demo`: batches the whole way, by robots in a real browser."""

from pathlib import Path
from typing import Annotated

import typer

from batchwright.demo.run import DemoOptions, run_demo
from batchwright.support.formats import Format, FormatOption


def demo(
    batches: Annotated[int, typer.Option(min=1, max=1000, help="How many batches.")] = 12,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the pretend plant; the same seed gives the same plant.")
    ] = 2026,
    headed: Annotated[bool, typer.Option(help="Show the browser while the bots work.")] = False,
    slow: Annotated[int, typer.Option(min=0, max=5000, help="Wait this many ms between browser actions.")] = 0,
    defect_rate: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of batches with planted defects.")] = 0.4,
    records: Annotated[Path | None, typer.Option(help="Review real records from this folder instead.")] = None,
    corrupt: Annotated[int, typer.Option(min=0, help="With --records: change this many values in the LIMS.")] = 0,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take batches the whole way, by robots in a real browser. Reviewed, released or held, shipped and filed."""
    options = DemoOptions(batches, seed, headed, slow, defect_rate, records, corrupt, as_json=output is Format.JSON)
    raise typer.Exit(run_demo(options))
