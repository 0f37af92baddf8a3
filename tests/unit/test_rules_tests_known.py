"""Results of tests: one of a test that nobody knows is a finding, and so is a failing one in words of its own."""

from functools import cache
from typing import Any

import numpy as np
import pytest

import rules
from batchwright.commands.mutation import facts_of_bundle
from twin.defects import Bundle, mutate
from twin.world import make_clean_bundles

_WORDS = {
    "Sterility": "CT-SPC-09", "Mycoplasma": "CT-SPC-10", "RCL": "CT-SPC-11", "Appearance": "CT-SPC-12",
    "Sterility, in process": "CT-SPC-14", "Container integrity": "CT-SPC-15", "Identity": "CT-IDN-01",
}  # fmt: skip
"""Tests whose result is a word, and the rule that knows it."""


@cache
def _book() -> rules.RuleSet:
    return rules.builtin_rule_set("car_t_review")


@cache
def _clean() -> tuple[Bundle, ...]:
    return tuple(make_clean_bundles(20, 41))


def _found(bundle: Bundle) -> dict[str, str]:
    return {one.rule: one.text for one in _book().review(facts_of_bundle(bundle)).findings}


def test_a_failing_test_that_nobody_knows_is_found_whatever_it_is_called() -> None:
    """A positive result under another name was read by nobody: the batch was ready."""
    names = set()
    for number, bundle in enumerate(_clean()):
        damaged, _ = mutate(bundle, "unknown_test_positive", np.random.default_rng(number))
        found = _found(damaged)
        assert set(found) == {"CT-LIM-14"}
        extra = next(row for row in damaged.lims_results if row["result_id"].endswith("X"))
        assert extra["test"] in found["CT-LIM-14"]
        assert extra["result"] in found["CT-LIM-14"]
        names.add(extra["test"])
    assert any(not name.isascii() for name in names), "letters that look alike"
    assert len(names) > 5


def test_another_test_is_a_finding_however_it_came_out_and_whether_or_not_it_is_reported() -> None:
    for reported in ("Yes", "No", ""):
        bundle = _clean()[0].copy()
        row = bundle.result("Sterility")
        bundle.lims_results.append({**row, "result_id": "R-X", "test": " Sterility", "reported": reported})
        assert "CT-LIM-14" in _found(bundle)


def test_every_test_that_the_product_knows_has_a_rule_that_judges_its_result() -> None:
    """A test without one would be a name under which a failing result passes."""
    by_id: dict[str, Any] = {one.id: one for one in _book().rules}
    judged: set[str] = set(by_id["CT-MAT-10"].pairs.values())
    for one in _book().rules:
        named: Any = one
        if one.kind in ("enumeration", "range", "dose_band") and named.each == "lims.results":
            judged |= set(named.where.get("test", ()))
    assert set(by_id["CT-LIM-14"].allowed) <= judged
    assert set(by_id["CT-LIM-14"].allowed) == set(by_id["CT-LIM-01"].required)


@pytest.mark.parametrize("test", _WORDS)
@pytest.mark.parametrize("words", ["Growth observed", "Pos.", "+", "Inconclusive", "not Negative", "negative?"])
def test_a_result_in_words_of_its_own_is_no_pass(test: str, words: str) -> None:
    bundle = _clean()[0].copy()
    bundle.result(test)["result"] = words
    assert words in _found(bundle)[_WORDS[test]]


def test_the_operator_of_other_words_reaches_each_of_these_tests() -> None:
    found = set()
    for number in range(80):
        damaged, _ = mutate(_clean()[number % 20], "result_in_other_words", np.random.default_rng(number))
        found |= set(_found(damaged))
    assert set(_WORDS.values()) <= found
