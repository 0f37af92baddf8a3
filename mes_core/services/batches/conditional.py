"""Conditional release: what is still missing is stored, final results are noted, and a late positive is acted on."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from mes_core.domain import conditional
from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Actor
from mes_core.domain.states import LEFT, SUPPLIED, Event, State
from mes_core.messages import Observation, RecordKind
from mes_core.messages import conditional as c
from mes_core.messages import deviations as d
from mes_core.services import due
from mes_core.services.batches import laboratory, register
from mes_core.services.batches.deviations import add_deviation
from mes_core.services.batches.review_facts import head_of
from mes_core.services.core import Change, add_hold, has_left, hold_again, iso, move
from mes_core.services.filing import from_record
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchRow, ConditionColumns, ConditionRow, DeviationRow

_LABORATORY_ERROR = "laboratory_error"


def conditions(work: UnitOfWork, batch_id: str) -> list[ConditionRow]:
    """What a batch waits for, or waited for."""
    return work.find("conditions", batch_id=batch_id, order=("test",))


def stands_positive(work: UnitOfWork, batch_id: str) -> bool:
    """Whether a final result of a batch is positive."""
    return conditional.POSITIVE in states(work, batch_id).values()


def states(work: UnitOfWork, batch_id: str) -> dict[str, str]:
    """State by test."""
    return {row["test"]: row["state"] for row in conditions(work, batch_id)}


def waits(work: UnitOfWork, batch_id: str) -> bool:
    """Whether a final result is still to come."""
    return conditional.WAITING in states(work, batch_id).values()


def check_release(work: UnitOfWork, batch: BatchRow) -> None:
    """See that a batch that is certified in full waits for nothing.

    Raises:
        Conflict: a final result is missing or positive.
    """
    known = states(work, batch["batch_id"])
    conditional.check_certification(batch["batch_id"], known)
    for test, said in laboratory.says(work, batch["batch_id"]).items():
        if said == conditional.WAITING:
            raise Conflict(
                f"Batch {batch['batch_id']} can't be released: {test} still runs in the laboratory; wait for its final"
                " result, or release the batch conditionally."
            )
        laboratory.check_against(batch["batch_id"], test, said, "released")
        if known.get(test) is not None and said is None:
            raise Conflict(
                f"Batch {batch['batch_id']} can't be certified: the laboratory's table, as last read, has no {test};"
                " review the batch again."
            )


def check_reviewed_since(work: UnitOfWork, batch: BatchRow) -> None:
    """See that the newest verdict was reached after the last final result came in.

    Raises:
        Conflict: it was not, or nothing was ever pending.
    """
    rows = conditions(work, batch["batch_id"])
    verdict = work.get("verdicts", verdict_id=batch["verdict_id"]) if batch["verdict_id"] else None
    newest = max((row["noted_at"] or "" for row in rows), default="")
    if not rows or verdict is None or verdict["reviewed_at"] < newest:
        raise Conflict(
            f"Batch {batch['batch_id']} can't be certified a second time: its final results were not reviewed yet;"
            " review it again first."
        )


def set_pending(
    work: UnitOfWork, batch: BatchRow, pending: Iterable[c.PendingTest], disposition_id: str, now: datetime
) -> list[Change]:
    """Store what a conditional release waits for.

    Raises:
        Invalid: nothing is pending, or something that can't be.
        Conflict: the final result of a test is in, or was positive.
    """
    batch_id = batch["batch_id"]
    listed = {one.test.value: one for one in pending}
    if batch["kind"] != RecordKind.CAR_T:
        raise Invalid(f"Batch {batch_id} is no batch of cells: it is released when all results are in.")
    expires_at = head_of(batch)["expires_at"]
    until = datetime.fromisoformat(expires_at) if expires_at else None
    conditional.check_pending(batch_id, {test: one.expected_at for test, one in listed.items()}, now, until)
    known = states(work, batch_id)
    for test, read in laboratory.says(work, batch_id).items():
        said = known.get(test) if known.get(test) != conditional.WAITING else None
        said = said or read
        laboratory.check_against(batch_id, test, said, "released conditionally")
        if test in listed and said == conditional.NEGATIVE:
            raise Conflict(f"{test} of batch {batch_id} is not pending: its final result is in; leave it out.")
        if test not in listed and (said == conditional.WAITING or known.get(test) == conditional.WAITING):
            raise Conflict(f"{test} of batch {batch_id} still runs as well: name it among what is pending.")
    changes: list[Change] = []
    for test, one in sorted(listed.items()):
        row = _row(batch_id, one, conditional.WAITING, disposition_id, now)
        if test in known:
            work.change("conditions", {"batch_id": batch_id, "test": test}, **row)
        else:
            work.add("conditions", [row])
        changes.append(Change("final result pending", test, known.get(test), row["expected_at"], one.so_far))
    return changes


def _row(batch_id: str, one: c.PendingTest, state: str, disposition_id: str, now: datetime) -> ConditionRow:
    return {
        "batch_id": batch_id,
        "test": one.test.value,
        "state": state,
        "so_far": one.so_far,
        "expected_at": iso(one.expected_at),
        "opened_at": iso(now),
        "disposition_id": disposition_id,
        "reported_at": None,
        "noted_at": None,
        "noted_by": None,
        "source": None,
    }


def known_before(work: UnitOfWork, batch: BatchRow) -> dict[str, str | None]:
    """What the laboratory said at the reading before, of a batch of which only news count; empty for every other.

    What is supplied outside of specification was certified with what the laboratory said.
    """
    if not _certified(batch) or register.standing(work, batch).disposition != laboratory.OUTSIDE:
        return {}
    return laboratory.says(work, batch["batch_id"])


def note_strange(
    work: UnitOfWork, batch: BatchRow, before: Collection[str], actor: Actor, now: datetime
) -> list[Change]:
    """Hold a certified batch whose table has a new positive result under a name that nothing here waits for.

    What stood there at the certification was judged then. Under which name a test runs the laboratory decides.

    Args:
        work: the transaction, with the tables as they were read now.
        batch: the row of the batch.
        before: names that stood there at the reading before.
        actor: who read.
        now: the time.
    """
    changes: list[Change] = []
    for test in sorted(laboratory.strange(work, batch["batch_id"]) - set(before)) if _certified(batch) else ():
        reason = (
            f"The laboratory's table has a positive result of {test[:120]!r}, a test that the release did not wait for:"
            " have a person say what it is, and note it as a late positive if it is one."
        )
        key = f"{laboratory.UNCLEAR_RESULT}:{digest(test)[:12]}"
        changes += _held_and_told(work, batch, test[:120], reason, key, actor, now)
    return changes


def note_readings(
    work: UnitOfWork,
    batch: BatchRow,
    observed: Iterable[Observation],
    before: Mapping[str, str | None],
    actor: Actor,
    now: datetime,
) -> list[Change]:
    """Take final results from tables that were read in the laboratory's system, of every batch that was certified.

    Args:
        work: the transaction.
        batch: the row of the batch.
        observed: what was read.
        before: what is no news (`known_before`).
        actor: who read.
        now: the time.
    """
    changes: list[Change] = []
    for one in observed:
        for test in conditional.TESTS if (one.system, one.table) == ("lims", "results") else ():
            said = conditional.read_result(one.rows, batch["batch_id"], test, complete=one.complete)
            row = work.get("conditions", batch_id=batch["batch_id"], test=test)
            state = row["state"] if row else None
            if said in (None, conditional.WAITING, state) or not (row or _certified(batch)):
                continue
            if row is None and (said == conditional.NEGATIVE or said == before.get(test)):
                continue
            if said == conditional.UNCLEAR:
                changes += _unclear_result(work, batch, test, state, actor, now)
            elif row is None or state != conditional.POSITIVE or _error_shown(work, row):
                told = {"test": test, "outcome": said, "reported_at": one.read_at, "source": f"LIMS, {one.page}"[:500]}
                changes += note_result(work, batch, c.FinalResult.model_validate(told), actor, now)
    return changes


def _certified(batch: BatchRow) -> bool:
    """Whether a batch of cells stands certified, in the plant or on its way."""
    return batch["kind"] == RecordKind.CAR_T and State(batch["state"]) in SUPPLIED | LEFT


def _in_full(work: UnitOfWork, batch: BatchRow, test: str, now: datetime) -> ConditionRow:
    """The row of a result that comes after a certification which waited for nothing."""
    signed = register.standing(work, batch).disposition_id or ""
    came = c.PendingTest(test=c.FinalTest(test), so_far="Certified in full.", expected_at=now)
    row = _row(batch["batch_id"], came, conditional.NEGATIVE, signed, now)
    work.add("conditions", [row])
    return row


def _unclear_result(
    work: UnitOfWork, batch: BatchRow, test: str, state: str | None, actor: Actor, now: datetime
) -> tuple[Change, ...]:
    """Hold a batch whose result nobody can read as negative: it may be a positive one in other words."""
    if state == conditional.POSITIVE:
        return ()  # it is held for more than that
    reason, key = f"Unclear final result: {laboratory.unclear_words(test)}", f"{laboratory.UNCLEAR_RESULT}:{test}"
    return _held_and_told(work, batch, test, reason, key, actor, now)


def _held_and_told(
    work: UnitOfWork, batch: BatchRow, test: str, reason: str, key: str, actor: Actor, now: datetime
) -> tuple[Change, ...]:
    """Hold a batch for what the laboratory said, and make it due that a qualified person asks what it means."""
    hold, changes = hold_again(work, batch, actor, now, kind="quality", reason=reason, key=key)
    if changes:
        told = conditional.unclear_notice(test, batch["batch_id"])
        at = now + told.within
        item = due.item(
            "notice",
            batch["batch_id"],
            f"{hold['hold_key']}.{told.key}",
            told.to,
            now,
            at,
            clause=told.clause,
            role=told.by.value,
        )
        due.tell(work, [item], actor, now)
    return changes


def note_result(work: UnitOfWork, batch: BatchRow, result: c.FinalResult, actor: Actor, now: datetime) -> list[Change]:
    """Note a final result; a positive one stops the batch, opens an investigation, clocks and notices.

    Raises:
        Conflict: the batch waits for no such result, or it was positive and no laboratory error has been shown.
    """
    key: ConditionColumns = {"batch_id": batch["batch_id"], "test": result.test.value}
    row = work.get("conditions", **key)
    if row is None and result.outcome is c.FinalOutcome.POSITIVE and _certified(batch):
        row = _in_full(work, batch, result.test.value, now)
    if row is None:
        raise Conflict(
            f"Batch {batch['batch_id']} was not released waiting for {result.test.value}: its result belongs into the"
            " laboratory's system, from where a review reads it."
        )
    if row["state"] == result.outcome.value:
        return []
    if row["state"] == conditional.POSITIVE and not _error_shown(work, row):
        raise Conflict(
            f"{result.test.value} of batch {batch['batch_id']} was positive: a negative result counts only after its"
            " investigation has closed as laboratory error (21 CFR 610.12)."
        )
    noted: ConditionColumns = {
        "state": result.outcome.value,
        "reported_at": iso(result.reported_at),
        "noted_at": iso(now),
        "noted_by": actor.user,
        "source": result.source,
    }
    work.change("conditions", key, **noted)
    change = Change("final result", result.test.value, row["state"], noted, result.source)
    if result.outcome is c.FinalOutcome.NEGATIVE:
        return [change]
    return [change, *_late_positive(work, batch, result, actor, now)]


def _late_positive(
    work: UnitOfWork, batch: BatchRow, result: c.FinalResult, actor: Actor, now: datetime
) -> list[Change]:
    batch_id, test = batch["batch_id"], result.test.value
    changes = list(move(work, batch, Event.LATE_POSITIVE, now))
    reason = f"Late positive: the final result of {test} is positive ({result.source})."
    # A second positive after a laboratory error is a new event: its own hold, investigation and notices.
    number = 1 + len(_investigations(work, batch_id, test))
    name = f"{laboratory.LATE_POSITIVE}:{test}" + (f":{number}" if number > 1 else "")
    changes += add_hold(work, batch, actor, now, kind="quality", reason=reason, key=name)[1]
    opened = {"deviation_key": name, "title": reason, "severity": "critical", "kind": d.DeviationKind.OOS}
    add_deviation(work, batch_id, d.NewDeviation.model_validate(opened), actor, now, about_product=False)
    record = json.loads(batch["record"])
    left = has_left(work, batch)
    if left:
        from_record.late_positive(
            work, batch, name, reason, actor, now, known_at=_known_at(work, batch_id, result, now)
        )
    whom = conditional.notices(left=left, centre=record["treatment_centre"])
    opened_ids = tell(work, batch_id, name, whom, f"{test} of batch {batch_id} is positive.", actor, now)
    changes.append(Change("notices opened", name, None, opened_ids, reason))
    return changes


def tell(
    work: UnitOfWork,
    batch_id: str,
    name: str,
    whom: Iterable[conditional.Notice],
    what: str,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Make it due that these are told of something; the numbers of what is due."""
    rows = [
        due.item(
            "notice",
            batch_id,
            f"{name}.{one.key}",
            f"Tell {one.to} that {what}",
            now,
            now + one.within,
            clause=one.clause,
            role=one.by.value,
        )
        for one in whom
    ]
    due.tell(work, rows, actor, now)
    return [row["due_id"] for row in rows]


def _known_at(work: UnitOfWork, batch_id: str, result: c.FinalResult, now: datetime) -> datetime:
    """When the plant knew of a result: when the laboratory reported it, not when somebody noted that; never before the
    batch was certified without it."""
    key: ConditionColumns = {"batch_id": batch_id, "test": result.test.value}
    row = work.get("conditions", **key)
    told = min(result.reported_at, now)
    return max(told, min(datetime.fromisoformat(row["opened_at"]), now)) if row else told


def _error_shown(work: UnitOfWork, condition: ConditionRow) -> bool:
    """Whether the newest investigation of a late positive has closed as laboratory error."""
    found = _investigations(work, condition["batch_id"], condition["test"])
    return bool(found) and found[-1]["outcome"] == _LABORATORY_ERROR


def _investigations(work: UnitOfWork, batch_id: str, test: str) -> list[DeviationRow]:
    """Those of late positives of a test, oldest first: each late positive has its own, whichever source told of it."""
    name = f"{laboratory.LATE_POSITIVE}:{test}"
    rows = work.find("deviations", batch_id=batch_id, kind="oos", order=("opened_at",))
    found = [row for row in rows if f"{row['deviation_key']}:".startswith(f"{name}:")]
    return sorted(found, key=lambda row: _number(row["deviation_key"].removeprefix(f"{name}:").removeprefix(name)))


def _number(text: str) -> int:
    """Which late positive a key is of; one that somebody else made is of none, and goes before all."""
    return int(text) if text.isascii() and text.isdigit() else 0 if text else 1


def condition_view(row: ConditionRow) -> c.ConditionView:
    """One as others see it."""
    left_out = ("opened_at", "disposition_id")
    return c.ConditionView.model_validate({name: value for name, value in row.items() if name not in left_out})
