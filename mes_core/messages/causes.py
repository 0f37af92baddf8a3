"""Who works on what holds a batch: taken, handed over, remarked on; and who has something that is due."""

from enum import StrEnum

from pydantic import Field, model_validator

from mes_core.messages.record import Instant, Message, View

HOLDS_ALONE = "holds"
"""Stands for the rule where a batch is held by its holds alone, without an open finding."""


class CauseAct(StrEnum):
    """What somebody does with a cause; a remark changes nobody's hands."""

    TAKEN = "taken"
    HANDED = "handed over"
    GIVEN_BACK = "given back"
    REMARK = "remark"


class NewCauseNote(Message):
    """Take a cause, hand it over to a colleague, give it back, or remark on it.

    `after` is the number of the newest note that was seen: where another one has come meanwhile, this one is refused.
    """

    rule: str = Field(min_length=1, max_length=200)
    act: CauseAct
    to: str | None = Field(default=None, max_length=64)
    text: str = Field(default="", max_length=1000)
    after: int = Field(ge=0, le=10_000_000)

    @model_validator(mode="after")
    def _says_what_it_has_to(self) -> "NewCauseNote":
        if (self.act is CauseAct.HANDED) != bool(self.to):
            raise ValueError("a hand-over names the colleague, and nothing else does")
        if self.act is not CauseAct.TAKEN and len(self.text.strip()) < 3:
            raise ValueError("a remark, a hand-over and giving back take a text of 3 characters at least")
        return self


class CauseNote(View):
    """What was done with a cause, by whom; `owner` is who has it since, None: nobody."""

    batch_id: str
    rule: str
    number: int
    act: CauseAct
    owner: str | None = None
    owner_name: str | None = None
    text: str
    noted_by: str
    printed_name: str
    noted_at: Instant


class Colleague(View):
    """Somebody whom a cause can be handed to."""

    user: str
    printed_name: str
    roles: tuple[str, ...]


class HandDue(Message):
    """Take something that is due, or hand it to a colleague whose role may end it."""

    to: str = Field(min_length=1, max_length=64)
    text: str = Field(min_length=3, max_length=1000)
    seen: str | None = Field(default=None, max_length=64)
    """Who had it when this was asked for: refused where it went elsewhere meanwhile."""
