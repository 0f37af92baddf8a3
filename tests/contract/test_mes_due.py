"""Waiting belongs to the MES: what is due follows from the store, is told of by the time, and never twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mes_support import COURIER_JOB, START, Plant, finding, observation, record, shipment

from mes_core.domain.errors import Conflict, Invalid, NotFound
from mes_core.messages import conditional as c
from mes_core.messages import deviations as d
from mes_core.messages import views as v

EXPIRES = START + timedelta(days=6)
HOURS = st.integers(min_value=0, max_value=24 * 120)


def _opened(plant: Plant, batch_id: str = "B1") -> None:
    """A batch with a deviation, cells that expire, and a release without a courier."""
    plant.mes.submit_batch(record(batch_id, expires_at=EXPIRES.isoformat()), plant.bot)
    verdict = plant.mes.review(batch_id, (observation(),), plant.at(batch_id))
    opened = {"deviation_key": "DEV-1", "title": "Late sample", "severity": "minor"}
    plant.mes.open_deviation(batch_id, d.NewDeviation.model_validate(opened), plant.bot)
    plant.sign(verdict)


def _told(plant: Plant) -> set[tuple[Any, ...]]:
    return {(one.due_id, one.level, one.to_role, one.planned_at) for one in plant.mes.due_notices()}


def _levels(plant: Plant) -> dict[str, int]:
    return {one.due_id: one.level for one in plant.mes.due_items(state=None)}


@pytest.mark.requirement("URS-045")
def test_what_is_due_comes_soonest_first(plant: Plant) -> None:
    """With whose it is, by when, and where the time comes from; what has happened ends."""
    _opened(plant)
    ticked = plant.mes.tick(plant.bot)
    assert (ticked.opened, ticked.open, ticked.overdue) == (3, 3, 0)
    found = [(one.kind.value, one.due_at, one.role) for one in plant.mes.due_items()]
    assert found == [
        ("courier", EXPIRES - timedelta(days=1), "operator"),
        ("expiry", EXPIRES, "reviewer"),
        ("deviation", START + timedelta(days=30), "reviewer"),
    ]
    plant.end_deviations()
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    ticked = plant.mes.tick(plant.bot)
    assert ticked.ended == 3
    assert [one.text for one in plant.mes.due_items()] == [
        "Record the licence of EX1 in US: batches leave, and its periodic filings can't be counted."
    ]
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-112")
@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("America/Los_Angeles", "2026-03-10T07:00:00+00:00"),
        ("Asia/Tokyo", "2026-03-09T15:00:00+00:00"),
        (None, "2026-03-09T10:00:00+00:00"),
    ],
)
def test_a_courier_is_due_before_the_day_of_the_infusion_begins_at_the_centre(
    plant: Plant, zone: str | None, begins: str
) -> None:
    """Not at midnight in Greenwich; where nobody knows the centre's clock, where that day begins first."""
    at = datetime.fromisoformat(begins)
    plant.mes.submit_batch(record("B1", infusion_planned_on="2026-03-10", treatment_zone=zone), plant.bot)
    plant.sign(plant.mes.review("B1", (observation(),), plant.at()))
    plant.mes.tick(plant.bot)
    assert {one.due_at for one in plant.mes.due_items() if one.kind == "courier"} == {at - timedelta(days=1)}
    with plant.store.read() as work:
        assert {row["due_at"][:16] for row in work.find("work_items", job=COURIER_JOB)} == {at.isoformat()[:16]}


@pytest.mark.requirement("URS-045")
def test_reminders_then_escalations(plant: Plant) -> None:
    """A week before to whose it is, at the time to quality, a week later to the qualified person."""
    _opened(plant)
    for days, to in ((22, []), (23, ["reviewer"]), (30, ["quality_assurance"]), (37, ["qualified_person"])):
        plant.now = START + timedelta(days=days)
        before = _told(plant)
        plant.mes.tick(plant.bot)
        new = _told(plant) - before
        assert [one[2] for one in sorted(new) if one[0] == "deviation:B1:DEV-1"] == to
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-045")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(HOURS, min_size=1, max_size=6), data=st.data())
def test_a_tick_twice_adds_nothing_and_their_order_does_not_matter(
    plant: Plant, times: list[int], data: st.DataObject
) -> None:
    """The same notices and levels from ticks in any order, with repeats, as from the last one alone."""
    name = f"B{plant.mes.list_batches(limit=1).total + 1}"
    _opened(plant, name)
    ends: list[tuple[set[tuple[Any, ...]], dict[str, int]]] = []
    moments = [START + timedelta(hours=hours) for hours in times]
    shuffled = data.draw(st.permutations(moments + moments[:1]))
    for moment in shuffled:
        plant.mes.tick(plant.bot, moment)
        before = plant.dump()
        plant.mes.tick(plant.bot, moment)
        assert plant.dump() == before
    ends.append((_told(plant), _levels(plant)))
    plant.mes.tick(plant.bot, max(moments))
    ends.append((_told(plant), _levels(plant)))
    assert ends[0] == ends[1]
    alone = f"{name}x"
    _opened(plant, alone)
    plant.mes.tick(plant.bot, max(moments))
    by_batch = [{one[1:] for one in _told(plant) if f":{batch}:" in one[0]} for batch in (name, alone)]
    assert by_batch[0] == by_batch[1]


@pytest.mark.requirement("URS-045")
def test_what_is_put_off_is_told_of_again(plant: Plant) -> None:
    """A release that is stopped and signed again needs its courier again."""
    _opened(plant)
    plant.mes.tick(plant.bot, EXPIRES)
    hold = plant.mes.open_hold("B1", v.NewHold(kind="logistics", reason="Strike.", key="k"), plant.bot)
    plant.mes.tick(plant.bot, EXPIRES)
    assert "courier:B1:courier" not in {one.due_id for one in plant.mes.due_items()}
    plant.lift(hold)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    assert plant.mes.tick(plant.bot, EXPIRES).open == 3
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-045")
def test_what_a_tick_and_an_end_refuse(plant: Plant) -> None:
    """A time without a zone; the end of what ends by itself, or of what is not there."""
    _opened(plant)
    plant.mes.tick(plant.bot)
    done = c.DueDone(note="Looked at.", password="correct horse battery")
    with pytest.raises(Invalid, match="needs a zone"):
        plant.mes.tick(plant.bot, START.replace(tzinfo=None))
    with pytest.raises(Conflict, match="ends by itself"):
        plant.mes.finish_due("deviation:B1:DEV-1", done, plant.qp)
    with pytest.raises(NotFound, match="Nothing like 'x' is due"):
        plant.mes.finish_due("x", done, plant.qp)


def test_a_key_that_a_review_made_is_not_read_out(plant: Plant) -> None:
    plant.reviewed("HOLD", finding("R-01", "critical"))
    opened = {"deviation_key": "DEV-1", "title": "Late sample", "severity": "minor"}
    plant.mes.open_deviation("B1", d.NewDeviation.model_validate(opened), plant.bot)
    plant.mes.tick(plant.bot)
    said = {one.text for one in plant.mes.due_items() if one.kind is c.DueKind.DEVIATION}
    assert said == {
        "Deviation DEV-1 of batch B1 is to be closed: Late sample",
        "Deviation of batch B1 is to be closed: Viability: Viability is 80.0.",
    }
