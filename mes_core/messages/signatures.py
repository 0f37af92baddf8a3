"""Signatures as they are given and kept."""

from pydantic import Field

from mes_core.messages.record import Instant, Message, View

SECRET_FIELDS = frozenset({"password", "new_password"})
"""Fields of messages that nothing keeps, prints or hashes."""


class Signed(Message):
    """A change that a person signs: the password is asked at each, the user name too where the plant is set so."""

    password: str = Field(max_length=200, repr=False)
    user_name: str | None = Field(default=None, max_length=80)


class SignatureView(View):
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
    account_seal: str | None = None
    """The seal of the account as it signed; None in signatures of before accounts had seals."""
