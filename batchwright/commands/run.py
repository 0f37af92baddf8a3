"""`batchwright run`: one item of a bot, here and now."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from batchwright.practice.one_item import Result, run_item, show
from batchwright.support.errors import Refused
from batchwright.support.formats import MY_BOTS, BotsOption, Format, FormatOption
from batchwright.support.known_bots import unless_unknown
from batchwright.support.settings import main_home
from keywords.settings import SECRETS_NAME, SETTINGS_NAME

if TYPE_CHECKING:
    from batchwright.practice.staying import Plant


def run(
    job: Annotated[str, typer.Argument(help="Name of the bot, such as courier_scheduling.")],
    key: Annotated[str, typer.Argument(help="Business key or number of the item; in practice also of the batch.")] = "",
    headed: Annotated[bool, typer.Option(help="Show the browser.")] = False,
    slow: Annotated[int, typer.Option(min=0, max=5000, help="Wait this many ms between browser actions.")] = 0,
    record: Annotated[bool, typer.Option(help="Keep a trace and a film of the browser in the evidence.")] = False,
    bots: BotsOption = MY_BOTS,
    practise: Annotated[bool, typer.Option("--practice", help="On a pretend plant, kept in BOTS/.practice.")] = False,
    afresh: Annotated[bool, typer.Option(help="With --practice: forget what was practised before.")] = False,
    once: Annotated[
        bool, typer.Option("--once", help="One attempt: a failure that may pass is not tried again.")
    ] = False,
    settings: Annotated[Path | None, typer.Option(help="Settings file; default: BATCHWRIGHT_SETTINGS.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="Secrets file; default: BATCHWRIGHT_SECRETS.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Run one item of a bot here and now, and show every step. Exit code 0 when it is done, 1 when it failed."""

    def told(event: dict[str, Any]) -> None:
        if output is Format.TEXT:
            show(Console(), event)

    with _place(job, bots, practise=practise, afresh=afresh, settings=settings, secrets=secrets) as place:
        item = place.plant.item(job, key or place.plant.batch) if place.plant else None
        wanted = item.business_key if item else key
        if not wanted:
            raise Refused("Say which item: 'batchwright run JOB KEY'; 'batchwright jobs list' shows the keys.")
        files = (place.home, place.settings, place.secrets)
        result: Result = run_item(*files, job, wanted, told, headed, slow, once, record)
    if output is Format.JSON:
        typer.echo(json.dumps(result.plain(), default=str))
    else:
        result.say(Console())
    if result.failed:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Place:
    """Where an item runs, and as whom."""

    home: Path
    settings: Path
    secrets: Path
    plant: "Plant | None" = None


@contextmanager
def _place(
    job: str, bots: Path, *, practise: bool, afresh: bool, settings: Path | None, secrets: Path | None
) -> Iterator[_Place]:
    if not practise:
        named = {SETTINGS_NAME: settings, SECRETS_NAME: secrets}
        paths = {name: path or os.environ.get(name) for name, path in named.items()}
        missing = [name for name, path in paths.items() if not path]
        if missing:
            raise Refused(f"{missing[0]} is not set: name the files of a worker, or try the bot with --practice.")
        yield _Place(main_home().make().folder, Path(str(paths[SETTINGS_NAME])), Path(str(paths[SECRETS_NAME])))
        return
    from batchwright.practice.places import read_settings
    from batchwright.practice.staying import at_practice, forget, need_the_twin

    need_the_twin()
    folder = bots.absolute()
    wanted = read_settings(folder / "settings.json")
    unless_unknown(job, folder)
    if afresh:
        forget(folder)
    with at_practice(folder, wanted, say=lambda line: typer.echo(line, err=True)) as plant:
        path = plant.home.folder / "worker-settings.json"
        path.write_text(json.dumps({**plant.settings, "folders": [str(folder)]}, indent=1), encoding="utf-8")
        yield _Place(plant.home.folder, path, plant.home.folder / "worker-secrets.json", plant)
