"""Records of qualification: what was checked on a machine, told to the audit trail by its hash."""

from enum import StrEnum

from pydantic import Field

from mes_core.messages.record import Instant, View
from mes_core.messages.signatures import Signed


class Qualification(StrEnum):
    """What a record is about, as GAMP 5 and EU GMP Annex 15 name it."""

    INSTALLATION = "installation qualification"
    OPERATION = "operational qualification"
    PROTOCOL = "performance protocol"
    PERFORMANCE = "performance qualification"
    CHANGE = "change record"
    REVIEW = "periodic review"


class SignQualification(Signed):
    """A record, signed by a person."""

    kind: Qualification
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    commit: str = Field(pattern="^[0-9a-f]{40}$|^$")
    outcome: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=3, max_length=1000)


class QualificationView(View):
    """A record as the audit trail tells of it."""

    number: int
    kind: Qualification
    sha256: str
    commit: str
    outcome: str
    told_by: str
    told_at: Instant
    signature_id: str | None
