"""Conditional release: which tests may be missing, and who is told of a late positive, by when, after which clause.

Times that stand in no law are the plant's own and say so; the law's "without delay" has no figure.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes_core.domain import batch_numbers, names
from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Role

TESTS = ("Sterility", "Mycoplasma")
"""Tests whose final result may come after the cells are needed (EU GMP Part IV: certification in two stages)."""
WAITING, NEGATIVE, POSITIVE = "waiting", "negative", "positive"
UNCLEAR = "unclear"
"""Final, and neither negative nor positive by its word: what the laboratory said, a person has to find out."""
_FINAL = "final"
_NOT_FINAL = frozenset({"", "preliminary", "interim", "pending", "in progress", "in test", "running", "registered"})
_RUNNING = (
    "negative",
    "no growth",
    "pending",
    "in progress",
    "in test",
    "running",
    "not yet",
    "not tested",
    "to follow",
)
_FIGURES = frozenset("0123456789<>≤≥")


def check_pending(batch_id: str, pending: Mapping[str, datetime], now: datetime, expires_at: datetime | None) -> None:
    """See that a conditional release says what is missing, and that it is still to come.

    Args:
        batch_id: for the sentence.
        pending: when each missing result is expected, by test.
        now: time of the signature.
        expires_at: when the cells expire, where the record says so: a result after it would tell nobody in time, and
            until it is expected nobody is reminded.

    Raises:
        Invalid: nothing is missing, something else than these tests is, or a result is expected in the past or after
            the cells have expired.
    """
    if not pending:
        raise Invalid(
            f"Batch {batch_id} can't be released conditionally with nothing pending: name the tests that still run, or"
            " sign a release."
        )
    for test, expected_at in pending.items():
        if test not in TESTS:
            raise Invalid(f"{test!r} can't be pending at a conditional release: only {' and '.join(TESTS)} can.")
        if expected_at <= now:
            raise Invalid(f"The final result of {test} is expected in the past: say when the test ends.")
        if expires_at is not None and expected_at > expires_at:
            raise Invalid(
                f"The final result of {test} is expected after batch {batch_id} has expired: say when the test ends."
            )


def read_result(rows: Collection[Mapping[str, str]], batch_id: str, test: str, *, complete: bool = True) -> str | None:
    """What the laboratory's table says of a test: POSITIVE at once, NEGATIVE when final, WAITING otherwise, or None.

    UNCLEAR is a result of another word ("Growth observed", "Invalid") that nobody called preliminary, or that no word
    for a test which still runs explains: it may well be a positive one.

    A row that could be about this test and batch, and spells one of them otherwise, is looked at by a person: it says
    POSITIVE, UNCLEAR, or that nothing is final. So does one of a test whose name holds this one's and more (an
    in-process sample), unless it is negative and final itself. Of a table that was not read to its end, no more than
    POSITIVE and UNCLEAR are believed.

    Args:
        rows: cells by header, as they were read.
        batch_id: rows that name another batch are left out.
        test: name of the test.
        complete: whether the table was read to its end.
    """
    alike = [row for row in rows if _about(row, batch_id, test)]
    own = [row for row in alike if row.get("test") == test and row.get("batch", batch_id) == batch_id]
    spelt = [row for row in alike if row not in own and (not _is_another_test(row, test) or not _is_negative(row))]
    if any(_said(row).startswith(POSITIVE) for row in alike):
        return POSITIVE
    if any(_is_unclear(row, test) for row in alike):
        return UNCLEAR
    if spelt or (own and not complete):
        return WAITING
    if not own:
        return None
    return NEGATIVE if all(_is_negative(row) for row in own) else WAITING


def strange_positives(rows: Collection[Mapping[str, str]], batch_id: str) -> frozenset[str]:
    """Names of tests that none of `TESTS` is, nor could be, with a positive result of this batch.

    Args:
        rows: cells by header, as they were read.
        batch_id: rows that name another batch are left out.
    """
    mine = [row for row in rows if _said(row).startswith(POSITIVE) and _about(row, batch_id, "")]
    return frozenset(str(row.get("test")) for row in mine if not any(_about(row, batch_id, test) for test in TESTS))


def _said(row: Mapping[str, str]) -> str:
    return names.key(str(row.get("result") or ""))


def _status(row: Mapping[str, str]) -> str:
    return names.key(str(row.get("status") or ""))


def _is_negative(row: Mapping[str, str]) -> bool:
    """Whether a row says negative and nothing else, and is final."""
    return _said(row) == NEGATIVE and _status(row) == _FINAL


def _is_unclear(row: Mapping[str, str], test: str) -> bool:
    """Whether a row says what is neither negative nor the word of a test that still runs.

    A figure of another test, whose name holds this one's, is that test's own.
    """
    said, final = _said(row), _status(row) not in _NOT_FINAL
    if not said:
        return _status(row) == _FINAL
    if said == NEGATIVE or (_is_another_test(row, test) and said[0] in _FIGURES):
        return False
    return final or not said.startswith(_RUNNING)


def _is_another_test(row: Mapping[str, str], test: str) -> bool:
    """Whether the name says more than this test's: of an in-process sample, or of another day."""
    said = names.skeleton(str(row.get("test") or ""))
    return bool(said) and said != names.skeleton(test)


def _about(row: Mapping[str, str], batch_id: str, test: str) -> bool:
    batch = names.key(str(row.get("batch", batch_id) or ""))
    named = [part for part in re.split(r"[,;/|:\s]+", batch) if part]
    # A cell without a batch stands below another one, or was left empty: it may be about this batch.
    same = not named or any(_could_be(one, batch_id) for one in (batch, *named))
    said = str(row.get("test") or "")
    return same and (not test or not names.skeleton(said) or names.could_hold(said, test))


def _could_be(said: str, batch_id: str) -> bool:
    """Whether a cell could name this batch: spelt otherwise, or with a mark of a sample or a retest behind it."""
    own = names.key(batch_id)
    marked = said.startswith(own) and said[len(own) : len(own) + 1] in tuple("-_.(#")
    return marked or names.alike(said, own) or batch_numbers.skeleton(said) == batch_numbers.skeleton(batch_id)


def check_certification(batch_id: str, states: Mapping[str, str]) -> None:
    """See that nothing that a conditional release waited for keeps a batch from its certification.

    Args:
        batch_id: for the sentence.
        states: state by test; empty when nothing was ever pending.

    Raises:
        Conflict: something does; says what.
    """
    for test, state in sorted(states.items()):
        if state == POSITIVE:
            raise Conflict(f"Batch {batch_id} can't be certified: the final result of {test} is positive.")
        if state == WAITING:
            raise Conflict(f"Batch {batch_id} can't be certified: the final result of {test} is not in yet.")


@dataclass(frozen=True)
class Notice:
    """Somebody who must be told: who, why, within what time after the result was known, and whose task it is."""

    key: str
    to: str
    within: timedelta
    clause: str
    by: Role


_OWN = "plant procedure; the law says without delay and names no figure"


def unclear_notice(test: str, batch_id: str) -> Notice:
    """Who finds out what a final result means that is neither negative nor positive by its word."""
    asks = f"Ask the laboratory what its final {test} of batch {batch_id} means: it says neither negative nor positive."
    return Notice("qualified-person", asks, timedelta(hours=1), _OWN, Role.QUALIFIED_PERSON)


def notices(*, left: bool, centre: str | None) -> tuple[Notice, ...]:
    """Who is told of a late positive, besides the authorities, to whom filings go by their own clocks.

    Args:
        left: whether the cells have left the plant.
        centre: the treatment centre, if known.
    """
    physician = f"the treating physician at {centre or 'the treatment centre'}"
    found = [
        Notice("qualified-person", "the qualified person", timedelta(hours=1), _OWN, Role.QUALITY_ASSURANCE),
        Notice("physician", physician, timedelta(hours=2 if left else 24), _OWN, Role.QUALIFIED_PERSON),
        Notice(
            "holder",
            "the marketing authorisation holder or sponsor, with its safety department",
            timedelta(hours=24),
            _OWN,
            Role.QUALITY_ASSURANCE,
        ),
    ]
    return tuple(found)
