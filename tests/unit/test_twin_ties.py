"""Two actions that promise the same: which one is taken never depends on how many batches are asked about."""

import numpy as np

from twin.study.holds import Policy


def test_equal_promises_fall_out_the_same_for_one_batch_and_for_many() -> None:
    rng = np.random.default_rng(6)
    weights = rng.normal(0, 0.3, (5, 81))
    weights[3] = weights[2]  # the same promise twice, up to rounding
    weights[3, :-1] = weights[2, :-1][::-1]
    early = rng.normal(0, 1, (500, 80))
    early[:, 40:] = early[:, :40][:, ::-1]
    policy = Policy(np.zeros(80), np.ones(80), weights, 0.0)
    together = policy.choose(early)
    for size in (1, 3, 17):
        parts = [policy.choose(early[start : start + size]) for start in range(0, 500, size)]
        assert np.array_equal(np.concatenate(parts), together)
