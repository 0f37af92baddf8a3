"""Expansion of T cells in a bag or bioreactor, day 0 to harvest, for many batches at once.

State per batch (rows): viable and dead cells (1e6/mL), glucose and lactate (mmol/L), dividing fraction, stimulus,
transduced fraction, effector function. Between two days the system runs free; at the start of each day the plan's
feeds, exchanges and boosts are applied, so a corrective action is a changed entry of the plan.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.model.donors import Donors
from twin.model.errors import TwinError
from twin.model.rk import integrate

Array = NDArray[np.float64]
Days = NDArray[np.int64]

VIABLE, DEAD, GLUCOSE, LACTATE, DIVIDING, STIMULUS, TRANSDUCED, EFFECTOR = range(8)
FRESH_GLUCOSE = 25.0
"""Glucose of fresh medium, mmol/L."""


@dataclass(frozen=True)
class Plan:
    """What is done to each batch; the corrective actions give a changed plan and leave this one as it is.

    `feed_ml`: medium added; `exchange`: fraction of the volume replaced; both of shape (n, days + 1), the entry of a
    day is applied at its start. `seed_density` in 1e6 viable cells per mL, `volume_ml` at day 0, `harvest_day` and
    `doses` (parts into which the product is split) of shape (n,). `days` is the longest culture.
    """

    days: int
    seed_density: Array
    volume_ml: Array
    feed_ml: Array
    exchange: Array
    harvest_day: Days
    doses: Array

    def with_feed(self, batch: int, day: int, millilitres: float) -> "Plan":
        """Medium added to one batch at the start of a day, beside what the plan feeds already."""
        self._check(batch, day)
        if millilitres < 0:
            raise TwinError(f"A feed of {millilitres} mL is not possible: give zero or more.")
        feed = self.feed_ml.copy()
        feed[batch, day] += millilitres
        return replace(self, feed_ml=feed)

    def with_exchange(self, batch: int, day: int, fraction: float) -> "Plan":
        """At least this fraction of one batch's medium replaced at the start of a day."""
        self._check(batch, day)
        if not 0.0 <= fraction <= 1.0:
            raise TwinError(f"A medium exchange of {fraction} is not a fraction: give a number from 0 to 1.")
        exchange = self.exchange.copy()
        exchange[batch, day] = max(exchange[batch, day], fraction)
        return replace(self, exchange=exchange)

    def with_extension(self, batch: int, days: int, *, exchange: float = 0.7) -> "Plan":
        """One batch harvested later, with a medium exchange on each added day."""
        self._check(batch, 0)
        if days < 1:
            raise TwinError(f"A culture cannot be extended by {days} days: give one or more.")
        harvest = self.harvest_day.copy()
        first = int(harvest[batch])
        harvest[batch] += days
        pad = ((0, 0), (0, max(0, int(harvest[batch]) - self.days)))
        feeds, exchanges = np.pad(self.feed_ml, pad), np.pad(self.exchange, pad)
        exchanges[batch, first : first + days] = np.maximum(exchanges[batch, first : first + days], exchange)
        longest = feeds.shape[1] - 1
        return replace(self, days=longest, feed_ml=feeds, exchange=exchanges, harvest_day=harvest)

    def with_doses(self, batch: int, doses: int) -> "Plan":
        """One batch's product split into several doses, each of which has to meet the specification by itself."""
        self._check(batch, 0)
        if doses < 1:
            raise TwinError(f"A product cannot be split into {doses} doses: give one or more.")
        parts = self.doses.copy()
        parts[batch] = doses
        return replace(self, doses=parts)

    def _check(self, batch: int, day: int) -> None:
        count = self.feed_ml.shape[0]
        if not 0 <= batch < count or not 0 <= day <= self.days:
            raise TwinError(
                f"There is no batch {batch} on day {day}: the plan has {count} batches (from 0) and {self.days} days."
            )


@dataclass(frozen=True)
class Culture:
    """`states` (days + 1, 8, n) after each day's feed, `before` the same before it, `volume_ml` (days + 1, n)."""

    states: Array
    before: Array
    volume_ml: Array

    def volume_before(self) -> Array:
        """Volume in the vessel before each day's feed, mL, shape (days + 1, n)."""
        return np.concatenate([self.volume_ml[:1], self.volume_ml[:-1]])

    def viable_1e6(self) -> Array:
        """Viable cells in the vessel, 1e6, shape (days + 1, n)."""
        return self.states[:, VIABLE] * self.volume_ml

    def viability(self) -> Array:
        """Viable over all cells, shape (days + 1, n)."""
        return self.states[:, VIABLE] / (self.states[:, VIABLE] + self.states[:, DEAD])


def standard_plan(count: int, days: int = 10) -> Plan:
    """The master record's plan: vector wash-out on day 2, feeds on days 3, 5 and 6, exchanges on days 4 and 7 to 9."""
    if days < 10:
        raise TwinError(f"The master record's culture lasts at least 10 days, not {days}: give 10 or more.")
    feed, exchange = np.zeros((count, days + 1)), np.zeros((count, days + 1))
    for day, millilitres in ((3, 200.0), (5, 400.0), (6, 800.0)):
        feed[:, day] = millilitres
    for day, fraction in ((2, 0.6), (4, 0.5), (7, 0.6), (8, 0.7), (9, 0.75)):
        exchange[:, day] = fraction
    return Plan(
        days,
        np.full(count, 0.8),
        np.full(count, 250.0),
        feed,
        exchange,
        harvest_day=np.full(count, days, np.int64),
        doses=np.ones(count),
    )


def _rhs(y: Array, p: Array) -> Array:
    viable, dead, glucose, lactate, dividing, stimulus, transduced, effector = y
    mu_max, lag_rate, decay, death, per_cell, upkeep, lactate_yield, gain, exhaustion = p
    fed = glucose / (glucose + 0.6)
    soured = 1.0 / (1.0 + (np.maximum(lactate, 0.0) / 32.0) ** 2)
    growth = mu_max * dividing * fed * soured * (1.0 - viable / 12.0)
    dying = death * (1.0 + 6.0 * (1.0 - fed) + 1.5 * (1.0 - soured) + 1.4 * stimulus)
    used = (per_cell * np.maximum(growth, 0.0) + upkeep * glucose / (glucose + 0.15)) * viable
    return np.stack(
        [
            (growth - dying) * viable,
            dying * viable - 0.10 * dead,
            -used,
            lactate_yield * used,
            lag_rate * (stimulus - dividing) * 0.75,
            -decay * stimulus,
            gain * transduced * (1.0 - transduced) * np.maximum(growth, 0.0),
            -exhaustion * effector * (0.4 + dividing + (1.0 - fed)),
        ]
    )


def grow(donors: Donors, plan: Plan, *, rtol: float = 1e-6) -> Culture:
    """The culture of every donor under the plan, day by day, at a relative local error of `rtol`.

    Raises `TwinError` when donors and plan do not have the same number of batches.
    """
    n = donors.count
    if plan.feed_ml.shape != (n, plan.days + 1) or plan.exchange.shape != (n, plan.days + 1):
        raise TwinError(f"The plan is for {plan.feed_ml.shape[0]} batches and there are {n} donors: make them equal.")
    names = ("mu_max", "lag_rate", "stimulus_decay", "death_rate", "glucose_per_cell", "glucose_upkeep")
    rates = [donors[name] for name in (*names, "lactate_yield", "transduced_gain", "exhaustion")]
    params = np.stack(rates)
    y = np.zeros((8, n))
    y[VIABLE], y[DEAD] = plan.seed_density, plan.seed_density * 0.07
    y[GLUCOSE], y[LACTATE], y[STIMULUS] = FRESH_GLUCOSE, 0.8, 1.0
    y[TRANSDUCED], y[EFFECTOR] = donors["transduced"], donors["effector"]
    volume = plan.volume_ml.astype(float)
    states, before, volumes = [], [], []
    for day in range(plan.days + 1):
        if day:
            y = integrate(_rhs, y, params, 1.0, rtol=rtol)
        before.append(y)
        y, volume = _feed(y, volume, plan.feed_ml[:, day], plan.exchange[:, day])
        states.append(y)
        volumes.append(volume)
    return Culture(np.stack(states), np.stack(before), np.stack(volumes))


def _feed(y: Array, volume: Array, feed_ml: Array, exchange: Array) -> tuple[Array, Array]:
    """Exchange keeps the cells (they are held back); a feed dilutes cells and medium alike."""
    after = y.copy()
    after[GLUCOSE] = y[GLUCOSE] * (1 - exchange) + FRESH_GLUCOSE * exchange
    after[LACTATE] = y[LACTATE] * (1 - exchange)
    after[DEAD] = y[DEAD] * (1 - 0.6 * exchange)
    share = volume / (volume + feed_ml)
    for row in (VIABLE, DEAD, LACTATE):
        after[row] = after[row] * share
    after[GLUCOSE] = after[GLUCOSE] * share + FRESH_GLUCOSE * (1 - share)
    return after, volume + feed_ml
