"""What the rule book was missing: each way of going wrong is found by the rule that is meant for it, not by chance."""

from functools import cache
from typing import Any

import numpy as np
import pytest

import rules
from batchwright.commands.mutation import facts_of_bundle, facts_of_shipment
from twin.defects import OPERATORS, Bundle, NotApplicableError, mutate
from twin.defects.bundle import moved
from twin.defects.testing import lawful_retest
from twin.world import make_clean_bundles

_MEANT = {
    # the chain of identity, from the apheresis label on
    "label_other_patient": "CT-LBL-02", "label_other_donation": "CT-LBL-03", "label_other_batch": "CT-LBL-04",
    "label_expiry_wrong": "CT-LBL-06", "label_not_read": "CT-LBL-01", "label_read_by_one": "CT-LBL-08",
    "label_statement_missing": "CT-LBL-09", "handover_missing": "CT-HND-01", "handover_other_patient": "CT-HND-02",
    "handover_mismatch": "CT-HND-04", "handover_with_one_hand": "CT-HND-06", "handover_back_dated": "CT-HND-07",
    "identity_mismatch": "CT-IDN-01", "identity_before_label": "CT-IDN-0",
    # order, patient, dose
    "order_missing": "CT-ORD-03", "order_other_patient": "CT-ORD-04", "order_other_indication": "CT-ORD-05",
    "weight_differs_from_order": "CT-ORD-06", "weight_old": "CT-ORD-07", "patient_not_fit": "CT-ORD-08",
    "fitness_confirmed_early": "CT-ORD-09", "indication_missing": "CT-ORD-02", "indication_without_dose": "CT-DOS-01",
    "dose_above_band": "CT-DOS-01", "dose_after_thaw_low": "CT-DOS-02", "viability_after_thaw_low": "CT-SPC-13",
    "endotoxin_dose_high": "CT-SPC-16", "vector_copies_high": "CT-SPC-04", "donor_test_missing": "CT-DON-0",
    "donor_test_reactive": "CT-DON-0", "donor_test_missing_uk_ch": "CT-DON-0",
    # the laboratory
    "sterility_in_process_positive": "CT-SPC-14", "sterility_other_sample": "CT-STE-0",
    "container_leaks": "CT-SPC-15", "method_not_validated": "CT-MTH-01", "method_unknown": "CT-MTH-0",
    "rapid_method_not_qualified": "CT-MTH-03", "retention_sample_missing": "CT-RET-01",
    "retention_sample_used": "CT-RET-02", "sterility_repeated_twice": "CT-STE-01", "nothing_reported": "CT-LIM-01",
    "failing_result_set_aside": "CT-LIM-08",
    # the vector, people, equipment, line, store, transport
    "vector_not_released": "CT-VEC-01", "vector_released_after_use": "CT-VEC-01", "vector_virus_positive": "CT-VEC-02",
    "training_expired": "CT-QUA-0", "training_begins_later": "CT-QUA-0", "gowning_expired": "CT-QUA-03",
    "simulation_missing": "CT-QUA-04", "cleaning_missing": "CT-CLN-01", "cleaning_too_old": "CT-CLN-01",
    "clean_time_stretched": "CT-CLN-02", "use_of_other_batch": "CT-CLN-04", "use_not_logged": "CT-CLN-03",
    "cleaned_and_checked_by_one": "CT-CLN-05", "clearance_missing": "CT-CLR-01", "clearance_failed": "CT-CLR-02",
    "clearance_after_start": "CT-CLR-03", "clearance_by_one": "CT-CLR-04", "intermediate_waited": "CT-HLD-0",
    "out_of_nitrogen_long": "CT-STO-01", "not_returned_to_store": "CT-STO-01", "alarm_not_assessed": "CT-STO-03",
    "store_too_warm": "CT-STO-04", "seal_broken": "CT-TRN-03", "shipper_not_qualified": "CT-TRN-01",
    "logger_overdue": "CT-TRN-02", "excursion_not_assessed": "CT-TRN-05", "transport_missing": "CT-TRN-06",
    "importer_missing": "CT-IMP-0", "growth_at_open_step": "CT-MBR-04",
    # what no operator had aimed at
    "label_other_product": "CT-LBL-05", "label_reading_unsigned": "CT-LBL-07", "handover_unsigned": "CT-HND-05",
    "product_of_other_limits": "CT-ORD-01", "order_incomplete": "CT-ORD-10", "clearance_unsigned": "CT-CLR-05",
    "storing_not_recorded": "CT-STO-02", "transport_incomplete": "CT-TRN-04", "transport_too_long": "CT-TRN-07",
    "importer_incomplete": "CT-IMP-03", "result_dated_ahead": "CT-FUT-01", "expires_before_made": "CT-BAT-05",
    "steps_listed_out_of_order": "CT-SEQ-04", "checker_gowning_expired": "CT-QUA-05",
    "importer_missing_union": "CT-IMP-04", "made_in_missing": "CT-IMP-05", "importer_in_other_role": "CT-IMP-06",
    "import_confirmed_early": "CT-IMP-07", "import_licence_ends": "CT-IMP-08", "import_tests_missing": "CT-IMP-09",
    "unknown_test_positive": "CT-LIM-14", "measured_before_sampling": "CT-INS-02", "instrument_objects": "CT-INS-01",
    "checker_simulation_missing": "CT-QUA-06", "training_of_other_record": "CT-QUA-0",
}  # fmt: skip
"""Operator, and the rule meant for it; several rules of one family where the operator has several forms."""
_MEANT_AFTER_RELEASE = {
    "left_undecided": "SH-REL-01", "left_before_decision": "SH-REL-01", "release_of_other_record": "SH-REL-02",
    "release_without_meaning": "SH-REL-03", "release_by_bot": "SH-REL-04", "called_certified": "SH-REL-05",
    "left_on_hold": "SH-HOLD-01", "hold_lifted_late": "SH-HOLD-01", "received_on_hold": "SH-HOLD-02",
    "delivery_before_pick_up": "SH-TIME-01", "shipper_holds_briefly": "SH-TIME-02",
    "arrives_after_depletion": "SH-TIME-03", "product_ends_before_infusion": "SH-TIME-04",
    "way_not_assessed": "SH-WAY-01", "way_forbidden": "SH-WAY-01", "way_improbable": "SH-WAY-02",
    "way_booked_otherwise": "SH-WAY-03", "other_shipper_packed": "SH-PACK-01", "packed_by_one": "SH-PACK-01",
    "shipper_not_charged": "SH-PACK-02", "shipper_charged_late": "SH-PACK-02", "free_liquid": "SH-PACK-02",
    "packed_after_pick_up": "SH-PACK-03", "outbound_logger_overdue": "SH-PACK-04",
    "outbound_shipper_not_qualified": "SH-PACK-05", "packed_slowly": "SH-PACK-06", "warm_on_the_way": "SH-TRN-01",
    "seal_broken_on_arrival": "SH-RCV-01", "receipt_without_scan": "SH-RCV-02", "received_warm": "SH-RCV-03",
    "received_after_depletion": "SH-RCV-04", "received_before_pick_up": "SH-RCV-04",
    "packed_for_other_patient": "SH-ID-01", "posting_missing": "SH-ID-02",
    "packed_from_other_donation": "SH-ID-03", "packed_other_batch": "SH-ID-04",
    "filed_late": "FC-ANY-01", "acknowledgement_missing": "FC-ANY-02", "reason_missing": "FC-ANY-03",
    "filed_for_nobody": "FC-ANY-04", "tissue_report_open": "FC-HCTP-01", "batch_distribution_report": "FC-DIST-01",
    "deviation_not_reported": "FC-BPD-01", "register_entry_open": "FC-QP-01", "release_not_recorded_uk": "FC-QP-02",
    "gate_missing": "FC-OOS-01", "supply_told_late": "FC-OOS-02", "supply_to_unknown_law": "FC-OOS-03",
    "traceability_short": "FC-TRACE-01", "traceability_short_uk": "FC-TRACE-02",
}  # fmt: skip
"""The same for what happens after the release."""


@cache
def _clean() -> tuple[Bundle, ...]:
    return tuple(make_clean_bundles(12, 23))


@cache
def _book(name: str = "car_t_review") -> rules.RuleSet:
    return rules.builtin_rule_set(name)


def _found(bundle: Bundle, **head: Any) -> dict[str, str]:
    facts = facts_of_bundle(bundle)
    facts["batch"] |= head
    return {one.rule: one.text for one in _book().review(facts).findings}


@pytest.mark.requirement("URS-211")
@pytest.mark.requirement("URS-213")
@pytest.mark.parametrize("operator", _MEANT)
def test_a_planted_defect_is_found_by_the_rule_meant_for_it(operator: str) -> None:
    tried = 0
    for number, bundle in enumerate(_clean()):
        try:
            damaged, _ = mutate(bundle, operator, np.random.default_rng(number))
        except NotApplicableError:
            continue
        tried += 1
        found = _found(damaged)
        assert any(rule.startswith(_MEANT[operator]) for rule in found), found
        if tried == 3:
            return
    pytest.fail(f"{operator} fitted {tried} of {len(_clean())} clean batches")


def _found_after_release(bundle: Bundle) -> set[str]:
    facts = facts_of_shipment(bundle)
    return {one.rule for name in ("shipping", "filing_clocks") for one in _book(name).review(facts).findings}


@pytest.mark.requirement("URS-241")
@pytest.mark.parametrize("operator", _MEANT_AFTER_RELEASE)
def test_a_defect_of_a_shipment_is_found_by_the_rule_meant_for_it(operator: str) -> None:
    for number, bundle in enumerate(_clean()[:4]):
        assert _found_after_release(bundle) == set()
        damaged, _ = mutate(bundle, operator, np.random.default_rng(number))
        assert _MEANT_AFTER_RELEASE[operator] in _found_after_release(damaged)


@pytest.mark.parametrize("name", ["shipping", "filing_clocks"])
def test_an_operator_aims_at_every_rule_of_what_follows_the_release(name: str) -> None:
    assert {one.id for one in _book(name).rules} <= set(_MEANT_AFTER_RELEASE.values())
    assert set(_MEANT_AFTER_RELEASE) == {one for one, operator in OPERATORS.items() if operator.after_release}


@pytest.mark.requirement("URS-212")
@pytest.mark.parametrize("operator", ["retest_without_investigation", "retest_without_cause", "retest_by_other_method",
                                      "retest_before_conclusion", "original_reported_after_retest"])  # fmt: skip
def test_a_retest_that_is_not_lawful_is_found_as_one(operator: str) -> None:
    for number, bundle in enumerate(_clean()[:4]):
        damaged, _ = mutate(bundle, operator, np.random.default_rng(number))
        assert _found(damaged).keys() & {"CT-LIM-08", "CT-STE-01"}


@pytest.mark.requirement("URS-212")
@pytest.mark.parametrize("test", ["Sterility", "Mycoplasma", "Viability after thaw", "Potency"])
def test_a_lawful_retest_is_no_finding(test: str) -> None:
    """One result for a test made each of them critical: the original, its investigation and the retest are in order."""
    bundle = _clean()[0].copy()
    original, retest, _ = lawful_retest(bundle, np.random.default_rng(1), test)
    assert (original["reported"], retest["reported"]) == ("No", "Yes")
    assert _found(bundle) == {}


def test_a_lawful_retest_that_fails_too_is_judged_by_its_own_value() -> None:
    bundle = _clean()[0].copy()
    _, retest, _ = lawful_retest(bundle, np.random.default_rng(1), "Sterility")
    retest["result"] = "Positive"
    assert "CT-SPC-09" in _found(bundle)


def test_a_laboratory_that_says_nothing_of_retests_is_judged_as_before() -> None:
    """Another LIMS has none of these columns: every result counts, and two of one test are a finding."""
    bundle = _clean()[0].copy()
    for row in bundle.lims_results:
        for name in ("occasion", "investigation", "reported"):
            del row[name]
    assert _found(bundle) == {}
    bundle.result("Potency")["result"] = "95"
    bundle.lims_results.append({**bundle.result("VCN"), "result_id": "R-X"})
    assert {"CT-SPC-06", "CT-LIM-08"} <= _found(bundle).keys()


@pytest.mark.requirement("URS-003")
@pytest.mark.parametrize("name", ["particles_0_5um", "active_air", "settle_plate", "glove_print"])
def test_the_adding_of_the_beads_is_monitored_as_every_open_step_is(name: str) -> None:
    """The beads are added in the open, and nothing was asked of the room."""
    bundle = _clean()[0].copy()
    one = bundle.parameter(f"env_s090_{name}")
    one["value"] = (one["high"] or 0.0) + 1.0
    one["text"] = f"{one['value']:.0f}"
    assert one["text"] in _found(bundle)["CT-MBR-04"]
    bundle.entries("parameters").remove(one)
    assert "CT-MBR-01" in _found(bundle)


def test_every_open_step_is_monitored() -> None:
    by_id: dict[str, Any] = {one.id: one for one in _book().rules}
    (open_steps,) = by_id["CT-QUA-03"].where.values()
    monitored = {name[4:8].upper() for name in by_id["CT-MBR-01"].entries if name.endswith("_glove_print")}
    assert set(open_steps) <= monitored


@pytest.mark.requirement("URS-003")
@pytest.mark.parametrize("operator", ["use_not_logged"])
def test_equipment_whose_use_nobody_logged_holds_the_batch(operator: str) -> None:
    damaged, planted = mutate(_clean()[0], operator, np.random.default_rng(1))
    outcome = _book().review(facts_of_bundle(damaged))
    assert planted.critical
    assert {one.rule: one.severity for one in outcome.findings}["CT-CLN-03"] == "critical"


@pytest.mark.requirement("URS-003")
@pytest.mark.parametrize("day", range(1, 11))
def test_the_line_is_cleared_before_a_daily_measurement_too(day: int) -> None:
    """The culture is sampled there: another patient's tube on the bench is enough for a mix-up."""
    bundle = _clean()[0].copy()
    step = f"S{200 + day}"
    bundle.record["clearances"] = [one for one in bundle.entries("clearances") if one["step_id"] != step]
    assert step in _found(bundle)["CT-CLR-01"]


def test_the_cells_without_beads_wait_no_longer_than_is_validated() -> None:
    bundle = _clean()[0].copy()
    step = bundle.entry("steps", "step_id", "S310")
    step["ended_at"] = moved(bundle.entry("steps", "step_id", "S320")["started_at"], minutes=-150.0)
    assert "waited 2.5 hours" in _found(bundle)["CT-HLD-07"]


@pytest.mark.requirement("URS-003")
@pytest.mark.parametrize(("market", "rule"), [("DE", "CT-DON-02"), ("GB", "CT-DON-04"), ("CH", "CT-DON-05")])
def test_each_market_of_europe_asks_for_the_donor_s_tests_by_its_own_law(market: str, rule: str) -> None:
    bundle = _clean()[0].copy()
    bundle.record["markets"] = [market]
    bundle.record["donor_tests"] = [one for one in bundle.entries("donor_tests") if one["test"] != "Syphilis"]
    found = {name for name in _found(bundle) if name in ("CT-DON-02", "CT-DON-04", "CT-DON-05")}
    assert found == {rule}


def test_a_glove_print_at_open_filling_is_a_finding() -> None:
    """The limits of grade B stood beside the particles of grade A: a print of 4 passed."""
    bundle = _clean()[0].copy()
    print_ = bundle.parameter("env_s350_glove_print")
    print_["text"], print_["value"] = "4", 4.0
    assert "outside 0.0 to 0.0" in _found(bundle)["CT-MBR-04"]


@pytest.mark.parametrize(
    ("day", "zone", "until", "in_order"),
    [
        ("2026-07-01", "America/Chicago", "2026-07-02T05:00:00Z", True),
        ("2026-07-01", "America/Chicago", "2026-07-02T04:59:59Z", False),
        ("2026-07-01", "Europe/Berlin", "2026-07-01T22:00:00Z", True),
        ("2026-10-25", "Europe/Berlin", "2026-10-25T22:30:00Z", False),
        ("2026-07-01", "Europe/Berlin", "2026-07-02T00:00:00+02:00", True),
        ("2026-07-01", None, "2026-07-02T11:59:00Z", False),
        ("2026-07-01", None, "2026-07-02T12:00:00Z", True),
        ("2026-07-01", "Mars/Olympus", "2036-07-02T12:00:00Z", False),
    ],
)
def test_the_product_lasts_until_the_day_is_over_where_it_is_counted(
    day: str, zone: str | None, until: str, in_order: bool
) -> None:
    found = _found(_clean()[0], infusion_planned_on=day, treatment_zone=zone, expires_at=until)
    assert ("CT-BAT-02" not in found) == in_order
