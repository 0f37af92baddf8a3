"""`batchwright doctor`: whether this machine is fit for its work."""

import typer
from rich.table import Table

from batchwright.support.formats import Format, FormatOption, print_answer, text_console, working


def doctor(output: FormatOption = Format.TEXT) -> None:
    """Look whether this machine is fit for its work.

    Browser, clock, disk, rights, store, queue, evidence, rules, sites, certificates and backup. Exit code 1 when
    something is bad; a warning changes nothing.
    """
    from batchwright.commands import fitness  # imports the store and its migrations
    from batchwright.support.wiring import clock

    with working("Looking at this machine"):
        found = fitness.looks(clock())
    if output is Format.JSON:
        print_answer([one._asdict() for one in found], output, [])
    else:
        table = Table(box=None, pad_edge=False)
        for header in ("", "What", "Found", "What to do"):
            table.add_column(header, overflow="fold")
        for one in found:
            table.add_row(one.state, one.what, one.found, one.advice)
        text_console().print(table)
    if any(one.state == fitness.BAD for one in found):
        raise typer.Exit(1)
