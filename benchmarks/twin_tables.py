"""Write the tables of docs/twin.md: python benchmarks/twin_tables.py [--batches 100000] [--jobs 2] [--log LOG.csv].

With `--log` only the table of what is learned from that event log, otherwise only those of the presets.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)

from twin.learn.fits import Fit
from twin.learn.learned import learn
from twin.learn.reading import read_log
from twin.model.actions import ACTIONS
from twin.study.inputs import PRESETS, load_preset
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.results import LABELS, TABLE_1, interval, shown, waiting
from twin.study.run import Study, run_study

PAGE = ROOT / "docs" / "twin.md"
BEGIN, END = "<!-- twin-table -->\n", "<!-- /twin-table -->"
LEARNED_BEGIN, LEARNED_END = "<!-- learned-table -->\n", "<!-- /learned-table -->"
MOST = 8
"""Activities shown."""


def table(studies: list[Study]) -> str:
    """One Markdown table for the paper's Table 1, one for interventions."""
    lines = ["| preset | KPI | baseline | augmented |", "|---|---|---|---|"]
    for kpi, label in LABELS.items():
        before, after = TABLE_1[kpi]
        lines.append(f"| *the paper's Table 1* | {label} | {shown(kpi, before)} | {shown(kpi, after)} |")
    for study in studies:
        old, new = study.summaries["baseline"], study.summaries["augmented"]
        for kpi, label in LABELS.items():
            cells = (interval(kpi, getattr(old, kpi)), interval(kpi, getattr(new, kpi)))
            lines.append(f"| {study.inputs.preset} | {label} | {cells[0]} | {cells[1]} |")
        touch = (old.means["touch"].mean, new.means["touch"].mean)
        lines.append(
            f"| {study.inputs.preset} | hands-on / waiting | {touch[0]:.2f} d / {waiting(old):.2f} d "
            f"| {touch[1]:.2f} d / {waiting(new):.2f} d |"
        )
    lines += [
        "",
        "| preset | batches | acted on | prevented | mitigated | in vain | not needed | caused |",
        "|---" * 8 + "|",
    ]
    for study in studies:
        done = study.interventions
        counts = (study.batches, done.made, done.prevented, done.mitigated, done.in_vain, done.unneeded, done.caused)
        lines.append(f"| {study.inputs.preset} | " + " | ".join(f"{count:,}" for count in counts) + " |")
    lines += ["", f"| preset | {' | '.join(ACTIONS[1:])} |", "|---" * len(ACTIONS) + "|"]
    for study in studies:
        done_how = study.interventions.by_action[1:]
        lines.append(f"| {study.inputs.preset} | " + " | ".join(f"{count:,}" for count in done_how) + " |")
    return "\n" + "\n".join(lines) + "\n\n"


def learned_table(log: Path) -> str:
    """What is learned from a log, the most frequent activities."""
    found = learn(read_log(log), 2026)
    lines = ["| Activity | Events | Touch, h | Best fit | Wait, h | Best fit | Parallel | Comes back |"]
    lines.append("|---|--:|---|---|---|---|--:|---|")
    for one in found.activities[:MOST]:
        cells = (*_fit(one.touch), *_fit(one.waiting), f"{one.parallel:.0%}")
        back = f"{one.rework[0]:.0%} [{one.rework[1]:.0%}, {one.rework[2]:.0%}]"
        lines.append(f"| {one.name} | {one.events:,} | {' | '.join(cells)} | {back} |")
    share, other, same = found.handovers
    lines += [
        "",
        f"{found.events:,} events of {found.cases} cases. Somebody worked on a case in {found.touch_share:.0%} of the"
        f" time between its first and last event; after {share:.0%} of the steps somebody else went on, with a mean"
        f" wait of {other:.0f} h against {same:.0f} h. In the log: {' '.join(found.gaps) or 'no gap.'} Not explained:"
        f" {' '.join(found.unexplained)}",
    ]
    return "\n" + "\n".join(lines) + "\n\n"


def _fit(fit: Fit | None) -> tuple[str, str]:
    if fit is None:
        return "-", "-"
    family = f"{fit.family}, off by {fit.distance:.0%}{', refused' if fit.refused else ''}" if fit.family else "none"
    return f"{fit.median:.2f} [{fit.low:.2f}, {fit.high:.2f}]", family


def write(begin: str, end: str, what: str) -> None:
    """Put a table into the page, between its two marks."""
    head, rest = PAGE.read_text(encoding="utf-8").split(begin)
    PAGE.write_text(head + begin + what + end + rest.split(end, 1)[1], encoding="utf-8")


def main() -> None:
    """Run the presets and write the table into the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--log", type=Path, help="an event log: write the table of what is learned from it instead")
    given = parser.parse_args()
    if given.log:
        write(LEARNED_BEGIN, LEARNED_END, learned_table(given.log))
        return
    scenarios = {"baseline": BASELINE, "augmented": AUGMENTED}
    studies = []
    for preset in PRESETS:
        count = given.batches if preset == "paper" else given.batches // 5
        studies.append(run_study(load_preset(preset), scenarios, batches=count, seed=2026, jobs=given.jobs))
    write(BEGIN, END, table(studies))


if __name__ == "__main__":
    main()
