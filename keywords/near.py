"""Which of the names that there are was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(wanted: str, known: Iterable[str]) -> str:
    """A question that follows a sentence: the name that was probably meant; empty where none is near."""
    near = nearest(wanted, known)
    return f" (did you mean '{near}'?)" if near else ""


def nearest(wanted: str, known: Iterable[str]) -> str:
    """The name that is nearest to the one that was looked for; empty where none is near."""
    by_small = {one.casefold(): one for one in known}
    near = get_close_matches(wanted.casefold(), by_small, n=1, cutoff=0.6)
    return by_small[near[0]] if near else ""
