"""What people do about work items."""

from enum import StrEnum

from pydantic import Field

from mes_core.messages.base import Message, View
from mes_core.messages.effects import EffectView
from mes_core.messages.record import Instant
from mes_core.messages.views import WorkItemView


class Act(StrEnum):
    """Try an item again that waits, take it out of the queue, or free it from a worker that will not come back."""

    RETRY = "retry"
    CANCEL = "cancel"
    ADOPT = "adopt"


class ChangeItem(Message):
    """Change an item, with the reason that goes into the audit trail."""

    act: Act
    reason: str = Field(min_length=3, max_length=1000)


MOST_STEPS = 200
"""Steps of an attempt that are told of: those that come later are in its evidence alone."""


class StepState(StrEnum):
    """How a step stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LEFT_OUT = "left_out"


class ItemStep(Message):
    """One step of a running item: its name as the suite spells it, never what it was given."""

    name: str = Field(min_length=1, max_length=200)
    depth: int = Field(default=1, ge=1, le=2)
    state: StepState = StepState.RUNNING
    begun_at: Instant
    seconds: float | None = Field(default=None, ge=0, le=1_000_000)


class TellSteps(Message):
    """All steps of an attempt so far, under the number of its claim."""

    epoch: int = Field(ge=1, le=1_000_000)
    steps: tuple[ItemStep, ...] = Field(max_length=MOST_STEPS)


class LiveView(View):
    """An item as somebody sees it who looks on. `version` names what is shown: the same again is nothing new."""

    item: WorkItemView
    steps: tuple[ItemStep, ...] = ()
    effects: tuple[EffectView, ...] = ()
    lease_until: Instant | None = None
    version: str = ""


class Rang(View):
    """Whether items were queued since a place of the queue, and the newest place: from there one goes on."""

    newest: int
    rings: bool
