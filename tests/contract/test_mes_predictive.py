"""Answers of models and the register: shadow never holds, two people approve, the card decides whether they may."""

from typing import Any

import pytest
from mes_support import PASSWORD, SYSTEM, Plant, record
from pydantic import ValidationError

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.domain.principals import Role
from mes_core.messages import predictive as p
from mes_core.messages.model_cards import bound_hash, card_digest

PARTS = "ab" * 32
CARD: dict[str, Any] = {
    "generated_data_only": False,
    "tested_as_is": True,
    "asked_about": [],
    "skill": {"shown": True},
    "rule": {"alpha": 0.15, "threshold": 0.1},
    "test": {
        "at_threshold": {"recall_interval": [0.64, 0.97], "caught": 18, "failures": 21},
        "replaced": {"column": "viability_pct_d03", "worse": False},
    },
}


def _hash(card: dict[str, Any] | None = None, parts: str = PARTS) -> str:
    return bound_hash(parts, card_digest(card or CARD))


HASH = _hash()


def _said(**more: Any) -> p.NewPrediction:
    body = {
        "model": "day3",
        "content_hash": HASH,
        "mode": "SHADOW",
        "culture_day": 3,
        "answer": "RISK",
        "probability": 0.7,
        "p_fail": 0.6,
        "p_pass": 0.02,
        "inputs_hash": "cd" * 32,
        "reasons": ["glucose d03 is 2.1 (usual 14), which raises the risk"],
    }
    return p.NewPrediction.model_validate(body | more)


def _move(to: str) -> p.MoveModel:
    return p.MoveModel.model_validate(
        {"to": to, "reason": "Seen the card.", "meaning": "I stand for this model.", "password": PASSWORD}
    )


def _decide(response: str = "declined") -> p.DecidePrediction:
    body = {"response": response, "reason": "Sensor was being calibrated.", "meaning": "My decision."}
    return p.DecidePrediction.model_validate(body | {"password": PASSWORD})


def _registered(plant: Plant, card: dict[str, Any] | None = None, parts: str = PARTS, **more: Any) -> p.ModelView:
    body = {"name": "day3", "content_hash": _hash(card, parts), "parts_hash": parts, "card": card or CARD}
    new = p.NewModel.model_validate({**body, **more})
    return plant.mes.register_model(new, plant.operator)


def _approved(plant: Plant, parts: str = PARTS) -> p.ModelView:
    model = _registered(plant, parts=parts)
    plant.mes.move_model(model.model_id, _move("validated"), plant.quality)
    plant.mes.move_model(model.model_id, _move("approved"), plant.quality)
    return plant.mes.move_model(model.model_id, _move("approved"), plant.qp)


@pytest.mark.requirement("URS-080")
def test_shadow_answers_are_kept_and_hold_nothing(plant: Plant) -> None:
    """The answer, its reasons and the decision are stored and sealed; the batch has no hold; asked again, the same."""
    plant.mes.submit_batch(record(), plant.bot)
    stored = plant.mes.store_prediction("B1", _said(), plant.bot)
    assert plant.mes.store_prediction("B1", _said(), plant.bot) == stored
    assert plant.mes.get_batch("B1").holds == ()
    with pytest.raises(Forbidden, match="A bot cannot sign"):
        plant.mes.decide_prediction(stored.prediction_id, _decide(), plant.bot)
    with pytest.raises(Forbidden, match="may not decide on a prediction"):
        plant.mes.decide_prediction(stored.prediction_id, _decide(), plant.operator)
    decided = plant.mes.decide_prediction(stored.prediction_id, _decide(), plant.reviewer)
    assert (decided.response, decided.decided_by) == (p.Response.DECLINED, "reviewer")
    with pytest.raises(Conflict, match="was declined already by reviewer"):
        plant.mes.decide_prediction(stored.prediction_id, _decide("accepted"), plant.qp)
    assert plant.mes.predictions("B1") == (decided,)
    told = [entry.action for entry in plant.mes.audit("B1")]
    assert told[-2:] == ["model answered", "prediction decided"]
    with pytest.raises(NotFound, match="no batch 'B9'"):
        plant.mes.store_prediction("B9", _said(), plant.bot)


@pytest.mark.requirement("URS-080")
def test_only_an_approved_model_can_hold(plant: Plant) -> None:
    """ACTIVE is refused until two people have approved; then RISK holds the batch and CLEAR does not."""
    plant.mes.submit_batch(record(), plant.bot)
    before = plant.dump()
    with pytest.raises(Conflict, match="is not approved: it may only run as SHADOW"):
        plant.mes.store_prediction("B1", _said(mode="ACTIVE"), plant.bot)
    assert plant.dump() == before
    _approved(plant)
    clear = _said(mode="ACTIVE", answer="CLEAR", probability=0.01, p_fail=0.02, p_pass=0.7)
    plant.mes.store_prediction("B1", clear, plant.bot)
    assert plant.mes.get_batch("B1").holds == ()
    plant.mes.store_prediction("B1", _said(mode="ACTIVE"), plant.bot)
    assert [hold.kind for hold in plant.mes.get_batch("B1").holds] == ["predictive"]


@pytest.mark.requirement("URS-220")
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"probability": 0.09}, "the probability 0.0900 is below 0.1000"),
        ({"p_pass": 0.16}, "passing is credible at a p-value above 0.15, or failing is not"),
        ({"p_fail": 0.1}, "passing is credible at a p-value above 0.15, or failing is not"),
        ({"answer": "CLEAR"}, "failing is credible at a p-value above 0.15"),
    ],
)
def test_an_answer_against_the_rule_of_the_card_holds_nothing(plant: Plant, said: dict[str, Any], words: str) -> None:
    """What was approved is the rule that the card was judged by: a bot that says RISK by another one is refused."""
    plant.mes.submit_batch(record(), plant.bot)
    _approved(plant)
    before = plant.dump()
    with pytest.raises(Conflict, match=f"against the rule of its card: {words}"):
        plant.mes.store_prediction("B1", _said(mode="ACTIVE", **said), plant.bot)
    assert plant.dump() == before
    silent = _said(mode="ACTIVE", **said | {"answer": "UNDECIDED"})
    undecided = plant.mes.store_prediction("B1", silent, plant.bot)
    assert not undecided.holds
    assert plant.mes.get_batch("B1").holds == ()


@pytest.mark.requirement("URS-221")
def test_the_chance_is_kept_with_its_interval_and_what_is_usual(plant: Plant) -> None:
    plant.mes.submit_batch(record(), plant.bot)
    told = {"probability": 0.0091, "probability_low": 0.0055, "probability_high": 0.014, "usual": 0.048}
    plant.mes.store_prediction("B1", _said(answer="UNDECIDED", **told), plant.bot)
    (stored,) = plant.mes.predictions("B1")
    assert stored.chance == "1 in 110 (1 in 180 to 1 in 71), usual 1 in 21"


@pytest.mark.requirement("URS-081")
def test_an_approval_takes_two_people_and_retires_the_one_before(plant: Plant) -> None:
    """Draft, validated, one signature, two signatures; the next model of this name takes its place."""
    model = _registered(plant)
    with pytest.raises(Conflict, match="is draft and can become retired or validated, not approved"):
        plant.mes.move_model(model.model_id, _move("approved"), plant.quality)
    assert plant.mes.move_model(model.model_id, _move("validated"), plant.quality).state == "validated"
    first = plant.mes.move_model(model.model_id, _move("approved"), plant.quality)
    assert (first.state, first.signed_by) == ("validated", ("quality",))
    with pytest.raises(Conflict, match="has signed for M-day3-1 already"):
        plant.mes.move_model(model.model_id, _move("approved"), plant.quality)
    assert plant.mes.move_model(model.model_id, _move("approved"), plant.qp).state == "approved"
    plant.mes.move_model(model.model_id, _move("retired"), plant.quality)
    _approved(plant, "ef" * 32)
    assert [(one.model_id, one.state.value) for one in plant.mes.models()] == [
        ("M-day3-1", "retired"),
        ("M-day3-2", "approved"),
    ]


def _recall(interval: list[Any], caught: Any, failures: Any) -> dict[str, Any]:
    counts = {"recall_interval": interval, "caught": caught, "failures": failures}
    return {"test": CARD["test"] | {"at_threshold": counts}}


def _replaced(rule: Any) -> dict[str, Any]:
    return {"test": CARD["test"] | {"replaced": rule}}


@pytest.mark.requirement("URS-081")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"generated_data_only": True}, "rests on generated data alone"),
        ({"asked_about": ["disposition"]}, "leaves open whether 'disposition' was known on the day of decision"),
        ({"asked_about": None}, "leaves open whether some column was known"),
        ({"tested_as_is": False}, "fitted again after its test"),
        ({"generated_data_only": None}, "rests on generated data alone"),
        ({"generated_data_only": 0}, "rests on generated data alone"),
        ({"tested_as_is": "no"}, "fitted again after its test"),
        (_recall([0.1, 1.0], 18, 21), "lower bound of its recall is 0.10"),
        (_recall([0.9, 1.0], 2, 3), "lower bound of its recall is 0.09"),
        (_recall([0.9, 1.0], 0, 0), "lower bound of its recall is 0.00"),
        (_recall(["nan", 1.0], 18, 21), "lower bound of its recall is 0.00"),
        (_recall([0.9, 1.0], 18.0, 21), "lower bound of its recall is 0.00"),
        (_recall([0.9, 1.0], 22, 21), "lower bound of its recall is 0.00"),
        ({"test": {"at_threshold": {"recall_interval": [0.9, 1.0]}}}, "lower bound of its recall is 0.00"),
        ({"test": {}}, "lower bound of its recall is 0.00"),
        ({"skill": {"shown": False}}, "no skill, no holds"),
        ({"skill": None}, "no skill, no holds"),
        ({"rule": None}, "does not say by which rule it holds batches"),
        ({"rule": {"alpha": 0.1, "threshold": "low"}}, "does not say by which rule it holds batches"),
        (_replaced(None), "does not compare it with what it replaces"),
        (_replaced({"worse": False}), "does not compare it with what it replaces"),
        (
            _replaced({"column": "viability_pct_d03", "worse": True}),
            "is worse than what it replaces, viability_pct_d03",
        ),
        (_replaced({"column": "viability_pct_d03"}), "is worse than what it replaces, viability_pct_d03"),
    ],
)
def test_a_card_that_does_not_carry_it_keeps_a_model_from_approval(
    plant: Plant, change: dict[str, Any], said: str
) -> None:
    """Each hindrance alone is enough; nothing is signed."""
    model = _registered(plant, CARD | change)
    plant.mes.move_model(model.model_id, _move("validated"), plant.quality)
    before = plant.dump()
    with pytest.raises(Conflict, match=said):
        plant.mes.move_model(model.model_id, _move("approved"), plant.quality)
    assert plant.dump() == before


@pytest.mark.requirement("URS-081")
@pytest.mark.parametrize("which", ["card", "parts", "hash"])
def test_a_card_is_registered_only_with_the_content_that_it_was_made_with(plant: Plant, which: str) -> None:
    """A better card for the model in use, or the card of another model, is refused; nothing is stored."""
    better = CARD | _recall([0.97, 1.0], 200, 200)
    changed: dict[str, Any] = {
        "card": {"card": better, "content_hash": HASH},
        "parts": {"parts_hash": "cd" * 32},
        "hash": {"content_hash": _hash(better)},
    }[which]
    before = plant.dump()
    with pytest.raises(Invalid, match=r"card of day3 is not the one that .* was computed with"):
        _registered(plant, **changed)
    assert plant.dump() == before


@pytest.mark.requirement("URS-081")
@pytest.mark.parametrize("least", [0.49, 0.0, float("nan"), 1.1])
def test_a_draft_can_t_ask_for_less_than_the_change_plan(plant: Plant, least: float) -> None:
    with pytest.raises(ValidationError, match="least_recall"):
        _registered(plant, least_recall=least)


@pytest.mark.requirement("URS-081")
def test_who_registers_a_model_does_not_sign_for_it(plant: Plant) -> None:
    """Whoever registers it answers for it as its author: that is the account, never a name in the message."""
    new = p.NewModel(name="day3", content_hash=HASH, parts_hash=PARTS, card=CARD)
    model = plant.mes.register_model(new, plant.quality)
    assert model.registered_by == "quality"
    for to in ("validated", "approved"):
        with pytest.raises(Forbidden, match="registered M-day3-1 and can't sign for it"):
            plant.mes.move_model(model.model_id, _move(to), plant.quality)
        if to == "validated":
            plant.mes.move_model(model.model_id, _move(to), plant.qp)
    assert plant.mes.models()[0].signed_by == ()


@pytest.mark.requirement("URS-081")
def test_who_prepared_a_model_does_not_sign_for_it(plant: Plant) -> None:
    """Nor does a bot register one, nor is the same content registered twice."""
    second = plant.mes.create_person(
        "operator.qa", "Operator Second", [Role.QUALITY_ASSURANCE], PASSWORD, actor=SYSTEM, same_person_as="operator"
    )
    model = _registered(plant)
    with pytest.raises(Forbidden, match="registered M-day3-1 and can't sign for it"):
        plant.mes.move_model(model.model_id, _move("validated"), second)
    with pytest.raises(Forbidden, match="registered by people"):
        plant.mes.register_model(p.NewModel(name="x", content_hash=HASH, parts_hash=PARTS, card=CARD), plant.bot)
    with pytest.raises(Conflict, match="registered already as M-day3-1"):
        _registered(plant)


@pytest.mark.requirement("URS-081")
def test_the_command_moves_a_model_and_says_what_hinders_it(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The model that comes with the library becomes a draft and is validated; its approval is refused in a sentence."""
    from batchwright.commands.model_approve import approve_model
    from batchwright.support.errors import Refused
    from batchwright.support.settings import Home
    from batchwright.support.wiring import open_mes
    from keywords.predictive_holds.library import MODELS

    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("BATCHWRIGHT_PASSWORD", PASSWORD)
    mes = open_mes(Home(tmp_path).make())
    mes.create_person("quality", "Quality Person", [Role.QUALITY_ASSURANCE], PASSWORD, actor=SYSTEM)
    mes.create_person("engineer", "Data Engineer", [Role.OPERATOR], PASSWORD, actor=SYSTEM)
    file, common = MODELS / "day3_shadow.model", {"user": "quality", "reason": "Looked at it."}
    with pytest.raises(Refused, match="is not in the register: begin with --to draft"):
        approve_model(file, to="validated", **common)
    draft = {**common, "user": "engineer"}
    approve_model(file, to="draft", least_recall=0.5, **draft)
    approve_model(file, to="validated", **common)
    assert "rests on generated data alone" in capsys.readouterr().out
    with pytest.raises(Refused, match="can't be approved: its card rests on generated data alone"):
        approve_model(file, to="approved", **common)
    assert [one.state.value for one in mes.models()] == ["validated"]
    with pytest.raises(Refused, match="There is no state 'perfect'"):
        approve_model(file, to="perfect", **common)
