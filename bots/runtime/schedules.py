"""Schedules: items asked for by the clock, with what was missed while no worker ran caught up as the schedule says.

Two things keep a moment from being done twice: the last moment of each schedule is kept in a file, written after its
items were asked for; and the business key of an item names schedule, moment and batch, so that asking again (after a
crash in between, or from a second machine) finds the item that is there.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, Protocol

from keywords.settings import CatchUp, Schedule
from mes_core.client import MesError, MesUnreachable
from mes_core.messages.predictive import DRIFT_JOB, MODELS_CHAIN
from mes_core.messages.views import BatchView, Page, WorkItemView
from mes_core.spelling import cron

STATE_FILE = "schedules.json"
MOST_CAUGHT_UP = 100
"""So many missed moments are caught up at most, the newest ones."""
_PAGE = 500
_LOOK_BACK = timedelta(days=400)


class Asks(Protocol):
    """As much of the MES as schedules use."""

    def list_batches(self, *, state: str | None = None, limit: int = 50, offset: int = 0) -> Page[BatchView]:
        """Batches, a page at a time."""
        ...

    def ask_for_item(
        self, job: str, business_key: str, batch_id: str, payload: dict[str, Any] | None = None
    ) -> WorkItemView:
        """Queue an item; the same business key again returns the one that is there."""
        ...


@dataclass(frozen=True)
class Due:
    """What has come due: moments to ask for, oldest first, how many more were missed, and the last moment passed."""

    moments: tuple[datetime, ...]
    left_out: int
    passed: datetime


def moments_between(schedule: Schedule, after: datetime, until: datetime) -> list[datetime]:
    """Moments of a schedule later than `after` and not later than `until`, oldest first, at most 400 days back."""
    after = max(after, until - _LOOK_BACK)
    if after >= until:
        return []
    if schedule.every_min is not None:
        step = schedule.every_min * 60
        first, last = int(after.timestamp()) // step + 1, int(until.timestamp()) // step
        return [datetime.fromtimestamp(number * step, UTC) for number in range(first, last + 1)]
    every = (takewhile(lambda one: one <= until, _after(schedule, one, after)) for one in schedule.expressions)
    return sorted(set(chain.from_iterable(every)))


def next_moment(schedule: Schedule, now: datetime) -> datetime:
    """The first moment of a schedule after `now`."""
    if schedule.every_min is not None:
        step = schedule.every_min * 60
        return datetime.fromtimestamp((int(now.timestamp()) // step + 1) * step, UTC)
    return min(next(_after(schedule, one, now)) for one in schedule.expressions)


def _after(schedule: Schedule, expression: str, after: datetime) -> Iterator[datetime]:
    return cron.after(expression, cron.zone_named(schedule.zone), after)


def due(schedule: Schedule, last: datetime, now: datetime) -> Due:
    """What a schedule wants at `now` when everything until `last` was asked for."""
    passed = moments_between(schedule, last, now)
    if not passed:
        return Due((), 0, last)
    wanted: Sequence[datetime] = passed
    if schedule.catch_up is CatchUp.ONCE:
        wanted = passed[-1:]
    elif schedule.catch_up is CatchUp.SKIP:
        wanted = [moment for moment in passed[-1:] if now - moment < timedelta(minutes=schedule.grace_min)]
    else:
        wanted = passed[-MOST_CAUGHT_UP:]
    return Due(tuple(wanted), len(passed) - len(wanted), passed[-1])


class Scheduler:
    """Asks for what has come due.

    Args:
        schedules: what there is.
        mes: asked for batches and for items.
        home: folder in which `schedules.json` keeps the last moment of each schedule.
        clock: the present time.
        emit: receives an event for each moment that was asked for, and for what was refused.
    """

    def __init__(
        self,
        schedules: Iterable[Schedule],
        mes: Asks,
        home: Path,
        clock: Callable[[], datetime],
        emit: Callable[[dict[str, Any]], None],
    ) -> None:
        self._schedules = tuple(schedules)
        self._mes = mes
        self._file = home / STATE_FILE
        self._clock = clock
        self._emit = emit

    def last(self) -> dict[str, datetime]:
        """The last moment of each schedule that was asked for; one that was never seen is not in it."""
        if not self._file.is_file():
            return {}
        return {name: datetime.fromisoformat(at) for name, at in json.loads(self._file.read_text("utf-8")).items()}

    def tick(self) -> int:
        """Ask for everything that is due now; how many items were asked for.

        A schedule that is seen for the first time begins now. One that the MES refuses is tried again next time.
        """
        now, last, asked = self._clock(), self.last(), 0
        for schedule in self._schedules:
            since = last.get(schedule.name)
            if since is None:
                last[schedule.name] = now
                continue
            wanted = due(schedule, since, now)
            try:
                asked += sum(self._ask(schedule, moment, wanted.left_out) for moment in wanted.moments)
            except (MesError, MesUnreachable) as error:
                detail = error.detail if isinstance(error, MesError) else str(error)
                self._emit({"event": "schedule_refused", "schedule": schedule.name, "message": detail})
                continue
            last[schedule.name] = max(wanted.passed, since)
        self._keep(last)
        return asked

    def _ask(self, schedule: Schedule, moment: datetime, left_out: int) -> int:
        count = 0
        about_models = schedule.job == DRIFT_JOB
        batches = (MODELS_CHAIN,) if about_models else self._batches(schedule.state or None)
        for batch_id in batches:
            key = f"schedule:{schedule.name}:{moment:%Y-%m-%dT%H:%MZ}:{batch_id}"
            payload = {"schedule": schedule.name, "moment": moment.isoformat(), "missed_before": left_out}
            self._mes.ask_for_item(schedule.job, key, batch_id, payload)
            count += 1
        about = {"schedule": schedule.name, "moment": moment.isoformat(), "items": count, "missed_before": left_out}
        self._emit({"event": "schedule_asked", **about})
        return count

    def _batches(self, state: str | None) -> tuple[str, ...]:
        """All batches in a state, read before anything is asked for."""
        found: list[str] = []
        while True:
            page = self._mes.list_batches(state=state, limit=_PAGE, offset=len(found)).items
            found.extend(one.batch_id for one in page)
            if len(page) < _PAGE:
                return tuple(found)

    def _keep(self, last: dict[str, datetime]) -> None:
        """Write the file in one step, so that a crash leaves the old one or the new one."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({name: at.isoformat() for name, at in sorted(last.items())}, indent=1), "utf-8")
        fresh.replace(self._file)
