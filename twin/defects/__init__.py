"""The ways in which a batch record goes wrong: operators written from the clauses, and their registry.

They know nothing of the rules that look for them: the review is measured with what they do.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np

from twin.defects import (
    chain,
    filing,
    identity,
    importing,
    instruments,
    laboratory,
    materials,
    plant,
    sequence,
    shipping,
    signatures,
    sums,
    testing,
    values,
)
from twin.defects.bundle import Bundle, NotApplicableError, Operator, PlantedDefect
from twin.model.errors import TwinError

__all__ = [
    "DEMO_OPERATORS",
    "OPERATORS",
    "Bundle",
    "NotApplicableError",
    "Operator",
    "PlantedDefect",
    "mutate",
]

_OF_THE_RECORD = (
    *(identity, signatures, sequence, values, sums, materials, laboratory),
    *(chain, plant, testing, importing, instruments),
)
_FAMILIES = (*_OF_THE_RECORD, shipping, filing)

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {one.operator_id: one for module in _FAMILIES for one in module.FAMILY.operators}
)
"""All operators by id, in a fixed order."""

DEMO_OPERATORS: tuple[str, ...] = (
    "sample_other_patient",
    "lims_sample_donation_swapped",
    "donation_digits_swapped",
    "checker_missing",
    "performer_is_checker",
    "check_before_performance",
    "steps_out_of_order",
    "steps_overlap",
    "step_missing",
    "decimal_shift",
    "unit_swapped",
    "value_missing",
    "out_of_limits",
    "viability_miscalculated",
    "dose_miscalculated",
    "expired_lot",
    "lot_mismatch",
    "lot_blocked",
    "equipment_overdue",
    "sterility_positive",
    "result_out_of_specification",
    "result_missing",
    "result_of_other_batch",
    "result_twice_differing",
    "deviation_open",
    "label_other_patient",
    "handover_missing",
    "weight_differs_from_order",
    "patient_not_fit",
    "identity_mismatch",
    "training_expired",
    "clearance_missing",
    "out_of_nitrogen_long",
    "vector_not_released",
    "retest_without_investigation",
)
"""The everyday ones, which a pretend world plants unless it is asked for others."""


def mutate(bundle: Bundle, operator_id: str, rng: np.random.Generator) -> tuple[Bundle, PlantedDefect]:
    """A damaged copy of a batch, and what was planted in it; the given bundle is left as it is.

    Raises `TwinError` when there is no such operator (naming the nearest), and `NotApplicableError`, which is one,
    when the batch holds nothing that the operator could damage.
    """
    operator = OPERATORS.get(operator_id)
    if operator is None:
        near = get_close_matches(operator_id, OPERATORS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see twin.defects.OPERATORS."
        raise TwinError(f"There is no defect operator {operator_id!r}: {hint}")
    damaged = bundle.copy()
    damage = operator.apply(damaged, rng)
    planted = PlantedDefect(operator_id, operator.critical, operator.clause, damage.description, damage.fields)
    return damaged, planted
