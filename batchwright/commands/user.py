"""`batchwright user`: accounts of people and bots in the store."""

import os
import stat
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel, ValidationError

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer
from batchwright.support.settings import main_home
from mes_core.domain.errors import DomainError
from mes_core.domain.principals import Role
from mes_core.messages.bounds import in_words

user_app = typer.Typer()


@user_app.callback()
def _accounts() -> None:
    """Accounts of people and bots."""


UserArgument = Annotated[str, typer.Argument(help="User name.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it goes into the audit trail.")]
FileOption = Annotated[Path | None, typer.Option(help="File with the password; default: one is made.")]


@user_app.command()
def add(
    user: UserArgument,
    name: Annotated[str, typer.Option(help="Printed name of a person, as it stands under signatures.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="A role; give the option once for each.")] = None,
    bot: Annotated[bool, typer.Option("--bot", help="A bot's account: it claims work items.")] = False,
    password_file: FileOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Make an account for a person or a bot, in the main store. A demo run has accounts of its own."""
    from batchwright.support.wiring import open_mes, who_runs_this

    roles = [one.value for one in role or ()]
    if bot and (name or roles):
        raise Refused("A bot has no printed name and no roles: leave --name and --role out, or --bot.")
    if not bot and not (name and roles):
        raise Refused("A person needs a printed name and a role: give --name and --role, or --bot for a bot.")
    password = _password(password_file)
    try:
        mes = open_mes(main_home())
        if bot:
            mes.create_bot(user, password, actor=who_runs_this())
        else:
            mes.create_person(user, name, roles, password, actor=who_runs_this())
    except DomainError as error:
        raise Refused(str(error)) from None
    can = f"The bot {user} can claim work items" if bot else f"{name} can log in as {user}"
    lines = [f"{can}, on the main store ('batchwright serve --run main')."]
    said: dict[str, object] = {"user": user, "kind": "bot" if bot else "person", "name": name, "roles": roles}
    _say(said, lines, password if password_file is None else None, output)


@user_app.command("list")
def list_users(output: FormatOption = Format.TEXT) -> None:
    """List accounts. Roles, what is disabled, open sessions."""
    from batchwright.support.wiring import open_mes, who_runs_this

    found = open_mes(main_home()).accounts(who_runs_this())
    lines = [
        f"{one.user}  {one.printed_name}  {', '.join(one.roles) or one.kind}"
        f"{'  disabled' if one.disabled_at else ''}  {one.sessions} open session(s)"
        for one in found
    ]
    print_answer({"accounts": [one.model_dump(mode="json") for one in found]}, output, lines or ["No account yet."])


@user_app.command()
def change(
    user: UserArgument,
    reason: ReasonOption,
    role: Annotated[list[Role] | None, typer.Option(help="The roles from now on; once for each.")] = None,
    disable: Annotated[bool, typer.Option("--disable", help="Nobody logs in or signs with it any more.")] = False,
    enable: Annotated[bool, typer.Option("--enable", help="It may be used again.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Give an account other roles, or disable or enable it. Its sessions end; of roles that sign others are told."""
    from mes_core.messages.accounts import ChangeAccount

    if disable and enable:
        raise Refused("An account can't be disabled and enabled at once: give one of the two.")
    roles = tuple(one.value for one in role) if role else None
    disabled = True if disable else False if enable else None
    body = {"roles": roles, "disabled": disabled, "reason": reason, "password": ""}
    _done("change_account", user, ChangeAccount, body, output, f"The account {user} is changed; its sessions ended.")


@user_app.command()
def reset(
    user: UserArgument, reason: ReasonOption, password_file: FileOption = None, output: FormatOption = Format.TEXT
) -> None:
    """Give an account another password. A person has to change it before anything else."""
    from mes_core.messages.accounts import ResetPassword

    password = _password(password_file)
    body = {"new_password": password, "reason": reason, "password": ""}
    said = f"The account {user} has another password; its sessions ended."
    _done("reset_password", user, ResetPassword, body, output, said, password if password_file is None else None)


@user_app.command("end-sessions")
def end_sessions(user: UserArgument, reason: ReasonOption, output: FormatOption = Format.TEXT) -> None:
    """End every session of an account."""
    from mes_core.messages.accounts import EndSessions

    body = {"reason": reason, "password": ""}
    _done("end_sessions", user, EndSessions, body, output, f"Every session of {user} is over.")


def _done(
    act: str,
    user: str,
    shape: type[BaseModel],
    body: dict[str, Any],
    output: Format,
    said: str,
    password: str | None = None,
) -> None:
    """Carry out a change of an account by the program, on behalf of who runs it."""
    from batchwright.support.wiring import open_mes, who_runs_this

    try:
        view = getattr(open_mes(main_home()), act)(user, shape.model_validate(body), who_runs_this())
    except ValidationError as error:
        raise Refused(f"This can't be taken ({in_words(error.errors()[0])}): see 'batchwright user --help'.") from None
    except DomainError as error:
        raise Refused(str(error)) from None
    _say(view.model_dump(mode="json"), [said], password, output)


def _say(said: dict[str, object], lines: list[str], password: str | None, output: Format) -> None:
    if password is not None:
        lines.append(f"Password, shown this once: {password}")
        said["password"] = password
    print_answer(said, output, lines)


def _password(file: Path | None) -> str:
    if file is None:
        from mes_core.services.people import passwords

        return passwords.made()
    try:
        if os.name != "nt" and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            raise Refused(f"{file} can be read by others: 'chmod 600 {file}' first.")
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Refused(f"{file} can't be read ({error.strerror}): check the path.") from None
