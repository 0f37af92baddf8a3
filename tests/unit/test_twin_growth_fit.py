"""Fit of growth laws to cell counts: known answers first, then real ones."""

import os
from pathlib import Path

import numpy as np
import pytest

from twin.model.errors import TwinError
from twin.model.growth_fit import LAWS, PARAMETERS, Counts, best_fit, curves, fit_growth, read_counts

DAYS = np.array([0.0, 4.0, 24.0, 48.0, 72.0]) / 24.0
TRUTH = {"mu_max": 0.75, "capacity": 10.0, "survival": 0.85}
PROJECT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("BATCHWRIGHT_REAL_DATA", PROJECT.parent / "shared" / "data"))
HEK = (REAL if REAL.is_absolute() else PROJECT / REAL) / "hek293_kinetics" / "growth_high_producer.csv"


def made(law: str, noise: float, seed: int = 1, replicates: int = 4) -> Counts:
    rng = np.random.default_rng(seed)
    start = 4.0 * np.exp(rng.normal(0.0, 0.05, replicates))
    shared = np.repeat(np.array(list(TRUTH.values()))[:, None], replicates, axis=1)
    density = curves(law, shared, start, DAYS)
    return Counts(DAYS, density * np.exp(rng.normal(0.0, noise, density.shape)))


@pytest.mark.parametrize("law", LAWS)
def test_exact_counts_give_back_their_parameters(law: str) -> None:
    fit = fit_growth(made(law, 0.0), law)
    for name, truth in TRUTH.items():
        assert fit.estimates[name].value == pytest.approx(truth, rel=1e-4)
    assert fit.residual_cv < 1e-5


def test_logistic_curve_is_the_closed_one() -> None:
    start, shared = np.array([4.0]), np.array([[0.75], [10.0], [0.85]])
    n0 = 4.0 * 0.85
    closed = 10.0 / (1.0 + (10.0 / n0 - 1.0) * np.exp(-0.75 * DAYS[1:]))
    assert curves("logistic", shared, start, DAYS)[0, 1:] == pytest.approx(closed, rel=1e-7)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = [
        fit.estimates[name].low <= TRUTH[name] <= fit.estimates[name].high
        for seed in range(20)
        for fit in [fit_growth(made("substrate", 0.04, seed))]
        for name in PARAMETERS
    ]
    assert len(held) == 60
    assert 0.85 <= np.mean(held) <= 1.0


def test_the_wrong_law_is_found_out() -> None:
    right, wrong = best_fit(made("substrate", 0.01))
    assert (right.law, wrong.law) == ("substrate", "logistic")
    assert right.lack_of_fit_p > 0.05 > wrong.lack_of_fit_p


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("state,rep,t_h\nA,1,0\n", "no column 'cells_per_ml'"),
        ("state,rep,t_h,cells_per_ml\nA,1,0,many\n", "line 2: time and count must be numbers"),
        ("state,rep,t_h,cells_per_ml\nA,1,0,4e6\nA,1,4,-1\n", "line 3: a time must be zero or more"),
        ("state,rep,t_h,cells_per_ml\nA,1,0,4e6\nA,1,4,nan\n", "line 3"),
        ("state,rep,t_h,cells_per_ml\nA,1,0,4e6\nA,1,4,4e6\nA,2,0,4e6\n", "replicate 2 of A has no count at 4 h"),
    ],
)
def test_broken_counts_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "counts.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TwinError, match=message):
        read_counts(path)


def test_impossible_requests_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="too few to fit"):
        fit_growth(made("substrate", 0.01, replicates=1))
    with pytest.raises(TwinError, match="no growth law 'linear'"):
        fit_growth(made("substrate", 0.01), "linear")
    with pytest.raises(TwinError, match="cannot be read"):
        read_counts(tmp_path / "nowhere.csv")


@pytest.mark.real_data
@pytest.mark.skipif(not HEK.is_file(), reason=f"real growth data not found at {HEK} (set BATCHWRIGHT_REAL_DATA)")
def test_real_growth_of_hek293_cells() -> None:
    """LeoZ93/hek293aav, Apache-2.0: untransfected (MO) and transfected (TR) cells, 4 replicates, 0-72 h."""
    counts = read_counts(HEK)
    mock, transfected = best_fit(counts["HP_MO"]), best_fit(counts["HP_TR"])
    assert [fit.law for fit in mock] == ["substrate", "logistic"]
    assert mock[0].lack_of_fit_p > 0.05 > mock[1].lack_of_fit_p
    assert transfected[0].law == "logistic"
    assert transfected[0].lack_of_fit_p > 0.05
    rate = mock[0].estimates["mu_max"]
    assert 0.6 < rate.low < rate.value < rate.high < 0.9
    assert mock[0].residual_cv < 0.06
    for fit in (mock[0], transfected[0]):
        assert all(one.low < one.value < one.high for one in fit.estimates.values())
        measured = counts["HP_MO" if fit is mock[0] else "HP_TR"].density
        assert float(np.abs(np.log(fit.fitted / measured)).max()) < 0.2
