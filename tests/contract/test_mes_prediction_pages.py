"""The page of what models said: risks first, one signed decision an answer, text from models shown as text."""

import re
from collections.abc import Iterator

import httpx
import pytest
from mes_support import PASSWORD, Plant, record
from starlette.testclient import TestClient

from mes_core.messages import predictive as p
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


def test_nobody_sees_it_without_logging_in(web: httpx.Client) -> None:
    web.cookies.clear()
    assert str(web.get("/predictions").url).endswith("/login")
