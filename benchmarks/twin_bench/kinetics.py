"""Eleven days of culture for many batches: ours at once, SciPy's odeint and solve_ivp one by one."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import odeint, solve_ivp

from twin.model.culture import VIABLE, _feed, grow
from twin.model.donors import Donors
from twin.model.population import Population, draw_people

_OURS_RTOL, _SCIPY_RTOL = 3e-6, 3e-7
"""All three come out within 3e-6 of a tight solution; see `errors`."""


def _params(donors: Donors) -> np.ndarray:
    names = ("mu_max", "lag_rate", "stimulus_decay", "death_rate", "glucose_per_cell", "glucose_upkeep")
    return np.stack([donors[name] for name in (*names, "lactate_yield", "transduced_gain", "exhaustion")])


def contestants(few: int, many: int, missing: dict[str, str]) -> dict[str, tuple[Callable[[], Any], int]]:
    """What to run, and how many batches that is; SciPy gets fewer because it takes them one by one."""
    del missing
    people = draw_people(5, 0, many, Population())
    part = draw_people(5, 0, few, Population())
    return {
        "kinetics_ours": (lambda: grow(people.donors, people.plan, rtol=_OURS_RTOL).states[:, VIABLE, :few], many),
        "kinetics_odeint": (lambda: _one_by_one(part, _odeint), few),
        "kinetics_solve_ivp": (lambda: _one_by_one(part, _solve_ivp), few),
    }


def _one_by_one(people: Any, solve: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Viable cells after each day's feed, shape (days, n)."""
    plan, params = people.plan, _params(people.donors)
    first = grow(people.donors, plan, rtol=1e-3).before[0]
    found = np.empty((plan.days + 1, people.count))
    for batch in range(people.count):
        y, volume = first[:, batch], plan.volume_ml[batch : batch + 1].astype(float)
        for day in range(plan.days + 1):
            if day:
                y = solve(y, params[:, batch])
            one = slice(batch, batch + 1)
            fed, volume = _feed(y[:, None], volume, plan.feed_ml[one, day], plan.exchange[one, day])
            y = fed[:, 0]
            found[day, batch] = y[VIABLE]
    return found


def _plain(y: Any, p: Any) -> list[float]:
    """The model's derivative for one batch in plain Python, which one batch at a time is faster than arrays."""
    viable, dead, glucose, lactate, dividing, stimulus, transduced, effector = y
    mu_max, lag_rate, decay, death, per_cell, upkeep, lactate_yield, gain, exhaustion = p
    fed = glucose / (glucose + 0.6)
    soured = 1.0 / (1.0 + (max(lactate, 0.0) / 32.0) ** 2)
    growth = mu_max * dividing * fed * soured * (1.0 - viable / 12.0)
    dying = death * (1.0 + 6.0 * (1.0 - fed) + 1.5 * (1.0 - soured) + 1.4 * stimulus)
    growing = max(growth, 0.0)
    used = (per_cell * growing + upkeep * glucose / (glucose + 0.15)) * viable
    return [
        (growth - dying) * viable,
        dying * viable - 0.10 * dead,
        -used,
        lactate_yield * used,
        lag_rate * (stimulus - dividing) * 0.75,
        -decay * stimulus,
        gain * transduced * (1.0 - transduced) * growing,
        -exhaustion * effector * (0.4 + dividing + (1.0 - fed)),
    ]


def _odeint(y: np.ndarray, params: np.ndarray) -> np.ndarray:
    given = params.tolist()
    made: np.ndarray = odeint(lambda s, _t: _plain(s.tolist(), given), y, (0.0, 1.0), rtol=_SCIPY_RTOL, atol=1e-9)
    return made[-1]


def _solve_ivp(y: np.ndarray, params: np.ndarray) -> np.ndarray:
    given = params.tolist()
    found = solve_ivp(
        lambda _t, s: _plain(s.tolist(), given), (0.0, 1.0), y, method="LSODA", rtol=_SCIPY_RTOL, atol=1e-9
    )
    made: np.ndarray = found.y[:, -1]
    return made


def errors(answers: dict[str, np.ndarray]) -> dict[str, float]:
    """Largest relative error of each against a tight solution."""
    few = answers["kinetics_odeint"].shape[1]
    people = draw_people(5, 0, few, Population())
    tight = grow(people.donors, people.plan, rtol=1e-10).states[:, VIABLE]
    return {
        f"{name}_error": float(np.max(np.abs(value - tight) / np.maximum(np.abs(tight), 1e-3)))
        for name, value in answers.items()
    }
