"""The log that a simulated line would have written: for seeing whether what is learned from it is what was put in."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from twin.learn.log import Event, Log, make_log
from twin.line import Network, Passage, Work

MONDAY: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""Day 0 of the line."""


def log_of(network: Network, work: Work, passage: Passage) -> Log:
    """Events of every batch at every step that it took and that took time; resources are those of the line."""
    events = [
        Event(
            f"batch {batch}",
            network.steps[step].name,
            network.steps[step].resource,
            MONDAY + timedelta(days=float(passage.begun[batch, step])),
            MONDAY + timedelta(days=float(passage.worked[batch, step])),
        )
        for batch, step in np.argwhere(work.taken & (work.touch > 0)).tolist()
    ]
    return make_log(events)
