"""What commands have in common: options, and how they print."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


RunOption = Annotated[str | None, typer.Option(help="A demo run by name, or 'main'; default: the newest store.")]
MY_BOTS = Path("my_bots")


def _here(bots: Path) -> Path:
    """The folder of bots: the current one, where nothing was said and somebody stands inside of it."""
    inside = bots == MY_BOTS and not bots.exists() and Path("settings.json").is_file() and Path("bots").is_dir()
    return Path.cwd() if inside else bots


BotsOption = Annotated[Path, typer.Option(help="Folder of your bots, with settings.json.", callback=_here)]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]


def print_answer(value: Any, output: Format, lines: list[str]) -> None:
    """Print an answer as one JSON document (what is not known is null), or as lines for people."""
    if output is Format.JSON:
        known = json.loads(json.dumps(value, default=plain), parse_constant=lambda _: None)
        print(json.dumps(known, ensure_ascii=False, allow_nan=False))  # noqa: T201 - the answer of the command
    else:
        for line in lines:
            text_console().print(line, highlight=False, soft_wrap=True)


def text_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Prints texts as they are: what somebody else wrote may look like styles (`[/]`) or names of pictures (`:x:`)."""
    return Console(stderr=stderr, width=width, markup=False, emoji=False)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show a person at a terminal that something takes its time; programs and files see nothing of it."""
    console = Console(stderr=True)
    with console.status(f"{what} ...") if console.is_terminal else nullcontext():
        yield


def plain(value: Any) -> Any:
    """What JSON does not know: arrays as lists, everything else as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def write_line(value: Any) -> None:
    """Write one JSON document as a line at once, as programs read answers of many parts."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
    sys.stdout.flush()


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"
