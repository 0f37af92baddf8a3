"""A correction keeps what was typed: every digit of a number, and every digit of what only looks like one."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant, record

from mes_core.messages import views as v
from mes_core.web import create_app


def _correct(plant: Plant, path: str, old: Any, new: Any) -> None:
    correction = v.Correction(path=path, old=old, new=new, reason="Slip of the pen.", password=PASSWORD)
    plant.mes.correct("B1", correction, plant.operator)


def _stands(plant: Plant, path: str) -> Any:
    return plant.mes.value_at("B1", path)


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.891, "1234567.891"),
        (12345678, "12345678"),
        (0.1234567891, "0.1234567891"),
        (1e-7, "1e-07"),
        (-0.0, "0"),
    ],
)
def test_a_corrected_number_keeps_its_digits_in_value_and_text(plant: Plant, value: float, text: str) -> None:
    """Rules read the text: it says what the value says, and is read back as the same, whichever was corrected."""
    plant.mes.submit_batch(record(), plant.bot)
    _correct(plant, "parameters/volume/value", 50.0, value)
    assert (_stands(plant, "parameters/volume/value"), _stands(plant, "parameters/volume/text")) == (value, text)
    _correct(plant, "parameters/viability/text", "80", text)
    assert (_stands(plant, "parameters/viability/value"), _stands(plant, "parameters/viability/text")) == (value, text)
    plant.mes.review("B1", (), plant.at())
    assert plant.rules.seen[-1]["values"]["volume"]["text"] == text


@pytest.mark.requirement("URS-111")
def test_digits_that_no_number_keeps_are_a_text_alone(plant: Plant) -> None:
    """A value beside them would be another one."""
    plant.mes.submit_batch(record(), plant.bot)
    _correct(plant, "parameters/viability/text", "80", "9007199254740993")
    assert _stands(plant, "parameters/viability/text") == "9007199254740993"
    assert _stands(plant, "parameters/viability/value") is None


@pytest.mark.requirement("URS-111")
def test_a_lot_of_digits_stays_a_lot_in_the_console(plant: Plant) -> None:
    """The field decides what a form takes, not what the digits look like; a number is asked for in plain notation."""
    plant.mes.submit_batch(record(), plant.bot)
    web = TestClient(create_app(plant.mes), follow_redirects=False)
    web.post("/login", data={"user": "operator", "password": PASSWORD})
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', web.get("/").text)
    assert token is not None

    def send(path: str, old: str, new: str) -> int:
        body = {"path": path, "old": old, "new": new, "reason": "Slip of the pen.", "password": PASSWORD}
        return web.post("/batches/B1/correction", data={"form_token": token[1], **body}).status_code

    assert send("materials/M1/lot", "L1", "0012345") == 303
    assert _stands(plant, "materials/M1/lot") == "0012345"
    assert send("materials/M1/lot", "0012345", "1e5") == 303
    assert _stands(plant, "materials/M1/lot") == "1e5"
    assert send("parameters/volume/value", "50", "1234567.891") == 303
    assert _stands(plant, "parameters/volume/value") == 1234567.891
    assert send("parameters/volume/value", "1234567.891", "1,271") == 422
