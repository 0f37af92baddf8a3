"""A plant's table: one row a batch, read from CSV and checked before anything is computed from it."""

import csv
import hashlib
import io
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keywords.predictive_holds.errors import ModelRefused

Array = NDArray[np.float64]
MISSING = frozenset({"", "na", "n/a", "n.a.", "nan", "nat", "null", "none", "-", "--", "?", "#n/a", "#na", "<na>"})
"""What spreadsheets, historians and other programs write where there is no value; in lower case."""
_MOST_BYTES = 200_000_000
_MOST_COLUMNS = 5_000


@dataclass(frozen=True)
class Table:
    """Columns of text, all of the same length, in the order of the file; `source` says where they come from."""

    columns: dict[str, list[str]]
    source: str
    rows: int

    def column(self, name: str, purpose: str) -> list[str]:
        """The cells of a column; raises `ModelRefused` with what the column was wanted for."""
        if name not in self.columns:
            raise ModelRefused(f"{self.source} has no column {name!r}, which was named as {purpose}: check the header.")
        return self.columns[name]

    def take(self, places: NDArray[np.int64]) -> "Table":
        """The rows at these places, in this order."""
        picked = {name: [cells[place] for place in places] for name, cells in self.columns.items()}
        return Table(picked, self.source, len(places))

    def content_hash(self) -> str:
        """SHA-256 of header and cells: the same table in another file has the same hash."""
        digest = hashlib.sha256()
        for name, cells in sorted(self.columns.items()):
            digest.update(repr((name, cells)).encode())
        return digest.hexdigest()


def read_table(path: Path) -> Table:
    """Read a CSV file (comma, semicolon or tab; UTF-8). A column without a name, as that of row numbers which other
    programs write, is left out.

    Raises:
        ModelRefused: the file is missing, empty, not text, too large, has no rows, a doubled column or ragged rows.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ModelRefused(f"{path} is larger than {_MOST_BYTES // 1_000_000} MB: split it.")
        with path.open(encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except UnicodeDecodeError:
        raise ModelRefused(f"{path} is not UTF-8 text: save it as CSV in UTF-8.") from None
    except OSError as error:
        raise ModelRefused(f"{path} can't be read ({error.strerror}): give the path of a CSV file.") from None
    first = next(io.StringIO(text, newline=None), "")
    if not first.strip():
        raise ModelRefused(f"{path} has no header line: give a CSV file whose first line names the columns.")
    separator = max(",;\t", key=first.count)
    try:
        # Only the ends of lines that CSV knows: others (U+2028, form feed) may stand in a text.
        grid = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if _any(row)]
    except csv.Error as error:
        raise ModelRefused(f"{path} is not a readable CSV file ({error}): check its quotes.") from None
    return _shaped(path, [name.strip() for name in grid[0]], grid[1:])


def _shaped(path: Path, header: list[str], body: list[list[str]]) -> Table:
    if len(header) > _MOST_COLUMNS:
        raise ModelRefused(f"{path} has {len(header)} columns, more than {_MOST_COLUMNS}: leave some out.")
    doubled = sorted(name for name, times in Counter(header).items() if times > 1 and name)
    if doubled:
        raise ModelRefused(f"{path} has the column {doubled[0]!r} twice: name each column once.")
    if not body:
        raise ModelRefused(f"{path} holds no rows below its header: check the file.")
    for number, row in enumerate(body, start=1):
        if len(row) != len(header):
            raise ModelRefused(f"{path}, row {number} has {len(row)} cells and the header {len(header)}: mend the row.")
    columns = {name: [row[place].strip() for row in body] for place, name in enumerate(header) if name}
    return Table(columns, str(path), len(body))


def _any(row: list[str]) -> bool:
    """Whether a line holds anything; one of separators alone is a row of missing values."""
    return len(row) > 1 or any(cell.strip() for cell in row)


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.lower() in MISSING


def as_number(cell: str) -> float | None:
    """The finite number in a cell, a decimal comma allowed; None for text."""
    if "_" in cell:  # Python reads 1_2 as 12
        return None
    try:
        value = float(cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(cells: list[str]) -> Array | None:
    """The column as numbers with NaN for missing cells; None when a cell holds text."""
    values = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        if is_missing(cell):
            continue
        value = as_number(cell)
        if value is None:
            return None
        values[place] = value
    return values
