"""Packages that not every machine has: which extra of Batchwright brings them, and the sentence for who misses one."""

import re
from typing import Final

EXTRAS: Final = {
    "joblib": ("models", "twin"),
    "matplotlib": ("twin",),
    "numba": ("fast",),
    "numpy": ("models", "planning", "twin"),
    "ortools": ("planning",),
    "pandas": ("planning",),
    "scipy": ("models", "planning", "twin"),
    "simpy": ("twin",),
    "sklearn": ("models", "twin"),
    "skops": ("models",),
}
"""The extras that bring a module, by the name that it is imported by."""
_MISSING = re.compile(r"No module named '([A-Za-z_]\w*)")


def install_hint(message: str, wanted: str = "models") -> str | None:
    """What to do about a module that is missing, in one sentence; None when no extra brings it.

    Args:
        message: what Python says of it ("No module named 'numpy'").
        wanted: the extra that what was tried belongs to; one that brings the module stands in where this doesn't.
    """
    found = _MISSING.search(message)
    extras = EXTRAS.get(found[1], ()) if found else ()
    if not found or not extras:
        return None
    extra = wanted if wanted in (*extras, "demo") else extras[0]
    return f"{found[1]} is not installed on this machine: get it by 'pip install \"batchwright[{extra}]\"'."
