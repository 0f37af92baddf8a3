"""What a log tells of its plant: arrivals, hours, people and branches that were put in come out; nothing is guessed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from batchwright.commands.twin import twin_app
from twin.learn.learned import learn
from twin.learn.log import Event, Log, make_log
from twin.learn.plant import END, START, Branch, LearnedPlant, learn_plant
from twin.study.inputs import load_preset

T0 = datetime(2026, 1, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = pytest.mark.requirement("URS-100")


def plant_of(log: Log, zone: ZoneInfo | None = None) -> LearnedPlant:
    return learn_plant(log, np.random.default_rng(1), zone)


def a_year(seed: int, *, a_week: float = 9.0, again: float = 0.3) -> Log:
    """Cases that come by chance on working days, made by three people from 8 to 16 in Berlin, some of them twice."""
    rng = np.random.default_rng(seed)
    events = []
    for week in range(52):
        for number in range(rng.poisson(a_week)):
            day = datetime(2026, 1, 5, tzinfo=BERLIN) + timedelta(days=7 * week + int(rng.integers(5)))
            begin = (day + timedelta(hours=8 + 5 * rng.random())).astimezone(UTC)
            case, who = f"{week}-{number}", f"person {rng.integers(3)}"
            middle = begin + timedelta(hours=1.5)
            events.append(Event(case, "make", who, begin, middle, "maker"))
            if rng.random() < again:
                middle = begin + timedelta(hours=2.5)
                events.append(Event(case, "mend", who, begin + timedelta(hours=1.5), middle, "maker"))
            events.append(Event(case, "check", "checker", middle, middle + timedelta(minutes=30), "checker"))
    return make_log(events, zoned=True)


def branch(plant: LearnedPlant, before: str, after: str) -> Branch:
    return next(one for one in plant.branches if (one.before, one.after) == (before, after))


@pytest.mark.parametrize("seed", range(3))
def test_what_was_put_in_comes_out(seed: int) -> None:
    """Nine a week, Monday to Friday from 8 on, three people, three cases in ten mended."""
    found = plant_of(a_year(seed), BERLIN)
    assert found.arrivals is not None
    mean, low, high = found.arrivals.a_week
    assert low < 9.0 < high
    assert low < mean < high
    assert 0.6 < found.arrivals.dispersion < 1.6
    assert found.arrivals.weeks == 50
    assert (sum(found.arrivals.weekdays), found.arrivals.weekdays[5:]) == (pytest.approx(1.0), (0.0, 0.0))
    whole = found.hours[0]
    assert (whole.of, whole.days, whole.first) == ("", "Mon-Fri", 8)
    assert 15 <= whole.last <= 16
    assert whole.inside > 0.94
    pools = {one.of: one for one in found.role_pools}
    assert (pools["maker"].people, pools["checker"].people) == (3, 1)
    mended = branch(found, "make", "mend")
    assert mended.share[1] < 0.3 < mended.share[2]
    assert branch(found, START, "make").share[0] == branch(found, "check", END).share[0] == 1.0


def test_hours_are_those_of_the_plants_clock_in_summer_and_winter() -> None:
    """Eight in Berlin is six or seven in UTC: without the zone the window is an hour wider."""
    log = a_year(7)
    assert plant_of(log, BERLIN).hours[0].first == 8
    assert plant_of(log).hours[0].first == 6


def test_work_at_once_is_counted_and_what_ends_makes_room() -> None:
    """Three cultures side by side for a day, then one after the other without a gap."""
    hour = timedelta(hours=1)
    side = [Event(f"c{n}", "culture", "", T0 + n * hour, T0 + 24 * hour) for n in range(3)]
    chain = [Event(f"c{n}", "fill", "x", T0 + (30 + n) * hour, T0 + (31 + n) * hour) for n in range(3)]
    pools = {one.of: one for one in plant_of(make_log([*side, *chain])).pools}
    assert (pools["culture"].most, pools["culture"].usual, pools["culture"].people) == (3, 3, 0)
    assert (pools["fill"].most, pools["fill"].usual, pools["fill"].people) == (1, 1, 1)


def test_what_a_log_does_not_say_is_not_guessed() -> None:
    """Three weeks are no year of arrivals, days are no hours, and an end alone says nothing of who is at work."""
    days = [Event(f"c{n}", "make", "", None, T0 + timedelta(days=n % 15)) for n in range(60)]
    found = plant_of(make_log(days))
    assert found.arrivals is None
    assert found.hours == ()
    assert found.pools == ()


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), min_size=1, max_size=20))
def test_what_follows_an_activity_adds_up(cases: list[list[str]]) -> None:
    """Every end of an activity is followed by one thing: shares of a few activities add up to one."""
    events = [
        Event(f"c{number}", name, "", T0 + timedelta(hours=place), T0 + timedelta(hours=place + 1))
        for number, names in enumerate(cases)
        for place, name in enumerate(names)
    ]
    found = plant_of(make_log(events))
    sums: dict[str, float] = {}
    for one in found.branches:
        sums[one.before] = sums.get(one.before, 0.0) + one.share[0]
        assert one.share[1] <= one.share[0] <= one.share[2]
    assert all(total == pytest.approx(1.0) for total in sums.values())
    assert sum(one.times for one in found.branches if one.before == START) == len({event.case for event in events})


def test_it_goes_with_what_else_is_learned() -> None:
    plain = learn(a_year(2), 1, zone=BERLIN).plain()
    assert plain["plant"]["hours"][0]["days"] == "Mon-Fri"
    assert len(plain["plant"]["arrivals"]["a_week"]) == 3


def test_arrivals_and_people_become_inputs_of_a_run(tmp_path: Path) -> None:
    """By the command, with where they come from; the study takes them as they are written."""
    log, out = tmp_path / "log.csv", tmp_path / "inputs.yaml"
    lines = ["case_id,activity,resource,role,start_timestamp,timestamp"]
    for one in a_year(0).events:
        assert one.start is not None
        assert one.end is not None
        times = f"{one.start.isoformat()},{one.end.isoformat()}"
        lines.append(f"{one.case},{one.activity},{one.resource},{one.role},{times}")
    log.write_text("\n".join(lines), encoding="utf-8")
    maps = ("--map", "(arrivals)=plant.batches_per_month", "--map", "checker=plant.quality_reviewers")
    words = ["learn", str(log), "--timezone", "Europe/Berlin", "--out", str(out), "--format", "json"]
    done = CliRunner().invoke(twin_app, [*words, *maps])
    assert done.exit_code == 0, done.output
    inputs = load_preset("uk-lbcl").with_file(out).by_name
    a_month = inputs["plant.batches_per_month"]
    assert a_month.low < 9 * 365.25 / 7 / 12 < a_month.high
    assert inputs["plant.quality_reviewers"].value == json.loads(done.output)["plant"]["role_pools"][1]["usual"]
    refused = CliRunner().invoke(twin_app, [*words, "--map", "nobody=plant.operators"])
    assert "does not say when a role or activity 'nobody' went on" in str(refused.exception or refused.output)
