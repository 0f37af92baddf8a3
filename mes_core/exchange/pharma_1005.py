"""Import of the published tablet batches: `Laboratory.csv` is the record, `Process.csv` the other source of results.

Data: Žagar & Mihelič, Scientific Data 9:99 (2022), doi 10.1038/s41597-022-01203-x, CC BY 4.0. Both files are
`;`-separated and keyed by `batch`; the final results stand in both, under other names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mes_core.exchange.errors import ImportRefused, RowRefused
from mes_core.messages import BatchRecord, Observation, Parameter, RecordKind
from mes_core.spelling.csv_text import Grid, NoTable, decoded, read_grid
from mes_core.spelling.numbers import Notation, in_plain, is_figure, plain_number

LABORATORY = "Laboratory.csv"
PROCESS = "Process.csv"
SAME_RESULT = {
    "dissolution_av": "Drug release average (%)",
    "dissolution_min": "Drug release min (%)",
    "resodual_solvent": "Residual solvent",
    "impurities_total": "Total impurities",
    "impurity_o": "Impurity O",
    "impurity_l": "Impurity L",
}
"""Laboratory column -> Process column of the same final result (the first file's spelling is its own)."""

_PERCENT = (*SAME_RESULT, "tbl_yield", "batch_yield", "api_content")
UNITS = dict.fromkeys(_PERCENT, "%")
_KEY_COLUMNS = ("batch", "code", "strength", "size", "start")
_RECORD_COLUMNS = (*_KEY_COLUMNS, "tbl_yield", "batch_yield", *SAME_RESULT)
_PROCESS_COLUMNS = ("batch", *SAME_RESULT.values())
_MAX_CELL = 200


@dataclass(frozen=True)
class ImportedBatch:
    """One batch as read: its record, and the results table of the other source (empty where it is silent)."""

    record: BatchRecord
    observation: Observation
    line: int


def checked(folder: Path, *, now: datetime) -> Iterator[ImportedBatch | RowRefused]:
    """Check both files, then give their batches row by row; a row that can't be taken comes out as `RowRefused`.

    Both files are read through once before this returns, so that a broken one is refused as a whole.

    Raises:
        ImportRefused: a file is missing, empty or unreadable, has another separator, or lacks a column.
    """
    for name, needed in ((LABORATORY, _RECORD_COLUMNS), (PROCESS, _PROCESS_COLUMNS)):
        if not sum(1 for _ in _open_table(folder / name, needed)):
            raise ImportRefused(f"{folder / name} holds no rows below its header: check the file.")
    return _read(folder, now)


def _read(folder: Path, now: datetime) -> Iterator[ImportedBatch | RowRefused]:
    other: dict[str, tuple[int, dict[str, str]]] = {}
    for line, row in _open_table(folder / PROCESS, _PROCESS_COLUMNS):
        if isinstance(row, str):
            yield RowRefused(PROCESS, line, row)
        elif row["batch"] in other:
            yield RowRefused(PROCESS, line, f"batch {row['batch']} stands in the file twice")
        else:
            other[row["batch"]] = (line, row)
    seen: set[str] = set()
    for line, row in _open_table(folder / LABORATORY, _RECORD_COLUMNS):
        if isinstance(row, str):
            yield RowRefused(LABORATORY, line, row)
        elif row["batch"] in seen:
            yield RowRefused(LABORATORY, line, f"batch {row['batch']} stands in the file twice")
        else:
            seen.add(row["batch"])
            yield ImportedBatch(_record(row), _observation(row["batch"], other.get(row["batch"]), now), line)


def count_rows(folder: Path) -> int:
    """Number of lines below the header of `Laboratory.csv`, for a progress bar (0 where it can't be read)."""
    path = folder / LABORATORY
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return max(sum(1 for _ in file) - 1, 0)


def _open_table(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Check a file as a whole, then return its rows lazily: line number with the row, or with why it is refused."""
    try:
        grid = read_grid(decoded(path.read_bytes()), separators=";")
    except FileNotFoundError:
        raise ImportRefused(f"{path} does not exist: give the folder that holds {LABORATORY} and {PROCESS}.") from None
    except OSError as error:
        raise ImportRefused(f"{path} can't be read ({error.strerror}): check the file.") from None
    except NoTable as error:
        raise ImportRefused(f"{path} {error}") from None
    header = grid.header
    if len(header) < 2:
        raise ImportRefused(f"{path} line 1 holds no ';': the columns must be separated by ';', not ',' or a tab.")
    missing = [name for name in needed if name not in header]
    if missing:
        raise ImportRefused(
            f"{path} line 1 lacks the column {missing[0]!r}: add it, or check that this is the right file."
        )
    if len(set(header)) != len(header):
        raise ImportRefused(f"{path} line 1 names a column twice: rename one of them.")
    _refuse_commas(path, grid, needed)
    return ((line, _row(cells, header)) for line, cells in grid.rows)


def _refuse_commas(path: Path, grid: Grid, needed: tuple[str, ...]) -> None:
    """Refuse a file with decimal commas: what was written 1.271 in it is a thousand and more."""
    places = [grid.header.index(name) for name in needed if name not in _KEY_COLUMNS]
    for line, cells in grid.rows:
        for place in places if len(cells) == len(grid.header) else ():
            cell = cells[place].strip()
            if "," in cell and is_figure(cell) and in_plain(cell, Notation.POINT) is None:
                raise ImportRefused(
                    f"{path} line {line}: {grid.header[place]} holds {cell!r}, with a decimal comma; export it with"
                    " decimal points."
                )


def _row(cells: list[str], header: list[str]) -> dict[str, str] | str:
    if len(cells) != len(header):
        return f"{len(cells)} cells where the header has {len(header)}"
    if any(len(cell) > _MAX_CELL or not cell.isprintable() for cell in cells):
        return f"a cell holds more than {_MAX_CELL} characters or control characters"
    row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    if not (row["batch"].isascii() and row["batch"].isalnum()):
        return f"{row['batch']!r} is no batch number"
    return row


def _record(row: dict[str, str]) -> BatchRecord:
    return BatchRecord(
        batch_id=row["batch"],
        kind=RecordKind.TABLET,
        product=f"film-coated tablet {row['strength']}",
        product_code=row["code"] or "unknown",
        master_record=f"tablet-{row['code'] or 'unknown'}",
        master_record_version="1",
        procedure="compression and film coating",
        source=LABORATORY,
        parameters=tuple(_parameter(name, text) for name, text in row.items() if name != "batch"),
    )


def _parameter(name: str, text: str) -> Parameter:
    return Parameter(name=name, text=text, value=_number(text), unit=UNITS.get(name, "1"))


def _number(text: str) -> float | None:
    """The finite number a cell holds, or None: 'nan', 'inf' and words are no numbers here."""
    return plain_number(text)


def result_rows(batch: str, row: dict[str, str]) -> list[dict[str, str]]:
    """The final results of one `Process.csv` row as rows of a results table (the columns a LIMS shows)."""
    return [
        {
            "result_id": f"R{batch}-{number}",
            "sample_id": f"S{batch}",
            "batch": batch,
            "test": column,
            "result": row[column],
            "unit": UNITS.get(name, "1"),
            "lower": "",
            "upper": "",
            "tested_at": "",
            "analyst": "",
            "reviewed_by": "",
            "status": "Final",
        }
        for number, (name, column) in enumerate(SAME_RESULT.items(), start=1)
    ]


def _observation(batch: str, found: tuple[int, dict[str, str]] | None, now: datetime) -> Observation:
    rows: list[dict[str, str]] = []
    if found is not None:
        line, row = found
        rows = [{**result, "row": str(line)} for result in result_rows(batch, row)]
    return Observation(system="lims", table="results", page=PROCESS, read_at=now, rows=tuple(rows))
