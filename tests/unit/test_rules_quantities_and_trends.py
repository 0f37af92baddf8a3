"""Quantities in whatever unit, markets, repeated readings, and trends over earlier batches."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules
from rules import units
from rules.errors import BadFact
from rules.loading import rule_set_of


def _set(**rule: Any) -> rules.RuleSet:
    whole = {
        "id": "AA-ONE-01",
        "title": "Some title",
        "clause": "some clause",
        "severity": "major",
        "text": "Wrong: {item}.",
        "next_step": "Look at it.",
        "examples": {"passing": [{}], "failing": [{}]},
        **rule,
    }
    return rule_set_of({"rule_set": "some_set", "version": "1.0.0", "title": "Some", "rules": [whole]})


def _materials(*rows: tuple[str, Any, str]) -> list[dict[str, Any]]:
    return [{"material_id": f"M{n}", "lot": lot, "quantity": q, "unit": u} for n, (lot, q, u) in enumerate(rows)]


def _postings(*rows: tuple[str, str, str]) -> dict[str, Any]:
    listed = [{"posting": f"G{n}", "lot": lot, "quantity": q, "unit": u} for n, (lot, q, u) in enumerate(rows)]
    return {"consumption": {"complete": True, "page": "/consumption", "rows": listed}}


@pytest.mark.parametrize(
    ("record", "erp", "fires"),
    [
        ([("L1", 1000.0, "mL")], [("L1", "1", "L")], False),
        ([("L1", 1000.0, "mL")], [("L1", "1000", "mL")], False),
        ([("L1", 1000.0, "mL")], [("L1", "600", "mL"), ("L1", "0.4", "L")], False),
        ([("L1", 600.0, "mL"), ("L1", 400.0, "mL")], [("L1", "1", "L")], False),
        ([("L1", 1000.0, "mL")], [("L1", "1000", "L")], True),
        ([("L1", 1000.0, "mL")], [("L1", "1000", "g")], True),
        ([("L1", 1000.0, "mL")], [("L1", "1000", "bottles")], True),
        ([("L1", 1000.0, "mL")], [("L1", "", "mL")], True),
        ([("L1", 1000.0, "mL")], [("L1", "1000", "mL"), ("L1", "1000", "mL")], True),
        ([("L1", 1000.0, "mL")], [("L2", "5", "mL")], False),
    ],
)
def test_quantities_are_compared_whatever_their_unit(record: Any, erp: Any, fires: bool) -> None:
    rule_set = _set(
        kind="same_quantity", each="materials", name="material_id", other="erp.consumption", other_name="posting",
        on={"lot": "lot"}, quantity=["quantity", "quantity"], unit=["unit", "unit"],
    )  # fmt: skip
    outcome = rule_set.review({"materials": _materials(*record), "erp": _postings(*erp)})
    assert bool(outcome.findings) == fires


@pytest.mark.parametrize(
    ("text", "unit", "verdict"),
    [
        ("37", "Cel", "READY"),
        ("310.15", "K", "READY"),
        ("98.6", "[degF]", "READY"),
        ("37", "K", "HOLD"),
        ("37", "mL", "HOLD"),
        ("warm", "Cel", "HOLD"),
        ("", "Cel", "UNDECIDED"),
    ],
)
def test_a_quantity_is_judged_in_the_unit_of_its_limits(text: str, unit: str, verdict: str) -> None:
    rule_set = _set(kind="quantity", parameters=["temperature"], unit="Cel", low=36.5, high=37.5)
    assert rule_set.review({"values": {"temperature": {"text": text, "unit": unit}}}).verdict == verdict


@given(st.floats(-1e6, 1e6), st.sampled_from([("mL", "L"), ("Cel", "K"), ("g/L", "mg/mL"), ("h", "min"), ("%", "1")]))
def test_converting_there_and_back_changes_nothing(value: float, pair: tuple[str, str]) -> None:
    there = units.convert(value, *pair)
    assert there is not None
    assert units.convert(there, pair[1], pair[0]) == pytest.approx(value, rel=1e-9, abs=1e-6)


def test_an_unknown_unit_is_no_unit() -> None:
    with pytest.raises(BadFact, match=r"'mll' is not known \(did you mean 'm[lL]'\?\)"):
        units.convert(1.0, "mll", "mL")


def _history(count: int) -> list[float]:
    return [90 + 0.3 * ((n * 7) % 5) for n in range(count)]


@pytest.mark.parametrize(
    ("earlier", "now", "fires"),
    [
        (_history(20), "90.5", False),
        (_history(20), "80", True),
        (_history(19), "80", False),
        ([], "80", False),
        ([90.0] * 20, "90", False),
        ([90.0] * 20, "90.5", True),
        ([*_history(20), *[92.0] * 8], "92", True),
    ],
)
def test_a_trend_is_a_signal_against_the_first_batches(earlier: list[float], now: str, fires: bool) -> None:
    rule_set = _set(kind="trend", parameters=["purity"], tests=["nelson_1", "nelson_2"])
    facts = {"history": {"purity": earlier}, "values": {"purity": {"text": now}}}
    assert rule_set.trended == ("purity",)
    assert bool(rule_set.review(facts).findings) == fires


def test_without_history_a_trend_is_undecided_and_a_bad_one_refused() -> None:
    rule_set = _set(kind="trend", parameters=["purity"], tests=["nelson_1"])
    values = {"purity": {"text": "90"}}
    assert rule_set.review({"values": values}).verdict == "UNDECIDED"
    for bad in ("90", ["ninety"], [None]):
        with pytest.raises(BadFact, match=r"history\.purity"):
            rule_set.review({"values": values, "history": {"purity": bad}})


@pytest.mark.parametrize(("markets", "verdict"), [(["DE"], "READY"), (["DE", "ZZ"], "HOLD"), ([], "UNDECIDED")])
def test_markets_have_to_be_known(markets: list[str], verdict: str) -> None:
    rule_set = _set(kind="head_among", field="markets", allowed=["DE", "US"])
    assert rule_set.review({"batch": {"markets": markets}}).verdict == verdict
