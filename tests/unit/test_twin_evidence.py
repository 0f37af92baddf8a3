"""What the bots really took, from the evidence of their attempts."""

import json
from pathlib import Path

import pytest

from twin.model.errors import TwinError
from twin.study.evidence import from_evidence


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
