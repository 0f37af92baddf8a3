"""Who had a part does not judge; what was not read to its end is not final; keys, effects and answers have an owner."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from filing_support import approve, event, licence, running, shipped
from mes_support import COURIER_JOB, PASSWORD, SYSTEM, Plant, finding, record, running_plant
from pydantic import ValidationError

from mes_core.domain.conditional import NEGATIVE, POSITIVE, UNCLEAR, WAITING, read_result
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import Role
from mes_core.messages import BatchRecord
from mes_core.messages import filing as f
from mes_core.messages import views as v
from mes_core.messages.deviations import CloseDeviation, NewDeviation
from mes_core.messages.record import RECORD_LISTS
from mes_core.messages.record_proof import OUTSIDE, STAFF, Order, StorageAlarm, Transport
from mes_core.services import outbox


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with running_plant(tmp_path / "store.sqlite") as made:
        yield made


@pytest.mark.requirement("URS-170")
def test_every_field_of_a_record_that_names_somebody_is_decided_on() -> None:
    """A new one fails here until somebody says whether whoever stands in it had a part."""
    named = set()
    for name in RECORD_LISTS:
        (item, *_) = get_args(BatchRecord.model_fields[name].annotation)
        named |= {(name, field) for field in item.model_fields if field.endswith("_by") or field == "performer"}
    decided = {(name, field) for those in (STAFF, OUTSIDE) for name, fields in those.items() for field in fields}
    assert named <= decided | {("steps", "checker")}, named - decided
    assert decided - named <= {("steps", "checker")}


@pytest.mark.requirement("URS-170")
@pytest.mark.parametrize(
    "part",
    [
        {"clearances": [{"clearance_id": "C1", "step_id": "S1", "cleared_by": "qp", "checked_by": "second.operator"}]},
        {"investigations": [{"investigation_id": "I1", "test": "Sterility", "concluded_by": "qp"}]},
        {"labels": [{"label_id": "L1", "container": "bag", "read_by": "QP ", "checked_by": "second.operator"}]},
        {"storage_moves": [{"move_id": "M1", "container": "bag", "done_by": "Qp Person"}]},
        {"equipment_log": [{"entry_id": "E", "equipment_id": "Q", "activity": "-", "batch_id": "B1", "done_by": "qp"}]},
        {"equipment_log": [{"entry_id": "E", "equipment_id": "Q", "activity": "", "batch_id": "b1.", "done_by": "qp"}]},
        {"equipment_log": [{"entry_id": "E", "equipment_id": "Q", "activity": "-", "batch_id": "", "done_by": "qp"}]},
        {"handovers": [{"handover_id": "H1", "occasion": "to store", "given_by": "qp"}]},
    ],
)  # fmt: skip
def test_whoever_stands_anywhere_in_the_record_does_not_certify(plant: Plant, part: dict[str, Any]) -> None:
    plant.rules.say("READY")
    plant.mes.submit_batch(record(**part), plant.bot)
    verdict = plant.mes.review("B1", (), plant.reviewer)
    with pytest.raises(Forbidden, match="performed, checked, recorded, submitted or corrected"):
        plant.sign(verdict)


@pytest.mark.requirement("URS-170")
def test_whoever_had_a_part_lifts_no_quality_hold(plant: Plant) -> None:
    """It is a judgement as the justification is."""
    plant.rules.say("HOLD", finding())
    moves = [{"move_id": "M1", "container": "bag", "done_by": "reviewer"}]
    plant.mes.submit_batch(record("B1", storage_moves=moves), plant.bot)
    plant.mes.review("B1", (), plant.at())
    (hold,) = plant.mes.get_batch("B1").holds
    lifting = v.LiftHold(reason="It is fine.", password=PASSWORD)
    with pytest.raises(Forbidden, match="may not lift a quality hold of"):
        plant.mes.lift_hold(hold.hold_id, lifting, plant.reviewer)


@pytest.mark.requirement("URS-170")
def test_an_unknown_name_of_the_plant_keeps_everybody_from_judging_and_a_physician_nobody(plant: Plant) -> None:
    plant.rules.say("READY")
    orders = [{"order_id": "O1", "ordered_by": "dr.unknown"}]
    moves = [{"move_id": "M1", "container": "bag", "done_by": "who.is.this"}]
    plant.mes.submit_batch(record("B1", orders=orders), plant.bot)
    assert plant.sign(plant.mes.review("B1", (), plant.reviewer)).disposition is v.Disposition.RELEASED
    plant.mes.submit_batch(record("B2", storage_moves=moves), plant.bot)
    with pytest.raises(Forbidden, match=r"nobody knows who 'who\.is\.this'"):
        plant.sign(plant.mes.review("B2", (), plant.reviewer))
    assert [one.name for one in plant.mes.names_in_records(unknown=True)] == ["who.is.this"]


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    ("shape", "field", "value"),
    [
        (Order, "weight_kg", True),
        (Order, "weight_kg", "1_0"),
        (Order, "weighed_on", 1798761600),
        (Order, "weighed_on", "20217600"),
        (StorageAlarm, "peak", "-1_50"),
        (Transport, "shipper_qualified_until", 1798761600),
        (f.NewLicence, "approved_on", 1798761600),
    ],
)
def test_digits_and_a_yes_are_no_day_and_no_figure_anywhere_in_the_record(shape: Any, field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        shape.model_validate({field: value})
    assert field in {one["loc"][0] for one in refused.value.errors() if one["type"] != "missing"}


_FINAL = {"batch": "B-1", "test": "Sterility", "result": "Negative", "status": "Final"}


@pytest.mark.requirement("URS-043", "URS-044")
@pytest.mark.parametrize(
    ("other", "complete", "said"),
    [
        ({}, True, NEGATIVE),
        ({}, False, WAITING),
        ({"test": "Sterility ", "result": "Positive", "status": "Preliminary"}, True, POSITIVE),
        ({"test": "STERILITY", "status": "Preliminary"}, True, WAITING),
        ({"batch": "b-1", "result": "Positive"}, True, POSITIVE),
        ({"batch": "B-1.", "status": "Preliminary"}, True, WAITING),
        ({"batch": "B-2", "result": "Positive"}, True, NEGATIVE),
        ({"test": "Sterility (final)", "result": "Positive"}, True, POSITIVE),
        ({"test": "Sterility, day 14", "status": "Preliminary"}, True, WAITING),
        ({"test": "Sterility, in process"}, True, NEGATIVE),
        ({"test": "Sterility, in process", "result": "Invalid"}, True, UNCLEAR),
        ({"test": "Sterility, sample volume", "result": "10"}, True, WAITING),
        ({"test": ""}, True, WAITING),
        ({"batch": "", "result": "Positive"}, True, POSITIVE),
        ({"batch": "B-1, B-2", "result": "Positive"}, True, POSITIVE),
        ({"batch": " B-1", "result": "Positive"}, True, POSITIVE),
        ({"batch": "B-10", "result": "Positive"}, True, NEGATIVE),
        ({"test": "Mycoplasma", "result": "Positive"}, True, NEGATIVE),
        ({"result": "Negative to date (day 7)"}, True, UNCLEAR),
        ({"result": "Negative to date (day 7)", "status": "Preliminary"}, True, WAITING),
        ({"result": "Negative; gram stain positive"}, True, UNCLEAR),
        ({"result": "negative?"}, True, UNCLEAR),
        ({"result": "Growth observed"}, True, UNCLEAR),
        ({"result": "No growth to date", "status": "Preliminary"}, True, WAITING),
        ({"result": "Presumptive positive", "status": "Preliminary"}, True, UNCLEAR),
        ({"result": "Gram-positive cocci seen", "status": "Preliminary"}, True, UNCLEAR),
        ({"result": "Growth observed", "status": "Authorised"}, True, UNCLEAR),
        ({"test": "STERILITY", "result": "Growth observed"}, True, UNCLEAR),
        ({"batch": "B\u20111", "result": "Positive"}, True, POSITIVE),  # a hyphen that does not break
        ({"batch": "\u0412-1", "result": "Positive"}, True, POSITIVE),  # a Cyrillic letter
        ({"batch": "B1", "result": "Positive"}, True, POSITIVE),
        ({"batch": "B-1|B-2", "result": "Positive"}, True, POSITIVE),
        ({"batch": "B-2:B-1", "result": "Positive"}, True, POSITIVE),
        ({"batch": "B-1-R", "result": "Positive"}, True, POSITIVE),
        ({"result": "Pos."}, False, UNCLEAR),
        ({"result": ""}, True, UNCLEAR),
        ({"result": " NEGATIVE "}, True, NEGATIVE),
        ({"result": "\uff2eegative"}, True, NEGATIVE),  # full-width N
        ({"result": "\uff30ositive"}, True, POSITIVE),
        ({"result": "Pos\u00aditive", "status": "Preliminary"}, True, POSITIVE),  # with a soft hyphen
        ({"test": "St\u0435rility", "result": "Positive"}, True, POSITIVE),  # with a Cyrillic e
        ({"test": "St\u0435rility", "status": "Preliminary"}, True, WAITING),
    ],
)
def test_a_table_read_in_part_or_spelt_otherwise_is_not_final(other: Any, complete: bool, said: str) -> None:
    assert read_result([_FINAL, {**_FINAL, **other}], "B-1", "Sterility", complete=complete) == said


def test_a_key_of_the_program_s_own_can_not_be_taken_by_another_job(plant: Plant) -> None:
    plant.mes.submit_batch(record("B1"), plant.bot)
    for key in ("ship:B2", "review:B2:v1:1", "file:F:v1:1", "answer:F:v1:1:1"):
        asked = v.NewWorkItem(job="effect_check", batch_id="B1", business_key=key)
        with pytest.raises(Invalid, match="those of another job"):
            plant.mes.ask_for_item(asked, plant.bot)
    with plant.store.write() as work:
        outbox.enqueue(work, plant.now, job="abc", key="ship:B9", batch_id="B1")
        with pytest.raises(Conflict, match="can't be queued"):
            outbox.enqueue(work, plant.now, job=COURIER_JOB, key="ship:B9", batch_id="B9")


@pytest.mark.requirement("URS-171")
def test_an_effect_is_read_back_by_the_bot_whose_job_it_is(plant: Plant) -> None:
    plant.released()
    courier = plant.at("B1", COURIER_JOB)
    effect = v.NewEffect(site="courier", kind="booking", business_key="ship:B1", batch_id="B1", item_id="i", epoch=None)
    noted = plant.mes.register_effect(effect, courier)
    seen = v.ConfirmEffect(reference="CR-INVENTED", count=1)
    with pytest.raises(Forbidden, match="belongs to another work item"):
        plant.mes.confirm_effect(noted.effect_id, seen, plant.at("B1"))
    assert plant.mes.confirm_effect(noted.effect_id, seen, courier).state == "confirmed"


@pytest.mark.requirement("URS-170", "URS-193")
def test_a_person_signs_for_an_answer_and_not_whoever_approved_the_filing(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    event(plant, places=("US",))
    one = running(plant)
    approve(plant, one.filing_id)
    body = {"kind": "receipt", "attempt": 1, "reference": "X-1", "at": plant.now}
    with pytest.raises(Forbidden, match="give your password"):
        plant.mes.answer_filing(one.filing_id, f.NewAnswer.model_validate(body), plant.qp)
    signed = f.NewAnswer.model_validate({**body, "password": PASSWORD})
    with pytest.raises(Forbidden, match="another person notes its answer"):
        plant.mes.answer_filing(one.filing_id, signed, plant.quality)
    with pytest.raises(Forbidden):
        plant.mes.answer_filing(one.filing_id, signed.model_copy(update={"password": "wrong"}), plant.qp)
    assert plant.mes.answer_filing(one.filing_id, signed, plant.qp).status == "submitted"


@pytest.mark.parametrize(
    "key", ["late-positive:Sterility", "Late-positive:Sterility:x", "review:B1:v1:CT-ID-01:0", "shipping:-", " P-1"]
)
def test_a_key_of_the_program_s_own_holds_and_deviations_is_refused(plant: Plant, key: str) -> None:
    """Somebody who opened one beforehand, small, and had it closed, would use up the one that counts."""
    plant.mes.submit_batch(record("B1"), plant.bot)
    before = plant.dump()
    with pytest.raises(Invalid, match="made by the program alone"):
        plant.mes.open_deviation("B1", NewDeviation(deviation_key=key, title="A note.", severity="minor"), plant.bot)
    with pytest.raises(Invalid, match="made by the program alone"):
        plant.mes.open_hold("B1", v.NewHold(kind="quality", reason="A note.", key=key), plant.bot)
    assert plant.dump() == before


@pytest.mark.requirement("URS-170")
def test_one_person_with_two_accounts_is_one_who_opens_and_closes(plant: Plant) -> None:
    """Whoever opened a deviation does not close it with another account of their own."""
    plant.mes.submit_batch(record("B1"), plant.bot)
    opened = NewDeviation(deviation_key="d1", title="A scratch on the bag.", severity="critical")
    plant.mes.open_deviation("B1", opened, plant.reviewer)
    printed, roles = plant.reviewer.printed_name, [Role.QUALITY_ASSURANCE]
    mine = plant.mes.create_person("rita.qa", printed, roles, PASSWORD, actor=SYSTEM, same_person_as="reviewer")
    closing = {"deviation_key": "d1", "outcome": "no_impact", "conclusion": "No harm.", "password": PASSWORD}
    with pytest.raises(Forbidden, match="a second person does"):
        plant.mes.close_deviation("B1", CloseDeviation.model_validate(closing), mine)
    plant.mes.close_deviation("B1", CloseDeviation.model_validate(closing), plant.quality)
