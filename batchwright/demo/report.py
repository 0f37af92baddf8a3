"""What a demo shows at its end: the table, the comparison, and where to look next."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from batchwright.demo.summary import Comparison
from batchwright.support.formats import counted
from batchwright.support.settings import Home

_LEAST_WIDTH = 79
_COLOURS = {"READY": "green", "HOLD": "yellow", "REJECT_PROPOSED": "red", "UNDECIDED": "magenta"}


@dataclass(frozen=True)
class Line:
    """One batch of the table."""

    batch: str
    verdict: str
    findings: int
    disposition: str
    state: str
    slot: str
    acknowledgement: str
    seconds: float


def show_result(
    console: Console,
    home: Home,
    lines: Sequence[Line],
    comparison: Comparison,
    people: Mapping[str, str],
    seconds: float,
) -> None:
    """Print everything that a person wants to know after a demo."""
    _wide(console).print(_table(lines))
    _show_comparison(console, comparison)
    counts = {
        state: sum(line.state == state for line in lines) for state in ("filed", "shipped", "released", "on_hold")
    }
    shown = ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in counts.items() if number)
    console.print(f"{counted(len(lines), 'batch', 'batches')} in {seconds:.0f} s: {shown or 'all ready'}.")
    console.print(f"Evidence (Robot's log.html and result.json, pictures, hashes): {home.evidence}", soft_wrap=True)
    program = "batchwright" if sys.prefix == sys.base_prefix else f"{sys.prefix}/bin/batchwright"
    console.print(f"Console on this run: {program} serve --run {home.folder.name}", soft_wrap=True, highlight=False)
    for user, password in people.items():
        console.print(f"  log in as {user} with {password}", highlight=False, markup=False)


def _wide(console: Console) -> Console:
    """The same one, as wide as the table: a narrow window folds lines, where a narrow table would leave columns out."""
    if console.width >= _LEAST_WIDTH:
        return console
    return Console(file=console.file, width=_LEAST_WIDTH, color_system=console.color_system)  # type: ignore[arg-type]


def _table(lines: Sequence[Line]) -> Table:
    # 79 columns in all: identities are never cut off, words may fold.
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, collapse_padding=True)
    table.add_column("Batch", no_wrap=True, min_width=10)
    table.add_column("Verdict", overflow="fold", max_width=9)
    table.add_column("Find-\nings", justify="right", min_width=5)
    table.add_column("Dispo-\nsition", min_width=8)
    for name in ("Slot", "Acknowledgement"):
        table.add_column(name, no_wrap=True, min_width=14)
    table.add_column("Sec-\nonds", justify="right", min_width=5)
    for line in lines:
        colour = _COLOURS.get(line.verdict, "white")
        verdict = f"[{colour}]{line.verdict.replace('_', '_ ')}[/]"
        found = str(line.findings) if line.findings else "-"
        rest = (
            line.disposition or "-",
            line.slot or "-",
            line.acknowledgement.replace(", ", "\n") or "-",
            f"{line.seconds:.1f}",
        )
        table.add_row(line.batch, verdict, found, *rest)
    return table


def _show_comparison(console: Console, comparison: Comparison) -> None:
    planted = len(comparison.caught) + len(comparison.missed)
    console.print(
        f"Against the planted truth: {len(comparison.caught)} of {planted} defects caught,"
        f" {len(comparison.missed)} missed; {len(comparison.false_holds)} of {comparison.clean} clean batches held.",
        soft_wrap=True,
    )
    for one in comparison.missed:
        console.print(f"  missed: {one.batch_id}, {one.description}", markup=False, soft_wrap=True)
    for batch in comparison.false_holds:
        console.print(f"  held without a planted defect: {batch}", markup=False, soft_wrap=True)
    for batch, name in comparison.extra:
        console.print(f"  found beyond what was planted: {batch}, {name}", markup=False, soft_wrap=True)
