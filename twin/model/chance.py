"""Random numbers that belong to a batch: the same seed and batch number give the same numbers, whatever else is drawn.

Numbers are made in blocks of a fixed size by a counter-based generator (Philox) whose key is the seed and the purpose
and whose counter starts at the block, so no batch depends on how many others there are or in which order they come.
"""

import numpy as np
from numpy.typing import NDArray

from twin.model.errors import TwinError

Array = NDArray[np.float64]

BLOCK = 512
"""Batches drawn together."""


def normals(seed: int, purpose: int, first: int, count: int, columns: int) -> Array:
    """Standard normal numbers of the batches `first` to `first + count - 1`, shape (count, columns).

    `purpose` (0 to 65,535) keeps apart numbers that are used for different things. Raises `TwinError` for a negative
    seed, batch number or count.
    """
    if seed < 0 or first < 0 or count < 0:
        raise TwinError(f"Seed {seed}, batch {first} and count {count} must be zero or more.")
    blocks = range(first // BLOCK, (first + count - 1) // BLOCK + 1) if count else range(0)
    drawn = [_generator(seed, purpose, block).standard_normal((BLOCK, columns)) for block in blocks]
    if not drawn:
        return np.zeros((0, columns))
    offset = first - blocks.start * BLOCK
    return np.concatenate(drawn)[offset : offset + count]


def _generator(seed: int, purpose: int, block: int) -> np.random.Generator:
    key = np.array([seed & 0xFFFFFFFFFFFFFFFF, purpose], dtype=np.uint64)
    counter = np.array([0, 0, 0, block], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
