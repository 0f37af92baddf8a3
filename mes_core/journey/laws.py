"""How late a whole way comes: the laws of its legs, put together given the class of each flight's day."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]

from mes_core.journey.delays import CELLS, GRID_H, STEP_H, DelayTable, air_pmfs
from mes_core.journey.priors import Priors
from mes_core.journey.ways import Kind

Array = NDArray[np.float64]
_NODES = 32


def _exponential(mean_h: float) -> Array:
    """An exponential delay on the grid; the mass between two cells is split so that its mean stays."""
    width = STEP_H / mean_h
    tail = np.exp(-GRID_H / mean_h)
    inside = tail * -np.expm1(-width)
    share = 1 / width - 1 / np.expm1(width)
    made: Array = inside * (1 - share)
    made[1:] += inside[:-1] * share
    made[-1] += 1 - made.sum()
    return made


def _between(first_h: float, last_h: float) -> Array:
    inside = ((first_h < GRID_H) & (last_h >= GRID_H)).astype(np.float64)
    made: Array = inside / inside.sum()
    return made


ON_TIME: Array = np.eye(1, CELLS)[0]


def road_pmf(priors: Priors, end: str = "value") -> Array:
    """Lateness of one drive: a prior."""
    late, broken = float(getattr(priors.road_late, end)), float(getattr(priors.road_breakdown, end))
    made: Array = (1 - late - broken) * _exponential(0.2) + late * _exponential(2.0) + broken * _between(4, 24)
    return made


def customs_pmf(priors: Priors, end: str = "value") -> Array:
    """Lateness at a border: a prior."""
    late, query = float(getattr(priors.customs_late, end)), float(getattr(priors.customs_query, end))
    made: Array = (1 - late - query) * ON_TIME + late * _exponential(5.0) + query * _between(12, 72)
    return made


def convolved(first: Array, second: Array) -> Array:
    """Law of a sum of two delays, along the last axis; what leaves the grid stays in its last cell."""
    size = 2 * CELLS
    whole = np.fft.irfft(np.fft.rfft(first, size) * np.fft.rfft(second, size), size)
    made: Array = np.maximum(whole[..., :CELLS], 0.0)
    made[..., -1] += np.maximum(whole[..., CELLS:], 0.0).sum(axis=-1)
    return made


def waits(late_h: Array, slack_h: float, next_h: float) -> Array:
    """What a late drive costs at the airport: nothing within the slack, else the wait for a later departure."""
    made: Array = np.where(late_h <= slack_h, 0.0, np.ceil((late_h - slack_h) / next_h) * next_h)
    return made


def _missed(pmf: Array, slack_h: float, next_h: float) -> Array:
    cells = np.minimum(np.round(waits(GRID_H, slack_h, next_h) / STEP_H).astype(int), CELLS - 1)
    made: Array = np.bincount(cells, weights=pmf, minlength=CELLS).astype(np.float64)
    return made


class Laws:
    """Laws of delays for one table and one set of priors, made when they are first needed.

    `law(kind, end)` has a row for each combination of day classes of the way's flights; `weights` are their
    probabilities, and `resampled(kind, draws, seed)` such as might have come out. `end` says where in their ranges the
    priors stand: "low", "value" or "high".
    """

    def __init__(self, table: DelayTable, priors: Priors) -> None:
        self.table = table
        self.priors = priors
        self._air = air_pmfs(table)
        self.law: Callable[[Kind, str], Array] = lru_cache(maxsize=2048)(self._law)
        self.weights: Callable[[Kind], Array] = lru_cache(maxsize=2048)(self._weights)
        self.resampled: Callable[[Kind, int, int], Array] = lru_cache(maxsize=2048)(self._resampled)
        self._ground: Callable[[Kind, str], Array] = lru_cache(maxsize=256)(self._of_ground)

    def _of_ground(self, kind: Kind, end: str) -> Array:
        made: Array = ON_TIME
        for leg in range(kind.road_legs):
            one = road_pmf(self.priors, end)
            # Only the drive to the airport can miss a flight; the others are late as they are.
            first = kind.flights and leg == 0
            made = convolved(made, _missed(one, kind.slack_h, kind.next_flight_h) if first else one)
        return convolved(made, customs_pmf(self.priors, end)) if kind.customs else made

    def _law(self, kind: Kind, end: str) -> Array:
        made = self._ground(Kind(kind.flights[:1], kind.road_legs, kind.customs, kind.slack_h, kind.next_flight_h), end)
        made = made[None, :]
        for _, part, _ in kind.flights:
            made = convolved(made[:, None, :], self._air[None, :, part, :]).reshape(-1, CELLS)
        return made

    def _weights(self, kind: Kind) -> Array:
        flown = [self.table.weights(outlook) for _, _, outlook in kind.flights]
        if not flown:
            return np.ones(1)
        if len(flown) == 1:
            return flown[0]
        return self._joint(flown, self._tie(kind))

    def _tie(self, kind: Kind) -> float:
        """Correlation of the days of a way's flights: that of one hub, or the prior for hubs of two regions."""
        same = all(left[0] == right[0] for left, right in pairwise(kind.flights))
        return self.table.next_day if same else self.priors.hub_ties.value

    def _joint(self, flown: list[Array], tie: float) -> Array:
        """Joint shares of classes whose latent normals have this correlation (one common factor)."""
        nodes, masses = hermegauss(_NODES)
        made = np.ones((_NODES, 1))
        for shares in flown:
            cuts = ndtri(np.clip(np.cumsum(shares)[:-1], 1e-12, 1 - 1e-12))
            below = ndtr((cuts[None, :] - np.sqrt(tie) * nodes[:, None]) / np.sqrt(1 - tie))
            given = np.diff(np.concatenate([np.zeros((_NODES, 1)), below, np.ones((_NODES, 1))], axis=1), axis=1)
            made = (made[:, :, None] * given[:, None, :]).reshape(_NODES, -1)
        joint: Array = (masses / masses.sum()) @ made
        return joint

    def _resampled(self, kind: Kind, draws: int, seed: int) -> Array:
        """Weights of the classes as they might have come out on other days of the same number: (draws, rows)."""
        base = self.weights(kind)
        if not kind.flights:
            return np.ones((draws, 1))
        rng = np.random.default_rng([seed, draws, len(kind.flights)])
        ratio = np.ones((draws, 1))
        for _, _, outlook in kind.flights:
            shares = self.table.weights(outlook)
            # The part of the days that had this weather is not known from the shares: a quarter is on the safe side.
            days = self.table.days / (4 if outlook else 1)
            drawn = rng.dirichlet(np.maximum(shares * days, 0.3), size=draws) / np.maximum(shares, 1e-12)
            ratio = (ratio[:, :, None] * drawn[:, None, :]).reshape(draws, -1)
        made = base[None, :] * ratio
        normal: Array = made / made.sum(axis=1, keepdims=True)
        return normal
