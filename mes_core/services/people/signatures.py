"""Electronic signatures: what is signed, by whom, when and with what meaning, bound to the content by its hash.

A `binding` is a hash over everything that a signature says, so that one which is copied to another record, or
changed, shows as broken (21 CFR 11.70).
"""

import json
import uuid
from datetime import datetime

from mes_core.domain.audit import digest
from mes_core.domain.principals import PersonPrincipal
from mes_core.services import as_told
from mes_core.services.core import iso, only
from mes_core.services.ledger import USERS
from mes_core.services.people import account_seals
from mes_core.services.ports import Row, UnitOfWork
from mes_core.services.ports.rows import SignatureRow

_BOUND = (
    "signature_id",
    "batch_id",
    "act",
    "subject",
    "content_hash",
    "meaning",
    "reason",
    "user",
    "printed_name",
    "at",
)


def sign(
    work: UnitOfWork,
    chain: str,
    who: PersonPrincipal,
    now: datetime,
    *,
    act: str,
    subject: str,
    content_hash: str,
    meaning: str,
    reason: str,
    of_news: bool = False,
) -> SignatureRow:
    """Store a signature in this transaction and return it; both components were asked for before (`SignedActs`).

    Nobody decides on what is not as the audit trail says: whoever changes rows of the chain before signing calls
    `as_told.check` first. What has happened is taken in any case: a store that was tampered with hides no bad news.

    Args:
        work: the transaction.
        chain: the batch, or the system chain, that it belongs to.
        who: who signs.
        now: when.
        act: what is signed: `disposition`, `finding closed`, ...
        subject: the thing that is signed; content_hash: hash of its content as it was seen.
        meaning: what the signature stands for, in words (21 CFR 11.50); reason: why, in the words of the person.
        of_news: it says what has happened outside, and decides nothing.

    Raises:
        Forbidden: what the decision rests on is not as the audit trail says.
    """
    if not of_news:
        as_told.check(work, chain)
    row: SignatureRow = {
        "signature_id": f"S-{uuid.uuid4().hex[:16]}",
        "batch_id": chain,
        "act": act,
        "subject": subject,
        "content_hash": content_hash,
        "meaning": meaning,
        "reason": reason,
        "user": who.user,
        "printed_name": who.printed_name,
        "at": iso(now),
        "binding": "",
        "account_seal": _account_seal(work, who.user),
    }
    row["binding"] = binding(row)
    work.add("signatures", [row])
    return row


def _account_seal(work: UnitOfWork, user: str) -> str | None:
    account = work.get("accounts", user=user)
    return account_seals.seal_of(account) if account else None


def binding(signature: SignatureRow) -> str:
    """The hash that ties the parts of a signature together, the account that signed among them.

    Signatures of before accounts had seals have none in their binding either.
    """
    parts = list(only(signature, *_BOUND).values())
    return digest([*parts, signature["account_seal"]] if signature["account_seal"] else parts)


def borrowed(work: UnitOfWork) -> list[str]:
    """Signatures by an account in a state that the trail never sealed: one sentence for each."""
    known: dict[str, set[str]] = {}
    for entry in work.find("audit", batch_id=USERS, order=("number",)):
        for name, sealed in (json.loads(entry["seals"]) if entry["seals"] else {}).items():
            known.setdefault(name, set()).add(sealed)
    return [
        f"chain {row['batch_id']}: signature {row['signature_id']} ({row['act']}) was made with the account"
        f" {row['user']!r} as it was changed outside the program."
        for row in work.find("signatures", order=("at", "signature_id"))
        if row["account_seal"] and row["account_seal"] not in known.get(f"accounts/{row['user']}", set())
    ]


def shown(signature: SignatureRow) -> Row:
    """The parts that an audit entry repeats."""
    return only(signature, "signature_id", "printed_name", "meaning", "content_hash", "binding")
