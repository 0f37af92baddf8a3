"""The release line: resources, steps, and the times at which batches pass them."""

from twin.line.calendar import ALWAYS, Calendar, weekly_calendar
from twin.line.capacity import Load, loads, refuse_overload, usable_loads
from twin.line.engine import run_line
from twin.line.network import Network, Passage, Resource, Step, Work

__all__ = [
    "ALWAYS",
    "Calendar",
    "Load",
    "Network",
    "Passage",
    "Resource",
    "Step",
    "Work",
    "loads",
    "refuse_overload",
    "run_line",
    "usable_loads",
    "weekly_calendar",
]
