"""`batchwright filings` at the prompt: from the clocks to a filing that is queued, and a sentence for what can't be."""

import json
from pathlib import Path

import pytest
from filing_support import event, licence, running, shipped
from mes_support import PASSWORD, Plant
from typer.testing import CliRunner

from batchwright import cli
from batchwright.commands import filings
from mes_core.filing.loading import book

_RUN = CliRunner()
pytestmark = pytest.mark.requirement("URS-190")


@pytest.fixture
def desk(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Commands speak to this plant, at which a deviation of a distributed batch was told."""
    monkeypatch.setattr(filings, "mes_of", lambda _: plant.mes)
    licence(plant)
    shipped(plant)
    event(plant)
    return plant


def _done(code: int, *words: str) -> str:
    environment = {"COLUMNS": "200", "BATCHWRIGHT_PASSWORD": PASSWORD}
    done = _RUN.invoke(cli.app, ["filings", *words], env=environment)
    assert done.exit_code == code, done.output
    return done.output


def _json(*words: str) -> object:
    return json.loads(_done(0, *words, "--format", "json"))


def test_every_clock_is_told_with_its_clause_and_also_what_only_looks_applicable() -> None:
    told = _json("clocks")
    assert {one["id"] for one in told} == {one.id for one in book().clocks}
    assert {one["jurisdiction"] for one in _json("clocks", "--jurisdiction", "GB")} == {"GB"}
    text = _done(0, "clocks", "--jurisdiction", "US")
    assert "US-BPD  21 CFR 600.14 (final): " in text
    assert "1271.350" in text, "what looks applicable and is not"
    assert "use US, EU, GB, CH or ANY" in _refused("clocks", "--jurisdiction", "UK")


def _refused(*words: str) -> str:
    environment = {"COLUMNS": "200", "BATCHWRIGHT_PASSWORD": PASSWORD}
    done = _RUN.invoke(cli.app, ["filings", *words], env=environment)
    assert done.exit_code != 0, done.output
    return str(done.exception or "") + done.output


def test_a_filing_goes_from_due_to_queued_at_the_prompt(desk: Plant, tmp_path: Path) -> None:
    name = running(desk).filing_id
    calendar, form = tmp_path / "due.ics", tmp_path / "form"
    assert name in _done(0, "due", "--calendar", str(calendar))
    assert b"BEGIN:VEVENT" in calendar.read_bytes()
    drafted = _done(0, "draft", name, "--user", "quality", "--file", str(form))
    assert form.stat().st_size > 0
    shown = _json("show", name)
    questions = shown["draft"]["questions"]
    assert all(f"open: {one}" in drafted for one in questions)
    (view,) = _json("approve", name, "--user", "quality", "--reason", "Complete and right.")
    assert view["status"] == "approved"
    assert f"approved by {desk.quality.printed_name}" in _done(0, "show", name)
    assert {one["filing_id"] for one in _json("list", "--status", "approved")} == {name}
    assert _done(0, "list", "--status", "rejected").strip() == "No filing."
    assert [one.job for one in desk.mes.work_items() if name in json.dumps(one.payload)] == ["compliance_filing"]


def test_what_can_not_be_is_one_sentence(desk: Plant, tmp_path: Path) -> None:
    name = running(desk).filing_id
    assert "No filing is 'late': use one of " in _refused("list", "--status", "late")
    assert "answers no question: write --given field=text" in _refused(
        "draft", name, "--user", "quality", "--given", "x"
    )
    assert "see 'filings show'" in _refused(
        "approve", name, "--user", "quality", "--reason", "Complete and right.", "--hash", "zz"
    )
    assert "NOPE" in _refused("show", "NOPE")
    assert "can't be written" in _refused("due", "--calendar", str(tmp_path / "none" / "due.ics"))
    before = desk.dump()
    assert "is open, not approved" in _refused("submit", name, "--user", "quality")
    assert {t: rows for t, rows in desk.dump().items() if t.startswith("filing")} == {
        t: rows for t, rows in before.items() if t.startswith("filing")
    }


def test_events_of_a_safety_database_come_in_line_by_line_and_a_wrong_line_stops_no_other(
    desk: Plant, tmp_path: Path
) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        "key,kind,aware_at,zone,aware_who,product,places,serious,unexpected\n"
        "C-1,adverse_experience,2026-03-01T09:00:00Z,Europe/Amsterdam,Ada Example,EX1,US,yes,yes\n"
        "C-2,adverse_experience,yesterday,Europe/Amsterdam,Ada Example,EX1,US,yes,yes\n",
        encoding="utf-8",
    )
    first = _RUN.invoke(
        cli.app,
        ["filings", "import", str(file), "--source", "safety", "--user", "quality", "--format", "json"],
        env={"BATCHWRIGHT_PASSWORD": PASSWORD},
    )
    assert first.exit_code == 1, first.output
    one, other = json.loads(first.output)
    assert one["new"]
    assert not one["refused"]
    assert other["event_id"] is None
    assert "aware_at" in other["refused"]
    again = _RUN.invoke(
        cli.app,
        ["filings", "import", str(file), "--source", "safety", "--user", "quality"],
        env={"BATCHWRIGHT_PASSWORD": PASSWORD},
    )
    assert "(known)" in again.output, "one name and key come in once"
