"""What LIMS and ERP hold about one clean batch; all cells are text."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from twin.world import catalogue as cat
from twin.world.biology import Biology
from twin.world.clock import iso
from twin.world.supply import Supply

Row = dict[str, Any]
_ENDOTOXIN_SEEN = 0.5
"""What the endotoxin test can just see, EU/mL."""
TWINS = {"Viability": "viability_pct", "CAR+ fraction": "car_positive_pct", "CD3+ purity": "cd3_purity_pct"}
"""Tests whose result also stands in the record, and the name of the parameter; the dose is added below."""
TWINS |= {"Cell dose": "dose", "VCN": "vcn_per_cell"}


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
    """The release tests. Those that the record quotes carry the same text as the record."""
    texts = {row["name"]: row["text"] for row in record["parameters"]}
    samples = {row["purpose"]: row["sample_id"] for row in record["samples"]}
    taken = {row["purpose"]: datetime.fromisoformat(row["taken_at"]) for row in record["samples"]}
    endotoxin = texts["endotoxin_bound"]
    thawed = float(texts["dose"]) * rng.uniform(0.82, 0.94)
    found = {test: texts[name] for test, name in TWINS.items()}
    found.update(
        {
            "Endotoxin": f"< {endotoxin}" if float(endotoxin) <= _ENDOTOXIN_SEEN else endotoxin,
            "Sterility": "Negative",
            "Mycoplasma": "Negative",
            "RCL": "Negative",
            "Potency": f"{cells.survival:.1f}",
            "Residual beads": f"{rng.uniform(6, 62):.0f}",
            "Appearance": "Pass",
            "Identity": "Match",
            "Sterility, in process": "Negative",
            "Container integrity": "Pass",
            "Viability after thaw": f"{float(texts['viability_pct']) - rng.uniform(3.0, 9.0):.1f}",
            "Cell dose after thaw": f"{thawed:.1f}",
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
                "tested_at": iso(taken[plan.sample] + timedelta(days=plan.day, minutes=rng.randint(1, 120))),
                "analyst": rng.choice(cat.ANALYSTS),
                "reviewed_by": rng.choice(cat.REVIEWERS),
                "status": "Final",
                "method": method_id(plan),
                "occasion": "Original",
                "investigation": "",
                "reported": "Yes",
            }
        )
    return rows


def method_id(plan: cat.TestPlan) -> str:
    """The number of the laboratory's method for a test."""
    return f"QCM-{100 + 10 * cat.TESTS.index(plan)}"


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
