"""From the words of `lifecycle:transition` to pieces of work, by the standard model of IEEE 1849."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple

from twin.learn.log import Event

_WORDS: Final = {
    **dict.fromkeys(("start", "started", "begin", "began"), "start"),
    **dict.fromkeys(("complete", "completed", "end", "ended", "finish", "finished", ""), "complete"),
    **dict.fromkeys(("suspend", "suspended", "pause", "paused"), "suspend"),
    **dict.fromkeys(("resume", "resumed"), "resume"),
    **dict.fromkeys(("ate_abort", "abort", "aborted", "withdraw", "withdrawn"), "abort"),
    "pi_abort": "case abort",
}
_PLANNED: Final = frozenset(
    {"schedule", "scheduled", "assign", "assigned", "reassign", "reassigned", "enable", "enabled"}
)
_SKIPPED: Final = frozenset({"autoskip", "manualskip", "skip", "skipped"})
_STATES: Final = frozenset({"open", "closed", "running", "in_progress", "ready", "cancelled", "canceled"})
_MOST_BESIDE: Final = 30
"""Columns with more values than that name things and no steps."""


class Row(NamedTuple):
    """One row of a log with a lifecycle; `at` is None where something stands for no time."""

    case: str
    activity: str
    instance: str
    resource: str
    role: str
    word: str
    at: datetime | None


@dataclass
class _Open:
    """Work that was begun: the event so far, and since when it is suspended."""

    event: Event
    suspended: datetime | None = None

    def resumed(self, at: datetime) -> None:
        if self.suspended is not None and at > self.suspended:
            self.event = replace(self.event, pauses=(*self.event.pauses, (self.suspended, at)))
        self.suspended = None


@dataclass
class Lifecycle:
    """Puts rows together to events, and counts what the words say that an event can't hold."""

    events: list[Event] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    known: int = 0
    aborted: int = 0
    paused: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    untimed: Counter[str] = field(default_factory=Counter)
    beside: dict[str, set[str]] = field(default_factory=dict)
    _open: dict[tuple[str, str], list[_Open]] = field(default_factory=dict)

    def take_case(self, rows: Iterable[Row]) -> None:
        """Take the rows of one case, in their order of time."""
        self._open = {}
        for row in rows:
            self._take(row)
        for its in self._open.values():
            for one in its:
                self.events.append(one.event if one.suspended is None else _still_suspended(one))

    def is_work(self, said: str) -> bool:
        """Whether a row with a beginning and an end of its own is work, by its word; what it says beside is counted."""
        word, step = self._step(said)
        self.known += step in ("start", "complete")
        self.aborted += step in ("abort", "case abort")
        self.left_out[word] += step in (None, "suspend", "resume")
        return step not in (None, "suspend", "resume")

    def _step(self, said: str) -> tuple[str, str | None]:
        """A word in one spelling, and what it does."""
        self.words[said] += 1
        word = _form(said)
        return word, _WORDS.get(word)

    def saw_beside(self, name: str, value: str) -> None:
        """Note what a column says that is not read, in a log that has no `lifecycle:transition`."""
        values = self.beside.setdefault(name, set())
        if len(values) <= _MOST_BESIDE:
            values.add(_form(value))

    def _take(self, row: Row) -> None:
        word, step = self._step(row.word)
        its = self._open.setdefault((row.activity, row.instance), [])
        self.known += step in ("start", "complete")
        if step == "start":
            its.append(_Open(_event(row, start=row.at)))
        elif row.at is None and step is not None:
            self.untimed[word or "complete"] += 1
        elif step == "complete":
            self._end(row, its)
        elif step in ("suspend", "resume", "abort") and its:
            self._change(row, step, its)
        elif step == "case abort":
            self._abort_all(row)
        else:
            self.left_out[word] += 1

    def _end(self, row: Row, its: list[_Open]) -> None:
        if not its:
            self.events.append(_event(row, end=row.at))
            return
        begun = its.pop(0)
        if row.at is not None:
            begun.resumed(row.at)
        self.events.append(_event(row, start=begun.event.start, end=row.at, pauses=begun.event.pauses))

    def _change(self, row: Row, step: str, its: list[_Open]) -> None:
        assert row.at is not None  # noqa: S101 - asked before
        if step == "abort":
            self._abort(its.pop(0), row.at)
        elif step == "suspend":
            free = next((one for one in its if one.suspended is None), None)
            if free is not None:
                free.suspended, self.paused = row.at, self.paused + 1
        else:
            for one in its:
                if one.suspended is not None:
                    one.resumed(row.at)
                    break

    def _abort_all(self, row: Row) -> None:
        for its in self._open.values():
            while its and row.at is not None:
                self._abort(its.pop(0), row.at)

    def _abort(self, begun: _Open, at: datetime) -> None:
        begun.resumed(at)
        self.events.append(replace(begun.event, end=at))
        self.aborted += 1

    def refused(self) -> str:
        """Why nothing follows from the words; empty where something does."""
        if self.known or not self.words:
            return ""
        found = ", ".join(f"{word!r} ({count})" for word, count in self.words.most_common(8))
        return (
            f"its lifecycle:transition holds {found}, and none of these is start or complete: export it with the"
            " standard transitions, or without them where each row is a moment"
        )

    def gaps(self) -> list[str]:
        """What the words said beside beginnings and ends, a sentence each."""
        said = []
        if self.paused:
            said.append(f"Work was suspended {self.paused} times: until it was resumed it counts as no work.")
        if self.aborted:
            said.append(f"{self.aborted} events were aborted: they count as ended then.")
        for word, count in sorted((+self.left_out).items()):
            why = (
                "they plan work"
                if word in _PLANNED
                else "nothing was done"
                if word in _SKIPPED
                else "they neither begin nor end work"
            )
            said.append(f"{count} events of lifecycle:transition {word!r} are left out: {why}.")
        for word, count in sorted(self.untimed.items()):
            said.append(f"{count} events of lifecycle:transition {word!r} are left out: they have no time.")
        said += [
            f"The column {name!r} is not read, though it may say what begins and what ends"
            f" ({', '.join(sorted(values - {''})[:6])}): name it lifecycle:transition if it does."
            for name, values in sorted(self.beside.items())
            if _may_be_steps(values - {""})
        ]
        return said


def _form(said: str) -> str:
    return said.strip().lower().replace("-", "_").replace(" ", "_")


def _may_be_steps(values: set[str]) -> bool:
    """Whether values look like words of a lifecycle, and not all like the end of something."""
    words = {value.partition(".")[0] for value in values}  # Open.Running, Closed.Successful of the standard's states
    known = all(_WORDS.get(one) or one in _PLANNED | _SKIPPED | _STATES for one in words)
    return known and any(_WORDS.get(one) != "complete" for one in words - {"closed"})


def _event(
    row: Row,
    start: datetime | None = None,
    end: datetime | None = None,
    pauses: tuple[tuple[datetime, datetime], ...] = (),
) -> Event:
    return Event(row.case, row.activity, row.resource, start, end, row.role, pauses)


def _still_suspended(one: _Open) -> Event:
    """Work that stands still until the log ends."""
    since = one.suspended
    return (
        one.event
        if since is None
        else replace(one.event, pauses=(*one.event.pauses, (since, datetime.max.replace(tzinfo=since.tzinfo))))
    )
