"""The mutation table of a run: each way to corrupt a record, how often it was found, and by which rule most often."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from batchwright.validation.model import Chapter, Problem, Row

FILE = "mutation.json"
_KINDS = ("critical", "other", "cannot_be_caught")


class Operator(BaseModel):
    """A line of the table, as `batchwright rules mutate --format json` prints it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operator: str
    critical: bool
    clause: str
    detected: int
    of: int
    low: float
    high: float
    why_not: str
    rule: str
    rule_times: int

    @property
    def kind(self) -> str:
        """Which total it counts for."""
        if self.critical:
            return "critical"
        return "cannot_be_caught" if self.why_not else "other"


def read_table(evidence: Path | None) -> tuple[tuple[Operator, ...], list[Problem]]:
    """The table of a run, and what is wrong with it; no line where mutation was not part of the run."""
    path = evidence / FILE if evidence else None
    if path is None or not path.is_file():
        return (), []
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        rows = TypeAdapter(tuple[Operator, ...]).validate_python(said["operators"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        words = f"{FILE} holds no table of the operators: make it with 'batchwright rules mutate --format json'."
        return (), [Problem("mutation_table_missing", FILE, words)]
    return rows, _sums(said, rows)


def _sums(said: dict[str, Any], rows: tuple[Operator, ...]) -> list[Problem]:
    """The totals have to be those of the lines: an edited one that forgets the other shows by itself."""
    found = []
    for kind in _KINDS:
        mine = [one for one in rows if one.kind == kind]
        counted = {"detected": sum(one.detected for one in mine), "of": sum(one.of for one in mine)}
        told = said.get(kind, {"detected": 0, "of": 0})
        if told != counted:
            words = f"{FILE} says {told} of {kind.replace('_', ' ')} corruptions and its lines give {counted}."
            found.append(Problem("totals_differ", FILE, words))
    return found


def chapter(evidence: Path | None, rules: set[str]) -> Chapter:
    """The table.

    Args:
        evidence: folder of the run.
        rules: ids of the rule book, which the lines lead to.
    """
    table, _ = read_table(evidence)
    rows = []
    for one in table:
        kind = one.kind.replace("_", " ").replace("cannot be caught", "can't be seen")
        found = f"{one.detected} of {one.of} [{one.low:.2f}, {one.high:.2f}]"
        by = f"{one.rule} in {one.rule_times}" if one.rule_times else "by none"
        about = one.clause + (f". {one.why_not}" if one.why_not else "")
        leads = (f"row:rules::{one.rule}",) if one.rule in rules else ()
        rows.append(Row((one.operator, kind, found, by, about), (f"evidence:{FILE}", *leads), one.operator))
    says: tuple[str, ...] = (
        "Clean records are corrupted in every known way, each way as often as the others, and reviewed by the built-in"
        " rules. A critical corruption is found when the batch is not READY, another one when there is any finding; in"
        f" brackets the 95 % interval of the share. Other rules may find it as well. Each line stands in {FILE}.",
    )
    if not table:
        says = (*says, "Not part of this run.")
    return Chapter(
        "mutation",
        "Corruptions of records, and which rule finds them",
        says,
        ("Corruption", "Kind", "Found", "Rule that found it most often", "Clause"),
        (26, 10, 18, 20, 42),
        tuple(rows),
    )
