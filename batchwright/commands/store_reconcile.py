"""`batchwright store reconcile` and `thaw`: what the sites show, compared with a restored store."""

import json
from pathlib import Path
from typing import Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, print_answer, text_console, working
from batchwright.support.settings import home_to_serve, main_home
from batchwright.support.wiring import clock, open_mes, who_runs_this
from mes_core.domain.errors import DomainError
from mes_core.messages.reconciliation import Compared, ExpectedEffect, Finding, SiteReading

_QUIET = (Finding.AGREES, Finding.WILL_BE_ADOPTED)


def reconcile(
    run: RunOption = None,
    settings: Annotated[Path | None, typer.Option(help="Settings file; default: BATCHWRIGHT_SETTINGS.")] = None,
    secrets: Annotated[Path | None, typer.Option(help="Secrets file; default: BATCHWRIGHT_SECRETS.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """After a restore: compare the store with the sites. What disagrees stops its batch.

    Exit code 1 when something disagrees or could not be read.
    """
    home = home_to_serve(main_home(), run)
    mes = open_mes(home)
    try:
        expected = mes.to_compare() if mes.frozen() else ()
        with working("Reading the sites"):
            found = mes.compare(_read(expected, home.evidence, settings, secrets), who_runs_this())
    except DomainError as error:
        raise Refused(str(error)) from None
    loud = [one for one in found if one.finding not in _QUIET]
    if output is Format.JSON:
        said = {finding.name.lower(): [one.sentence for one in found if one.finding is finding] for finding in Finding}
        print(json.dumps({"compared": len(found), **said}, ensure_ascii=False))  # noqa: T201 - the answer of the command
    else:
        _tell(found, loud)
    if loud:
        raise typer.Exit(1)


def _tell(found: tuple[Compared, ...], loud: list[Compared]) -> None:
    for one in found:
        if one.finding is not Finding.AGREES:
            _say(one.sentence)
    _say(f"{len(found)} effects were looked for on the sites; {len(loud)} need a person.")
    if not loud:
        _say("The queues may go on: 'batchwright store thaw --reason ...'.")


def _read(
    expected: tuple[ExpectedEffect, ...], evidence: Path, settings: Path | None, secrets: Path | None
) -> tuple[SiteReading, ...]:
    """Ask the sites, with a browser whose gate lets no change pass; its pictures stay with the evidence."""
    if not expected:
        return ()
    from keywords.browser import BrowserOptions, WarmBrowser
    from keywords.browser_finder import NoBrowserError, find_browser
    from keywords.context import ItemContext
    from keywords.evidence_folder import EvidenceFolder
    from keywords.reconcile import read_back
    from keywords.settings import SettingsError, load_secrets, load_settings
    from mes_core.client import MesClient

    try:
        known, kept = load_settings(settings), load_secrets(secrets)
        browser = WarmBrowser(find_browser(), BrowserOptions())
    except (SettingsError, NoBrowserError) as error:
        raise Refused(str(error)) from None
    folder = EvidenceFolder(evidence / f"restore-{clock():%Y%m%d-%H%M%S}")
    try:
        with MesClient(known.mes.url) as nobody:  # nothing is asked of the MES: the store is here
            context = ItemContext(known, kept, nobody, browser, folder, item={})
            browser.start()
            browser.gate.begin_item()
            return read_back(context, expected)
    finally:
        browser.stop()


def thaw(
    reason: Annotated[str, typer.Option(help="Who looked, and what was found.")],
    accept_not_read: Annotated[
        bool, typer.Option(help="You looked by hand at what could not be read; the trail names each.")
    ] = False,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Let the queues go on after a restore. The sites are compared first."""
    try:
        open_mes(home_to_serve(main_home(), run)).thaw(reason, who_runs_this(), accept_not_read=accept_not_read)
    except DomainError as error:
        raise Refused(str(error)) from None
    print_answer({"frozen": False, "reason": reason}, output, ["The queues go on."])


def _say(sentence: str) -> None:
    text_console().print(sentence, highlight=False, soft_wrap=True)
