"""What somebody changes in the file, past the program, is found."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from mes_support import PASSWORD, Plant, finding

from mes_core.domain import audit
from mes_core.messages import views as v


@pytest.fixture
def full(plant: Plant) -> Plant:
    """A plant with a batch that was corrected, reviewed twice and released, and one that is held."""
    plant.reviewed()
    body = {"path": "parameters/volume/text", "old": "50", "new": "51", "reason": "Typo.", "password": PASSWORD}
    plant.mes.correct("B1", v.Correction(**body), plant.operator)
    plant.released()
    plant.reviewed("HOLD", finding(), batch_id="B2")
    assert plant.mes.verify_audit() == []
    return plant


def _change(path: Path, statement: str, *values: str) -> None:
    """As somebody would who owns the file: without the guards."""
    with closing(sqlite3.connect(path)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        assert other.execute(statement, values).rowcount > 0
        other.commit()


@pytest.mark.requirement("URS-016")
@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit SET user = 'other' WHERE batch_id = 'B1' AND number = 3", "batch B1, entry 3: was changed"),
        ("UPDATE audit SET at = '2020' WHERE batch_id = 'B2' AND number = 1", "batch B2, entry 1: was changed"),
        ("UPDATE audit SET why = NULL WHERE why = 'Typo.'", "was changed after it was written"),
        ("DELETE FROM audit WHERE batch_id = 'B1' AND number = 2", "entry 2 is missing or out of order"),
        ("DELETE FROM audit WHERE batch_id = 'B1' AND number > 2", "batch B1"),
        ("DELETE FROM audit WHERE batch_id = 'B2'", "batch B2"),
        ("UPDATE batches SET record = replace(record, 'PAT-1', 'PAT-2') WHERE batch_id = 'B1'", "B1: its record was"),
        (
            "UPDATE record_versions SET record = replace(record, '\"80\"', '\"90\"') WHERE version = 1",
            "version 1 of its",
        ),
        ("UPDATE batches SET state = 'ready' WHERE batch_id = 'B2'", "B2: its state 'ready' is not"),
        ("UPDATE verdicts SET verdict = 'READY' WHERE batch_id = 'B2'", "B2: verdict 1 is not"),
        ("UPDATE verdicts SET document = replace(document, 'HOLD', 'READY')", "B2: verdict 1 is not"),
        ("UPDATE dispositions SET document = replace(document, 'Qp Person', 'Other Person')", "not what was signed"),
        ("INSERT INTO dispositions SELECT 'D-x', 'B2', 1, document FROM dispositions", "B2: disposition 1 is not what"),
    ],
)
def test_a_change_past_the_program_is_found(full: Plant, tmp_path: Path, statement: str, says: str) -> None:
    """Each with one sentence that says where."""
    _change(tmp_path / "store.sqlite", statement)
    found = full.mes.verify_audit()
    assert any(says in problem for problem in found), found


@pytest.mark.requirement("URS-016")
def test_an_entry_whose_hash_is_made_anew_breaks_the_one_after_it(full: Plant, tmp_path: Path) -> None:
    """It takes rewriting everything after it."""
    with full.store.read() as work:
        stored = work.get("audit", batch_id="B1", number=3)
    assert stored is not None
    entry = stored | {"user": "other"}
    for name in ("old", "new"):
        entry[name] = None if entry[name] is None else json.loads(entry[name])
    _change(
        tmp_path / "store.sqlite",
        "UPDATE audit SET user = 'other', entry_hash = ? WHERE batch_id = 'B1' AND number = 3",
        audit.entry_hash(entry),
    )
    assert full.mes.verify_audit() == ["batch B1, entry 4: does not follow the entry before it."]


@pytest.mark.requirement("URS-001")
def test_every_change_leaves_an_entry_with_its_user(full: Plant) -> None:
    """From the first storing to the signature."""
    actions = [(entry.user, entry.action) for entry in full.mes.audit("B1")]
    assert actions[0] == ("bot-1", "record stored")
    for user, action in (
        ("bot-1", "table read"),
        ("bot-1", "reviewed"),
        ("operator", "record corrected"),
        ("qp", "disposition signed"),
        ("qp", "state"),
    ):
        assert (user, action) in actions
