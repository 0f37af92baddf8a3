"""What `batchwright shipments` says of a batch: its best ways side by side, and what the booked one is worth now."""

import json

import pytest
from journey_plant import ask, way
from mes_support import Plant
from rebooking_support import book, gate_comes_nearer, slow
from typer.testing import CliRunner

from batchwright import cli
from batchwright.commands import shipments

_RUN = CliRunner()


@pytest.fixture
def asked(ready: Plant, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Commands speak to this plant."""
    monkeypatch.setattr(shipments, "_mes", lambda _: ready.mes)
    return ready


def _said(*words: str) -> str:
    done = _RUN.invoke(cli.app, ["shipments", *words], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.requirement("URS-071")
def test_three_ways_side_by_side_with_their_parts_and_the_second_choice(asked: Plant) -> None:
    ways = [way(asked, f"W{number}", start_h=24 + number) for number in range(5)]
    options = ask(asked, *ways, way(asked, "LATE", start_h=24 * 12))
    text = _said("options", "B1")
    for one in options.ways[:3]:
        assert one.way_id in text
        assert f"{one.p:.3%}" in text
        assert f"{one.late:.3%} / {one.warm:.3%} / {one.excursion:.3%}" in text
    assert options.ways[3].way_id not in text
    assert options.why in text
    assert "not LATE: it arrives after the receipt has to be done" in text
    shown = json.loads(_said("options", "B1", "--format", "json"))
    assert shown == options.model_dump(mode="json")
    assert {"p", "low", "high", "late", "warm", "excursion", "second"} <= set(shown["ways"][0])


@pytest.mark.requirement("URS-078")
def test_what_the_booked_way_is_worth_is_told_from_the_first_word_to_the_last(asked: Plant) -> None:
    assert "nothing is booked" in _said("forecast", "B1")
    book(asked, slow(asked))
    asked.mes.forecast("B1", asked.operator)
    gate_comes_nearer(asked)
    text = _said("forecast", "B1")
    assert "not below 99.50%" in text
    assert "Another way is booked under rebook:B1:1." in text
    shown = json.loads(_said("forecast", "B1", "--format", "json"))["forecasts"]
    assert [one["below"] for one in shown] == [False, True]
