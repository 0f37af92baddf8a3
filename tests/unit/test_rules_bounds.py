"""Results with a bound: `< 0.5` shows that a limit is kept only where the bound shows it."""

from typing import Any

import pytest

import rules
from rules.facts import inside


@pytest.mark.parametrize(
    ("text", "low", "high", "shown"),
    [
        ("< 0.5", None, 5.0, True),
        ("< 6", None, 5.0, False),
        ("> 5", None, 5.0, False),
        ("> 4", None, 5.0, False),
        ("< 85", 80.0, None, False),
        ("> 85", 80.0, None, True),
        ("< 1", 0.0, 3.0, True),
        ("Negative", None, 5.0, False),
        ("5", None, 5.0, True),
    ],
)
def test_a_bound_counts_only_where_it_shows_the_point(
    text: str, low: float | None, high: float | None, shown: bool
) -> None:
    assert inside(text, low, high) is shown


@pytest.mark.parametrize(
    ("order", "fires"), [(["S010", "S020", "S030"], False), (["S020", "S010", "S030"], True), (["S010", "S030"], False)]
)
def test_steps_stand_in_the_order_of_the_master_record(order: list[str], fires: bool) -> None:
    facts: dict[str, Any] = {"steps": [{"step_id": one} for one in order]}
    found = [one for one in rules.builtin_rule_set("car_t_review").review(facts).findings if one.rule == "CT-SEQ-04"]
    assert bool(found) is fires
