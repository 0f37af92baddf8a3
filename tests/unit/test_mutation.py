"""The mutation of clean records: every operator gets its share, and none stops the run."""

import numpy as np
import pytest

from batchwright.commands import mutation
from batchwright.support.errors import Refused
from twin.defects import OPERATORS
from twin.world import make_clean_bundles

_BY_CHANCE = ("CT-SPC-", "CT-CAL-", "CT-HLD-", "CT-MTH-02", "CT-DON-0", "CT-STE-0")
"""Rules that two corruptions by each operator need not reach: one operator draws among many places, or markets."""


def test_every_operator_is_used_equally_and_what_can_be_caught_is_caught() -> None:
    many = len(OPERATORS)
    result = mutation.mutate_and_review(2 * many, 11, clean=50)
    assert {row["of"] for row in result["operators"]} == {2}
    missed = [row["operator"] for row in result["operators"] if row["detected"] < 2 and not row["why_not"]]
    assert missed == []
    assert result["clean"] == {"held": 0, "of": 50}
    found = {row["operator"]: (row["rule"], row["rule_times"]) for row in result["operators"]}
    assert all(rule and times <= 2 for rule, times in found.values() if times), "the rule that found it most often"
    assert found["sterility_positive"] == ("CT-SPC-09", 2)
    assert all(bool(row["rule_times"]) >= bool(row["detected"]) for row in result["operators"])
    unaimed = [one for one in result["not_reached"] if not one.startswith(_BY_CHANCE)]
    assert unaimed == [], "critical rules at which no operator aims"


def test_an_operator_takes_the_next_record_when_it_finds_nothing_to_damage() -> None:
    """Results too small to differ stand in some records only."""
    empty, whole = make_clean_bundles(2, 5)
    empty.lims_results.clear()
    damaged = mutation._damaged(iter([empty, whole]), "result_twice_differing", np.random.default_rng(1))
    assert damaged.record["batch_id"] == whole.record["batch_id"]


def test_an_operator_that_never_finds_anything_is_refused_by_name() -> None:
    (empty,) = make_clean_bundles(1, 5)
    empty.lims_results.clear()
    with pytest.raises(Refused, match="result_twice_differing"):
        mutation._damaged(iter([empty] * 60), "result_twice_differing", np.random.default_rng(1))
