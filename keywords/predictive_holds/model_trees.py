"""Trees in a model file, looked at before anything is made of them: what walks them trusts their numbers.

scikit-learn's compiled code follows children, features and counts without looking whether they are there: one wrong
number reads other memory, or walks in a circle for ever. The checks read the very arrays that will be loaded.
"""

import io
import json
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

import numpy as np

_TREES = {"Tree": "TreeNode", "TreePredictor": "ObjectNode"}
_MOST_CLASSES = 1000
Node = dict[str, Any]


class BadTreeError(ValueError):
    """A tree that can't have been trained."""


def check_trees(archive: ZipFile) -> int:
    """See that every tree of an archive leads from its root to its leaves and asks for columns that can be there.

    Returns:
        How many columns a matrix must have for the trees, at least.

    Raises:
        BadTreeError: one does not.
    """
    schema = json.loads(archive.read("schema.json"))
    every = list(_nodes(schema))
    named: dict[Any, list[Node]] = {}
    for node in every:
        if isinstance(node.get("__id__"), int):
            named.setdefault(node["__id__"], []).append(node)
    look = _Look(archive, {one for one, same in named.items() if any(node != same[0] for node in same)})
    width = 0
    for node in every:
        if node.get("__class__") in _TREES:
            width = max(width, look.tree(node) if node["__class__"] == "Tree" else look.predictor(node))
    return width


def _nodes(schema: Any) -> Iterator[Node]:
    left = [schema]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left += one.values()
        elif isinstance(one, list):
            left += one


class _Look:
    """Reads parts of trees as they are stored, and nothing that is stored in another way."""

    def __init__(self, archive: ZipFile, twofold: set[int]) -> None:
        self._archive, self._twofold = archive, twofold

    def tree(self, node: Node) -> int:
        """A tree of a forest; returns the columns it needs."""
        self._own(node, _TREES["Tree"])
        given = self._parts(node, "__reduce__", "args")
        self._own(given, "TupleNode")
        arguments = self._parts(given, "content")
        if not isinstance(arguments, list) or len(arguments) != 3:
            raise BadTreeError("a tree is made of something else than features, classes and outputs")
        features, outputs = self._number(arguments[0]), self._number(arguments[2])
        classes = self._array(arguments[1])
        told = self._told(node)
        nodes, values = self._array(told.get("nodes")), self._array(told.get("values"))
        if self._number(told.get("node_count")) != len(nodes) or len(values) != len(nodes) or not len(nodes):
            raise BadTreeError("a tree has another number of nodes than it says")
        if classes.ndim != 1 or classes.dtype.kind not in "iu" or len(classes) != outputs:
            raise BadTreeError("a tree has another number of outputs than it says")
        if classes.min() < 1 or classes.max() > _MOST_CLASSES or self._number(told.get("max_depth")) < 0:
            raise BadTreeError("a tree has classes that nothing has")
        left, right, feature = (self._field(nodes, name) for name in ("left_child", "right_child", "feature"))
        inner = left != -1
        if (right[~inner] != -1).any():
            raise BadTreeError("a node of a tree has one child")
        return _check_walk(left, right, feature, inner, features)

    def predictor(self, node: Node) -> int:
        """A tree of boosting; returns the columns it needs."""
        self._own(node, _TREES["TreePredictor"])
        told = self._told(node)
        nodes = self._array(told.get("nodes"))
        if not len(nodes):
            raise BadTreeError("a tree has no nodes")
        names = ("left", "right", "feature_idx", "is_leaf", "is_categorical")
        left, right, feature, leaf, categorical = (self._field(nodes, name) for name in names)
        if categorical.any():  # their sets of bits are further numbers to follow, and no model of ours has them
            raise BadTreeError("a tree asks for categories")
        return _check_walk(left, right, feature, leaf == 0, None)

    def _told(self, node: Node) -> Node:
        found = self._parts(node, "content")
        self._own(found, "DictNode")
        told = self._parts(found, "content")
        if not isinstance(told, dict):
            raise BadTreeError("a tree is stored in a way of its own")
        return told

    def _parts(self, node: Any, *names: str) -> Any:
        for name in names:
            if not isinstance(node, dict) or name not in node:
                raise BadTreeError(f"a tree is stored without its {name}")
            node = node[name]
        return node

    def _number(self, node: Any) -> int:
        self._own(node, "JsonNode")
        found = json.loads(node["content"]) if isinstance(node.get("content"), str) else None
        if type(found) is not int:
            raise BadTreeError("a tree counts by something else than whole numbers")
        return found

    def _array(self, node: Any) -> Any:
        self._own(node, "NdArrayNode")
        if node.get("type") != "numpy":
            raise BadTreeError("a tree holds something else than numbers")
        found = np.load(io.BytesIO(self._archive.read(str(node.get("file")))), allow_pickle=False)
        if found.ndim < 1:
            raise BadTreeError("a tree holds something else than numbers")
        return found

    def _own(self, node: Any, loader: str) -> None:
        """A part that is what it says: of two parts under one number, only the first would be loaded, for both."""
        if not isinstance(node, dict) or node.get("__loader__") != loader:
            raise BadTreeError("a part of a tree is stored in a way of its own")
        if node.get("__id__") in self._twofold:
            raise BadTreeError("a part of a tree stands for another one")

    @staticmethod
    def _field(nodes: Any, name: str) -> Any:
        if nodes.ndim != 1 or name not in (nodes.dtype.names or ()) or nodes.dtype[name].kind not in "iu":
            raise BadTreeError(f"the nodes of a tree have no {name}")
        return nodes[name].astype(np.int64)


def _check_walk(left: Any, right: Any, feature: Any, inner: Any, features: int | None) -> int:
    """Every way ends: children come after their parent, and there are as many nodes as children and a root."""
    place, last = np.flatnonzero(inner), len(left)
    for child in (left[inner], right[inner]):
        if (child <= place).any() or (child >= last).any():
            raise BadTreeError("a node of a tree leads nowhere, or back")
    asked = feature[inner]
    if not len(asked):
        return 0
    if asked.min() < 0 or (features is not None and asked.max() >= features):
        raise BadTreeError("a node of a tree asks for a column that is not there")
    return int(asked.max()) + 1
