"""Damage to tables of real results: a known number of values changed, each so that it really differs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from twin.model.errors import TwinError

Row = dict[str, str]
Change = Callable[[Sequence[Row], int, Random], str | None]
"""The new text for the result of one row, or None when this change cannot be made there."""


@dataclass(frozen=True)
class CorruptedResult:
    """One changed result: where it stands, what stood there, what stands there now, and how it was changed."""

    batch: str
    test: str
    old: str
    new: str
    operator: str
    result_id: str = ""


def corrupt_results(rows: Sequence[Mapping[str, str]], k: int, seed: int) -> tuple[list[Row], list[CorruptedResult]]:
    """A copy of LIMS result rows in which exactly `k` results are changed, and the list of the changes.

    Each row needs the keys `batch`, `test` and `result`. A batch's test is changed once at most: two digits exchanged,
    the value of another batch, or no value at all, in turn as far as the rows allow. The same rows, `k` and seed
    give the same changes. Raises `TwinError` when the rows do not hold `k` numbers that can be changed.
    """
    if k < 0:
        raise TwinError(f"Cannot change {k} results: give zero or more.")
    original = [dict(row) for row in rows]
    changed = [dict(row) for row in original]
    rng = Random(seed)  # noqa: S311 - reproducible damage, not a secret
    places = [place for place, row in enumerate(changed) if _number(row["result"]) is not None]
    rng.shuffle(places)
    turns = list(_CHANGES)
    rng.shuffle(turns)
    truth: list[CorruptedResult] = []
    used: set[tuple[str, str]] = set()
    for place in places:
        if len(truth) == k:
            break
        key = (changed[place]["batch"], changed[place]["test"])
        if key in used:
            continue
        used.add(key)
        truth.append(_change(original, changed[place], place, turns, rng))
        turns.append(turns.pop(0))
    if len(truth) < k:
        raise TwinError(f"Only {len(truth)} results hold a number, {k} were to be changed: ask for fewer.")
    return changed, truth


def _change(original: Sequence[Row], row: Row, place: int, turns: list[str], rng: Random) -> CorruptedResult:
    """Change the row at `place` in the first way of `turns` that is possible there; a value can always go missing."""
    for name in turns:
        new = _CHANGES[name](original, place, rng)
        if new is not None and _number(new) != _number(row["result"]):
            old, row["result"] = row["result"], new
            return CorruptedResult(row["batch"], row["test"], old, new, name, row.get("result_id", ""))
    raise TwinError(f"The result of {row['test']} of batch {row['batch']} cannot be changed.")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _swap_digits(rows: Sequence[Row], place: int, rng: Random) -> str | None:
    """Two unequal neighbouring digits exchanged; the point stays where it is."""
    text = rows[place]["result"]
    digits = [position for position, symbol in enumerate(text) if symbol.isdigit()]
    pairs = [(a, b) for a, b in pairwise(digits) if text[a] != text[b]]
    if not pairs or not text.replace(".", "").lstrip("-").isdigit():
        return None
    first, second = rng.choice(pairs)
    symbols = list(text)
    symbols[first], symbols[second] = symbols[second], symbols[first]
    return "".join(symbols)


def _other_batch(rows: Sequence[Row], place: int, rng: Random) -> str | None:
    """The value that another batch has for the same test."""
    own = rows[place]
    for _ in range(400):
        other = rows[rng.randrange(len(rows))]
        if other["test"] == own["test"] and other["batch"] != own["batch"]:
            number = _number(other["result"])
            if number is not None and number != _number(own["result"]):
                return other["result"]
    return None


def _missing(_rows: Sequence[Row], _place: int, _rng: Random) -> str | None:
    return ""


_CHANGES: Mapping[str, Change] = {
    "swapped_digits": _swap_digits,
    "value_of_other_batch": _other_batch,
    "value_missing": _missing,
}
