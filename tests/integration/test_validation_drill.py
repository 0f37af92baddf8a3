"""`batchwright validation backup-drill`: a backup that is restored and compared is evidence of its run."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from batchwright import cli
from batchwright.validation import operation

_RUN = CliRunner()
_ROOT = str(Path(__file__).parents[2])


@pytest.mark.requirement("URS-263")
def test_a_drill_is_evidence_of_a_run_that_goes_on_and_differing_rows_fail_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_ROOT)
    evidence = ["--evidence", str(tmp_path / "evidence")]
    early = _RUN.invoke(cli.app, ["validation", "backup-drill", *evidence])
    assert early.exit_code != 0
    assert "was not begun: begin one with 'batchwright validation begin'" in str(early.exception)
    assert _RUN.invoke(cli.app, ["validation", "begin", *evidence]).exit_code == 0
    done = _RUN.invoke(cli.app, ["validation", "backup-drill", *evidence, "--format", "json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["differing"] == 0
    assert found["rows"] > 100
    assert [one for one in (tmp_path / "evidence").rglob("*") if "drill" in one.name or "backup" in one.name]
    monkeypatch.setattr(operation, "backup_drill", lambda *_: {"rows": 9, "differing": 1})
    assert _RUN.invoke(cli.app, ["validation", "backup-drill", *evidence]).exit_code == 1
