"""What the laboratory's table, as last read, says of tests whose results may come late, and what it forbids."""

import json

from mes_core.domain import conditional
from mes_core.domain.errors import Conflict
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow

LATE_POSITIVE, UNCLEAR_RESULT = "late-positive", "unclear-result"
"""What keys of holds begin with that the laboratory's word opened."""
OUTSIDE = "out_of_specification"


def reading(work: UnitOfWork, batch_id: str, test: str) -> str | None:
    """What the table says of a test; None where it was not read, or has none."""
    row = work.get("observations", batch_id=batch_id, system="lims", name="results")
    if row is None:
        return None
    read = json.loads(row["document"])
    return conditional.read_result(read["rows"], batch_id, test, complete=read.get("complete") is True)


def says(work: UnitOfWork, batch_id: str) -> dict[str, str | None]:
    """What the laboratory's table, as last read, says of each test whose result may come late."""
    return {test: reading(work, batch_id, test) for test in conditional.TESTS}


def check_supply(work: UnitOfWork, batch: BatchRow) -> None:
    """See that the laboratory says nothing against what leaves the plant or is about to be given, though certified.

    What is supplied outside of specification went through gates of its own.

    Raises:
        Conflict: a result is positive, or says neither.
    """
    if disposition(work, batch["batch_id"]) == OUTSIDE:
        return
    for test, said in says(work, batch["batch_id"]).items():
        if said == conditional.POSITIVE:
            raise Conflict(f"Batch {batch['batch_id']} can't be supplied: the laboratory's {test} is positive.")
        if said == conditional.UNCLEAR:
            raise Conflict(f"Batch {batch['batch_id']} can't be supplied: {unclear_words(test)}")


def check_lifted(work: UnitOfWork, batch_id: str, hold_key: str) -> None:
    """See that a hold for what the laboratory said is not lifted while it says so.

    Raises:
        Conflict: it does.
    """
    kind, _, rest = hold_key.partition(":")
    if kind not in (LATE_POSITIVE, UNCLEAR_RESULT):
        return
    test = rest.partition(":")[0]
    said = says(work, batch_id).get(test)
    if said in (conditional.POSITIVE, conditional.UNCLEAR):
        raise Conflict(
            f"The hold on batch {batch_id} can't be lifted: the laboratory's {test}, as last read, is {said}; review"
            " the batch again when its table says otherwise."
        )


def check_says(work: UnitOfWork, batch_id: str, test: str, outcome: str) -> None:
    """See that the laboratory's own table, as a bot read it last, says what a person wants to note.

    Raises:
        Conflict: it says something else, is not final yet, or was never read.
    """
    said = reading(work, batch_id, test)
    if said == outcome:
        return
    told = {
        None: "was not read yet",
        conditional.WAITING: "is not final",
        conditional.POSITIVE: "says positive",
        conditional.UNCLEAR: "says neither negative nor positive",
    }
    raise Conflict(
        f"The laboratory's own result of {test} for batch {batch_id} {told.get(said, 'says otherwise')}: it is noted as"
        f" {outcome} when a review has read it so."
    )


def disposition(work: UnitOfWork, batch_id: str) -> str:
    """The newest one that was signed; empty where none was."""
    signed = work.find("dispositions", batch_id=batch_id, order=("-number",), limit=1)
    return str(json.loads(signed[0]["document"])["disposition"]) if signed else ""


def unclear_words(test: str) -> str:
    """What is wrong with a result that says neither, and what to do."""
    return (
        f"the laboratory's final {test} says neither negative nor positive; have the laboratory say which in its"
        " system, and review the batch again."
    )
