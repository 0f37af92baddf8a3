"""Models in use are watched: drift waits for a signature, and a challenger is compared and never heard."""

from typing import Any

import pytest
from mes_support import PASSWORD, SECRET, Plant, record
from pydantic import ValidationError
from scipy.stats import beta
from test_mes_predictive import CARD, PARTS, _approved, _hash, _move, _registered, _said

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.domain.model_states import SHADOW_BATCHES, shadow_hindrances
from mes_core.domain.shares import exact_interval
from mes_core.messages import predictive as p
from mes_core.messages import views as v
from mes_core.services.trail import integrity

USED, OTHER = _hash(), _hash(parts="ef" * 32)


def _drift(outcome: str = "drifted", batches: tuple[str, ...] = ("B1", "B2"), **more: Any) -> p.NewDriftCheck:
    body = {"model": "day3", "content_hash": USED, "culture_day": 3, "batches": batches, "outcome": outcome}
    body |= {"inputs": 40, "inputs_drifted": 9, "says": "Glucose d03 has drifted (PSI 0.9)."}
    body["columns"] = [{"name": "glucose_d03", "psi": 0.9, "ks_p": 0.0001, "missing": 0.0, "drifted": True}]
    return p.NewDriftCheck.model_validate(body | more)


def _answer(response: str = "use_on", password: str = PASSWORD) -> p.DecideDrift:
    body = {"response": response, "reason": "A new lot of medium; seen.", "meaning": "My answer."}
    return p.DecideDrift.model_validate(body | {"password": password})


@pytest.mark.requirement("URS-082")
def test_drift_keeps_an_approved_model_from_holding_until_a_person_answers_for_it(plant: Plant) -> None:
    """SHADOW answers go on being kept; after `use_on` ACTIVE ones are taken again, after `stay_out` they are not."""
    plant.mes.submit_batch(record(), plant.bot)
    _approved(plant)
    plant.mes.store_drift_check(_drift("steady"), plant.bot)
    assert plant.mes.models(USED)[0].suspended == ""
    check = plant.mes.store_drift_check(_drift(), plant.bot)
    assert plant.mes.store_drift_check(_drift(), plant.bot) == check
    assert "nobody has answered" in plant.mes.models(USED)[0].suspended
    before = plant.dump()
    with pytest.raises(Conflict, match=r"may only run as SHADOW: drift check DC-\w+ found drift and nobody"):
        plant.mes.store_prediction("B1", _said(mode="ACTIVE"), plant.bot)
    assert plant.dump() == before
    plant.mes.store_prediction("B1", _said(), plant.bot)
    for who, words in ((plant.bot, "bot cannot sign"), (plant.operator, "may not answer for drift")):
        with pytest.raises(Forbidden, match=words):
            plant.mes.decide_drift(check.check_id, _answer(), who)
    done = plant.mes.decide_drift(check.check_id, _answer(), plant.quality)
    assert (done.response, done.decided_by) == (p.DriftResponse.USE_ON, "quality")
    plant.mes.store_prediction("B1", _said(mode="ACTIVE"), plant.bot)
    assert [hold.kind for hold in plant.mes.get_batch("B1").holds] == ["predictive"]
    with pytest.raises(Conflict, match="was answered already by quality"):
        plant.mes.decide_drift(check.check_id, _answer(), plant.qp)
    again = plant.mes.store_drift_check(_drift(batches=("B2", "B3")), plant.bot)
    plant.mes.decide_drift(again.check_id, _answer("stay_out"), plant.qp)
    with pytest.raises(Conflict, match="a person has decided that it stays out of use"):
        plant.mes.store_prediction("B1", _said(mode="ACTIVE", probability=0.8), plant.bot)
    assert [one.check_id for one in plant.mes.drift_checks(USED)][:2] == [again.check_id, check.check_id]
    assert plant.mes.drift_checks("00" * 32) == ()


def test_what_has_not_drifted_or_is_not_there_is_not_answered_for(plant: Plant) -> None:
    steady = plant.mes.store_drift_check(_drift("too_few", batches=()), plant.bot)
    with pytest.raises(Conflict, match="found no drift"):
        plant.mes.decide_drift(steady.check_id, _answer(), plant.quality)
    with pytest.raises(NotFound, match="There is no drift check 'DC-1'"):
        plant.mes.decide_drift("DC-1", _answer(), plant.quality)


@pytest.mark.requirement("URS-082")
def test_an_item_about_a_model_that_fails_waits_for_a_person_and_holds_no_batch(plant: Plant) -> None:
    """Asked for by a bot, under one key once; a batch has no such item, and this job no batch."""
    plant.mes.submit_batch(record(), plant.bot)
    asked = v.NewWorkItem(job=p.DRIFT_JOB, business_key="drift:1", batch_id=p.MODELS_CHAIN)
    item = plant.mes.ask_for_item(asked, plant.bot)
    assert plant.mes.ask_for_item(asked, plant.bot) == item
    for job, batch_id in ((p.DRIFT_JOB, "B1"), ("predictive_hold", p.MODELS_CHAIN)):
        wrong = v.NewWorkItem(job=job, business_key="drift:2", batch_id=batch_id)
        with pytest.raises(Invalid, match="and no other, is about 'system:models'"):
            plant.mes.ask_for_item(wrong, plant.bot)
    taken = plant.mes.claim(v.ClaimRequest(secret=SECRET, worker="w", jobs=(p.DRIFT_JOB,)), plant.bot)
    assert taken is not None
    failed = {"epoch": taken.epoch, "family": "QUALITY", "code": "INPUTS_DRIFTED", "message": "They have."}
    ended = plant.mes.fail(taken.item_id, v.ItemFailed.model_validate(failed), plant.under(taken))
    assert (ended.state, ended.code) == ("waiting", "INPUTS_DRIFTED")
    assert plant.mes.get_batch("B1").holds == ()
    with plant.store.read() as work:
        assert integrity.problems(work) == []


def _spoke(plant: Plant, batch_id: str, champion: str, challenger: str) -> None:
    """Both models answered on a batch."""
    plant.mes.submit_batch(record(batch_id), plant.bot)
    plant.mes.store_prediction(batch_id, _said(content_hash=USED, answer=champion), plant.bot)
    beside = {"content_hash": OTHER, "beside": USED, "answer": challenger}
    plant.mes.store_prediction(batch_id, _said(**beside), plant.bot)


def _ended(plant: Plant, batch_id: str, *, failed: bool) -> None:
    plant.sign(plant.reviewed(batch_id=batch_id), disposition="rejected" if failed else "released")


@pytest.mark.requirement("URS-082")
def test_a_challenger_is_compared_on_known_outcomes_and_never_decided_on(plant: Plant) -> None:
    """Of what it says nobody is told before; batches without an outcome are counted apart."""
    for number, (champion, challenger, failed) in enumerate(
        (("RISK", "CLEAR", True), ("CLEAR", "RISK", True), ("RISK", "RISK", True), ("RISK", "UNDECIDED", False)), 1
    ):
        _spoke(plant, f"B{number}", champion, challenger)
        _ended(plant, f"B{number}", failed=failed)
    _spoke(plant, "B5", "RISK", "RISK")
    found = plant.mes.compare_in_shadow(USED, OTHER)
    assert (found.batches, found.failed, found.waiting) == (4, 3, 1)
    assert (found.champion.caught, found.champion.false_holds, found.champion.undecided) == (2, 1, 0)
    assert (found.challenger.caught, found.challenger.false_holds, found.challenger.undecided) == (2, 0, 1)
    assert (found.only_champion_caught, found.only_challenger_caught) == (1, 1)
    assert found.challenger.recall_interval == pytest.approx(exact_interval(2, 3))
    assert "on 4 batches whose outcome is known, and it takes 30" in found.hindrances[0]
    assert plant.mes.challengers() == (found,)
    plant.meddle("UPDATE predictions SET document = '{}' WHERE batch_id = 'B4'")
    without = plant.mes.compare_in_shadow(USED, OTHER)
    assert (without.batches, without.champion.false_holds) == (3, 0)
    assert "A prediction of batch B4 can't be read" in without.hindrances[0]
    assert plant.mes.challengers() == (without,)
    shadow = next(one for one in plant.mes.predictions("B5") if one.said.beside)
    decide = {"response": "accepted", "reason": "I like it.", "meaning": "Mine.", "password": PASSWORD}
    with pytest.raises(Conflict, match="is a challenger's: it is compared, not decided on"):
        plant.mes.decide_prediction(shadow.prediction_id, p.DecidePrediction.model_validate(decide), plant.reviewer)


@pytest.mark.parametrize("wrong", [{"mode": "ACTIVE", "beside": USED}, {"content_hash": USED, "beside": USED}])
def test_what_runs_beside_a_model_is_another_and_a_shadow(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="another model, and a SHADOW"):
        _said(**wrong)


@pytest.mark.requirement("URS-082")
def test_a_challenger_takes_the_place_of_the_model_in_use_only_after_its_time_in_shadow(plant: Plant) -> None:
    """With the card alone it is refused; nothing is signed."""
    _approved(plant)
    model = _registered(plant, CARD, "ef" * 32)
    plant.mes.move_model(model.model_id, _move("validated"), plant.quality)
    before = plant.dump()
    with pytest.raises(Conflict, match="in shadow beside M-day3-1 on 0 batches whose outcome is known, and it takes"):
        plant.mes.move_model(model.model_id, _move("approved"), plant.quality)
    assert plant.dump() == before
    for number in range(SHADOW_BATCHES):
        _spoke(plant, f"B{number}", "CLEAR", "CLEAR")
        _ended(plant, f"B{number}", failed=False)
    plant.mes.move_model(model.model_id, _move("approved"), plant.quality)
    assert plant.mes.move_model(model.model_id, _move("approved"), plant.qp).state == "approved"
    assert [one.state.value for one in plant.mes.models()] == ["retired", "approved"]


def test_one_that_catches_fewer_failures_stays_in_shadow() -> None:
    assert shadow_hindrances(29, (0, 5), "M-1")
    assert "caught 2 failures and M-1, which is in use, 3" in shadow_hindrances(40, (3, 2), "M-1")[0]
    assert shadow_hindrances(30, (3, 3), "M-1") == ()


def test_the_intervals_are_those_of_the_beta_distribution() -> None:
    for trials in (1, 3, 21, 400, 5000):
        for successes in {0, 1, trials // 3, trials - 1, trials}:
            low, high = exact_interval(successes, trials)
            assert low == pytest.approx(
                beta.ppf(0.025, successes, trials - successes + 1) if successes else 0, abs=1e-9
            )
            wanted = beta.ppf(0.975, successes + 1, trials - successes) if successes < trials else 1
            assert high == pytest.approx(wanted, abs=1e-9)
    assert exact_interval(0, 0) == (0.0, 1.0)
    assert PARTS != USED
