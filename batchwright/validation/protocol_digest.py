"""Binds the sheets of a performance protocol to each other: one digest over what the bots said when it was made.

It stands in every line of both sheets, in the printed protocol and in the audit trail. A bots' sheet that was changed
gives another digest; one whose digest was made anew as well stands in no trail.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from batchwright.support.errors import Refused

COLUMN = "protocol"
"""The column of both sheets that holds the digest."""
_BOUND = ("batch", "record_hash", "verdict", "findings", "rule_set", "minutes")


def digest_of(lines: Iterable[Mapping[str, object]]) -> str:
    """SHA-256 over batch, record, verdict, findings, rule set and minutes of each line, in the order of batches."""
    parts = sorted([_plain(line.get(name)) for name in _BOUND] for line in lines)
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _plain(value: object) -> str:
    """A cell as it is whichever program wrote it: 2, 2.0 and the text 2 are one number."""
    if value is None or value == "":
        return ""
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return str(value)


def need_bound(people: Path, filled: Sequence[Mapping[str, str]], bots: Path, said: Sequence[Mapping[str, str]]) -> str:
    """Make sure that both sheets are those of one protocol, the bots' unchanged; returns its digest.

    Raises:
        Refused: The bots' sheet was changed, or the people's is that of another protocol.
    """
    digest = digest_of(said)
    if {line[COLUMN] for line in said} != {digest}:
        raise Refused(
            f"{bots} is not as the protocol was made: what it says of its batches does not give the digest that it"
            " names; give the sheet that was put aside."
        )
    for line in filled:
        if line[COLUMN] != digest:
            named = line[COLUMN][:12] or "no protocol"
            raise Refused(
                f"{people} names {named} at batch {line['batch']!r}, and {bots} is that of {digest[:12]}: give both"
                " sheets of one protocol."
            )
    return digest
