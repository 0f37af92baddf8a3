"""The pretend world is valid, orderly where it is clean, and the same for the same seed."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from mes_core.messages import BatchRecord
from twin.defects import Bundle
from twin.model import TwinError, check_character
from twin.world import World, make_clean_bundles, make_world

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def clean() -> list[Bundle]:
    return make_clean_bundles(40, 7, now=NOW)


def world(**changes: Any) -> World:
    return make_world(**{"seed": 2026, "batches": 12, "defect_rate": 0.4, "now": NOW, **changes})


def as_bytes(made: World) -> bytes:
    return json.dumps(asdict(made), default=str).encode()


def test_same_seed_and_now_give_the_same_bytes_and_another_seed_others() -> None:
    assert as_bytes(world()) == as_bytes(world())
    assert as_bytes(world()) != as_bytes(world(seed=2027))


def test_a_batch_does_not_depend_on_how_many_are_made_beside_it() -> None:
    few, many = make_clean_bundles(3, 5, now=NOW), make_clean_bundles(9, 5, now=NOW)
    assert few == many[:3]


def test_records_are_valid_messages_in_their_json_form() -> None:
    for record in [*world().records, *world(seed=3, batches=60, defect_rate=1.0).records]:
        assert BatchRecord.model_validate(record).model_dump(mode="json") == record


def test_demo_world_has_some_defective_and_some_clean_batches() -> None:
    made = world()
    assert 4 <= len(made.truth) <= 6
    assert set(made.truth) <= {record["batch_id"] for record in made.records}


@pytest.mark.parametrize("seed", range(8))
def test_defect_rate_is_kept_and_stock_tells_one_story_of_each_lot(seed: int) -> None:
    made = world(seed=seed, batches=120, defect_rate=0.5)
    assert 38 <= len(made.truth) <= 82
    lots = Counter((row["material"], row["lot"]) for row in made.erp_stock)
    assert max(lots.values()) == 1


def test_clean_records_have_what_a_car_t_record_needs(clean: list[Bundle]) -> None:
    for bundle in clean:
        record = bundle.record
        assert len(record["steps"]) >= 20
        assert len({row["name"] for row in record["parameters"]}) == len(record["parameters"]) >= 200
        assert len(record["materials"]) >= 12
        assert len(record["equipment"]) >= 8
        assert record["donation_check"] == check_character(record["donation_number"])
        assert record["markets"]


def test_clean_steps_are_in_order_and_signed_by_two_people(clean: list[Bundle]) -> None:
    for bundle in clean:
        steps = bundle.record["steps"]
        for step in steps:
            assert step["started_at"] < step["ended_at"] <= step["performed_at"] < step["checked_at"]
            assert step["performer"] != step["checker"]
        for earlier, later in pairwise(steps):
            assert earlier["ended_at"] <= later["started_at"]


def test_clean_parameters_are_within_limits_and_inside_their_step(clean: list[Bundle]) -> None:
    for bundle in clean:
        steps = {step["step_id"]: step for step in bundle.record["steps"]}
        for row in bundle.record["parameters"]:
            if row["value"] is not None:
                assert float(row["text"]) == row["value"]
                assert row["low"] is None or row["value"] >= row["low"], row
                assert row["high"] is None or row["value"] <= row["high"], row
            step = steps[row["step_id"]]
            assert step["started_at"] <= row["recorded_at"] <= step["ended_at"]
            assert row["recorded_by"] == step["performer"]


SUMS = {
    "apheresis_total_cells": lambda v: v["apheresis_total_density"] * v["apheresis_volume"],
    "apheresis_viability_pct": lambda v: 100 * v["apheresis_viable_cells"] / v["apheresis_total_cells"],
    "apheresis_cd3_cells": lambda v: v["apheresis_viable_cells"] * v["apheresis_cd3_pct"] / 100,
    "enrichment_recovery_pct": lambda v: 100 * v["enriched_viable_cells"] / v["apheresis_cd3_cells"],
    "seed_viable_cells": lambda v: v["seed_density"] * v["seed_volume"],
    "vector_volume": lambda v: v["moi"] * v["viable_cells_d01"] / v["vector_titre"],
    "viable_cells_d06": lambda v: v["viable_density_d06"] * v["volume_d06"],
    "fold_expansion": lambda v: v["viable_cells_d10"] / v["seed_viable_cells"],
    "harvest_viability_pct": lambda v: 100 * v["harvest_viable_cells"] / v["harvest_total_cells"],
    "harvest_recovery_pct": lambda v: 100 * v["harvest_viable_cells"] / v["viable_cells_d10"],
    "viability_pct": lambda v: 100 * v["viable_cells"] / v["total_cells"],
    "fill_volume": lambda v: v["bag_1_volume"] + v["bag_2_volume"],
    "formulated_volume": lambda v: v["fill_volume"] + v["release_sample_volume"],
    "dmso_pct": lambda v: v["cryoprotectant_dmso_pct"] * v["cryoprotectant_volume"] / v["formulated_volume"],
    "cell_concentration": lambda v: v["viable_cells"] / v["fill_volume"],
    "dose": lambda v: v["viable_cells"] * v["car_positive_pct"] / 100,
    "dose_per_kg": lambda v: v["dose"] / v["patient_weight"],
    "vcn_per_transduced_cell": lambda v: 100 * v["vcn_per_cell"] / v["car_positive_pct"],
    "endotoxin_per_kg_h": lambda v: v["endotoxin_bound"] * v["fill_volume"] / v["patient_weight"],
    "labels_printed": lambda v: v["labels_applied"] + v["labels_destroyed"] + v["labels_retained"],
}


@pytest.mark.parametrize("name", SUMS)
def test_recorded_results_follow_from_recorded_values(clean: list[Bundle], name: str) -> None:
    for bundle in clean:
        rows = {row["name"]: row for row in bundle.record["parameters"]}
        values = {key: row["value"] for key, row in rows.items()}
        places = len(rows[name]["text"].partition(".")[2])
        assert abs(SUMS[name](values) - values[name]) <= 0.5000001 * 10**-places


def test_materials_and_equipment_are_valid_when_used(clean: list[Bundle]) -> None:
    for bundle in clean:
        assert all(use["expires_on"] > use["used_at"][:10] for use in bundle.record["materials"])
        for one in bundle.record["equipment"]:
            assert one["calibrated_on"] <= one["used_from"][:10]
            assert one["used_to"][:10] <= one["calibration_due"]
        named = {key for step in bundle.record["steps"] for key in step["equipment_ids"]}
        assert named == {one["equipment_id"] for one in bundle.record["equipment"]}


def test_lims_and_erp_agree_with_the_record(clean: list[Bundle]) -> None:
    for bundle in clean:
        record, values = bundle.record, {row["name"]: row["text"] for row in bundle.record["parameters"]}
        results = {row["test"]: row for row in bundle.lims_results}
        assert len(results) == len(bundle.lims_results) == 17
        assert results["Viability"]["result"] == values["viability_pct"]
        assert results["Cell dose"]["result"] == values["dose"]
        for row in bundle.lims_results:
            assert row["analyst"] != row["reviewed_by"]
            assert row["status"] == "Final"
            assert record["manufactured_at"] < row["tested_at"] < NOW.isoformat()
        for row in bundle.lims_samples:
            assert (row["patient_code"], row["donation_number"]) == (record["patient_code"], record["donation_number"])
        used = [(m["material_id"], m["lot"], m["quantity"], m["unit"]) for m in record["materials"]]
        posted = [(r["material"], r["lot"], float(r["quantity"]), r["unit"]) for r in bundle.erp_consumption]
        assert used == posted
        stock = {(row["material"], row["lot"]): row for row in bundle.erp_stock}
        for use in record["materials"]:
            row = stock[use["material_id"], use["lot"]]
            assert (row["expires_on"], row["status"]) == (use["expires_on"], "unrestricted")


@pytest.mark.parametrize("seed", range(20))
def test_every_centre_has_good_slots_in_time_and_some_that_are_no_use(seed: int) -> None:
    made = world(seed=seed, batches=30, defect_rate=0.0)
    bad = 0
    for record in made.records:
        until = record["infusion_planned_on"]
        slots = [row for row in made.courier_slots if row["destination"] == record["treatment_centre"]]
        good = [
            row
            for row in slots
            if row["delivery_at"][:10] < until
            and float(row["hold_time_h"]) >= 120
            and float(row["transit_risk_pct"]) < 5
            and row["pickup_at"] > (NOW + timedelta(hours=12)).isoformat()
        ]
        assert len(good) >= 2
        bad += len(slots) - len(good)
    assert bad > 0
    assert len({row["slot"] for row in made.courier_slots}) == len(made.courier_slots)


def test_cells_that_fail_stand_in_the_truth() -> None:
    made = world(seed=1, batches=150, defect_rate=0.0, biology_failures=True)
    assert made.truth
    for batch, defects in made.truth.items():
        assert {one.operator for one in defects} == {"out_of_specification"}
        assert all(one.critical for one in defects)
        assert batch in {record["batch_id"] for record in made.records}


def test_impossible_requests_are_refused_in_one_sentence() -> None:
    with pytest.raises(TwinError, match="is not a probability"):
        world(defect_rate=1.5)
    with pytest.raises(TwinError, match="cannot be made"):
        world(batches=-1)
    with pytest.raises(TwinError, match="no zone"):
        world(now=datetime(2026, 3, 2))  # noqa: DTZ001 - the zone is left out on purpose


def test_patients_and_donations_are_told_apart() -> None:
    made = world(batches=300, defect_rate=0.0)
    for key in ("batch_id", "patient_code", "donation_number"):
        assert len({record[key] for record in made.records}) == 300
    assert {row["patient_code"] for row in made.patients} == {record["patient_code"] for record in made.records}


def test_files_of_instruments_say_what_the_record_says_and_were_measured_after_their_samples(
    clean: list[Bundle],
) -> None:
    having = [bundle for bundle in clean if bundle.instrument_results]
    assert 0.3 * len(clean) < len(having) < 0.7 * len(clean)
    for bundle in having:
        taken = {one["sample_id"]: one["taken_at"] for one in bundle.record["samples"]}
        texts = {one["text"] for one in bundle.record["parameters"]}
        devices = {one["equipment_id"] for one in bundle.record["equipment"]}
        assert [row["row"] for row in bundle.instrument_results] == list(range(1, 7))
        for row in bundle.instrument_results:
            measured = datetime.fromisoformat(row["measured_at"])
            assert measured >= datetime.fromisoformat(taken[row["sample_id"]])
            assert measured <= NOW
            assert row["device"] in devices
            assert row["result"] in texts
