"""Whether an account is as the trail says: somebody who owns the database could borrow it for one signature.

Whoever swaps a password's hash or a role in the tables, signs, and swaps it back leaves every row as it was. So a
signature is refused while the account differs from what the trail last sealed, and carries the seal of the account that
signed, which the trail has to know.
"""

import json

from mes_core.domain.errors import Forbidden
from mes_core.services.ledger import TABLES, USERS
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AccountRow

_PAGE = 100


def seal_of(account: AccountRow) -> str:
    """The seal of an account as it stands."""
    return TABLES["accounts"].seal(account)


def sealed_last(work: UnitOfWork, user: str) -> str | None:
    """What the trail sealed last of an account; None when it never did."""
    name = f"accounts/{user}"
    offset = 0
    while True:
        entries = work.find("audit", order=("-number",), limit=_PAGE, offset=offset, batch_id=USERS)
        for entry in entries:
            seals = json.loads(entry["seals"]) if entry["seals"] else {}
            if name in seals:
                return str(seals[name])
        if len(entries) < _PAGE:
            return None
        offset += _PAGE


def check(work: UnitOfWork, account: AccountRow) -> None:
    """See that an account is as the trail says.

    Raises:
        Forbidden: it was changed outside of the program.
    """
    if sealed_last(work, account["user"]) != seal_of(account):
        raise Forbidden(
            f"The account {account['user']!r} is not as the audit trail says: it was changed outside of the program."
            " Nothing is done with it; an administrator looks into it ('batchwright verify --audit')."
        )
