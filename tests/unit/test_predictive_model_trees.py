"""Model files whose trees lead elsewhere are refused before anything is made of them; what kills is tried elsewhere."""

import hashlib
import io
import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
from predictive_support import as_table, plant_table
from test_importer_mutations import damaged
from test_predictive_model import NOW, OPTIONS

from keywords.predictive_holds import model_trial
from keywords.predictive_holds.calibration import Calibration
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.model_file import FORMAT, read_model, write_model
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.training.members import candidates, fit
from keywords.predictive_holds.training.train import train

SOAK = os.environ.get("BATCHWRIGHT_SOAK") == "1"
Node = dict[str, Any]
Change = Callable[[Node, dict[str, bytes]], None]


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file with every kind of member."""
    path = tmp_path_factory.mktemp("model") / "m.model"
    train(as_table(plant_table(240)), OPTIONS, path, now=NOW, who="tester", say=lambda _text: None)
    content = read_model(path)
    matrix = np.random.default_rng(1).normal(size=(80, 5))
    fail = (matrix[:, 0] + matrix[:, 1] > 0.5).astype(float)
    content["members"] = {
        one.name: fit(one, matrix, fail, matrix[:, 2], 1) for one in candidates(OPTIONS.sizes, severity=True)
    }
    write_model(path, content)
    return path


def _first(schema: Any, name: str) -> Node:
    left = [schema]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if one.get("__class__") == name:
                return one
            left += one.values()
        elif isinstance(one, list):
            left += one
    raise AssertionError(name)


def _array(place: tuple[str, ...], edit: Callable[[Any], Any]) -> Change:
    """Changes one of a tree's arrays, in the file that it names."""

    def change(tree: Node, files: dict[str, bytes]) -> None:
        node: Any = tree
        for part in place:
            node = node[int(part)] if part.isdigit() else node[part]
        values = np.load(io.BytesIO(files[node["file"]]))
        out = io.BytesIO()
        np.save(out, edit(values))
        files[node["file"]] = out.getvalue()

    return change


def _field(name: str, place: int, value: int) -> Callable[[Any], Any]:
    def edit(nodes: Any) -> Any:
        nodes[name][place] = value
        return nodes

    return edit


def _said(*place: str, content: str) -> Change:
    def change(tree: Node, _files: dict[str, bytes]) -> None:
        node: Any = tree
        for part in place:
            node = node[int(part)] if part.isdigit() else node[part]
        node["content"] = content

    return change


def _elsewhere(tree: Node, files: dict[str, bytes]) -> None:
    """The nodes bear the number of a part that is loaded before, whose nodes are others."""
    nodes = tree["content"]["content"]["nodes"]
    values = np.load(io.BytesIO(files[nodes["file"]]))
    values["left_child"][0] = 1 << 40
    out = io.BytesIO()
    np.save(out, values)
    files["other.npy"] = out.getvalue()
    tree["content"]["content"]["a"] = {**nodes, "file": "other.npy"}


def _otherwise(tree: Node, _files: dict[str, bytes]) -> None:
    tree["content"]["content"]["nodes"]["type"] = "json"


_NODES = ("content", "content", "nodes")
_TREE: dict[str, Change] = {
    "a child far away": _array(_NODES, _field("left_child", 0, 1 << 40)),
    "a child before the first": _array(_NODES, _field("right_child", 0, -7)),
    "a circle": _array(_NODES, _field("left_child", 0, 0)),
    "one child": _array(_NODES, _field("left_child", 0, -1)),
    "a column that is not there": _array(_NODES, _field("feature", 0, 5)),
    "a column before the first": _array(_NODES, _field("feature", 0, -3)),
    "fewer nodes than said": _array(_NODES, lambda nodes: nodes[:3]),
    "no nodes": _array(_NODES, lambda nodes: nodes[:0]),
    "nodes of another shape": _array(_NODES, lambda nodes: nodes.view(np.uint8)),
    "more nodes said": _said("content", "content", "node_count", content="100000"),
    "another number of outputs": _said("__reduce__", "args", "content", "2", content="4000"),
    "fewer columns said": _said("__reduce__", "args", "content", "0", content="0"),
    "classes without end": _array(("__reduce__", "args", "content", "1"), lambda classes: classes + (1 << 40)),
    "nodes under another's number": _elsewhere,
    "nodes in another form": _otherwise,
}
_PREDICTOR: dict[str, Change] = {
    "a child far away": _array(_NODES, _field("left", 0, 1 << 30)),
    "a circle": _array(_NODES, _field("right", 0, 0)),
    "a column before the first": _array(_NODES, _field("feature_idx", 0, -9)),
    "sets of bits": _array(_NODES, _field("is_categorical", 0, 1)),
    "a leaf that is none": _array(_NODES, _field("is_leaf", -1, 0)),
    "no nodes": _array(_NODES, lambda nodes: nodes[:0]),
}


def _forged(path: Path, every: Path, kind: str, change: Change) -> Path:
    body = every.read_bytes().split(b"\n", 1)[1]
    with ZipFile(io.BytesIO(body)) as old:
        files = {name: old.read(name) for name in old.namelist()}
    schema = json.loads(files["schema.json"])
    change(_first(schema, kind), files)
    files["schema.json"] = json.dumps(schema).encode()
    made = io.BytesIO()
    with ZipFile(made, "w") as new:
        for name, content in files.items():
            new.writestr(name, content)
    body = made.getvalue()
    path.write_bytes(f"{FORMAT} sha256={hashlib.sha256(body).hexdigest()}\n".encode() + body)
    return path


_CASES = [("Tree", name) for name in _TREE] + [("TreePredictor", name) for name in _PREDICTOR]


@pytest.mark.requirement("URS-110")
@pytest.mark.parametrize(("kind", "name"), _CASES)
def test_a_tree_that_nothing_trained_is_refused_before_it_is_made(
    tmp_path: Path, every: Path, kind: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """scikit-learn would follow its numbers into other memory, or for ever."""
    monkeypatch.setattr(model_trial, "COMMAND", (sys.executable, "-c", "raise SystemExit('tried')"))
    change = (_TREE if kind == "Tree" else _PREDICTOR)[name]
    with pytest.raises(ModelRefused, match="holds a tree that nothing trained"):
        read_model(_forged(tmp_path / "bad.model", every, kind, change))


@pytest.mark.requirement("URS-110")
def test_a_tree_is_asked_about_as_many_columns_as_it_needs(every: Path) -> None:
    """Whatever the estimators around it say of themselves."""
    content = read_model(every)
    assert content["tree_width"] == 5
    model = object.__new__(Model)
    model._content, model.members = content, content["members"]
    model.calibration = Calibration(**content["calibration"])
    with pytest.raises(ModelRefused, match="more than the 3 columns"):
        model.probabilities(np.zeros((2, 3)))


@pytest.mark.requirement("URS-110")
def test_what_kills_the_process_that_tries_a_file_does_not_kill_this_one(
    every: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what never ends stop it; and a content is tried once."""
    calls = []
    run = model_trial.subprocess.run

    def counted(command: Any, **more: Any) -> Any:
        calls.append(command)
        return run(command, **more)

    monkeypatch.setattr(model_trial, "_tried", set())
    monkeypatch.setattr(model_trial.subprocess, "run", counted)
    dies = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    monkeypatch.setattr(model_trial, "COMMAND", (sys.executable, "-c", dies))
    with pytest.raises(ModelRefused, match=r"ended the process that tried it \(code -11\)"):
        read_model(every)
    monkeypatch.setattr(model_trial, "_TIMEOUT_S", 1)
    monkeypatch.setattr(model_trial, "COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    with pytest.raises(ModelRefused, match="did not come to an end in 1 s"):
        read_model(every)
    monkeypatch.setattr(model_trial, "_TIMEOUT_S", 60)
    monkeypatch.setattr(model_trial, "COMMAND", (sys.executable, "-c", "import sys; sys.stdin.buffer.read()"))
    before = len(calls)
    assert read_model(every)["tree_width"] == read_model(every)["tree_width"] == 5
    assert len(calls) == before + 1


@pytest.mark.requirement("URS-110")
@pytest.mark.skipif(not SOAK, reason="tries each file in a process of its own: in make soak")
def test_a_damaged_model_is_read_or_refused_in_a_sentence(every: Path, tmp_path: Path) -> None:
    """One of its files damaged, its packing and its hash made anew, as whoever wants to have it loaded would."""
    damage = tmp_path / "damaged.model"
    with ZipFile(io.BytesIO(every.read_bytes().split(b"\n", 1)[1])) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    rng = random.Random("model 20260301")
    said: list[str] = []
    for _ in range(60):
        name = rng.choice([*sorted(contents), "schema.json"])
        packed = io.BytesIO()
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            for each, content in contents.items():
                archive.writestr(each, damaged(content, rng) if each == name else content)
        body = packed.getvalue()
        damage.write_bytes(f"{FORMAT} sha256={hashlib.sha256(body).hexdigest()}\n".encode() + body)
        try:
            read_model(damage)
        except ModelRefused as error:
            said.append(str(error))
    assert said
    assert max(map(len, said)) < 3000
