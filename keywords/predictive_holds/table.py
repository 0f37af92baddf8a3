"""A plant's table: one row a batch, read from CSV and checked before anything is computed from it."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from keywords.predictive_holds.errors import ModelRefused
from mes_core.spelling.csv_text import Grid, NoTable, decoded, letters_form, name_form, read_grid
from mes_core.spelling.numbers import Notation, bound, differs, in_plain, is_figure, notations, plain_number

Array = NDArray[np.float64]
MISSING = frozenset({"", "na", "n/a", "n.a.", "nan", "nat", "null", "none", "-", "--", "?", "#n/a", "#na", "<na>"})
"""What spreadsheets, historians and other programs write where there is no value; in lower case."""
_MOST_BYTES = 200_000_000
_MOST_COLUMNS = 5_000
_MOST_DIGITS = 15
"""So many digits a number keeps; a longer run of them is a code."""
_MEASURED = 0.9
"""Share of numbers from which a column is a measured one."""


@dataclass(frozen=True)
class Readings:
    """A column read as numbers, each of shape (rows,): `values` with NaN where a cell is missing or holds words, bounds
    (`<0.1`) as what they name; which cells are `bounds`, and which hold `words` (`ERR`)."""

    values: Array
    bounds: NDArray[np.bool_]
    words: NDArray[np.bool_]

    @property
    def measured(self) -> bool:
        """Whether no cell holds words."""
        return not self.words.any()

    def take(self, places: NDArray[np.int64]) -> "Readings":
        """The rows at these places."""
        return Readings(self.values[places], self.bounds[places], self.words[places])


@dataclass(frozen=True)
class Table:
    """Columns of text, all of the same length, in the order of the file; `source` says where they come from."""

    columns: dict[str, list[str]]
    source: str
    rows: int
    _read: dict[str, Readings] = field(default_factory=dict, compare=False, repr=False)
    """Columns that were read as numbers already: a large table is asked about the same column a dozen times."""

    def readings(self, name: str, purpose: str = "an input of the model") -> Readings:
        """A column read as numbers; raises `ModelRefused` with what the column was wanted for."""
        if name not in self._read:
            self._read[name] = _readings(self.column(name, purpose))
        return self._read[name]

    def numbers(self, name: str) -> Array | None:
        """A column as numbers with NaN for missing cells; None when a cell holds words."""
        found = self.readings(name)
        return found.values if found.measured else None

    def column(self, name: str, purpose: str) -> list[str]:
        """The cells of a column; raises `ModelRefused` with what the column was wanted for."""
        found = self.columns.get(name)
        if found is None:
            found = self.columns.get(name_form(name))
        if found is None:
            raise ModelRefused(f"{self.source} has no column {name!r}, which was named as {purpose}: check the header.")
        return found

    def take(self, places: NDArray[np.int64]) -> "Table":
        """The rows at these places, in this order."""
        picked = {name: [cells[place] for place in places] for name, cells in self.columns.items()}
        read = {name: found.take(places) for name, found in self._read.items()}
        return Table(picked, self.source, len(places), read)

    def content_hash(self) -> str:
        """SHA-256 of header and cells: the same table in another file has the same hash."""
        digest = hashlib.sha256()
        for name, cells in sorted(self.columns.items()):
            digest.update(repr((name, cells)).encode())
        return digest.hexdigest()


def read_table(path: Path, decimal: Notation | None = None) -> Table:
    """Read a CSV file (comma, semicolon or tab; UTF-8). A column without a name, as that of row numbers which other
    programs write, is left out.

    Numbers come out in plain notation (`1271.5`) whatever notation the file has, as long as it has one.

    Args:
        path: the file.
        decimal: which mark stands before the decimals; None: it follows from the table.

    Raises:
        ModelRefused: the file is missing, empty, not text, too large, has no rows, a doubled column, ragged or empty
            rows, numbers in two notations, or in one that can't be told.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ModelRefused(f"{path} is larger than {_MOST_BYTES // 1_000_000} MB: split it.")
        content = path.read_bytes()
    except OSError as error:
        raise ModelRefused(f"{path} can't be read ({error.strerror}): give the path of a CSV file.") from None
    try:
        grid = read_grid(decoded(content))
    except NoTable as error:
        raise ModelRefused(f"{path} {error}") from None
    columns = _shaped(path, grid)
    return Table(_in_one_notation(str(path), columns, grid.separator, decimal), str(path), len(grid.rows))


def _shaped(path: Path, grid: Grid) -> dict[str, list[str]]:
    header = grid.header
    if len(header) > _MOST_COLUMNS:
        raise ModelRefused(f"{path} has {len(header)} columns, more than {_MOST_COLUMNS}: leave some out.")
    doubled = sorted(name for name, times in Counter(header).items() if times > 1 and name)
    if doubled:
        raise ModelRefused(f"{path} has the column {doubled[0]!r} twice: name each column once.")
    if not grid.rows:
        raise ModelRefused(f"{path} holds no rows below its header: check the file.")
    for number, (_, row) in enumerate(grid.rows, start=1):
        if len(row) != len(header):
            raise ModelRefused(f"{path}, row {number} has {len(row)} cells and the header {len(header)}: mend the row.")
        if len(row) > 1 and not any(cell.strip() for cell in row):
            raise ModelRefused(f"{path}, row {number} is empty: take it out, or fill it.")
    return {name: [_cell(row[place]) for _, row in grid.rows] for place, name in enumerate(header) if name}


def _cell(text: str) -> str:
    stripped = text.strip()
    return stripped if stripped.isascii() else letters_form(stripped)


def _in_one_notation(
    source: str, columns: dict[str, list[str]], separator: str, decimal: Notation | None
) -> dict[str, list[str]]:
    """The columns with their numbers in plain notation; words, dates and names stay as they are."""
    measured = [name for name, cells in columns.items() if _is_measured(cells)]
    odd = any(plain_number(figure) is None for name in measured for figure in _figures(columns[name]))
    if not odd and separator != ";" and decimal is not Notation.COMMA:
        return columns
    notation = decimal or _notation(source, columns, measured, separator)
    return columns | {name: _plain(source, name, columns[name], notation) for name in measured}


def _is_measured(cells: list[str]) -> bool:
    known = [cell for cell in cells if not is_missing(cell)]
    return bool(known) and sum(1 for _ in _figures(known)) >= _MEASURED * len(known)


def _figures(cells: list[str]) -> Iterator[str]:
    """The numbers in cells, those of bounds without their sign."""
    for cell in cells:
        found = bound(cell)
        text = found[1] if found else cell
        if is_figure(text):
            yield text


def _notation(source: str, columns: dict[str, list[str]], measured: list[str], separator: str) -> Notation:
    """The one notation in which all numbers of a table can be read.

    Raises:
        ModelRefused: there is none, or there are two and they give different numbers.
    """
    left, point, comma = notations(figure for name in measured for figure in _figures(columns[name]))
    if not left:
        raise ModelRefused(
            f"{source} holds {comma!r} ({_where(columns, measured, comma)}), with a decimal comma, and {point!r}"
            f" ({_where(columns, measured, point)}), with a decimal point: write all numbers alike."
        )
    if len(left) == 1:
        return left.pop()
    unsure = [figure for name in measured for figure in _figures(columns[name]) if differs(figure)]
    doubtful = next((one for one in unsure if "," in one or separator == ";"), None)
    if doubtful is None:
        return Notation.POINT
    raise ModelRefused(
        f"{source}, {_where(columns, measured, doubtful)} holds {doubtful!r}, which is a thousand and more in one"
        " country and less in another, and no other number tells which: say --decimal point or --decimal comma."
    )


def _where(columns: dict[str, list[str]], measured: list[str], figure: str) -> str:
    for name in measured:
        for row, cell in enumerate(columns[name], start=1):
            if cell == figure or ((found := bound(cell)) is not None and found[1] == figure):
                return f"row {row}: {name}"
    return "a row"


def _plain(source: str, name: str, cells: list[str], notation: Notation) -> list[str]:
    made = []
    for row, cell in enumerate(cells, start=1):
        found = bound(cell)
        text = found[1] if found else cell
        plain = text if notation is Notation.POINT and plain_number(text) is not None else in_plain(text, notation)
        if plain is None and is_figure(text) and not is_missing(cell):
            raise ModelRefused(
                f"{source}, row {row}: {name} holds {cell[:40]!r}, which is no number with a decimal {notation.value}."
            )
        made.append(cell if plain is None else f"{found[0]}{plain}" if found else plain)
    return made


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.lower() in MISSING


def as_number(cell: str) -> float | None:
    """The finite number in a cell; None for text, for a bound, and for digits so many that they name something."""
    if cell.isdecimal() and len(cell.lstrip("0")) > _MOST_DIGITS:
        return None
    return plain_number(cell)


def measured(cell: str) -> float | None:
    """The number in a cell; a bound counts as the number that it names. None for text."""
    found = bound(cell)
    return as_number(found[1] if found else cell)


def numbers(cells: list[str]) -> Array | None:
    """The column as numbers with NaN for missing cells, bounds as what they name; None when a cell holds text."""
    found = _readings(cells)
    return found.values if found.measured else None


def readable(cells: list[str]) -> Array:
    """The same with NaN for texts too."""
    return _readings(cells).values


def _readings(cells: list[str]) -> Readings:
    values = np.full(len(cells), np.nan)
    bounds, words = np.zeros(len(cells), bool), np.zeros(len(cells), bool)
    for place, cell in enumerate(cells):
        if is_missing(cell):
            continue
        value = as_number(cell)
        if value is None and (found := bound(cell)) is not None:
            value = as_number(found[1])
            bounds[place] = value is not None
        if value is None:
            words[place] = True
        else:
            values[place] = value
    return Readings(values, bounds, words)
