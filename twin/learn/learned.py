"""What a log tells: how long each activity takes and is waited for, what comes back, and what a model can't explain."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import pairwise
from typing import Any, Final

import numpy as np

from twin.learn.fits import FEWEST, Durations, Fit, fit_durations
from twin.learn.log import Event, Log
from twin.learn.plant import Arrivals, Branch, Hours, LearnedPlant, Pool, learn_plant
from twin.line.calendar import ALWAYS, Calendar
from twin.model.errors import TwinError
from twin.study.kpis import share

FEWEST_CASES: Final = 10
_ALIKE: Final = 1.5
_MONDAY: Final = datetime(1996, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Activity:
    """One activity.

    Attributes:
        name: as in the log.
        events: how many there are.
        cases: in how many cases.
        touch: hours from beginning to end; None where no beginning is known.
        waiting: hours since the case was last worked on; None where it never waited for anything.
        parallel: share of events that began while the case was still being worked on (they waited for nothing).
        rework: share of its cases in which it came back after another activity, with its 95 % interval.
    """

    name: str
    events: int
    cases: int
    touch: Fit | None
    waiting: Fit | None
    parallel: float
    rework: tuple[float, float, float]


@dataclass(frozen=True)
class Learned:
    """Everything learned from one log.

    Attributes:
        cases, events: how many.
        activities: the most frequent first.
        handovers: share of steps after which somebody else goes on; mean hours of waiting with and without.
        pairs: the most frequent hand-overs: from, to, how often.
        role_handovers, role_pairs: the same between roles.
        touch_share: share of the time between first and last event in which somebody worked on the case.
        gaps: what is missing in the log.
        unexplained: what independent durations can't explain, a sentence each.
        plant: how cases arrive, when people work, how many, and what follows what.
    """

    cases: int
    events: int
    activities: tuple[Activity, ...]
    handovers: tuple[float, float, float]
    pairs: tuple[tuple[str, str, int], ...]
    role_handovers: tuple[float, float, float]
    role_pairs: tuple[tuple[str, str, int], ...]
    touch_share: float
    gaps: tuple[str, ...]
    unexplained: tuple[str, ...]
    plant: LearnedPlant

    def plain(self) -> dict[str, Any]:
        """As plain data; figures that are not known are None."""
        found: dict[str, Any] = _plain(vars(self))
        return found


@dataclass(frozen=True)
class _Step:
    """An event with its hours (until the log's end where it had not ended; None where its beginning is not known),
    those that the log could have shown of it, and those since the case was last worked on: negative where it still was;
    None at the first."""

    event: Event
    hours: float | None
    limit: float
    since: float | None
    before: Event | None


def learn(log: Log, seed: int, calendar: Calendar = ALWAYS, zone: tzinfo | None = None) -> Learned:
    """Learn from a log.

    Args:
        log: The log.
        seed: For resampling; the same seed gives the same figures.
        calendar: Hours that count, on the plant's clock: with its working hours, a night is neither work nor waiting.
        zone: Of that clock; None where the log's times are those of a clock of its own.

    Raises:
        TwinError: There are fewer than ten cases, or hours count and nobody says on which clock.
    """
    if log.zoned and zone is None and not calendar.always:
        raise TwinError(
            "Working hours are those of the plant's clock, and the log's times name their own zone: say in which zone"
            " the plant is, with --timezone Europe/Berlin."
        )
    if len(log.cases) < FEWEST_CASES:
        raise TwinError(f"The log holds {len(log.cases)} cases: figures need at least {FEWEST_CASES}.")
    rng = np.random.default_rng(seed)
    until = log.until
    clock = _Clock(calendar, zone)
    steps = {case: _steps(events, clock, until) for case, events in log.cases.items()}
    every = [step for its in steps.values() for step in its]
    names = [name for name, _ in Counter(step.event.activity for step in every).most_common()]
    activities = tuple(_activity(name, steps, rng) for name in names)
    return Learned(
        len(log.cases),
        len(every),
        activities,
        _handovers(every, _resource),
        _pairs(every, _resource),
        _handovers(every, _role),
        _pairs(every, _role),
        _touch_share(log),
        log.gaps,
        tuple(_unexplained(log, steps, activities)),
        learn_plant(log, rng, zone),
    )


@dataclass(frozen=True)
class _Clock:
    """Hours that count, as the plant's clock shows them."""

    calendar: Calendar
    zone: tzinfo | None

    def hours(self, begin: datetime, end: datetime) -> float:
        """Hours that count between two times; negative when the second is the earlier one."""
        shown = [self.calendar.clock((self._wall(at) - _MONDAY).total_seconds() / 86400) for at in (begin, end)]
        # A second is what logs are exact to: what is shorter is rounding of the clock.
        return round((shown[1] - shown[0]) * 24, 6)

    def _wall(self, at: datetime) -> datetime:
        """What the plant's clock shows; where every hour counts, a clock that is put on or back counts nothing."""
        if self.zone is None or self.calendar.always:
            return at
        return at.astimezone(self.zone).replace(tzinfo=UTC)

    def worked(self, event: Event, until: datetime) -> float | None:
        """Hours of an event without its pauses; None where its beginning is not known."""
        if event.start is None:
            return None
        ended = event.end or until
        still = sum(self.hours(since, min(to, ended)) for since, to in event.pauses if since < ended)
        return max(self.hours(event.start, ended) - still, 0.0)


def _steps(events: tuple[Event, ...], clock: _Clock, until: datetime) -> list[_Step]:
    found: list[_Step] = []
    last: Event | None = None
    for event in events:
        ended = event.end or until
        since = None if last is None else clock.hours(last.end or until, event.first)
        found.append(_Step(event, clock.worked(event, until), clock.hours(event.first, until), since, last))
        if last is None or ended > (last.end or until):
            last = event
    return found


def _activity(name: str, steps: dict[str, list[_Step]], rng: np.random.Generator) -> Activity:
    its = [step for in_case in steps.values() for step in in_case if step.event.activity == name]
    timed = [step for step in its if step.hours is not None]
    waited = [step for step in its if step.since is not None and step.since >= 0]
    followed = [step for step in its if step.since is not None]
    parallel = sum(step.since is not None and step.since < 0 for step in its) / len(followed) if followed else 0.0
    cases = {step.event.case for step in its}
    again = sum(_came_back(name, steps[case]) for case in cases)
    back = share(again, len(cases))
    return Activity(
        name,
        len(its),
        len(cases),
        _fit(timed, [step.hours or 0.0 for step in timed], rng, [step.event.end is None for step in timed]),
        _fit(waited, [step.since or 0.0 for step in waited], rng),
        parallel,
        (back.mean, back.low, back.high),
    )


def _fit(
    steps: list[_Step], hours: list[float], rng: np.random.Generator, unfinished: list[bool] | None = None
) -> Fit | None:
    """Fit hours of some steps; where all had ended, nothing is known to have limited them."""
    if not steps:
        return None
    some = unfinished is not None and any(unfinished)
    limit = np.array([step.limit for step in steps]) if some else np.full(len(steps), np.inf)
    cases = np.array([step.event.case for step in steps])
    return fit_durations(Durations(np.array(hours), cases, np.array(unfinished or [False] * len(steps)), limit), rng)


def _came_back(name: str, steps: list[_Step]) -> bool:
    """Whether an activity was done again after another one; sessions in a row are one piece of work."""
    places = [place for place, step in enumerate(steps) if step.event.activity == name]
    return any(later - earlier > 1 for earlier, later in pairwise(places))


def _resource(event: Event) -> str:
    return event.resource


def _role(event: Event) -> str:
    return event.role


def _handovers(every: list[_Step], who: Callable[[Event], str]) -> tuple[float, float, float]:
    known = [one for one in every if one.before is not None and who(one.before) and who(one.event)]
    if not known:
        return float("nan"), float("nan"), float("nan")
    other = [one for one in known if one.before and who(one.before) != who(one.event)]
    same = [one for one in known if one.before and who(one.before) == who(one.event)]
    return len(other) / len(known), _mean_wait(other), _mean_wait(same)


def _mean_wait(steps: Iterable[_Step]) -> float:
    waits = [max(one.since, 0.0) for one in steps if one.since is not None]
    return float(np.mean(waits)) if waits else float("nan")


def _pairs(every: list[_Step], who: Callable[[Event], str]) -> tuple[tuple[str, str, int], ...]:
    both = [(who(one.before), who(one.event)) for one in every if one.before]
    counted = Counter((a, b) for a, b in both if a and b and a != b)
    return tuple((a, b, count) for (a, b), count in counted.most_common(5))


def _touch_share(log: Log) -> float:
    """Worked time (overlaps counted once) over the time between first and last event, over all cases."""
    worked = spanned = 0.0
    for events in log.cases.values():
        until = None
        begin = events[0].first
        for event in events:
            ended = event.end or log.until
            free = event.first if until is None else max(event.first, until)
            worked += max((ended - free).total_seconds() - _paused(event, free, ended), 0.0)
            until = ended if until is None else max(until, ended)
        spanned += ((until or begin) - begin).total_seconds()
    return worked / spanned if spanned else float("nan")


def _paused(event: Event, begin: datetime, end: datetime) -> float:
    """Seconds between two times in which an event was suspended."""
    return sum(max((min(to, end) - max(since, begin)).total_seconds(), 0.0) for since, to in event.pauses)


def _unexplained(log: Log, steps: dict[str, list[_Step]], activities: tuple[Activity, ...]) -> list[str]:
    said = []
    fitted = [
        (one.name, what, fit) for one in activities for what, fit in (("touch", one.touch), ("wait", one.waiting))
    ]
    with_family = [(name, what, fit) for name, what, fit in fitted if fit is not None and fit.family]
    refused = [(name, what) for name, what, fit in with_family if fit.refused]
    if with_family:
        examples = ", ".join(f"{name} ({what})" for name, what in refused[:3])
        said.append(
            f"{len(refused)} of {len(with_family)} fitted distributions are refused at 5 %"
            f"{f', such as {examples}: their shape is none of the four families' if refused else ''}."
        )
    few = sum(fit is not None and 0 < fit.count < FEWEST for _, _, fit in fitted)
    if few:
        said.append(f"{few} distributions rest on fewer than {FEWEST} durations and were not fitted.")
    said += _of_cases(steps)
    variants = Counter(tuple(event.activity for event in events) for events in log.cases.values())
    alone = sum(count == 1 for count in variants.values())
    said.append(
        f"{len(variants)} paths in {len(log.cases)} cases, {alone} of them taken once: no fixed order explains them."
    )
    return said


def _of_cases(steps: dict[str, list[_Step]]) -> list[str]:
    """Whether the waits of one case are alike: if they were independent, the variance of their sum would be that of
    the single ones, added up."""
    waits = [[one.since for one in its if one.since is not None and one.since >= 0] for its in steps.values()]
    waits = [its for its in waits if its]
    if len(waits) < FEWEST_CASES:
        return []
    pooled = np.concatenate([np.array(its) for its in waits])
    counts = np.array([len(its) for its in waits], float)
    sums = np.array([sum(its) for its in waits])
    expected = counts * pooled.mean()
    if not pooled.var():
        return [
            f"All {pooled.size} waits are {pooled[0]:g} h to the second: such times are planned or rounded, and say"
            " nothing of chance."
        ]
    ratio = float(((sums - expected) ** 2).sum() / (counts * pooled.var()).sum())
    if ratio < _ALIKE:
        return []
    return [
        f"The waits of a case vary {ratio:.1f} times as much in sum as independent ones would: cases differ from each"
        " other (urgency, size, season) in a way that the log does not name."
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, LearnedPlant | Arrivals | Hours | Pool | Branch):
        return _plain(vars(value))
    if isinstance(value, Activity | Fit):
        return _plain(vars(value) | ({"refused": value.refused} if isinstance(value, Fit) else {}))
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return value
