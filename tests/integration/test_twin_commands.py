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
        (("run", "--set", "plant.batches_per_month=0"), "a plant that makes nothing"),
        (("run", "--set", "cells.contamination=1", "--set", "holds.history=600"), "Every batch fails"),
        (("run", "--set", "plant.operators=1", "--set", "holds.history=600"), "needs 2 operators at the same time"),
        (("run", "--set", "cells.culture_days=13", "--set", "holds.history=600"), "at most"),
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
    words = ("report", "--out", str(tmp_path), "--batches", "60", "--set", "holds.history=300")
    found = _run(*words)
    assert found.returncode == 0, found.stderr
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "What does not add up in the paper" in page
    assert "line.review_hours" in page
    assert page.index("Assumed, and what the answer is without it") < page.index("<h2>The answer</h2>")
    assert page.index("<h2>The answer</h2>") < page.index("Table 1 of the paper")
    assert "certification takes as long as on a paper record" in page
    assert "Arrival of the cells to delivery" in page
    assert "got a day of culture more" in page
    assert page.count("<svg") == 6
    assert "http://" not in page.split("<svg")[0]
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def _log(path: Path) -> Path:
    """Thirty batches: two hours of review by one of two people, one review that still goes on."""
    lines = ["case_id,activity,resource,role,start_timestamp,timestamp"]
    for number in range(1, 31):
        day = f"2026-03-{number:02d}T"
        lines.append(f"B{number},Make,p.one,operator,{day}06:00:00,{day}08:00:00")
        hour = 10 + number % 7
        ended = f"{day}{hour + 2}:{number:02d}:00" if number < 30 else ""
        lines.append(f"B{number},Review,q.{number % 2},quality,{day}{hour}:00:00,{ended}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_what_is_learned_from_a_log_becomes_an_input_of_a_run(tmp_path: Path) -> None:
    out = tmp_path / "inputs.yaml"
    mapped = ("--map", "Review=line.review_hours", "--out", str(out), "--format", "json")
    done = _run("learn", str(_log(tmp_path / "log.csv")), *mapped)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    review = next(one for one in found["activities"] if one["name"] == "Review")
    assert (review["touch"]["count"], review["touch"]["open"]) == (30, 1)
    assert found["role_pairs"] == [["operator", "quality", 30]]
    assert found["gaps"] == ["1 of 60 events had not ended when the log did: they count as longer than that."]
    hours = found["inputs"]["line.review_hours"]
    assert 2 < hours["low"] <= hours["value"] <= hours["high"] < 3
    run = ("run", "--preset", "paper", "--batches", "60", "--reps", "2", "--format", "json")
    learned = _run(*run, "--inputs", str(out))
    assert learned.returncode == 0, learned.stderr
    assert json.loads(learned.stdout)["touch_days"]["baseline"] > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hours", "always"), "is not understood"),
        (("--map", "Nothing=line.review_hours"), "the log has no activity 'Nothing'"),
    ],
)
def test_what_can_t_be_learned_is_one_sentence(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    done = _run("learn", str(_log(tmp_path / "log.csv")), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
