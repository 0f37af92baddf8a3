"""What the laboratory's table, as last read, says of tests whose results may come late, and what it forbids."""

import orjson

from mes_core.domain import conditional, supply
from mes_core.domain.errors import Conflict
from mes_core.services.ports import UnitOfWork

LATE_POSITIVE, UNCLEAR_RESULT = "late-positive", "unclear-result"
"""What keys of holds begin with that the laboratory's word opened."""
OUTSIDE = "out_of_specification"


def says(work: UnitOfWork, batch_id: str) -> dict[str, str | None]:
    """What the table says of each test whose result may come late; None where it was not read, or has none."""
    row = work.get("observations", batch_id=batch_id, system="lims", name="results")
    if row is None:
        return dict.fromkeys(conditional.TESTS)
    read = orjson.loads(row["document"])
    rows, complete = read["rows"], read.get("complete") is True
    return {test: conditional.read_result(rows, batch_id, test, complete=complete) for test in conditional.TESTS}


def strange(work: UnitOfWork, batch_id: str) -> frozenset[str]:
    """Names of tests that the table called positive when it was read last, and that nothing here waits for."""
    row = work.get("observations", batch_id=batch_id, system="lims", name="results")
    return conditional.strange_positives(orjson.loads(row["document"])["rows"], batch_id) if row else frozenset()


def check_against(batch_id: str, test: str, said: str | None, act: str) -> None:
    """See that a result says nothing against what is to be done.

    Args:
        batch_id, test: for the sentence.
        said: what the laboratory says.
        act: what is to be done to the batch, as a participle ("released").

    Raises:
        Conflict: it is positive, or says neither.
    """
    if said == conditional.POSITIVE:
        raise Conflict(f"Batch {batch_id} can't be {act}: the laboratory's {test} is positive.")
    if said == conditional.UNCLEAR:
        raise Conflict(f"Batch {batch_id} can't be {act}: {unclear_words(test)}")


def check_supply(work: UnitOfWork, standing: supply.Standing) -> None:
    """See that the laboratory says nothing against what leaves the plant or is about to be given, though certified.

    What is supplied outside of specification went through gates of its own.

    Raises:
        Conflict: a result is positive, or says neither.
    """
    for test, said in says(work, standing.batch_id).items() if standing.disposition != OUTSIDE else ():
        check_against(standing.batch_id, test, said, "supplied")


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
    said = says(work, batch_id).get(test)
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


def unclear_words(test: str) -> str:
    """What is wrong with a result that says neither, and what to do."""
    return (
        f"the laboratory's final {test} says neither negative nor positive; have the laboratory say which in its"
        " system, and review the batch again."
    )
