"""What a table must be before a model learns from it, and before it answers: refusals with one sentence."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from predictive_support import as_table, plant_table

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.guard import check_inputs
from keywords.predictive_holds.prepare import Preparation
from keywords.predictive_holds.table import Table, numbers, read_table
from keywords.predictive_holds.training.checks import Roles, learn_preparation, learnable
from keywords.predictive_holds.training.fitting import Options
from keywords.predictive_holds.training.lock import split_by_time
from keywords.predictive_holds.training.members import Sizes
from keywords.predictive_holds.training.train import train

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROLES = Roles("fail", "timestamp", "patient")


_WORDS = {"1": "scrapped", "0": "sold"}


def _with(change: Callable[[dict[str, list[str]]], None], rows: int = 160) -> Table:
    columns = plant_table(rows)
    change(columns)
    return as_table(columns)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.update(flat=["7"] * 160), "'flat' .* is '7' in every row"),
        (lambda c: c.update(gone=[""] * 160), "'gone' .* holds no value at all"),
        (lambda c: c.update(fail=["0"] * 160), "both classes"),
        (lambda c: c.update(fail=["maybe"] * 160), "holds 'maybe'"),
        (lambda c: c.update(answer=c["fail"]), "'answer' .* the outcome by another name"),
        (lambda c: c.update(words=[_WORDS[cell] for cell in c["fail"]]), "'words' .* alone tells fail .* another name"),
        (
            lambda c: c.update(report=["4711" if cell == "1" else "" for cell in c["fail"]]),
            "'report' .* is empty or not just as fail",
        ),
        (lambda c: c.update(timestamp=["soon"] * 160), "holds 'soon'"),
        (lambda c: c.pop("fail"), "no column 'fail'"),
        (lambda c: c["timestamp"].__setitem__(7, "8"), "row 8: timestamp holds '8' and row 1 '2026-.*, not both"),
        (lambda c: c["patient"].__setitem__(7, ""), "row 8: patient is empty"),
        (lambda c: c.update(late=c["ph"], late_recorded_at=["2026-12-31T00:00:00"] * 160), "'late' .* leak the answer"),
    ],
)
def test_a_table_that_cannot_serve_is_refused(change: Callable[[dict[str, list[str]]], None], words: str) -> None:
    with pytest.raises(ModelRefused, match=words):
        learnable(_with(change), ROLES)


def test_a_column_has_one_role() -> None:
    with pytest.raises(ModelRefused, match="'fail' is named as target and as severity"):
        learnable(as_table(plant_table(160)), Roles("fail", "timestamp", None, "fail"))


def test_two_ways_to_write_a_patient_are_one_group() -> None:
    columns = plant_table(160)
    columns["patient"] = [f"P\u00e9{row // 2}" if row % 2 else f"pe\u0301{row // 2}" for row in range(160)]
    assert len(set(learnable(as_table(columns), ROLES).groups)) == 80


@pytest.mark.parametrize(
    ("no", "yes"), [("no", "yes"), ("False", "True"), ("0.0", "1.0"), ("N", "Y"), ("passed", "failed")]
)
def test_a_target_may_be_written_in_words(no: str, yes: str) -> None:
    columns = plant_table(160)
    wanted = learnable(as_table(columns), ROLES).fail
    columns["fail"] = [yes if cell == "1" else no for cell in columns["fail"]]
    assert (learnable(as_table(columns), ROLES).fail == wanted).all()


def test_a_bad_cell_in_a_measured_column_is_no_value_and_is_kept_by_its_word() -> None:
    columns = plant_table(160)
    columns["glucose"][5] = "inf"
    columns["ph"][5] = "1_2"
    prepared = learn_preparation(learnable(as_table(columns), ROLES), ROLES)
    words = {one.name: one.words for one in prepared.columns if one.words}
    assert words == {"glucose": ["inf"], "ph": ["1_2"]}
    assert not {"glucose", "ph"} & set(prepared.left_out)


def test_failures_that_can_never_be_predicted_are_refused_before_anything_is_stored(tmp_path: Path) -> None:
    columns = plant_table(160)
    columns["fail"] = [str(int(row in (5, 6, 7, 8, 9, 10, 11, 150))) for row in range(160)]
    with pytest.raises(ModelRefused, match=r"90 rows .* 0 of them failed"):
        train(as_table(columns), Options(ROLES, sizes=Sizes(trees=20)), tmp_path / "m", now=NOW, who="me", say=print)
    assert list(tmp_path.iterdir()) == []


def test_ten_rows_are_too_few() -> None:
    with pytest.raises(ModelRefused, match="10 rows"):
        learnable(as_table(plant_table(10)), ROLES)


def test_a_column_of_a_later_day_is_refused_only_when_the_day_is_told() -> None:
    table = _with(lambda c: c.update(lactate_d05=c["ph"]))
    learnable(table, ROLES)
    with pytest.raises(ModelRefused, match=r"'lactate_d05' .* of day 5"):
        learnable(table, Roles("fail", "timestamp", "patient", early_days=3))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.pop("ph"), "no column 'ph'"),
        (lambda c: c.update(site=["Moon"] * 60), "'Moon', which the model has never seen"),
        (
            lambda c: c.update(glucose=[str(float(v) * 18.016) for v in c["glucose"]]),
            "'glucose' .* 18.016 times .* unit seems",
        ),
        (lambda c: c.update(temperature=[str(float(v) * 1.8 + 32) for v in c["temperature"]]), "temperature"),
        (lambda c: c.update(ph=[""] * 60), "'ph' .* empty in all 60 rows"),
        (lambda c: c.update(ph=["acid"] * 60), "holds 'acid'"),
    ],
)
def test_a_table_unlike_that_of_training_is_refused_before_an_answer(
    change: Callable[[dict[str, list[str]]], None], words: str
) -> None:
    preparation = learn_preparation(learnable(as_table(plant_table(160)), ROLES), ROLES)
    columns = plant_table(60, seed=9)
    change(columns)
    with pytest.raises(ModelRefused, match=words):
        _ask(preparation, as_table(columns))


def _ask(preparation: Preparation, table: Table) -> None:
    check_inputs(preparation, table)
    preparation.matrix(table)


def test_ordinary_rows_are_never_refused() -> None:
    preparation = learn_preparation(learnable(as_table(plant_table(160)), ROLES), ROLES)
    for seed in range(20):
        check_inputs(preparation, as_table(plant_table(1 + 3 * seed, seed=100 + seed)))


def test_no_patient_stands_on_both_sides_and_the_test_is_the_latest() -> None:
    data = learnable(as_table(plant_table(200)), ROLES)
    split = split_by_time(data)
    groups = [{data.groups[place] for place in part} for part in (split.development, split.test)]
    assert not groups[0] & groups[1]
    assert data.times[split.test].min() >= np.quantile(data.times, 0.79)
    assert sorted([*split.development.tolist(), *split.test.tolist()]) == list(range(200))


def test_preparation_knows_training_rows_only() -> None:
    """Rows that come later, however wild, change nothing of what was learnt."""
    data = learnable(as_table(plant_table(200)), ROLES)
    wild = plant_table(200)
    for row in range(150, 200):
        wild["ph"][row] = "999"
    first = np.arange(150)
    learnt = learn_preparation(data.take(first), ROLES).to_dict()
    assert learnt == learn_preparation(learnable(as_table(wild), ROLES).take(first), ROLES).to_dict()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no header"),
        ("a,b\n", "no rows"),
        ("a,a\n1,2\n", "'a' twice"),
        (",,a,b\n0,0,1\n", "row 1 has 3 cells"),
        ("a,b\n1,2\n,\n3,4\n", "row 2 is empty"),
        ("a,b\n1\n", "row 1 has 1 cells"),
        ('a,b\n"1,2\n', "not a readable CSV"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(ModelRefused, match=words):
        read_table(path)


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,x\n2,y\n",
        "\ufeffa,b\r\n1,x\r\n2,y\r\n",
        "a,b\r1,x\r2,y\r",
        ",a,b\n0,1,x\n1,2,y\n",
        "a,b,\n1,x,\n2,y,\n",
        '"a";"b"\n"1";"x"\n"2";"y"\n\n   \n',
    ],
)
def test_a_table_is_the_same_however_it_was_saved(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    table = read_table(path)
    assert (table.columns, table.rows) == ({"a": ["1", "2"], "b": ["x", "y"]}, 2)


def test_only_the_ends_of_lines_that_csv_knows_end_a_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes('a,b\n1,"x\u2028y\x0cz\n-"\n,-\n'.encode())
    assert read_table(path).columns == {"a": ["1", ""], "b": ["x\u2028y\x0cz\n-", "-"]}


@pytest.mark.parametrize("cell", ["?", "#N/A", "<NA>", "NaT", "--"])
def test_what_other_programs_write_for_no_value_is_no_value(cell: str) -> None:
    columns = plant_table(160)
    columns["ph"][3] = cell
    assert np.isnan(numbers(columns["ph"])[3])


def test_a_row_without_any_value_is_no_reason_to_refuse_it_alone() -> None:
    columns = plant_table(160)
    prepared = learn_preparation(learnable(as_table(columns), ROLES), ROLES)
    alone = as_table({name: [""] for name in columns})
    check_inputs(prepared, alone)
    assert np.isfinite(prepared.matrix(alone)).all()


@pytest.mark.filterwarnings("error")
def test_the_largest_number_counts_as_far_out_and_text_is_named_by_its_row() -> None:
    columns = plant_table(160)
    prepared = learn_preparation(learnable(as_table(columns), ROLES), ROLES)
    columns["ph"][3] = "-1e308"
    assert np.isfinite(prepared.matrix(as_table(columns))).all()
    columns["ph"][3] = "inf"
    with pytest.raises(ModelRefused, match="row 4: ph holds 'inf'"):
        prepared.matrix(as_table(columns))
