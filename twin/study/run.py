"""A study: the same batches under several scenarios, in replications that run side by side.

A replication is a stretch of the plant's life: batches that fill the line first and keep it busy afterwards are run
too, and not counted. The numbers of a batch belong to the batch, so every scenario sees the same patients, the same
instruments, the same errors on the record and the same luck.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr  # type: ignore[import-untyped]

from twin.line import (
    Network,
    Passage,
    Work,
    loads,
    refuse_overload,
    run_line,
    usable_loads,
    weekly_calendar,
)
from twin.line import compiled as fast
from twin.model.actions import ACTIONS, NONE
from twin.model.chance import normals
from twin.model.errors import TwinError
from twin.model.population import RUN_IN, Population
from twin.study.holds import Cells, Policy, grow_batches, learn_policy
from twin.study.inputs import Inputs
from twin.study.kpis import BINS, Figure, Summary, Tally, combined, power_sums, summarise
from twin.study.passage import critical_parts
from twin.study.plant import (
    DELIVERED,
    HANDS,
    HARVEST,
    RELEASED,
    Chance,
    Happened,
    Levers,
    draw_chance,
    plan_work,
    plant_network,
)

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

ARRIVALS = 6
MONTH = 365.25 / 12
LARGEST = 5000
"""Batches in one replication at most, so that memory stays flat."""
_RUN_IN_DAYS, _RUN_OUT_DAYS = 60.0, 30.0
_COMPILED_FROM = 200_000
_SAMPLE = 2000
_NONE_RELEASED = (
    "Every batch fails, so no batch is released and no days can be counted: look at cells.contamination,"
    " cells.fitness_shift and the other inputs that begin with 'cells.'."
)
_BOOKED = weekly_calendar("Mon-Fri", 8, 16)


@dataclass(frozen=True)
class Interventions:
    """Batch by batch against the same batch left alone: corrective actions made, failures prevented, failures made
    milder (the worst limit missed by at least a tenth less), batches that would have passed anyway, failures caused,
    and failures that were neither. `would_fail` is the number of batches that fail when left alone."""

    made: int = 0
    prevented: int = 0
    mitigated: int = 0
    unneeded: int = 0
    caused: int = 0
    in_vain: int = 0
    would_fail: int = 0
    by_action: tuple[int, ...] = (0,) * len(ACTIONS)

    def __add__(self, other: "Interventions") -> "Interventions":
        names = [name for name in Interventions.__dataclass_fields__ if name != "by_action"]
        counts: dict[str, Any] = {name: getattr(self, name) + getattr(other, name) for name in names}
        actions = tuple(a + b for a, b in zip(self.by_action, other.by_action, strict=True))
        return Interventions(**counts, by_action=actions)


def count_interventions(cells: Cells) -> Interventions:
    """What corrective actions did to batches, each against its own counterfactual."""
    acted = cells.action != NONE
    alone, helped = cells.failed
    milder = cells.severity[1] <= 0.9 * cells.severity[0]
    prevented, caused = acted & alone & ~helped, acted & ~alone & helped
    mitigated = acted & alone & helped & milder
    return Interventions(
        made=int(acted.sum()),
        prevented=int(prevented.sum()),
        mitigated=int(mitigated.sum()),
        unneeded=int((acted & ~alone & ~helped).sum()),
        caused=int(caused.sum()),
        in_vain=int((acted & alone & helped & ~milder).sum()),
        would_fail=int(alone.sum()),
        by_action=tuple(np.bincount(cells.action, minlength=len(ACTIONS)).tolist()),
    )


@dataclass(frozen=True)
class Stretch:
    """Batches `first` to `first + count - 1` in replication number `number`."""

    number: int
    first: int
    count: int


@dataclass(frozen=True)
class Study:
    """Figures of each scenario, what interventions did, and what was asked for."""

    inputs: Inputs
    seed: int
    batches: int
    replications: int
    summaries: Mapping[str, Summary]
    tallies: Mapping[str, Sequence[Tally]]
    interventions: Interventions

    def combined(self, kpi: str, factors: Mapping[str, float]) -> Figure:
        """A sum of scenarios' figures, each times a factor, with its interval by paired replications: 1 and -1 for a
        difference. `kpi` as in `Tally.weighed`."""
        parts = []
        for name, factor in factors.items():
            weighed = [one.weighed(kpi) for one in self.tallies[name]]
            parts.append((factor, [value for value, _ in weighed], [weight for _, weight in weighed]))
        return combined(parts)

    def saved(self, kpi: str) -> Figure:
        """What the augmented plant takes off a figure of the baseline."""
        return self.combined(kpi, {"baseline": 1.0, "augmented": -1.0})


def arrival_times(inputs: Inputs, seed: int, stretch: Stretch, count: int) -> Array:
    """Days at which collected cells arrive: at random, at the plant's monthly rate, in office hours of weekdays."""
    weekly = inputs["plant.batches_per_month"] / MONTH * 7.0
    gaps = -log_ndtr(normals(seed, ARRIVALS, RUN_IN + (stretch.number << 24), count, 1)[:, 0])
    clock = np.cumsum(gaps) * _BOOKED.weekly / weekly
    days, rest = np.divmod(clock, 1 / 3)
    weeks, day = np.divmod(days, 5)
    times: Array = weeks * 7 + day + 1 / 3 + rest
    return times


def stretches(batches: int, replications: int) -> list[Stretch]:
    """Batches shared out evenly over replications. Raises `TwinError` when there are fewer batches than those."""
    if batches < 1 or replications < 1:
        raise TwinError(f"{batches} batches in {replications} replications: give one or more of each.")
    if replications > batches:
        raise TwinError(f"{batches} batches can't be shared out over {replications} replications: ask for fewer.")
    edges = np.linspace(0, batches, replications + 1).astype(int)
    return [Stretch(n, int(a), int(b - a)) for n, (a, b) in enumerate(pairwise(edges))]


def default_replications(batches: int) -> int:
    """Ten, or one for every 5,000 batches, or fewer where there are hardly any batches."""
    return max(1, min(batches // 20, 10), ceil(batches / LARGEST))


def run_stretch(
    inputs: Inputs, policy: Policy, scenarios: Mapping[str, Levers], seed: int, stretch: Stretch, compiled: bool | None
) -> tuple[dict[str, Tally], Interventions]:
    """One replication of every scenario."""
    rate = inputs["plant.batches_per_month"] / MONTH
    lead, tail = ceil(rate * _RUN_IN_DAYS), ceil(rate * _RUN_OUT_DAYS)
    mix, extra = inputs.population(), RUN_IN + (stretch.number << 24)
    counted = grow_batches(mix, policy, seed=seed, first=stretch.first, count=stretch.count)
    around = grow_batches(mix, policy, seed=seed, first=extra, count=lead + tail)
    cells = _around(around, counted, lead)
    chance = _chance_around(
        draw_chance(seed, extra, lead + tail), draw_chance(seed, stretch.first, stretch.count), lead
    )
    arrivals = arrival_times(inputs, seed, stretch, lead + stretch.count + tail)
    network = plant_network(inputs)
    inner = slice(lead, lead + stretch.count)
    found = {}
    for name, levers in scenarios.items():
        row = int(levers.holds)
        work, happened = plan_work(inputs, levers, chance, arrivals, cells.failed[row], cells.culture_days[row])
        passage = run_line(network, work, compiled=compiled)
        found[name] = _tally(inputs, levers, network, work, passage, cells, happened, inner)
    return found, count_interventions(counted)


def _around(outer: Cells, inner: Cells, lead: int) -> Cells:
    return Cells(*(_insert(getattr(outer, f), getattr(inner, f), lead) for f in Cells.__dataclass_fields__))


def _chance_around(outer: Chance, inner: Chance, lead: int) -> Chance:
    events = {name: _insert(outer.events[name], inner.events[name], lead) for name in outer.events}
    return Chance(_insert(outer.touch.T, inner.touch.T, lead).T, _insert(outer.delay.T, inner.delay.T, lead).T, events)


def _insert(outer: NDArray[Any], inner: NDArray[Any], lead: int) -> NDArray[Any]:
    """Put the counted batches between those before and after them, along the last axis."""
    return np.concatenate([outer[..., :lead], inner, outer[..., lead:]], axis=-1)


def _tally(
    inputs: Inputs,
    levers: Levers,
    network: Network,
    work: Work,
    passage: Passage,
    cells: Cells,
    happened: Happened,
    inner: slice,
) -> Tally:
    """Sums over the counted batches of one replication."""
    row = int(levers.holds)
    failed = cells.failed[row][inner]
    acted = (cells.action[inner] != NONE) & levers.holds
    ok = ~failed
    harvest, released = passage.done[inner, HARVEST], passage.done[inner, RELEASED]
    delivered, release = passage.done[inner, DELIVERED], released - harvest
    parts = critical_parts(network, work, passage)
    hours = work.touch * work.taken * 24.0
    worked = {name: hours[inner] @ people for name, people in HANDS.items()}
    labour = sum(worked.values()) + levers.holds * acted * inputs["holds.decision_hours"]
    sums = {
        "release": float(release[ok].sum()),
        "delivered": float((delivered - harvest)[ok].sum()),
        "turnaround": float((delivered - work.arrivals[inner])[ok].sum()),
        "culture": float(cells.culture_days[row][inner][ok].sum()),
        # Hands are counted for every batch, and shared out over those released.
        "labour_hours": float(np.sum(labour)),
        **{f"hours_{name}": float(each.sum()) for name, each in worked.items()},
        **{name: float(days[inner][ok].sum()) for name, days in parts.items()},
    }
    span = float(work.arrivals[inner][-1] - work.arrivals[inner][0]) if failed.size > 1 else np.nan
    strict = ok & ~happened.finding[inner] & ~happened.escaped[inner] & ~happened.deviation[inner] & ~acted
    return Tally(
        batches=int(failed.size),
        failed=int(failed.sum()),
        released=int(ok.sum()),
        right_first=int(strict.sum()),
        potency=power_sums(cells.potency[row][inner]),
        sums=sums,
        histogram=np.bincount(np.minimum((release[ok] * 4).astype(int), BINS.size - 1), minlength=BINS.size).astype(
            float
        ),
        busy={load.resource: load.utilisation for load in loads(network, _part(work, inner), span)},
    )


def _part(work: Work, inner: slice) -> Work:
    return Work(work.arrivals[inner], work.touch[inner], work.delay[inner], work.taken[inner])


@lru_cache(maxsize=4)
def _sample(mix: Population, policy: Policy) -> Cells:
    """Batches whose work is looked at before a run; not grown again for inputs that have nothing to do with them."""
    return grow_batches(mix, policy, seed=0, first=0, count=_SAMPLE)


def check_capacity(inputs: Inputs, scenarios: Mapping[str, Levers], policy: Policy) -> None:
    """Raises `TwinError` that names the resources which can't keep up, for the work of a sample of batches.

    Those that fail are among them: they are tested, investigated and certified as rejected like any other.
    """
    chance = draw_chance(0, 0, _SAMPLE)
    rate = inputs["plant.batches_per_month"] / MONTH
    network = plant_network(inputs)
    cells = _sample(inputs.population(), policy)
    arrivals = np.arange(_SAMPLE) / rate
    for levers in scenarios.values():
        row = int(levers.holds)
        if cells.failed[row].all():
            raise TwinError(_NONE_RELEASED)
        work, _ = plan_work(inputs, levers, chance, arrivals, cells.failed[row], cells.culture_days[row])
        refuse_overload(usable_loads(network, work, _SAMPLE / rate))


def run_study(
    inputs: Inputs,
    scenarios: Mapping[str, Levers],
    *,
    batches: int,
    seed: int,
    replications: int | None = None,
    jobs: int = 1,
    progress: Callable[[int], None] | None = None,
    policy: Policy | None = None,
) -> Study:
    """All scenarios on the same batches.

    `jobs` replications run side by side (-1: one for each core); `progress` is told how many batches are done. The
    result depends on inputs, scenarios, `batches`, `seed` and `replications` alone; `policy` saves learning it anew
    where it is known for these inputs and this seed. Raises `TwinError` for a line that can't keep up and for
    impossible numbers.
    """
    reps = replications if replications is not None else default_replications(batches)
    parts = stretches(batches, reps)
    if max(part.count for part in parts) > 4 * LARGEST:
        raise TwinError(f"{batches} batches in {reps} replications take too much memory: ask for more replications.")
    compiled = None if batches * len(scenarios) >= _COMPILED_FROM or fast.at_hand() else False
    with _workers_woken(jobs if len(parts) > 1 else 1, compiled is None):
        policy = policy or policy_for(inputs, seed)
        check_capacity(inputs, scenarios, policy)
    tallies: dict[str, list[Tally]] = {name: [] for name in scenarios}
    total = Interventions()
    for part, (found, acted) in zip(parts, _each(inputs, policy, scenarios, seed, parts, compiled, jobs), strict=True):
        total = total + acted
        for name, tally in found.items():
            tallies[name].append(tally)
        if progress:
            progress(part.count)
    if not all(sum(one.released for one in made) for made in tallies.values()):
        raise TwinError(_NONE_RELEASED)
    summaries = {name: summarise(made) for name, made in tallies.items()}
    return Study(inputs, seed, batches, reps, summaries, tallies, total)


def policy_for(inputs: Inputs, seed: int) -> Policy:
    """The early warning of a preset, learned from its own virtual history."""
    return learn_policy(
        inputs.population(), seed=seed, history=inputs.whole("holds.history"), budget=inputs["holds.budget"]
    )


@contextmanager
def _workers_woken(jobs: int, compiled: bool) -> Iterator[None]:
    """Let the other processes start and import while this one does what it has to do alone."""
    if jobs == 1:
        yield
        return
    from joblib import Parallel, delayed, effective_n_jobs

    with ThreadPoolExecutor(1) as beside:
        calls = [delayed(_wake)(compiled) for _ in range(effective_n_jobs(jobs))]
        waking = beside.submit(Parallel(n_jobs=jobs), calls)
        yield
        waking.result()


def _wake(compiled: bool) -> None:
    """Compile the line, or read what was compiled before, in a process that has imported this module."""
    if compiled:
        fast.wake()


def _each(
    inputs: Inputs,
    policy: Policy,
    scenarios: Mapping[str, Levers],
    seed: int,
    parts: Sequence[Stretch],
    compiled: bool | None,
    jobs: int,
) -> Iterator[tuple[dict[str, Tally], Interventions]]:
    if jobs == 1 or len(parts) == 1:
        for part in parts:
            yield run_stretch(inputs, policy, scenarios, seed, part, compiled)
        return
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="2 * n_jobs", batch_size=1)
    yield from pool(delayed(run_stretch)(inputs, policy, scenarios, seed, part, compiled) for part in parts)
