"""`batchwright schedules kept|set|end`: schedules in the MES itself, changed by signature."""

from typing import Annotated

import typer
from pydantic import ValidationError

from batchwright.support.desk import MesOption, connected, password_of
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, print_answer
from batchwright.support.settings import home_to_serve, main_home
from mes_core.domain.errors import DomainError
from mes_core.messages.bounds import in_words
from mes_core.messages.schedules import Missed, ScheduleView, SetSchedule

NameArgument = Annotated[str, typer.Argument(help="Name of the schedule: small letters, digits and underscores.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it is signed with the change.")]
MesAddress = Annotated[str, typer.Option("--mes", metavar="URL", help="The MES that keeps the schedules.")]
WhoOption = Annotated[str, typer.Option("--user", help="Who signs; the password is asked for, or read from the input.")]


def kept(mes: MesOption = None, run: RunOption = None, output: FormatOption = Format.TEXT) -> None:
    """List the schedules that the MES keeps. When each was last asked for, and its next five moments."""
    if mes is not None:
        with connected(mes, None) as client:
            _show(client.schedules(), output)
        return
    from batchwright.support.wiring import open_mes

    try:
        found = open_mes(home_to_serve(main_home(), run)).schedules()
    except DomainError as error:
        raise Refused(str(error)) from None
    _show(found, output)


def set_schedule(
    name: NameArgument,
    mes: MesAddress,
    user: WhoOption,
    job: Annotated[str, typer.Option(help="The bot.")],
    cron: Annotated[str, typer.Option(help="Five fields, as '30 2 * * MON-FRI'.")],
    reason: ReasonOption,
    zone: Annotated[str, typer.Option(help="Time zone of the fields.")] = "UTC",
    state: Annotated[str, typer.Option(help="Of the batches that it is asked for; default: every batch.")] = "",
    catch_up: Annotated[Missed, typer.Option(help="What becomes of moments that were missed.")] = Missed.ONCE,
    output: FormatOption = Format.TEXT,
) -> None:
    """Make or change a schedule, signed. What came due by the clock is asked for by the server."""
    words = {"name": name, "job": job, "cron": cron, "zone": zone, "state": state, "catch_up": catch_up}
    _sign(mes, user, {**words, "reason": reason}, output)


def end(
    name: NameArgument, mes: MesAddress, user: WhoOption, reason: ReasonOption, output: FormatOption = Format.TEXT
) -> None:
    """End a schedule, signed. What was asked for stays."""
    _sign(mes, user, {"name": name, "job": "none", "cron": "0 0 1 1 *", "ended": True, "reason": reason}, output)


def _sign(mes: str, user: str, words: dict[str, object], output: Format) -> None:
    password = password_of(user)
    try:
        change = SetSchedule.model_validate({**words, "password": password, "user_name": user})
    except ValidationError as error:
        first = error.errors()[0]
        raise Refused(f"That is no schedule: {first['loc'][0]} {in_words(first)}.") from None
    with connected(mes, user, password) as client:
        found = client.set_schedule(change)
        client.logout()
    _show(found, output)


def _show(found: tuple[ScheduleView, ...], output: Format) -> None:
    lines = []
    for one in found:
        last = one.last.isoformat(timespec="minutes") if one.last else "never"
        upcoming = ", ".join(f"{at:%Y-%m-%d %H:%M}" for at in one.next)
        about = f"{one.job} for {one.state or 'every batch'}, {one.cron} ({one.zone}), missed: {one.catch_up.value}"
        lines += [f"{one.name}: {about}", f"    last {last}; next (UTC) {upcoming}"]
    print_answer(
        [one.model_dump(mode="json") for one in found], output, lines or ["The MES keeps no schedule: 'schedules set'."]
    )
