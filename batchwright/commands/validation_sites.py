"""`batchwright validation site-checks`: each site's folder compared with its pages, as evidence of a run."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer
from batchwright.support.wiring import clock


def site_checks(
    evidence: Annotated[Path, typer.Option(help="Folder with the evidence of a run.")] = Path(
        ".batchwright/validation-evidence"
    ),
    settings: Annotated[Path | None, typer.Option(help="Settings with your own sites; default: practice.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="Secrets file; default: BATCHWRIGHT_SECRETS.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="Of a site, several times; default: all of them.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Compare each site's folder with its pages, as evidence. On your own sites with --settings, else on practice's."""
    from batchwright.validation import site_checks as found
    from batchwright.validation.record import write
    from batchwright.validation.run_record import read_run

    run = read_run(evidence)
    if run is None or run.ended_at:
        state = "is sealed" if run else "was not begun"
        raise Refused(f"The run in {evidence} {state}: begin one with 'batchwright validation begin', and check then.")
    on = f"the sites of {settings.name}" if settings else "the practice sites"
    with _practice(settings) as practice:
        names = product or _named(settings or practice / "settings.json")
        checks = [_check(name, settings, secrets, None if settings else practice) for name in names]
    write(evidence / found.FILE, found.document(clock(), on, checks).encode())
    read, _ = found.read_site_checks(evidence)
    lines = [f"{one.product}: {one.says}" for one in (read.checks if read else ())]
    print_answer({"file": str(evidence / found.FILE), "checks": checks}, output, lines)
    if any(one["moved"] for one in checks):
        raise typer.Exit(1)


def _check(name: str, settings: Path | None, secrets: Path | None, practice: Path | None) -> dict[str, Any]:
    from batchwright.site_desk.visiting import visiting
    from keywords.provenance import folder_hash
    from keywords.site_folders.checking import check_site

    with tempfile.TemporaryDirectory(prefix="batchwright-site-check-") as pictures:
        with visiting(name, settings, secrets, practice, Path(pictures)) as visit:
            checked = check_site(visit).plain()
            about = {"product": visit.folder.name, "folder": folder_hash(visit.folder)}
        for one in checked["moved"]:
            one.pop("picture", None)  # it goes with its folder
    return {**about, **checked}


@contextmanager
def _practice(settings: Path | None) -> Iterator[Path]:
    """A folder of bots that names every pretend product, each under its kind; not used where settings are named."""
    from batchwright.demo.plant import PRODUCTS, SITE_BOT

    with tempfile.TemporaryDirectory(prefix="batchwright-site-check-") as name:
        folder = Path(name)
        if settings is None:
            sites = {
                kind: {"url": "http://127.0.0.1", "product": one, "user": SITE_BOT} for kind, one in PRODUCTS.items()
            }
            said = {"mes": {"url": "http://127.0.0.1", "user": SITE_BOT}, "sites": sites}
            (folder / "settings.json").write_text(json.dumps(said), encoding="utf-8")
        yield folder


def _named(settings: Path) -> list[str]:
    """Every site that settings name."""
    from keywords.settings import SettingsError, load_settings

    try:
        return list(load_settings(settings).sites)
    except SettingsError as error:
        raise Refused(str(error)) from None
