"""Another way is booked in the place of one: workers die, sites are hostile, and never do two bookings live at once.

Short here, at every boundary with BATCHWRIGHT_SOAK=1 (`make soak`), which prints how many points were tried. What is
counted is the courier's own store, and its diary of what it committed in which order.
"""

import os
import random
import sqlite3
from collections.abc import Iterator

import pytest
from crash_plant import BOTS, REBOOKING, CrashPlant, crash_plant
from crash_rebooking import BETTER, contents, of_rebooking
from test_bots_crash import HOSTILE, LATE, PART, PARTS, SOAK, killed_at_each, restarted

from mes_core.messages import views as v
from twin.sites import courier_cryorun
from twin.sites.faults import Fault, FaultPlan

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
    pytest.mark.requirement("URS-078"),
]
REQUESTS = {"cancellation": 0, "booking": 1}
"""Which changing request of the item it is."""


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CrashPlant]:
    with crash_plant(tmp_path_factory.mktemp("rebooking")) as running:
        yield running


def test_killed_at_every_boundary_and_never_two_live(plant: CrashPlant, capsys: pytest.CaptureFixture[str]) -> None:
    """Both ends of every keyword, every call of the MES, and each step of both changing requests through the gate."""
    batch = plant.ready_for(REBOOKING)
    how, names = plant.run(REBOOKING)
    assert (how, plant.faults(batch, REBOOKING)) == ("exit 0", []), "a clean run gives the points"
    every = list(range(1, len(names) + 1))
    sent = [number for number in every if names[number - 1] == "changing request sent"]
    assert len(sent) >= 2
    tried = every[PART - 1 :: PARTS] if SOAK else sorted({*sent[-2:], random.Random(7).choice(every)})
    killed_at_each(plant, REBOOKING, tried, names, capsys)


@pytest.mark.parametrize("moment", ["arrived", "committed"])
@pytest.mark.parametrize("request_name", REQUESTS)
def test_killed_while_the_courier_answers(plant: CrashPlant, request_name: str, moment: str) -> None:
    """The request is at the courier: before its commit, and after the commit but before the answer."""
    if not SOAK and moment != "committed":
        pytest.skip("in make soak")
    for fault in (None, Fault.LATE_COMMIT, Fault.STALE_LIST) if SOAK else (None,):
        batch = plant.ready_for(REBOOKING)
        plant.hostile["courier"].follow(_plan(fault, REQUESTS[request_name]))
        plant.killers["courier"].passing = REQUESTS[request_name]
        plant.killers["courier"].moment = moment
        assert plant.run(REBOOKING)[0] == "SIGKILL"
        assert restarted(plant, batch, REBOOKING) == []
        plant.hostile["courier"].follow(FaultPlan())


@pytest.mark.parametrize("request_name", REQUESTS)
@pytest.mark.parametrize("fault", HOSTILE, ids=lambda fault: str(fault.value))
def test_a_hostile_answer_and_done_once(plant: CrashPlant, request_name: str, fault: Fault) -> None:
    """The connection is cut, the commit comes late, the list is stale: one live booking all the same."""
    if not SOAK and (request_name, fault) not in {
        ("cancellation", Fault.LOST_ANSWER),
        ("cancellation", Fault.LATE_COMMIT),
        ("booking", Fault.LOST_ANSWER),
    }:
        pytest.skip("in make soak")
    batch = plant.ready_for(REBOOKING)
    plant.hostile["courier"].follow(_plan(fault, REQUESTS[request_name]))
    how, _ = plant.run(REBOOKING)
    met = plant.hostile["courier"].met[fault]
    plant.hostile["courier"].follow(FaultPlan())
    assert (how, met > 0) == ("exit 0", True)
    assert plant.faults(batch, REBOOKING) == []


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_stopped_worker_that_wakes_up_sends_nothing(plant: CrashPlant, request_name: str) -> None:
    """SIGSTOP with the permission in hand, adoption by another worker when the lease is over, SIGCONT."""
    if not SOAK and request_name != "cancellation":
        pytest.skip("in make soak")
    plant.ready_for(REBOOKING)
    names = plant.run(REBOOKING)[1]
    acts = [n for n, name in enumerate(names, start=1) if name == "permission given" and names[n - 2].startswith("MES")]
    batch = plant.ready_for(REBOOKING)
    assert plant.run(REBOOKING, at=acts[REQUESTS[request_name]], end="stop", worker="w-stopped")[0] == "stopped"
    stopped = plant.pid
    plant.forward(130)
    assert restarted(plant, batch, REBOOKING) == []
    plant.resume(stopped)
    assert plant.faults(batch, REBOOKING) == [], "the worker that woke up did it again"


def test_when_the_new_booking_fails_none_stands_and_a_person_is_told_why(plant: CrashPlant) -> None:
    """The other way is gone once the cancellation was sent: on hold with the reason, until there is a way again."""
    plant.ready_for(REBOOKING)
    names = plant.run(REBOOKING)[1]
    cancelled = [number for number, name in enumerate(names, start=1) if name == "changing request sent"][-2]
    batch = plant.ready_for(REBOOKING)
    assert plant.run(REBOOKING, at=cancelled)[0] == "SIGKILL"
    _offer(plant, "BETTER", taken=True)
    try:
        assert plant.run(REBOOKING)[0] == "exit 0"
        counts = of_rebooking(plant, batch)
        assert (counts["live booking"], counts["cancellation"], counts["booking in its place"]) == (0, 1, 0)
        (item,) = [one for one in plant.mes.work_items(batch_id=batch) if one.job == REBOOKING]
        assert (item.state, item.code) == ("waiting", "NO_SLOT")
        assert f"booking CR-OLD-{batch} is cancelled, and no other one stands" in str(item.message)
        (hold,) = [one for one in plant.mes.get_batch(batch).holds if one.lifted_at is None]
        assert hold.kind == "logistics"
    finally:
        _offer(plant, "BETTER", taken=False)
    lifting = v.LiftHold(reason="There is a way again.", password="site-canary-7f3a")
    plant.mes.lift_hold(hold.hold_id, lifting, plant.person)
    plant.mes.retry_item(item.item_id, "There is a way again.", plant.person)
    assert plant.run(REBOOKING)[0] == "exit 0"
    assert plant.faults(batch, REBOOKING) == []


def test_when_the_cancellation_fails_the_booking_stands_and_a_person_is_told_why(plant: CrashPlant) -> None:
    """The courier says that it is on its way: nothing else is booked."""
    batch = plant.ready_for(REBOOKING)
    plant.hostile["courier"].follow(FaultPlan())
    store = plant.folder / "courier.sqlite"
    with sqlite3.connect(store) as connection:
        asked = "UPDATE bookings SET pickup_at = '2026-01-01T00:00:00+00:00' WHERE reference = ?"
        connection.execute(asked, [f"CR-OLD-{batch}"])
    assert plant.run(REBOOKING)[0] == "exit 0"
    counts = of_rebooking(plant, batch)
    assert counts == {
        "live booking": 1,
        "live bookings at once, at most": 1,
        "booking in its place": 0,
        "cancellation": 0,
        "live booking recorded": 1,
    }
    (item,) = [one for one in plant.mes.work_items(batch_id=batch) if one.job == REBOOKING]
    assert (item.state, "can't be cancelled any more" in str(item.message)) == ("waiting", True)
    plant.mes.cancel_item(item.item_id, "Kept, after a call with the courier.", plant.person)
    assert BOTS[1] not in [one.job for one in plant.mes.work_items(batch_id=batch) if one.state == "queued"]


def test_without_a_better_way_the_booking_is_not_touched(plant: CrashPlant) -> None:
    """Nothing is cancelled before another way is chosen."""
    batch = plant.ready_for(REBOOKING)
    _offer(plant, "BETTER", taken=True)
    try:
        assert plant.run(REBOOKING)[0] == "exit 0"
    finally:
        _offer(plant, "BETTER", taken=False)
    (item,) = [one for one in plant.mes.work_items(batch_id=batch) if one.job == REBOOKING]
    assert (item.state, item.code) == ("waiting", "A_PERSON_DECIDES")
    assert f"booking CR-OLD-{batch} stands until a person decides" in str(item.message)
    assert of_rebooking(plant, batch)["live booking"] == 1
    assert courier_cryorun.most_live_at_once(plant.folder / "courier.sqlite")[contents(batch)] == 1
    plant.mes.retry_item(item.item_id, "There is a way again.", plant.person)
    assert plant.run(REBOOKING)[0] == "exit 0"
    assert plant.faults(batch, REBOOKING) == []


def _plan(fault: Fault | None, before: int) -> FaultPlan:
    if fault is Fault.STALE_LIST:
        return FaultPlan(rates={fault: 1.0}, **LATE)
    return FaultPlan(script=[*([None] * before), fault], **LATE)


def _offer(plant: CrashPlant, name: str, *, taken: bool) -> None:
    """Take a slot off the courier's offers, or put it back."""
    pickup = "2026-01-01T00:00:00+00:00" if taken else BETTER["pickup_at"]
    with sqlite3.connect(plant.folder / "courier.sqlite") as connection:
        connection.execute("UPDATE slots SET pickup_at = ? WHERE slot = ?", [pickup, name])
