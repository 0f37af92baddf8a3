"""Clauses of Part 11, Annex 11, ALCOA and ASVS: each met by a test, by a procedure with its owner, or not met."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from batchwright.validation.model import Problem
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

CLAUSES = Path("docs/clauses.yaml")
Met = Literal["met by test", "met by procedure", "not met"]


class ProcedureAsked(Shape):
    """A procedure that a plant has to have, and whose it is."""

    what: str
    owner: str


class Clause(Shape):
    """One line of a table.

    Attributes:
        clause: Its number, or the item.
        short: What it asks, in our words; empty where the item says it.
        how: What the program does.
        tests: Tests that prove it.
        procedure: Key of the procedure that meets it, alone or beside the tests.
        not_met: Why it is not met.
    """

    clause: str
    short: str = ""
    how: str = ""
    tests: tuple[str, ...] = ()
    procedure: str = ""
    not_met: str = ""

    @model_validator(mode="after")
    def _says_how_it_stands(self) -> Self:
        if not (self.tests or self.procedure or self.not_met):
            raise ValueError(f"{self.clause} names no test, no procedure and no reason why it is not met")
        if self.not_met and (self.tests or self.procedure):
            raise ValueError(f"{self.clause} is said to be met and not to be met")
        return self

    @property
    def met(self) -> Met:
        """How it stands."""
        if self.not_met:
            return "not met"
        return "met by test" if self.tests else "met by procedure"


class Table(Shape):
    """The clauses of one text.

    Attributes:
        key: Short name.
        title: Heading, in the page and in the pack.
        page: Page of docs/ that shows it.
        first: Heading of the first column: Clause, or Item.
        law: The text.
        mark: final, draft, or to be verified.
        source: Where the text stands.
        rows: Its clauses.
    """

    key: str
    title: str
    page: str
    first: Literal["Clause", "Item"]
    law: str
    mark: Literal["final", "draft", "to be verified"]
    source: str = Field(min_length=10)
    rows: tuple[Clause, ...] = Field(min_length=1)


class Clauses(Shape):
    """All tables, and the procedures that they ask for."""

    procedures: dict[str, ProcedureAsked]
    tables: tuple[Table, ...]


def read_clauses(root: Path) -> Clauses:
    """The clauses of a checkout.

    Raises:
        Refused: The file is missing or has another shape.
    """
    return shaped(root / CLAUSES, Clauses, read_yaml(root / CLAUSES))


def clause_problems(clauses: Clauses, tests: set[str], results: Mapping[str, str]) -> list[Problem]:
    """Clauses that name tests that are gone, failed or were not shown, and procedures that nobody described.

    Args:
        clauses: the tables.
        tests: ids of all tests.
        results: how each test of the run ended, by its id; empty where none was run.
    """
    found = []
    for table in clauses.tables:
        for row in table.rows:
            place = f"{table.title}, {row.clause}"
            for name in row.tests:
                if name not in tests:
                    said = f"{place} is said to be met by {name}, which is no test: it was renamed or deleted."
                    found.append(Problem("clause_without_test", name, said))
                elif results and results.get(name) != "passed":
                    how = {"failed": "failed", "skipped": "was skipped"}.get(results.get(name, ""), "did not run")
                    said = f"{place} is said to be met by {name}, which {how} in this run."
                    kind = "clause_test_failed" if results.get(name) == "failed" else "clause_test_not_shown"
                    found.append(Problem(kind, name, said))
            if row.procedure and row.procedure not in clauses.procedures:
                said = f"{place} asks for the procedure {row.procedure!r}, which docs/clauses.yaml does not describe."
                found.append(Problem("unknown_procedure", row.procedure, said))
    return found


def markdown(table: Table, procedures: dict[str, ProcedureAsked]) -> str:
    """A table as its page shows it."""
    item = table.first == "Item"
    head = (
        "| Item | How | Proof |\n|---|---|---|\n"
        if item
        else "| Clause | In short | How | Proof |\n|---|---|---|---|\n"
    )
    lines = []
    for row in table.rows:
        proof = ", ".join(f"`{name}`" for name in row.tests)
        if row.procedure:
            owner = procedures[row.procedure].owner
            proof = ", ".join(part for part in (proof, f"*Procedure of the plant: {row.procedure}, {owner}*") if part)
        proof = f"*Not met: {row.not_met}*" if row.not_met else proof
        cells = (row.clause, row.how, proof) if item else (row.clause, row.short, row.how, proof)
        lines.append("| " + " | ".join(cells) + " |\n")
    return head + "".join(lines)
