"""Keeps workers alive: a process group for each, a deadline for each item, a restart under the same name.

A worker that hangs cannot end itself (its keyword never returns, its browser is stuck), so it is ended from outside:
SIGKILL for the whole group, browser included. The worker that is started in its place has its name and gets back what
the dead one held; the MES gives up after the third time and lets a person look.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue

from bots.runtime.child import Event, WorkerChild

_QUICK_S = 20.0
_MOST_QUICK_ENDS = 5


@dataclass(frozen=True)
class WorkerPlan:
    """How workers are started and how long they may take.

    Attributes:
        home: folder for evidence.
        jobs: which jobs to take.
        names: one worker for each, stable over restarts.
        deadline_s: seconds that one item may take before its worker is ended.
        poll_s: seconds between two looks into an empty queue.
        arguments: more arguments for each worker.
        environment: of the workers.
        prefix: words before each worker's command, such as `ip netns exec {name}`; `{name}` is the worker's.
    """

    home: Path
    jobs: Sequence[str]
    names: Sequence[str]
    deadline_s: float = 180.0
    poll_s: float = 2.0
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    prefix: Sequence[str] = ()


@dataclass
class _Child:
    name: str
    process: WorkerChild
    started: float
    item: Event | None = None
    item_since: float = 0.0
    idle_since: float | None = None
    quick_ends: int = 0
    was_ready: bool = False


class Supervisor:
    """Runs workers until it is told to stop.

    Args:
        plan: how workers are started.
        emit: receives every event of every worker, with the worker's name, and `worker_ended`.
        monotonic: seconds.
    """

    def __init__(
        self, plan: WorkerPlan, emit: Callable[[Event], None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._plan = plan
        self._emit = emit
        self._monotonic = monotonic
        self._events: Queue[tuple[str, int, Event | None]] = Queue()
        self._children: dict[str, _Child] = {}
        self._stopping = False
        self._patient = self._bell = False
        self.failed: set[str] = set()
        self.broken = False

    def stop(self, *, at_once: bool = False) -> None:
        """End after what is in hand, which has its deadline for it; made for signal handlers.

        Args:
            at_once: give what is in hand a few seconds only.
        """
        self._patient = not at_once and not self._stopping
        self._stopping = True

    def run(self, *, until_idle: bool = False, each_minute: Callable[[], None] = lambda: None) -> int:
        """Run until stopped, or until every worker is idle at the same time; how many workers had to be ended.

        Args:
            until_idle: end when there is nothing left to do.
            each_minute: called at the start and every minute, for instance for schedules.
        """
        ended, next_call, self._bell = 0, self._monotonic(), not until_idle
        try:
            for name in self._plan.names:
                self._start(name)
            while not self._stopping:
                if self._monotonic() >= next_call:
                    each_minute()
                    next_call += 60.0
                self._take_event(0.2)
                ended += self._end_overdue()
                if until_idle and self._all_idle():
                    break
                self._order()
        finally:
            self._end_all()
        return ended

    def _start(self, name: str, quick_ends: int = 0, *, again: bool = False) -> None:
        arguments = ["--home", str(self._plan.home), "--name", name, "--jobs", ",".join(self._plan.jobs)]
        arguments += [*self._plan.arguments, *(("--came-back",) if again else ())]
        arguments += ["--bell"] if self._bell else []  # else its last look could be one that nobody waits for
        arguments += ["--deadline", str(self._plan.deadline_s)]
        process = WorkerChild(
            arguments,
            lambda pid, event: self._events.put((name, pid, event)),
            environment=self._plan.environment,
            prefix=[word.replace("{name}", name) for word in self._plan.prefix],
        )
        self._children[name] = _Child(name, process, self._monotonic(), quick_ends=quick_ends, was_ready=again)
        process.say("drain")

    def _take_event(self, timeout_s: float) -> None:
        try:
            name, pid, event = self._events.get(timeout=timeout_s)
        except Empty:
            return
        child = self._children[name]
        if child.process.pid != pid:
            return  # of one that was replaced
        if event is None:
            self._replace(child)
            return
        if event["event"] == "item_started":
            child.item, child.item_since, child.idle_since = event, self._monotonic(), None
        elif event["event"] == "item_finished":
            child.item, child.quick_ends = None, 0
            failed = event.get("result") == "failed"
            (self.failed.add if failed else self.failed.discard)(str(event.get("item_id")))
        elif event["event"] == "ready":
            child.was_ready = True
        elif event["event"] == "idle":
            child.idle_since = self._monotonic()
        self._emit({**event, "worker": name})

    def _replace(self, child: _Child) -> None:
        """Start a worker that ended by itself again; one that can't start stops the supervisor."""
        code = child.process.wait()
        if self._stopping and code == 0:
            return  # as it was told to
        self._emit({"event": "worker_ended", "worker": child.name, "code": code, "item": child.item})
        if self._stopping:
            return
        quick = child.quick_ends + 1 if self._monotonic() - child.started < _QUICK_S else 0
        if code in (1, 2) or quick >= _MOST_QUICK_ENDS:
            self._stopping = self.broken = True
            return
        self._start(child.name, quick, again=child.was_ready)

    def _end_overdue(self) -> int:
        """End workers whose item has taken too long; how many."""
        now, ended = self._monotonic(), 0
        for child in list(self._children.values()):
            if child.item is not None and now - child.item_since > self._plan.deadline_s:
                self._emit({"event": "worker_overdue", "worker": child.name, "item": child.item})
                child.process.kill()
                child.item_since = now
                ended += 1
        return ended

    def _order(self) -> None:
        for child in self._children.values():
            if child.idle_since is not None and self._monotonic() - child.idle_since >= self._plan.poll_s:
                child.idle_since = None
                child.process.say("drain")

    def _all_idle(self) -> bool:
        return bool(self._children) and all(child.idle_since is not None for child in self._children.values())

    def _end_all(self) -> None:
        if self._patient:
            self._let_end()
        for child in self._children.values():
            child.process.close()
        for child in self._children.values():
            child.process.end()

    def _let_end(self) -> None:
        """Give out nothing more, and wait until every worker has ended its item, or has taken too long for it."""
        for child in self._children.values():
            child.process.say("stop")
        while self._patient and not all(child.process.ended for child in self._children.values()):
            self._take_event(0.2)
            self._end_overdue()
