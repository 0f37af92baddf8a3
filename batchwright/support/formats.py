"""How commands print."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console


class Format(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


RunOption = Annotated[str | None, typer.Option(help="A demo run by name, or 'main'; default: the newest store.")]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]


def print_answer(value: Any, output: Format, lines: list[str]) -> None:
    """Print an answer as one JSON document (what is not known is null), or as lines for people."""
    if output is Format.JSON:
        known = json.loads(json.dumps(value, default=plain), parse_constant=lambda _: None)
        print(json.dumps(known, ensure_ascii=False, allow_nan=False))  # noqa: T201 - the answer of the command
    else:
        for line in lines:
            Console().print(line, highlight=False, markup=False, soft_wrap=True)


def plain(value: Any) -> Any:
    """What JSON does not know: arrays as lists, everything else as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)
