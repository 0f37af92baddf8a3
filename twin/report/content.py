"""What the report says, in the order in which a plant manager asks."""

from collections.abc import Sequence
from math import isfinite, isnan

from twin.model.actions import ACTIONS
from twin.report.answer import answer, number, spoken
from twin.report.blocks import Block, Heading, Plot, Table, Text
from twin.report.plots import release_times, saved, tornado_plot, where_days_go
from twin.study.assumed import Without
from twin.study.inputs import Inputs
from twin.study.kpis import Figure
from twin.study.levers import LABELS as LEVER_LABELS
from twin.study.levers import attribute
from twin.study.money import money
from twin.study.results import BESIDE, LABELS, RELEASE_IS, TABLE_1, extended, figure_of, interval, saving, shown
from twin.study.run import Study
from twin.study.scale import staff_for
from twin.study.sensitivity import Moved, Sensitivity

MOST_BARS = 10
_ENDS = "Grey: low end; green: high end; one end alone: the line can't keep up at the other, which counts for nothing."
SCALES = (10, 100, 1000, 10_000)
DOUBTS = (
    "10.5 % of 500 batches is 52.5 batches: that is not one run of 500. 77 failures in the baseline less 26 prevented "
    "make 51 (10.2 %).",
    "The difference of 4.9 points has a 95 % interval of 0.7 to 9.1 points; 80 % power takes about 735 batches an arm, "
    "90 % about 984.",
    "20 % of 150 batches at 15.4 % is about 5 failures: no count of 5 gives a precision of 0.89 and a recall of 0.85. "
    "Over all of about 23 failures a recall of 20/23 has an interval of 0.68 to 0.96.",
    "A precision of 0.89 at a prevalence of 15.4 % is about 0.64 at the 3.9 % seen in practice.",
    "Review of a paper record takes 4 to 8 hours of hands: 3.5 days can't be saved in hands. They must come from "
    "waiting and from the test strategy, so both are shown apart here.",
    "15.4 % failures are two to four times the published commercial rates; only mantle cell lymphoma comes near.",
)


def report_blocks(
    study: Study, factorial: Study, moved: Moved, without: Sequence[Without], *, scales: bool
) -> list[Block]:
    """The whole report; what is assumed and what the answer is without it stands first."""
    inputs = study.inputs
    blocks: list[Block] = [
        Heading(f"Batchwright twin: {inputs.title}", 1),
        Text(
            f"{study.batches} batches in each scenario, {study.replications} replications, seed {study.seed}. Both "
            f"scenarios see the same patients and the same luck. Release time: {RELEASE_IS}. Brackets are 95 % "
            "intervals of the simulation; they say nothing about wrong assumptions (see the last table)."
        ),
        *_assumed(study, without),
        *answer(study, factorial, moved),
        *_kpis(study),
        *_days(study),
        *_interventions(study),
        *_levers(factorial),
        *_money(study, moved),
        *_depends(inputs, moved),
    ]
    if scales:
        blocks += _scales(inputs)
    return [*blocks, *_doubts(), *_assumptions(inputs, moved)]


def _assumed(study: Study, without: Sequence[Without]) -> list[Block]:
    """What nobody measured and the robots' plant is better for."""
    if not without:
        return []
    names, days = study.inputs.by_name, study.saved("release_days")
    rows = tuple(
        (
            "; ".join(f"{names[name].words} ({name})" for name in one.names) if len(one.names) == 1 else "all of these",
            "; ".join(
                f"{number(value)} {names[name].unit}" for name, (value, _) in zip(one.names, one.values, strict=True)
            )
            if len(one.names) == 1
            else "",
            one.words,
            _within(one.days_saved, 1),
            _within(one.failures_saved, 100),
        )
        for one in without
    )
    return [
        Heading("Assumed, and what the answer is without it"),
        Text(
            f"The robots save {_within(days, 1)} days of release time here. What they take comes from the evidence of "
            "their runs and what they miss from damaged records, both on pretend systems; the numbers below nobody "
            "measured. Without each of them the days saved are those of its row. Waits for answers, tests and people "
            "are published or assumed for both plants: see the last table."
        ),
        Table(
            ("assumed", "value", "without it", "days saved", "failures saved, points"), rows, (3.2, 1.2, 4, 2.2, 2.2)
        ),
    ]


def _kpis(study: Study) -> list[Block]:
    baseline, augmented = study.summaries["baseline"], study.summaries["augmented"]
    header = ("KPI", "baseline", "paper", "augmented (predicted)", "paper", "saved", "paper: saved")
    rows = []
    for kpi, label in (LABELS | BESIDE).items():
        old, new = (interval(kpi, figure_of(one, kpi)) for one in (baseline, augmented))
        before, after = (shown(kpi, one) for one in TABLE_1[kpi]) if kpi in TABLE_1 else ("-", "-")
        rows.append((label, old, before, new, after, saving(study, kpi), _claimed(kpi)))
    told = (
        "The baseline was calibrated by inputs; the augmented plant is predicted and nothing in it is fitted."
        if study.inputs.preset == "paper"
        else "The paper's figures stand beside a plant they were not meant for."
    )
    return [
        Heading("Table 1 of the paper beside ours"),
        Text(told),
        Table(header, tuple(rows), (2.6, 3.2, 1.4, 3.2, 1.4, 3.2, 1.6)),
        Text(
            "What is saved carries the 95 % interval of the difference: both plants see the same batches, so what they "
            f"have in common is no noise in it. {extended(study):,} of {study.batches:,} batches got a day of culture "
            "more; it is in the days from the arrival of the cells to delivery, and not in the release time, which "
            "begins at the end of harvest."
        ),
    ]


def _claimed(kpi: str) -> str:
    """What the paper says is saved; of batches that are right the first time, what is added."""
    if kpi not in TABLE_1:
        return "-"
    before, after = TABLE_1[kpi] if kpi != "right_first_time" else TABLE_1[kpi][::-1]
    return f"{before - after:+.1f} d" if kpi == "release_days" else f"{100 * (before - after):+.1f} points"


def _days(study: Study) -> list[Block]:
    low, high = (study.summaries[name].means["touch"].mean for name in ("augmented", "baseline"))
    return [
        Heading("Where the days go"),
        Plot(where_days_go(dict(study.summaries)), "Days on the path that decides the release.", 2.4),
        Text(
            f"Hands-on work on that path takes {high:.2f} days in the baseline and {low:.2f} in the augmented plant. "
            "'queue' is waiting for somebody who is busy, 'closed' nights and weekends, 'answers' waiting for a reply."
        ),
        Plot(release_times(dict(study.summaries)), "Share of batches released by day."),
    ]


def _interventions(study: Study) -> list[Block]:
    done = study.interventions
    share = done.prevented / done.would_fail if done.would_fail else 0.0
    return [
        Heading("Interventions, batch by batch"),
        Text(
            f"Each batch is compared with itself left alone. {done.made} corrective actions were made on day 3: "
            f"{done.prevented} failures prevented ({share:.0%} of the {done.would_fail} that would fail), "
            f"{done.mitigated} made milder, {done.in_vain} in vain, {done.unneeded} on batches that would have passed, "
            f"{done.caused} failures caused. The paper: 48 of 500, 26 prevented, 22 milder, none without need."
        ),
        Text(f"By action: {_by_action(done.by_action)}. Each part of a split dose has to hold a whole one."),
    ]


def _by_action(counts: tuple[int, ...]) -> str:
    """What was done how often, `none` left out."""
    return ", ".join(f"{name} {count:,}" for name, count in zip(ACTIONS[1:], counts[1:], strict=True))


def _levers(factorial: Study) -> list[Block]:
    found = {one.kpi: one for one in attribute(factorial)}
    scales = {"release_days": 1, "turnaround": 1, "failure_rate": 100, "labour_hours": 1}
    rows = tuple(
        (label, *(_within(found[kpi].share[name], scale) for kpi, scale in scales.items()))
        for name, label in LEVER_LABELS.items()
    )
    total = tuple(_within(found[kpi].total, scale) for kpi, scale in scales.items())
    return [
        Heading("Which lever saves what"),
        Text(
            f"All 32 combinations of five levers on the same {factorial.batches} batches, shared out exactly (Shapley "
            "values): the average over all orders in which the levers could be introduced. A plus sign is a saving; "
            "brackets are 95 % intervals by paired replications."
        ),
        Plot(saved(found["release_days"], "days of release time saved", 1.0), "Release time, by lever.", 2.6),
        Table(
            ("lever", "release, d", "arrival to delivery, d", "failures, points", "staff hours a released batch"),
            (*rows, ("all five", *total)),
            (3, 2.4, 2.4, 2.4, 2.6),
        ),
    ]


def _within(figure: Figure, scale: float) -> str:
    """A saving with its interval."""
    if isnan(figure.mean):
        return "no answer"
    mean, low, high = (f"{scale * one:+.2f}" for one in (figure.mean, figure.low, figure.high))
    return f"{mean} [{low}, {high}]" if isfinite(figure.low) else mean


def _money(study: Study, moved: Moved) -> list[Block]:
    one = money(study)
    payback = f"{one.payback_years:.1f} years" if one.payback_years != float("inf") else "never"
    return [
        Heading("What it costs and saves"),
        Text(
            f"A batch made costs EUR {one.cost_baseline:,.0f} in the baseline and EUR {one.cost_augmented:,.0f} "
            f"augmented, failures included; EUR {one.saved_yearly:,.0f} are saved a year after running "
            f"costs; the project is paid back after: {payback}. Cost figures are assumptions; "
            "the bars show what each does to the saving."
        ),
        Plot(
            tornado_plot(
                moved.widest("yearly", MOST_BARS),
                spoken(study.inputs),
                "yearly",
                moved.middle.yearly,
                "saving, million EUR a year",
                1e-6,
            ),
            f"Yearly saving over the range of each input: the {MOST_BARS} that move it most. {_ENDS}",
            3.6,
        ),
    ]


def _depends(inputs: Inputs, moved: Moved) -> list[Block]:
    days, failures, names = "days_saved", "failures_saved", spoken(inputs)
    return [
        Heading("What the answer depends on"),
        Text(
            f"Every input is moved to both ends of its range, one at a time, on the same {moved.batches} patients with "
            "the same luck. A long bar is a number worth measuring at your plant; its whisker is the 95 % interval of "
            "its length. Calibrated inputs are moved too."
        ),
        Plot(
            tornado_plot(
                moved.widest(days, MOST_BARS), names, days, moved.middle.days_saved, "days of release time saved"
            ),
            f"Days saved by robots: the {MOST_BARS} inputs that move them most. {_ENDS}",
            3.6,
        ),
        Plot(
            tornado_plot(
                moved.widest(failures, 8), names, failures, moved.middle.failures_saved, "failures saved, points", 100.0
            ),
            f"Failures saved: the 8 inputs that move them most. {_ENDS}",
            3.0,
        ),
        *([Text(_impossible(moved))] if moved.refused else []),
    ]


def _impossible(moved: Moved) -> str:
    """Ends of ranges at which there is no answer, and why."""
    told = "; ".join(f"{one.name} {one.refused.split(': The line')[0]}" for one in moved.refused)
    return (
        f"At these ends the line can't keep up, so no days can be given for them and they are no part of a bar: {told}."
        " A plant that stands there needs people before it needs robots."
    )


def _scales(inputs: Inputs) -> list[Block]:
    rows = []
    for monthly in SCALES:
        need = {name: staff_for(inputs, monthly, name) for name in ("baseline", "augmented")}
        for name, staff in need.items():
            rows.append((f"{monthly:,}", name, *(f"{count:,}" for count in staff.values())))
        resources = tuple(staff)
    return [
        Heading("From 10 to 10,000 batches a month"),
        Text(
            "The least places and people a shift with which no resource is busy for more than 85 % of its usable hours."
        ),
        Table(("batches a month", "plant", *(name.replace("_", " ") for name in resources)), tuple(rows)),
    ]


def _doubts() -> list[Block]:
    return [Heading("What does not add up in the paper"), *(Text(f"- {doubt}") for doubt in DOUBTS)]


def _assumptions(inputs: Inputs, moved: Moved) -> list[Block]:
    known = {one.name: one for one in moved.inputs}
    rows = tuple(
        (
            f"{one.words} ({one.name})",
            f"{number(one.value)} {one.unit}",
            f"{number(one.low)} to {number(one.high)}",
            *_moves(known.get(one.name)),
            one.kind,
            one.source,
        )
        for one in inputs.by_name.values()
    )
    header = ("input", "value", "range", "days saved", "failures saved, points", "kind", "source")
    told = (
        "The two columns after the range say what is saved with the input at its low and at its high end; ± is half "
        "the 95 % interval of their difference, and a difference below it may be chance."
    )
    return [
        Heading("Every assumption, its source and what it does"),
        Text(told),
        Table(header, rows, (3.9, 2.0, 1.7, 1.8, 1.8, 1.5, 5.0)),
    ]


def _moves(one: Sensitivity | None) -> tuple[str, str]:
    """What is saved at both ends: days, and points of failures; a line that can't keep up at an end has no answer."""
    if one is None:
        return "no range", ""
    ends = (one.low, one.high)
    days = " to ".join("can't keep up" if end is None else f"{end.days_saved:.1f}" for end in ends)
    points = " to ".join("-" if end is None else f"{100 * end.failures_saved:.1f}" for end in ends)
    return days + _half(one.change("days_saved")), points + _half(one.change("failures_saved"), 100)


def _half(change: Figure, scale: float = 1.0) -> str:
    half = scale * (change.high - change.low) / 2
    return "" if isnan(half) else f" (±{half:.1f})"
