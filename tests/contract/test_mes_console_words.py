"""What the console says for people: no data dumps, no machine keys, every table readable on a phone."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from mes_support import PASSWORD, Plant
from starlette.testclient import TestClient

from mes_core.web import console
from mes_core.web.app import create_app
from mes_core.web.console.show import outcome, proposal

_TEMPLATES = Path(console.__file__).parent / "templates"
_ACTION = {"action": "harvest two days later", "simulated": True, "batches": 2000, "failures": 95}


@pytest.fixture
def web(plant: Plant) -> Iterator[httpx.Client]:
    with TestClient(create_app(plant.mes), base_url="https://testserver") as client:
        client.post("/login", data={"user": "qp", "password": PASSWORD})
        yield client


def test_a_proposed_action_is_a_sentence() -> None:
    counted = {"failures_prevented": 10, "failures_caused": 2, "share_interval": [0.0516, 0.1851]}
    assert proposal(_ACTION | counted) == (
        "Harvest two days later. Simulated on 2,000 batches: it prevents 10 of 95 failures (5 to 19 %) and causes 2."
    )


def test_an_action_of_another_shape_is_shown_as_it_is() -> None:
    assert proposal({"action": "feed more", "share_interval": "wide"}) == "action: feed more, share_interval: wide"


def test_what_a_bot_handed_over_is_said_without_inner_numbers() -> None:
    said = {
        "batch_id": "B1",
        "verdict": "HOLD",
        "findings": 1,
        "probability": 0.0025425,
        "pickup_at": "2026-11-26 10:00:00+00:00",
    }
    assert outcome(said) == "verdict HOLD; findings 1; probability 0.00254; pickup at 2026-11-26 10:00 UTC"
    assert outcome({"batch_id": "B1"}) == outcome(None) == "-"


def test_an_address_without_a_page_says_what_to_do(web: httpx.Client) -> None:
    answer = web.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no page /nowhere: check the address" in answer.text


class _Cells(HTMLParser):
    """Cells of stacked tables that lack the name of their column."""

    def __init__(self) -> None:
        super().__init__()
        self.stacked = False
        self.seen = 0
        self.unnamed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "table":
            self.stacked = "stacked" in (given.get("class") or "")
        if tag == "td" and self.stacked:
            self.seen += 1
            if not given.get("data-label"):
                self.unnamed.append(str(self.getpos()))


def test_every_cell_that_stands_alone_on_a_phone_names_its_column() -> None:
    for template in sorted(_TEMPLATES.glob("*.html")):
        cells = _Cells()
        # Jinja's own quotes would end an attribute; what it inserts does not matter here.
        cells.feed(re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "x", template.read_text(encoding="utf-8"), flags=re.S))
        assert cells.unnamed == [], template.name
        assert cells.seen or "stacked" not in template.read_text(encoding="utf-8"), template.name
