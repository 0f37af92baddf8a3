"""A card is computed again from the table before it counts: one that was made up does not stand."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from predictive_support import as_table, plant_table
from test_predictive_model import NOW, OPTIONS

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.model_file import read_model, write_model
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.training.checks import learnable
from keywords.predictive_holds.training.evidence import card_again
from keywords.predictive_holds.training.lock import split_by_time
from keywords.predictive_holds.training.replaced import against_rule
from keywords.predictive_holds.training.train import train

Columns = dict[str, list[str]]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is the one that was tested."""
    path = tmp_path_factory.mktemp("model") / "m.model"
    apart = replace(OPTIONS, apart=True, replaces="ph")
    train(as_table(plant_table(240)), apart, path, now=NOW, who="tester", say=lambda _text: None)
    return path


@pytest.mark.requirement("URS-081")
def test_a_true_card_is_found_again(stored: Path) -> None:
    model = Model.load(stored)
    found = model.card["test"]["at_threshold"]
    said = card_again(model, as_table(plant_table(240)))
    assert f"{found['caught']} of {found['failures']} failures caught." in said


def _more_caught(content: dict[str, Any]) -> None:
    content["card"]["test"]["at_threshold"] |= {"caught": 40, "failures": 41, "recall_interval": [0.87, 1.0]}


def _lower_threshold(content: dict[str, Any]) -> None:
    content["settings"]["threshold"] = 0.0


def _other_rows(content: dict[str, Any]) -> None:
    content["card"]["split"]["test_rows_sha256"] = "ab" * 32


def _better_rule(content: dict[str, Any]) -> None:
    content["card"]["test"]["replaced"]["caught"] += 1


@pytest.mark.requirement("URS-081")
def test_a_model_is_compared_with_the_rule_it_replaces(stored: Path) -> None:
    """The way of the rule is learnt from earlier rows; with as many holds; one that is worse is told so."""
    rule = Model.load(stored).card["test"]["replaced"]
    assert (rule["column"], rule["holds_when"]) == ("ph", "low")
    gain = rule["difference"]
    assert gain["low"] <= gain["difference"] <= gain["high"]
    data = learnable(as_table(plant_table(240)), OPTIONS.roles)
    split = split_by_time(data)
    development, test = data.take(split.development), data.take(split.test)
    chance = np.random.default_rng(4).random(len(split.test))
    sure = test.fail + 0.01 * chance
    best = against_rule("ph", development, test, sure, sure >= 0.5)
    assert (best["worse"], best["held"]) == (False, int(test.fail.sum()))
    acid = np.array([float(one) for one in test.table.columns["ph"]])
    backwards = against_rule("ph", development, test, acid, acid >= 0.0)
    assert (backwards["worse"], backwards["caught"]) == (True, int(test.fail.sum()))
    with pytest.raises(ModelRefused, match=r"'site' .* holds no numbers"):
        against_rule("site", development, test, chance, chance >= 0.5)
    before = sorted(stored.parent.iterdir())
    wrong = replace(OPTIONS, replaces="site")
    with pytest.raises(ModelRefused, match="holds no numbers"):
        train(as_table(plant_table(240)), wrong, stored.parent / "x", now=NOW, who="t", say=lambda _text: None)
    assert sorted(stored.parent.iterdir()) == before


@pytest.mark.requirement("URS-081")
@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_more_caught, "The card says caught = 40 and the model .* gives"),
        (_lower_threshold, "The card says held = .* and the model .* gives"),
        (_other_rows, "made on other test rows"),
        (_better_rule, "compares the model with ph otherwise than the table does"),
    ],
)
def test_a_card_that_was_edited_in_the_file_is_found_out(
    tmp_path: Path, stored: Path, edit: Callable[[dict[str, Any]], None], words: str
) -> None:
    """The file is whole again, with a first line that fits: only the data tell."""
    content = deepcopy(read_model(stored))
    edit(content)
    write_model(tmp_path / "edited.model", content)
    with pytest.raises(ModelRefused, match=words):
        card_again(Model.load(tmp_path / "edited.model"), as_table(plant_table(240)))


def test_another_table_proves_nothing(stored: Path) -> None:
    with pytest.raises(ModelRefused, match="is not the table that the card of this model speaks of"):
        card_again(Model.load(stored), as_table(plant_table(240, seed=99)))


@pytest.mark.requirement("URS-081")
def test_a_table_that_says_it_is_simulated_makes_a_shadow_whatever_was_asked(tmp_path: Path) -> None:
    """Who forgets `--generated`, or leaves it out, gets the same card; the column is no input."""
    columns = {"simulated": ["1"] * 240, **plant_table(240)}
    path = tmp_path / "m.model"
    card = train(as_table(columns), OPTIONS, path, now=NOW, who="tester", say=lambda _text: None)
    assert card["generated_data_only"] is True
    content = read_model(path)
    assert content["settings"]["generated"] is True
    assert "simulated" not in [one["name"] for one in content["preparation"]["columns"]]
    content["card"]["generated_data_only"] = False
    write_model(path, content)
    with pytest.raises(ModelRefused, match="says that its rows are simulated and the card does not"):
        card_again(Model.load(path), as_table(columns))


@pytest.mark.requirement("URS-081")
def test_the_command_asks_for_the_table_before_a_card_that_carries_an_approval_is_validated(
    tmp_path: Path, stored: Path
) -> None:
    """Without it, or with a card that was made up, nothing is signed."""
    from batchwright.commands.model_approve import seen_again
    from batchwright.support.errors import Refused

    content = read_model(stored)
    content["card"]["test"]["at_threshold"] |= {"caught": 40, "failures": 41, "recall_interval": [0.87, 1.0]}
    write_model(tmp_path / "edited.model", content)
    edited, (true,) = Model.load(tmp_path / "edited.model"), (Model.load(stored),)
    assert seen_again(true, true.card | {"generated_data_only": True}, None, 0.5, "Seen.") == "Seen."
    with pytest.raises(Refused, match="add --data with the table it was trained on"):
        seen_again(edited, edited.card, None, 0.5, "Seen.")
    table = tmp_path / "plant.csv"
    columns = plant_table(240)
    rows = [",".join(columns), *(",".join(cells) for cells in zip(*columns.values(), strict=True))]
    table.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(Refused, match="The card says caught = 40"):
        seen_again(edited, edited.card, table, 0.5, "Seen.")
