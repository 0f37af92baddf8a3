"""Batch numbers that people take for one another: by case, by O for 0 or l for 1, or by a full stop too many.

Looking a batch up stays exact. Only a new number is compared with those that are there: two that look alike would be
two labels that look alike.
"""

_ALIKE = str.maketrans({"o": "0", "l": "1", "i": "1", "_": "-", " ": "-"})
_STOP = "."


def skeleton(number: str) -> str:
    """What all numbers have in common that could be taken for this one."""
    return _folded(number).replace(_STOP, "")


def confusable(one: str, other: str) -> bool:
    """Whether one number could be taken for the other; the same number is no other.

    Two with as many full stops at other places are not alike: 1.12 and 11.2.
    """
    if one == other or skeleton(one) != skeleton(other):
        return False
    return _folded(one) == _folded(other) or one.count(_STOP) != other.count(_STOP)


def _folded(number: str) -> str:
    return number.casefold().translate(_ALIKE)
