"""`batchwright config`: the settings file of a machine, explained and checked."""

import os
from pathlib import Path
from typing import Annotated

import typer

from batchwright.support import config_file
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer

config_app = typer.Typer()
FileArgument = Annotated[Path | None, typer.Argument(help=f"The file; default: the one in {config_file.VARIABLE}.")]


@config_app.callback()
def _config() -> None:
    """One file with every setting of a machine."""


@config_app.command()
def check(file: FileArgument = None, output: FormatOption = Format.TEXT) -> None:
    """Check the file. Line and key of each fault, exit code 1 when there is one; nothing is changed."""
    path = _named(file)
    variables, faults = config_file.read(path)
    hidden = [name for name in sorted(variables) if os.environ.get(name, variables[name]) != variables[name]]
    answer = {"file": str(path), "faults": [one._asdict() for one in faults], "overridden": hidden}
    lines = [config_file.sentence(path, one) for one in faults] or [
        f"{path} is in order: {len(variables)} settings.",
        *(f"{name} is set in the environment too, which stands." for name in hidden),
    ]
    print_answer(answer, output, lines)
    if faults:
        raise typer.Exit(1)


@config_app.command()
def explain(output: FormatOption = Format.TEXT) -> None:
    """Tell every section and key. With its variable and what it says."""
    rows = [
        {"key": f"{section}.{key}", "variable": one.variable, "meaning": one.said}
        for section, keys in config_file.SETTINGS.items()
        for key, one in keys.items()
    ]
    print_answer(rows, output, [f"{row['key']:22} {row['meaning']} ({row['variable']})" for row in rows])


def _named(file: Path | None) -> Path:
    named = os.environ.get(config_file.VARIABLE)
    if file is None and not named:
        raise Refused(f"No settings file is named: give one, or set {config_file.VARIABLE}.")
    return file or Path(str(named)).expanduser()
