"""The rule sets on shipping and filing: judged on what the MES holds, a hold where something is not in order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from filing_support import event, filed, licence, running
from journey_plant import BookAfterRelease, all_in_order, ask, pack, sign_data, step, way
from mes_support import COURIER_JOB, PASSWORD, Plant, record, shipment

import rules
from batchwright.commands.mutation import facts_of_shipment
from mes_core.domain import filing
from mes_core.domain.errors import Invalid
from mes_core.messages import views as v
from mes_core.services.batches.after_release import facts_after_release
from mes_core.services.rulebook import BuiltinRules
from twin.world import make_clean_bundles


@pytest.fixture
def shipping_plant(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """A plant with a released batch whose shipment the rule book judges."""
    monkeypatch.setattr(plant.mes, "_rules", BookAfterRelease(plant.rules))
    plant.mes.submit_batch(record("B1", expires_at="2027-02-28T20:00:00Z"), plant.bot)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    all_in_order(plant)
    return plant


def _reported(plant: Plant) -> None:
    """A deviation of the shipped batch, reported and accepted."""
    licence(plant)
    event(plant)


def in_order(plant: Plant, **change: Any) -> v.Shipment:
    """A shipment by the way that was assessed, unless said otherwise."""
    options = ask(plant, way(plant, "SL-1", start_h=24, hours=24))
    return shipment(**({"assessment_id": options.assessment_id, "shipper_id": "DS-1"} | change))


def _judged(plant: Plant) -> dict[str, dict[str, Any]]:
    return {one.subject: one.new for one in plant.mes.audit("B1") if one.action == "judged after release"}


@pytest.mark.requirement("URS-020")
def test_a_shipment_in_order_is_ready_and_leaves_its_hashes(shipping_plant: Plant) -> None:
    shipping_plant.mes.record_shipment("B1", in_order(shipping_plant), shipping_plant.at("B1", COURIER_JOB))
    _reported(shipping_plant)
    filed(shipping_plant, running(shipping_plant).filing_id)
    judged = _judged(shipping_plant)
    assert {name: one["verdict"] for name, one in judged.items()} == {"shipping": "READY", "filing_clocks": "READY"}
    assert judged["shipping"]["rules_hash"] == rules.builtin_rule_set("shipping").content_hash
    assert shipping_plant.mes.get_batch("B1").state == "filed"
    assert not shipping_plant.mes.get_batch("B1").holds


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"delivery_at": "2026-03-06T08:00:00Z"}, "SH-WAY-03"),
        ({"pickup_at": "2026-03-09T08:00:00Z", "delivery_at": "2026-03-10T08:00:00Z"}, "SH-TIME-03"),
        ({"pickup_at": "2026-02-28T08:00:00Z"}, "SH-REL-01"),
        ({"erp_posting": " "}, "SH-ID-02"),
        ({"assessment_id": ""}, "SH-WAY-01"),
        ({"slot_id": "SL-2"}, "SH-WAY-01"),
        ({"shipper_id": "DS-2"}, "SH-PACK-01"),
    ],
)
@pytest.mark.requirement("URS-020")
def test_a_shipment_out_of_order_is_recorded_and_held(shipping_plant: Plant, change: Any, rule: str) -> None:
    """What was booked is a fact; the hold says which rule it breaks."""
    view = shipping_plant.mes.record_shipment(
        "B1", in_order(shipping_plant, **change), shipping_plant.at("B1", COURIER_JOB)
    )
    assert view.state == "shipped"
    assert rule in {one["rule"] for one in _judged(shipping_plant)["shipping"]["findings"]}
    (hold,) = shipping_plant.mes.get_batch("B1").holds
    assert hold.kind == "logistics"
    assert rule in hold.reason


@pytest.mark.requirement("URS-020")
def test_a_missing_fact_is_never_in_order(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plant.mes, "_rules", BookAfterRelease(plant.rules))
    plant.released()
    all_in_order(plant)
    plant.mes.record_shipment("B1", in_order(plant), plant.at("B1", COURIER_JOB))
    # Already when the ways were assessed the rules could not tell, so that nothing would have been booked.
    assert _judged(plant)["shipping"]["verdict"] != "READY"
    (hold,) = plant.mes.get_batch("B1").holds
    assert "expires_at" in hold.reason


@pytest.mark.requirement("URS-020")
def test_a_filing_that_came_too_late_is_held(shipping_plant: Plant) -> None:
    shipping_plant.mes.record_shipment("B1", in_order(shipping_plant), shipping_plant.at("B1", COURIER_JOB))
    _reported(shipping_plant)
    shipping_plant.later(days=60)
    filed(shipping_plant, running(shipping_plant).filing_id)
    assert "FC-ANY-01" in {one["rule"] for one in _judged(shipping_plant)["filing_clocks"]["findings"]}
    assert {one.kind for one in shipping_plant.mes.get_batch("B1").holds} == {"logistics"}


@pytest.mark.requirement("URS-020")
def test_rules_that_are_not_in_force_hold_instead_of_losing_the_shipment(
    shipping_plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked, bot = in_order(shipping_plant), shipping_plant.at("B1", COURIER_JOB)
    monkeypatch.setattr(shipping_plant.mes, "_production", True)
    view = shipping_plant.mes.record_shipment("B1", booked, bot)
    assert view.state == "shipped"
    (hold,) = shipping_plant.mes.get_batch("B1").holds
    assert "is not in force here" in hold.reason


@pytest.mark.requirement("URS-020")
def test_an_unknown_rule_set_is_refused() -> None:
    with pytest.raises(Invalid, match="no rule set"):
        BuiltinRules().for_kind("packing")


@pytest.mark.requirement("URS-020")
def test_traceability_is_kept_for_thirty_years_also_from_a_leap_day() -> None:
    assert str(filing.kept_until(datetime(2028, 2, 29, tzinfo=UTC), UTC)) == "2058-03-01"
    assert str(filing.kept_until(datetime(2027, 1, 1, tzinfo=UTC), UTC)) == "2057-01-01"


@pytest.mark.requirement("URS-241")
@pytest.mark.parametrize(
    ("found", "rule"),
    [
        ({}, None),
        ({"seal": "S-2"}, "SH-RCV-01"),
        ({"seal": ""}, "SH-RCV-01"),
        ({"identifier": ""}, "SH-RCV-02"),
        ({"temperature_c": -134.0}, "SH-RCV-03"),
        ({"temperature_c": None}, "SH-RCV-03"),
        ({"late": 40}, "SH-RCV-04"),
    ],
)
def test_a_receipt_is_judged_when_it_is_signed(shipping_plant: Plant, found: dict[str, Any], rule: str | None) -> None:
    """Seal, label, cold and time as the treatment centre found them; what is not in order holds, and is told."""
    shipping_plant.mes.record_shipment("B1", in_order(shipping_plant), shipping_plant.at("B1", COURIER_JOB))
    booked = shipping_plant.mes.get_batch("B1")
    assert not booked.holds
    shipping_plant.now = datetime(2026, 3, 3, 9, tzinfo=UTC) + timedelta(days=found.get("late", 0))
    as_packed = {"seal": "S-1", "identifier": "B1", "temperature_c": -188.0}
    step(shipping_plant, "received", **(as_packed | {name: one for name, one in found.items() if name != "late"}))
    judged = _judged(shipping_plant)["shipping"]
    assert {one["rule"] for one in judged["findings"]} == ({rule} if rule else set())
    assert len(shipping_plant.mes.get_batch("B1").holds) == (1 if rule else 0)
    assert shipping_plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-241")
@pytest.mark.parametrize(
    ("thing", "rule"),
    [
        ({"logger__LG-1": {"maker": "plain", "calibrated_until": "2026-03-02"}}, "SH-PACK-04"),
        ({"logger__LG-1": {"maker": "plain"}}, "SH-PACK-04"),
        ({"shipper__DS-1": {"dry_kg": 10.0, "full_kg": 18.0, "qualified_until": "2026-03-02"}}, "SH-PACK-05"),
    ],
)
def test_what_a_product_travels_in_is_fit_until_the_delivery(
    shipping_plant: Plant, thing: dict[str, Any], rule: str
) -> None:
    """Judged by the data in force when the shipment is recorded, however it was when the way was chosen."""
    booked = in_order(shipping_plant)
    sign_data(shipping_plant, **thing)
    shipping_plant.mes.record_shipment("B1", booked, shipping_plant.at("B1", COURIER_JOB))
    assert rule in {one["rule"] for one in _judged(shipping_plant)["shipping"]["findings"]}
    (hold,) = shipping_plant.mes.get_batch("B1").holds
    assert hold.kind == "logistics"


@pytest.mark.requirement("URS-241")
def test_a_packing_after_the_pick_up_is_not_that_of_what_left(shipping_plant: Plant) -> None:
    """A second packing is signed while the first is on its way."""
    booked, bot = in_order(shipping_plant), shipping_plant.at("B1", COURIER_JOB)
    shipping_plant.now = booked.pickup_at + timedelta(hours=1)
    pack(shipping_plant, "B1")
    shipping_plant.mes.record_shipment("B1", booked, bot)
    assert "SH-PACK-03" in {one["rule"] for one in _judged(shipping_plant)["shipping"]["findings"]}


def _found(plant: Plant) -> set[str]:
    return {one["rule"] for one in _judged(plant)["shipping"]["findings"]}


@pytest.mark.requirement("URS-241")
def test_what_left_is_judged_by_when_it_left_and_not_by_when_it_was_booked_to(shipping_plant: Plant) -> None:
    """Taken hours before the booked time: before the packing, and before a person had decided."""
    shipping_plant.mes.record_shipment("B1", in_order(shipping_plant), shipping_plant.at("B1", COURIER_JOB))
    assert not shipping_plant.mes.get_batch("B1").holds
    step(shipping_plant, "picked_up", at=datetime(2026, 2, 27, 9, tzinfo=UTC))
    assert {"SH-REL-01", "SH-PACK-03"} <= _found(shipping_plant)
    assert len(shipping_plant.mes.get_batch("B1").holds) == 1


@pytest.mark.requirement("URS-241")
def test_a_batch_on_hold_is_told_of_at_the_pick_up_and_at_the_receipt(shipping_plant: Plant) -> None:
    """What came up after the booking was judged."""
    shipping_plant.mes.record_shipment("B1", in_order(shipping_plant), shipping_plant.at("B1", COURIER_JOB))
    shipping_plant.mes.open_hold("B1", v.NewHold(kind="logistics", reason="A call.", key="call"), shipping_plant.qp)
    shipping_plant.later(hours=1)
    step(shipping_plant, "picked_up", at=shipping_plant.now)
    assert _found(shipping_plant) == {"SH-HOLD-01"}
    shipping_plant.later(days=1)
    step(shipping_plant, "received", seal="S-1", identifier="B1", temperature_c=-188.0)
    assert _found(shipping_plant) == {"SH-HOLD-01", "SH-HOLD-02"}


@pytest.mark.requirement("URS-241")
def test_a_second_receipt_that_is_not_in_order_opens_a_hold_of_its_own(shipping_plant: Plant) -> None:
    """Lifting the first one says nothing of what is found later; the same finding again opens none."""
    plant = shipping_plant
    plant.mes.record_shipment("B1", in_order(plant), plant.at("B1", COURIER_JOB))
    plant.now = datetime(2026, 3, 3, 9, tzinfo=UTC)
    step(plant, "received", seal="S-2", identifier="B1", temperature_c=-188.0)
    (hold,) = plant.mes.get_batch("B1").holds
    plant.mes.lift_hold(hold.hold_id, v.LiftHold(reason="Customs opened it.", password=PASSWORD), plant.reviewer)
    plant.later(hours=1)
    step(plant, "received", seal="S-1", identifier="B1", temperature_c=-188.0)
    assert [one.lifted_at is None for one in plant.mes.get_batch("B1").holds] == [False]
    step(plant, "received", seal="S-3", identifier="B1", temperature_c=-188.0)
    assert [one.lifted_at is None for one in plant.mes.get_batch("B1").holds] == [False, True]


@pytest.mark.requirement("URS-241")
def test_a_receipt_of_what_nobody_shipped_here_is_held(shipping_plant: Plant) -> None:
    step(shipping_plant, "received", seal="S-1", identifier="B1", temperature_c=-188.0)
    (hold,) = shipping_plant.mes.get_batch("B1").holds
    assert "no shipment of it is recorded here" in hold.reason


@pytest.mark.requirement("URS-241")
@pytest.mark.parametrize(
    ("path", "scanned", "rule"),
    [("patient_code", "PAT-1", "SH-ID-01"), ("donation_number", "G1234", "SH-ID-03")],
)
def test_what_was_scanned_at_packing_is_held_against_the_record_that_was_released(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, path: str, scanned: str, rule: str
) -> None:
    """Packed by a record that was corrected before the release: the bag may be another patient's."""
    monkeypatch.setattr(plant.mes, "_rules", BookAfterRelease(plant.rules))
    plant.mes.submit_batch(record("B1", expires_at="2027-02-28T20:00:00Z"), plant.bot)
    all_in_order(plant)
    wrong = {"path": path, "old": scanned, "new": f"{scanned}9", "reason": "Misread.", "password": PASSWORD}
    plant.mes.correct("B1", v.Correction.model_validate(wrong), plant.reviewer)
    plant.sign(plant.mes.review("B1", (), plant.at()))
    plant.mes.record_shipment("B1", in_order(plant), plant.at("B1", COURIER_JOB))
    assert rule in _found(plant)
    (hold,) = plant.mes.get_batch("B1").holds
    assert scanned in hold.reason


@pytest.mark.requirement("URS-241")
def test_bags_that_lay_outside_of_nitrogen_while_they_were_packed_are_held(shipping_plant: Plant) -> None:
    plant = shipping_plant
    pack(plant, "B1", out_of_storage_at=plant.now - timedelta(minutes=30), packed_at=plant.now - timedelta(minutes=4))
    plant.mes.record_shipment("B1", in_order(plant), plant.at("B1", COURIER_JOB))
    assert "SH-PACK-06" in _found(plant)


@pytest.mark.requirement("URS-241")
@pytest.mark.parametrize(("temperature", "found"), [(-188.0, set()), (None, set()), (-120.0, {"SH-TRN-01"})])
def test_a_temperature_on_the_way_is_judged_when_it_is_noted(
    shipping_plant: Plant, temperature: float | None, found: set[str]
) -> None:
    """Not only when the shipper is opened: by then the patient's depletion may have begun."""
    plant = shipping_plant
    plant.mes.record_shipment("B1", in_order(plant), plant.at("B1", COURIER_JOB))
    plant.later(days=1)
    step(plant, "in_transit", temperature_c=temperature)
    assert _found(plant) == found
    assert len(plant.mes.get_batch("B1").holds) == len(found)
    assert plant.mes.verify_audit() == []


def test_the_facts_of_a_pretend_shipment_have_the_shape_of_those_of_the_mes(shipping_plant: Plant) -> None:
    """Or the measure of what the rules find would measure something else."""
    plant = shipping_plant
    plant.mes.record_shipment("B1", in_order(plant), plant.at("B1", COURIER_JOB))
    _reported(plant)
    plant.later(days=1)
    step(plant, "picked_up", temperature_c=-188.0)
    step(plant, "received", seal="S-1", identifier="B1", temperature_c=-188.0)
    plant.mes.open_hold("B1", v.NewHold(kind="logistics", reason="A call.", key="call"), plant.qp)
    with plant.store.read() as work:
        batch = work.get("batches", batch_id="B1")
        assert batch is not None
        held = facts_after_release(work, batch, plant.now, plant.mes.zone)
    (bundle,) = make_clean_bundles(1, 3)
    made = facts_of_shipment(bundle)
    assert set(made) - {"plant"} == set(held)
    for place in ("shipment", "disposition", "way", "packing", "retention", "batch"):
        assert set(made[place]) <= set(held[place]), place
    for place in ("holds", "receipts", "custody", "events"):
        assert set(made[place][0]) == set(held[place][0]), place
    assert set(made["filings"][0]) == set(held["filings"][0])
