"""Who works on what holds a batch, and what becomes of what is escalated."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from console_support import browser
from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant, finding

from mes_core.domain.errors import Conflict, DomainError, Forbidden, Invalid, Stale
from mes_core.messages import causes as c
from mes_core.messages import conditional as cond
from mes_core.messages import deviations as d
from mes_core.messages import views as v

pytestmark = pytest.mark.requirement("URS-291")


def _note(plant: Plant, act: str, after: int = 0, person: Any = None, rule: str = "R1", **more: Any) -> c.CauseNote:
    body = c.NewCauseNote.model_validate({"rule": rule, "act": act, "after": after, **more})
    return plant.mes.note_cause("B1", body, person or plant.reviewer)


def _escalated(plant: Plant, hand_to: str | None = None) -> cond.DueView:
    verdict = plant.mes.verdicts("B1")[0]
    body = {"finding_ids": [one.finding_id for one in verdict.findings if one.finding.rule == "R1"]}
    body |= {"closure": "escalated", "reason": "Not for me to judge.", "password": PASSWORD, "hand_to": hand_to}
    plant.mes.close_findings("B1", d.CloseFindings.model_validate(body), plant.reviewer)
    (item,) = [one for one in plant.mes.due_items(batch_id="B1") if one.kind == "escalation"]
    return item


def test_a_cause_goes_from_hand_to_hand_and_everybody_sees_who_has_it(plant: Plant) -> None:
    plant.reviewed("HOLD", finding(), finding("R2"))
    assert plant.mes.exceptions().owners == {"": 2}
    assert _note(plant, "taken").owner == "reviewer"
    _note(plant, "remark", 1, plant.qp, text="The laboratory was asked.")
    assert _note(plant, "handed over", 2, to="quality", text="Please, I am away.").owner == "quality"
    found = plant.mes.exceptions(whose="quality")
    (cause,) = found.causes
    assert (cause.rule, cause.owner_name, [one.act for one in cause.notes]) == (
        "R1",
        "Quality Person",
        ["taken", "remark", "handed over"],
    )
    assert [one.rule for one in plant.mes.exceptions(whose="").causes] == ["R2"]
    assert plant.mes.exceptions(whose="reviewer").batches == 0
    assert plant.mes.exceptions(whose="quality", rule="R2").causes == ()
    _note(plant, "given back", 3, plant.quality, text="It is the reviewer's after all.")
    assert plant.mes.exceptions().owners == {"": 2}
    assert [one.action for one in plant.mes.audit("B1") if one.action.startswith("cause ")] == [
        "cause taken",
        "cause remark",
        "cause handed over",
        "cause given back",
    ]
    assert plant.mes.verify_audit() == []


def test_two_who_reach_for_one_thing_are_told_of_each_other(plant: Plant) -> None:
    plant.reviewed("HOLD", finding())
    _note(plant, "taken")
    before = plant.dump()
    with pytest.raises(Stale, match=r"meanwhile by Reviewer Person \(taken\)"):
        _note(plant, "taken", 0, plant.qp)
    with pytest.raises(Invalid, match="say why you take it"):
        _note(plant, "taken", 1, plant.qp)
    with pytest.raises(Conflict, match="You have R1"):
        _note(plant, "taken", 1)
    assert plant.dump() == before
    assert _note(plant, "taken", 1, plant.qp, text="They are ill.").owner == "qp"


@pytest.mark.parametrize(
    ("do", "error", "says"),
    [
        (lambda plant: _note(plant, "taken", 0, plant.operator), Forbidden, "reviewer"),
        (lambda plant: _note(plant, "taken", 0, plant.bot), Forbidden, "person"),
        (lambda plant: _note(plant, "taken", rule="R9"), Conflict, "Nothing of R9 is open"),
        (lambda plant: _note(plant, "taken", rule=c.HOLDS_ALONE), Conflict, "Nothing of holds is open"),
        (lambda plant: _note(plant, "handed over", to="operator", text="Take it."), Invalid, "whose account is in use"),
        (lambda plant: _note(plant, "handed over", to="nobody", text="Take it."), Invalid, "whose account is in use"),
        (lambda plant: _note(plant, "handed over", to="bot-1", text="Take it."), Invalid, "whose account is in use"),
        (lambda plant: _note(plant, "given back", text="No use."), Conflict, "nothing to give back"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    plant: Plant, do: Callable[[Plant], Any], error: type[DomainError], says: str
) -> None:
    plant.reviewed("HOLD", finding())
    before = plant.dump()
    with pytest.raises(error, match=says):
        do(plant)
    assert plant.dump() == before


def test_a_remark_without_words_and_a_hand_over_to_nobody_are_no_messages() -> None:
    for wrong in (
        {"act": "remark", "text": " "},
        {"act": "handed over", "text": "For you."},
        {"act": "taken", "to": "qp"},
    ):
        with pytest.raises(ValueError, match="Value error"):
            c.NewCauseNote.model_validate({"rule": "R1", "after": 0, **wrong})


def test_a_batch_that_its_holds_alone_keep_is_taken_too(plant: Plant) -> None:
    plant.reviewed()
    plant.mes.open_hold("B1", v.NewHold(kind="quality", reason="A doubt.", key="k"), plant.at())
    _note(plant, "taken", rule=c.HOLDS_ALONE)
    (cause,) = plant.mes.exceptions().causes
    assert (cause.rule, cause.owner) == ("", "reviewer")


def test_what_is_escalated_is_due_once_for_its_rule_and_ended_by_another_person(plant: Plant) -> None:
    plant.reviewed("HOLD", *(finding("R1", "major", value) for value in (1.0, 2.0, 3.0)))
    item = _escalated(plant)
    assert (item.role, item.owner, item.due_at) == ("quality_assurance", None, plant.now + timedelta(days=2))
    assert "Escalated by Reviewer Person: Viability (R1) on batch B1. Not for me to judge." in item.text
    plant.mes.tick(plant.bot)
    done = cond.DueDone(note="A new sample is taken.", password=PASSWORD)
    with pytest.raises(Forbidden, match="quality assurance"):
        plant.mes.finish_due(item.due_id, done, plant.reviewer)
    hand = c.HandDue(to="quality", text="For you.", seen=None)
    with pytest.raises(Invalid, match="whose account is in use"):
        plant.mes.hand_due(item.due_id, c.HandDue(to="reviewer", text="For you."), plant.quality)
    assert plant.mes.hand_due(item.due_id, hand, plant.qp).owner == "quality"
    with pytest.raises(Stale, match="quality has this"):
        plant.mes.hand_due(item.due_id, c.HandDue(to="qp", text="Mine.", seen=None), plant.qp)
    plant.later(days=3)
    assert plant.mes.tick(plant.bot).escalated > 0
    ended = plant.mes.finish_due(item.due_id, done, plant.quality)
    assert (ended.state, ended.owner) == ("done", "quality")
    with pytest.raises(Conflict, match="done already"):
        plant.mes.hand_due(item.due_id, c.HandDue(to="qp", text="Mine.", seen="quality"), plant.qp)
    assert any(one.act == "escalation looked into" for one in plant.mes.signatures("B1"))
    assert plant.mes.verify_audit() == []


def test_who_escalated_ends_it_under_no_role(plant: Plant) -> None:
    both = plant.mes.create_person(
        "both", "Both Person", ["reviewer", "quality_assurance"], PASSWORD, actor=plant.admin
    )
    verdict = plant.reviewed("HOLD", finding())
    plant.close(verdict.findings[0].finding_id, "escalated", both)
    (item,) = [one for one in plant.mes.due_items(batch_id="B1") if one.kind == "escalation"]
    with pytest.raises(Forbidden, match="a second person"):
        plant.mes.finish_due(item.due_id, cond.DueDone(note="It is well.", password=PASSWORD), both)


def test_what_is_escalated_after_the_first_was_ended_is_due_anew(plant: Plant) -> None:
    """What was said of one finding is not said of the next one of its rule."""
    verdict = plant.reviewed("HOLD", *(finding("R1", "major", value) for value in (1.0, 2.0, 3.0)))
    first, second, third = (one.finding_id for one in verdict.findings)
    done = cond.DueDone(note="A new sample is taken.", password=PASSWORD)
    plant.close(first, "escalated")
    (item,) = _escalations(plant)
    _escalate(plant, second, "qp")
    assert [(one.due_id, one.owner) for one in _escalations(plant)] == [(item.due_id, "qp")]
    before = plant.dump()
    with pytest.raises(Conflict, match="qp has what was escalated of this rule already"):
        _escalate(plant, third, "quality")
    assert plant.dump() == before
    plant.mes.finish_due(item.due_id, done, plant.qp)
    assert _escalations(plant) == []
    _escalate(plant, third, "quality")
    (again,) = _escalations(plant)
    assert (again.owner, again.due_id != item.due_id) == ("quality", True)
    plant.mes.tick(plant.bot)
    assert _escalations(plant) == [again]
    plant.mes.finish_due(again.due_id, done, plant.quality)
    assert plant.mes.verify_audit() == []


def _escalations(plant: Plant) -> list[cond.DueView]:
    return [one for one in plant.mes.due_items(batch_id="B1") if one.kind == "escalation"]


def _escalate(plant: Plant, finding_id: str, hand_to: str, person: Any = None) -> None:
    body = {"finding_ids": [finding_id], "closure": "escalated", "reason": "Not for me to judge.", "hand_to": hand_to}
    closing = d.CloseFindings.model_validate({**body, "password": PASSWORD})
    plant.mes.close_findings("B1", closing, person or plant.reviewer)


def test_who_escalated_is_never_who_has_it(plant: Plant) -> None:
    """They may not end it: with them it would lie, and look as if somebody worked on it."""
    roles = ["reviewer", "quality_assurance"]
    both = plant.mes.create_person("both", "Both Person", roles, PASSWORD, actor=plant.admin)
    verdict = plant.reviewed("HOLD", finding())
    before = plant.dump()
    with pytest.raises(Invalid, match="Both Person escalates this: name another person"):
        _escalate(plant, verdict.findings[0].finding_id, "both", both)
    assert plant.dump() == before
    plant.close(verdict.findings[0].finding_id, "escalated", both)
    (item,) = _escalations(plant)
    for person in (both, plant.quality):
        with pytest.raises(Forbidden, match="Both Person escalated this"):
            plant.mes.hand_due(item.due_id, c.HandDue(to="both", text="For you."), person)


def test_escalated_to_a_person_it_is_theirs_and_to_nobody_s_role_it_is_refused(plant: Plant) -> None:
    plant.reviewed("HOLD", finding())
    before = plant.dump()
    with pytest.raises(Invalid, match="'reviewer' can't take this"):
        _escalated(plant, "reviewer")
    assert plant.dump() == before
    assert _escalated(plant, "qp").owner == "qp"


def _sent(web: TestClient, page: str, **more: str) -> Any:
    text = web.get(page).text
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', text)
    assert token is not None
    return web.post("/exceptions/note", data={"form_token": token[1], "batch_id": "B1", "rule": "R1", **more})


def test_the_console_shows_whose_it_is_and_takes_hands_over_and_remarks(plant: Plant) -> None:
    plant.reviewed("HOLD", finding(), finding("R2"))
    web = browser(plant, "reviewer")
    assert "Nobody has it" in web.get("/exceptions").text
    done = _sent(web, "/exceptions", act="taken", after="0", back="nobody")
    assert done.headers["location"] == "/exceptions?whose=nobody"
    assert "R1 of batch B1 is yours." in web.get("/exceptions?whose=mine").text
    assert "You have it" in web.get("/batches/B1").text
    page = web.get("/exceptions?whose=nobody").text
    assert ("R2 of B1" in page, "R1 of B1" in page) == (True, False)
    assert _sent(web, "/exceptions", act="taken", after="0").status_code == 412
    words = "<b>Look</b> at the second sample"
    done = _sent(web, "/exceptions", act="handed over", after="1", to="qp", text=words, back="batch")
    assert done.headers["location"] == "/batches/B1"
    page = web.get("/batches/B1").text
    assert "Qp Person has it" in page
    assert "&lt;b&gt;Look&lt;/b&gt;" in page
    assert _sent(web, "/exceptions", act="taken", after="2", back="//evil.example").status_code == 422
    seen = _sent(web, "/exceptions", act="remark", after="2", text="Seen.", back="//evil.example")
    assert seen.headers["location"] == "/exceptions"
    watcher = browser(plant, "operator").get("/exceptions").text
    assert "Hand over or remark" not in watcher


def test_the_console_escalates_to_a_person_who_finds_it_due(plant: Plant) -> None:
    plant.reviewed("HOLD", finding())
    web = browser(plant, "reviewer")
    page = web.get("/batches/B1").text
    shown = dict(
        re.findall(r'name="(verdict_id|rule|seen)" value="([^"]+)"', page[page.index("Close this finding") :])[:3]
    )
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)
    assert token is not None
    body = {**shown, "form_token": token[1], "closure": "escalated", "reason": "Beyond me.", "hand_to": "quality"}
    assert web.post("/batches/B1/findings", data={**body, "password": PASSWORD}).status_code == 303
    theirs = browser(plant, "quality").get("/due?mine=true").text
    assert "you have it" in theirs
    assert "Escalated by Reviewer Person" in theirs
