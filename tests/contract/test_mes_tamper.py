"""What somebody changes in the database, past the program, is found; on both kinds of store."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from filing_support import event, licence, running
from mes_support import COURIER_JOB, PASSWORD, SYSTEM, Plant, finding, shipment

from mes_core.domain import audit, checkpoints
from mes_core.domain.errors import Conflict, Invalid
from mes_core.messages import views as v

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw().hex()


@pytest.fixture
def full(plant: Plant) -> Plant:
    """A plant with a batch that was corrected, reviewed, released, shipped and filed in part, and one that is held."""
    plant.reviewed()
    body = {"path": "parameters/volume/text", "old": "50", "new": "51", "reason": "Typo.", "password": PASSWORD}
    plant.mes.correct("B1", v.Correction(**body), plant.operator)
    plant.released()
    plant.mes.register_effect(
        v.NewEffect(site="courier", kind="booking", business_key="ship:B1", batch_id="B1", item_id="W"),
        plant.at("B1", COURIER_JOB),
    )
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    licence(plant)
    event(plant)
    plant.mes.draft_filing(running(plant).filing_id, {}, plant.quality)
    held = plant.reviewed("HOLD", finding(), batch_id="B2")
    plant.close(held.findings[0].finding_id)
    plant.mes.review("B2", (), plant.at("B2"))
    plant.lift(plant.mes.get_batch("B2").holds[0])
    deviation = v.NewDeviation(deviation_key="DEV-1", title="Late sample", severity="major")
    plant.mes.open_deviation("B2", deviation, plant.bot)
    assert plant.mes.verify_audit() == []
    return plant


def _besides_guards(plant: Plant) -> list[str]:
    """What the verification finds, the guards left out that `meddle` takes off."""
    return [one for one in plant.mes.verify_audit() if "The guard of table" not in one]


@pytest.mark.requirement("URS-016")
@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            """UPDATE audit SET "user" = 'other' WHERE batch_id = 'B1' AND number = 3""",
            "batch B1, entry 3: was changed",
        ),
        ("UPDATE audit SET at = '2020' WHERE batch_id = 'B2' AND number = 1", "batch B2, entry 1: was changed"),
        ("UPDATE audit SET why = NULL WHERE why = 'Typo.'", "was changed after it was written"),
        ("UPDATE audit SET seals = '{}' WHERE batch_id = 'B1' AND seals <> '{}'", "was changed after it was written"),
        ("DELETE FROM audit WHERE batch_id = 'B1' AND number = 2", "entry 2 is missing or out of order"),
        ("DELETE FROM audit WHERE batch_id = 'B1' AND number > 2", "batch B1"),
        ("DELETE FROM audit WHERE batch_id = 'B2'", "batch B2"),
        ("UPDATE batches SET record = replace(record, 'PAT-1', 'PAT-2') WHERE batch_id = 'B1'", "B1: its record was"),
        ("UPDATE batches SET record = 'no document' WHERE batch_id = 'B1'", "B1: its record was"),
        (
            "UPDATE record_versions SET record = replace(record, '\"80\"', '\"90\"') WHERE version = 1",
            "version 1 of its",
        ),
        ("UPDATE batches SET state = 'rejected' WHERE batch_id = 'B2'", "B2: its state 'rejected' is not"),
        ("UPDATE verdicts SET verdict = 'READY' WHERE verdict_id = 'V-B2-1'", "B2: a verdict (V-B2-1) was changed"),
        ("UPDATE verdicts SET document = replace(document, 'HOLD', 'READY')", "B2: a verdict (V-B2-1) was changed"),
        ("UPDATE dispositions SET document = replace(document, 'Qp Person', 'Other')", "B1: a disposition"),
        (
            "INSERT INTO dispositions SELECT 'D-x', 'B2', 1, document FROM dispositions",
            "B2: a disposition (D-x) is there, but the audit trail does not know it",
        ),
        ("DELETE FROM dispositions", "B1: a disposition"),
        ("UPDATE findings SET reason = 'Other words' WHERE status = 'closed'", "B2: a finding (F-B2-"),
        (
            "UPDATE findings SET status = 'open', closure = NULL WHERE finding_id = 'F-B2-1-1'",
            "B2: a finding (F-B2-1-1)",
        ),
        ("UPDATE holds SET lifted_at = NULL", "B2: a hold (H-B2-1) was changed"),
        ("UPDATE holds SET lifted_by = 'qp2'", "B2: a hold (H-B2-1) was changed"),
        ("DELETE FROM holds", "B2: a hold (H-B2-1) was removed"),
        ("UPDATE filings SET due_at = '2030' WHERE clock_id = 'US-BPD'", "B1: a filing (US-BPD-"),
        ("UPDATE filings SET due_at = '2030' WHERE clock_id = 'US-DIST'", "filings: a filing (US-DIST-"),
        ("UPDATE filing_events SET document = replace(document, 'hold time', 'nothing')", "B1: an event that starts"),
        ("UPDATE filing_drafts SET drafted_by = 'other'", "B1: a draft of a filing"),
        ("DELETE FROM licences", "filings: a licence (US-1/1) was removed"),
        ("UPDATE shipments SET document = replace(document, 'CR-1', 'CR-2')", "B1: the shipment (B1) was changed"),
        ("UPDATE effects SET state = 'confirmed', reference = 'X'", "B1: an effect"),
        ("DELETE FROM effects", "B1: an effect"),
        ("UPDATE deviations SET severity = 'minor'", "B2: a deviation (B2/DEV-1) was changed"),
        ("DELETE FROM deviations", "B2: a deviation (B2/DEV-1) was removed"),
        (
            "UPDATE observations SET document = replace(document, '80', '95') WHERE batch_id = 'B1'",
            "B1: a table that was",
        ),
        ("UPDATE work_items SET state = 'done' WHERE batch_id = 'B1'", "B1: a work item"),
        (
            """UPDATE accounts SET roles = '["qualified_person"]' WHERE "user" = 'operator'""",
            "users: an account (operator)",
        ),
        ("""UPDATE accounts SET password_hash = 'x' WHERE "user" = 'qp'""", "chain system:users: an account (qp)"),
    ],
)
def test_a_change_past_the_program_is_found(full: Plant, statement: str, says: str) -> None:
    """Each with one sentence that says where."""
    full.meddle(statement)
    found = full.mes.verify_audit()
    assert any(says in problem for problem in found), found


def _stored(plant: Plant, chain: str) -> list[dict[str, Any]]:
    with plant.store.read() as work:
        return work.find("audit", batch_id=chain, order=("number",))


def _rewrite(plant: Plant, chain: str, entries: list[dict[str, Any]]) -> None:
    """Put other entries in the place of a chain, numbered and hashed as if they had always been there."""
    previous = audit.GENESIS
    for number, entry in enumerate(entries, start=1):
        entry.update(number=number, previous_hash=previous)
        previous = entry["entry_hash"] = audit.entry_hash(entry)
    plant.meddle("DELETE FROM audit WHERE batch_id = :chain", chain=chain)
    columns = ", ".join(f'"{name}"' for name in entries[0])
    values = ", ".join(f":{name}" for name in entries[0])
    for entry in entries:
        plant.meddle(f"INSERT INTO audit ({columns}) VALUES ({values})", **entry)  # noqa: S608


@pytest.mark.requirement("URS-016")
def test_an_entry_whose_hash_is_made_anew_breaks_the_one_after_it(full: Plant) -> None:
    """It takes rewriting everything after it."""
    entry = _stored(full, "B1")[2] | {"user": "other"}
    statement = """UPDATE audit SET "user" = 'other', entry_hash = :made WHERE batch_id = 'B1' AND number = 3"""
    full.meddle(statement, made=audit.entry_hash(entry))
    assert _besides_guards(full) == ["batch B1, entry 4: does not follow the entry before it."]


@pytest.mark.requirement("URS-031")
@pytest.mark.parametrize("kind", ["changed", "removed", "reordered", "inserted", "cut off", "rewritten", "all gone"])
def test_a_consistent_rewrite_disagrees_with_a_checkpoint(full: Plant, kind: str) -> None:
    """Whoever rewrites a chain with all its hashes fools the chain, but not a checkpoint kept elsewhere."""
    kept = json.loads(json.dumps(full.mes.make_checkpoint(KEY, SYSTEM)))
    assert full.mes.verify_audit(kept, public_key=PUBLIC) == []
    entries = _stored(full, "system:users")
    plain = [entry | {"seals": "{}"} for entry in entries]
    forged = {
        "changed": [plain[0] | {"why": "Other words"}, *plain[1:]],
        "removed": [plain[0], *plain[2:]],
        "reordered": [plain[1], plain[0], *plain[2:]],
        "inserted": [*plain[:2], plain[1] | {"subject": "somebody"}, *plain[2:]],
        "cut off": plain[:-1],
        "rewritten": [entry | {"at": "2026-01-01T00:00:00.000000+00:00"} for entry in plain],
        "all gone": [],
    }[kind]
    if forged:
        _rewrite(full, "system:users", [dict(entry) for entry in forged])
    else:
        full.meddle("DELETE FROM audit WHERE batch_id = 'system:users'")
    assert audit.problems(_stored(full, "system:users")) == []
    says = {"cut off": "its tail was cut off", "all gone": "the whole chain is gone", "removed": "its tail was cut off"}
    found = full.mes.verify_audit(kept, public_key=PUBLIC)
    assert any(one.startswith("chain system:users") and says.get(kind, "were rewritten") in one for one in found), found


@pytest.mark.requirement("URS-031")
def test_a_rewrite_of_everything_disagrees_with_a_checkpoint(full: Plant) -> None:
    """Every chain and every table, wholly consistent: another plant's store in the place of this one."""
    kept = full.mes.make_checkpoint(KEY, SYSTEM)
    for chain in ("B1", "B2", "system:users"):
        _rewrite(full, chain, [entry | {"why": f"{entry['why']} "} for entry in _stored(full, chain)])
    assert _besides_guards(full) == []
    found = [one for one in full.mes.verify_audit(kept, public_key=PUBLIC) if "The guard of table" not in one]
    assert {one.split(":")[0] for one in found} == {"batch B1", "batch B2", "chain system"}


@pytest.mark.requirement("URS-031")
def test_chains_that_only_grew_agree_with_an_old_checkpoint(full: Plant) -> None:
    """Later entries change nothing about it, and checkpoints follow one another."""
    first = full.mes.make_checkpoint(KEY, SYSTEM)
    full.reviewed(batch_id="B3")
    second = full.mes.make_checkpoint(KEY, SYSTEM)
    assert (second["number"], second["previous"]) == (2, first["root"])
    for kept in (first, second):
        assert full.mes.verify_audit(kept, public_key=PUBLIC) == []
    assert full.mes.verify_audit(first, public_key="ab" * 32) != []


@pytest.mark.requirement("URS-031")
@pytest.mark.parametrize("name", ["root", "made_at", "signature", "chains"])
def test_a_changed_checkpoint_is_none(full: Plant, name: str) -> None:
    """By its signature, or by its root."""
    kept = full.mes.make_checkpoint(KEY, SYSTEM)
    changed = {"root": "0" * 64, "made_at": "2020", "signature": "0" * 128, "chains": kept["chains"][:-1]}
    found = full.mes.verify_audit({**kept, name: changed[name]}, public_key=PUBLIC)
    assert len(found) == 1
    assert found[0].startswith("checkpoint 1: the checkpoint")
    with pytest.raises(Invalid, match="no document of the format"):
        full.mes.verify_audit({"format": "other"})


@pytest.mark.requirement("URS-031")
def test_one_entry_is_proven_without_the_store(full: Plant) -> None:
    """Every entry of every chain; and no other entry by the same proof."""
    kept = full.mes.make_checkpoint(KEY, SYSTEM)
    for chain, length, _, _ in kept["chains"]:
        for number in range(1, length + 1):
            proof = json.loads(json.dumps(full.mes.prove_entry(kept, chain, number)))
            assert checkpoints.proof_problem(proof, PUBLIC) is None
    assert checkpoints.proof_problem(proof, "ab" * 32) is not None
    for name, value in (("user", "other"), ("why", "Other words"), ("new", "{}"), ("number", 2)):
        forged = {**proof, "entry": {**proof["entry"], name: value}}
        assert checkpoints.proof_problem(forged, PUBLIC) is not None
    longer = {**proof, "entry_path": [*proof["entry_path"], "0" * 64]}
    assert checkpoints.proof_problem(longer, PUBLIC) is not None
    with pytest.raises(Invalid, match="does not cover entry 99"):
        full.mes.prove_entry(kept, "B1", 99)


def test_no_checkpoint_is_made_of_a_broken_trail(full: Plant) -> None:
    """It would vouch for what was tampered with."""
    full.meddle("UPDATE holds SET lifted_by = 'qp2'")
    with pytest.raises(Conflict, match="not whole"):
        full.mes.make_checkpoint(KEY, SYSTEM)


@pytest.mark.requirement("URS-001")
def test_a_change_that_no_entry_tells_of_is_undone(plant: Plant) -> None:
    """Whatever a use case forgets: no change without its entry."""
    plant.reviewed()
    before = plant.dump()
    told = r"No audit entry tells of the change of batches/B1"
    with pytest.raises(RuntimeError, match=told), plant.mes._store.write() as work:
        work.change("batches", {"batch_id": "B1"}, state="released")
    with pytest.raises(TypeError, match="never removed"), plant.mes._store.write() as work:
        work.remove("holds", {"batch_id": ["B1"]})
    assert plant.dump() == before


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
