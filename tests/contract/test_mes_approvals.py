"""Change control: what runs in production is what a person approved."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from mes_support import PASSWORD, SUITE, SYSTEM, Plant, record

import rules
from batchwright.commands.rules_approve import approve_rules, propose_rules
from batchwright.support.errors import Refused
from batchwright.support.settings import Home
from batchwright.support.wiring import open_mes
from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.domain.principals import BotPrincipal, Role
from mes_core.messages.approvals import Approvable, NewApproval, NewProposal
from mes_core.services import BuiltinRules, Mes
from rules.loading import BOOK


def _approval(plant: Plant, **more: Any) -> NewApproval:
    body = {
        "kind": "rule_set",
        "name": plant.rules.name,
        "version": plant.rules.version,
        "content_hash": plant.rules.content_hash,
        "reason": "Replayed on last year's batches: no verdict changes.",
        "meaning": "I approve this rule set for use.",
        "password": PASSWORD,
    }
    return NewApproval.model_validate(body | more)


def _proposed(plant: Plant, author: Any = None, **more: Any) -> NewApproval:
    """An approval of content that its author, the operator, has put forward."""
    approval = _approval(plant, **more)
    said = approval.model_dump(include=set(NewProposal.model_fields))
    plant.mes.propose(NewProposal.model_validate(said), author or plant.operator)
    return approval


@pytest.fixture
def production(plant: Plant) -> Plant:
    """The same plant, in production, with its review bot approved."""
    suite = {"kind": "suite", "name": "batch_record_review", "content_hash": SUITE}
    plant.mes.approve(_proposed(plant, **suite), plant.quality)
    plant.mes = Mes(plant.store, plant.rules, lambda: plant.now, production=True)
    return plant


@pytest.mark.requirement("URS-030")
def test_production_reviews_under_approved_rules_only(production: Plant) -> None:
    """Refused without a verdict; then approved; then changed by one character and refused again."""
    production.mes.submit_batch(record(), production.bot)
    bot = production.at()
    before = production.dump()
    with pytest.raises(Conflict, match=r"Rule set fake .* is not in force here: none is approved"):
        production.mes.review("B1", (), bot)
    assert production.dump() == before
    approved = production.mes.approve(_proposed(production), production.quality)
    verdict = production.mes.review("B1", (), production.at())
    assert verdict.verdict.approval == f"Approved by Quality Person on 2026-03-01 ({approved.approval_id})."
    production.rules.version = "2"
    with pytest.raises(Conflict, match="the approved one is"):
        production.mes.review("B1", (), production.at())
    with pytest.raises(Conflict, match="is not in force here"):
        production.sign(verdict)
    production.rules.version = "1"
    production.trail_reviewed()
    assert production.sign(verdict).verdict_id == verdict.verdict_id


@pytest.mark.requirement("URS-174")
@pytest.mark.parametrize("swap", ["content_hash = :hash", "content_hash = :hash, batch_id = 'system:other'"])
def test_an_approval_is_not_borrowed(production: Plant, swap: str) -> None:
    """Swapped for the moment of review and signature, and put back: nothing would be left to be found."""
    approved = production.mes.approve(_proposed(production), production.quality)
    production.mes.submit_batch(record(), production.bot)
    production.rules.version = "2"
    swapped = f"UPDATE approvals SET {swap} WHERE approval_id = :approval"  # noqa: S608
    production.meddle(swapped, hash=production.rules.content_hash, approval=approved.approval_id)
    with pytest.raises(Conflict, match="not as the audit trail says"):
        production.mes.review("B1", (), production.qp)
    suite = "UPDATE approvals SET content_hash = :hash WHERE kind = 'suite'"
    production.meddle(suite, hash=production.rules.content_hash)
    with pytest.raises(Conflict, match="not as the audit trail says"):
        production.at()


@pytest.mark.requirement("URS-030")
def test_elsewhere_anything_runs_and_the_verdict_says_so(plant: Plant) -> None:
    """Also when another content is approved."""
    assert plant.reviewed().verdict.approval.startswith("Not approved: the environment is not production")


@pytest.mark.requirement("URS-030")
def test_an_approval_is_signed_by_a_second_person(plant: Plant) -> None:
    """No bot, no operator, not the author, not with a wrong password."""
    _proposed(plant, plant.qp)
    before = plant.dump()
    refused: list[tuple[Any, dict[str, Any], str]] = [
        (plant.bot, {}, "A bot cannot sign"),
        (BotPrincipal("quality"), {}, "A bot cannot sign"),
        (plant.operator, {}, "needs the role quality assurance or qualified person"),
        (plant.reviewer, {}, "needs the role"),
        (plant.qp, {}, "prepared rule set fake and can't approve it"),
        (plant.quality, {"password": "not the password"}, "nothing was signed"),
    ]
    for person, more, says in refused:
        with pytest.raises(Forbidden, match=says):
            plant.mes.approve(_approval(plant, **more), person)
    assert plant.dump() == before


@pytest.mark.requirement("URS-030")
def test_an_approval_is_in_its_system_chain_with_its_signature(plant: Plant) -> None:
    """Old and new content, person, meaning, and the same content is not approved twice."""
    first = plant.mes.approve(_proposed(plant), plant.quality)
    with pytest.raises(Conflict, match="in force already"):
        plant.mes.approve(_approval(plant), plant.qp)
    second = plant.mes.approve(_proposed(plant, version="2", content_hash=digest("2.")), plant.qp)
    with plant.store.read() as work:
        entries = work.find("audit", batch_id="system:rule_sets", order=("number",))
        signed = work.find("signatures", act="approval", order=("signature_id",))
    assert [(entry["user"], entry["subject"]) for entry in entries] == [
        ("operator", "P-rule_set-fake-1"),
        ("quality", first.approval_id),
        ("operator", "P-rule_set-fake-2"),
        ("qp", second.approval_id),
    ]
    assert first.content_hash in entries[3]["old"]
    assert {row["signature_id"] for row in signed} == {first.signature_id, second.signature_id}
    assert plant.mes.approved(Approvable.RULE_SET, "fake") == second
    assert plant.mes.verify_audit() == []


def test_a_file_stands_in_for_a_built_in_set(tmp_path: Path) -> None:
    """By its name; what it holds must be that set."""
    shutil.copy(BOOK / "data_integrity.yaml", tmp_path)
    provider = BuiltinRules(tmp_path)
    assert provider.for_kind("tablet").content_hash == rules.builtin_rule_set("data_integrity").content_hash
    shutil.copy(BOOK / "data_integrity.yaml", tmp_path / "car_t_review.yaml")
    with pytest.raises(Invalid, match="holds the rule set 'data_integrity'"):
        provider.for_kind("car_t")


@pytest.mark.requirement("URS-030")
def test_the_command_approves_what_production_then_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From a changed file, refused, to the same file, signed at the command line."""
    book = tmp_path / "book"
    book.mkdir()
    text = (BOOK / "data_integrity.yaml").read_text(encoding="utf-8")
    changed = book / "data_integrity.yaml"
    changed.write_text(text.replace("version: ", "version: 9", 1), encoding="utf-8")
    for name, value in (("HOME", tmp_path / "home"), ("RULES", book), ("ENVIRONMENT", "production")):
        monkeypatch.setenv(f"BATCHWRIGHT_{name}", str(value))
    monkeypatch.setenv("BATCHWRIGHT_PASSWORD", PASSWORD)
    mes = open_mes(Home(tmp_path / "home"))
    mes.create_person("qa", "Quinn Assurance", [Role.QUALITY_ASSURANCE], PASSWORD, actor=SYSTEM)
    mes.submit_batch(record("T1", kind="tablet"), SYSTEM)
    with pytest.raises(Conflict, match="none is approved"):
        mes.review("T1", (), SYSTEM)
    with pytest.raises(Refused, match="Nobody has put rule set data_integrity forward"):
        approve_rules(str(changed), "qa", "Reason given.")
    mes.create_person("author", "Anna Writer", [Role.QUALITY_ASSURANCE], PASSWORD, actor=SYSTEM)
    propose_rules(str(changed), "author")
    assert "is put forward by author" in capsys.readouterr().out
    with pytest.raises(Refused, match="prepared rule set data_integrity"):
        approve_rules(str(changed), "author", "Reason given.")
    approve_rules(str(changed), "qa", "Replayed: nothing changes.")
    assert "is in force, signed by Quinn Assurance" in capsys.readouterr().out
    assert mes.review("T1", (), SYSTEM).verdict.approval.startswith("Approved by Quinn Assurance")
    monkeypatch.delenv("BATCHWRIGHT_RULES")
    with pytest.raises(Conflict, match="the approved one is"):
        open_mes(Home(tmp_path / "home")).review("T1", (), SYSTEM)
