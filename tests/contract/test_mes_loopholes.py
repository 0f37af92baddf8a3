"""Ways round a safeguard that were found by probing, each closed and kept closed."""

from typing import Any

import pytest
from mes_support import COURIER_JOB, PASSWORD, SECRET, Plant, record

from mes_core.domain.errors import Conflict, Forbidden, Stale
from mes_core.messages import views as v

STATE = v.BatchState


def _fail_shipping(plant: Plant) -> None:
    request = v.ClaimRequest(secret=SECRET, worker="w", jobs=("courier_scheduling",))
    item = plant.mes.claim(request, plant.bot)
    assert item is not None
    how: dict[str, Any] = {"family": "QUALITY", "code": "CHANGED", "message": "A result has changed since the release."}
    plant.mes.fail(item.item_id, v.ItemFailed(epoch=item.epoch, **how), plant.under(item))


def test_every_quality_failure_holds_the_batch_not_only_the_first(plant: Plant) -> None:
    """Held, lifted, released again, failed again: held again."""
    plant.released()
    for _ in range(2):
        _fail_shipping(plant)
        view = plant.mes.get_batch("B1")
        assert view.state is STATE.ON_HOLD
        open_holds = [hold for hold in view.holds if hold.lifted_at is None]
        assert len(open_holds) == 1
        plant.later(minutes=5)
        verdict = plant.mes.review("B1", (), plant.at())
        plant.lift(open_holds[0])
        plant.end_deviations()
        plant.sign(verdict)


def _correct(plant: Plant, person: Any, path: str, old: Any, new: Any) -> None:
    correction = v.Correction(path=path, old=old, new=new, reason="Slip of the pen.", password=PASSWORD)
    plant.mes.correct("B1", correction, person)


def test_who_corrects_a_record_does_not_release_it(plant: Plant) -> None:
    """A correction is a part in the making of the record."""
    plant.reviewed()
    _correct(plant, plant.qp, "parameters/volume/text", "50", "51")
    with pytest.raises(Forbidden, match="performed, checked"):
        plant.sign(plant.mes.review("B1", (), plant.at()))


def test_a_name_corrected_away_still_counts(plant: Plant) -> None:
    """Whoever stood in any version of the record was involved."""
    steps = [{**record().model_dump(mode="json")["steps"][0], "performer": "qp"}]
    plant.mes.submit_batch(record(steps=steps), plant.bot)
    _correct(plant, plant.operator, "steps/S1/performer", "qp", "somebody.else")
    with pytest.raises(Forbidden, match="performed, checked"):
        plant.sign(plant.mes.review("B1", (), plant.at()))


def test_the_printed_name_counts_as_the_person(plant: Plant) -> None:
    """Records from elsewhere may hold names instead of accounts."""
    steps = [{**record().model_dump(mode="json")["steps"][0], "performer": "qp person"}]
    plant.mes.submit_batch(record(steps=steps), plant.bot)
    with pytest.raises(Forbidden, match="performed, checked"):
        plant.sign(plant.mes.review("B1", (), plant.at()))


def test_a_bot_cannot_clear_its_own_doubt(plant: Plant) -> None:
    """Two bookings stay two bookings, whatever a later reading says."""
    plant.released()
    key: dict[str, Any] = {"site": "courier", "kind": "booking", "business_key": "ship:B1"}
    effect = plant.mes.register_effect(v.NewEffect(**key, batch_id="B1", item_id="W-1"), plant.at("B1", COURIER_JOB))
    plant.mes.confirm_effect(effect.effect_id, v.ConfirmEffect(reference="CR-7", count=2), plant.at("B1", COURIER_JOB))
    with pytest.raises(Conflict, match="in doubt"):
        plant.mes.confirm_effect(
            effect.effect_id, v.ConfirmEffect(reference="CR-7", count=1), plant.at("B1", COURIER_JOB)
        )
    assert plant.mes.effects("B1")[0].state == "in_doubt"


def test_a_signature_needs_the_rule_set_in_force(plant: Plant) -> None:
    """A verdict under rules that were replaced since is not signed."""
    verdict = plant.reviewed()
    plant.rules.version = "2"
    with pytest.raises(Stale, match="another rule set than the one in force"):
        plant.sign(verdict)
    plant.sign(plant.mes.review("B1", (), plant.at()))
