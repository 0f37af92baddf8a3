"""The data-integrity rules on the 700 published batches: every class of genuine defect, none invented.

The expected counts are computed here from the CSV files, with code of its own.
"""

import csv
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import rules
from mes_core.exchange.pharma_1005 import ImportedBatch, checked
from mes_core.messages import Verdict

_REAL = Path(os.environ.get("BATCHWRIGHT_REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
_DATA = _REAL / "pharma_1005"
_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_LISTS = ("steps", "parameters", "materials", "equipment", "samples", "deviations")

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not _DATA.is_dir(), reason=f"real batches not found at {_DATA} (set BATCHWRIGHT_REAL_DATA)"),
]


def _facts(batch: ImportedBatch) -> dict[str, Any]:
    record = batch.record.model_dump(mode="json")
    return {
        "now": _NOW.isoformat(),
        "batch": {key: value for key, value in record.items() if key not in _LISTS},
        **{key: record[key] for key in _LISTS},
        "values": {one["name"]: one for one in record["parameters"]},
        "lims": {"results": batch.observation.model_dump(mode="json")},
    }


@pytest.fixture(scope="module")
def batches() -> list[dict[str, Any]]:
    return [_facts(one) for one in checked(_DATA, now=_NOW) if isinstance(one, ImportedBatch)]


@pytest.fixture(scope="module")
def outcomes(batches: list[dict[str, Any]]) -> list[rules.Outcome]:
    rule_set = rules.builtin_rule_set("data_integrity")
    return [rule_set.review(facts) for facts in batches]


def _rows() -> list[dict[str, str]]:
    with (_DATA / "Laboratory.csv").open(encoding="utf-8-sig", newline="") as file:
        return [{name: text.strip() for name, text in row.items()} for row in csv.DictReader(file, delimiter=";")]


def _falls(row: dict[str, str], *names: str) -> bool:
    texts = [row[name] for name in names]
    return all(texts) and [float(text) for text in texts] != sorted(float(text) for text in texts)


def _expected() -> Counter[str]:
    """Batches by class of defect, straight from the file."""
    found: Counter[str] = Counter()
    stages = ("tbl", "fct")
    for row in _rows():
        hardness = [float(row[f"{stage}_{which}_hardness"]) for stage in stages for which in ("min", "av", "max")]
        groups = [[f"{stage}_{which}_hardness" for which in ("min", "av", "max")] for stage in stages]
        found["average outside"] += any(_falls(row, *group) for group in groups)
        found["hardness reversed"] += any(_falls(row, group[0], group[2]) for group in groups)
        sizes = [[f"{stage}_{which}_thickness" for which in ("min", "max")] for stage in stages]
        found["thickness reversed"] += any(_falls(row, *group) for group in sizes)
        found["no hardness"] += min(hardness) <= 0
        found["yield"] += float(row["batch_yield"]) > 100 or float(row["tbl_yield"]) > 100
        found["part above total"] += _falls(row, "impurity_o", "impurities_total")
        found["weight blank"] += not row["tbl_min_weight"] or not row["tbl_max_weight"]
        found["raw material blank"] += not all(
            text for name, text in row.items() if name.startswith(("api_", "smcc_", "lactose_", "starch_"))
        )
    return found


def test_every_class_of_defect_is_found_and_none_invented(outcomes: list[rules.Outcome]) -> None:
    fired = Counter(rule for one in outcomes for rule in {finding.rule for finding in one.findings})
    wanted = _expected()
    assert fired == {
        "DI-AVG-01": wanted["average outside"],
        "DI-RAW-01": wanted["raw material blank"],
        "DI-PART-01": wanted["part above total"],
        "DI-IPC-01": wanted["weight blank"],
        "DI-ORD-01": wanted["hardness reversed"],
        "DI-ORD-02": wanted["thickness reversed"],
        "DI-ZERO-01": wanted["no hardness"],
        "DI-YLD-02": wanted["yield"],
    }
    assert len(outcomes) == 700


def test_only_values_that_cannot_be_hold_a_released_batch(outcomes: list[rules.Outcome]) -> None:
    held = [one for one in outcomes if one.verdict != "READY"]
    grave = {finding.rule for one in held for finding in one.findings if finding.severity != "minor"}
    assert len(held) == 6
    assert {one.verdict for one in held} == {"HOLD"}
    assert grave == {"DI-ORD-01", "DI-ORD-02", "DI-ZERO-01"}


def test_values_of_a_finding_are_what_stands_in_the_file(
    batches: list[dict[str, Any]], outcomes: list[rules.Outcome]
) -> None:
    rows = {row["batch"]: row for row in _rows()}
    for facts, outcome in zip(batches, outcomes, strict=True):
        row = rows[facts["batch"]["batch_id"]]
        for finding in outcome.findings:
            assert [row[field] for field in finding.fields] == list(finding.values)


def test_a_verdict_has_the_shape_of_the_message(outcomes: list[rules.Outcome]) -> None:
    for outcome in outcomes[:50]:
        assert Verdict.model_validate(outcome.to_dict()).verdict.value == outcome.verdict


@pytest.mark.parametrize("text", ["", "39.83", "93.84"])
def test_a_result_that_differs_or_is_silent_holds_and_names_both_columns(
    batches: list[dict[str, Any]], text: str
) -> None:
    facts = batches[0]
    table = facts["lims"]["results"]
    rows = [{**row, "result": text} if row["test"] == "Drug release average (%)" else row for row in table["rows"]]
    changed = {**facts, "lims": {"results": {**table, "rows": rows}}}
    outcome = rules.builtin_rule_set("data_integrity").review(changed)
    finding = next(one for one in outcome.findings if one.rule == "DI-SAME-01")
    assert outcome.verdict == "HOLD"
    assert finding.fields == ("dissolution_av", "Drug release average (%)")
    assert finding.values == ("93.83", text)


def test_a_table_that_was_not_read_to_its_end_does_not_pass(batches: list[dict[str, Any]]) -> None:
    facts = batches[0]
    table = {**facts["lims"]["results"], "complete": False}
    outcome = rules.builtin_rule_set("data_integrity").review({**facts, "lims": {"results": table}})
    assert outcome.verdict == "UNDECIDED"
    assert any("not read to its end" in finding.text for finding in outcome.findings)
