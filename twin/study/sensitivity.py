"""What each assumption does to the answer: the study anew at both ends of its range, on the same patients and luck."""

from dataclasses import dataclass, replace
from math import sqrt
from statistics import stdev
from typing import Final

from scipy.stats import t as student  # type: ignore[import-untyped]

from twin.model.errors import TwinError
from twin.study.holds import Policy
from twin.study.inputs import Input, Inputs
from twin.study.kpis import Figure, summarise
from twin.study.money import money
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.run import Study, policy_for, run_study

MOST_BATCHES: Final = 600
REPLICATIONS: Final = 4
_OF_THE_POLICY: Final = ("cells.", "holds.")


@dataclass(frozen=True)
class End:
    """The answer with one input at one end of its range: release days and failure rate of the baseline, and what the
    robots save of both, and EUR saved a year; `parts` are the same figures of each replication."""

    value: float
    release_days: float
    failure_rate: float
    days_saved: float
    failures_saved: float
    yearly: float
    parts: tuple["End", ...] = ()


@dataclass(frozen=True)
class Sensitivity:
    """One input at the low and at the high end of its range, and at its value in the `middle`; `refused` says why there
    is no answer at an end."""

    name: str
    low: End | None
    high: End | None
    middle: End
    refused: str = ""

    @property
    def ends(self) -> tuple[End, End]:
        """Both ends; the middle where the line can't keep up at one, so that what can't be is not said to be wide."""
        return self.low or self.middle, self.high or self.middle

    def width(self, what: str) -> float:
        """By how much a figure of `End` differs between both `ends`."""
        low, high = self.ends
        return float(getattr(high, what)) - float(getattr(low, what))

    def change(self, what: str) -> Figure:
        """The same difference with its 95 % interval, from the differences of each replication with itself: both ends
        see the same patients and the same luck. Not a number where neither end has an answer."""
        first, last = self.ends
        if (self.low is None and self.high is None) or len(first.parts) < 2:
            return Figure(float("nan"), float("nan"), float("nan"))
        pairs = zip(first.parts, last.parts, strict=True)
        differences = [float(getattr(high, what)) - float(getattr(low, what)) for low, high in pairs]
        half = float(student.ppf(0.975, len(differences) - 1)) * stdev(differences) / sqrt(len(differences))
        return Figure(self.width(what), self.width(what) - half, self.width(what) + half)


@dataclass(frozen=True)
class Moved:
    """The answer with every input at its value, and every input with a range, in the order of the inputs."""

    batches: int
    middle: End
    inputs: tuple[Sensitivity, ...]

    @property
    def refused(self) -> tuple[Sensitivity, ...]:
        """Those at an end of which the line can't keep up."""
        return tuple(one for one in self.inputs if one.refused)

    def widest(self, what: str, count: int) -> tuple[Sensitivity, ...]:
        """Those that move a figure of `End` the most, as far as there are answers."""
        return tuple(sorted(self.inputs, key=lambda one: -abs(one.width(what)))[:count])


def sensitivities(inputs: Inputs, *, seed: int, batches: int = MOST_BATCHES, jobs: int = 1) -> Moved:
    """Move every input that has a range to both its ends, one at a time.

    Common random numbers: what differs between both ends is what the input does, but for batches that fall out
    differently; calibrated inputs are moved as well, so the baseline leaves its published totals there.
    """
    moved = [one for one in inputs.by_name.values() if one.low < one.high]
    policy = policy_for(inputs, seed)
    middle = _end(inputs, "", float("nan"), policy, seed, batches)
    if jobs == 1:
        return Moved(batches, middle, tuple(_both_ends(inputs, one, middle, policy, seed, batches) for one in moved))
    from joblib import Parallel, delayed

    found = Parallel(n_jobs=jobs)(delayed(_both_ends)(inputs, one, middle, policy, seed, batches) for one in moved)
    return Moved(batches, middle, tuple(found))


def _both_ends(inputs: Inputs, one: Input, middle: End, policy: Policy, seed: int, batches: int) -> Sensitivity:
    ends: list[End | None] = []
    refused = ""
    for value in (one.low, one.high):
        try:
            ends.append(_end(inputs.with_values({one.name: value}), one.name, value, policy, seed, batches))
        except TwinError as error:
            ends.append(None)
            refused = f"at {value:g} {one.unit}: {error}"
    return Sensitivity(one.name, ends[0], ends[1], middle, refused)


def _end(inputs: Inputs, name: str, value: float, policy: Policy, seed: int, batches: int) -> End:
    known = None if name.startswith(_OF_THE_POLICY) else policy
    scenarios = {"baseline": BASELINE, "augmented": AUGMENTED}
    study = run_study(inputs, scenarios, batches=batches, seed=seed, replications=REPLICATIONS, policy=known)
    parts = (_alone(study, number) for number in range(REPLICATIONS))
    return replace(_figures(study, value), parts=tuple(_figures(part, value) for part in parts))


def _alone(study: Study, number: int) -> Study:
    """One replication as a study; what was done to batches stays that of all, as a share."""
    tallies = {name: [every[number]] for name, every in study.tallies.items()}
    return replace(
        study, replications=1, tallies=tallies, summaries={name: summarise(t) for name, t in tallies.items()}
    )


def _figures(study: Study, value: float) -> End:
    old, new = study.summaries["baseline"], study.summaries["augmented"]
    return End(
        value,
        old.release_days.mean,
        old.failure_rate.mean,
        old.release_days.mean - new.release_days.mean,
        old.failure_rate.mean - new.failure_rate.mean,
        money(study).saved_yearly,
    )
