"""Small charts of the console: where values stand in them, what they say in words, and what they leave out."""

import re
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from console_support import browser
from mes_support import Plant, finding, record

from mes_core.messages import boards as b
from mes_core.messages import predictive as p
from mes_core.messages import views as v
from mes_core.web.console import chart

pytestmark = pytest.mark.requirement("URS-292")


def _value(number: float, name: str = "viability") -> dict[str, Any]:
    return {"name": name, "text": str(number), "value": number, "unit": "%", "low": 70, "high": 100}


def _made(plant: Plant, name: str, day: int, number: float, **more: Any) -> None:
    made = {"manufactured_at": f"2026-02-{day:02}T08:00:00Z", "infusion_planned_on": f"2026-03-{day:02}"}
    plant.mes.submit_batch(record(name, **{**made, "parameters": [_value(number)], **more}), plant.bot)


def _chart(page: str, name: str) -> ElementTree.Element:
    """The picture of a name, as XML."""
    for found in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        if name in found:
            return ElementTree.fromstring(found)  # noqa: S314 - of our own page
    raise AssertionError(f"no picture of {name}")


def test_a_finding_shows_its_value_after_those_of_earlier_batches_of_its_product(plant: Plant) -> None:
    for number in range(4):
        _made(plant, f"E{number}", 10 - number, 90 + number)
    _made(plant, "LATER", 25, 10)
    _made(plant, "OTHER", 9, 20, product_code="EX2")
    _made(plant, "NONE", 9, 20, parameters=[_value(20, "volume")])
    _made(plant, "BROKEN", 9, 30)
    plant.rules.say("HOLD", finding())
    _made(plant, "B1", 20, 60)
    plant.mes.review("B1", (), plant.at("B1"))
    plant.meddle("UPDATE batches SET record = '{broken' WHERE batch_id = 'BROKEN'")
    (one,) = plant.mes.trends("B1", ["viability", "no such value"]).values()
    assert one.earlier == (("E3", 93.0), ("E2", 92.0), ("E1", 91.0), ("E0", 90.0))
    assert (one.value, one.low, one.high) == (60, 70, 100)
    page = browser(plant).get("/batches/B1").text
    drawn = _chart(page, "viability in this batch and the earlier ones")
    dots = drawn.findall("{*}circle")
    assert [one.get("class") for one in dots] == ["other"] * 4 + ["this"]
    heights = [float(one.get("cy", "nan")) for one in dots]
    assert heights[0] < heights[1] < heights[3] < heights[4], "what is higher stands higher"
    low = next(one for one in drawn.findall("{*}rect") if "limit 70" in ElementTree.tostring(one, "unicode"))
    assert heights[3] < float(low.get("y", "nan")) < heights[4], "it is below its limit"
    assert drawn.findtext("{*}desc") == "This batch 60 %; 4 earlier ones 90 to 93 %; limits 70 to 100 %."


def test_nothing_is_drawn_of_a_first_batch_or_a_value_that_is_no_number(plant: Plant) -> None:
    plant.reviewed("HOLD", finding())
    assert "<svg" not in browser(plant).get("/batches/B1").text
    assert plant.mes.trends("B1", []) == {}
    _made(plant, "B2", 27, 1, parameters=[{**_value(1), "text": "none", "value": None}])
    assert plant.mes.trends("B2", ["viability"]) == {}


def test_values_that_are_all_the_same_and_without_limits_are_drawn() -> None:
    one = chart.trend(b.Trend(name="x", batch_id="B", value=0, earlier=(("A", 0.0),)))
    assert one is not None
    assert one.says == "This batch 0; 1 earlier one 0 to 0; no limits."
    assert {dot.y for dot in one.dots} == {one.dots[0].y}


def _said(plant: Plant, name: str, probability: float, day: int = 3, answer: str = "RISK") -> None:
    body: dict[str, Any] = {"model": "day3", "content_hash": "ab" * 32, "mode": "SHADOW", "culture_day": day}
    body |= {"answer": answer, "probability": probability, "p_fail": 0.5, "p_pass": 0.5, "inputs_hash": "cd" * 32}
    body |= {"probability_low": probability / 2, "probability_high": min(1.0, probability * 1.5)}
    plant.mes.store_prediction(name, p.NewPrediction.model_validate(body), plant.bot)


def test_risk_stands_over_days_with_its_band_and_in_words(plant: Plant) -> None:
    for number in range(3):
        plant.mes.submit_batch(record(f"P{number}"), plant.bot)
        _said(plant, f"P{number}", 0.2 + 0.2 * number, answer=("CLEAR", "UNDECIDED", "RISK")[number])
        plant.now += timedelta(days=1)
    _said(plant, "P0", 0.1, day=5, answer="CLEAR")
    page = browser(plant).get("/predictions").text
    drawn = _chart(page, "the newest answers")
    dots = drawn.findall("{*}circle")
    assert [one.get("class") for one in dots] == ["clear", "undecided", "risk", "clear"]
    bands = [one for one in drawn.findall("{*}rect") if one.get("class") == "band"]
    for dot, band in zip(dots, bands, strict=True):
        top, high = float(band.get("y", "nan")), float(band.get("height", "nan"))
        assert top < float(dot.get("cy", "nan")) < top + high, "the answer stands in its band"
    assert "4 answers from 2026-03-01 to 2026-03-04: 1 RISK, 2 CLEAR, 1 UNDECIDED (large dots," in (
        drawn.findtext("{*}desc") or ""
    )
    own = _chart(page, "Risk of P0 over its culture")
    assert len(own.findall("{*}circle")) == 2
    assert "culture day 3 to culture day 5" in (own.findtext("{*}desc") or "")
    assert "Risk of P1 over its culture" not in page, "one answer is no series"


def test_days_by_stage_are_bars_as_long_as_their_days(plant: Plant) -> None:
    plant.mes.submit_batch(record("S1"), plant.bot)
    plant.now += timedelta(days=8)
    plant.reviewed("HOLD", finding(), batch_id="S2")
    plant.now += timedelta(days=2)
    drawn = _chart(browser(plant).get("/flow").text, "Days by stage")
    wide = {one.get("class"): float(one.get("width", "nan")) for one in drawn.findall("{*}rect")[:2]}
    held = [float(one.get("width", "nan")) for one in drawn.findall("{*}rect") if one.get("class") == "middle"]
    assert wide["longest"] == wide["middle"] == pytest.approx(5 * held[1])
    assert "waits for review: median 10.0, longest 10.0 days; on hold: median 2.0" in (drawn.findtext("{*}desc") or "")


def test_no_stage_is_no_picture() -> None:
    assert chart.stages((), {}) is None
    one = b.Stage(state=v.BatchState.READY, batches=1, median_days=0.0, longest_days=0.0)
    assert chart.stages((one,), {"ready": "ready"}) is not None
