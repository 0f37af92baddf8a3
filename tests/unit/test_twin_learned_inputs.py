"""What a log says becomes an input with its median, its mean and its spread; checked on a part of the log kept out."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.stats import wasserstein_distance  # type: ignore[import-untyped]
from typer.testing import CliRunner

from batchwright.commands.twin import twin_app
from twin.learn.log import Log
from twin.learn.reading import read_log
from twin.model.errors import TwinError
from twin.study.inputs import Inputs, load_preset
from twin.study.plant import BASELINE, STEPS, draw_chance, plan_work

T0 = datetime(2026, 1, 5, 8, tzinfo=UTC)
COUNT = 400


def hours_of(seed: int) -> np.ndarray:
    """Reviews whose mean is 1.4 times their median, most short and some very long: a gamma, no lognormal."""
    return np.random.default_rng(seed).gamma(0.85, 6.0, COUNT)


def written(path: Path, hours: np.ndarray, *, header: str = "case_id,activity,resource,start_time,end_time") -> Path:
    lines = [header]
    for number, lasts in enumerate(hours):
        begin = T0 + timedelta(days=number)
        lines.append(f"B{number},Review,q.1,{begin.isoformat()},{(begin + timedelta(hours=lasts)).isoformat()}")
    packed = gzip.compress("\n".join(lines).encode()) if path.suffix == ".gz" else "\n".join(lines).encode()
    path.write_bytes(packed)
    return path


def learned(tmp_path: Path) -> tuple[Inputs, str]:
    """Inputs from the part of the log that is learnt from, by the command."""
    out = tmp_path / "inputs.yaml"
    words = ["learn", str(written(tmp_path / "log.csv.gz", hours_of(1))), "--map", "Review=line.review_hours"]
    done = CliRunner().invoke(twin_app, [*words, "--out", str(out), "--format", "json"])
    assert done.exit_code == 0, done.output
    return load_preset("uk-lbcl").with_file(out), out.read_text(encoding="utf-8")


def simulated(inputs: Inputs, count: int = 20_000) -> np.ndarray:
    """Hours of review that the twin draws with these inputs."""
    chance = draw_chance(9, 0, count)
    work, _ = plan_work(inputs, BASELINE, chance, np.arange(float(count)), np.zeros(count, bool), np.full(count, 10.0))
    return work.touch[:, STEPS.index("review")] * 24


def test_the_twin_draws_the_mean_of_the_log_and_not_its_median_alone(tmp_path: Path) -> None:
    inputs, text = learned(tmp_path)
    log, drawn = hours_of(1), simulated(inputs)
    assert log.mean() / np.median(log) > 1.3, "1.03 is what is assumed without a spread."
    assert np.median(drawn) == pytest.approx(np.median(log), rel=0.03)
    assert drawn.mean() == pytest.approx(log.mean(), rel=0.05)
    assert f"mean {log.mean():.4g} h" in text


def test_a_part_of_the_log_that_was_kept_out_is_met_better_than_without_the_spread(tmp_path: Path) -> None:
    inputs, text = learned(tmp_path)
    held_out = hours_of(2)
    median_only = yaml.safe_load(text)
    del median_only["inputs"]["line.review_hours"]["spread"]
    path = tmp_path / "median.yaml"
    path.write_text(yaml.safe_dump(median_only), encoding="utf-8")
    plain = load_preset("uk-lbcl").with_file(path)
    now, before = (wasserstein_distance(simulated(one), held_out) for one in (inputs, plain))
    noise = wasserstein_distance(hours_of(1), held_out)
    assert now < 0.55 * before
    assert now < noise + 0.25 * held_out.mean()


def test_a_log_as_simod_writes_it_reads_packed_or_not(tmp_path: Path) -> None:
    plain = written(tmp_path / "log.csv", hours_of(3)[:20])
    packed = written(tmp_path / "log.csv.gz", hours_of(3)[:20])
    logs: list[Log] = [read_log(one) for one in (plain, packed)]
    assert list(logs[0].events) == list(logs[1].events)
    assert all(one.start is not None and one.end is not None for one in logs[0].events)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("line.review_hours: {value: 3, spread: -1}", "is no log sd"),
        ("line.review_hours: {value: 3, spread: wide}", "is no log sd"),
        ("line.finding_share: {value: 0.3, spread: 0.2}", "only times have a spread"),
    ],
)
def test_a_spread_that_can_t_be_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    path = tmp_path / "inputs.yaml"
    path.write_text(f"inputs: {{{entry}}}", encoding="utf-8")
    with pytest.raises(TwinError, match=said):
        load_preset("paper").with_file(path)
