"""Measures by part: they add up to the whole, a part that is failed is named, thirds hold every row."""

import numpy as np
import pytest

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.table import Table
from keywords.predictive_holds.training.checks import Learnable
from keywords.predictive_holds.training.subgroups import by_subgroup


def _test_rows(site: list[str], fail: list[int]) -> Learnable:
    columns = {"site": site, "age": [str(number) for number in range(len(site))], "gap": [""] * len(site)}
    rows = len(site)
    return Learnable(
        Table(columns, "t.csv", rows),
        np.array(fail, float),
        np.arange(rows, dtype=float),
        list(map(str, range(rows))),
        None,
    )


def test_a_part_in_which_nothing_is_caught_is_named_and_parts_add_up() -> None:
    fail = [1] * 10 + [0] * 40 + [1] * 10 + [0] * 40
    test = _test_rows(["north"] * 50 + ["south"] * 50, fail)
    said = np.array([0.9 if one and place < 50 else 0.1 for place, one in enumerate(fail)])
    north, south = by_subgroup(test, said, said >= 0.5, ("site",))
    assert (north["caught"], north["failures"], north["held"], north["worse"]) == (10, 10, 10, False)
    assert (south["caught"], south["recall"], south["precision"], south["worse"]) == (0, 0.0, None, True)
    assert north["rows"] + south["rows"] == 100


def test_few_failures_are_never_called_worse_by_chance_alone() -> None:
    test = _test_rows(["a"] * 60 + ["b"] * 40, [1] * 12 + [0] * 48 + [1] * 2 + [0] * 38)
    said = np.array([0.9] * 8 + [0.1] * 92)
    b = next(one for one in by_subgroup(test, said, said >= 0.5, ("site",)) if one["value"] == "b")
    assert b["recall"] == 0.0
    assert not b["worse"], "2 of 2 missed says little: the interval reaches to 0.84."


def test_numbers_are_cut_at_thirds_and_missing_values_are_a_part() -> None:
    test = _test_rows(["a"] * 90, [1, 0, 0] * 30)
    said = np.linspace(0, 1, 90)
    parts = by_subgroup(test, said, said >= 0.5, ("age", "gap"))
    assert [one["rows"] for one in parts if one["column"] == "age"] == [30, 30, 30]
    assert [(one["value"], one["rows"]) for one in parts if one["column"] == "gap"] == [("missing", 90)]


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelRefused, match="has no column 'plant'"):
        by_subgroup(_test_rows(["a"], [1]), np.array([0.5]), np.array([True]), ("plant",))
