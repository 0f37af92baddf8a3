"""The gates of a supply outside of specification, as they are recorded and shown."""

from enum import StrEnum

from pydantic import Field

from mes_core.messages.record import Instant, View
from mes_core.messages.signatures import Signed


class GateName(StrEnum):
    """The three gates, in their order."""

    PHYSICIAN_REQUEST = "physician_request"
    RISK_EVALUATION = "risk_evaluation"
    ACCEPTANCE = "acceptance"


class NewGate(Signed):
    """Record a gate, signed: the document, who gave it and when, and what it says."""

    gate: GateName
    reference: str = Field(min_length=1, max_length=200)
    given_by: str = Field(min_length=3, max_length=200)
    given_at: Instant
    text: str = Field(min_length=3, max_length=2000)


class GateView(View):
    """A gate that was recorded."""

    batch_id: str
    gate: GateName
    reference: str
    given_by: str
    given_at: Instant
    text: str
    recorded_by: str
    printed_name: str
    recorded_at: Instant
    signature_id: str
