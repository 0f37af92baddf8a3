"""Write the table of docs/twin.md from a run: python benchmarks/twin_tables.py [--batches 100000] [--jobs 2]."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)

from twin.study.inputs import PRESETS, load_preset
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.results import LABELS, TABLE_1, interval, shown, waiting
from twin.study.run import Study, run_study

PAGE = ROOT / "docs" / "twin.md"
BEGIN, END = "<!-- twin-table -->\n", "<!-- /twin-table -->"


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
    return "\n" + "\n".join(lines) + "\n\n"


def main() -> None:
    """Run the presets and write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    scenarios = {"baseline": BASELINE, "augmented": AUGMENTED}
    studies = []
    for preset in PRESETS:
        count = given.batches if preset == "paper" else given.batches // 5
        studies.append(run_study(load_preset(preset), scenarios, batches=count, seed=2026, jobs=given.jobs))
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    PAGE.write_text(head + BEGIN + table(studies) + END + rest.split(END, 1)[1], encoding="utf-8")


if __name__ == "__main__":
    main()
