"""Labels that are wrong: swapped channels and one of another quantity are named, usual batches hardly ever."""

from collections.abc import Callable

import numpy as np
import pytest
from predictive_support import as_table

from batchwright.commands.model_twin import early_rows
from keywords.predictive_holds.labels import Labels, raw_values
from keywords.predictive_holds.table import Table
from keywords.predictive_holds.training.checks import Learnable, Roles, learn_preparation, learnable
from keywords.predictive_holds.training.learn_labels import learn_labels
from keywords.predictive_holds.training.measures import interval

ROLES = Roles("fail", "timestamp", "patient", None, 3.0)
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def batches() -> Learnable:
    header, rows = early_rows(500, 11, 3)
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    return learnable(Table(columns, "the twin", 500), ROLES)


@pytest.fixture(scope="module")
def labels(batches: Learnable) -> Labels:
    """Learnt from the first 300 batches."""
    known = batches.take(np.arange(300))
    made = learn_labels(known.table, learn_preparation(known, ROLES).columns)
    assert made is not None
    return made


def _late(batches: Learnable, change: Callable[[dict[str, list[str]]], None] = lambda _c: None) -> Table:
    """The last 100 batches, changed."""
    table = batches.table.take(np.arange(400, 500))
    columns = {name: list(cells) for name, cells in table.columns.items()}
    change(columns)
    return Table(columns, "late", 100)


def _swap(first: str, second: str) -> Callable[[dict[str, list[str]]], None]:
    def change(columns: dict[str, list[str]]) -> None:
        columns[first], columns[second] = columns[second], columns[first]

    return change


@pytest.mark.requirement("URS-083")
def test_usual_batches_are_hardly_ever_named(batches: Learnable, labels: Labels) -> None:
    """Not more often than was allowed for the two kinds together."""
    named = sum(map(bool, labels.notes(_late(batches))))
    assert interval(named, 100, 0.999)[0] <= 0.01


@pytest.mark.requirement("URS-083")
@pytest.mark.parametrize(
    ("first", "second"),
    [("glucose_d02", "lactate_d02"), ("ph_d01", "temperature_d01"), ("co2_d03", "dissolved_oxygen_d03")],
)
def test_two_swapped_channels_are_named_with_their_values(
    batches: Learnable, labels: Labels, first: str, second: str
) -> None:
    notes = labels.notes(_late(batches, _swap(first, second)))
    named = [one for one in notes if first.replace("_", " ") in one and second.replace("_", " ") in one]
    assert len(named) >= 95
    assert "seem to be swapped, as both fit when they are exchanged" in named[0]
    assert "usual" in named[0]


def test_a_channel_of_another_quantity_is_named_alone(batches: Learnable, labels: Labels) -> None:
    """Lactate of another vessel, ten times as much, under the same label."""

    def change(columns: dict[str, list[str]]) -> None:
        columns["lactate_d02"] = [str(10 * float(cell)) for cell in columns["lactate_d02"]]

    notes = labels.notes(_late(batches, change))
    assert sum(one.startswith("lactate d02 (") and "does not fit with the other channels" in one for one in notes) > 90


def test_the_closed_form_is_the_change_of_the_likelihood(labels: Labels, batches: Learnable) -> None:
    """Against exchanging the two and computing anew."""
    row = raw_values(_late(batches), labels.names)[0]
    row[3] = np.nan
    gain, (first, second) = labels.best_exchange(row)

    def energy(values: np.ndarray) -> float:
        scores = labels.scores(values)
        return float(scores @ labels.precision @ scores)

    other = row.copy()
    other[[first, second]] = other[[second, first]]
    assert gain == pytest.approx(energy(row) - energy(other), rel=1e-9)
    rng = np.random.default_rng(2)
    for _ in range(50):
        tried = row.copy()
        one, two = rng.choice([place for place in range(len(row)) if place != 3], 2, replace=False)
        tried[[one, two]] = tried[[two, one]]
        assert energy(row) - energy(tried) <= gain + 1e-9


def test_no_exchange_gains_more_than_the_bound_that_spares_computing_it(labels: Labels, batches: Learnable) -> None:
    """On usual rows, on rows with two channels swapped, and on rows with gaps."""
    usual = raw_values(_late(batches), labels.names)
    generator = np.random.default_rng(5)
    swapped = usual.copy()
    for row in swapped:
        first, second = generator.choice(len(row), 2, replace=False)
        row[[first, second]] = row[[second, first]]
    gaps = np.where(generator.random(usual.shape) < 0.3, np.nan, usual)
    rows = np.vstack([usual, swapped, gaps])
    scores = np.array([labels.scores(row) for row in rows])
    bounds = labels._most_any_pair_gains(scores)
    gains = np.array([labels.best_exchange(row)[0] for row in rows])
    assert (gains <= bounds).all()
    spared = (bounds < labels.pair_limit)[: len(usual)]
    assert spared.mean() > 0.5, "of usual rows the bound spares most of the work"


def test_what_comes_later_and_the_outcome_change_nothing_of_what_is_learnt(batches: Learnable, labels: Labels) -> None:
    """Fitted inside the split."""
    columns = {name: list(cells) for name, cells in batches.table.columns.items()}
    for name in ("glucose_d02", "lactate_d02"):
        columns[name][300:] = ["999"] * 200
    columns["fail"] = columns["fail"][::-1]
    wild = learnable(as_table(columns), ROLES).take(np.arange(300))
    again = learn_labels(wild.table, learn_preparation(wild, ROLES).columns)
    assert again is not None
    assert again.names == labels.names
    assert np.array_equal(again.precision, labels.precision)
    assert (again.pair_limit, again.single_limit) == (labels.pair_limit, labels.single_limit)


def test_tables_with_hardly_a_channel_or_with_gaps_are_left_alone() -> None:
    rng = np.random.default_rng(5)
    few = Table({"a": [str(one) for one in rng.normal(size=50)]}, "few", 50)
    columns = learn_preparation(
        Learnable(few, np.zeros(50), np.arange(50.0), [str(row) for row in range(50)], None), Roles("fail", "t")
    ).columns
    assert learn_labels(few, columns) is None


@pytest.mark.requirement("URS-083")
def test_a_record_with_swapped_channels_is_undecided_with_both_named() -> None:
    """With the model that comes with the library; the table's probability stays, its answer does not count."""
    from keywords.predictive_holds import library
    from keywords.predictive_holds.conformal import Answer
    from keywords.predictive_holds.early import early_table
    from mes_core.messages import BatchRecord
    from mes_core.messages.predictive import RiskAnswer
    from twin.world.clean import make_clean_bundles

    model = library.model_named("day3_shadow")
    record = BatchRecord.model_validate(make_clean_bundles(1, 8)[0].record)
    assert library.ask(model, "m", record, 3).note == ""
    values = {one.name: one.value for one in record.parameters}
    pair = {"co2_d03": values["dissolved_oxygen_d03"], "dissolved_oxygen_d03": values["co2_d03"]}
    swapped = record.model_copy(
        update={
            "parameters": tuple(
                one.model_copy(update={"value": pair[one.name]}) if one.name in pair else one
                for one in record.parameters
            )
        }
    )
    said = library.ask(model, "m", swapped, 3)
    assert said.answer is RiskAnswer.UNDECIDED
    assert "co2 d03" in said.note
    assert "dissolved oxygen d03" in said.note
    assert "seem to be swapped" in said.note
    odd = record.model_copy(
        update={
            "parameters": tuple(
                one.model_copy(update={"value": (one.value or 0) * 1.6}) if one.name == "volume_d02" else one
                for one in record.parameters
            )
        }
    )
    row = model.predict(early_table(odd, 3, model.preparation.names))[0]
    assert (row.answer, row.hold) == (Answer.UNDECIDED, False)
    assert row.note.startswith("volume d02 (")
    assert row.note in library.ask(model, "m", odd, 3).note
