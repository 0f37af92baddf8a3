"""Somebody who owns the database borrows an account, takes guards off, or puts another store in its place."""

import json
from pathlib import Path
from unittest.mock import Mock

import pytest
from mes_support import PASSWORD, Plant, take_guards_off

from batchwright.support import witness
from batchwright.support.settings import Home
from mes_core.domain.errors import Forbidden
from mes_core.messages import views as v
from mes_core.storage import open_store


def _row(plant: Plant, user: str) -> dict[str, object]:
    with plant.store.read() as work:
        account = work.get("accounts", user=user)
    assert account is not None
    return dict(account)


@pytest.mark.requirement("URS-174")
def test_an_account_that_was_swapped_in_the_file_signs_nothing(plant: Plant) -> None:
    """The operator's password in the place of the qualified person's: no log-in, no signature, and verify says it."""
    verdict = plant.reviewed()
    own = str(_row(plant, "operator")["password_hash"])
    plant.meddle("UPDATE accounts SET password_hash = :hash WHERE \"user\" = 'qp'", hash=own)
    with pytest.raises(Forbidden, match="not as the audit trail says"):
        plant.mes.login("qp", PASSWORD)
    with pytest.raises(Forbidden, match="not as the audit trail says"):
        plant.sign(verdict)
    assert any("an account" in one for one in plant.mes.verify_audit())


@pytest.mark.requirement("URS-174")
def test_a_signature_made_with_a_borrowed_account_shows_after_all_was_put_back(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by a program that does not ask: the signature carries the seal of the account as it stood."""
    from mes_core.services.people import account_seals

    verdict = plant.reviewed()
    before = str(_row(plant, "qp")["password_hash"])
    plant.meddle(
        "UPDATE accounts SET password_hash = :hash WHERE \"user\" = 'qp'",
        hash=str(_row(plant, "operator")["password_hash"]),
    )
    with monkeypatch.context() as program:
        program.setattr(account_seals, "check", Mock())  # a copy of the program without the check
        plant.sign(verdict)
    plant.meddle("UPDATE accounts SET password_hash = :hash WHERE \"user\" = 'qp'", hash=before)
    found = [one for one in plant.mes.verify_audit() if "guard" not in one]
    assert len(found) == 1
    assert "was made with the account 'qp' as it was changed outside the program" in found[0]


@pytest.mark.requirement("URS-174")
def test_guards_that_were_taken_off_are_named(plant: Plant) -> None:
    plant.reviewed()
    assert plant.mes.verify_audit() == []
    with plant.store._engine.connect().execution_options(batchwright_write=True) as owner, owner.begin():
        take_guards_off(owner)
    assert any("The guard of table audit was taken off" in one for one in plant.mes.verify_audit())


@pytest.mark.requirement("URS-174")
def test_an_empty_or_earlier_store_in_the_place_of_this_one_is_told(tmp_path: Path) -> None:
    """Each verifies by itself; what was seen before speaks against it."""
    from mes_support import START, SYSTEM, FakeRules

    from mes_core.services import Mes

    home = Home(tmp_path)
    mes = Mes(open_store(tmp_path / "one.sqlite"), FakeRules(), lambda: START)
    mes.create_bot("bot-1", PASSWORD, actor=SYSTEM)
    assert witness.store_problems(mes, home) == []
    mes.create_bot("bot-2", PASSWORD, actor=SYSTEM)
    assert witness.store_problems(mes, home) == []
    other = Mes(open_store(tmp_path / "two.sqlite"), FakeRules(), lambda: START)
    assert any("not the one" in one for one in witness.store_problems(other, home))
    seen = tmp_path / "store-seen.json"
    seen.write_text(json.dumps({**json.loads(seen.read_text()), "entries": 99}))
    assert any("an earlier copy" in one for one in witness.store_problems(mes, home))


@pytest.mark.requirement("URS-174")
def test_evidence_that_was_changed_replaced_or_deleted_is_told(plant: Plant, tmp_path: Path) -> None:
    """Against the hash that the trail vouches for."""
    import hashlib

    plant.reviewed()
    folder = tmp_path / "evidence" / "B1"
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text("{}")
    listed = {"verdict.json": {"sha256": hashlib.sha256(b"{}").hexdigest(), "size": 2}}
    (folder / "manifest.json").write_text(json.dumps({"files": listed}))
    told = v.EvidenceRef(path="evidence/B1", sha256=hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest())
    bot = plant.at()
    assert bot.lease is not None
    plant.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch, evidence=told), bot)
    home = Home(tmp_path)
    assert witness.evidence_problems(plant.mes, home) == []
    (folder / "verdict.json").write_text("{ }")
    assert "verdict.json was changed" in witness.evidence_problems(plant.mes, home)[0]
    (folder / "verdict.json").unlink()
    assert "verdict.json is gone" in witness.evidence_problems(plant.mes, home)[0]
    (folder / "manifest.json").write_text("{}")
    assert "not the one that the trail vouches for" in witness.evidence_problems(plant.mes, home)[0]
    (folder / "manifest.json").unlink()
    assert "is missing" in witness.evidence_problems(plant.mes, home)[0]
