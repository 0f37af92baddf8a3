"""Many batches at once: import and review."""

import pytest
from mes_support import SYSTEM, Plant, finding, observation, record

from mes_core.domain.errors import NotFound
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import views as v

Item = tuple[BatchRecord, tuple[Observation, ...]]


def _items(count: int) -> list[Item]:
    return [(record(str(number), kind="tablet"), (observation(),)) for number in range(1, count + 1)]


@pytest.mark.requirement("URS-011")
def test_an_import_is_idempotent(plant: Plant) -> None:
    """No second copy, over several transactions."""
    assert plant.mes.import_batches(_items(250), SYSTEM) == (250, 0, [])
    before = plant.dump()
    assert plant.mes.import_batches(iter(_items(250)), SYSTEM) == (0, 250, [])
    assert plant.dump() == before
    assert plant.mes.list_batches(limit=10, offset=240).total == 250
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-011")
def test_an_import_names_what_it_refuses(plant: Plant) -> None:
    """Another content under a known number, within one import or from an earlier one; the rest is taken."""
    plant.mes.import_batches(_items(2), SYSTEM)
    other = (record("2", product="Other"), ())
    fresh, twin = (record("3"), ()), (record("3", product="Other"), ())
    count = plant.mes.import_batches([other, fresh, twin, fresh], SYSTEM)
    assert (count.taken, count.unchanged) == (1, 1)
    assert [batch_id for batch_id, _ in count.refused] == ["2", "3"]
    assert plant.mes.get_record("2").product == "Examplecel"


def test_the_last_of_two_readings_of_one_table_counts(plant: Plant) -> None:
    """Also within one import."""
    plant.mes.import_batches([(record(), (observation("1"), observation("2")))], SYSTEM)
    assert [one.rows[0]["result"] for one in plant.mes.observations("B1")] == ["2"]


def test_an_import_queues_reviews_when_asked(plant: Plant) -> None:
    """And not otherwise."""
    plant.mes.import_batches(_items(2), SYSTEM)
    assert plant.mes.work_items() == ()
    plant.mes.import_batches([(record("3"), ())], SYSTEM, enqueue_review=True)
    assert [item.batch_id for item in plant.mes.work_items()] == ["3"]


def test_all_are_reviewed_in_order_like_each_alone(plant: Plant) -> None:
    """Numbers in the order of numbers; the same rows in the store as one review after the other."""
    plant.mes.import_batches(_items(120), SYSTEM)
    plant.rules.say("HOLD", finding())
    done = list(plant.mes.review_all(SYSTEM))
    assert [one.batch_id for one in done] == [str(number) for number in range(1, 121)]
    assert plant.mes.verify_audit() == []
    plant.mes.import_batches([(record("999", kind="tablet"), (observation(),))], SYSTEM)
    alone = plant.mes.review("999", (), SYSTEM)
    hidden = {"verdict_id", "batch_id", "record_hash", "findings", "verdict"}
    assert done[0].model_dump(exclude=hidden) == alone.model_dump(exclude=hidden)
    one, other = (plant.mes.get_batch(batch_id) for batch_id in ("1", "999"))
    assert one.state is other.state is v.BatchState.ON_HOLD
    assert [hold.reason for hold in one.holds] == [hold.reason for hold in other.holds]
    actions = [[entry.action for entry in plant.mes.audit(batch_id)] for batch_id in ("1", "999")]
    assert actions[0] == actions[1]


def test_reviewing_all_again_makes_new_verdicts_and_no_second_hold(plant: Plant) -> None:
    """Numbered on."""
    plant.mes.import_batches(_items(3), SYSTEM)
    plant.rules.say("HOLD", finding())
    list(plant.mes.review_all(SYSTEM))
    assert [one.number for one in plant.mes.review_all(SYSTEM)] == [2, 2, 2]
    assert [one.current for one in plant.mes.verdicts("1")] == [True, False]
    assert len(plant.mes.get_batch("1").holds) == 1


def test_lists_are_cut_and_filtered(plant: Plant) -> None:
    """By state and kind; the total counts all that match."""
    plant.mes.import_batches(_items(5), SYSTEM)
    plant.mes.submit_batch(record("C1"), plant.bot)
    assert plant.mes.list_batches(kind="tablet", limit=2).total == 5
    assert len(plant.mes.list_batches(kind="tablet", limit=2).items) == 2
    assert plant.mes.list_batches(state="ready").total == 0
    assert [one.batch_id for one in plant.mes.list_batches(kind="car_t").items] == ["C1"]


def test_the_same_review_gives_the_same_verdict(plant: Plant) -> None:
    """The facts of two reviews at one time are equal."""
    plant.reviewed()
    plant.mes.review("B1", (), plant.at())
    assert plant.rules.seen[0] == plant.rules.seen[1]


def test_readings_of_an_unknown_batch_are_refused(plant: Plant) -> None:
    """Nothing is stored for it."""
    before = plant.dump()
    with pytest.raises(NotFound):
        plant.mes.put_observations("B9", (observation(),), plant.at("B9"))
    assert plant.dump() == before
