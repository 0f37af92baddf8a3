"""The reported kinds of files and tables, written anew: the same data in several forms gives the same answer."""

import gzip
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from predictive_support import as_table, plant_table

from keywords.predictive_holds import model_versions
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.prepare import unread_notes
from keywords.predictive_holds.table import Table, numbers, read_table
from keywords.predictive_holds.training.checks import Roles, learn_preparation, learnable
from mes_core.exchange import asm
from twin.learn.learned import learn
from twin.learn.reading import read_log
from twin.line import weekly_calendar
from twin.model.errors import TwinError

ROLES = Roles("fail", "timestamp", "patient")
BERLIN = ZoneInfo("Europe/Berlin")


def _xes(*traces: list[tuple[str, str, datetime]]) -> bytes:
    """A log of events: activity, word of the lifecycle, time."""
    event = (
        '<event><string key="concept:name" value="{}"/><string key="lifecycle:transition" value="{}"/>'
        '<date key="time:timestamp" value="{}"/></event>'
    )
    written = (
        f'<trace><string key="concept:name" value="L{number}"/>'
        + "".join(event.format(name, word, at.isoformat()) for name, word, at in events)
        + "</trace>"
        for number, events in enumerate(traces)
    )
    return f'<log xmlns="http://www.xes-standard.org/">{"".join(written)}</log>'.encode()


def _mornings() -> bytes:
    """Reviews from 8 to 12 on the clock of Berlin, half of them in winter and half in summer."""
    days = [datetime(2026, month, 5 + number, 8, tzinfo=BERLIN) for month in (1, 7) for number in (0, 1, 2, 3, 4)]
    days = [day for day in (*days, *(one + timedelta(days=7) for one in days)) if day.weekday() < 5]
    return _xes(*([("Review", "start", one), ("Review", "complete", one + timedelta(hours=4))] for one in days))


@pytest.mark.requirement("URS-112")
def test_working_hours_are_those_of_the_plant_s_clock_in_winter_and_in_summer(tmp_path: Path) -> None:
    """A morning of four hours has four; without a zone it is asked for, as the log's times name their own."""
    path = tmp_path / "berlin.xes"
    path.write_bytes(_mornings())
    office = weekly_calendar("Mon-Fri", 8, 16)
    with pytest.raises(TwinError, match="say in which zone the plant is, with --timezone"):
        learn(read_log(path), 1, office)
    (review,) = learn(read_log(path), 1, office, BERLIN).activities
    assert review.touch is not None
    assert (review.touch.median, review.touch.low, review.touch.high) == (4.0, 4.0, 4.0)
    (elsewhere,) = learn(read_log(path), 1, office, ZoneInfo("UTC")).activities
    assert elsewhere.touch is not None
    assert elsewhere.touch.median < 4.0


@pytest.mark.requirement("URS-113")
def test_suspended_is_no_work_and_aborted_has_ended_packed_or_not(tmp_path: Path) -> None:
    """An hour, a night's pause and an hour are two hours of work; what is left out is counted."""
    begin = datetime(2026, 3, 2, 8, tzinfo=UTC)
    hours = (("schedule", -2), ("start", 0), ("suspend", 1), ("resume", 21), ("complete", 22))
    review = [("Review", word, begin + timedelta(hours=at)) for word, at in hours]
    traces = [
        [*review, ("Sign", "start", begin + timedelta(hours=23)), ("Sign", "ate_abort", begin + timedelta(hours=24))]
    ] * 12
    plain, packed = tmp_path / "log.xes", tmp_path / "log.xes.gz"
    plain.write_bytes(_xes(*traces))
    packed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    for path in (plain, packed):
        learned = learn(read_log(path), 1)
        touch = {one.name: one.touch for one in learned.activities}
        assert touch["Review"] is not None
        assert touch["Sign"] is not None
        assert touch["Review"].median == 2.0
        assert (touch["Sign"].median, touch["Sign"].open) == (1.0, 0)
        said = " ".join(learned.gaps)
        assert all(words in said for words in ("suspended 12 times", "12 events were aborted", "'schedule'"))


@pytest.mark.requirement("URS-113")
def test_words_of_another_tool_are_named(tmp_path: Path) -> None:
    """None of them says that work begins or ends."""
    path = tmp_path / "incidents.xes"
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    path.write_bytes(_xes(*[[("Incident", "In Progress", at), ("Incident", "Resolved", at + timedelta(hours=1))]] * 12))
    with pytest.raises(TwinError, match=r"'In Progress' \(12\), 'Resolved' \(12\).*none of these is start or complete"):
        read_log(path)


@pytest.mark.requirement("URS-113")
def test_words_beside_a_beginning_and_an_end_are_heard(tmp_path: Path) -> None:
    """A log whose rows are whole pieces of work may still say that one was planned, skipped or aborted."""
    path = tmp_path / "log.csv"
    head = "case_id,activity,start_timestamp,timestamp,lifecycle:transition\n"
    words = ("schedule", "complete", "ATE abort", "suspend", "autoskip", "")
    rows = (
        f"B1,R,2026-03-02T{8 + at:02}:00:00Z,2026-03-02T{9 + at:02}:00:00Z,{word}\n" for at, word in enumerate(words)
    )
    path.write_text(head + "".join(rows))
    log = read_log(path)
    assert [one.end.hour for one in log.events if one.end] == [10, 11, 14]
    said = " ".join(log.gaps)
    assert all(word in said for word in ("1 events were aborted", "'schedule'", "'suspend'", "'autoskip'"))
    path.write_text(head + "B1,R,,2026-03-02T08:00:00Z,start\nB1,R,,2026-03-02T10:00:00Z,complete\n")
    assert [(one.start, one.end) for one in read_log(path).events] == [
        (datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))
    ]
    path.write_text(head + "B1,R,2026-03-02T08:00:00Z,2026-03-02T10:00:00Z,In Progress\n")
    with pytest.raises(TwinError, match=r"'In Progress' \(1\).*none of these is start or complete"):
        read_log(path)


@pytest.mark.requirement("URS-113")
def test_letters_of_an_activity_are_the_same_in_each_form(tmp_path: Path) -> None:
    """Composed, decomposed, with two blanks or one: begun and ended is one piece of work."""
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    path = tmp_path / "log.xes"
    names = ("Pr\u00fcfung der Charge", "Pru\u0308fung  der\u00a0Charge")
    path.write_bytes(_xes([(names[0], "start", at), (names[1], "complete", at + timedelta(hours=2))]))
    assert [(one.activity, one.start, one.end) for one in read_log(path).events] == [
        (names[0], at, at + timedelta(hours=2))
    ]
    path = tmp_path / "log.csv"
    path.write_text("".join(["case,activity,start,end\n", *(f"B1,{name},{at},{at}\n" for name in names)]))
    assert {one.activity for one in read_log(path).events} == {names[0]}


@pytest.mark.requirement("URS-113")
def test_a_plate_s_time_holds_for_each_of_its_wells() -> None:
    """The same results, whether the time stands once above the wells or in each of them."""
    above = asm.read(_plate(once=True), "plate.json", "0" * 64)
    inside = asm.read(_plate(once=False), "plate.json", "0" * 64)
    assert above.results == inside.results
    assert [(one.sample_id, one.measured_at) for one in above.results] == [
        (f"SMP-{number}", datetime(2026, 3, 2, 9, 15, tzinfo=UTC)) for number in (1, 2)
    ]


def _written(path: Path, *events: str) -> Path:
    space = 'xmlns="http://www.xes-standard.org/" xmlns:v="urn:a-vendor"'
    path.write_text(f'<log {space}><trace><string key="concept:name" value="C1"/>{"".join(events)}</trace></log>')
    return path


_MIXED = """<event><string key="concept:name" value="Mix"/>
<date key="time:timestamp" value="2026-03-01T08:00:00Z"/>{}</event>"""


@pytest.mark.parametrize("other", ['<v:string key="concept:name" value="Check"/>', '<string key="note" value="x"/>'])
def test_a_vendor_s_own_elements_are_no_part_of_a_log_s_events(tmp_path: Path, other: str) -> None:
    """Nor is an event one that stands in another, or in a vendor's part of the trace."""
    inner = _MIXED.format("").replace("Mix", "Inner")
    foreign = inner.replace("<event>", "<v:event>").replace("</event>", "</v:event>")
    path = _written(tmp_path / "log.xes", _MIXED.format(other), f"<v:about>{inner}</v:about>", foreign)
    assert [one.activity for one in read_log(path).events] == ["Mix"]


def test_what_an_event_says_twice_is_not_guessed(tmp_path: Path) -> None:
    twice = _MIXED.format('<date key="time:timestamp" value="2026-03-02T08:00:00Z"/>')
    with pytest.raises(TwinError, match="'time:timestamp' stands there twice"):
        read_log(_written(tmp_path / "log.xes", twice))


def _plate(*, once: bool) -> dict[str, Any]:
    time = {"measurement time": "2026-03-02T10:15:00+01:00"}
    wells = [
        {
            "sample document": {"sample identifier": f"SMP-{number}"},
            "processed data aggregate document": {
                "processed data document": [{"viability": {"value": 90.0 + number, "unit": "%"}}]
            },
            **({} if once else time),
        }
        for number in (1, 2)
    ]
    inner = {"measurement aggregate document": {"measurement document": wells, **(time if once else {})}}
    return {"$asm.manifest": "m", "plate reader aggregate document": {"plate reader document": [inner]}}


def _read(path: Path, text: str, encoding: str = "utf-8") -> Table:
    path.write_bytes(text.encode(encoding))
    return read_table(path)


@pytest.mark.requirement("URS-111")
def test_a_table_says_the_same_in_each_notation_to_what_learns_from_it(tmp_path: Path) -> None:
    """Thousands with comma or point, decimals with point or comma: one content, so one model and one answer."""
    path = tmp_path / "t.csv"
    plain = _read(path, "cells,glucose\n1271,6.26\n12000,5.5\n1234567,0.25\n")
    us = _read(path, 'cells,glucose\n"1,271",6.26\n"12,000",5.5\n"1,234,567",0.25\n')
    de = _read(path, "cells;glucose\n1.271;6,26\n12.000;5,5\n1.234.567;0,25\n")
    assert plain.content_hash() == us.content_hash() == de.content_hash()
    assert np.array_equal(_known(de, "cells"), [1271.0, 12000.0, 1234567.0])
    with pytest.raises(ModelRefused, match=r"row 1: cells holds '1\.271'.*--decimal"):
        _read(path, "cells;plate\n1.271;a\n2.500;b\n")


def _known(table: Table, name: str) -> Any:
    found = numbers(table.columns[name])
    assert found is not None
    return found


@pytest.mark.requirement("URS-114")
def test_rows_of_separators_at_the_end_are_no_batches(tmp_path: Path) -> None:
    """As a spreadsheet writes them; one in the middle is refused by its number."""
    path = tmp_path / "t.csv"
    text = "timestamp,cells\n2026-01-01,930\n2026-01-02,940\n"
    whole = _read(path, text)
    assert _read(path, f"{text},\n,\n,\n").content_hash() == whole.content_hash()
    with pytest.raises(ModelRefused, match="row 2"):
        _read(path, "timestamp,cells\n2026-01-01,930\n,\n2026-01-02,940\n")


@pytest.mark.requirement("URS-113")
def test_below_detection_is_learnt_from_and_its_share_is_said() -> None:
    """A bound counts as what it names; where training had none, the one row that has it is told apart."""
    columns = plant_table(160)
    learnt = {**columns, "endotoxin": [f"{0.05 + row / 1000:.3f}" for row in range(160)]}
    with_bounds = {**learnt, "endotoxin": ["<0.05" if row % 4 == 0 else learnt["endotoxin"][row] for row in range(160)]}
    prepared = learn_preparation(learnable(as_table(with_bounds), ROLES), ROLES)
    assert "endotoxin" not in prepared.left_out
    (column,) = [one for one in prepared.columns if one.name == "endotoxin"]
    assert column.bounds == 0.25
    without = learn_preparation(learnable(as_table(learnt), ROLES), ROLES)
    today = as_table({name: cells[:2] for name, cells in {**learnt, "endotoxin": ["<0.05", "0.310"]}.items()})
    why = unread_notes(without, today)
    assert "<0.05" in why[0]
    assert not why[1]
    assert "empty" not in why[0]


@pytest.mark.requirement("URS-114")
def test_a_header_is_the_same_in_each_of_its_letters_forms(tmp_path: Path) -> None:
    """Composed or decomposed, with or without a line that names the separator; other encodings are named."""
    path = tmp_path / "t.csv"
    text = "timestamp,Zelldichte_gemäß_Zähler\n2026-01-01,6.26\n"
    whole = _read(path, unicodedata.normalize("NFC", text)).content_hash()
    assert _read(path, unicodedata.normalize("NFD", text)).content_hash() == whole
    assert _read(path, f"\ufeffsep=,\n{text}").content_hash() == whole
    with pytest.raises(ModelRefused, match="not UTF-8 text: save it as CSV in UTF-8"):
        _read(path, text, "cp1252")
    with pytest.raises(ModelRefused, match="UTF-16"):
        _read(path, text.replace(",", "\t"), "utf-16")


def test_a_model_of_another_scikit_learn_names_both_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says what to do; of the same version nothing is said."""
    monkeypatch.setattr(model_versions, "trained_with", lambda _: "1.7.2")
    monkeypatch.setattr(model_versions, "running", lambda: "1.9.0")
    said = model_versions.other_version(b"")
    assert all(words in said for words in ("scikit-learn 1.7.2", "1.9.0 is installed", "train again"))
    monkeypatch.setattr(model_versions, "running", lambda: "1.7.2")
    assert model_versions.other_version(b"") == ""
