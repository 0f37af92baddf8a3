"""What people do about work items."""

from enum import StrEnum

from pydantic import Field

from mes_core.messages.base import Message, View


class Act(StrEnum):
    """Try an item again that waits, take it out of the queue, or free it from a worker that will not come back."""

    RETRY = "retry"
    CANCEL = "cancel"
    ADOPT = "adopt"


class ChangeItem(Message):
    """Change an item, with the reason that goes into the audit trail."""

    act: Act
    reason: str = Field(min_length=3, max_length=1000)


class Rang(View):
    """Whether items were queued since a place of the queue, and the newest place: from there one goes on."""

    newest: int
    rings: bool
