"""Signatures as they are kept."""

from mes_core.messages.record import Instant, Message


class SignatureView(Message):
    """Who signed what, when, with what meaning; `binding` ties the parts to the content (21 CFR 11.50, 11.70)."""

    signature_id: str
    batch_id: str
    act: str
    subject: str
    content_hash: str
    meaning: str
    reason: str
    user: str
    printed_name: str
    at: Instant
    binding: str
