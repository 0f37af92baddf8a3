"""The compiled line gives the same times as the plain one."""

import numpy as np
import pytest

from twin.line import run_line
from twin.line.compiled import available
from twin.study.inputs import load_preset
from twin.study.plant import AUGMENTED, BASELINE, Levers, draw_chance, plan_work, plant_network


@pytest.mark.skipif(not available(), reason="numba is an extra")
@pytest.mark.parametrize("levers", [BASELINE, AUGMENTED], ids=["baseline", "augmented"])
def test_the_compiled_line_gives_the_same_times(levers: Levers) -> None:
    inputs, rng, count = load_preset("paper"), np.random.default_rng(5), 400
    arrivals = np.cumsum(rng.exponential(30.4 / 40, count))
    failed = rng.random(count) < 0.15
    work, _ = plan_work(inputs, levers, draw_chance(5, 0, count), arrivals, failed, np.full(count, 10.0))
    network = plant_network(inputs)
    plain, fast = run_line(network, work, compiled=False), run_line(network, work, compiled=True)
    for name in ("ready", "begun", "worked", "done"):
        assert np.allclose(getattr(plain, name), getattr(fast, name), atol=1e-9), name
