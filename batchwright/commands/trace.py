"""`batchwright trace`: where cells and materials come from and go to."""

from typing import Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, counted, text_console
from batchwright.support.settings import home_to_serve, main_home
from batchwright.support.wiring import open_mes
from mes_core.domain.errors import DomainError
from mes_core.messages.genealogy import Traced


def trace(
    kind: Annotated[Traced, typer.Argument(help="What to trace.")],
    number: Annotated[str, typer.Argument(help="Its number: patient code, donation number, lot, batch, booking.")],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Trace cells and materials. Every batch that a thing touched, and everything that touched those batches."""
    try:
        graph = open_mes(home_to_serve(main_home(), run)).trace(kind, number)
    except DomainError as error:
        raise Refused(str(error)) from None
    if output is Format.JSON:
        print(graph.model_dump_json())  # noqa: T201 - the answer of the command
        return
    console = text_console()
    console.print(
        f"{counted(graph.batches, 'batch', 'batches')}, {counted(len(graph.nodes), 'thing')}:", highlight=False
    )
    for edge in graph.edges:
        source, target = graph.nodes[edge.source], graph.nodes[edge.target]
        line = f"  {source.kind.value} {source.key} {edge.how} {target.kind.value} {target.key}"
        console.print(line, highlight=False, soft_wrap=True)
