"""A model file as an attacker writes it: nothing in it is run, and what was changed has another hash."""

import hashlib
import io
import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import skops.io
from predictive_support import as_table, plant_table
from sklearn.ensemble import RandomForestClassifier
from test_predictive_model import NOW, OPTIONS

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.fitted_state import digest_of
from keywords.predictive_holds.model_file import FORMAT, canonical_hash, read_model
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.training.members import candidates, fit
from keywords.predictive_holds.training.train import train

Edit = Any


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "m.model"
    train(as_table(plant_table(240)), OPTIONS, path, now=NOW, who="tester", say=lambda _text: None)
    return path


def _sealed(path: Path, body: bytes) -> Path:
    """The file with a first line that fits: whoever writes a file can write that too."""
    path.write_bytes(f"{FORMAT} sha256={hashlib.sha256(body).hexdigest()}\n".encode() + body)
    return path


def _forged(path: Path, node: dict[str, Any], stored: Path) -> Path:
    """A stored model in whose archive one node of the card was replaced."""
    body = stored.read_bytes().split(b"\n", 1)[1]
    made = io.BytesIO()
    with ZipFile(io.BytesIO(body)) as old, ZipFile(made, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                schema["content"]["card"]["content"]["note"] = node
                content = json.dumps(schema).encode()
            new.writestr(name, content)
    return _sealed(path, made.getvalue())


def _arguments(*values: str) -> dict[str, Any]:
    cells = [
        {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode", "content": json.dumps(one),
         "is_json": True}
        for one in values
    ]  # fmt: skip
    return {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode", "content": cells}


@pytest.mark.parametrize("maker", [("builtins", "exec"), ("builtins", "eval"), ("numpy", "fromfile"), ("os", "system")])
@pytest.mark.parametrize("loader", ["ConstructorFromReduceNode", "LossNode"])
def test_a_file_that_names_a_function_to_call_is_refused_and_the_function_is_not_called(
    tmp_path: Path, stored: Path, maker: tuple[str, str], loader: str
) -> None:
    """Prefixes of packages would trust builtins.exec as the maker of an object."""
    mark = tmp_path / "was_here"
    text = f"touch {mark}" if maker[0] == "os" else f"__import__('pathlib').Path({str(mark)!r}).touch()"
    node = {"__module__": maker[0], "__class__": maker[1], "__loader__": loader, "content": _arguments(text)}
    node |= {"__reduce__": {"args": _arguments(text)}} if loader == "LossNode" else {}
    with pytest.raises(ModelRefused, match=rf"holds the type \w+\.{maker[1]}, which no model of ours has"):
        read_model(_forged(tmp_path / "bad.model", node, stored))
    assert not mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        [1, 2, 3],
        {"members": {}},
        {name: {} for name in ("preparation", "settings", "members", "scales", "conformal", "reference", "card")},
        {
            **{name: {} for name in ("preparation", "settings", "scales", "conformal", "reference", "card")},
            "members": {"forest": RandomForestClassifier(5)},
        },
    ],
)
def test_an_archive_that_holds_something_else_is_refused_in_a_sentence(tmp_path: Path, content: Any) -> None:
    with pytest.raises(ModelRefused, match="does not hold what a model holds"):
        Model.load(_sealed(tmp_path / "odd.model", skops.io.dumps(content)))


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 no archive", b"text" * 50])
def test_what_is_no_archive_is_refused_in_a_sentence(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(ModelRefused, match="is not an archive that a model is stored in"):
        Model.load(_sealed(tmp_path / "odd.model", body))


def _card(content: dict[str, Any]) -> None:
    content["card"]["generated_data_only"] = not content["card"]["generated_data_only"]


def _interval(content: dict[str, Any]) -> None:
    content["card"]["test"]["at_threshold"]["recall_interval"] = [0.99, 1.0]


def _tree(content: dict[str, Any]) -> None:
    content["members"]["forest"].estimators_[3].tree_.value[0, 0, 0] += 0.01


def _boosting(content: dict[str, Any]) -> None:
    content["members"]["boosting"]._predictors[2][0].nodes["value"][0] += 0.01


def _reference(content: dict[str, Any]) -> None:
    content["reference"]["matrix"][0, 0] += 0.5


def _usual(content: dict[str, Any]) -> None:
    content["reference"]["usual"][0] += 0.5


def _action(content: dict[str, Any]) -> None:
    content["actions"].append({"action": "do nothing", "failures_prevented": 99, "net_prevented": 99})


@pytest.mark.requirement("URS-081")
@pytest.mark.parametrize("edit", [_card, _interval, _tree, _boosting, _reference, _usual, _action])
def test_whoever_changes_card_trees_reference_or_actions_has_another_model(stored: Path, edit: Edit) -> None:
    """Another hash is not the approved one."""
    content = read_model(stored)
    matrix = np.random.default_rng(1).normal(size=(80, 5))
    fail = (matrix[:, 0] + matrix[:, 1] > 0.5).astype(float)
    made = {one.name: one for one in candidates(OPTIONS.sizes, severity=False)}
    content["members"] |= {name: fit(made[name], matrix, fail, None, 1) for name in ("forest", "boosting")}
    changed = deepcopy(content)
    edit(changed)
    assert canonical_hash(changed) != canonical_hash(content)


def test_time_stamps_and_how_often_the_test_rows_were_used_are_no_part_of_the_hash(stored: Path) -> None:
    content = read_model(stored)
    changed = deepcopy(content)
    changed["card"] |= {"made_at": "2031-01-01", "hash": "ab"}
    changed["card"]["split"] |= {"locked_at": "2031-01-01", "test_set_used": 7}
    assert canonical_hash(changed) == canonical_hash(content)


def test_a_fitted_number_counts_to_six_digits_of_the_largest_beside_it() -> None:
    values = np.array([1e-3, 3.0, -7.0, np.nan, np.inf, 0.0])
    assert digest_of(values) == digest_of(values * (1 + 1e-13))
    for place in range(len(values)):
        other = values.copy()
        other[place] = values[place] + 1e-4 if np.isfinite(values[place]) else -5.0
        assert digest_of(other) != digest_of(values)
    assert digest_of(values) != digest_of(values * 2)
    assert digest_of(np.array([])) != digest_of(np.array([0.0]))


_TRAIN = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from predictive_support import as_table, plant_table
from test_predictive_model import NOW, OPTIONS
from dataclasses import replace
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.training.train import train
options = replace(OPTIONS, sizes=replace(OPTIONS.sizes, trees=20, rounds=20, jobs=int(sys.argv[3])))
train(as_table(plant_table(120)), options, Path(sys.argv[2]), now=NOW, who="t", say=lambda _text: None)
print(Model.load(Path(sys.argv[2])).hash)
import numpy as np
from keywords.predictive_holds.fitted_state import digest_of
from keywords.predictive_holds.training.members import candidates, fit
matrix = np.random.default_rng(1).normal(size=(300, 40))
fail = (matrix[:, 0] + matrix[:, 1] > 1.0).astype(float)
for one in candidates(options.sizes, severity=True):
    print(one.name, digest_of(fit(one, matrix, fail, matrix[:, 2], 1)))
"""


def test_processes_with_other_hash_seeds_and_thread_counts_train_the_same_model(tmp_path: Path) -> None:
    """Two processes of their own, one with one thread and one with two: the model, and each kind of candidate."""
    running = []
    for number, (seed, threads) in enumerate((("0", "1"), ("4242", "2"))):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        surroundings = {**os.environ, "PYTHONHASHSEED": seed} | dict.fromkeys(names, threads)
        out = str(tmp_path / f"{number}.model")
        command = [sys.executable, "-c", _TRAIN, str(Path(__file__).parent), out, threads]
        running.append(subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, text=True))
    found = [one.communicate(timeout=300)[0].strip() for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert len(found[0].splitlines()) == 8, "the hash and each of seven candidates"
    assert found[0] == found[1]
