"""Reads the published CSV files itself, and compares what the commands say with what stands there."""

import csv
from pathlib import Path
from typing import Any

from robot.api.deco import keyword, library

Reviewed = list[dict[str, Any]]
_FINDING = {"rule", "severity", "clause", "fields", "values", "text"}


@library(scope="SUITE", auto_keywords=False)
class RealRecords:
    """Keywords on `--format json` of import, review and demo."""

    @keyword
    def import_should_have(self, answer: dict[str, Any], taken: int, unchanged: int) -> None:
        """How many batches were taken and how many were there already; no row was refused."""
        said = (answer["taken"], answer["unchanged"], answer["refused"])
        assert said == (taken, unchanged, []), f"Taken, unchanged, refused: {said}"

    @keyword
    def one_object_a_batch(self, reviewed: Reviewed, folder: str) -> None:
        """One object for each line of the file, with the keys that programs rely on."""
        assert sorted(one["batch"] for one in reviewed) == sorted(_rows(folder))
        for one in reviewed:
            assert set(one) == {"batch", "verdict", "rule_set", "findings"}, f"The keys are {sorted(one)}."
            assert one["verdict"] in ("READY", "HOLD", "REJECT_PROPOSED", "UNDECIDED")
            assert all(set(finding) == _FINDING for finding in one["findings"]), f"{one['findings']}"

    @keyword
    def values_should_stand_in_the_files(self, reviewed: Reviewed, folder: str) -> None:
        """Each value of each finding is what the CSV file holds for that batch in the column that is named."""
        rows = _rows(folder)
        looked_up = 0
        for one in reviewed:
            for finding in one["findings"]:
                assert finding["fields"], f"{finding} names no column."
                assert finding["text"].strip()
                for name, value in zip(finding["fields"], finding["values"], strict=True):
                    cell = rows[one["batch"]][name]
                    assert (value or "") == cell, f"Batch {one['batch']}, {name}: {value!r}, the file has {cell!r}."
                    looked_up += 1
        assert looked_up > 0, "No finding in all batches: nothing is shown."

    @keyword
    def exactly_the_changed_values_should_come_out(self, demo: dict[str, Any], changed: int) -> None:
        """As many values as were changed were planted and caught; none was missed, none came out beyond them."""
        said = demo["comparison"]
        assert said["planted"] == len(said["caught"]) == changed, f"{said}"
        assert said["missed"] == []
        assert said["extra"] == []
        verdicts = {one["batch"]: one["verdict"] for one in demo["batches"]}
        held = {one["batch_id"]: verdicts[one["batch_id"]] for one in said["caught"]}
        assert "READY" not in held.values(), f"A difference did not hold its batch: {held}"

    @keyword
    def verdicts_should_equal_those_of_the_files(self, demo: dict[str, Any], reviewed: Reviewed) -> None:
        """Read through pages that show the same values, every batch gets the verdict that the files alone give it."""
        from_files = {one["batch"]: (one["verdict"], len(one["findings"])) for one in reviewed}
        for one in demo["batches"]:
            said = (one["verdict"], one["findings"])
            assert said == from_files[one["batch"]], f"Batch {one['batch']}: {said}, files: {from_files[one['batch']]}"


def _rows(folder: str) -> dict[str, dict[str, str]]:
    """The cells of both files by batch; the column names of the two differ but for batch and code, which agree."""
    found: dict[str, dict[str, str]] = {}
    for name in ("Process.csv", "Laboratory.csv"):
        with (Path(folder) / name).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                cells = {column: cell.strip() for column, cell in row.items()}
                found.setdefault(cells["batch"], {}).update(cells)
    return found
