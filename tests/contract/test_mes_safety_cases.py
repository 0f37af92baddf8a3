"""Cases of the safety database: sent by it, acknowledged by the agency, and both signed by persons."""

from typing import Any

import pytest
from filing_support import approve, event, licence, running
from mes_support import PASSWORD, Plant

from mes_core.domain.errors import Forbidden, NotFound
from mes_core.messages import filing as f


def _approved_case(plant: Plant) -> f.FilingView:
    """A case of fifteen days, approved, whose message the safety database has numbered."""
    licence(plant)
    case = {"case_id": "C-1", "batch_id": None, "product": "EX1", "places": ("US",), "answers": {}}
    event(plant, "adverse_experience", "A-1", **{**case, "details": {"message": "US-EX-77"}})
    one = running(plant, "US-AE-15")
    approve(plant, one.filing_id)
    return one


@pytest.mark.requirement("URS-193")
def test_a_case_is_handed_over_and_its_acknowledgement_read(plant: Plant) -> None:
    """The safety database sends it; we run the clock and note what comes back, and nothing for another report."""
    one = _approved_case(plant)
    assert plant.mes.work_items(state="queued") == ()
    handed = f.HandOver(message="US-EX-77", at=plant.now, password=PASSWORD)
    assert plant.mes.hand_over(one.filing_id, handed, plant.quality).status == "submitted"
    said = f.CaseAnswer(message="US-EX-77", accepted=False, reasons="FDA.C.1.12 is mandatory.", at=plant.now)
    other = said.model_copy(update={"message": "US-EX-78"})
    signed = f.SafetyAcknowledgement(content="the agency's file", password=PASSWORD)
    with pytest.raises(NotFound, match="for another report"):
        plant.mes.acknowledge_cases([other], signed, plant.qp)
    found = plant.mes.acknowledge_cases([other, said], signed, plant.qp)
    assert [(row.status, row.answer) for row in found.items] == [("rejected", "FDA.C.1.12 is mandatory.")]
    assert ["US-EX-78" in sentence for sentence in found.refused] == [True]


@pytest.mark.requirement("URS-193")
def test_what_stops_an_agency_s_clock_is_signed(plant: Plant) -> None:
    """With the password, its meaning in words; and who approved a case does not say that it was accepted."""
    one = _approved_case(plant)
    handed = f.HandOver(message="US-EX-77", at=plant.now, password=PASSWORD, reason="Sent by the gateway.")
    said = f.CaseAnswer(message="US-EX-77", accepted=True, at=plant.now)
    signed = f.SafetyAcknowledgement(content="the agency's file", password=PASSWORD)
    before = plant.dump()
    for who, refused in ((plant.operator, handed), (plant.bot, handed), (plant.quality, _wrong(handed))):
        with pytest.raises(Forbidden):
            plant.mes.hand_over(one.filing_id, refused, who)
        assert _without_failures(plant.dump()) == _without_failures(before)
    plant.mes.hand_over(one.filing_id, handed, plant.quality)
    before = plant.dump()
    for who, word in ((plant.quality, signed), (plant.operator, signed), (plant.qp, _wrong(signed))):
        with pytest.raises(Forbidden):
            plant.mes.acknowledge_cases([said], word, who)
        assert _without_failures(plant.dump()) == _without_failures(before)
    plant.mes.acknowledge_cases([said], signed, plant.qp)
    with plant.store.read() as work:
        rows = work.find("signatures", subject=one.filing_id, order=("at", "act"))
    kept = {row["act"]: (row["user"], row["meaning"], row["reason"]) for row in rows}
    assert kept["filing receipt"] == (
        *("quality", "This report was sent as the message named."),
        "Sent by the gateway.",
    )
    assert kept["filing accepted"][:2] == ("qp", "The agency has answered as it is written.")
    assert plant.mes.verify_audit() == []


def _wrong(signed: Any) -> Any:
    return signed.model_copy(update={"password": "another password entirely"})


def _without_failures(dumped: dict[str, Any]) -> dict[str, Any]:
    """A store but for what wrong passwords leave: counts, and the report of them."""
    return {name: rows for name, rows in dumped.items() if name in ("filings", "filing_answers", "signatures")}
