"""Merkle trees: the root of RFC 6962, and paths that lead to it from one leaf only."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from mes_core.domain import merkle

LEAVES = st.lists(st.binary(max_size=4), min_size=1, max_size=40).map(lambda some: [merkle.leaf(one) for one in some])


def _as_in_the_rfc(leaves: list[bytes]) -> bytes:
    """The definition in section 2.1: split at the largest power of two below the length."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    halves = _as_in_the_rfc(leaves[:split]) + _as_in_the_rfc(leaves[split:])
    return hashlib.sha256(b"\x01" + halves).digest()


@given(LEAVES)
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    """Whatever the number of leaves."""
    assert merkle.root(leaves) == _as_in_the_rfc(leaves)


def test_no_leaves_have_a_root_too() -> None:
    """The hash of nothing."""
    assert merkle.root([]) == hashlib.sha256(b"").digest()


@given(st.data(), LEAVES)
def test_a_path_leads_to_the_root_from_its_leaf_only(data: st.DataObject, leaves: list[bytes]) -> None:
    """Another leaf, another place, another length: another root, or none."""
    place = data.draw(st.integers(0, len(leaves) - 1))
    path = merkle.path(leaves, place)
    root = merkle.root(leaves)
    assert merkle.root_from_path(leaves[place], place, len(leaves), path) == root
    assert merkle.root_from_path(merkle.leaf(b"no such leaf"), place, len(leaves), path) != root
    assert merkle.root_from_path(leaves[place], place, len(leaves), [*path, path[0] if path else root]) is None
    assert merkle.root_from_path(leaves[place], len(leaves), len(leaves), path) is None
    if path:
        assert merkle.root_from_path(leaves[place], place, len(leaves), path[:-1]) != root
