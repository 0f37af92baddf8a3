"""The defect operators: each damages a clean batch, says what it did, and leaves a record that can still be sent."""

import numpy as np
import pytest

from mes_core.messages import BatchRecord
from twin.defects import DEMO_OPERATORS, OPERATORS, Bundle, NotApplicableError, mutate
from twin.defects.bundle import decimals, instant, outside
from twin.defects.identity import other_symbol, swapped_digits
from twin.defects.laboratory import exchanges
from twin.model import check_character
from twin.model.errors import TwinError
from twin.world import make_clean_bundles

CLEAN = make_clean_bundles(12, 7)
TABLES = ("lims_samples", "lims_results", "erp_stock", "erp_consumption")


def rng(number: int = 1) -> np.random.Generator:
    return np.random.default_rng(number)


def every(operator_id: str) -> list[tuple[Bundle, Bundle]]:
    return [(bundle, mutate(bundle, operator_id, rng(number))[0]) for number, bundle in enumerate(CLEAN)]


def parameters(bundle: Bundle) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in bundle.entries("parameters")}


def test_there_are_enough_operators_and_each_is_described() -> None:
    assert len(OPERATORS) >= 45
    assert sum(one.critical for one in OPERATORS.values()) >= 30
    assert all(one.clause and len(one.description) > 15 for one in OPERATORS.values())
    assert all(bool(one.why_not) != one.detectable for one in OPERATORS.values())
    assert len({one.description for one in OPERATORS.values()}) == len(OPERATORS)
    assert set(DEMO_OPERATORS) <= set(OPERATORS)
    assert len(set(DEMO_OPERATORS)) == len(DEMO_OPERATORS) >= 20


@pytest.mark.parametrize("operator_id", OPERATORS)
def test_each_operator_damages_a_copy_and_nothing_else(operator_id: str) -> None:
    applied = 0
    for number, bundle in enumerate(CLEAN):
        before = bundle.copy()
        try:
            damaged, planted = mutate(bundle, operator_id, rng(number))
        except NotApplicableError:
            continue
        applied += 1
        assert bundle == before
        assert damaged != bundle
        assert planted.operator == operator_id
        assert planted.critical is OPERATORS[operator_id].critical
        assert planted.fields
        assert planted.description
        BatchRecord.model_validate(damaged.record)
        assert all(
            isinstance(cell, str) for table in TABLES for row in getattr(damaged, table) for cell in row.values()
        )
    # A dose above the band of the weight takes a patient who is light; half of the batches have files of instruments.
    seldom = ("dose_above_band", "measured_before_sampling", "instrument_objects")
    assert applied >= (1 if operator_id in seldom else 0.9 * len(CLEAN))


@pytest.mark.parametrize("operator_id", OPERATORS)
def test_the_same_randomness_gives_the_same_damage(operator_id: str) -> None:
    def outcome() -> object:
        try:
            return mutate(CLEAN[3], operator_id, rng(5))
        except NotApplicableError as error:
            return str(error)

    assert outcome() == outcome()


def test_unknown_operator_is_named_with_its_nearest() -> None:
    with pytest.raises(TwinError, match=r"'expired_lots'.*'expired_lot'"):
        mutate(CLEAN[0], "expired_lots", rng())


def test_what_cannot_be_damaged_is_said() -> None:
    empty = CLEAN[0].copy()
    empty.record["materials"] = []
    with pytest.raises(NotApplicableError, match="no material"):
        mutate(empty, "expired_lot", rng())


def test_swapped_donation_fails_its_check_character() -> None:
    for _, damaged in every("donation_digits_swapped"):
        assert check_character(damaged.record["donation_number"]) != damaged.record["donation_check"]


def test_other_donation_is_valid_in_itself_and_not_the_samples() -> None:
    for clean, damaged in every("record_other_donation"):
        assert check_character(damaged.record["donation_number"]) == damaged.record["donation_check"]
        assert damaged.record["donation_number"] != clean.entries("samples")[0]["donation_number"]


@pytest.mark.parametrize("operator_id", ["out_of_limits", "just_out_of_limits", "decimal_shift"])
def test_value_leaves_its_limits(operator_id: str) -> None:
    for clean, damaged in every(operator_id):
        before = parameters(clean)
        changed = [one for one in damaged.entries("parameters") if one != before[one["name"]]]
        assert len(changed) == 1
        assert outside(changed[0], changed[0]["value"])
        assert float(changed[0]["text"]) == changed[0]["value"]


@pytest.mark.parametrize(
    ("operator_id", "result", "first", "second", "factor"),
    [
        ("volume_miscalculated", "", "", "", 1.0),
        ("viability_miscalculated", "viability_pct", "viable_cells", "total_cells", 100.0),
        ("dose_miscalculated", "dose", "viable_cells", "car_positive_pct", 0.01),
    ],
)
def test_wrong_sum_stays_within_limits(operator_id: str, result: str, first: str, second: str, factor: float) -> None:
    hit = 0
    for clean, damaged in every(operator_id):
        before, after = parameters(clean), parameters(damaged)
        changed = [name for name in after if after[name] != before[name]]
        assert len(changed) == 1
        one = after[changed[0]]
        assert not outside(one, one["value"])
        assert abs(one["value"] - before[changed[0]]["value"]) > 2 * 10.0 ** -decimals(one)
        if changed[0] == result:
            hit += 1
            a, b = after[first]["value"], after[second]["value"]
            expected = factor * (a / b if operator_id.startswith("viab") else a * b)
            assert abs(one["value"] - expected) > 10.0 ** -decimals(one)
    assert hit or not result


def test_rounding_into_specification_hides_a_failing_viability() -> None:
    for _, damaged in every("rounded_into_specification"):
        now = parameters(damaged)
        assert 79.4 < 100 * now["viable_cells"]["value"] / now["total_cells"]["value"] < 79.95
        assert now["viability_pct"]["text"] == damaged.result("Viability")["result"] == "80.0"


def test_lots_get_their_own_number_in_all_three_places() -> None:
    for clean, damaged in every("lot_blocked"):
        row = next(row for row in damaged.erp_stock if row["status"] == "blocked")
        assert row["lot"] in {m["lot"] for m in damaged.entries("materials")}
        assert row["lot"] in {p["lot"] for p in damaged.erp_consumption}
        assert row["lot"] not in {r["lot"] for r in clean.erp_stock}
        assert damaged.erp_stock[: len(clean.erp_stock)] == clean.erp_stock


def test_expired_lot_was_used_after_its_expiry() -> None:
    for _, damaged in every("expired_lot"):
        late = [m for m in damaged.entries("materials") if m["used_at"][:10] > m["expires_on"]]
        assert len(late) == 1


def test_signatures_of_one_person() -> None:
    for _, damaged in every("performer_is_checker"):
        assert sum(s["performer"] == s["checker"] for s in damaged.entries("steps")) == 1
    for clean, _ in every("performer_is_checker"):
        assert all(s["performer"] != s["checker"] for s in clean.entries("steps"))


def test_late_value_follows_the_check() -> None:
    for _, damaged in every("changed_after_signature"):
        checked = {s["step_id"]: instant(s["checked_at"]) for s in damaged.entries("steps")}
        assert sum(instant(p["recorded_at"]) > checked[p["step_id"]] for p in damaged.entries("parameters")) == 1


def test_foreign_result_belongs_to_no_sample_of_the_batch() -> None:
    for clean, damaged in every("result_of_other_batch"):
        own = {one["sample_id"] for one in clean.lims_samples}
        assert sum(row["sample_id"] not in own for row in damaged.lims_results) == 1


def test_helpers() -> None:
    assert exchanges("93.83") == ["39.83", "98.33", "93.38"]
    assert exchanges("5.5") == []
    assert swapped_digits("A999912", rng(), 5) == "A999921"
    for number in range(30):
        assert sum(a != b for a, b in zip("PT-GRREXP", other_symbol("PT-GRREXP", rng(number)), strict=True)) == 1
