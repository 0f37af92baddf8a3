"""Supply outside of specification: three gates, each signed, in their order; then the certification and who is told."""

from datetime import timedelta
from typing import Any

import pytest
from filing_support import licence
from mes_support import COURIER_JOB, PASSWORD, START, SYSTEM, Plant, finding, record, shipment

from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import PersonPrincipal
from mes_core.messages import deviations as d
from mes_core.messages import gates as g
from mes_core.messages import views as v

SUPPLY = v.Disposition.OUT_OF_SPECIFICATION


def gate(plant: Plant, name: str, person: Any = None, **more: Any) -> g.GateView:
    """A gate, signed."""
    body = {"gate": name, "reference": f"DOC-{name}", "given_by": "Dr Meyer", "given_at": plant.now, **more}
    new = g.NewGate.model_validate({"text": "No other treatment is left.", "password": PASSWORD, **body})
    return plant.mes.record_gate("B1", new, person or plant.quality)


def confirmed(plant: Plant, outcome: Any = "confirmed", markets: Any = ("DE",)) -> v.VerdictView:
    """A batch that is held, with an investigation that ended."""
    plant.mes.submit_batch(record(markets=list(markets)), plant.bot)
    plant.rules.say("HOLD", finding())
    verdict = plant.mes.review("B1", (), plant.at())
    opened = {"deviation_key": "OOS-1", "title": "Viability is 60 %", "kind": "oos", "severity": "critical"}
    plant.mes.open_deviation("B1", d.NewDeviation.model_validate(opened), plant.bot)
    if outcome:
        plant.end_deviations(outcome)
    return verdict


@pytest.fixture
def second(plant: Plant) -> PersonPrincipal:
    """A second person of quality assurance."""
    return plant.mes.create_person("quality2", "Second Quality", ["quality_assurance"], PASSWORD, actor=SYSTEM)


@pytest.mark.requirement("URS-047")
def test_a_supply_passes_its_three_gates(plant: Plant) -> None:
    """Certified, entered in the register, the hold ended by the signature, the authorities told within 48 h."""
    verdict = confirmed(plant)
    for name in g.GateName:
        plant.later(hours=1)
        gate(plant, name.value)
    assert [one.gate for one in plant.mes.supply_gates("B1")] == list(g.GateName)
    assert plant.mes.supply_missing("B1") == ()
    plant.sign(verdict, disposition=SUPPLY)
    batch = plant.mes.get_batch("B1")
    assert (batch.state, batch.may_be_supplied) == (v.BatchState.OUT_OF_SPECIFICATION, True)
    assert all(hold.lifted_by == "qp" for hold in batch.holds)
    assert [one.certification for one in plant.mes.register("B1")] == ["out_of_specification"]
    notices = plant.mes.filings("B1")
    assert [one.clock_id for one in notices] == ["EU-OOS", "EU-OOS-AUTHORITY"]  # two addressees, each told by itself
    assert {(one.authority, one.due_at) for one in notices} == {("EMA", plant.now + timedelta(hours=48))}
    licence(plant, "EU")
    given = {"parameter": "Viability", "result": "60 %, at least 70 %"}
    for notice in notices:
        draft = plant.mes.draft_filing(notice.filing_id, given, plant.quality)
        values = {one.name: one.value for one in draft.fields}
        assert (draft.questions, values["request"]) == ((), "DOC-physician_request")
    assert plant.mes.work_items(batch_id="B1")[-1].job == "courier_scheduling"
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    assert plant.mes.get_batch("B1").state is v.BatchState.SHIPPED
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-047")
@pytest.mark.parametrize(
    ("markets", "way"),
    [(["US"], "expanded access"), (["DE", "US"], "expanded access"), (["GB"], "ask the MHRA"), ([], "names no market")],
)
def test_the_gates_of_the_union_are_open_to_no_other_batch(plant: Plant, markets: list[str], way: str) -> None:
    """Refused with the way that there is, before anybody collects gates; nothing is stored."""
    verdict = confirmed(plant, markets=markets)
    before = plant.dump()
    with pytest.raises(Conflict, match=way):
        gate(plant, "physician_request")
    with pytest.raises(Conflict, match=way):
        plant.sign(verdict, disposition=SUPPLY)
    assert plant.dump() == before


@pytest.mark.requirement("URS-047")
@pytest.mark.parametrize("gates", range(3))
def test_a_missing_gate_is_named(plant: Plant, gates: int) -> None:
    """Whichever is missing: the certification is refused, and nothing is stored."""
    verdict = confirmed(plant)
    names = list(g.GateName)
    for name in names[:gates]:
        gate(plant, name.value)
    before = plant.dump()
    words = ("the treating physician's request", "evaluation of the risks", "physician's acceptance")
    for one in words[gates:]:
        with pytest.raises(Conflict, match=one):
            plant.sign(verdict, disposition=SUPPLY)
    for one in words[:gates]:
        assert one not in "; ".join(plant.mes.supply_missing("B1"))
    with pytest.raises(Conflict, match="on hold"):
        plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    assert plant.dump() == before


@pytest.mark.requirement("URS-047")
def test_gates_keep_their_order_and_their_people(plant: Plant, second: PersonPrincipal) -> None:
    """None before the one before it, none twice, none from the future, and never by a bot or who made the batch."""
    confirmed(plant)
    refused: tuple[tuple[str, Any, dict[str, Any], type[Exception], str], ...] = (
        ("risk_evaluation", None, {}, Conflict, "record the treating physician's request for the patient first"),
        ("acceptance", None, {}, Conflict, "evaluation of the risks first"),
        ("physician_request", None, {"given_at": START + timedelta(days=9)}, Invalid, "dated in the future"),
        ("physician_request", plant.bot, {}, Forbidden, "cannot sign"),
        ("physician_request", plant.operator, {}, Forbidden, "may not"),
        ("physician_request", None, {"password": "wrong"}, Forbidden, "nothing was signed"),
    )
    before = plant.dump()
    for name, person, more, kind, says in refused:
        with pytest.raises(kind, match=says):
            gate(plant, name, person, **more)
    assert plant.dump() == before
    gate(plant, "physician_request", plant.reviewer)
    with pytest.raises(Forbidden, match="may not"):
        gate(plant, "risk_evaluation", plant.reviewer)
    with pytest.raises(Conflict, match="dated before"):
        gate(plant, "risk_evaluation", given_at=START - timedelta(days=1))
    gate(plant, "risk_evaluation", second)
    with pytest.raises(Conflict, match="recorded already"):
        gate(plant, "risk_evaluation", second)


@pytest.mark.requirement("URS-047")
def test_a_supply_needs_a_confirmed_result_and_nothing_else_open(plant: Plant) -> None:
    """No supply by gates alone, with an open investigation, another hold, or what ended as laboratory error."""
    verdict = confirmed(plant, outcome=None)
    for name in g.GateName:
        gate(plant, name.value)
    with pytest.raises(Conflict, match="outcome of investigation OOS-1"):
        plant.sign(verdict, disposition=SUPPLY)
    plant.end_deviations("laboratory_error")
    with pytest.raises(Conflict, match="closed as confirmed"):
        plant.sign(verdict, disposition=SUPPLY)
    opened = {"deviation_key": "OOS-2", "title": "Viability again", "kind": "oos", "severity": "critical"}
    plant.mes.open_deviation("B1", d.NewDeviation.model_validate(opened), plant.bot)
    plant.end_deviations("confirmed")
    plant.mes.open_hold("B1", v.NewHold(kind="logistics", reason="No shipper.", key="k"), plant.bot)
    with pytest.raises(Conflict, match="logistics hold"):
        plant.sign(verdict, disposition=SUPPLY)
    with pytest.raises(Forbidden, match="may not sign a disposition"):
        plant.sign(verdict, plant.quality, disposition=SUPPLY)


@pytest.mark.requirement("URS-047")
def test_who_evaluated_the_risks_does_not_certify(plant: Plant) -> None:
    """Another qualified person does."""
    both = plant.mes.create_person(
        "both", "Both Roles", ["quality_assurance", "qualified_person"], PASSWORD, actor=SYSTEM
    )
    verdict = confirmed(plant)
    for name in g.GateName:
        gate(plant, name.value, both)
    with pytest.raises(Forbidden, match="another qualified person certifies"):
        plant.sign(verdict, both, disposition=SUPPLY)
    plant.sign(verdict, disposition=SUPPLY)
    assert plant.mes.verify_audit() == []
