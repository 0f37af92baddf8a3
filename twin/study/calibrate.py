"""Calibration of a preset: inputs nobody printed are found so that the baseline meets totals that somebody did print.

Only inputs are moved: how fit the patients' cells are, how strong they are at the start (both at once, for failures
and for the spread of potency), and how many productive hours a day laboratory and quality staff have (for the release
time). The model is then run as for everybody else. The augmented scenario is never looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from twin.model.culture import grow
from twin.model.errors import TwinError
from twin.model.outcome import harvest
from twin.model.population import Population, draw_people
from twin.study.holds import RTOL
from twin.study.inputs import Inputs
from twin.study.kpis import power_sums, variation
from twin.study.plant import BASELINE
from twin.study.run import run_study

SEED: Final = 20_250_101
"""Calibration has a seed of its own, so that no user's run repeats the numbers it was fitted on."""
_CHUNK = 4096
_ROUNDS = 12


@dataclass(frozen=True)
class Goal:
    """A published total, by the name of a KPI, and the input that is moved for it within a range."""

    kpi: str
    target: float
    source: str
    moved: str
    low: float
    high: float


GOALS: Final[Mapping[str, tuple[Goal, ...]]] = {
    "paper": (
        Goal("failure_rate", 0.154, "paper, Table 1", "cells.fitness_shift", -0.5, 0.2),
        Goal("potency_cv", 0.221, "paper, Table 1", "cells.effector_mean", 0.6, 1.4),
        Goal("release_days", 14.2, "paper, Table 1", "plant.office_hours", 4.5, 9.0),
    ),
    "uk-lbcl": (
        Goal("failure_rate", 0.0387, "38 of 981 (Cambridge repository 380982)", "cells.fitness_shift", -0.3, 0.3),
    ),
    "mcl": (Goal("failure_rate", 0.144, "UK abstract, 1,138 patients", "cells.pretreated_share", 0.05, 1.0),),
}


@dataclass(frozen=True)
class Met:
    """A goal, the input's value that was found, and what the KPI came to with it."""

    goal: Goal
    value: float
    reached: float


def cell_figures(mix: Population, batches: int, seed: int = SEED) -> dict[str, float]:
    """Failure rate and coefficient of variation of potency of batches that are left alone."""
    failed, powers = 0, np.zeros(5)
    for first in range(0, batches, _CHUNK):
        people = draw_people(seed, first, min(_CHUNK, batches - first), mix)
        product = harvest(people.donors, people.plan, grow(people.donors, people.plan, rtol=RTOL), people.late)
        failed += int((product.failed() | people.contaminated).sum())
        powers += power_sums(100.0 - product.potency)
    return {"failure_rate": failed / batches, "potency_cv": variation(powers).mean}


def _solve(names: list[Goal], figures: Callable[[np.ndarray], np.ndarray], start: np.ndarray) -> np.ndarray:
    """Newton's method with differences, on goals relative to their targets, kept inside the allowed ranges."""
    low, high = np.array([goal.low for goal in names]), np.array([goal.high for goal in names])
    target = np.array([goal.target for goal in names])
    point = np.clip(start, low, high)
    for _ in range(_ROUNDS):
        miss = figures(point) / target - 1
        if np.abs(miss).max() < 0.002:
            return np.asarray(point)
        size = 0.02 * (high - low)
        slopes = np.empty((len(names), len(names)))
        for column in range(len(names)):
            shifted = point.copy()
            shifted[column] += size[column] if shifted[column] + size[column] <= high[column] else -size[column]
            slopes[:, column] = (figures(shifted) / target - 1 - miss) / (shifted[column] - point[column])
        step = np.linalg.lstsq(slopes, -miss, rcond=None)[0]
        point = np.clip(point + np.clip(step, -0.3 * (high - low), 0.3 * (high - low)), low, high)
    missed = ", ".join(f"{goal.kpi} is off by {part:.1%}" for goal, part in zip(names, miss, strict=True))
    raise TwinError(f"No inputs in the allowed ranges meet the goals ({missed}): widen a range or check the goals.")


def calibrate(inputs: Inputs, *, batches: int = 60_000, jobs: int = 1) -> tuple[Inputs, list[Met]]:
    """Inputs that meet the goals of their preset, and what was met.

    Raises `TwinError` for a preset without goals and when the goals cannot be met within the allowed ranges.
    """
    goals = GOALS.get(inputs.preset)
    if not goals:
        raise TwinError(f"Preset {inputs.preset} has no published totals to calibrate to.")
    cells = [goal for goal in goals if goal.moved.startswith("cells.")]
    line = [goal for goal in goals if not goal.moved.startswith("cells.")]

    def grown(point: np.ndarray) -> np.ndarray:
        moved = inputs.with_values({goal.moved: float(v) for goal, v in zip(cells, point, strict=True)})
        figures = cell_figures(moved.population(), batches)
        return np.array([figures[goal.kpi] for goal in cells])

    found = _solve(cells, grown, np.array([inputs[goal.moved] for goal in cells])).round(4)
    reached = list(grown(found))
    inputs = inputs.with_values({goal.moved: float(v) for goal, v in zip(cells, found, strict=True)})

    def released(point: np.ndarray) -> np.ndarray:
        moved = inputs.with_values({line[0].moved: float(point[0])})
        study = run_study(moved, {"baseline": BASELINE}, batches=batches, seed=SEED, jobs=jobs)
        return np.array([study.summaries["baseline"].release_days.mean])

    if line:
        waited = _solve(line, released, np.array([inputs[line[0].moved]])).round(4)
        inputs = inputs.with_values({line[0].moved: float(waited[0])})
        found, reached = np.append(found, waited), [*reached, float(released(waited)[0])]
    ordered = [*cells, *line]
    met = [Met(g, float(v), float(r)) for g, v, r in zip(ordered, found, reached, strict=True)]
    return inputs, met
