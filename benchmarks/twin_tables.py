"""Write the tables of docs/twin.md: python benchmarks/twin_tables.py [--batches 100000] [--jobs 2] [--log LOG.csv].

With `--log` only the table of what is learned from that event log, with `--scales` that of plants of other sizes, with
`--without` that of the answer without its assumptions; otherwise only those of the presets.
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
from twin.report.content import SCALES
from twin.study.assumed import without_assumptions
from twin.study.inputs import PRESETS, load_preset
from twin.study.kpis import Figure
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.results import BESIDE, LABELS, TABLE_1, figure_of, interval, saving, shown, waiting
from twin.study.run import Study, run_study
from twin.study.scale import staff_for

PAGE = ROOT / "docs" / "twin.md"
BEGIN, END = "<!-- twin-table -->\n", "<!-- /twin-table -->"
LEARNED_BEGIN, LEARNED_END = "<!-- learned-table -->\n", "<!-- /learned-table -->"
WITHOUT_BEGIN, WITHOUT_END = "<!-- without-table -->\n", "<!-- /without-table -->"
SCALE_BEGIN, SCALE_END = "<!-- scale-table -->\n", "<!-- /scale-table -->"
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
        for kpi, label in BESIDE.items():
            cells = (interval(kpi, figure_of(old, kpi)), interval(kpi, figure_of(new, kpi)))
            lines.append(f"| {study.inputs.preset} | {label} | {cells[0]} | {cells[1]} |")
        touch = (old.means["touch"].mean, new.means["touch"].mean)
        lines.append(
            f"| {study.inputs.preset} | hands-on / waiting | {touch[0]:.2f} d / {waiting(old):.2f} d "
            f"| {touch[1]:.2f} d / {waiting(new):.2f} d |"
        )
    every = (*LABELS, *BESIDE)
    lines += ["", f"| saved | {' | '.join((LABELS | BESIDE)[kpi] for kpi in every)} |", "|---" * (len(every) + 1) + "|"]
    lines += [f"| {study.inputs.preset} | {' | '.join(saving(study, kpi) for kpi in every)} |" for study in studies]
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


def without_table(batches: int, jobs: int) -> str:
    """The answer without each assumption of the robots' plant."""
    inputs = load_preset("paper")
    as_it_is = run_study(inputs, {"baseline": BASELINE, "augmented": AUGMENTED}, batches=batches, seed=2026, jobs=jobs)
    lines = ["| without | instead | days saved | failures saved, points |", "|---|---|--:|--:|"]
    days, failures = as_it_is.saved("release_days"), as_it_is.saved("failure_rate")
    lines.append(f"| nothing taken away | | {_saved(days, 1)} | {_saved(failures, 100)} |")
    for one in without_assumptions(inputs, batches=batches, seed=2026, jobs=jobs):
        what = inputs.by_name[one.names[0]].words if len(one.names) == 1 else f"these {len(one.names)}"
        change = f"{one.words}" + (f" ({one.values[0][0]:g}, now {one.values[0][1]:g})" if len(one.names) == 1 else "")
        lines.append(f"| {what} | {change} | {_saved(one.days_saved, 1)} | {_saved(one.failures_saved, 100)} |")
    return "\n" + "\n".join(lines) + "\n\n"


def _saved(figure: Figure, scale: float) -> str:
    return f"{scale * figure.mean:.2f} [{scale * figure.low:.2f}, {scale * figure.high:.2f}]"


def scale_table() -> str:
    """Places and people at other sizes."""
    inputs = load_preset("paper")
    sized = {(m, name): staff_for(inputs, m, name) for m in SCALES for name in ("baseline", "augmented")}
    names = next(iter(sized.values()))
    lines = [f"| batches a month | plant | {' | '.join(name.replace('_', ' ') for name in names)} |"]
    lines.append("|--:|---|" + "--:|" * len(names))
    for (monthly, plant), staff in sized.items():
        lines.append(f"| {monthly:,} | {plant} | {' | '.join(f'{count:,}' for count in staff.values())} |")
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
    parser.add_argument("--scales", action="store_true", help="write the table of plants of other sizes instead")
    parser.add_argument("--without", action="store_true", help="write the answer without its assumptions instead")
    given = parser.parse_args()
    if given.scales:
        write(SCALE_BEGIN, SCALE_END, scale_table())
    if given.without:
        write(WITHOUT_BEGIN, WITHOUT_END, without_table(min(given.batches, 20_000), given.jobs))
    if given.scales or given.without:
        return
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
