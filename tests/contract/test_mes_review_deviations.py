"""Deviations for critical findings are opened with the verdict, whoever asks for the review."""

from typing import Any

import pytest
from mes_support import PASSWORD, Plant, finding, observation, record

from mes_core.messages import deviations as d
from mes_core.messages import views as v

pytestmark = pytest.mark.requirement("URS-040")


def _opened(plant: Plant, batch_id: str = "B1") -> list[d.DeviationView]:
    return [one for one in plant.mes.deviations(batch_id) if one.closed_at is None]


def test_each_critical_finding_gets_one_deviation_with_its_verdict(plant: Plant) -> None:
    """Graver than major only; the trail tells of it between the verdict and whatever comes next."""
    found = (finding("R1", "critical"), finding("R2", "critical", 70.0), finding("R3", "major"), finding("R4", "minor"))
    view = plant.reviewed("HOLD", *found)
    first, second = sorted(_opened(plant), key=lambda one: one.deviation_key)
    assert (first.severity, first.title, first.opened_by) == ("critical", "Viability: Viability is 80.0.", "bot-1")
    assert [first.finding_id, second.finding_id] == [one.finding_id for one in view.findings[:2]]
    told = [entry.action for entry in plant.mes.audit("B1")]
    assert told[-3:] == ["hold opened", "deviation opened", "deviation opened"]
    assert plant.mes.verify_audit() == []


def test_the_same_finding_again_is_the_same_deviation_and_a_closed_one_stays_closed(plant: Plant) -> None:
    """Another value, or another version of the record, is another deviation."""
    plant.reviewed("HOLD", finding("R1", "critical"))
    plant.reviewed("HOLD", finding("R1", "critical"), finding("R1", "critical"))
    assert len(_opened(plant)) == 1
    plant.end_deviations()
    plant.reviewed("HOLD", finding("R1", "critical"))
    assert _opened(plant) == []
    plant.reviewed("HOLD", finding("R1", "critical", 60.0))
    assert len(_opened(plant)) == 1
    wrong = {"path": "parameters/volume/value", "old": 50, "new": 51, "reason": "Misread.", "password": PASSWORD}
    plant.mes.correct("B1", v.Correction.model_validate(wrong), plant.operator)
    plant.rules.say("HOLD", finding("R1", "critical", 60.0))
    plant.mes.review("B1", (observation(),), plant.at())
    assert len(_opened(plant)) == 2


def test_a_justified_finding_opens_none_again(plant: Plant) -> None:
    """The justification is carried over; the deviation that is there waits for its own signature."""
    view = plant.reviewed("HOLD", finding("R1", "critical"))
    plant.close(view.findings[0].finding_id)
    again = plant.reviewed("HOLD", finding("R1", "critical"))
    assert [one.status for one in again.findings] == ["closed"]
    assert len(_opened(plant)) == 1


def test_reviews_of_all_batches_open_them_too(plant: Plant) -> None:
    """`batchwright review` reviews what is stored, a hundred in a transaction."""
    for name in ("B1", "B2"):
        plant.mes.submit_batch(record(name), plant.bot)
    plant.rules.say("HOLD", finding("R1", "critical"))
    for _ in range(2):
        assert len(list(plant.mes.review_all(plant.reviewer))) == 2
    assert [len(_opened(plant, name)) for name in ("B1", "B2")] == [1, 1]
    assert plant.mes.verify_audit() == []


def test_a_verdict_that_is_not_stored_opens_none(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdict, hold and deviation are one transaction."""

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the power fails")

    plant.mes.submit_batch(record(), plant.bot)
    plant.rules.say("HOLD", finding("R1", "critical"))
    monkeypatch.setattr("mes_core.services.batches.views.verdict_view", broken)
    with pytest.raises(RuntimeError, match="power"):
        plant.mes.review("B1", (observation(),), plant.at())
    assert _opened(plant) == []
    assert plant.mes.verdicts("B1") == ()
