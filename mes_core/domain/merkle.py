"""Merkle trees as RFC 6962 (Certificate Transparency) defines them: a root over leaves, short proofs of inclusion."""

import hashlib
from collections.abc import Sequence


def leaf(content: bytes) -> bytes:
    """Hash of a leaf; the prefix keeps leaves and nodes apart."""
    return hashlib.sha256(b"\x00" + content).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over the hashes of the leaves, in their order."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    # An odd one out is carried up as it is: the same tree as RFC 6962's split at the largest power of two.
    while len(level) > 1:
        pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0]


def path(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The siblings on the way from a leaf (counted from 0) to the root."""
    found: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        sibling = place ^ 1
        if sibling < len(level):
            found.append(level[sibling])
        pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
        place //= 2
    return found


def root_from_path(leaf_hash: bytes, place: int, size: int, siblings: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to, or None when it has not the length that place and size call for."""
    if not 0 <= place < size:
        return None
    rest, reached = list(siblings), leaf_hash
    while size > 1:
        if place ^ 1 < size:
            if not rest:
                return None
            other = rest.pop(0)
            reached = _node(other, reached) if place % 2 else _node(reached, other)
        place, size = place // 2, (size + 1) // 2
    return None if rest else reached
