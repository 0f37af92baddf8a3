"""Learn what belongs to which label, from training rows alone."""

from dataclasses import replace

import numpy as np
from sklearn.covariance import LedoitWolf

from keywords.predictive_holds.labels import MOST_CHANNELS, Labels, channels, frame, raw_values
from keywords.predictive_holds.prepare import Column, learn_number
from keywords.predictive_holds.table import Array, Table

FALSE_ALARMS = 0.005
"""Share of rows that may be named by mistake, of each of the two kinds."""
MOST_ROWS = 4_000
"""Rows that are looked at one by one, spread over the whole time."""
_PARTS = 4


def learn_labels(table: Table, columns: list[Column]) -> Labels | None:
    """Quantiles, correlations and limits; None with fewer than three channels, or more than 1,500.

    Limits are quantiles of what rows of training score under a description learnt from the others (four parts in
    time), so that a description that knows its rows by heart does not set them.
    """
    used = channels(columns)
    if not 3 <= len(used) <= MOST_CHANNELS:
        return None
    values = raw_values(table, [one.name for one in used])
    if len(values) > MOST_ROWS:  # limits are quantiles of a share of 0.005: so many rows tell them well
        values = values[np.linspace(0, len(values) - 1, MOST_ROWS).astype(int)]
    pairs, singles = [], []
    for part in np.array_split(np.arange(len(values)), _PARTS):
        rest = np.delete(np.arange(len(values)), part)
        known = _described(used, values[rest])
        if known is None:
            return None
        for row, scores in zip(values[part], known.scores_of(values[part]), strict=True):
            pairs.append(known.best_exchange(row, scores)[0])
            singles.append(known.oddest(row, scores)[0])
    whole = _described(used, values)
    return None if whole is None else replace(whole, pair_limit=_limit(pairs), single_limit=_limit(singles))


def _described(columns: list[Column], values: Array) -> Labels | None:
    """Quantiles and precision of these rows; None when a channel never changes in them."""
    if (np.isfinite(values).sum(axis=0) < 2).any():
        return None
    own = [learn_number(one.name, values[:, place]) for place, one in enumerate(columns)]
    if len(channels(own)) < len(own):
        return None
    made = frame(own)
    return replace(made, precision=LedoitWolf().fit(made.scores_of(values)).precision_)


def _limit(scores: list[float]) -> float:
    """The score that at most the share of false alarms exceeds among rows like these."""
    ordered = np.sort(np.where(np.isfinite(scores), scores, 0.0))[::-1]
    return float(ordered[int(FALSE_ALARMS * (len(ordered) + 1))])
