"""Batch numbers that people take for one another: by case, by O for 0 or l for 1, or by how their parts are set off.

Looking a batch up stays exact. Only a new number is compared with those that are there: two that look alike would be
two labels that look alike.
"""

import re

_ALIKE = str.maketrans({"o": "0", "l": "1", "i": "1"})
_BETWEEN = re.compile(r"[^\w]|_")
"""What sets parts off: one plant's full stop is another's hyphen, and is left out where somebody types fast."""


def skeleton(number: str) -> str:
    """What all numbers have in common that could be taken for this one."""
    return _BETWEEN.sub("", _folded(number))


def confusable(one: str, other: str) -> bool:
    """Whether one number could be taken for the other; the same number is no other.

    Two with as many parts that are divided elsewhere are not alike: 1.12 and 11.2.
    """
    if one == other or skeleton(one) != skeleton(other):
        return False
    parts = [_BETWEEN.split(_folded(number)) for number in (one, other)]
    return parts[0] == parts[1] or len(parts[0]) != len(parts[1])


def _folded(number: str) -> str:
    return number.casefold().translate(_ALIKE)
