"""`batchwright new bot` and `batchwright run`: for those who write suites."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from batchwright.new_bot import NewBot
from batchwright.practice import plant as practice
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, print_answer
from batchwright.support.settings import main_home
from mes_core.messages.views import WorkItemView

new_app = typer.Typer(help="Make a bot of your own.")
BotsOption = Annotated[Path, typer.Option(help="Folder of your bots, with settings.json.")]
_HERE = Path("my_bots")


@new_app.callback()
def _new() -> None:
    """Make a bot of your own."""


@new_app.command("bot")
def new_bot(
    name: Annotated[str, typer.Argument(help="Such as storage_request: small letters, digits and underscores.")],
    bots: BotsOption = _HERE,
    output: FormatOption = Format.TEXT,
) -> None:
    """Make a bot that runs at once, against a practice desk. A suite, a site folder, a test and a settings entry."""
    made = NewBot(name, bots).make()
    lines = [
        *map(str, made),
        "",
        f"Watch it work:  batchwright run {name} --practice --headed --slow 300 --bots {bots}",
        f"Without screen: batchwright run {name} --practice --bots {bots}",
        f"Test it:        robot {bots / 'tests'}",
    ]
    print_answer({"files": [str(path) for path in made], "tests": str(bots / "tests")}, output, lines)


def run(
    job: Annotated[str, typer.Argument(help="Name of the bot, such as courier_scheduling.")],
    key: Annotated[str, typer.Argument(help="Business key or number of the item; in practice also of the batch.")] = "",
    headed: Annotated[bool, typer.Option(help="Show the browser.")] = False,
    slow: Annotated[int, typer.Option(min=0, max=5000, help="Wait this many ms between browser actions.")] = 0,
    bots: BotsOption = _HERE,
    practise: Annotated[bool, typer.Option("--practice", help="On a pretend plant, kept in BOTS/.practice.")] = False,
    afresh: Annotated[bool, typer.Option(help="With --practice: forget what was practised before.")] = False,
    settings: Annotated[Path | None, typer.Option(help="Settings file; default: BATCHWRIGHT_SETTINGS.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="Secrets file; default: BATCHWRIGHT_SECRETS.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Run one item of a bot here and now, and show every step. Exit code 0 when it is done, 1 when it failed."""
    # Robot Framework and Playwright take a second to import; only this command needs them.
    from batchwright.practice.one_item import Result, run_item, show

    def told(event: dict[str, Any]) -> None:
        if output is Format.TEXT:
            show(Console(), event)

    with _place(bots, practise=practise, afresh=afresh, settings=settings, secrets=secrets) as place:
        item = place.plant.item(job, key or place.plant.batch) if place.plant else None
        wanted = item.business_key if item else key
        if not wanted:
            raise Refused("Say which item: 'batchwright run JOB KEY'; 'batchwright jobs list' shows the keys.")
        result: Result = run_item(place.home, place.settings, place.secrets, job, wanted, told, headed, slow)
    if output is Format.JSON:
        typer.echo(json.dumps(result.plain(), default=str))
    else:
        result.say(Console())
    if result.failed:
        raise typer.Exit(1)


def ask(
    job: Annotated[str, typer.Argument(help="Name of the bot.")],
    batch: Annotated[str, typer.Argument(help="Number of the batch.")],
    key: Annotated[str, typer.Option(help="Business key; default: JOB:BATCH. The same key never makes two.")] = "",
    payload: Annotated[str, typer.Option(help="More that the suite shall know, as a JSON object.")] = "{}",
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Put an item for a bot into the queue."""
    from batchwright.support.settings import home_to_serve
    from batchwright.support.wiring import open_mes, who_runs_this
    from mes_core.domain.errors import DomainError
    from mes_core.messages.views import NewWorkItem

    try:
        more = json.loads(payload)
        asked = NewWorkItem(job=job, business_key=key or f"{job}:{batch}", batch_id=batch, payload=more)
        item: WorkItemView = open_mes(home_to_serve(main_home(), run)).ask_for_item(asked, who_runs_this())
    except DomainError as error:
        raise Refused(str(error)) from None
    except ValueError as error:
        raise Refused(f"That is no item: {str(error).splitlines()[0]}.") from None
    said = f"Item {item.item_id} ({item.business_key}) is {item.state}."
    print_answer(item.model_dump(mode="json"), output, [said])


@dataclass(frozen=True)
class _Place:
    """Where an item runs, and as whom."""

    home: Path
    settings: Path
    secrets: Path
    plant: practice.Practice | None = None


@contextmanager
def _place(
    bots: Path, *, practise: bool, afresh: bool, settings: Path | None, secrets: Path | None
) -> Iterator[_Place]:
    from keywords.settings import SECRETS_NAME, SETTINGS_NAME

    if not practise:
        named = {SETTINGS_NAME: settings, SECRETS_NAME: secrets}
        paths = {name: path or os.environ.get(name) for name, path in named.items()}
        missing = [name for name, path in paths.items() if not path]
        if missing:
            raise Refused(f"{missing[0]} is not set: name the files of a worker, or try the bot with --practice.")
        yield _Place(main_home().make().folder, Path(str(paths[SETTINGS_NAME])), Path(str(paths[SECRETS_NAME])))
        return
    folder = bots.absolute()
    wanted = practice.read_settings(folder / "settings.json")
    if afresh:
        practice.forget(folder)
    with practice.practising(folder, wanted) as plant:
        path = plant.home.folder / "worker-settings.json"
        path.write_text(json.dumps({**plant.settings, "folders": [str(folder)]}, indent=1), encoding="utf-8")
        yield _Place(plant.home.folder, path, plant.home.folder / "worker-secrets.json", plant)
