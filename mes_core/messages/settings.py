"""Settings of the plant that decide what a signature takes."""

from enum import StrEnum

from pydantic import Field

from mes_core.messages.record import Instant, View
from mes_core.messages.signatures import Signed


class Signing(StrEnum):
    """What is asked at a signature.

    `session`: the password, the user name being that of the log-in (21 CFR 11.200(a)(1)(i)). `each`: user name and
    password at every signature, which then rests on no log-in (draft Annex 11 of 2025, 13.3).
    """

    SESSION = "session"
    EACH = "each"


class ChangeSigning(Signed):
    """Change what a signature takes, signed."""

    signing: Signing
    reason: str = Field(min_length=3, max_length=1000)


class SettingView(View):
    """A setting that was made; the newest is in force."""

    number: int
    name: str
    value: str
    reason: str
    set_by: str
    printed_name: str
    set_at: Instant
    signature_id: str
