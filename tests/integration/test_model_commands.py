"""The `model` commands as a person types them: answers in JSON, refusals in one sentence with nothing stored."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "unit"))
from predictive_support import plant_table

from batchwright.cli import main


def _write(path: Path, columns: dict[str, list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "batchwright", "model", *arguments],
        env={**os.environ, "BATCHWRIGHT_HOME": str(folder / "home")},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table and a model trained on it."""
    made = tmp_path_factory.mktemp("models")
    _write(made / "early.csv", plant_table(220))
    _write(made / "late.csv", plant_table(60, seed=21))
    options = ("--target", "fail", "--time", "timestamp", "--group", "patient", "--trees", "30", "--format", "json")
    done = _run(made, "train", "--data", "early.csv", "--out", "m.model", *options)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hash"]
    return made


def test_predict_gives_one_object_a_line(folder: Path) -> None:
    done = _run(folder, "predict", "--model", "m.model", "--data", "late.csv", "--format", "json")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["row"] for one in said] == list(range(1, 61))
    assert all(0 <= one["probability"] <= 1 for one in said)
    assert {one["answer"] for one in said} <= {"RISK", "CLEAR", "UNDECIDED"}


def test_card_compare_and_drift_answer_in_json(folder: Path) -> None:
    card = json.loads(_run(folder, "card", "--model", "m.model", "--format", "json").stdout)
    assert card["answers_as_stored"] is True
    pair = ("--champion", "m.model", "--challenger", "m.model", "--data", "late.csv", "--format", "json")
    made = json.loads(_run(folder, "compare", *pair).stdout)
    assert made["difference"]["difference"] == 0
    assert "keep the champion" in made["says"]
    done = _run(folder, "drift", "--model", "m.model", "--data", "late.csv", "--format", "json")
    assert json.loads(done.stdout)["rows"] == 60
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("train", "--data", "nowhere.csv", "--out", "x.model"), "can't be read"),
        (("train", "--data", "ten_rows.csv", "--out", "x.model"), "10 rows and a model needs 40"),
        (("train", "--data", "one_class.csv", "--out", "x.model"), "a model needs both classes"),
        (("train", "--data", "late_day.csv", "--early-days", "3", "--out", "x.model"), "is of day 5 and the model"),
        (("drift", "--model", "m.model", "--data", "ten_rows.csv"), "10 rows and drift needs 20"),
        (("train", "--data", "early.csv", "--target", "outcome", "--out", "x.model"), "no column 'outcome'"),
        (("train", "--data", "early.csv", "--out", "no/such/x.model"), "There is no folder"),
        (("predict", "--model", "early.csv", "--data", "late.csv"), "not a model file"),
        (("predict", "--model", "m.model", "--data", "ten.csv"), "has no column"),
        (("predict", "--model", "altered.model", "--data", "late.csv"), "was altered after it was written"),
        (("predict", "--model", "m.model", "--data", "units.csv"), "18.016 times what it was in training"),
        (("table", "weather", "early.csv", "--out", "x.csv"), "There is no source 'weather'"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    folder: Path,
    arguments: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _write(folder / "ten.csv", {name: cells[:10] for name, cells in plant_table(10).items() if name != "ph"})
    late = plant_table(60, seed=21)
    _write(folder / "ten_rows.csv", plant_table(10))
    _write(folder / "one_class.csv", late | {"fail": ["0"] * 60})
    _write(folder / "late_day.csv", late | {"lactate_d05": late["ph"]})
    _write(folder / "units.csv", late | {"glucose": [f"{float(cell) * 18.016:.2f}" for cell in late["glucose"]]})
    content = bytearray((folder / "m.model").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "altered.model").write_bytes(content)
    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.chdir(folder)
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(folder / "home"))
    monkeypatch.setattr(sys, "argv", ["batchwright", "model", *arguments])
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        signal.signal(signal.SIGTERM, handler)
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert words in said
    assert len(said.strip().splitlines()) == 1
    assert sorted(path.name for path in folder.iterdir()) == before
