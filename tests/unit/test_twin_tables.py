"""Known damage to tables of results."""

import pytest

from twin.model.errors import TwinError
from twin.world.tables import corrupt_results

TESTS = ("Residual solvent", "Total impurities", "Impurity O")


def rows(batches: int) -> list[dict[str, str]]:
    return [
        {
            "result_id": f"R-{batch}-{number}",
            "sample_id": f"S-{batch}",
            "batch": str(batch),
            "test": test,
            "result": f"{0.11 + 0.37 * batch + 0.05 * number:.2f}",
            "unit": "%",
        }
        for batch in range(1, batches + 1)
        for number, test in enumerate(TESTS)
    ]


@pytest.mark.parametrize("k", [0, 1, 3, 17, 60])
def test_exactly_k_results_differ_and_truth_names_them(k: int) -> None:
    before = rows(20)
    after, truth = corrupt_results(before, k, seed=5)
    differing = {
        (one["batch"], one["test"], one["result"], two["result"])
        for one, two in zip(before, after, strict=True)
        if one != two
    }
    assert len(differing) == k
    assert differing == {(one.batch, one.test, one.old, one.new) for one in truth}
    assert all(one.new == "" or float(one.new) != float(one.old) for one in truth)
    assert before == rows(20)


def test_all_three_kinds_of_damage_occur() -> None:
    _, truth = corrupt_results(rows(20), 9, seed=1)
    assert {one.operator for one in truth} == {"swapped_digits", "value_of_other_batch", "value_missing"}


def test_value_of_other_batch_stands_there() -> None:
    before = rows(20)
    _, truth = corrupt_results(before, 12, seed=3)
    taken = [one for one in truth if one.operator == "value_of_other_batch"]
    assert taken
    for one in taken:
        assert any(r["test"] == one.test and r["batch"] != one.batch and r["result"] == one.new for r in before)


def test_the_seed_decides() -> None:
    assert corrupt_results(rows(20), 7, seed=9) == corrupt_results(rows(20), 7, seed=9)
    assert corrupt_results(rows(20), 7, seed=9)[1] != corrupt_results(rows(20), 7, seed=10)[1]


def test_words_and_blanks_are_left_alone() -> None:
    table = [
        *rows(3),
        {"batch": "9", "test": "Sterility", "result": "Negative"},
        {"batch": "9", "test": "pH", "result": ""},
    ]
    after, truth = corrupt_results(table, 9, seed=2)
    assert len(truth) == 9
    assert after[-2:] == table[-2:]


def test_more_than_there_are_is_refused() -> None:
    with pytest.raises(TwinError, match="Only 9 results"):
        corrupt_results(rows(3), 10, seed=1)
    with pytest.raises(TwinError, match="zero or more"):
        corrupt_results(rows(3), -1, seed=1)
