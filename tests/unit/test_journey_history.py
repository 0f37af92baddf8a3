"""A plant's own history of movements: read in one meaning or refused by line, and a table of delays is made of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mes_core.journey.calibrate import calibrate, own_history
from mes_core.journey.errors import JourneyError

_HEAD = "hub,planned_departure,planned_arrival,arrived"


def _file(folder: Path, *lines: str) -> Path:
    path = folder / "history.csv"
    path.write_text("\n".join((_HEAD, *lines)), encoding="utf-8")
    return path


@pytest.mark.requirement("URS-111")
def test_hours_and_days_are_those_of_the_departure(tmp_path: Path) -> None:
    """An arrival in another zone is late by the clock of the world; semicolons separate as well."""
    path = _file(tmp_path, "AMS,2026-03-01T23:30+01:00,2026-03-01T22:30-05:00,2026-03-02T06:00+00:00")
    found = own_history(path).rows.to_dict("records")[0]
    assert (found["hub"], found["day"].isoformat(), found["hour"]) == ("AMS", "2026-03-01", 23)
    assert found["late_h"] == pytest.approx(2.5)
    path.write_text(path.read_text("utf-8").replace(",", ";"), encoding="utf-8")
    assert own_history(path).rows["late_h"][0] == pytest.approx(2.5)


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("AMS,01/02/2026 10:00,2026-03-01T12:00Z,2026-03-01T12:00Z", "Line 2 of .* is no time"),
        ("AMS,2026-03-01T10:00,2026-03-01T12:00Z,2026-03-01T12:00Z", "without its offset"),
        ("AMS,now,2026-03-01T12:00Z,2026-03-01T12:00Z", "is no time"),
        ("AMS,20260301,2026-03-01T12:00Z,2026-03-01T12:00Z", "is no time"),
        ("AMS,2026-03-01T12:00Z,2026-03-01T12:00Z,2026-03-01T12:00Z", "arrives before it departs"),
        ("AMS,2026-03-01T10:00Z,2026-03-01T12:00Z", "3 cells in line 2 and 4 in its header"),
    ],
)
def test_a_line_that_could_mean_two_things_is_refused(tmp_path: Path, line: str, says: str) -> None:
    """By its number, with how it is to be written."""
    with pytest.raises(JourneyError, match=says):
        own_history(_file(tmp_path, line))


@pytest.mark.requirement("URS-110")
def test_a_column_that_is_missing_or_there_twice_is_named(tmp_path: Path) -> None:
    """And a file that is not there."""
    path = tmp_path / "history.csv"
    path.write_text("hub,planned_departure,arrived\n", encoding="utf-8")
    with pytest.raises(JourneyError, match="no column 'planned_arrival'"):
        own_history(path)
    path.write_text(f"{_HEAD},hub\n", encoding="utf-8")
    with pytest.raises(JourneyError, match="the column 'hub' twice"):
        own_history(path)
    with pytest.raises(JourneyError, match="can't be read"):
        own_history(tmp_path / "absent.csv")


@pytest.mark.requirement("URS-071")
def test_a_table_is_made_of_enough_days(tmp_path: Path) -> None:
    """Every tenth day is late by three hours: the worst classes hold that lateness, the calm one none."""
    first, lines = datetime(2026, 1, 1, 10, tzinfo=UTC), []
    for day in range(100):
        for flight in range(5):
            left = first + timedelta(days=day, hours=flight)
            came = left + timedelta(hours=2 + (3 if day % 10 == 0 else 0))
            lines.append(f"AMS,{left.isoformat()},{(left + timedelta(hours=2)).isoformat()},{came.isoformat()}")
    table = calibrate(own_history(_file(tmp_path, *lines)))
    assert (table.days, table.movements) == (100, 500)
    assert sum(table.shares) == pytest.approx(1.0)
    assert float(table.late_h[0].max()) == 0.0
    assert float(table.late_h[3].min()) == pytest.approx(3.0)
    with pytest.raises(JourneyError, match="at least 60 are needed"):
        calibrate(own_history(_file(tmp_path, *lines[:50])))
