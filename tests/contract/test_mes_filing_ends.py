"""Who ends a filing, and when: not by a side door, not while its ground stands, and in words that are so."""

from datetime import datetime

import pytest
from conditional_support import result
from conditional_support import shipped as conditionally_shipped
from filing_support import event, licence, running, shipped
from mes_support import PASSWORD, Plant

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.messages import deviations as d
from mes_core.messages import filing as f


def withdrawing(reason: str = "It was none.") -> f.WithdrawFiling:
    """The end of a filing, signed."""
    return f.WithdrawFiling(reason=reason, password=PASSWORD)


@pytest.mark.requirement("URS-191")
def test_closing_a_deviation_ends_a_clock_only_by_who_may_end_one(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    opened = {"deviation_key": "DEV-9", "title": "A valve was left open.", "severity": "major"}
    plant.mes.open_deviation("B1", d.NewDeviation.model_validate(opened), plant.bot)
    filing = running(plant)
    closing = d.CloseDeviation.model_validate(
        {"deviation_key": "DEV-9", "outcome": "no_impact", "conclusion": "It was none.", "password": PASSWORD}
    )
    before = plant.dump()
    with pytest.raises(Forbidden, match="so that it ends a clock"):
        plant.mes.close_deviation("B1", closing, plant.reviewer)
    assert plant.dump() == before
    plant.mes.close_deviation("B1", closing, plant.quality)
    assert plant.mes.filing(filing.filing_id).status == "withdrawn"


@pytest.mark.requirement("URS-044", "URS-191")
def test_filings_of_a_late_positive_are_withdrawn_by_nobody_while_it_stands(plant: Plant) -> None:
    licence(plant)
    conditionally_shipped(plant)
    plant.later(days=12)
    result(plant, "positive")
    running_ones = [one for one in plant.mes.all_filings(running=True) if one.event_id]
    assert running_ones
    before = plant.dump()
    for one in running_ones:
        with pytest.raises(Conflict, match="can't be withdrawn: a final result of batch B1 is positive"):
            plant.mes.withdraw_filing(one.filing_id, withdrawing(), plant.quality)
    assert plant.dump() == before


@pytest.mark.requirement("URS-191")
def test_what_was_never_handed_over_is_not_called_taken_back(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    event(plant)
    filing = running(plant)
    plant.mes.withdraw_filing(filing.filing_id, withdrawing(), plant.quality)
    (signed,) = [one.new for one in plant.mes.audit("B1") if one.action == "filing withdrawn"]
    assert signed is not None
    assert signed["meaning"] == "Nothing is filed under this number."


@pytest.mark.requirement("URS-190")
def test_clocks_of_a_late_positive_run_from_when_the_laboratory_reported_it(plant: Plant) -> None:
    """Nine days lie between the report and whoever notes it: they are not the agency's to lose."""
    licence(plant)
    conditionally_shipped(plant)
    plant.later(days=3)
    reported = plant.now
    plant.later(days=9)
    result(plant, "positive", reported_at=reported)
    (event,) = plant.mes.filing_events(batch_id="B1")
    assert datetime.fromisoformat(event.aware_at) == reported
