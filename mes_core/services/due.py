"""Rows of what is due: what follows from the store as it is, and what an event opens; reminders by the time."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

import orjson

from mes_core.domain import conditional, due
from mes_core.domain.audit import text_digest
from mes_core.domain.deviations import closers
from mes_core.domain.lists import infusion_begins
from mes_core.domain.principals import Actor, Role
from mes_core.domain.states import CONDITIONAL, SUPPLIED, State
from mes_core.filing.loading import book
from mes_core.services.aside import readable
from mes_core.services.core import Change, has_left, iso, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import (
    BatchRow,
    ConditionRow,
    DeviationRow,
    DueItemColumns,
    DueItemRow,
    DueNoticeRow,
    FilingRow,
    PredictionRow,
)

T = TypeVar("T")
DUE = "system:due"
"""The chain that tells of what is due. Reminders change no batch, so they don't stand in its chain."""
OPEN, DONE = "open", "done"
_LONGEST = 170
_IN_THE_PLANT = tuple(state.value for state in (State.MANUFACTURED, State.READY, State.ON_HOLD, *sorted(SUPPLIED)))
_RUNNING = ("open", "drafted", "approved", "submitted", "rejected")
_OPENED = {due.DEVIATION: "Deviation", due.OOS: "Out-of-specification investigation", due.CAPA: "Corrective action"}


def item(
    kind: str,
    batch_id: str,
    subject: str,
    text: str,
    opened_at: datetime,
    due_at: datetime,
    *,
    clause: str = due.OWN,
    role: str = "",
) -> DueItemRow:
    """One thing that is due. Its key follows from what it is about: the same thing is never due twice.

    Args:
        kind: one of `due.PLANS`.
        batch_id: the batch, or the system chain, that it is about.
        subject: the thing itself: a test, a filing, a deviation, an account.
        text: what is to be done, in a sentence.
        opened_at: since when.
        due_at: by when.
        clause: where the time comes from.
        role: whose it is; default: that of the kind.
    """
    return {
        "due_id": _key(f"{kind}:{batch_id}:{subject}"),
        "batch_id": batch_id,
        "kind": kind,
        "subject": subject,
        "text": text,
        "role": role or due.PLANS[kind].role.value,
        "clause": clause,
        "opened_at": iso(opened_at),
        "due_at": iso(due_at),
        "state": OPEN,
        "level": 0,
        "done_at": None,
        "done_by": None,
        "note": None,
        "signature_id": None,
        "owner": None,
    }


def _key(text: str) -> str:
    """A key that fits: what is too long ends with a hash of the whole."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 17]}-{text_digest(text)[:16]}"


def tell(work: UnitOfWork, rows: Iterable[DueItemRow], actor: Actor, now: datetime) -> None:
    """Make things due that are not yet, and say so in the chain of what is due."""
    told = open_items(work, rows)
    if told:
        write_audit(work, DUE, actor, now, *told)


def open_items(work: UnitOfWork, rows: Iterable[DueItemRow]) -> list[Change]:
    """Store what an event opens, unless it is there; returns what the chain of what is due is told."""
    fresh = [row for row in rows if work.get("due_items", due_id=row["due_id"]) is None]
    work.add("due_items", fresh)
    return [_told("due", row) for row in fresh]


def tell_at_once(work: UnitOfWork, row: DueItemRow, roles: Iterable[Role], now: datetime) -> list[Change]:
    """Tell roles of a thing that was opened for another one; returns what the chain of what is due is told."""
    notices: list[DueNoticeRow] = [
        {
            "notice_id": f"{row['due_id']}/{row['due_at'][:19]}/told {role.value}",
            "due_id": row["due_id"],
            "batch_id": row["batch_id"],
            "level": 1,
            "to_role": role.value,
            "text": row["text"],
            "planned_at": iso(now),
            "told_at": iso(now),
        }
        for role in roles
    ]
    work.add("due_notices", notices)
    return [Change("told", row["due_id"], None, {"to": one["to_role"]}) for one in notices]


class Planned(NamedTuple):
    """What a tick finds to do: rows to add, changed columns by key, notices to give, and what the chain is told."""

    added: list[DueItemRow]
    changed: list[tuple[str, DueItemColumns]]
    notices: list[DueNoticeRow]
    told: list[Change]


def plan(work: UnitOfWork, now: datetime, aside: "Aside") -> Planned:
    """Compare what is due with what the store says now, and the steps of each item with the time. Changes nothing.

    Args:
        work: the transaction.
        now: the time.
        aside: what the tick could not read so far; what can't be read here joins it.
    """
    wanted = {row["due_id"]: row for row in _wanted(work, aside)}
    wanted |= {row["due_id"]: row for row in aside.rows}
    there = {row["due_id"]: row for row in work.find("due_items", order=("due_id",))}
    planned = Planned([], [], [], [])
    alive: list[DueItemRow] = []
    for due_id, row in wanted.items():
        known = there.get(due_id)
        if known is None:
            planned.added.append(row)
            planned.told.append(_told("due", row))
            alive.append(row)
        elif known["state"] == DONE or known["due_at"] != row["due_at"]:
            again: DueItemColumns = {"state": OPEN, "due_at": row["due_at"], "text": row["text"], "level": 0}
            again.update({"done_at": None, "done_by": None, "note": None})
            planned.changed.append((due_id, again))
            planned.told.append(Change("due again", due_id, known["due_at"], row["due_at"], row["text"]))
            alive.append({**known, **again})
        else:
            alive.append(known)
    for due_id, row in there.items():
        if row["state"] == OPEN and row["kind"] in due.SIGNED_OFF:
            alive.append(row)
        elif row["state"] == OPEN and due_id not in wanted and row["batch_id"] in aside.batches:
            alive.append(row)  # what can't be read ends nothing
        elif row["state"] == OPEN and due_id not in wanted:
            note = "What it waited for has happened, or is not needed any more."
            planned.changed.append((due_id, {"state": DONE, "done_at": iso(now), "done_by": "tick", "note": note}))
            planned.told.append(Change("due ended", due_id, OPEN, DONE, note))
    for row in alive:
        readable(f"due item {row['due_id']}", partial(_plan_steps, work, row, now, planned), _without)
    return planned


def _without(why: str) -> None:
    """Goes on; the log has said it."""


class Aside:
    """What can't be read: told of as something that is due itself, while what was due of it stays so."""

    def __init__(self) -> None:
        self.rows: list[DueItemRow] = []
        self.batches: set[str] = set()

    def copy(self) -> "Aside":
        """The same so far, to be added to."""
        made = Aside()
        made.rows, made.batches = list(self.rows), set(self.batches)
        return made

    def each(self, what: str, batch_id: str, since: str, make: Callable[[], Iterable[T]]) -> list[T]:
        """What follows from one row of the store; nothing where it can't be used.

        Args:
            what: the row, in words.
            batch_id: the batch or chain that it is about.
            since: when it was last changed, by the server's clock.
            make: finds what follows from it.
        """
        return readable(what, lambda: list(make()), partial(self._told, what, batch_id, since))

    def _told(self, what: str, batch_id: str, since: str, why: str) -> list[Any]:
        text = f"What the store holds of {what} can't be used ({why}): look at it and correct it; what was due stays."
        at = _time(since)
        self.batches.add(batch_id)
        self.rows.append(item(due.UNREADABLE, batch_id, what, text, at, at + due.ALLOWED[due.UNREADABLE]))
        return []


def _plan_steps(work: UnitOfWork, row: DueItemRow, now: datetime, planned: Planned) -> None:
    opened_at, due_at = _time(row["opened_at"]), _time(row["due_at"])
    steps = due.reached(row["kind"], row["role"], opened_at, due_at, now)
    if not steps:
        return
    given = {one["notice_id"] for one in work.find("due_notices", due_id=row["due_id"])}
    for step in steps:
        # The time is a part of the key: what is put off is told of again.
        notice_id = f"{row['due_id']}/{row['due_at'][:19]}/{step.level}"
        if notice_id in given:
            continue
        notice: DueNoticeRow = {
            "notice_id": notice_id,
            "due_id": row["due_id"],
            "batch_id": row["batch_id"],
            "level": step.level,
            "to_role": step.to.value,
            "text": f"{row['text']} This {step.words}: {due_at:%Y-%m-%d %H:%M} UTC.",
            "planned_at": iso(step.at),
            "told_at": iso(now),
        }
        planned.notices.append(notice)
        what = "reminded" if step.level == 1 else "escalated"
        planned.told.append(Change(what, row["due_id"], None, {"to": step.to.value, "level": step.level}))
    if steps[-1].level > row["level"]:
        planned.changed.append((row["due_id"], {"level": steps[-1].level}))


def carry_out(work: UnitOfWork, planned: Planned) -> None:
    """Store what was planned."""
    work.add("due_items", planned.added)
    for due_id, changed in planned.changed:
        work.change("due_items", {"due_id": due_id}, **changed)
    work.add("due_notices", planned.notices)


def _wanted(work: UnitOfWork, aside: Aside) -> Iterator[DueItemRow]:
    """Everything that waits by itself: it ends when the thing has happened. No row keeps the others from being told."""
    for row in work.find("deviations", closed_at=None):
        what = f"deviation {row['deviation_key']} of batch {row['batch_id']}"
        yield from aside.each(what, row["batch_id"], row["opened_at"], partial(_of_deviation, row))
    for filed in work.find("filings", within={"status": _RUNNING}):
        if filed["due_at"]:
            what = f"filing {filed['filing_id']}"
            yield from aside.each(what, filed["batch_id"], _changed(work, filed["batch_id"]), partial(_of_clock, filed))
    for one in work.find("predictions", response=None):
        what = f"prediction {one['prediction_id']}"
        yield from aside.each(what, one["batch_id"], one["made_at"], partial(_of_prediction, one))
    yield from _of_conditions(work, aside)
    for batch in work.find("batches", within={"state": _IN_THE_PLANT}, kind="car_t"):
        what = f"batch {batch['batch_id']}"
        yield from aside.each(what, batch["batch_id"], batch["changed_at"], partial(_of_cells, batch))


def _changed(work: UnitOfWork, batch_id: str) -> str:
    """When a batch was last changed; of what is about no batch, the beginning of the trail of its chain."""
    batch = work.get("batches", batch_id=batch_id)
    if batch is not None:
        return batch["changed_at"]
    first = work.find("audit", batch_id=batch_id, order=("number",), limit=1)
    return first[0]["at"] if first else iso(datetime(2000, 1, 1, tzinfo=UTC))


def _of_deviation(row: DeviationRow) -> Iterator[DueItemRow]:
    kind, opened_at = row["kind"] or due.DEVIATION, _time(row["opened_at"])
    # A key that a review made says nothing to a person; one that a person gave is what they look for.
    key = "" if row["deviation_key"].startswith("review:") else f" {row['deviation_key']}"
    text = f"{_OPENED[kind]}{key} of batch {row['batch_id']} is to be closed: {row['title']}"
    until = opened_at + due.ALLOWED[kind]
    # It is due with somebody who may close it: a critical one never with a reviewer.
    usual = due.PLANS[kind].role
    able = closers(kind, row["severity"])
    role = usual if usual in able else able[0]
    yield item(kind, row["batch_id"], row["deviation_key"], text, opened_at, until, role=role.value)


def _of_clock(filed: FilingRow) -> Iterator[DueItemRow]:
    due_at = _time(filed["due_at"] or "")
    opened_at, clause = due_at - due.PLANS[due.FILING].lead, filed["clause"]
    able = book().clock(filed["clock_id"]).approve if filed["clock_id"] else ()
    usual = due.PLANS[due.FILING].role.value
    role = usual if not able or usual in able else able[0]  # with somebody who may approve it
    about = filed["filing_id"], _of_filing(filed)
    yield item(due.FILING, filed["batch_id"], *about, opened_at, due_at, clause=clause, role=role)


def _of_prediction(one: PredictionRow) -> Iterator[DueItemRow]:
    said, made_at = json.loads(one["document"]), _time(one["made_at"])
    if said["mode"] == "ACTIVE" and said["answer"] != "CLEAR":
        text = f"A person decides on what {said['model']} said of batch {one['batch_id']}: {said['answer']}."
        until = made_at + due.ALLOWED[due.PREDICTION]
        yield item(due.PREDICTION, one["batch_id"], one["prediction_id"], text, made_at, until)


def _of_filing(row: FilingRow) -> str:
    """What is to be done about a filing, in a sentence."""
    about = row["unit"] or row["batch_id"]
    if row["status"] == "rejected":
        return f"{row['form']} ({about}) was rejected and is to be corrected: {row['answer']}"[:1000]
    steps = {"open": "drafted", "drafted": "approved", "approved": "submitted", "submitted": "accepted"}
    doubt = ", which nobody has decided yet," if row["undecided"] not in (None, "[]") else ""
    return f"{row['form']} ({about}){doubt} is to be {steps[row['status']]}, and accepted by the agency."


def _of_conditions(work: UnitOfWork, aside: Aside) -> Iterator[DueItemRow]:
    found: dict[str, list[ConditionRow]] = {}
    for row in work.find("conditions", order=("batch_id", "test")):
        found.setdefault(row["batch_id"], []).append(row)
    for batch in work.find("batches", within={"batch_id": list(found)}) if found else ():
        batch_id = batch["batch_id"]
        # What was rejected in the plant harms nobody; what was rejected after it left may have been given.
        waits = batch["state"] != State.REJECTED or has_left(work, batch)
        make = partial(_of_tests, batch, found[batch_id], waits=waits)
        yield from aside.each(f"final results of batch {batch_id}", batch_id, batch["changed_at"], make)


def _of_tests(batch: BatchRow, rows: list[ConditionRow], *, waits: bool) -> Iterator[DueItemRow]:
    for row in rows if waits else ():
        if row["state"] == conditional.WAITING:
            text = f"The final result of {row['test']} of batch {batch['batch_id']} is to come in."
            times = (_time(row["opened_at"]), _time(row["expected_at"]))
            clause = "the end of the test, as signed with the conditional release"
            yield item(due.FINAL_RESULT, batch["batch_id"], row["test"], text, *times, clause=clause)
    if State(batch["state"]) in CONDITIONAL and all(row["state"] == conditional.NEGATIVE for row in rows):
        known = _time(max(row["noted_at"] or "" for row in rows))
        text = f"Batch {batch['batch_id']} is to be certified a second time: every final result is negative."
        until = known + due.ALLOWED[due.SECOND_CERTIFICATION]
        yield item(due.SECOND_CERTIFICATION, batch["batch_id"], "batch", text, known, until)


def _of_cells(batch: BatchRow) -> Iterator[DueItemRow]:
    record: dict[str, Any] = orjson.loads(batch["record"])
    expires = _time(record["expires_at"]) if record["expires_at"] else None
    ends = [one for one in (infusion_begins(record), expires) if one]
    batch_id = batch["batch_id"]
    if expires:
        until = expires
        text = f"The cells of batch {batch_id} expire: it is to be supplied or rejected."
        yield item(due.EXPIRY, batch_id, "cells", text, until - due.PLANS[due.EXPIRY].lead, until)
    if ends and State(batch["state"]) in SUPPLIED:
        until = min(ends) - due.COURIER_BEFORE_INFUSION
        text = f"A courier for batch {batch_id} is to be booked: a later one comes too late for the infusion."
        yield item(due.COURIER, batch_id, "courier", text, until - due.PLANS[due.COURIER].lead, until)


def _told(what: str, row: DueItemRow) -> Change:
    shown = {"due_at": row["due_at"], "role": row["role"], "clause": row["clause"]}
    return Change(what, row["due_id"], None, shown, row["text"])


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
