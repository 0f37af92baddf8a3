"""`batchwright practice`: the practice plant of a folder of bots, which stays up between runs."""

from pathlib import Path

import typer

from batchwright.support.formats import MY_BOTS, BotsOption, Format, FormatOption, print_answer

practice_app = typer.Typer()


@practice_app.callback()
def _practice() -> None:
    """The practice plant of your bots, which stays up between runs."""


@practice_app.command()
def show(bots: BotsOption = MY_BOTS, output: FormatOption = Format.TEXT) -> None:
    """Say whether one stays up, and where its sites are. Exit code 1 when there is none."""
    from batchwright.practice.places import read_settings
    from batchwright.practice.staying import found

    folder = bots.absolute()
    wanted = read_settings(folder / "settings.json")
    plant = found(folder, wanted, lambda line: typer.echo(line, err=True), look_only=True)
    if plant is None:
        print_answer({"process": None}, output, [_none(bots)])
        raise typer.Exit(1)
    sites = {name: str(access["url"]) for name, access in plant.settings["sites"].items()}
    told = {"process": plant.process, "mes": plant.settings["mes"]["url"], "sites": sites, "batch": plant.batch}
    lines = [f"Process {plant.process}, batch {plant.batch}", f"MES: {told['mes']}"]
    print_answer(told, output, [*lines, *(f"{name}: {url}" for name, url in sites.items())])


@practice_app.command()
def end(bots: BotsOption = MY_BOTS, output: FormatOption = Format.TEXT) -> None:
    """End it. What was done there stays, and is there again at the next run."""
    from batchwright.practice import staying

    ended = staying.end(bots.absolute())
    print_answer({"ended": ended}, output, [f"The practice plant of {bots} has ended." if ended else _none(bots)])


def _none(bots: Path) -> str:
    return f"No practice plant of {bots} stays up: the next run starts one."
