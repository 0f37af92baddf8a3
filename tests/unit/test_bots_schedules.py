"""Schedules: what comes due, what is caught up, and that nothing is asked for twice."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bots.runtime.schedules import MOST_CAUGHT_UP, Scheduler, due, moments_between, next_moment
from keywords.settings import Schedule
from mes_core.client import MesError

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def schedule(catch_up: str = "once", **more: Any) -> Schedule:
    """Every day at 02:30, unless told otherwise."""
    when = {} if {"every_min", "cron"} & more.keys() else {"at": ["02:30"]}
    return Schedule.model_validate({"name": "nightly", "job": "predictive_hold", "catch_up": catch_up, **when, **more})


class Mes:
    """Two batches, and the items asked for by key."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.refuses = False

    def list_batches(self, *, state: str | None = None, limit: int = 50, offset: int = 0) -> Any:
        batches = [SimpleNamespace(batch_id=name) for name in ("B-1", "B-2")]
        return SimpleNamespace(items=tuple(batches[offset : offset + limit]))

    def ask_for_item(self, job: str, business_key: str, batch_id: str, payload: Any = None) -> Any:
        if self.refuses:
            raise MesError(400, "Nobody asks for that.")
        self.asked += 1
        self.items.setdefault(business_key, payload)


class Run:
    """A scheduler whose clock is set by hand; a new one each time, as after a restart."""

    def __init__(self, folder: Path, one: Schedule) -> None:
        self.folder, self.one, self.mes, self.events = folder, one, Mes(), list[dict[str, Any]]()

    def at(self, now: datetime) -> int:
        return Scheduler([self.one], self.mes, self.folder, lambda: now, self.events.append).tick()


@pytest.mark.parametrize(
    ("catch_up", "moments", "missed"),
    [("once", ["2026-03-04"], 2), ("each", ["2026-03-02", "2026-03-03", "2026-03-04"], 0), ("skip", [], None)],
)
def test_what_was_missed_while_no_worker_ran(
    tmp_path: Path, catch_up: str, moments: list[str], missed: int | None
) -> None:
    run = Run(tmp_path, schedule(catch_up))
    assert run.at(START) == 0, "a schedule begins when it is first seen"
    back = START + timedelta(days=3)
    assert run.at(back) == 2 * len(moments)
    assert sorted(run.mes.items) == sorted(
        f"schedule:nightly:{day}T02:30Z:{batch}" for day in moments for batch in ("B-1", "B-2")
    )
    assert {payload["missed_before"] for payload in run.mes.items.values()} == ({missed} if moments else set())
    assert run.at(back + timedelta(minutes=1)) == 0, "caught up once, not at every look"
    assert run.at(back + timedelta(days=1) - timedelta(hours=5, minutes=29)) == 2, "and then as always"


def test_a_worker_that_looks_every_minute_asks_once_a_day(tmp_path: Path) -> None:
    run = Run(tmp_path, schedule("skip"))
    asked = [run.at(START + timedelta(minutes=minute)) for minute in range(0, 3 * 24 * 60, 5)]
    assert sum(asked) == 2 * 3
    assert len(run.mes.items) == 6


def test_a_crash_between_asking_and_noting_asks_for_the_same_items(tmp_path: Path) -> None:
    run = Run(tmp_path, schedule())
    run.at(START)
    kept = (tmp_path / "schedules.json").read_text()
    run.at(START + timedelta(days=1))
    (tmp_path / "schedules.json").write_text(kept)
    run.at(START + timedelta(days=1))
    assert run.mes.asked == 4
    assert len(run.mes.items) == 2


def test_what_the_mes_refuses_is_said_and_tried_again(tmp_path: Path) -> None:
    run = Run(tmp_path, schedule())
    run.at(START)
    run.mes.refuses = True
    assert run.at(START + timedelta(days=1)) == 0
    assert run.events[-1] == {
        "event": "schedule_refused",
        "schedule": "nightly",
        "message": "Nobody asks for that.",
    }
    run.mes.refuses = False
    assert run.at(START + timedelta(days=1, minutes=1)) == 2


def test_a_year_of_minutes_is_not_caught_up_one_by_one() -> None:
    wanted = due(schedule("each", every_min=1), START, START + timedelta(days=365))
    assert len(wanted.moments) == MOST_CAUGHT_UP
    assert wanted.left_out == 365 * 24 * 60 - MOST_CAUGHT_UP
    assert wanted.moments[-1] == wanted.passed == START + timedelta(days=365)


@given(
    every=st.integers(1, 3000),
    steps=st.lists(st.integers(0, 100_000), min_size=1, max_size=20),
    daily=st.booleans(),
)
def test_however_time_is_cut_each_moment_comes_once(every: int, steps: list[int], daily: bool) -> None:
    one = schedule() if daily else schedule(every_min=every)
    marks = [START]
    for step in steps:
        marks.append(marks[-1] + timedelta(seconds=step))
    pieces = [moment for a, b in itertools.pairwise(marks) for moment in moments_between(one, a, b)]
    assert pieces == moments_between(one, marks[0], marks[-1])
    assert marks[-1] < next_moment(one, marks[-1])


@settings(deadline=None)
@given(
    expression=st.sampled_from(
        ["30 2 * * *", "0,30 1-3 * * *", "*/20 * * * *", "15 */3 * * *", "0 0 * * *", "59 23 L * *", "5 4 * * SUN#1"]
    ),
    zone=st.sampled_from(["Europe/Amsterdam", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Tokyo"]),
    start=st.integers(0, 365 * 24 * 60),
    steps=st.lists(st.integers(0, 200_000), min_size=1, max_size=8),
)
def test_a_cron_expression_gives_each_moment_once_also_when_clocks_are_set(
    expression: str, zone: str, start: int, steps: list[int]
) -> None:
    """However time is cut, and by the plant's own clock: what Debian's cron does."""
    one = schedule(cron=expression, zone=zone)
    marks = [START + timedelta(minutes=start)]
    for step in steps:
        marks.append(marks[-1] + timedelta(seconds=step))
    pieces = [moment for a, b in itertools.pairwise(marks) for moment in moments_between(one, a, b)]
    assert pieces == moments_between(one, marks[0], marks[-1]) == sorted(set(pieces))
    assert all(moment.tzinfo is UTC for moment in pieces)
    assert marks[-1] < next_moment(one, marks[-1])


@pytest.mark.parametrize(
    ("when", "between", "moments"),
    [
        ({"at": ["02:30"], "zone": "Europe/Amsterdam"}, ("03-28", "03-31"), ["28 01:30", "29 01:00", "30 00:30"]),
        ({"at": ["02:10", "02:50"], "zone": "Europe/Amsterdam"}, ("03-29", "03-30"), ["29 01:00"]),
        ({"at": ["02:30"], "zone": "Europe/Amsterdam"}, ("10-25", "10-27"), ["25 00:30", "26 01:30"]),
        ({"cron": "0 6 * * MON-FRI", "zone": "America/New_York"}, ("03-06", "03-10"), ["06 11:00", "09 10:00"]),
        ({"cron": "0 0 L * *"}, ("02-01", "03-01"), ["28 00:00"]),
    ],
)
def test_times_are_those_of_the_plants_clock(
    when: dict[str, Any], between: tuple[str, str], moments: list[str]
) -> None:
    """A gap moves a moment right behind it, an hour that comes twice has it once."""
    one = Schedule.model_validate({"name": "n", "job": "j", **when})
    start, end = (datetime.fromisoformat(f"2026-{day}T00:00:00Z") for day in between)
    assert [f"{moment:%d %H:%M}" for moment in moments_between(one, start, end)] == moments


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": [], "every_min": None}, "say one of 'at', 'cron' and 'every_min'"),
        ({"at": ["02:30"], "every_min": 5}, "say one of"),
        ({"at": ["02:30"], "cron": "30 2 * * *"}, "say one of"),
        ({"at": ["25:00"]}, "at.0"),
        ({"at": ["02:30Z"]}, "name no zone"),
        ({"at": ["02:30:15"]}, "to the minute"),
        ({"at": ["02:30"], "zone": "Europe/Nowhere"}, "is no time zone"),
        ({"at": ["02:30"], "zone": "../etc/passwd"}, "is no time zone"),
        ({"every_min": 5, "zone": "Europe/Paris"}, "has no zone"),
        ({"cron": "0 30 2 * * *"}, "five fields"),
        ({"cron": "@daily"}, "five fields"),
        ({"cron": "61 * * * *"}, "Bad minute"),
        ({"cron": "0 0 30 2 *"}, "Bad day-of-month"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        Schedule.model_validate({"name": "n", "job": "j", **wrong})
