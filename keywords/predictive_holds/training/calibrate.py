"""Learn a calibration from rows that the model had not seen, and see how far predictions come true."""

from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from keywords.predictive_holds.calibration import Calibration
from keywords.predictive_holds.ensemble import probability
from keywords.predictive_holds.table import Array
from keywords.predictive_holds.training.measures import interval
from keywords.predictive_holds.training.rolling import scale_of

_PER_BIN = 12
"""Failures that a bin of isotonic calibration is to hold: fewer say little of a share."""
_MOST_BINS = 40
_FEWEST_BINS = 4
"""With failures for fewer bins a straight line in log-odds (Platt) says more than steps."""
_IN_A_BOUND = 20
"""Failures by which the interval of a share is told: 20 tell it to a factor of about 1.5."""


def fit_calibration(score: Array, fail: Array) -> Calibration:
    """Isotonic over bins of as many expected failures each; a straight line where there are too few of them.

    Args:
        score: (n,) mean log-odds of the members, of rows out of time.
        fail: (n,) 0 or 1.
    """
    line = scale_of(score, fail)
    expected = probability(line.logit(score))
    failures = int(min(fail.sum(), (1 - fail).sum()))
    which, edges = _bins(score, expected, max(1, failures // _IN_A_BOUND))
    shares = [interval(int(fail[which == one].sum()), int((which == one).sum())) for one in range(len(edges) + 1)]
    low, high = (np.array([share[end] for share in shares]) for end in (0, 1))
    bins = min(_MOST_BINS, failures // _PER_BIN)
    if bins < _FEWEST_BINS:
        knots = np.unique(np.quantile(score, np.linspace(0, 1, 21)))
        return Calibration(knots, line.logit(knots), edges, low, high)
    fine, inner = _bins(score, expected, bins)
    count = np.bincount(fine, minlength=len(inner) + 1).astype(float)
    centre = np.bincount(fine, weights=score) / count
    # Half a batch on either side: a bin in which all or none failed has no finite log-odds.
    share = (np.bincount(fine, weights=fail) + 0.5) / (count + 1.0)
    rising = IsotonicRegression().fit_transform(centre, share, sample_weight=count)
    return Calibration(centre, np.log(rising / (1 - rising)), edges, low, high)


def _bins(score: Array, expected: Array, bins: int) -> tuple[np.ndarray, Array]:
    """Bin of each row, and the edges between: bins of equal expected failures.

    Cut by what is expected, not by what happened: a bin that ends with a failure would have one too many.
    """
    order = np.argsort(score, kind="stable")
    share = np.cumsum(expected[order]) / expected.sum()
    cuts = np.searchsorted(share, np.arange(1, bins) / bins)
    edges = np.unique(score[order][np.clip(cuts, 1, len(score) - 1)])
    edges = edges[edges > score.min()]  # no bin is empty
    return np.searchsorted(edges, score, side="right"), np.asarray(edges, float)


def came_true(fail: Array, said: Array, failures_per_bin: int = 10) -> list[dict[str, Any]]:
    """Bins of rows by the probability that was said, and what came true in each, with its exact 95 % interval.

    `factor` is how many times the one is larger than the other; `least_factor` how far apart they are at least, by the
    interval (1.0 where the said one lies inside).

    Args:
        fail: (n,) 0 or 1.
        said: (n,) probabilities of failure of rows that neither model nor calibration has seen.
        failures_per_bin: Failures expected in a bin, so that its share says something.
    """
    which, edges = _bins(said, said, max(1, int(said.sum() // failures_per_bin)))
    made = []
    for one in range(len(edges) + 1):
        own = which == one
        rows, failed, mean = int(own.sum()), int(fail[own].sum()), float(said[own].mean())
        share, (low, high) = failed / rows, interval(failed, rows)
        outside = low / mean if mean < low else mean / high if mean > high else 1.0
        made.append(
            {
                "rows": rows,
                "failures": failed,
                "said": mean,
                "came_true": share,
                "interval": [low, high],
                "factor": max(share / mean, mean / share) if failed else None,
                "least_factor": outside,
            }
        )
    return made
