"""Weeks as they might go: the class of every day at every hub, shared by all shipments that pass it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri  # type: ignore[import-untyped]

from mes_core.journey.delays import DelayTable
from mes_core.journey.priors import Priors

Array = NDArray[np.float64]
Whole = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Scenarios:
    """Classes of days: `classes[s, h, d]` for scenario, hub and day."""

    hubs: tuple[str, ...]
    days: tuple[date, ...]
    classes: Whole
    place: Mapping[tuple[str, date], tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        place = {(hub, day): (h, d) for h, hub in enumerate(self.hubs) for d, day in enumerate(self.days)}
        object.__setattr__(self, "place", place)

    def of(self, hub: str, day: date) -> Whole:
        """Classes of a hub's day in every scenario."""
        h, d = self.place[hub, day]
        found: Whole = self.classes[:, h, d]
        return found


def hub_correlation(regions: Sequence[str], table: DelayTable, priors: Priors) -> Array:
    """Correlation of hubs: as measured within a region, the prior between regions."""
    same = np.asarray([[left == right for right in regions] for left in regions])
    made: Array = np.where(same, table.between_hubs, priors.hub_ties.value)
    np.fill_diagonal(made, 1.0)
    return made


def draw(
    table: DelayTable,
    priors: Priors,
    *,
    hubs: Mapping[str, str],
    days: Sequence[date],
    count: int,
    seed: int,
    outlook: Mapping[tuple[str, str], str] | None = None,
) -> Scenarios:
    """Draw scenarios: days follow each other and hubs of a region go together, as the table measured it.

    Args:
        hubs: region of each hub.
        outlook: weather that is expected, by hub and ISO day.
    """
    names = tuple(sorted(hubs))
    tied = hub_correlation([hubs[name] for name in names], table, priors)
    root = np.linalg.cholesky(tied + 1e-9 * np.eye(len(names)))
    noise = np.random.default_rng(seed).standard_normal((count, len(names), len(days)))
    fresh = np.einsum("hk,skd->shd", root, noise)
    latent, keep = fresh.copy(), table.next_day
    for d in range(1, len(days)):
        latent[:, :, d] = keep * latent[:, :, d - 1] + np.sqrt(1 - keep**2) * fresh[:, :, d]
    classes = np.empty(latent.shape, dtype=np.intp)
    for h, name in enumerate(names):
        for d, day in enumerate(days):
            shares = table.weights((outlook or {}).get((name, day.isoformat()), ""))
            cuts = ndtri(np.clip(np.cumsum(shares)[:-1], 1e-12, 1 - 1e-12))
            classes[:, h, d] = np.searchsorted(cuts, latent[:, h, d])
    return Scenarios(names, tuple(days), classes)
