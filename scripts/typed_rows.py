"""Write the types of the store's rows, by table: the shapes and the overloads in `mes_core/services/ports`.

`python scripts/typed_rows.py` writes them from the tables in `mes_core/storage`; with `--check` it only says whether
they are up to date (exit code 0, 1). A new table is named in `GROUPS` first.
"""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

from sqlalchemy import Column, Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
# The tables alone: the package opens the store, which needs the shapes that are to be written.
sys.modules["mes_core.storage"] = ModuleType("mes_core.storage")
sys.modules["mes_core.storage"].__path__ = [str(ROOT / "mes_core" / "storage")]

from mes_core.storage.tables import metadata  # noqa: E402

TARGET = ROOT / "mes_core" / "services" / "ports"
GROUPS = {
    "records": (
        "Batches, their records, and what was read about them elsewhere",
        ("batches", "record_versions", "identities", "observations", "facts", "master_records", "master_bindings"),
    ),
    "judgement": (
        "What rules and people say of a batch",
        (
            "verdicts",
            "findings",
            "holds",
            "deviations",
            "dispositions",
            "conditions",
            "supply_gates",
            "register",
            "cause_notes",
        ),
    ),
    "delivery": (
        "What leaves the plant, and who does it",
        ("shipments", "journey_records", "work_items", "leases", "effects"),
    ),
    "filing": (
        "Filings, and what they rest on",
        ("filings", "filing_events", "filing_drafts", "filing_answers", "licences"),
    ),
    "people": (
        "Accounts, what they signed, and what the plant is set to",
        ("accounts", "aliases", "sessions", "signatures", "proposals", "approvals", "plant_settings"),
    ),
    "models": ("Predictive models and their watch", ("models", "predictions", "drift_checks")),
    "trail": (
        "The audit trail, what is due, and requests that were answered",
        ("audit", "checkpoints", "due_items", "due_notices", "requests", "clock"),
    ),
}
"""Which file holds which tables."""
WRITTEN = "Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`."
PORT = "from mes_core.services.ports import rows\n\n\n"


def name_of(table: str) -> str:
    """The name of one row of a table: `work_items` gives `WorkItem`."""
    for ending, single in (("ies", "y"), ("ches", "ch"), ("iases", "ias"), ("s", "")):
        if table.endswith(ending):
            table = table.removesuffix(ending) + single
            break
    return "".join(part.capitalize() for part in table.split("_"))


def type_of(column: Column[object]) -> str:
    """The Python type of a column's values, as text."""
    name = column.type.python_type.__name__
    return f"{name} | None" if column.nullable else name


def shapes(table: Table) -> str:
    """A row, any of its columns, and a question for rows."""
    name = name_of(table.name)
    columns = "\n".join(f"    {column.name}: {type_of(column)}" for column in table.columns)
    return (
        f'class {name}Row(TypedDict):\n    """A row of `{table.name}`."""\n\n{columns}\n\n\n'
        f'class {name}Columns(TypedDict, total=False):\n    """Some columns of `{table.name}`."""\n\n{columns}\n\n\n'
        f'class {name}Query({name}Columns, Paging, total=False):\n    """Which rows of `{table.name}`."""\n'
    )


def overloads(method: str, line: str, doc: str) -> str:
    """One method, by table; the last one carries the words."""
    found = [
        f"    @overload\n    def {method}{line.format(table=table, name=f'rows.{name_of(table)}')}: ..."
        for _, tables in GROUPS.values()
        for table in tables
    ]
    found[-1] = found[-1].removesuffix(" ...") + f'\n        """{doc}"""'
    return "\n".join(found)


def files() -> dict[str, str]:
    """Every file, formatted, by its path in the package."""
    named = [table for _, tables in GROUPS.values() for table in tables]
    if sorted(named) != sorted(metadata.tables):
        raise SystemExit(f"Tables and GROUPS differ: {sorted(set(named) ^ set(metadata.tables))}; name each once.")
    found = {}
    for group, (words, tables) in GROUPS.items():
        head = f'"""{words}.\n\n{WRITTEN}\n"""\n\nfrom typing import TypedDict\n\nfrom mes_core.services.ports.paging'
        body = "\n\n".join(shapes(metadata.tables[table]) for table in tables)
        found[f"rows/{group}.py"] = f"{head} import Paging\n\n\n{body}"
    imports = "\n".join(
        f"from mes_core.services.ports.rows.{group} import {name_of(table)}{kind} as {name_of(table)}{kind}"
        for group, (_, tables) in GROUPS.items()
        for table in tables
        for kind in ("Columns", "Query", "Row")
    )
    found["rows/__init__.py"] = f'"""The rows of the store, by table.\n\n{WRITTEN}\n"""\n\n{imports}\n'
    found |= {"reading.py": reading(), "writing.py": writing()}
    return {path: formatted(text, path) for path, text in found.items()}


def reading() -> str:
    """Questions for rows."""
    return (
        f'"""What a unit of work reads, by table.\n\n{WRITTEN}\n"""\n\n'
        f"from typing import Literal, Protocol, Unpack, overload\n\n{PORT}"
        'class Reads(Protocol):\n    """Questions for rows."""\n\n'
        + "\n\n".join(
            (
                overloads(
                    "get",
                    '(self, table: Literal["{table}"], **equals: Unpack[{name}Columns]) -> {name}Row | None',
                    "The one row with these values, or None.",
                ),
                overloads(
                    "find",
                    '(self, table: Literal["{table}"], **asked: Unpack[{name}Query]) -> list[{name}Row]',
                    "Rows with these values, in an order of columns (`-name` for descending).",
                ),
                overloads(
                    "count",
                    '(self, table: Literal["{table}"], **equals: Unpack[{name}Columns]) -> int',
                    "How many rows have these values.",
                ),
            )
        )
        + "\n"
    )


def writing() -> str:
    """Changes of rows."""
    return (
        f'"""What a unit of work writes, by table.\n\n{WRITTEN}\n"""\n\n'
        f"from collections.abc import Iterable\nfrom typing import Literal, Protocol, Unpack, overload\n\n{PORT}"
        'class Writes(Protocol):\n    """Changes of rows."""\n\n'
        + "\n\n".join(
            (
                overloads(
                    "add", '(self, table: Literal["{table}"], rows: Iterable[{name}Row]) -> None', "Insert rows."
                ),
                overloads(
                    "change",
                    '(self, table: Literal["{table}"], where: {name}Columns, **values: Unpack[{name}Columns]) -> int',
                    "Set columns of the rows that match; returns how many there were.",
                ),
            )
        )
        + "\n"
    )


def formatted(text: str, path: str) -> str:
    """As the house style has it."""
    ruff = Path(sys.executable).parent / "ruff"
    for asked in (("check", "--select=I", "--fix", "--quiet"), ("format",)):
        done = subprocess.run(
            [ruff, *asked, f"--stdin-filename={TARGET / path}", "-"],
            input=text,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        text = done.stdout
    return text


def main() -> int:
    """Write the files, or compare them."""
    made = files()
    there = {str(path.relative_to(TARGET)): path for path in (TARGET / "rows").glob("*.py")}
    left = sorted(set(there) - set(made))
    if "--check" in sys.argv[1:]:
        now = {path: (TARGET / path).read_text() if (TARGET / path).exists() else "" for path in made}
        old = [path for path, text in made.items() if now[path] != text]
        for path in (*old, *left):
            print(f"{path} is not what the tables say: run 'python scripts/typed_rows.py'.")
        return 1 if old or left else 0
    for path in left:
        there[path].unlink()
    for path, text in made.items():
        (TARGET / path).parent.mkdir(exist_ok=True)
        (TARGET / path).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
