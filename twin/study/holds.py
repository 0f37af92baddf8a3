"""Early warning and corrective action in the pretend plant: what is expected to fail, and what would help it.

For each corrective action (and for none) a logistic regression on the readings of days 0 to 3 says how likely the batch
is to fail. It is learned from virtual history in which every action was tried on every batch: that is the table of
corrective effects. A batch is acted on where the expected failure falls most, within the hold budget. Nothing is known
to it but what instruments show; what an action really does comes from the kinetics.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from twin.model.actions import ACTIONS, NONE, SPLIT, pick, with_actions
from twin.model.culture import Culture, grow
from twin.model.errors import TwinError
from twin.model.outcome import LIMITS, Outcome, harvest
from twin.model.population import People, Population, draw_people
from twin.model.readings import read_instruments

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.int64]
Grow = Callable[..., Culture]

HISTORY = 1 << 41
"""Batch numbers from here on are virtual history, never counted."""
RTOL = 1e-5
_CHUNK = 2048
_NEVER = 40.0
"""Log-odds of failing under an action that is not offered."""


@dataclass(frozen=True, eq=False)
class Policy:
    """Linear scores per action (len(ACTIONS), readings + 1) on scaled readings, and the least expected gain (a
    probability) for which a batch is acted on. Policies with the same figures are the same."""

    centre: Array
    scale: Array
    weights: Array
    least_gain: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self._figures() == other._figures()

    def __hash__(self) -> int:
        return hash(self._figures())

    def _figures(self) -> tuple[bytes, bytes, bytes, float]:
        return self.centre.tobytes(), self.scale.tobytes(), self.weights.tobytes(), self.least_gain

    def risks(self, early: Array) -> Array:
        """Probability of failure under each action, shape (len(ACTIONS), n)."""
        scaled = (early - self.centre) / self.scale
        # Not by matrix product: its rounding depends on how many batches are asked about, and ties between
        # actions would fall out differently for the same batch.
        scores = np.einsum("af,nf->an", self.weights[:, :-1], scaled, optimize=False) + self.weights[:, -1:]
        risks: Array = np.round(1.0 / (1.0 + np.exp(-np.clip(scores, -40, 40))), 9)
        return risks

    def choose(self, early: Array) -> Days:
        """The action for each batch, an index of `ACTIONS`."""
        risks = self.risks(early)
        gain = risks[NONE] - risks.min(axis=0)
        chosen: Days = np.where(gain >= self.least_gain, risks.argmin(axis=0), NONE)
        return chosen


@dataclass(frozen=True)
class Cells:
    """Batches without any action and as acted on, from the same donors, noise and instruments.

    `failed`, `severity` (0 in specification, else by how much the worst limit is missed, relative), `potency` (% of
    targets killed) and `culture_days` have a row for each: 0 without actions, 1 with them; shape (2, n). `risk` is the
    predicted probability of failure without action.
    """

    failed: Flags
    severity: Array
    potency: Array
    culture_days: Array
    action: Days
    risk: Array


def severity(product: Outcome) -> Array:
    """By how much the worst limit of the specification is missed, relative to that limit; zero in specification."""
    worst = np.zeros_like(product.viability)
    for name, (low, high) in LIMITS.items():
        values = getattr(product, name)
        if low is not None:
            worst = np.maximum(worst, (low - values) / low)
        if high is not None:
            worst = np.maximum(worst, (values - high) / high)
    return worst


def _product(people: People, actions: Days | None = None) -> tuple[Outcome, Culture, Days]:
    plan = people.plan if actions is None else with_actions(people.plan, actions)
    culture = grow(people.donors, plan, rtol=RTOL)
    return harvest(people.donors, plan, culture, people.late), culture, plan.harvest_day


def _early(seed: int, first: int, people: People, culture: Culture) -> Array:
    seeded = people.plan.seed_density * people.plan.volume_ml
    return read_instruments(seed, first, people.donors, seeded, culture, early=True)


def learn_policy(mix: Population, *, seed: int, history: int, budget: float) -> Policy:
    """A policy learned from `history` virtual batches, that acts on a share `budget` of batches.

    Raises `TwinError` for a history without failures, or too short to learn from.
    """
    from sklearn.linear_model import LogisticRegression

    if history < 50:
        raise TwinError(f"A history of {history} batches is too short to learn from: give 50 or more.")
    people = draw_people(seed, HISTORY, history, mix)
    plain, culture, _ = _product(people)
    early = _early(seed, HISTORY, people, culture)
    centre, scale = early.mean(axis=0), early.std(axis=0) + 1e-9
    weights = []
    for action in range(len(ACTIONS)):
        if action == SPLIT:  # the culture stays as it is
            plan = with_actions(people.plan, np.full(history, action))
            product = harvest(people.donors, plan, culture, people.late)
        else:
            product = plain if action == NONE else _product(people, np.full(history, action))[0]
        failed = product.failed()
        if failed.all() or not failed.any():
            raise TwinError(f"Of {history} batches of history {int(failed.sum())} failed: nothing can be learned.")
        if action != NONE and not (plain.failed() & ~failed).any():
            # It saved nobody in all of history: a regression would still find batches that it seems to help.
            weights.append(np.append(np.zeros(early.shape[1]), _NEVER))
            continue
        fit = LogisticRegression(C=0.05, max_iter=4000).fit((early - centre) / scale, failed)
        weights.append(np.append(fit.coef_[0], fit.intercept_[0]))
    policy = Policy(centre, scale, np.stack(weights), 0.0)
    risks = policy.risks(early)
    gain = risks[NONE] - risks.min(axis=0)
    least = float(np.quantile(gain, 1.0 - budget)) if budget > 0 else np.inf
    return Policy(centre, scale, policy.weights, max(least, 1e-6))


@lru_cache(maxsize=16)
def grow_batches(mix: Population, policy: Policy, *, seed: int, first: int, count: int) -> Cells:
    """Batches `first` to `first + count - 1`, each with its own counterfactual; not to be written to.

    The same again is not grown again: most inputs whose ends a report compares have nothing to do with the culture.
    """
    parts = [
        _grow_chunk(mix, policy, seed, start, min(_CHUNK, first + count - start))
        for start in range(first, first + count, _CHUNK)
    ]
    joined = [np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in Cells.__dataclass_fields__]
    for one in joined:
        one.flags.writeable = False
    return Cells(*joined)


def _grow_chunk(mix: Population, policy: Policy, seed: int, first: int, count: int) -> Cells:
    people = draw_people(seed, first, count, mix)
    product, culture, planned = _product(people)
    early = _early(seed, first, people, culture)
    action = policy.choose(early)
    failed, worst = product.failed() | people.contaminated, severity(product)
    found = [np.stack([part, part]) for part in (failed, worst, 100.0 - product.potency, planned.astype(float))]
    acted = action != NONE
    if acted.any():
        some = pick(people, acted)
        changed, _, days = _product(some, action[acted])
        found[0][1, acted] = changed.failed() | some.contaminated
        found[1][1, acted] = severity(changed)
        found[2][1, acted] = 100.0 - changed.potency
        found[3][1, acted] = days
    return Cells(found[0].astype(bool), found[1], found[2], found[3], action, policy.risks(early)[NONE])
