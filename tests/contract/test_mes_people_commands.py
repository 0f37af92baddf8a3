"""`batchwright people` and `batchwright bots` at the prompt: whose the names are, and what would run here."""

import json
from pathlib import Path

import pytest
from mes_support import PASSWORD, Plant, record
from typer.testing import CliRunner

from batchwright import cli
from batchwright.support import wiring

_RUN = CliRunner()


@pytest.fixture
def asked(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Commands speak to this plant."""
    monkeypatch.setattr(wiring, "open_mes", lambda _: plant.mes)
    return plant


def _said(code: int, *words: str) -> str:
    done = _RUN.invoke(cli.app, list(words), env={"COLUMNS": "200", "BATCHWRIGHT_PASSWORD": PASSWORD})
    assert done.exit_code == code, done.output
    return done.output + ("" if code == 0 else str(done.exception))


@pytest.mark.requirement("URS-170")
def test_a_name_that_nobody_knows_is_listed_with_its_batch_and_an_administrator_says_whose_it_is(asked: Plant) -> None:
    step = {"step_id": "S1", "unit_procedure": "Harvest", "operation": "Wash", "name": "Wash", "performer": "Stranger"}
    asked.mes.submit_batch(record(steps=[step]), asked.bot)
    told = _said(0, "people", "list", "--unknown")
    assert "Stranger: not known (in 1 batches, B1)" in told
    reason = ("--reason", "From the list of staff.")
    assert "may not" in _said(1, "people", "map", "Stranger", "--to", "qp", "--user", "reviewer", *reason)
    done = _said(0, "people", "map", "Stranger", "--to", "qp", "--user", "admin.one", *reason)
    assert "Stranger is qp." in done
    assert "Every name is known." in _said(0, "people", "list", "--unknown")
    told = json.loads(_said(0, "people", "list", "--format", "json"))["names"]
    assert [one["user"] for one in told if one["name"] == "Stranger"] == ["qp"]


@pytest.mark.requirement("URS-030")
def test_a_suite_is_listed_put_forward_by_one_and_approved_by_another(asked: Plant, tmp_path: Path) -> None:
    sites = {"lims": {"product": "lims_labline", "url": "http://127.0.0.1:1", "user": "bot"}}
    told = {"environment": "demo", "mes": {"url": "http://127.0.0.1:2", "user": "bot-1"}, "sites": sites}
    (tmp_path / "settings.json").write_text(json.dumps(told), encoding="utf-8")
    settings = ("--settings", str(tmp_path / "settings.json"))
    listed = json.loads(_said(0, "bots", "list", *settings, "--format", "json"))["content"]
    assert {one["kind"] for one in listed} == {"suite", "site"}
    assert not any(one["approved"] for one in listed)
    name = ("suite", next(one["name"] for one in listed if one["kind"] == "suite"))
    assert "another person approves it" in _said(0, "bots", "propose", *name, "--user", "operator", *settings)
    reason = ("--reason", "Read, and tried on the practice sites.")
    own = _said(1, "bots", "approve", *name, "--user", "operator", *reason, *settings)
    assert "may not" in own, own
    assert "is in force, signed by" in _said(0, "bots", "approve", *name, "--user", "quality", *reason, *settings)
    text = _said(0, "bots", "list", *settings)
    assert f"approved by {asked.quality.printed_name}" in text
    assert text.count("not approved") == len(listed) - 1
    assert "would run here: see 'batchwright bots list'" in _said(
        1, "bots", "approve", "suite", "nothing", "--user", "quality", *reason, *settings
    )
