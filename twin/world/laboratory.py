"""What LIMS and ERP hold about one clean batch; all cells are text."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from twin.world import catalogue as cat
from twin.world.biology import Biology
from twin.world.clock import iso
from twin.world.supply import Supply

Row = dict[str, Any]
TWINS = {"Viability": "viability_pct", "CAR+ fraction": "car_positive_pct", "CD3+ purity": "cd3_purity_pct"}
"""Tests whose result also stands in the record, and the name of the parameter; the dose is added below."""
TWINS["Cell dose"] = "dose"


def lims_samples(record: Row, rng: Random) -> list[Row]:
    """The samples as the laboratory received them."""
    rows = []
    for sample in record["samples"]:
        taken = datetime.fromisoformat(sample["taken_at"])
        rows.append(
            {
                "sample_id": sample["sample_id"],
                "batch": record["batch_id"],
                "patient_code": sample["patient_code"],
                "donation_number": sample["donation_number"],
                "type": sample["purpose"],
                "received_at": iso(taken + timedelta(minutes=rng.randint(15, 90))),
                "status": "Stored" if sample["purpose"] == "Retention" else "Completed",
            }
        )
    return rows


def lims_results(record: Row, cells: Biology, rng: Random) -> list[Row]:
    """The twelve release tests. Those that the record quotes carry the same text as the record."""
    texts = {row["name"]: row["text"] for row in record["parameters"]}
    samples = {row["purpose"]: row["sample_id"] for row in record["samples"]}
    taken = datetime.fromisoformat(record["samples"][3]["taken_at"])
    found = {test: texts[name] for test, name in TWINS.items()}
    found.update(
        {
            "VCN": f"{max(0.1, cells.vcn + rng.gauss(0, 0.05)):.2f}",
            "Endotoxin": rng.choice(("< 0.5", "< 0.5", "< 0.5", f"{rng.uniform(0.5, 1.8):.1f}")),
            "Sterility": "Negative",
            "Mycoplasma": "Negative",
            "RCL": "Negative",
            "Potency": f"{cells.survival:.1f}",
            "Residual beads": f"{rng.uniform(6, 62):.0f}",
            "Appearance": "Pass",
        }
    )
    rows = []
    for place, plan in enumerate(cat.TESTS, start=1):
        rows.append(
            {
                "result_id": f"R-{record['batch_id'][3:]}-{place:02d}",
                "sample_id": samples[plan.sample],
                "batch": record["batch_id"],
                "test": plan.test,
                "result": found[plan.test],
                "unit": plan.unit,
                "lower": plan.lower,
                "upper": plan.upper,
                "tested_at": iso(taken + timedelta(days=plan.day, minutes=rng.randint(1, 120))),
                "analyst": rng.choice(cat.ANALYSTS),
                "reviewed_by": rng.choice(cat.REVIEWERS),
                "status": "Final",
            }
        )
    return rows


def erp_consumption(record: Row, rng: Random) -> list[Row]:
    """One posting for each material of the record: same lot, quantity and unit."""
    return [
        {
            "posting": f"GI-{record['batch_id'][3:]}-{place:02d}",
            "batch": record["batch_id"],
            "material": use["material_id"],
            "description": use["name"],
            "lot": use["lot"],
            "quantity": f"{use['quantity']:g}",
            "unit": use["unit"],
            "posted_at": iso(datetime.fromisoformat(use["used_at"]) + timedelta(minutes=rng.randint(20, 240))),
        }
        for place, use in enumerate(record["materials"], start=1)
    ]


def erp_stock(record: Row, supply: Supply) -> list[Row]:
    """The stock rows of the lots that the batch used."""
    plans = {plan.material_id: plan for plan in cat.MATERIALS}
    return [
        supply.stock_row(plans[use["material_id"]], datetime.fromisoformat(use["used_at"]).date())
        for use in record["materials"]
    ]
