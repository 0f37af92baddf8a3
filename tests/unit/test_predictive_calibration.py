"""A probability that is said comes true, within the bound that is told with it."""

import numpy as np
import pytest

from keywords.predictive_holds.training.calibrate import came_true, fit_calibration
from mes_core.messages.odds import chance_in_words, one_in


def _bins(said: np.ndarray, fail: np.ndarray, count: int) -> list[tuple[float, float, int]]:
    """Mean of what was said, share that came true and failures, in bins of equally many rows by what was said."""
    order = np.argsort(said)
    return [(said[own].mean(), fail[own].mean(), int(fail[own].sum())) for own in np.array_split(order, count)]


@pytest.mark.requirement("URS-221")
@pytest.mark.parametrize("bend", [lambda z: 0.4 * z - 3, lambda z: np.where(z < 0, 0.15 * z, 1.5 * z) - 3.5])
def test_scores_of_any_bend_come_true_within_a_factor_of_one_and_a_half(bend: object) -> None:
    """A straight line can't follow the second: it is flat below and steep above."""
    rng = np.random.default_rng(7)
    score = rng.normal(0, 2, 12_000)
    truth = 1 / (1 + np.exp(-bend(score)))  # type: ignore[operator]
    known = fit_calibration(score, (rng.random(12_000) < truth).astype(float))
    fresh = rng.normal(0, 2, 200_000)
    fail = (rng.random(200_000) < 1 / (1 + np.exp(-bend(fresh)))).astype(float)  # type: ignore[operator]
    for said, true, failures in _bins(known.probability(fresh), fail, 10):
        assert failures > 100
        assert 1 / 1.5 < said / true < 1.5
    low, high = known.bounds(fresh)
    assert np.mean((low <= 1 / (1 + np.exp(-bend(fresh)))) & (1 / (1 + np.exp(-bend(fresh))) <= high)) > 0.7  # type: ignore[operator]
    assert (np.diff(known.probability(np.linspace(-9, 9, 4001))) > 0).all(), "rows keep their order"


@pytest.mark.requirement("URS-221")
def test_bins_of_what_came_true_name_a_prediction_that_does_not() -> None:
    rng = np.random.default_rng(3)
    said = np.repeat([0.01, 0.2], 4000)
    fail = (rng.random(8000) < np.repeat([0.03, 0.2], 4000)).astype(float)
    low, high = came_true(fail, said, 40)[0], came_true(fail, said, 40)[-1]
    assert low["factor"] > 2
    assert low["least_factor"] > 1.5
    assert high["least_factor"] == 1.0


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0091, "1 in 110"), (0.048, "1 in 21"), (0.35, "35 in 100"), (0.00001, "less than 1 in 10,000"),
     (0.999, "more than 99 in 100"), (0.000333, "1 in 3,000"), (0.0, "less than 1 in 10,000")],
)  # fmt: skip
def test_a_probability_is_read_as_one_in_so_many(probability: float, words: str) -> None:
    assert one_in(probability) == words
    assert chance_in_words(0.0091, 0.0055, 0.014, 0.048) == "1 in 110 (1 in 180 to 1 in 71), usual 1 in 21"
    assert chance_in_words(0.0091) == "1 in 110"
