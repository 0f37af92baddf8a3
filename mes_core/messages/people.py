"""Who the names in records are: mapped by an administrator, once for each name."""

from pydantic import Field

from mes_core.messages.record import Instant, View
from mes_core.messages.signatures import Signed


class MapName(Signed):
    """Say whose name this is, signed: the account `user` of the person, or None for somebody without an account."""

    name: str = Field(min_length=1, max_length=200)
    user: str | None = Field(default=None, max_length=64)
    reason: str = Field(min_length=3, max_length=1000)


class NameView(View):
    """A name as records spell it, and whose it is; `mapped_by` is None while nobody has said so."""

    name: str
    user: str | None = None
    mapped_by: str | None = None
    mapped_at: Instant | None = None
    batches: tuple[str, ...] = ()
