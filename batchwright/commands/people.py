"""`batchwright people`: whose the names in records are."""

from typing import Annotated

import typer

from batchwright.commands.rules_approve import ask_password
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer
from batchwright.support.settings import main_home
from mes_core.domain.errors import DomainError
from mes_core.messages.people import MapName

people_app = typer.Typer(help="Whose the names in records are.")


@people_app.command("list")
def list_names(
    unknown: Annotated[bool, typer.Option(help="Only names that nobody knows yet.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Names in records of no account. Whose they are said to be, and which nobody knows."""
    from batchwright.support.wiring import open_mes

    found = open_mes(main_home()).names_in_records(unknown=unknown)
    lines = []
    for one in found:
        whose = "not known" if one.mapped_by is None else (one.user or "nobody with an account")
        where = f" (in {len(one.batches)} batches, {one.batches[0]})" if one.batches else ""
        lines.append(f"{one.name}: {whose}{where}")
    print_answer({"names": [one.model_dump(mode="json") for one in found]}, output, lines or ["Every name is known."])


@people_app.command("map")
def map_names(
    names: Annotated[list[str], typer.Argument(help="Names as records spell them.")],
    user: Annotated[str, typer.Option(help="The administrator who signs.")],
    reason: Annotated[str, typer.Option(help="How you know, such as the list of staff.")],
    to: Annotated[str | None, typer.Option(help="User name of the person; none: somebody without an account.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say whose names in records are, signed. The password is asked, or taken from BATCHWRIGHT_PASSWORD."""
    from batchwright.support.wiring import open_mes

    password, mes = ask_password(user), open_mes(main_home())
    try:
        who = mes.authenticate(mes.login(user, password).token)
        signed = {"reason": reason, "password": password, "user_name": user}
        made = [mes.map_name(MapName.model_validate({"name": one, "user": to, **signed}), who) for one in names]
    except DomainError as error:
        raise Refused(str(error)) from None
    lines = [f"{one.name} is {one.user or 'nobody with an account'}." for one in made]
    print_answer({"names": [one.model_dump(mode="json") for one in made]}, output, lines)
