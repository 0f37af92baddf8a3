"""What the bots really took, from the evidence of their attempts."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from twin.model.errors import TwinError
from twin.study.evidence import from_evidence, from_mutation
from twin.study.inputs import load_preset


def _attempt(folder: Path, name: str, job: str, seconds: object, family: str | None = None) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "manifest.json").write_text(json.dumps({"item": {"job": job}, "seconds": seconds}))
    (folder / name / "outcome.json").write_text(json.dumps({"family": family}))


def test_few_runs_widen_the_range_and_warn(tmp_path: Path) -> None:
    for count in (3, 60):
        folder = tmp_path / str(count)
        for number in range(count):
            _attempt(folder, str(number), "batch_record_review", 1.0 + 0.1 * (number % 3))
    few, warned = from_evidence(tmp_path / "3")
    many, _ = from_evidence(tmp_path / "60")
    wide, narrow = (one[0].high / one[0].low for one in (few, many))
    assert wide > 1.5 * narrow
    assert any("3 attempts only" in text for text in warned)


def test_technical_failures_are_counted_and_findings_are_none(tmp_path: Path) -> None:
    for number in range(40):
        family = "APPLICATION" if number < 4 else "BUSINESS" if number < 8 else None
        _attempt(tmp_path, str(number), "courier_scheduling", 2.0, family)
    found, _ = from_evidence(tmp_path)
    failed = next(one for one in found if one.name == "bots.exception_share")
    assert failed.value == pytest.approx(0.1)


@pytest.mark.parametrize("seconds", [None, -1, "fast"])
def test_evidence_without_a_duration_is_refused(tmp_path: Path, seconds: object) -> None:
    _attempt(tmp_path, "1", "batch_record_review", seconds)
    with pytest.raises(TwinError, match="how many seconds"):
        from_evidence(tmp_path)


def test_a_folder_without_evidence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="no evidence"):
        from_evidence(tmp_path)


def test_an_attempt_whose_worker_died_counts_as_a_failure_without_a_duration(tmp_path: Path) -> None:
    for number in range(3):
        _attempt(tmp_path, f"W-{number}-1", "batch_record_review", 2.0)
    dead = tmp_path / "W-9-1"
    dead.mkdir()
    (dead / "manifest.json").write_text(json.dumps({"item": {"job": "batch_record_review"}}))
    (dead / "outcome.json").write_text(json.dumps({"result": "died", "family": "APPLICATION"}))
    found = {one.name: one for one in from_evidence(tmp_path)[0]}
    assert found["bots.review_seconds"].value == 2.0
    assert found["bots.exception_share"].source.startswith("1 of 4 attempts")


def test_a_capsule_counts_where_its_folder_was_removed_and_once_where_it_was_not(tmp_path: Path) -> None:
    for number in range(3):
        _attempt(tmp_path, f"W-{number}-1", "batch_record_review", 2.0)
        with zipfile.ZipFile(tmp_path / f"W-{number}-1.capsule.zip", "w") as archive:
            for name in ("manifest.json", "outcome.json"):
                archive.write(tmp_path / f"W-{number}-1" / name, name)
    shutil.rmtree(tmp_path / "W-0-1")
    found = {one.name: one for one in from_evidence(tmp_path)[0]}
    assert found["bots.exception_share"].source.startswith("0 of 3 attempts")
    (tmp_path / "W-0-1.capsule.zip").write_bytes(b"no zip")
    with pytest.raises(TwinError, match="can't be read"):
        from_evidence(tmp_path)


def _damaged(path: Path, **kinds: tuple[int, int]) -> Path:
    path.write_text(json.dumps({kind: {"detected": hits, "of": of} for kind, (hits, of) in kinds.items()}))
    return path


def test_what_a_bot_misses_is_what_the_review_of_damaged_records_missed(tmp_path: Path) -> None:
    """Those that no system can show count as missed; the range is Wilson's, by its formula."""
    table = _damaged(tmp_path / "m.json", critical=(1716, 1716), other=(268, 268), cannot_be_caught=(0, 16))
    found = from_mutation(table)
    p, n, z = 16 / 2000, 2000, 1.959964
    middle, half = (p + z**2 / (2 * n)), z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    assert (found.name, found.value) == ("bots.misses", pytest.approx(p, abs=1e-4))
    assert (found.low, found.high) == pytest.approx(
        ((middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)), abs=1e-4
    )
    known = load_preset("paper").by_name["bots.misses"]
    assert (known.kind, known.value) == ("measured", found.value), "The shipped figure is of such a table."


@pytest.mark.parametrize(
    "kinds", [{}, {"critical": (1, 1)}, {"critical": (2, 1), "other": (0, 0), "cannot_be_caught": (0, 0)}]
)
def test_a_table_of_something_else_is_refused(tmp_path: Path, kinds: dict[str, tuple[int, int]]) -> None:
    with pytest.raises(TwinError, match=r"m\.json"):
        from_mutation(_damaged(tmp_path / "m.json", **kinds))
