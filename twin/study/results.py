"""What a study says, as JSON and as lines for a person."""

from math import isfinite
from typing import Any

from twin.model.actions import ACTIONS
from twin.study.kpis import Figure, Summary, as_json
from twin.study.passage import PARTS
from twin.study.run import Study

RELEASE_IS = "end of harvest to disposition by the qualified person; released batches only"
TABLE_1 = {
    "failure_rate": (0.154, 0.105),
    "right_first_time": (0.846, 0.895),
    "release_days": (14.2, 10.7),
    "potency_cv": (0.221, 0.175),
}
"""The paper's Table 1 by name: baseline, augmented."""
LABELS = {
    "failure_rate": "Batch failure rate",
    "right_first_time": "Right first time",
    "release_days": "Mean release time",
    "potency_cv": "CV of final potency",
}


def plain(value: Any) -> Any:
    """The same value in plain JSON types; what is not a number (an interval of one replication) becomes null."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Figure):
        return plain(value.as_dict())
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, int):
        return value
    number = float(value)
    return number if isfinite(number) else None


def waiting(summary: Summary) -> float:
    """Days of release time for which nobody has hands on the batch."""
    return sum(summary.means[name].mean for name in PARTS if name != "touch")


def study_json(study: Study) -> dict[str, Any]:
    """Scenarios, interventions, touch and waiting days, and what was asked for."""
    done = study.interventions
    summaries = study.summaries
    scenarios = {
        name: {
            **as_json(one),
            "right_first_time_strict": one.right_first_time_strict,
            "release_days_p90": one.quantile(0.9),
            "parts_of_release_days": {part: one.means[part] for part in PARTS},
            "turnaround_days": one.means["turnaround"],
            "culture_days": one.means["culture"],
            "staff_hours": one.means["labour_hours"],
            "utilisation": one.busy,
        }
        for name, one in summaries.items()
    }
    return dict(
        plain(
            {
                "preset": study.inputs.preset,
                "seed": study.seed,
                "batches": study.batches,
                "replications": study.replications,
                "release_days_are": RELEASE_IS,
                "scenarios": scenarios,
                "saved": {kpi: study.saved(kpi) for kpi in (*LABELS, *BESIDE)} if _both(study) else {},
                "extended_cultures": extended(study),
                "interventions": {
                    "made": done.made,
                    "prevented": done.prevented,
                    "mitigated": done.mitigated,
                    "unneeded": done.unneeded,
                    "caused": done.caused,
                    "in_vain": done.in_vain,
                    "would_fail": done.would_fail,
                    "by_action": dict(zip(ACTIONS, done.by_action, strict=True)),
                },
                "touch_days": {name: one.means["touch"].mean for name, one in summaries.items()},
                "waiting_days": {name: waiting(one) for name, one in summaries.items()},
            }
        )
    )


BESIDE = {
    "turnaround": "Arrival of the cells to delivery",
    "culture": "Days of culture",
    "labour_hours": "Staff hours a released batch",
}
"""What is shown beside Table 1, which has no figures for it."""
_UNITS = {"release_days": " d", "turnaround": " d", "culture": " d", "labour_hours": " h"}


def shown(kpi: str, value: float) -> str:
    """A KPI in its unit."""
    digits = 2 if kpi == "culture" else 1
    return f"{value:.{digits}f}{_UNITS[kpi]}" if kpi in _UNITS else f"{100 * value:.1f} %"


def figure_of(summary: Summary, kpi: str) -> Figure:
    """A KPI of Table 1, or what was summed under another name."""
    found: Figure = getattr(summary, kpi) if kpi in LABELS else summary.means[kpi]
    return found


def extended(study: Study) -> int:
    """Batches whose culture got a day more."""
    return sum(
        count for name, count in zip(ACTIONS, study.interventions.by_action, strict=True) if "extended culture" in name
    )


def saving(study: Study, kpi: str) -> str:
    """What the augmented plant takes off a KPI, with its 95 % interval by paired replications; of batches that are
    right the first time, what it adds."""
    figure = study.saved(kpi)
    if kpi == "right_first_time":
        figure = Figure(-figure.mean, -figure.high, -figure.low)
    scale, unit = (1.0, _UNITS[kpi]) if kpi in _UNITS else (100.0, " points")
    digits = 2 if kpi == "culture" else 1
    mean, low, high = (f"{scale * one:+.{digits}f}" for one in (figure.mean, figure.low, figure.high))
    return f"{mean}{unit} [{low}, {high}]" if isfinite(figure.low) else f"{mean}{unit}"


def interval(kpi: str, figure: Figure) -> str:
    """A KPI with its 95 % interval where there is one."""
    if not isfinite(figure.low):
        return shown(kpi, figure.mean)
    return f"{shown(kpi, figure.mean)} [{shown(kpi, figure.low)}, {shown(kpi, figure.high)}]"


def _both(study: Study) -> bool:
    return {"baseline", "augmented"} <= set(study.summaries)


def study_lines(study: Study) -> list[str]:
    """A few lines for a terminal."""
    lines = [f"{study.inputs.title}: {study.batches} batches a scenario, seed {study.seed}"]
    for name, one in study.summaries.items():
        lines.append(f"{name}:")
        for kpi, label in LABELS.items():
            lines.append(f"  {label}: {interval(kpi, getattr(one, kpi))}")
        lines.append(f"  of the release time hands-on {one.means['touch'].mean:.2f} d, waiting {waiting(one):.2f} d")
    if _both(study):
        lines.append("saved (95 % intervals by paired replications):")
        lines += [f"  {label}: {saving(study, kpi)}" for kpi, label in (LABELS | BESIDE).items()]
    done = study.interventions
    lines.append(f"culture extended by a day: {extended(study)} of {study.batches} batches")
    lines.append(
        f"interventions: {done.made} made, {done.prevented} failures prevented, {done.mitigated} made milder, "
        f"{done.in_vain} in vain, {done.unneeded} not needed, {done.caused} failures caused"
    )
    lines.append(f"release time: {RELEASE_IS}")
    return lines
