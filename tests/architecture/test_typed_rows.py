"""Rows of the store have a type by table: a wrong column fails when the program is checked, not in the plant."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints, is_typeddict

import pytest
from sqlalchemy import Boolean, Float, Integer, LargeBinary, String, Table

from mes_core.services.ports import rows
from mes_core.storage.tables import metadata

ROOT = Path(__file__).parents[2]
PORTS = ROOT / "mes_core" / "services" / "ports"
TYPES: tuple[tuple[type, type], ...] = (
    (Boolean, bool),
    (Integer, int),
    (Float, float),
    (String, str),
    (LargeBinary, bytes),
)
SHAPES = {shape.__doc__: shape for shape in vars(rows).values() if is_typeddict(shape)}
SNIPPET = """
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchColumns, BatchRow, HoldRow


def right(work: UnitOfWork, batch_id: str) -> BatchRow | None:
    changed: BatchColumns = {"state": "ready"}
    work.change("batches", {"batch_id": batch_id}, **changed)
    held = work.find("holds", batch_id=batch_id, lifted_at=None, order=("opened_at",), limit=1)
    row = work.get("batches", batch_id=held[0]["batch_id"])
    return {**row, **changed} if row else None


def wrong(work: UnitOfWork, batch: BatchRow, hold: HoldRow) -> None:
    batch["satte"]  # wrong
    batch["record_version"].upper()  # wrong
    batch["verdict"].upper()  # wrong
    work.get("batches", batch="B-1")  # wrong
    work.get("batches", record_version="1")  # wrong
    work.get("batchs", batch_id="B-1")  # wrong
    work.find("holds", batch_id="B-1", hold="H-1")  # wrong
    work.count("holds", verdict="READY")  # wrong
    work.change("batches", {"batch_id": "B-1"}, satte="ready")  # wrong
    work.change("batches", {"hold_id": "B-1"}, state="ready")  # wrong
    work.add("batches", [{"batch_id": "B-1"}])  # wrong
    work.add("batches", [hold])  # wrong
    for one in work.find("work_items", order=("place",)):
        one["hold_id"]  # wrong
"""


@pytest.mark.parametrize("table", metadata.tables.values(), ids=lambda table: table.name)
def test_shapes_are_the_tables(table: Table) -> None:
    """Names, types and what may be empty; the row has all columns, the other shapes any."""
    said = {column.name: _type(column.type, nullable=column.nullable) for column in table.columns}
    row, columns, query = (
        SHAPES[f"{words} `{table.name}`."] for words in ("A row of", "Some columns of", "Which rows of")
    )
    assert is_typeddict(row)
    assert get_type_hints(row) == get_type_hints(columns) == said
    assert row.__required_keys__ == set(said)
    assert columns.__optional_keys__ == set(said)
    assert query.__optional_keys__ == set(said) | {"order", "limit", "offset", "within"}


def _type(column: object, *, nullable: bool) -> Any:
    found = next(python for sql, python in TYPES if isinstance(column, sql))
    return found | None if nullable else found


def test_shapes_are_written_from_the_tables() -> None:
    """Shapes and overloads are what `scripts/typed_rows.py` writes now: no table without them, and none by hand."""
    script = ROOT / "scripts" / "typed_rows.py"
    done = subprocess.run([sys.executable, script, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_column_fails_the_type_check(tmp_path: Path) -> None:
    """Mypy refuses each wrong line and no other; it reads the ports alone, so that it is quick."""
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET, encoding="utf-8")
    options = ("--strict", "--config-file=", "--follow-imports=skip", "--cache-dir=/dev/null", "--no-error-summary")
    files = (str(path), *(str(one) for one in sorted(PORTS.rglob("*.py"))))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    told = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line and "snippet" in line}
    marked = {number for number, line in enumerate(SNIPPET.splitlines(), start=1) if line.endswith("# wrong")}
    assert done.returncode == 1, done.stderr
    assert told == marked, done.stdout


def test_orders_name_columns() -> None:
    """What a type can't say: the columns that rows are ordered by, chosen or removed by are those of the table."""
    found = 0
    for path in sorted((ROOT / "mes_core").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and (names := list(_named(call))):
                table = ast.literal_eval(call.args[0])
                assert set(names) <= set(metadata.tables[table].columns.keys()), f"{path.name}:{call.lineno}"
                found += 1
    assert found > 60


def _named(call: ast.Call) -> list[str]:
    """Columns that a question for rows of a known table names in its order and its choices."""
    asks = isinstance(call.func, ast.Attribute) and call.func.attr in ("find", "remove")
    if not asks or not call.args or not isinstance(call.args[0], ast.Constant):
        return []
    given = [one.value for one in call.keywords if one.arg in ("order", "within")] + call.args[1:]
    texts = [part for one in given for part in (one.keys if isinstance(one, ast.Dict) else getattr(one, "elts", []))]
    return [one.value.removeprefix("-") for one in texts if isinstance(one, ast.Constant)]
