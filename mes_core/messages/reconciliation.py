"""What a restored store and the sites say of the same effects."""

from enum import StrEnum

from pydantic import Field

from mes_core.messages.record import Instant, Message, View


class ExpectedEffect(View):
    """An effect that may stand on a site: one that the store knows of, or one that came about since its backup.

    `state` is that of the store: intended, confirmed, in_doubt; None where it knows of none. `queued` says that a work
    item under this key will find what is there and adopt it.
    """

    site: str
    kind: str
    business_key: str
    batch_id: str
    effect_id: str | None = None
    state: str | None = None
    reference: str | None = None
    queued: bool = False


class SiteReading(Message):
    """What a site shows under a key, by page and export: PRESENT, ABSENT or UNKNOWN, how many, the first one's number.

    `why` says why it is not known.
    """

    site: str
    kind: str
    business_key: str
    presence: str = Field(pattern="^(PRESENT|ABSENT|UNKNOWN)$")
    count: int = Field(default=0, ge=0)
    reference: str = Field(default="", max_length=200)
    read_at: Instant
    why: str = Field(default="", max_length=500)


class Finding(StrEnum):
    """What a comparison found of one effect."""

    AGREES = "agrees"
    WILL_BE_ADOPTED = "stands on the site since the backup; the work item that is queued for it adopts it"
    NOT_KNOWN_HERE = "stands on the site since the backup; the store knows nothing of it"
    GONE = "was confirmed here, but the site does not show it"
    OTHER = "stands on the site under another number than the one confirmed here"
    NOT_ONE = "stands on the site more than once"
    NOT_READ = "could not be read"


class Compared(View):
    """One effect, compared."""

    expected: ExpectedEffect
    finding: Finding
    reference: str = ""
    why: str = ""

    @property
    def sentence(self) -> str:
        """For a person."""
        one = self.expected
        number = f" ({self.reference})" if self.reference else ""
        because = f": {self.why}" if self.why else ""
        return (
            f"Batch {one.batch_id}: {one.kind} {one.business_key} on {one.site} {self.finding.value}{number}{because}."
        )
