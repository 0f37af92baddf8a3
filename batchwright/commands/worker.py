"""`batchwright worker`: run the bots."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from batchwright.commands.schedules import each_minute
from batchwright.support.errors import Refused
from batchwright.support.formats import write_line
from batchwright.support.settings import main_home
from bots.runtime.content import SUITES, sites_lacking
from bots.runtime.runner import suites_of
from bots.runtime.supervisor import Supervisor, WorkerPlan
from keywords.browser_finder import NoBrowserError, need_a_screen
from keywords.settings import SECRETS_NAME, SETTINGS_NAME, SettingsError, load_secrets, load_settings


def worker(
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many, each with a browser of its own.")] = 1,
    jobs: Annotated[
        str, typer.Option(help="Jobs to take, separated by commas; default: all whose sites are set.")
    ] = "",
    deadline: Annotated[float, typer.Option(min=5, help="Seconds after which an item's worker is ended.")] = 180.0,
    until_idle: Annotated[bool, typer.Option(help="End when there is nothing left to do.")] = False,
    headed: Annotated[bool, typer.Option(help="Show the browsers.")] = False,
    least_free_mb: Annotated[
        int, typer.Option(min=0, metavar="MB", help="Room for evidence below which no item is taken.")
    ] = 200,
    name: Annotated[str, typer.Option(help="Stable name; workers are NAME-1, NAME-2, ...")] = "worker",
    settings: Annotated[Path | None, typer.Option(help="Settings file; default: BATCHWRIGHT_SETTINGS.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="Secrets file; default: BATCHWRIGHT_SECRETS.")] = None,
) -> None:
    """Run bots. Each worker takes work items from the MES that the settings name, one at a time.

    With --until-idle the exit code is 1 when something failed.
    """
    _look_for_a_screen(headed)
    environment = dict(os.environ)
    for path, variable in ((settings, SETTINGS_NAME), (secrets, SECRETS_NAME)):
        if path is not None:
            environment[variable] = str(path)
    try:
        found = load_settings(Path(environment[SETTINGS_NAME]) if SETTINGS_NAME in environment else None)
        suites = suites_of(SUITES, found.folders)
        kept = load_secrets(Path(environment[SECRETS_NAME]) if SECRETS_NAME in environment else None)
    except SettingsError as error:
        raise Refused(str(error)) from None
    taken = _taken(jobs, suites, sites_lacking(suites, found), found.mes.url)
    plan = WorkerPlan(
        home=main_home().make().folder,
        jobs=taken,
        names=tuple(f"{name}-{number}" for number in range(1, workers + 1)),
        deadline_s=deadline,
        arguments=("--least-free-mb", str(least_free_mb), *(("--headed",) if headed else ())),
        environment=environment,
    )
    supervisor = Supervisor(plan, Telling(taken, found.mes.url, write_line))
    before = [signal.signal(one, _stopper(supervisor)) for one in (signal.SIGINT, signal.SIGTERM)]
    try:
        supervisor.run(until_idle=until_idle, each_minute=each_minute(found, kept, write_line))
    finally:
        for one, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(one, handler)
    if supervisor.broken:
        raise Refused("A worker could not go on, see the lines above: nothing more is taken.")
    if until_idle and supervisor.failed:
        raise typer.Exit(1)


def _taken(named: str, suites: Mapping[str, Path], lacking: Mapping[str, tuple[str, ...]], mes: str) -> tuple[str, ...]:
    """The jobs to take, told in one event with those that are not taken and why.

    Raises:
        Refused: A job that was named is none, or nothing is left to take.
    """
    wanted = tuple(one.strip() for one in named.split(",")) if named else tuple(suites)
    for job in wanted:
        if job not in suites:
            near = get_close_matches(job, suites, n=1)
            meant = f" (did you mean '{near[0]}'?)" if near else ""
            raise Refused(f"There is no bot '{job}'{meant}: there are {', '.join(sorted(suites))}; correct --jobs.")
    taken = wanted if named else tuple(job for job in wanted if not lacking[job])
    left = {job: f"the settings name no site {', '.join(lacking[job])}" for job in suites if lacking[job]}
    left |= {job: "--jobs leaves it out" for job in suites if job not in wanted}
    if not taken:
        raise Refused(
            f"No bot can work with these settings ({'; '.join(f'{job}: {why}' for job, why in left.items())})."
        )
    not_taken = {job: why for job, why in left.items() if job not in taken}
    write_line({"event": "serving", "jobs": list(taken), "mes": mes, "not_taken": not_taken})
    return taken


class Telling:
    """Passes events on; the first time that a worker has nothing to do, with the reason.

    Args:
        jobs: That are taken.
        mes: Address of the MES.
        tell: Receives the events.
    """

    def __init__(self, jobs: Sequence[str], mes: str, tell: Callable[[dict[str, Any]], None]) -> None:
        self._why = (
            f"no item of {', '.join(jobs)} is queued and due at {mes}: 'batchwright jobs list' on its store shows what"
            " there is, 'batchwright jobs ask' puts one there"
        )
        self._tell = tell
        self._told: set[str] = set()

    def __call__(self, event: dict[str, Any]) -> None:
        """Pass one event on."""
        worker = str(event.get("worker", ""))
        if event.get("event") == "item_started":
            self._told.discard(worker)
        if event.get("event") == "idle" and worker not in self._told:
            self._told.add(worker)
            event = {**event, "why": self._why}
        self._tell(event)


def _look_for_a_screen(headed: bool) -> None:
    try:
        if headed:
            need_a_screen()
    except NoBrowserError as error:
        raise Refused(str(error)) from None


def _stopper(supervisor: Supervisor) -> Any:
    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        supervisor.stop(at_once=number == signal.SIGINT)  # at a keyboard somebody waits; a second one ends it at once

    return stop
