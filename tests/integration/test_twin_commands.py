"""The commands `batchwright twin`, run as a person runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "batchwright", "twin", *words], capture_output=True, text=True)


@pytest.mark.requirement("URS-100")
def test_a_run_prints_the_promised_json_and_the_same_seed_the_same_bytes() -> None:
    words = ("run", "--preset", "paper", "--batches", "200", "--seed", "5", "--reps", "4", "--format", "json")
    first, second = _run(*words), _run(*words)
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    found = json.loads(first.stdout)
    assert set(found["scenarios"]) == {"baseline", "augmented"}
    for kpis in found["scenarios"].values():
        for name in ("failure_rate", "right_first_time", "release_days", "potency_cv"):
            assert kpis[name]["low"] <= kpis[name]["mean"] <= kpis[name]["high"]
    assert {"made", "prevented", "mitigated"} <= set(found["interventions"])
    assert found["touch_days"]["baseline"] > 0
    assert found["waiting_days"]["baseline"] > 0


@pytest.mark.requirement("URS-101")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--preset", "none"), "no preset"),
        (("run", "--batches", "0"), "one or more"),
        (("run", "--batches", "10", "--reps", "20"), "ask for fewer"),
        (("run", "--set", "plant.analysts=0"), "whole number"),
        (("run", "--set", "plant.analysts"), "NAME=NUMBER"),
        (("run", "--set", "line.fill_hours=nan"), "give a number"),
        (("run", "--set", "plant.analysts=3"), "can't keep up"),
        (("calibrate", "--preset", "academic"), "no published totals"),
    ],
)
def test_bad_input_is_answered_with_one_sentence_and_exit_code_2(words: tuple[str, ...], said: str) -> None:
    found = _run(*words)
    assert found.returncode == 2
    assert said in found.stderr
    assert "Traceback" not in found.stderr
    assert found.stdout == ""


def test_the_report_is_one_page_and_one_pdf(tmp_path: Path) -> None:
    words = ("report", "--out", str(tmp_path), "--batches", "200", "--set", "holds.history=600")
    found = _run(*words)
    assert found.returncode == 0, found.stderr
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "What does not add up in the paper" in page
    assert "line.review_hours" in page
    assert page.count("<svg") == 6
    assert "http://" not in page.split("<svg")[0]
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
