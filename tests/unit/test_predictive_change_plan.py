"""The predetermined change plan says what the program does."""

from pathlib import Path

import pytest
import yaml

from keywords.predictive_holds import drift, early
from mes_core.domain.model_states import SHADOW_BATCHES, SIGNATURES
from mes_core.messages.predictive import NewModel

PLAN = Path(__file__).resolve().parents[2] / "docs" / "predictive-change-plan.yaml"


@pytest.mark.requirement("URS-081")
def test_the_limits_of_the_plan_are_those_of_the_program() -> None:
    """One that is changed in one place only fails here."""
    limits = yaml.safe_load(PLAN.read_text(encoding="utf-8"))["limits"]
    assert limits == {
        "least_recall": NewModel.model_fields["least_recall"].default,
        "signatures": SIGNATURES,
        "shadow_batches": SHADOW_BATCHES,
        "psi": drift.PSI_LIMIT,
        "ks_p": drift.KS_LEVEL,
        "absent_inputs": early.MOST_ABSENT,
    }
