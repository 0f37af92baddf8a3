"""`batchwright user`: accounts of people and bots in the store."""

import os
import secrets
import stat
from pathlib import Path
from typing import Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer
from batchwright.support.settings import main_home
from mes_core.domain.errors import DomainError
from mes_core.domain.principals import Role

user_app = typer.Typer()


@user_app.callback()
def _accounts() -> None:
    """Accounts of people and bots."""


@user_app.command()
def add(
    user: Annotated[str, typer.Argument(help="User name.")],
    name: Annotated[str, typer.Option(help="Printed name, as it stands under signatures.")],
    role: Annotated[list[Role], typer.Option(help="A role; give the option once for each.")],
    password_file: Annotated[Path | None, typer.Option(help="File with the password; default: one is made.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Make an account for a person, in the main store. A demo run has accounts of its own."""
    from batchwright.support.wiring import open_mes, who_runs_this

    password = _password(password_file)
    try:
        open_mes(main_home()).create_person(user, name, [one.value for one in role], password, actor=who_runs_this())
    except DomainError as error:
        raise Refused(str(error)) from None
    lines = [f"{name} can log in as {user}, on the main store ('batchwright serve --run main')."]
    said: dict[str, object] = {"user": user, "name": name, "roles": [one.value for one in role]}
    if password_file is None:
        lines.append(f"Password, shown this once: {password}")
        said["password"] = password
    print_answer(said, output, lines)


def _password(file: Path | None) -> str:
    if file is None:
        return f"{secrets.token_urlsafe(12)}-Aa1"
    try:
        if os.name != "nt" and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            raise Refused(f"{file} can be read by others: 'chmod 600 {file}' first.")
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Refused(f"{file} can't be read ({error.strerror}): check the path.") from None
