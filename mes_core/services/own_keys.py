"""Keys of holds and deviations that the program makes by itself: closed to others, who could use them up beforehand."""

from mes_core.domain.errors import Invalid

_OWN = (
    "disposition:",
    "effect:",
    "excursion:",
    "filing_clocks:",
    "item:",
    "late-positive",
    "p-",
    "received, not shipped",
    "restore:",
    "review:",
    "shipping:",
    "unclear-result",
)


def refuse_own(key: str) -> None:
    """See that a key that somebody chose is none that the program would make for a reason of its own.

    Raises:
        Invalid: it is; says how to choose another.
    """
    begins = next((one for one in _OWN if key.strip().casefold().startswith(one)), None)
    if begins is not None:
        raise Invalid(f"Keys that begin with {begins!r} are made by the program alone: choose another key.")
