"""`batchwright site`: for whoever connects a system of their own. Try its folder, check it, learn it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import MY_BOTS, BotsOption, Format, FormatOption, print_answer, working
from batchwright.support.settings import main_home

if TYPE_CHECKING:
    from keywords.settings import Secrets
    from keywords.site_folders.visit import Visit

site_app = typer.Typer()
ProductArgument = Annotated[str, typer.Argument(help="Product of the site, or its name in the settings.")]
SettingsOption = Annotated[Path | None, typer.Option(help="Settings file; default: BATCHWRIGHT_SETTINGS.")]
SecretsOption = Annotated[Path | None, typer.Option(help="Secrets file; default: BATCHWRIGHT_SECRETS.")]
PracticeOption = Annotated[bool, typer.Option("--practice", help="On the practice plant of BOTS.")]
PicturesOption = Annotated[Path | None, typer.Option(help="Folder for pictures; default: in the home.")]


@site_app.callback()
def _site() -> None:
    """Connect a system of your own. Its folder is learnt, tried and checked; nothing is changed by trying."""


@site_app.command("try")
def try_site(
    product: ProductArgument,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="LIST.FILTER=VALUE, for a list that is to be searched.")
    ] = None,
    rows: Annotated[int, typer.Option(min=0, max=1000, help="How many rows of each list to show.")] = 3,
    batch: Annotated[str, typer.Option(help="A batch, for lists that only the product's own flow opens.")] = "",
    settings: SettingsOption = None,
    secrets: SecretsOption = None,
    practise: PracticeOption = False,
    bots: BotsOption = MY_BOTS,
    pictures: PicturesOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Open each list and form of a site. Says what was read, refused or ambiguous. Exit code 1: a bot would stop."""
    from batchwright.site_desk.said import trial_lines
    from keywords.site_folders.trying import SiteTrial

    with _visit(product, settings, secrets, practise, bots, pictures) as visit:
        tried = SiteTrial(visit, _filters(filters or []), rows, batch).run()
        lines = trial_lines(visit, tried)
        answer = {"product": product, "url": visit.url, "pictures": str(visit.evidence.path)}
    print_answer({**answer, "tried": [one.plain() for one in tried]}, output, lines)
    if any(one.refused for one in tried):
        raise typer.Exit(1)


@site_app.command()
def check(
    product: ProductArgument,
    accept: Annotated[
        bool, typer.Option("--accept", help="Write the likely new words into the site's folder.")
    ] = False,
    user: Annotated[str, typer.Option(help="In production: who puts the new words forward; another approves.")] = "",
    settings: SettingsOption = None,
    secrets: SecretsOption = None,
    practise: PracticeOption = False,
    bots: BotsOption = MY_BOTS,
    pictures: PicturesOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Compare a site's folder with its live pages. Says what moved, word by word. Exit code 1: something did."""
    from batchwright.site_desk.accepting import accept_words
    from batchwright.site_desk.said import check_lines
    from keywords.site_folders.checking import check_site

    with _visit(product, settings, secrets, practise, bots, pictures) as visit:
        checked = check_site(visit)
        taken = accept_words(visit, checked, user) if accept and checked.diff else ""
    lines = [*check_lines(visit, checked, accepted=bool(taken)), *([taken] if taken else [])]
    about = {"product": product, "url": visit.url, "accepted": bool(taken), "pictures": str(visit.evidence.path)}
    print_answer({**about, **checked.plain()}, output, lines)
    if checked.unproposed if taken else checked.moved:
        raise typer.Exit(1)


@site_app.command("learn")
def learn_site(
    name: Annotated[str, typer.Option(help="Of the product: small letters, digits and underscores.")],
    url: Annotated[
        str, typer.Argument(help="Address of the site; best one for testing, since the form is sent once.")
    ] = "",
    user: Annotated[str, typer.Option(help="The bot's account on the site.")] = "bot",
    walk: Annotated[Path | None, typer.Option(help="Steps to follow (YAML) instead of a person in a window.")] = None,
    key: Annotated[str, typer.Option(help="Text that is typed into the field that carries our key.")] = "learn-1",
    secrets: SecretsOption = None,
    practise: Annotated[bool, typer.Option("--practice", help="From a practice desk that comes along.")] = False,
    desk: Annotated[str, typer.Option(help="With --practice: the pretend product, such as lims_benchview.")] = "",
    bots: BotsOption = MY_BOTS,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write a site's folder from one walk through log-in, list and form. Close the window when the walk is over."""
    from batchwright.site_desk.learning import Lesson, learn, on_practice

    if bool(url) is practise:
        raise Refused("Say which site: its address, or --practice for a desk to practise on.")
    if desk and not practise:
        raise Refused("--desk goes with --practice: it says which pretend product stands in for a site.")
    place = on_practice(name, user, bots, desk) if practise else nullcontext((url, _kept(secrets) if walk else None))
    with place as there:
        address, kept = there
        if walk is None and output is Format.TEXT:
            known = f" as '{user}' with the password '{kept.get(name).value}'" if practise and kept else ""
            typer.echo(
                f"Log in{known}, open the form, type '{key}' into the field that carries your reference, send it, open"
                " the list in which it shows, and close the window. The form is really sent."
            )
        with working("Walking") if walk else nullcontext():
            made = learn(Lesson(address, name, user, bots, key, settled=not practise, practice=desk), walk, kept)
    tried = f"batchwright site try {name}{' --practice' if practise else ''}"
    lines = [*map(str, made.files), "", f"Learnt in {made.seconds:.0f} s. Look at it: {tried}"]
    told = {"files": [str(path) for path in made.files], "words": made.words, "seconds": round(made.seconds, 1)}
    print_answer(told, output, lines)


@contextmanager
def _visit(
    product: str, settings: Path | None, secrets: Path | None, practise: bool, bots: Path, pictures: Path | None
) -> "Iterator[Visit]":
    """A visit to the site, with a browser that is ended afterwards."""
    from batchwright.site_desk.visiting import visiting

    place = pictures or main_home().folder / "site-pictures"
    with (
        working(f"Looking at {product}"),
        visiting(product, settings, secrets, bots if practise else None, place) as visit,
    ):
        yield visit


def _kept(path: Path | None) -> "Secrets":
    from keywords.settings import SettingsError, load_secrets

    try:
        return load_secrets(path)
    except SettingsError as error:
        raise Refused(str(error)) from None


def _filters(given: list[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in given:
        where, equals, value = one.partition("=")
        name, dot, key = where.partition(".")
        if not (equals and dot and name and key):
            raise Refused(f"{one!r} is no filter: write LIST.FILTER=VALUE, such as results.batch=CT-26-0001.")
        found.setdefault(name, {})[key] = value
    return found
