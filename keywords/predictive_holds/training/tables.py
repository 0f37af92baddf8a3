"""Tables from published data, prepared the same way for training and for rows whose outcome is not known yet."""

import csv
from collections.abc import Callable
from pathlib import Path

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.model_file import write_whole
from keywords.predictive_holds.table import Table, as_number, read_table

PHARMA_LIMIT = 0.30
"""Total impurities (%) from which a batch counts as failed in this exercise; all batches were within specification."""
_PHARMA_INPUTS = (
    "batch", "code", "strength", "size", "api_code", "api_batch", "smcc_batch", "lactose_batch", "starch_batch",
    "api_water", "api_total_impurities", "api_l_impurity", "api_content", "api_ps01", "api_ps05", "api_ps09",
    "lactose_water", "lactose_sieve0045", "lactose_sieve015", "lactose_sieve025", "smcc_water", "smcc_td", "smcc_bd",
    "smcc_ps01", "smcc_ps05", "smcc_ps09", "starch_ph", "starch_water",
)  # fmt: skip
_OUTCOME = "impurities_total"


def pharma_1005(path: Path) -> tuple[list[str], list[list[str]]]:
    """Raw materials, product and size of each batch, and `fail` and the total impurities where they are known.

    `path` is `Laboratory.csv` or the folder that holds it (Žagar & Mihelič, Scientific Data 9:99, 2022, CC BY 4.0).
    """
    table = read_table(path / "Laboratory.csv" if path.is_dir() else path)
    header = list(_PHARMA_INPUTS)
    columns = [table.column(name, "a raw-material column") for name in header]
    if _OUTCOME in table.columns:
        outcome = table.columns[_OUTCOME]
        known = [as_number(cell) for cell in outcome]
        fails = ["" if value is None else str(int(value >= PHARMA_LIMIT)) for value in known]
        header, columns = [*header, _OUTCOME, "fail"], [*columns, outcome, fails]
    return header, _rows(table, columns)


def secom(path: Path) -> tuple[list[str], list[list[str]]]:
    """The sensors as they are; `path` is a CSV file or its folder (McCann & Johnston, UCI, CC BY 4.0)."""
    if path.is_dir():
        found = sorted(path.glob("*.csv"))
        if len(found) != 1:
            raise ModelRefused(f"{path} holds {len(found)} CSV files: name the one to prepare.")
        path = found[0]
    table = read_table(path)
    table.column("timestamp", "the time")
    return list(table.columns), _rows(table, list(table.columns.values()))


SOURCES: dict[str, Callable[[Path], tuple[list[str], list[list[str]]]]] = {"pharma-1005": pharma_1005, "secom": secom}


def _rows(table: Table, columns: list[list[str]]) -> list[list[str]]:
    return [[column[row] for column in columns] for row in range(table.rows)]


def write_table(out: Path, header: list[str], rows: list[list[str]]) -> None:
    """Write a table as CSV; the file appears whole or not at all."""
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_whole(out, text.getvalue().encode())
