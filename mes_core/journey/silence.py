"""Tracking that says nothing: what a server tells without the extras that plan shipments."""

from datetime import datetime, timedelta

from mes_core.journey.errors import JourneyError


def check_silence(batch_id: str, last_seen: datetime, now: datetime, most_h: float, source: str) -> None:
    """See that tracking has spoken lately.

    Raises:
        JourneyError: it has not; a person calls the courier.
    """
    silent = now - last_seen
    if silent > timedelta(hours=most_h):
        raise JourneyError(
            f"{source} has said nothing of batch {batch_id} for {silent / timedelta(hours=1):.0f} h: call the courier;"
            " the batch stays in transit until somebody knows."
        )
