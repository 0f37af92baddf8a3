"""A clock that goes back: noticed, said, and nothing is dated before what it rests on."""

import pytest
from mes_support import PASSWORD, SYSTEM, FakeRules, Plant, record
from sqlalchemy import text

from mes_core.domain.errors import Unauthenticated, Unavailable
from mes_core.messages import views as v
from mes_core.services import Mes


def _claim(plant: Plant, worker: str = "w") -> v.WorkItemView | None:
    body = {"worker": worker, "secret": "known to this host alone, 0123456789", "jobs": ("batch_record_review",)}
    return plant.mes.claim(v.ClaimRequest.model_validate(body), plant.bot)


@pytest.mark.requirement("URS-016")
def test_nothing_is_changed_while_the_clock_is_behind(plant: Plant) -> None:
    """Reading goes on; sessions that are over stay over, in this process and in the next one; verify says it."""
    plant.mes.submit_batch(record(), plant.bot)
    token = plant.mes.login("qp", PASSWORD).token
    plant.later(days=30)
    plant.mes.submit_batch(record("B3"), plant.bot)
    plant.later(days=-30)
    before = plant.dump()
    again = Mes(plant.store, FakeRules(), lambda: plant.now)
    for mes in (plant.mes, again):
        with pytest.raises(Unavailable, match="clock of this server went back"):
            mes.submit_batch(record("B2"), plant.bot)
        with pytest.raises(Unauthenticated, match="session is over"):
            mes.authenticate(token)
        assert mes.get_batch("B1").batch_id == "B1"
        assert any("The clock of this machine says" in one for one in mes.verify_audit())
    assert plant.dump() == before
    plant.later(days=30, seconds=5)
    plant.mes.submit_batch(record("B2"), plant.bot)
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-016")
def test_small_steps_back_are_held_at_the_newest_time(plant: Plant) -> None:
    """As clocks make them when they are set by the network."""
    plant.later(seconds=60)
    plant.mes.submit_batch(record(), plant.bot)
    plant.later(seconds=-20)
    plant.mes.submit_batch(record("B2"), plant.bot)
    with plant.store.read() as work:
        first, second = (work.find("audit", batch_id=name, order=("number",))[-1]["at"] for name in ("B1", "B2"))
    assert second >= first
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-016")
def test_a_clock_that_was_ahead_is_taken_back_by_word(plant: Plant) -> None:
    """With an entry; no item stays stuck with a lease or a wait of the future."""
    plant.mes.submit_batch(record(), plant.bot)
    plant.mes.submit_batch(record("B2"), plant.bot)
    plant.later(days=30)
    taken = _claim(plant)
    assert taken is not None
    failing = plant.under(_claim(plant, "other"))
    assert failing.lease is not None
    failed = {"epoch": failing.lease.epoch, "family": "APPLICATION", "code": "SITE_UNREACHABLE", "message": "Down."}
    plant.mes.fail(failing.lease.item_id, v.ItemFailed.model_validate(failed), failing)
    plant.later(days=-30)
    with pytest.raises(Unavailable):
        _claim(plant, "third")
    assert plant.mes.take_clock("The battery was empty.", SYSTEM).startswith("2026-03-31")
    found = {one.item_id for one in (_claim(plant, "third"), _claim(plant, "third")) if one}
    assert found == {taken.item_id, failing.lease.item_id}
    assert plant.mes.verify_audit() == []
    with plant.store.read() as work:
        entry = work.find("audit", batch_id="system:store", action="clock taken as it is")[0]
    assert entry["why"] == "The battery was empty."


@pytest.mark.requirement("URS-016")
def test_verify_tells_of_entries_that_are_dated_back(plant: Plant) -> None:
    """Such as a server wrote that had no such clock."""
    plant.later(hours=2)
    plant.mes.submit_batch(record(), plant.bot)
    with plant.store._engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
        connection.execute(text("UPDATE clock SET at = '2026-03-01T08:00:00.000000+00:00'"))
    plant.later(hours=-1)
    old = Mes(plant.store, FakeRules(), lambda: plant.now)
    old.open_hold("B1", v.NewHold(kind="quality", reason="A doubt.", key="k"), plant.bot)
    assert any("the clock of the server went back" in one for one in old.verify_audit())
