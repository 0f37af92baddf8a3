"""The reckoning behind ways and forecasts, imported where what it needs is installed."""

from types import ModuleType

from mes_core.domain.errors import Conflict

PLANNING = "get it by 'pip install \"batchwright[planning]\"', and start the MES again."
"""What to do where the reckoning can't be imported."""


def judging() -> ModuleType:
    """The reckoning.

    Raises:
        Conflict: what it needs is not installed.
    """
    try:
        from mes_core.services.journeys import judging as found
    except ModuleNotFoundError as missing:
        raise Conflict(f"{missing.name} is not installed where the MES runs: {PLANNING}") from None
    return found
