"""Effects as the MES takes and shows them: intent, permission to act, read-back."""

from typing import Any

from pydantic import Field

from mes_core.messages.bounds import Small
from mes_core.messages.record import Instant, Message, View

LEASE_HEADER = "Batchwright-Lease"
"""Header in which a bot says what it has in hand: item, epoch and the secret of its host."""


class NewEffect(Message):
    """The intent of one change in somebody else's system; unique by site, kind, business key and revision.

    `epoch` is the lease of the item under which it is meant; with it, an intent is only taken from whoever holds that.
    """

    site: str = Field(min_length=1, max_length=80)
    kind: str = Field(min_length=1, max_length=80)
    business_key: str = Field(min_length=1, max_length=200)
    revision: int = 1
    batch_id: str = Field(max_length=200)
    item_id: str = Field(max_length=200)
    epoch: int | None = None
    details: Small = Field(default_factory=dict)


class ActEffect(Message):
    """Ask whether a request that brings an effect about may leave now, under this lease of this item.

    `details` replace those noted with the intent, where this attempt goes about it in another way.
    """

    item_id: str = Field(max_length=200)
    epoch: int
    details: Small | None = None


class ConfirmEffect(Message):
    """What the read-back after the act found; `count` must be 1."""

    reference: str = Field(max_length=200)
    count: int = Field(ge=0)


class EffectView(View):
    """One effect: `intended`, `confirmed` or `in_doubt`. `created` says whether this call registered it.

    `acted_at` is when a request was last let out for it, None when none ever was; `acted_ago_s` is how many seconds
    ago that was by the clock of the MES.
    """

    effect_id: str
    site: str
    kind: str
    business_key: str
    revision: int
    batch_id: str
    item_id: str
    state: str
    created: bool
    created_at: Instant
    reference: str | None = None
    details: dict[str, Any] = Field(default_factory=dict)
    epoch: int | None = None
    acted_at: Instant | None = None
    acted_ago_s: float | None = None
