"""The page of what models said: risks first, one signed decision an answer, text from models shown as text."""

import re
from collections.abc import Iterator

import httpx
import pytest
from mes_support import PASSWORD, Plant, record
from starlette.testclient import TestClient

from mes_core.messages import predictive as p
from mes_core.messages import views as v
from mes_core.web.app import create_app


def _say(plant: Plant, batch_id: str, answer: str, probability: float, why: str = "viability d03 is low") -> None:
    plant.mes.submit_batch(record(batch_id), plant.bot)
    body = {"model": "day3", "content_hash": "ab" * 32, "mode": "SHADOW", "culture_day": 3, "answer": answer}
    body |= {"probability": probability, "p_fail": 0.5, "p_pass": 0.5, "inputs_hash": "cd" * 32, "reasons": [why]}
    plant.mes.store_prediction(batch_id, p.NewPrediction.model_validate(body), plant.bot)


@pytest.fixture
def web(plant: Plant) -> Iterator[httpx.Client]:
    with TestClient(create_app(plant.mes), base_url="https://testserver") as client:
        client.post("/login", data={"user": "qp", "password": PASSWORD})
        yield client


def _decide(web: httpx.Client, plant: Plant, password: str = PASSWORD, response: str = "declined") -> httpx.Response:
    token = re.search(r'name="form_token" value="([^"]+)"', web.get("/predictions").text)
    assert token is not None
    number = plant.mes.all_predictions()[0].prediction_id
    form = {"form_token": token[1], "reason": "A sensor was being calibrated.", "password": password}
    return web.post(f"/predictions/{number}/decision", data={**form, "response": response})


def test_undecided_risks_come_first_and_words_of_a_model_are_text(web: httpx.Client, plant: Plant) -> None:
    _say(plant, "B1", "CLEAR", 0.01)
    _say(plant, "B2", "RISK", 0.6)
    _say(plant, "B3", "RISK", 0.9, "<script>alert(1)</script>")
    _say(plant, "B4", "UNDECIDED", 0.3)
    page = web.get("/predictions").text
    assert re.findall(r'href="/batches/(B\d)"', page) == ["B3", "B2", "B4", "B1"]
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "SHADOW: holds nothing" in page
    assert "fails 90 in 100<br>p-value of failing" in page


def test_a_decision_is_signed_once_and_moves_to_the_decided(web: httpx.Client, plant: Plant) -> None:
    _say(plant, "B1", "RISK", 0.6)
    done = _decide(web, plant)
    assert "The answer on B1 is declined." in done.text
    assert "No answer waits for a decision." in web.get("/predictions").text
    page = web.get("/predictions?decided=true").text
    assert "A sensor was being calibrated." in page
    assert "People went against RISK in 1 of 1 decisions, CLEAR in 0 of 0 decisions" in page
    signed = [one for one in plant.mes.signatures("B1") if one.act.startswith("prediction")]
    assert len(signed) == 1


@pytest.mark.parametrize("wrong", ["password", "response", "reason"])
def test_a_decision_that_can_t_be_taken_changes_nothing(web: httpx.Client, plant: Plant, wrong: str) -> None:
    _say(plant, "B1", "RISK", 0.6)
    if wrong == "password":
        assert _decide(web, plant, password="not it").status_code in (401, 403)
    elif wrong == "response":
        assert _decide(web, plant, response="perhaps").status_code in (400, 422)
    else:
        _say(plant, "B2", "RISK", 0.6)
        assert (
            web.post("/predictions/nothing/decision", data={"form_token": "x", "response": "accepted"}).status_code
            >= 400
        )
    assert all(one.response is None for one in plant.mes.all_predictions())


def _drifted(plant: Plant) -> p.DriftView:
    said = {"model": "day3", "content_hash": "ab" * 32, "culture_day": 3, "batches": ["B1"], "outcome": "drifted"}
    said |= {"inputs": 9, "inputs_drifted": 1, "says": "Glucose <b>d02</b> is 12 lower than before."}
    return plant.mes.store_drift_check(p.NewDriftCheck.model_validate(said), plant.bot)


def test_drift_is_answered_for_on_the_page_and_its_item_leads_there(web: httpx.Client, plant: Plant) -> None:
    check = _drifted(plant)
    asked = v.NewWorkItem(job=p.DRIFT_JOB, business_key="d", batch_id=p.MODELS_CHAIN)
    plant.mes.ask_for_item(asked, plant.bot)
    items = web.get("/work").text
    assert '<a href="/predictions">models</a>' in items
    page = web.get("/predictions").text
    assert "Glucose &lt;b&gt;d02&lt;/b&gt; is 12 lower" in page
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    assert token is not None
    form = {"form_token": token[1], "reason": "The meter was exchanged.", "password": PASSWORD}
    wrong = web.post(f"/drift-checks/{check.check_id}/decision", data={**form, "response": "perhaps"})
    assert wrong.status_code in (400, 422)
    assert plant.mes.drift_checks()[0].response is None
    done = web.post(f"/drift-checks/{check.check_id}/decision", data={**form, "response": "stay_out"})
    assert "Model day3 stays out of use." in done.text
    assert "The meter was exchanged." in web.get("/predictions").text


def test_what_a_challenger_says_is_compared_and_not_shown_for_a_decision(web: httpx.Client, plant: Plant) -> None:
    _say(plant, "B1", "CLEAR", 0.1)
    other = plant.mes.all_predictions()[0].said.model_copy(
        update={"content_hash": "cd" * 32, "beside": "ab" * 32, "answer": p.RiskAnswer.RISK, "reasons": ("hush",)}
    )
    plant.mes.store_prediction("B1", other, plant.bot)
    page = web.get("/predictions").text
    assert page.count("Decide and sign") == 1
    assert "hush" not in page
    assert "1 more wait for their outcome" in page
    assert "on 0 batches whose outcome is known, and it takes 30" in page


def test_nobody_sees_it_without_logging_in(web: httpx.Client) -> None:
    web.cookies.clear()
    assert web.get("/predictions").url.path == "/login"
