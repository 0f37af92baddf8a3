"""`batchwright bots`: which suites and sites would run here; their author puts them forward, another approves."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchwright.commands.rules_approve import ask_password
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer
from batchwright.support.settings import main_home

if TYPE_CHECKING:
    from mes_core.messages.approvals import Content

bots_app = typer.Typer()
KindArgument = Annotated[str, typer.Argument(help="suite or site.")]
NameArgument = Annotated[str, typer.Argument(help="The job of a suite, or the product of a site.")]
SettingsOption = Annotated[Path | None, typer.Option(help="Settings file; default: BATCHWRIGHT_SETTINGS.")]


@bots_app.callback()
def _bots() -> None:
    """Suites and sites as they are here, and their approval."""


@bots_app.command("list")
def list_content(settings: SettingsOption = None, output: FormatOption = Format.TEXT) -> None:
    """List what would run here. In production only what is approved is handed an item."""
    from batchwright.support.wiring import open_mes

    mes = open_mes(main_home())
    rows = []
    for one in _content(settings):
        view = mes.approved(one.kind, one.name)
        approved = bool(view and view.content_hash == one.content_hash)
        rows.append({**one.model_dump(mode="json"), "approved": approved, "by": view.printed_name if view else None})
    lines = [f"{row['kind']} {row['name']}  {row['content_hash'][:12]}  {_said(row)}" for row in rows]
    print_answer({"content": rows}, output, lines or ["Nothing would run here: name sites in the settings."])


@bots_app.command()
def propose(
    kind: KindArgument,
    name: NameArgument,
    user: Annotated[str, typer.Option(help="Who wrote it, or answers for it as its author.")],
    version: Annotated[str, typer.Option(help="What its author calls this version.")] = "1",
    settings: SettingsOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Put a suite or a site forward for approval, as its author."""
    from batchwright.support.wiring import open_mes
    from mes_core.domain.errors import DomainError
    from mes_core.messages.approvals import NewProposal

    one = _named(kind, name, settings)
    mes = open_mes(main_home())
    try:
        author = mes.authenticate(mes.login(user, ask_password(user)).token)
        view = mes.propose(NewProposal.model_validate({**_named_as(one), "version": version}), author)
    except DomainError as error:
        raise Refused(str(error)) from None
    said = f"The {kind} {name} ({one.content_hash[:12]}) is put forward by {user}; another person approves it."
    print_answer(view.model_dump(mode="json"), output, [said])


@bots_app.command()
def approve(
    kind: KindArgument,
    name: NameArgument,
    user: Annotated[str, typer.Option(help="Who signs: quality assurance or a qualified person.")],
    reason: Annotated[str, typer.Option(help="Why it is put in force: the change, and its impact assessment.")],
    version: Annotated[str, typer.Option(help="What its author calls this version.")] = "1",
    settings: SettingsOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Put a suite or a site in force, signed."""
    from batchwright.support.wiring import open_mes
    from mes_core.domain.errors import DomainError
    from mes_core.messages.approvals import NewApproval

    one, password = _named(kind, name, settings), ask_password(user)
    signed = {"password": password, "user_name": user, "reason": reason, "meaning": f"I approve this {kind} for use."}
    mes = open_mes(main_home())
    try:
        signer = mes.authenticate(mes.login(user, password).token)
        view = mes.approve(NewApproval.model_validate({**_named_as(one), "version": version, **signed}), signer)
    except DomainError as error:
        raise Refused(str(error)) from None
    said = f"The {kind} {name} ({one.content_hash[:12]}) is in force, signed by {view.printed_name}."
    print_answer(view.model_dump(mode="json"), output, [said])


def _content(settings: Path | None) -> "tuple[Content, ...]":
    """The suites and sites that a worker with these settings would run."""
    from bots.runtime.content import SUITES, content, served
    from bots.runtime.runner import suites_of
    from keywords.settings import SettingsError, load_settings

    try:
        found = load_settings(settings)
        suites = suites_of(SUITES, found.folders)
        return content(found, suites, served(suites, found))
    except SettingsError as error:
        raise Refused(str(error)) from None


def _named(kind: str, name: str, settings: Path | None) -> "Content":
    for one in _content(settings):
        if (one.kind.value, one.name) == (kind, name):
            return one
    raise Refused(f"No {kind} {name!r} would run here: see 'batchwright bots list'.")


def _named_as(one: "Content") -> dict[str, object]:
    return one.model_dump(include={"kind", "name", "content_hash"})


def _said(row: dict[str, object]) -> str:
    return f"approved by {row['by']}" if row["approved"] else "not approved"
