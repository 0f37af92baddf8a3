"""Logger files, labels and tracking: what can't be right is refused in a sentence."""

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mes_core.journey.errors import JourneyError
from mes_core.journey.labels import check_label, label_text
from mes_core.journey.loggers import MAPS, ColumnMap, Trip, excursions, read_trip
from mes_core.journey.silence import check_silence
from mes_core.spelling.numbers import Notation

START = datetime(2026, 12, 7, 8, tzinfo=UTC)
END = START + timedelta(hours=10)
Rows = list[tuple[datetime, float]]


def rows(warm: tuple[int, int, float] = (0, 0, 0.0)) -> Rows:
    """Ten hours at -190 C, with a warm span: first and last reading, and how warm."""
    first, last, celsius = warm
    return [(START + timedelta(minutes=10 * n), celsius if first <= n < last else -190.0) for n in range(61)]


def as_csv(points: Rows, logger: str = "LG-1", shipper: str = "DS-1") -> str:
    lines = [f"{logger},{shipper},{at.isoformat()},{value}" for at, value in points]
    return "\n".join(["logger,shipper,time,temperature_c", *lines])


def as_json(points: Rows) -> str:
    listed = [{"time": at.isoformat(), "temperature_c": value} for at, value in points]
    return json.dumps({"logger": "LG-1", "shipper": "DS-1", "points": listed})


def read(content: bytes | str, words: ColumnMap = MAPS["plain"]) -> Trip:
    return read_trip(content, words, logger="LG-1", shipper="DS-1", charged_at=START, unloaded_at=END)


class TestLoggers:
    @pytest.mark.parametrize("written", [as_csv, as_json])
    def test_both_kinds_of_file_read_the_same(self, written: Callable[[Rows], str]) -> None:
        trip = read(written(rows((6, 9, -140.0))))
        assert len(trip.points) == 61
        assert trip.minutes_above(-150) == 40  # three readings, and as warm until the next and since the one before
        assert trip.minutes_above(-135) == 0

    def test_minutes_above_each_limit_are_held_against_the_budget(self) -> None:
        trip = read(as_csv(rows((6, 12, -130.0))))
        assert excursions(trip, {-150.0: 120, -135.0: 30, -120.0: 5}) == {-135.0: 70.0}
        for budget in ({}, {-150.0: math.nan}, {math.nan: 1.0}):
            with pytest.raises(JourneyError, match="stability budget"):
                excursions(trip, budget)

    def test_what_lies_before_the_first_and_after_the_last_reading_counts_too(self) -> None:
        """It may be warmest when the shipper is charged and unloaded."""
        trip = read(as_csv([*rows()[1:59], (rows()[59][0], -140.0)]))
        assert trip.minutes_above(-150) == 20
        trip = read(as_csv([(rows()[1][0], -140.0), *rows()[2:]]))
        assert trip.minutes_above(-150) == 20

    @pytest.mark.parametrize("value", [-127, -200, -999])
    def test_what_a_sensor_writes_that_measured_nothing_is_no_cold(self, value: float) -> None:
        content = as_csv([*rows()[:30], (rows()[30][0], value), *rows()[31:]])
        with pytest.raises(JourneyError, match="stands for nothing measured"):
            read(content)

    @pytest.mark.parametrize("interval", [math.nan, math.inf, 0.0, -10.0])
    def test_an_interval_is_a_time(self, interval: float) -> None:
        with pytest.raises(JourneyError, match="is no interval"):
            ColumnMap("odd", "time", "temperature_c", interval_min=interval)

    def test_fahrenheit_is_converted_where_the_map_says_so(self) -> None:
        words = ColumnMap("us", "time", "temperature_c", "logger", "shipper", unit="F")
        trip = read(as_csv([(at, value * 1.8 + 32) for at, value in rows()]), words)
        assert trip.points[0].celsius == pytest.approx(-190)

    @pytest.mark.requirement("URS-073")
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (as_csv(rows(), shipper="DS-9"), "is of shipper DS-9, not of DS-1"),
            (as_csv(rows(), logger="LG-9"), "is of logger LG-9, not of LG-1"),
            (as_csv(rows()[:20] + rows()[30:]), "has a gap of 110 minutes"),
            (as_csv([(at, value * 1.8 + 32) for at, value in rows()]), "colder than liquid nitrogen"),
            (as_csv([(at + timedelta(hours=10), value) for at, value in rows()]), "its clock is off by 10 h"),
            (as_csv(rows()[:30]), "its clock is off by"),
            (as_csv([*rows(), rows()[5]]), "goes back in time"),
            (as_csv([]), "holds no reading"),
            ("logger,shipper,when\nLG-1,DS-1,now", "no time or temperature"),
            ("{not json", "can't be read as plain writes it"),
            (as_csv(rows()).replace("+00:00", ""), "without its offset"),
        ],
    )
    def test_a_file_that_can_not_be_right_is_refused(self, content: str, told: str) -> None:
        with pytest.raises(JourneyError, match=told):
            read(content)


@pytest.mark.requirement("URS-073")
@pytest.mark.parametrize("odd", ["nan", "inf", "-1_90", "1e400", "", "\u0661", "-190.0 C"])
@pytest.mark.parametrize("written", [as_csv, as_json])
def test_what_is_no_figure_is_no_temperature(written: Callable[[Rows], str], odd: str) -> None:
    """Python's own reading of numbers takes more than people write."""
    content = written(rows()).replace("-190.0", f'"{odd}"', 1)
    with pytest.raises(JourneyError, match=re.escape(f"'temperature_c' holds {odd[:5]!r}"[:-1])):
        read(content)


@pytest.mark.requirement("URS-073")
def test_a_file_of_another_country_reads_the_same() -> None:
    """Semicolons, decimal commas, a byte order mark, `sep=`, and rows of padding at the end."""
    plain = read(as_csv(rows((6, 9, -140.5))))
    other = as_csv(rows((6, 9, -140.5))).replace(",", ";").replace(".5", ",5").replace(".0", ",0")
    for content in (other, f"sep=;\n{other}", f"\ufeff{other}\n;;;\n", f"\ufeff{other}".encode()):
        assert read(content) == plain
    assert read("\ufeff" + as_json(rows((6, 9, -140.5)))) == plain


@pytest.mark.requirement("URS-073")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (as_csv(rows((6, 9, -1.125))).replace(".0", "").replace(",", ";"), "a thousand and more in one country"),
        (as_csv(rows()).replace("-190.0", '"-190,0"', 1), "with a decimal comma, and another '-190.0'"),
        (as_csv(rows()).replace("shipper,time", "time,time", 1), "has the column 'time' twice"),
        (as_csv(rows()).replace("-190.0", "-190,0", 1), "has 5 cells in line 2 and 4 in its header"),
        (as_csv(rows()).replace("LG-1,DS-1", "LG-9,DS-1").replace("LG-9", "LG-1", 30), "is of logger LG-9"),
        (as_csv(rows()).replace("2026-12-07T08:00:00+00:00", "20261207"), "'20261207' is no time"),
        (as_csv(rows()).encode("utf-16"), "is not UTF-8 text but UTF-16"),
        ('{"points": [1]}', "entry 1 of 'points' is no reading"),
        ('{"points": {}}', "there is no list 'points'"),
        ('{"points": [], "points": []}', "a key stands twice"),
        ('{"a":' * 100_000, "can't be read as plain writes it"),
    ],
)
def test_a_file_that_reads_in_two_ways_is_refused(content: bytes | str, told: str) -> None:
    with pytest.raises(JourneyError, match=re.escape(told)):
        read(content)


def test_the_map_says_which_mark_stands_before_the_decimals() -> None:
    words = ColumnMap("south", "time", "temperature_c", "logger", "shipper", decimal=Notation.COMMA)
    content = as_csv(rows((6, 9, -140.125))).replace(".0", "").replace(",", ";").replace(".125", ",125")
    assert read(content, words).points[6].celsius == -140.125
    with pytest.raises(JourneyError, match="in one country"):
        read(content)


class TestLabels:
    def test_a_label_reads_back_as_it_was_made(self) -> None:
        check_label(label_text("B-1", "G1234", "CR-1") + "\n", "B-1", "G1234", "CR-1")

    @pytest.mark.requirement("URS-073")
    @pytest.mark.parametrize(
        ("read_back", "told"),
        [
            ("B-2|G1234|CR-1", "reads batch 'B-2' instead of 'B-1'"),
            ("B-1|G9|CR-1", "chain of identity 'G9'"),
            ("B-1|G1234|CR-2", "booking 'CR-2'"),
            ("B-1", "none of ours"),
        ],
    )
    def test_a_label_of_another_batch_stops_the_batch_where_it_is(self, read_back: str, told: str) -> None:
        with pytest.raises(JourneyError, match=told):
            check_label(read_back, "B-1", "G1234", "CR-1")

    def test_no_label_without_all_of_its_parts(self) -> None:
        with pytest.raises(JourneyError, match="chain of identity ''"):
            label_text("B-1", "", "CR-1")


@pytest.mark.requirement("URS-073")
def test_tracking_that_goes_silent_is_said() -> None:
    check_silence("B-1", START, START + timedelta(hours=6), 8, "CryoRun")
    with pytest.raises(JourneyError, match="CryoRun has said nothing of batch B-1 for 9 h"):
        check_silence("B-1", START, START + timedelta(hours=9), 8, "CryoRun")
