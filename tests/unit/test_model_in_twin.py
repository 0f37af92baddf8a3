"""The shipped model and its own action inside the twin: only what it holds is acted on, and the counts add up."""

import pytest

from batchwright.commands.model_in_twin import first, lines_of, model_in_twin, records_of
from keywords.predictive_holds import library
from twin.world.biology import grow_all

BATCHES, SEED = 60, 77


@pytest.mark.requirement("URS-220")
def test_the_shipped_model_holds_in_the_twin_what_the_bot_would_hold_and_its_action_is_tried_there() -> None:
    """Asked record by record as the bot asks, the same batches are RISK; no other batch changes its fate."""
    model = library.model_named("day3_shadow")
    arms = model_in_twin(model, batches=BATCHES, seed=SEED)
    records = records_of(grow_all(SEED, 1, BATCHES, failures=True), SEED)
    asked = [library.ask(model, "day3_shadow", record, 3).answer.value == "RISK" for record in records]
    assert arms.held.tolist() == asked
    assert (arms.failed[0] == arms.failed[1])[~arms.held].all()
    assert arms.held[arms.failed[0]].mean() > 0.5, "it holds most of what fails"
    found = arms.counts()
    best = library.best_action(model)
    assert best is not None
    assert found["action"] == best["action"]
    assert found["failed_with_model"] == found["failed_alone"] - found["prevented"] + found["caused"]
    assert first(arms, 20).counts()["batches"] == 20
    assert "15.4% and 10.5%" in lines_of([found])[-1]
