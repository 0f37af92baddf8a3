"""Corrective actions for many batches at once; each gives changed plans and touches no answer of the model."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.model.culture import Plan
from twin.model.errors import TwinError
from twin.model.population import People

Days = NDArray[np.int64]

NONE, FEED, EXCHANGE, EXTEND, BOTH, SPLIT = range(6)
ACTIONS: Final = (
    "none",
    "feed",
    "medium exchange",
    "extended culture",
    "exchange and extended culture",
    "dose split",
)
FIRST_DAY = 4
"""The prediction is made on day 3; an action begins on the day after."""
_ADDED_FEED_ML = 200.0
_EXCHANGED = 0.9
_ADDED_DAYS = 1
_PARTS = 2.0


def with_actions(plan: Plan, actions: Days) -> Plan:
    """The plans with one action each, shape (n,), an index of `ACTIONS`. Raises `TwinError` for an unknown one.

    Feed: 200 mL more on day 4. Medium exchange: at least 90 % of the medium on every day from 4 to the day before
    harvest. Extended culture: one day more, with an exchange on the day that was harvest day. Dose split: the product
    is filled in two parts, each of which has to hold the dose by itself; the culture stays as it is.
    """
    if actions.shape != plan.harvest_day.shape or actions.min(initial=0) < 0 or actions.max(initial=0) >= len(ACTIONS):
        raise TwinError(f"Give one action from 0 to {len(ACTIONS) - 1} for each of {plan.harvest_day.size} batches.")
    longer = np.isin(actions, (EXTEND, BOTH))
    pad = ((0, 0), (0, _ADDED_DAYS))
    feed, exchange = np.pad(plan.feed_ml, pad), np.pad(plan.exchange, pad)
    feed[actions == FEED, FIRST_DAY] += _ADDED_FEED_ML
    day = np.arange(exchange.shape[1])[None, :]
    planned = plan.harvest_day[:, None]
    fresh = np.isin(actions, (EXCHANGE, BOTH))[:, None] & (day >= FIRST_DAY) & (day < planned)
    added = longer[:, None] & (day >= planned) & (day < planned + _ADDED_DAYS)
    exchange = np.where(fresh | added, np.maximum(exchange, _EXCHANGED), exchange)
    return replace(
        plan,
        days=plan.days + _ADDED_DAYS,
        feed_ml=feed,
        exchange=exchange,
        harvest_day=plan.harvest_day + _ADDED_DAYS * longer,
        doses=np.where(actions == SPLIT, plan.doses * _PARTS, plan.doses),
    )


def pick(people: People, chosen: NDArray[np.bool_]) -> People:
    """Some of the patients, with their own plan and their own noise."""
    plan = people.plan
    part = Plan(
        plan.days,
        plan.seed_density[chosen],
        plan.volume_ml[chosen],
        plan.feed_ml[chosen],
        plan.exchange[chosen],
        plan.harvest_day[chosen],
        plan.doses[chosen],
    )
    donors = replace(people.donors, values=people.donors.values[:, chosen])
    return People(donors, part, people.late[chosen], people.contaminated[chosen])
