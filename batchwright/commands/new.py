"""`batchwright new bot`: for those who write suites."""

from typing import Annotated

import typer

from batchwright.new_bot import NewBot
from batchwright.support.formats import MY_BOTS, BotsOption, Format, FormatOption, print_answer

new_app = typer.Typer()


@new_app.callback()
def _new() -> None:
    """Make a bot of your own."""


@new_app.command("bot")
def new_bot(
    name: Annotated[str, typer.Argument(help="Such as storage_request: small letters, digits and underscores.")],
    bots: BotsOption = MY_BOTS,
    output: FormatOption = Format.TEXT,
) -> None:
    """Make a bot that runs at once, against a practice desk. A suite, a site folder, a test and a settings entry."""
    made = NewBot(name, bots).make()
    lines = [
        *map(str, made),
        "",
        f"Watch it work:  batchwright run {name} --practice --headed --slow 300 --bots {bots}",
        f"Without screen: batchwright run {name} --practice --bots {bots}",
        f"Test it:        robot {bots / 'tests'}",
    ]
    print_answer({"files": [str(path) for path in made], "tests": str(bots / "tests")}, output, lines)
