"""`batchwright review`: reviews of what a store holds, without a browser."""

import json
import sys
import time
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, counted, text_console
from batchwright.support.settings import home_to_serve, main_home, store_address
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.domain.errors import DomainError
from mes_core.messages.views import VerdictView


def review(
    batch: Annotated[str | None, typer.Argument(help="One batch; or use --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every batch in the store.")] = False,
    run: Annotated[str | None, typer.Option(help="A demo run by name; default: 'main', where imports go.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Review batches from what a store holds, without a browser."""
    if everything == (batch is not None):
        raise Refused("Name one batch, or say --all: 'batchwright review B-1' or 'batchwright review --all'.")
    review_stored(batch, run=run, as_json=output is Format.JSON)


def review_stored(batch: str | None, *, run: str | None = None, as_json: bool) -> None:
    """Review one batch or all, from what the main store holds or that of a demo run; of one, every finding is shown.

    Raises:
        Refused: there is no store, no such batch, or nothing to review.
    """
    home = home_to_serve(main_home(), run) if run else main_home()
    if store_address(home) == home.store and not home.store.is_file():
        raise Refused(f"There is no store in {home.folder}: import batches first ('batchwright import').")
    started = time.monotonic()
    mes = open_mes(home)
    who = who_runs_this()
    aside: dict[str, str] = {}
    if batch is not None:
        try:
            verdicts: Iterator[VerdictView] = iter([mes.review(batch, (), who)])
        except DomainError as error:
            raise Refused(str(error)) from None
    else:
        verdicts = mes.review_all(who, put_aside=aside.__setitem__)
    counts: dict[str, int] = {}
    fired: dict[str, int] = {}
    for view in verdicts:
        counts[view.verdict.verdict.value] = counts.get(view.verdict.verdict.value, 0) + 1
        for finding in view.verdict.findings:
            fired[finding.rule] = fired.get(finding.rule, 0) + 1
        if batch is not None and not as_json:
            _show_findings(view)
        if as_json:
            sys.stdout.write(json.dumps(verdict_line(view), ensure_ascii=False) + "\n")
    for name, why in aside.items():
        told = f"Batch {name} could not be reviewed ({why}): look at its record and correct it."
        text_console(stderr=True).print(told, highlight=False, soft_wrap=True)
    if not counts and not aside:
        raise Refused(f"There is no batch to review in {home.folder}: import batches first ('batchwright import').")
    seconds = time.monotonic() - started
    _say(text_console(stderr=as_json), counts, {} if batch is not None else fired, seconds)
    if aside:
        raise typer.Exit(1)


def _show_findings(view: VerdictView) -> None:
    out = text_console()
    for finding in view.verdict.findings:
        line = f"  {finding.severity.value:8}  {finding.rule}  {finding.text}"
        out.print(line, highlight=False, soft_wrap=True)
    if view.verdict.verdict.value == "UNDECIDED":
        why = "Undecided: what could not be checked has to be read first, by the review bot or from a file."
        out.print(why, highlight=False, soft_wrap=True)


def _say(console: Console, counts: dict[str, int], fired: dict[str, int], seconds: float) -> None:
    shown = ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts.items()))
    reviewed = counted(sum(counts.values()), "batch", "batches")
    console.print(f"Reviewed {reviewed} in {seconds:.1f} s: {shown}.", soft_wrap=True)
    for rule, number in sorted(fired.items(), key=lambda one: (-one[1], one[0])):
        console.print(f"  {number:5d}  {rule}", highlight=False)


def verdict_line(view: VerdictView) -> dict[str, object]:
    """One batch as `--format json` prints it."""
    verdict = view.verdict
    return {
        "batch": view.batch_id,
        "verdict": verdict.verdict.value,
        "rule_set": f"{verdict.rule_set} {verdict.rule_set_version}",
        "findings": [
            {
                "rule": finding.rule,
                "severity": finding.severity.value,
                "clause": finding.clause,
                "fields": list(finding.fields),
                "values": list(finding.values),
                "text": finding.text,
            }
            for finding in verdict.findings
        ],
    }
