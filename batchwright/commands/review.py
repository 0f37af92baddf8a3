"""`batchwright import` and `batchwright review`: files into the store, and reviews of what is there."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from batchwright.demo.report import counted
from batchwright.support.errors import Refused
from batchwright.support.settings import home_to_serve, main_home, store_address
from batchwright.support.wiring import clock, open_mes, who_runs_this
from mes_core.domain.errors import DomainError
from mes_core.exchange import pharma_1005
from mes_core.exchange.errors import ImportRefused, RowRefused
from mes_core.messages import BatchRecord, Observation
from mes_core.messages.views import VerdictView

_SHOWN_REFUSALS = 20


def progress(console: Console) -> Progress:
    """A progress bar on standard error, gone when done; silent where standard error is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def import_pharma(folder: Path, *, as_json: bool) -> None:
    """Import the published tablet batches and say what was taken and refused.

    Raises:
        Refused: the folder or a file in it can't be used; the store is unchanged.
    """
    started = time.monotonic()
    refused: list[RowRefused] = []
    lines: dict[str, int] = {}
    try:
        rows = pharma_1005.checked(folder, now=clock())
    except ImportRefused as error:
        raise Refused(str(error)) from None
    console = Console(stderr=True)
    with progress(console) as bar:
        task = bar.add_task("Importing", total=pharma_1005.count_rows(folder))

        def taken() -> Iterator[tuple[BatchRecord, tuple[Observation, ...]]]:
            for row in rows:
                if isinstance(row, RowRefused):
                    refused.append(row)
                else:
                    bar.advance(task)
                    lines[row.record.batch_id] = row.line
                    yield row.record, (row.observation,)

        count = open_mes(main_home()).import_batches(taken(), who_runs_this())
    refused += [RowRefused(pharma_1005.LABORATORY, lines[batch], why) for batch, why in count.refused]
    seconds = time.monotonic() - started
    if as_json:
        rows_refused = [vars(row) for row in refused]
        said = {
            "taken": count.taken,
            "unchanged": count.unchanged,
            "refused": rows_refused,
            "seconds": round(seconds, 2),
        }
        print(json.dumps(said))  # noqa: T201 - the answer of the command
        return
    out = Console()
    out.print(
        f"Took {count.taken} batches, {count.unchanged} were there already, refused {len(refused)} rows"
        f" ({seconds:.1f} s). Source: Žagar & Mihelič, Scientific Data 9:99 (2022), CC BY 4.0.",
        soft_wrap=True,
    )
    for row in refused[:_SHOWN_REFUSALS]:
        out.print(f"  {row.file} line {row.line}: {row.why}", soft_wrap=True, highlight=False, markup=False)
    if len(refused) > _SHOWN_REFUSALS:
        out.print(f"  and {len(refused) - _SHOWN_REFUSALS} more; --format json lists all.")


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
    if batch is not None:
        try:
            verdicts: Iterator[VerdictView] = iter([mes.review(batch, (), who)])
        except DomainError as error:
            raise Refused(str(error)) from None
    else:
        verdicts = mes.review_all(who)
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
    if not counts:
        raise Refused(f"There is no batch to review in {home.folder}: import batches first ('batchwright import').")
    seconds = time.monotonic() - started
    _say(Console(stderr=as_json), counts, {} if batch is not None else fired, seconds)


def _show_findings(view: VerdictView) -> None:
    out = Console()
    for finding in view.verdict.findings:
        line = f"  {finding.severity.value:8}  {finding.rule}  {finding.text}"
        out.print(line, highlight=False, markup=False, soft_wrap=True)
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
