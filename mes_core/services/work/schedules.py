"""Schedules in the store: set by signature, asked for with the tick, what was missed caught up as the schedule says.

A schedule is a setting of the plant. The last moment that was asked for stands in the audit trail, in the transaction
of its items: two servers that tick at once ask once, and a crash in between asks again.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import Any, NamedTuple

from mes_core.domain.errors import Conflict, Invalid
from mes_core.domain.principals import Actor, Role, signer
from mes_core.messages.predictive import DRIFT_JOB, MODELS_CHAIN
from mes_core.messages.schedules import Missed, ScheduleView, SetSchedule
from mes_core.services import aside, outbox
from mes_core.services.core import Change, dumps, write_audits
from mes_core.services.people.plant_settings import put
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import BatchColumns, PlantSettingRow
from mes_core.services.work.jobs import PREDICTIVE_HOLD
from mes_core.spelling import cron

SCHEDULES = "system:schedules"
"""The chain that tells what was asked for by the clock."""
_ASKED = "schedule asked"
_PREFIX = "schedule:"
ASKED_BY_CLOCK = frozenset({DRIFT_JOB, PREDICTIVE_HOLD, outbox.REVIEW})
"""Jobs that change nothing in another system: what books, posts or files is asked for under a key of its own, once."""
_MOST_CAUGHT_UP = 100
_LOOK_BACK = timedelta(days=400)
_GRACE = timedelta(minutes=10)
"""A moment this short ago was not missed, whatever the schedule says: a tick comes every minute."""
_LEAST_APART = timedelta(minutes=5)
_NEXT = 5
_LONGEST = 200


class _Due(NamedTuple):
    """A schedule with the moments to ask for, oldest first, and how many more were missed."""

    name: str
    words: dict[str, Any]
    moments: Sequence[datetime]
    left_out: int
    passed: datetime


class Schedules(SignedActs):
    """What is asked for by the clock."""

    def schedules(self) -> tuple[ScheduleView, ...]:
        """Schedules in force, by name, with their next five moments."""
        now = self.now()
        with self._store.read() as work:
            return tuple(_view(row, _last(work, name), now) for name, row in _in_force(work).items())

    def set_schedule(self, change: SetSchedule, person: Actor) -> tuple[ScheduleView, ...]:
        """Make, change or end a schedule, signed; returns those in force then.

        Raises:
            Forbidden: neither quality assurance, a qualified person nor an administrator, or the wrong password.
            Invalid: cron words or zone name no moments, or it would be asked for all the time.
            Conflict: it is so already, or there is none to end.
        """
        roles = (Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON, Role.ADMINISTRATOR)
        who = signer(person, "set what is asked for by the clock", *roles)
        now = self.now()
        value = _checked(change, now)
        self.confirm_signature(who, change)
        name = f"{_PREFIX}{change.name}"
        with self._store.write() as work:
            before = work.find("plant_settings", name=name, order=("-number",), limit=1)
            old = before[0]["value"] if before else None
            if value == old or (change.ended and old in (None, "ended")):
                raise Conflict(f"Schedule {change.name!r} is so already, or is none: there is nothing to change.")
            words = {"act": "schedule set", "meaning": "I set this schedule.", "reason": change.reason}
            put(work, who, now, name, value, old, **words)
        return self.schedules()

    def ask_by_schedule(self, actor: Actor) -> int:
        """Ask for everything that has come due by the clock; how many items there are for it."""
        now = self.now()
        with self._store.read() as work:
            if not _due(work, now):
                return 0
        with self._store.write() as work:
            told: dict[str, list[Change]] = {SCHEDULES: []}
            count = sum(_ask(work, one, now, told) for one in _due(work, now))
            write_audits(work, actor, now, told)
        return count


def _checked(change: SetSchedule, now: datetime) -> str:
    """What is kept of a schedule."""
    if change.ended:
        return "ended"
    if change.job not in ASKED_BY_CLOCK:
        raise Invalid(
            f"Schedule {change.name!r}: {change.job!r} is not asked for by the clock, but when a record or a decision"
            f" calls for it; {', '.join(sorted(ASKED_BY_CLOCK))} are."
        )
    try:
        zone = cron.zone_named(change.zone)
        cron.check(change.cron, zone)
    except ValueError as error:
        raise Invalid(f"Schedule {change.name!r}: {error}.") from None
    if cron.least_apart(cron.first(change.cron, zone, now, 50)) < _LEAST_APART:
        raise Invalid(
            f"Schedule {change.name!r} would be asked for more often than every 5 minutes: the trail tells of each;"
            " choose a longer time between two."
        )
    words = {name: getattr(change, name) for name in ("job", "state", "cron", "zone")}
    value = dumps({**words, "catch_up": change.catch_up.value})
    if len(value) > _LONGEST:
        raise Invalid(f"Schedule {change.name!r} takes {len(value)} characters of {_LONGEST}: shorten its cron words.")
    return value


def _in_force(work: UnitOfWork) -> dict[str, PlantSettingRow]:
    newest: dict[str, PlantSettingRow] = {}
    for row in work.find("plant_settings", order=("number",)):
        if row["name"].startswith(_PREFIX):
            newest[row["name"].removeprefix(_PREFIX)] = row
    return {name: newest[name] for name in sorted(newest) if newest[name]["value"] != "ended"}


def _last(work: UnitOfWork, name: str) -> datetime | None:
    """The last moment that was asked for."""
    found = work.find("audit", batch_id=SCHEDULES, action=_ASKED, subject=name, order=("-number",), limit=1)
    return datetime.fromisoformat(json.loads(found[0]["new"] or "{}")["passed"]) if found else None


def _view(row: PlantSettingRow, last: datetime | None, now: datetime) -> ScheduleView:
    words = json.loads(row["value"])
    upcoming = cron.first(words["cron"], cron.zone_named(words["zone"]), now, _NEXT)
    told = {"name": row["name"].removeprefix(_PREFIX), "set_by": row["set_by"], "set_at": row["set_at"]}
    return ScheduleView.model_validate({**words, **told, "last": last, "next": upcoming})


def _due(work: UnitOfWork, now: datetime) -> list[_Due]:
    """What has come due of each schedule since it was last asked for, or was set."""
    found = []
    for name, row in _in_force(work).items():
        due = partial(_due_of, name, row, _last(work, name), now)
        found += aside.readable(
            f"schedule {name}", due, aside.standing_in([])
        )  # such as a zone that this server has not
    return found


def _due_of(name: str, row: PlantSettingRow, last: datetime | None, now: datetime) -> list[_Due]:
    words = json.loads(row["value"])
    since = max(datetime.fromisoformat(row["set_at"]), last or now - _LOOK_BACK, now - _LOOK_BACK)
    every = cron.after(words["cron"], cron.zone_named(words["zone"]), since)
    passed = list(takewhile(lambda one: one <= now, every))
    if not passed:
        return []
    wanted = _wanted(passed, Missed(words["catch_up"]), now)
    return [_Due(name, words, wanted, len(passed) - len(wanted), passed[-1])]


def _wanted(passed: Sequence[datetime], missed: Missed, now: datetime) -> Sequence[datetime]:
    if missed is Missed.ALL:
        return passed[-_MOST_CAUGHT_UP:]
    if missed is Missed.SKIP:
        return [moment for moment in passed[-1:] if now - moment < _GRACE]
    return passed[-1:]


def _ask(work: UnitOfWork, one: _Due, now: datetime, told: dict[str, list[Change]]) -> int:
    """Queue the items of a schedule's moments, and say so in the chains of their batches and in that of schedules.

    A batch whose record can't be used has no item, and the chain of schedules says why; all others have theirs.
    """
    job, count = one.words["job"], 0
    unfit: dict[str, str] = {}
    if job == DRIFT_JOB:
        batches = [MODELS_CHAIN]
    else:
        chosen: BatchColumns = {"state": one.words["state"]} if one.words["state"] else {}
        batches = [row["batch_id"] for row in work.find("batches", order=("batch_id",), **chosen)]
    for moment in one.moments:
        for batch_id in batches:
            key = f"schedule:{one.name}:{moment:%Y-%m-%dT%H:%MZ}:{batch_id}"
            if work.get("work_items", business_key=key) is not None:
                continue
            payload = {"schedule": one.name, "moment": moment.isoformat(), "missed_before": one.left_out}
            with aside.each(f"{key} of schedule {one.name}", batch_id, unfit.__setitem__):
                row = outbox.enqueue(work, now, job=job, key=key, batch_id=batch_id, payload=payload)
                told.setdefault(batch_id, []).append(Change("work item queued", row["item_id"], None, job))
                count += 1
    new = {"passed": one.passed.isoformat(), "items": count, "missed_before": one.left_out}
    if unfit:
        new["put_aside"] = unfit
    told[SCHEDULES].append(Change(_ASKED, one.name, None, new))
    return count
