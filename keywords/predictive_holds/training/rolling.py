"""Rolling origin: what each candidate would have said of later rows, knowing only the earlier ones."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from keywords.predictive_holds.ensemble import Scale, raw_score
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.prepare import Preparation, past_rates
from keywords.predictive_holds.table import Array
from keywords.predictive_holds.training.checks import Learnable, Roles, learn_preparation
from keywords.predictive_holds.training.members import Candidate, clipped_severity, fit

GAP = 10
"""Rows that lie between an outcome and the first row that may know it: outcomes come late."""
_FEWEST = 4


@dataclass(frozen=True)
class OutOfTime:
    """Scores of rows by models that knew earlier rows only: `rows` into the table, `window` and score per row."""

    rows: np.ndarray
    window: np.ndarray
    fail: Array
    scores: dict[str, Array]


def windows(fail: Array, count: int, first: float) -> list[tuple[int, int]]:
    """Start and end of each window to predict; before the first there are rows and failures enough to learn."""
    rows = len(fail)
    start = max(
        int(rows * first),
        int(np.searchsorted(np.cumsum(fail), _FEWEST)) + 1,
        int(np.searchsorted(np.cumsum(1 - fail), _FEWEST)) + 1,
    )
    edges = np.unique(np.linspace(min(start, rows - count), rows, count + 1).astype(int))
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))


def training_matrix(preparation: Preparation, data: Learnable) -> Array:
    """The matrix for fitting: levels' failure rates come from earlier rows only, as they will in use."""
    past = past_rates(preparation, data.table, data.fail, GAP)
    return preparation.matrix(data.table, past, texts_missing=True)


def roll(
    data: Learnable, roles: Roles, made: list[Candidate], *, seed: int, count: int = 6, first: float = 0.3
) -> OutOfTime:
    """Predict window after window; preparation and models are fitted anew to what lies before each."""
    rows: list[np.ndarray] = []
    which: list[np.ndarray] = []
    scores: dict[str, list[Array]] = {one.name: [] for one in made}
    for number, (start, end) in enumerate(windows(data.fail, count, first)):
        later = np.arange(start, end)
        seen = {data.groups[place] for place in later}
        earlier = np.array([place for place in range(start) if data.groups[place] not in seen], int)
        if data.fail[earlier].sum() < 2 or (1 - data.fail[earlier]).sum() < 2:
            continue
        known, asked = data.take(earlier), data.take(later)
        for name, score in predict_with(known, asked, roles, made, seed).items():
            scores[name].append(score)
        rows.append(later)
        which.append(np.full(len(later), number))
    places = np.concatenate(rows) if rows else np.empty(0, int)
    failed = int(data.fail[places].sum())
    if failed in (0, len(places)):
        raise ModelRefused(
            f"Of {data.table.source} {len(places)} rows can be predicted from earlier ones in turn, and {failed} of"
            " them failed: a model needs failures and passes early and late; collect more."
        )
    joined = {name: np.concatenate(parts) for name, parts in scores.items()}
    return OutOfTime(places, np.concatenate(which), data.fail[places], joined)


def predict_with(
    known: Learnable, asked: Learnable, roles: Roles, made: list[Candidate], seed: int
) -> dict[str, Array]:
    """Scores of `asked` by each candidate fitted to `known` alone."""
    preparation = learn_preparation(known, roles)
    matrix, target = training_matrix(preparation, known), preparation.matrix(asked.table, texts_missing=True)
    severity = None if known.severity is None else clipped_severity(known.severity, known.fail)
    return {one.name: raw_score(fit(one, matrix, known.fail, severity, seed), target) for one in made}


def scale_of(score: Array, fail: Array) -> Scale:
    """The log-odds line (Platt) through out-of-time scores; a score that points the wrong way gets slope zero."""
    centre, spread = float(np.median(score)), float(np.std(score)) or 1.0
    line = LogisticRegression(C=1.0, max_iter=1000).fit(((score - centre) / spread)[:, None], fail.astype(int))
    slope = max(0.0, float(line.coef_[0, 0]))
    rate = float(np.clip(fail.mean(), 1e-3, 1 - 1e-3))
    offset = float(line.intercept_[0]) if slope else float(np.log(rate / (1 - rate)))
    return Scale(centre, spread, offset, slope)


def blended(found: OutOfTime, names: list[str], upto: int | None = None) -> Array:
    """Mean log-odds of these members for every row; scales are learnt from windows before `upto` (all when None)."""
    used = np.ones(len(found.rows), bool) if upto is None else found.window < upto
    parts = [scale_of(found.scores[name][used], found.fail[used]).logit(found.scores[name]) for name in names]
    mean: Array = np.mean(parts, axis=0)
    return mean


def choices(found: OutOfTime, ensembles: Mapping[str, list[str]]) -> dict[str, Array]:
    """Nested: log-odds of each ensemble with scales from earlier windows only; the first window uses plain ranks."""
    made: dict[str, Array] = {}
    for name, members in ensembles.items():
        total = np.empty(len(found.rows))
        for window in np.unique(found.window):
            here = found.window == window
            before = found.window < window
            if before.any() and 0 < found.fail[before].sum() < before.sum():
                total[here] = blended(found, members, int(window))[here]
            else:
                ranks = [np.argsort(np.argsort(found.scores[one][here])) / here.sum() for one in members]
                total[here] = np.mean(ranks, axis=0)
        made[name] = total
    return made
