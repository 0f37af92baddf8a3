"""Work items and effects: one worker at a time, and never the same effect twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from mes_support import COURIER_JOB, SECRET, Plant, finding, record, shipment

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.messages import views as v

REVIEW = v.ClaimRequest(secret=SECRET, worker="w1", jobs=("batch_record_review",))
COURIER = v.ClaimRequest(secret=SECRET, worker="w1", jobs=("courier_scheduling",))
STATE = v.BatchState


def _failed(item: v.WorkItemView, family: str = "APPLICATION", **more: Any) -> v.ItemFailed:
    body = {"epoch": item.epoch, "family": family, "code": "page_changed", "message": "The page has no table."}
    return v.ItemFailed.model_validate(body | more)


def _effect(**more: Any) -> v.NewEffect:
    body = {"site": "courier", "kind": "inquiry", "business_key": "ship:B1", "batch_id": "B1", "item_id": "W1"}
    return v.NewEffect(**(body | more))


def _claimed(plant: Plant, request: v.ClaimRequest = REVIEW) -> v.WorkItemView:
    item = plant.mes.claim(request, plant.bot)
    assert item is not None
    return item


def test_one_item_can_be_claimed_by_its_business_key(plant: Plant) -> None:
    for batch_id in ("B-1", "B-2"):
        plant.mes.submit_batch(record(batch_id), plant.bot)
    second = plant.mes.work_items(batch_id="B-2")[0].business_key
    asked = REVIEW.model_copy(update={"business_key": second})
    claimed = plant.mes.claim(asked, plant.bot)
    assert claimed is not None
    assert claimed.batch_id == "B-2"
    assert plant.mes.claim(asked, plant.bot) is None, "It is running, and no other item may be given in its place."
    assert plant.mes.claim(REVIEW.model_copy(update={"business_key": "no such key"}), plant.bot) is None


def test_items_are_claimed_oldest_first_and_by_job(plant: Plant) -> None:
    """Nothing to do is None."""
    for batch_id in ("B2", "B1", "B3"):
        plant.mes.submit_batch(record(batch_id), plant.bot)
    assert plant.mes.claim(COURIER, plant.bot) is None
    assert [_claimed(plant).batch_id for _ in range(3)] == ["B2", "B1", "B3"]
    assert plant.mes.claim(REVIEW, plant.bot) is None


def test_many_workers_never_share_an_item(plant: Plant) -> None:
    """Eight threads, twenty items."""
    for number in range(20):
        plant.mes.submit_batch(record(f"B{number}"), plant.bot)

    def work(worker: int) -> list[str]:
        request = v.ClaimRequest(secret=SECRET, worker=f"w{worker}", jobs=REVIEW.jobs)
        taken = []
        while item := plant.mes.claim(request, plant.bot):
            plant.mes.complete(item.item_id, v.ItemDone(epoch=item.epoch), plant.under(item))
            taken.append(item.item_id)
        return taken

    with ThreadPoolExecutor(8) as threads:
        taken = [item for items in threads.map(work, range(8)) for item in items]
    assert len(taken) == len(set(taken)) == 20
    assert plant.mes.verify_audit() == []


def test_a_lost_lease_is_over(plant: Plant) -> None:
    """Another worker takes the item after 120 s; the first one is told."""
    plant.mes.submit_batch(record(), plant.bot)
    first = _claimed(plant)
    plant.later(seconds=119)
    assert plant.mes.claim(REVIEW, plant.bot) is None
    plant.later(seconds=2)
    second = plant.mes.claim(v.ClaimRequest(secret=SECRET, worker="w2", jobs=REVIEW.jobs), plant.bot)
    assert second is not None
    assert (second.item_id, second.attempts, second.epoch) == (first.item_id, 2, first.epoch + 1)
    for late in (
        lambda: plant.mes.complete(first.item_id, v.ItemDone(epoch=first.epoch), plant.under(first)),
        lambda: plant.mes.fail(first.item_id, _failed(first), plant.under(first)),
    ):
        with pytest.raises(Conflict, match="not this worker's any more"):
            late()
    done = v.ItemDone(epoch=second.epoch, output={"verdict": "READY"})
    assert plant.mes.complete(second.item_id, done, plant.under(second)).output == {"verdict": "READY"}
    with pytest.raises(Conflict):
        plant.mes.complete(second.item_id, done, plant.under(second))


def test_an_application_failure_is_tried_three_times(plant: Plant) -> None:
    """Then a person looks."""
    plant.mes.submit_batch(record(), plant.bot)
    states = []
    for _ in range(3):
        item = _claimed(plant)
        states.append(plant.mes.fail(item.item_id, _failed(item), plant.under(item)).state)
        plant.later(seconds=1)
        assert plant.mes.claim(REVIEW, plant.bot) is None, "not before a while"
        plant.later(seconds=8)
    assert states == ["queued", "queued", "waiting"]
    assert plant.mes.claim(REVIEW, plant.bot) is None


def test_what_was_sent_and_not_read_back_is_told_to_who_looks(plant: Plant) -> None:
    """Before somebody does by hand what may be there already; what was never sent is not named."""
    plant.mes.submit_batch(record(), plant.bot)
    states = []
    for _ in range(3):
        item = _claimed(plant)
        for site, sent in (("erp", True), ("courier", False)):
            key = {
                "site": site,
                "kind": "posting",
                "business_key": "ship:B1",
                "batch_id": "B1",
                "item_id": item.item_id,
            }
            effect = plant.mes.register_effect(v.NewEffect(**key, epoch=item.epoch), plant.at())
            if sent:
                act = v.ActEffect(item_id=item.item_id, epoch=item.epoch, details={})
                plant.mes.act_on_effect(effect.effect_id, act, plant.at())
        failed = plant.mes.fail(item.item_id, _failed(item), plant.under(item))
        states.append((failed.state, "Sent and not read back: posting ship:B1 on erp;" in (failed.message or "")))
        plant.later(seconds=10)
    assert states == [("queued", False), ("queued", False), ("waiting", True)]
    assert "courier" not in (plant.mes.work_items(batch_id="B1")[0].message or "")


@pytest.mark.parametrize(("hours_left", "tried"), [(None, 8), (24 * 300, 8), (0.5, 6)])
def test_an_item_whose_site_is_down_is_tried_over_an_hour_unless_its_time_runs_out(
    plant: Plant, hours_left: float | None, tried: int
) -> None:
    """An outage needs no person; an item that would come too late does, and so does one that takes its worker down."""
    expires = (plant.now + timedelta(hours=hours_left)).isoformat() if hours_left else None
    plant.mes.submit_batch(record(expires_at=expires, infusion_planned_on=None), plant.bot)
    began, states = plant.now, []
    while (item := plant.mes.claim(REVIEW, plant.bot)) is not None:
        down = _failed(item).model_copy(update={"code": v.SITE_UNREACHABLE})
        failed = plant.mes.fail(item.item_id, down, plant.under(item))
        states.append(failed.state)
        if failed.not_before is not None:
            plant.now = failed.not_before
    assert states == ["queued"] * (tried - 1) + ["waiting"]
    assert plant.now - began > timedelta(minutes=60 if tried == 8 else 20)


def test_what_has_the_least_time_left_comes_first(plant: Plant) -> None:
    """The cells that expire first, or are infused first; without either, the oldest item."""
    for batch_id, more in (
        ("B1", {"expires_at": "2027-01-01T00:00:00Z", "infusion_planned_on": None}),
        ("B2", {"expires_at": None, "infusion_planned_on": None}),
        ("B3", {"expires_at": "2026-12-31T23:00:00-02:00", "infusion_planned_on": "2026-08-01"}),
        ("B4", {"expires_at": "2026-12-31T23:00:00Z", "infusion_planned_on": None}),
    ):
        plant.mes.submit_batch(record(batch_id, **more), plant.bot)
    assert [_claimed(plant).batch_id for _ in range(4)] == ["B3", "B4", "B1", "B2"]


@pytest.mark.requirement("URS-019")
def test_people_control_items_and_bots_do_not(plant: Plant) -> None:
    """Cancelled, tried again, taken from a dead worker whose late words count for nothing; each with its reason."""
    plant.mes.submit_batch(record("B1"), plant.bot)
    (item,) = plant.mes.work_items()
    for act in (plant.mes.cancel_item, plant.mes.retry_item, plant.mes.adopt_item):
        with pytest.raises(Forbidden):
            act(item.item_id, "because", plant.bot)
    with pytest.raises(Conflict, match="running"):
        plant.mes.adopt_item(item.item_id, "gone", plant.reviewer)
    assert plant.mes.cancel_item(item.item_id, "not needed", plant.reviewer).state == "cancelled"
    assert plant.mes.claim(REVIEW, plant.bot) is None
    assert plant.mes.retry_item(item.item_id, "needed after all", plant.reviewer).attempts == 0
    held = _claimed(plant)
    plant.mes.adopt_item(item.item_id, "the machine burned", plant.reviewer)
    with pytest.raises(Conflict):
        plant.mes.complete(held.item_id, v.ItemDone(epoch=held.epoch), plant.under(held))
    again = _claimed(plant, REVIEW.model_copy(update={"worker": "w2"}))
    assert (again.item_id, again.attempts) == (item.item_id, 2)
    reasons = [entry.why for entry in plant.mes.audit("B1") if entry.action.startswith("work item") and entry.why]
    assert reasons == ["not needed", "needed after all", "the machine burned"]
    with pytest.raises(Invalid, match="Nobody asks for"):
        plant.mes.ask_for_item(
            v.NewWorkItem(job="courier_scheduling", business_key="ship:B1", batch_id="B1"), plant.bot
        )
    asked = v.NewWorkItem(job="effect_check", business_key="check:B1:1", batch_id="B1")
    assert plant.mes.ask_for_item(asked, plant.bot).item_id == plant.mes.ask_for_item(asked, plant.bot).item_id


def test_a_worker_that_was_restarted_gets_back_what_it_held(plant: Plant) -> None:
    """At once and under a new lease; another worker, or the same one at work, does not."""
    plant.mes.submit_batch(record("B1"), plant.bot)
    first = _claimed(plant)
    assert plant.mes.claim(REVIEW, plant.bot) is None
    assert plant.mes.claim(REVIEW.model_copy(update={"restarted": True, "worker": "w2"}), plant.bot) is None
    again = plant.mes.claim(REVIEW.model_copy(update={"restarted": True}), plant.bot)
    assert again is not None
    assert (again.item_id, again.epoch) == (first.item_id, first.epoch + 1)


def test_a_request_for_an_effect_leaves_under_the_lease_only(plant: Plant) -> None:
    """The MES notes when; a lease that was lost, ran out or belongs to a finished effect gives no permission."""
    plant.mes.submit_batch(record("B1"), plant.bot)
    item = _claimed(plant)
    key = {"site": "courier", "kind": "inquiry", "business_key": "ship:B1", "batch_id": "B1", "item_id": item.item_id}
    effect = plant.mes.register_effect(v.NewEffect(**key, epoch=item.epoch), plant.at())
    assert (effect.acted_at, effect.acted_ago_s) == (None, None)
    with pytest.raises(Conflict):
        plant.mes.register_effect(v.NewEffect(**key, epoch=item.epoch + 1), plant.at())
    act = v.ActEffect(item_id=item.item_id, epoch=item.epoch, details={"slot_id": "S2"})
    for wrong in ({"epoch": item.epoch - 1}, {"item_id": "W-0"}):
        with pytest.raises((Conflict, NotFound)):
            plant.mes.act_on_effect(effect.effect_id, act.model_copy(update=wrong), plant.at())
    plant.mes.act_on_effect(effect.effect_id, act, plant.at())
    plant.now += timedelta(seconds=5)
    seen = plant.mes.register_effect(v.NewEffect(**key, epoch=item.epoch), plant.at())
    assert (seen.created, seen.acted_ago_s, seen.details) == (False, 5.0, {"slot_id": "S2"})
    plant.now += timedelta(seconds=200)
    with pytest.raises(Conflict, match="run out"):
        plant.mes.act_on_effect(effect.effect_id, act, plant.at())


def test_an_item_that_kills_its_workers_is_not_claimed_for_ever(plant: Plant) -> None:
    """No word from three workers, and it waits for a person."""
    plant.mes.submit_batch(record(), plant.bot)
    for _ in range(3):
        _claimed(plant)
        plant.later(seconds=121)
    assert plant.mes.claim(REVIEW, plant.bot) is None
    item = plant.mes.work_items(batch_id="B1")[0]
    assert (item.state, item.code, item.attempts) == ("waiting", "worker_lost", 3)


def test_a_business_failure_waits_and_holds_nothing(plant: Plant) -> None:
    """It is for a person to decide."""
    plant.mes.submit_batch(record(), plant.bot)
    item = _claimed(plant)
    waiting = plant.mes.fail(item.item_id, _failed(item, "BUSINESS"), plant.under(item))
    assert (waiting.state, waiting.family, waiting.message) == ("waiting", "BUSINESS", "The page has no table.")
    assert plant.mes.get_batch("B1").holds == ()


def test_a_quality_failure_opens_a_deviation_and_holds_the_batch(plant: Plant) -> None:
    """Also when the batch is released already."""
    plant.released()
    item = _claimed(plant, COURIER)
    plant.mes.fail(item.item_id, _failed(item, "QUALITY"), plant.under(item))
    batch = plant.mes.get_batch("B1")
    assert batch.state is STATE.ON_HOLD
    assert [hold.kind for hold in batch.holds] == ["quality"]
    assert [one.severity for one in plant.mes.deviations("B1")] == ["critical"]
    with pytest.raises(Conflict, match="on hold"):
        plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))


def test_the_courier_item_carries_where_to_go(plant: Plant) -> None:
    """And is queued once, by the release."""
    plant.reviewed()
    assert plant.mes.claim(COURIER, plant.bot) is None
    plant.sign(plant.mes.verdicts("B1")[0])
    item = _claimed(plant, COURIER)
    assert item.business_key == "ship:B1"
    assert item.payload == {"destination": "Centre A", "infusion_planned_on": "2026-03-10"}


def test_nothing_is_shipped_while_a_hold_is_open_and_all_goes_on_after_a_new_release(plant: Plant) -> None:
    """The item rests during the hold; the new signature sets it going again."""
    verdict = plant.reviewed()
    plant.sign(verdict)
    hold = plant.mes.open_hold("B1", v.NewHold(kind="quality", reason="Late result.", key="late"), plant.bot)
    assert plant.mes.claim(COURIER, plant.bot) is None
    plant.lift(hold)
    assert plant.mes.claim(COURIER, plant.bot) is None
    plant.sign(verdict)
    item = _claimed(plant, COURIER)
    plant.mes.fail(item.item_id, _failed(item, "QUALITY"), plant.under(item))
    plant.lift(next(one for one in plant.mes.get_batch("B1").holds if one.lifted_at is None))
    plant.end_deviations()
    plant.sign(verdict)
    again = _claimed(plant, COURIER)
    assert (again.item_id, again.attempts) == (item.item_id, 1)


def test_a_review_can_be_asked_for_again(plant: Plant) -> None:
    """Each request is an item of its own."""
    plant.mes.submit_batch(record(), plant.bot)
    asked = v.ReviewAgain(reason="The laboratory has the result now.")
    keys = [plant.mes.request_review("B1", asked, plant.reviewer).business_key for _ in range(2)]
    assert keys == ["review:B1:v1:2", "review:B1:v1:3"]


def test_an_effect_is_registered_once(plant: Plant) -> None:
    """Site, kind, business key and revision make it one."""
    plant.mes.submit_batch(record(), plant.bot)
    first = plant.mes.register_effect(_effect(), plant.at())
    plant.later(seconds=60)
    again = plant.mes.register_effect(_effect(item_id="W2", details={"slot": "other"}), plant.at())
    assert (first.created, first.state) == (True, "intended")
    assert again == first.model_copy(update={"created": False})
    for other in ({"site": "erp"}, {"kind": "posting"}, {"business_key": "x"}, {"revision": 2}):
        assert plant.mes.register_effect(_effect(**other), plant.at()).created
    assert len(plant.mes.effects("B1")) == 5


def test_of_many_registrations_at_once_one_is_made(plant: Plant) -> None:
    """The others learn of it."""
    plant.mes.submit_batch(record(), plant.bot)
    bot = plant.at()
    with ThreadPoolExecutor(8) as threads:
        views = list(threads.map(lambda _: plant.mes.register_effect(_effect(), bot), range(8)))
    assert [one.created for one in views].count(True) == 1
    assert len({one.effect_id for one in views}) == 1


def test_an_effect_belongs_to_its_batch(plant: Plant) -> None:
    """The same key for another batch is a mistake, not the same effect."""
    for batch_id in ("B1", "B2"):
        plant.mes.submit_batch(record(batch_id), plant.bot)
    plant.mes.register_effect(_effect(), plant.at())
    with pytest.raises(Conflict, match="belongs to batch B1"):
        plant.mes.register_effect(_effect(batch_id="B2"), plant.at("B2"))


def test_a_read_back_confirms_an_effect(plant: Plant) -> None:
    """With its reference; the same again is fine, another reference is not."""
    plant.mes.submit_batch(record(), plant.bot)
    effect = plant.mes.register_effect(_effect(), plant.at())
    seen = v.ConfirmEffect(reference="CR-7", count=1)
    for _ in range(2):
        confirmed = plant.mes.confirm_effect(effect.effect_id, seen, plant.at())
        assert (confirmed.state, confirmed.reference) == ("confirmed", "CR-7")
    with pytest.raises(Conflict, match="confirmed already as CR-7"):
        plant.mes.confirm_effect(effect.effect_id, v.ConfirmEffect(reference="CR-8", count=1), plant.at())
    assert plant.mes.register_effect(_effect(), plant.at()).reference == "CR-7"


@pytest.mark.parametrize("count", [0, 2])
def test_any_count_but_one_is_in_doubt_and_holds_the_batch(plant: Plant, count: int) -> None:
    """Two of it, or none: a person looks."""
    plant.released()
    effect = plant.mes.register_effect(_effect(), plant.at())
    doubt = plant.mes.confirm_effect(effect.effect_id, v.ConfirmEffect(reference="CR-7", count=count), plant.at())
    assert doubt.state == "in_doubt"
    assert plant.mes.get_batch("B1").state is STATE.ON_HOLD
    assert f"{count} of inquiry" in plant.mes.deviations("B1")[0].title


def test_a_deviation_is_idempotent(plant: Plant) -> None:
    """By its key."""
    verdict = plant.reviewed("HOLD", finding())
    new = v.NewDeviation(deviation_key="DEV-1", title="Viability is low", finding_id=verdict.findings[0].finding_id)
    first = plant.mes.open_deviation("B1", new, plant.bot)
    before = plant.dump()
    assert plant.mes.open_deviation("B1", new, plant.bot) == first
    assert plant.dump() == before
    assert plant.mes.deviations("B1") == (first,)


def test_a_courier_item_whose_worker_died_after_the_shipment_was_recorded_is_finished(plant: Plant) -> None:
    """The batch is shipped by then; the item is given out again all the same."""
    plant.mes.submit_batch(record("B1"), plant.bot)
    plant.released()
    item = _claimed(plant, COURIER)
    plant.mes.record_shipment("B1", shipment("B1"), plant.under(item))
    plant.later(seconds=121)
    again = _claimed(plant, COURIER)
    assert (again.item_id, again.epoch) == (item.item_id, item.epoch + 1)
