"""`batchwright schedules`: what is asked for by the clock, and asking for what has come due."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from batchwright.commands.schedules_kept import end, kept, set_schedule
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, counted, print_answer, text_console
from batchwright.support.settings import main_home
from mes_core.client import MesClient, MesError, MesUnreachable

if TYPE_CHECKING:
    from bots.runtime.schedules import Scheduler
    from keywords.settings import Secrets, Settings

schedules_app = typer.Typer()
schedules_app.command()(kept)
schedules_app.command("set")(set_schedule)
schedules_app.command()(end)
SettingsOption = Annotated[Path | None, typer.Option(help="Settings file; default: BATCHWRIGHT_SETTINGS.")]
SecretsOption = Annotated[Path | None, typer.Option(help="Secrets file; default: BATCHWRIGHT_SECRETS.")]


@schedules_app.command("list")
def list_schedules(settings: SettingsOption = None, output: FormatOption = Format.TEXT) -> None:
    """List the schedules of the settings. When they were last asked for, when next, what has come due meanwhile."""
    from bots.runtime.schedules import Scheduler, due, next_moment

    found = _settings(settings)
    now = found.clock()
    last = Scheduler(found.schedules, _nobody(), main_home().folder, found.clock, _write).last()
    rows: list[dict[str, Any]] = []
    for one in found.schedules:
        waiting = due(one, last.get(one.name, now), now)
        rows.append(
            {
                "name": one.name,
                "job": one.job,
                "batches": one.state or "all",
                "when": one.cron or ", ".join(f"{at:%H:%M}" for at in one.at) or f"every {one.every_min} min",
                "zone": one.zone,
                "catch_up": one.catch_up.value,
                "last": last[one.name].isoformat(timespec="minutes") if one.name in last else "never",
                "due": len(waiting.moments),
                "next": next_moment(one, now).isoformat(timespec="minutes"),
            }
        )
    if output is Format.JSON:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None, pad_edge=False)
    for header in ("Name", "Job", "Batches", "When", "Zone", "Catch-up", "Last (UTC)", "Due", "Next (UTC)"):
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    text_console().print(table if rows else "The settings name no schedule: add one under 'schedules'.")


@schedules_app.command("run")
def run_schedules(
    settings: SettingsOption = None, secrets: SecretsOption = None, output: FormatOption = Format.TEXT
) -> None:
    """Ask now for everything that has come due. A worker does this every minute."""
    found, kept = _settings(settings), _secrets(secrets)
    try:
        with closing(MesClient.login(found.mes.url, found.mes.user, kept.get("mes").value)) as client:
            count = scheduler_of(found, client, _write).tick()
    except MesError as error:
        raise Refused(f"The MES refuses the bot: {error.detail}") from None
    except MesUnreachable as error:
        raise Refused(str(error)) from None
    said = f"{counted(count, 'item')} {'was' if count == 1 else 'were'} asked for."
    print_answer({"asked_for": count}, output, [said])


def scheduler_of(settings: "Settings", mes: MesClient, emit: Callable[[dict[str, Any]], None]) -> "Scheduler":
    """The scheduler of a worker's settings, with its state in the main home."""
    from bots.runtime.schedules import Scheduler

    return Scheduler(settings.schedules, mes, main_home().make().folder, settings.clock, emit)


def each_minute(settings: "Settings", secrets: "Secrets", emit: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
    """What a supervisor calls every minute: log in, ask for what is due; a MES that is away is tried again."""

    def call() -> None:
        if not settings.schedules:
            return
        try:
            with closing(MesClient.login(settings.mes.url, settings.mes.user, secrets.get("mes").value)) as client:
                scheduler_of(settings, client, emit).tick()
        except (MesError, MesUnreachable) as error:
            emit({"event": "schedules_not_run", "message": str(error)})

    return call


def _settings(path: Path | None) -> "Settings":
    from keywords.settings import SETTINGS_NAME, SettingsError, load_settings

    try:
        return load_settings(path or (Path(os.environ[SETTINGS_NAME]) if SETTINGS_NAME in os.environ else None))
    except SettingsError as error:
        raise Refused(str(error)) from None


def _secrets(path: Path | None) -> "Secrets":
    from keywords.settings import SECRETS_NAME, SettingsError, load_secrets

    try:
        return load_secrets(path or (Path(os.environ[SECRETS_NAME]) if SECRETS_NAME in os.environ else None))
    except SettingsError as error:
        raise Refused(str(error)) from None


def _write(event: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(event, default=str) + "\n")
    sys.stdout.flush()


def _nobody() -> Any:
    """No MES is asked for a list."""
    return None
