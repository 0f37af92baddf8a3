"""What people decide on is as the audit trail says at that moment; bad news is taken in any case."""

from collections.abc import Callable

import filing_support
import pytest
from conditional_support import conditionally, result
from filing_support import event, licence, running
from journey_plant import packing, second_person, sign_data, step
from mes_support import PASSWORD, Plant, finding

from mes_core.domain.errors import Forbidden
from mes_core.messages import logistics as lo
from mes_core.messages import predictive as p
from mes_core.messages import views as v
from mes_core.messages.model_cards import bound_hash, card_digest

_REFUSED = "not as the audit trail says, so nothing is signed"


def _confirm_packing(plant: Plant) -> Callable[[], object]:
    plant.reviewed()
    sign_data(plant)
    second = second_person(plant)
    plant.mes.sign_packing("B1", packing(plant), plant.qp)
    plant.meddle("UPDATE journey_records SET document = replace(document, 'S-1', 'S-2') WHERE kind = 'packing'")
    confirming = lo.ConfirmPacking(number=1, reason="Seen.", password=PASSWORD)
    return lambda: plant.mes.confirm_packing("B1", confirming, second)


def _logistics(plant: Plant) -> Callable[[], object]:
    sign_data(plant)
    plant.meddle("UPDATE journey_records SET document = replace(document, '8.0', '80.0') WHERE kind = 'shipper'")
    changed = {"dry_kg": 10.0, "full_kg": 19.0, "rate_kg_day": 0.6, "qualified_on": "2026-01-01"}
    return lambda: sign_data(plant, **{"shipper__DS-2": {**changed, "qualified_until": "2027-12-31"}})


def _lift(plant: Plant) -> Callable[[], object]:
    plant.reviewed("HOLD", finding(severity="critical"))
    hold = plant.mes.get_batch("B1").holds[0]
    plant.meddle("UPDATE holds SET kind = 'logistics'")
    return lambda: plant.lift(hold, plant.reviewer)


def _close(plant: Plant) -> Callable[[], object]:
    verdict = plant.reviewed("HOLD", finding(severity="critical"))
    plant.meddle("UPDATE findings SET severity = 'minor'")
    return lambda: plant.close(verdict.findings[0].finding_id, "escalated")


def _signature(plant: Plant) -> Callable[[], object]:
    verdict = plant.reviewed()
    plant.meddle("UPDATE signatures SET reason = 'other'")
    return lambda: plant.sign(verdict)


def _correct(plant: Plant) -> Callable[[], object]:
    plant.reviewed()
    plant.meddle("UPDATE verdicts SET verdict = 'HOLD'")
    return plant.corrected


def _approve_filing(plant: Plant) -> Callable[[], object]:
    licence(plant)
    filing_support.shipped(plant)
    event(plant)
    draft = plant.mes.draft_filing(running(plant).filing_id, {}, plant.quality)
    plant.meddle("UPDATE filing_events SET source = 'other'")
    return lambda: filing_support.sign(plant, draft)


def _move_model(plant: Plant) -> Callable[[], object]:
    card = {"generated_data_only": False, "asked_about": []}
    content_hash = bound_hash("ab" * 32, card_digest(card))
    new = p.NewModel(name="day3", content_hash=content_hash, parts_hash="ab" * 32, card=card)
    model = plant.mes.register_model(new, plant.operator)
    plant.meddle("UPDATE models SET registered_by = 'somebody'")
    move = p.MoveModel.model_validate({"to": "validated", "reason": "Seen.", "meaning": "Mine.", "password": PASSWORD})
    return lambda: plant.mes.move_model(model.model_id, move, plant.quality)


@pytest.mark.requirement("URS-174")
@pytest.mark.parametrize(
    "signed", [_confirm_packing, _logistics, _lift, _close, _correct, _signature, _approve_filing, _move_model]
)
def test_nothing_is_signed_on_a_row_that_was_swapped(
    plant: Plant, signed: Callable[[Plant], Callable[[], object]]
) -> None:
    """A packing, logistics data, a hold, a finding, a verdict: no list of tables that one could be left out of."""
    act = signed(plant)
    before = plant.dump()
    with pytest.raises(Forbidden, match=_REFUSED):
        act()
    after = plant.dump()
    assert {name: rows for name, rows in after.items() if name != "accounts"} == {
        name: rows for name, rows in before.items() if name != "accounts"
    }


@pytest.mark.requirement("URS-174")
def test_bad_news_is_taken_whatever_was_done_to_the_store(plant: Plant) -> None:
    """A late positive, a warm shipper: what was tampered with hides neither; a negative is not believed then."""
    conditionally(plant)
    plant.meddle("UPDATE verdicts SET reviewed_by = 'somebody'")
    with pytest.raises(Forbidden, match=_REFUSED):
        result(plant, "negative")
    assert result(plant, "positive").state == v.BatchState.ON_HOLD
    assert step(plant, "delivered", temperature_c=-60.0).signature_id
