"""How many hosts of workers a plant needs, so that the bots' items begin in time even in its busy hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np

from twin.line import Network, Resource, Step, Work, run_line
from twin.line.network import Array
from twin.model.errors import TwinError
from twin.study.evidence import JOBS
from twin.study.inputs import Inputs
from twin.study.run import MONTH

_SAMPLE = 20_000
"""Items in a trial: the share that begins in time is known to 0.3 of a per cent at 95 %."""
_MOST_ATTEMPTS = 3
_MOST_WORKERS = 5_000
_WEEK_HOURS = 168.0
_DAY_S = 86_400.0
_BUSIEST = 0.9
"""Share of the busy hours that workers may be at work: the rest is for sites that are slow that day."""


@dataclass(frozen=True)
class Asked:
    """What a plant asks for.

    Attributes:
        batches_per_month: Batches whose records are finished in a month.
        items_per_batch: Items of each job for one batch.
        hours_a_week: Hours of a week in which all of them come; 168 is around the clock.
        within_s: Seconds in which an item has to begin.
        share: Share of the items that has to.
        workers_per_host: Worker processes, each with a browser, on one host.
    """

    batches_per_month: float
    items_per_batch: Mapping[str, float]
    hours_a_week: float = 40.0
    within_s: float = 60.0
    share: float = 0.95
    workers_per_host: int = 2


@dataclass(frozen=True)
class Size:
    """How many hosts, and what they would do in the busy hours.

    Attributes:
        workers, hosts: The least number; hosts without a spare one.
        items_an_hour: Items in a busy hour.
        busy: Share of their time that the workers are at work then.
        in_time: Share of the items that begin in time.
        p95_s: Seconds after which 95 of 100 items have begun.
    """

    workers: int
    hosts: int
    items_an_hour: float
    busy: float
    in_time: float
    p95_s: float


def size_for(inputs: Inputs, asked: Asked, seed: int = 1) -> Size:
    """The least number of workers with which enough items begin in time.

    Raises:
        TwinError: something asked for is no number that can be, or more than 5,000 workers would not do.
    """
    _check(asked)
    batches_an_hour = asked.batches_per_month / (MONTH / 7.0 * asked.hours_a_week)
    items_an_hour = batches_an_hour * sum(asked.items_per_batch.values())
    rng = np.random.default_rng(seed)
    begin = np.cumsum(rng.exponential(3600.0 / items_an_hour, _SAMPLE))
    lasts = _seconds(inputs, asked.items_per_batch, rng)
    offered = float(lasts.sum() / begin[-1])
    workers = max(1, ceil(offered / _BUSIEST))
    while workers <= _MOST_WORKERS:
        waits = waits_of(begin, lasts, workers)
        in_time = float((waits <= asked.within_s).mean())
        if in_time >= asked.share:
            p95 = float(np.quantile(waits, 0.95))
            hosts = ceil(workers / asked.workers_per_host)
            return Size(workers, hosts, items_an_hour, offered / workers, in_time, p95)
        workers += max(1, workers // 50)
    raise TwinError(f"More than {_MOST_WORKERS} workers would be needed: ask for fewer batches, or for more hours.")


def waits_of(begin: Array, lasts: Array, workers: int) -> Array:
    """Seconds that each item waits for a worker, first come first served.

    Args:
        begin: seconds at which the items come, ascending.
        lasts: seconds that each keeps its worker.
        workers: how many there are.
    """
    network = Network((Resource("bot_workers", workers),), (Step("item", "bot_workers"),))
    column = (lasts / _DAY_S)[:, None]
    work = Work(begin / _DAY_S, column, np.zeros_like(column), np.ones(column.shape, bool))
    passage = run_line(network, work)
    waits: Array = (passage.begun - passage.ready)[:, 0] * _DAY_S
    return waits


def _seconds(inputs: Inputs, items_per_batch: Mapping[str, float], rng: np.random.Generator) -> Array:
    """How long items keep a worker: their job's median, the bots' spread, and further attempts after failures."""
    jobs = sorted(items_per_batch)
    weights = np.array([items_per_batch[job] for job in jobs])
    which = rng.choice(len(jobs), _SAMPLE, p=weights / weights.sum())
    medians = np.array([inputs[JOBS[job]] for job in jobs])[which]
    failed = inputs["bots.exception_share"]
    attempts = np.minimum(rng.geometric(1.0 - min(failed, 0.99), _SAMPLE), _MOST_ATTEMPTS)
    one: Array = medians * np.exp(inputs["bots.spread"] * rng.standard_normal(_SAMPLE))
    return one * attempts


def _check(asked: Asked) -> None:
    unknown = sorted(set(asked.items_per_batch) - set(JOBS))
    if unknown:
        raise TwinError(f"There are no durations of the job {unknown[0]!r}: give {', '.join(JOBS)}.")
    if not 0 < asked.batches_per_month < np.inf:
        raise TwinError(f"{asked.batches_per_month:g} batches a month can't be sized: give more than 0.")
    if not all(0 <= one < np.inf for one in asked.items_per_batch.values()) or not sum(asked.items_per_batch.values()):
        raise TwinError("A batch without items needs no workers: give how many items of each job a batch has.")
    if not 0 < asked.hours_a_week <= _WEEK_HOURS:
        raise TwinError(f"{asked.hours_a_week:g} hours a week is none of (0, 168]: give the hours in which items come.")
    if not 0 < asked.share < 1 or not 0 <= asked.within_s < np.inf:
        raise TwinError("Give a share between 0 and 1 and seconds from 0 on, in which that share of the items begins.")
    if asked.workers_per_host < 1:
        raise TwinError("A host has one worker process at least.")
