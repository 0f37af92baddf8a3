"""What each assumption does to the answer: the study anew at both ends of its range, on the same patients and luck."""

from dataclasses import dataclass
from typing import Final

from twin.model.errors import TwinError
from twin.study.holds import Policy
from twin.study.inputs import Input, Inputs
from twin.study.money import money
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.run import policy_for, run_study

MOST_BATCHES: Final = 600
_OF_THE_POLICY: Final = ("cells.", "holds.")


@dataclass(frozen=True)
class End:
    """The answer with one input at one end of its range: release days and failure rate of the baseline, and what the
    robots save of both, and EUR saved a year."""

    value: float
    release_days: float
    failure_rate: float
    days_saved: float
    failures_saved: float
    yearly: float


@dataclass(frozen=True)
class Sensitivity:
    """One input at the low and at the high end of its range; `refused` says why there is no answer at an end."""

    name: str
    low: End | None
    high: End | None
    refused: str = ""

    def width(self, what: str) -> float:
        """By how much a figure of `End` differs between both ends; without end where the line can't keep up at one:
        nothing moves the answer more."""
        if self.low is None or self.high is None:
            return float("inf")
        return float(getattr(self.high, what)) - float(getattr(self.low, what))


@dataclass(frozen=True)
class Moved:
    """The answer with every input at its value, and every input with a range, in the order of the inputs."""

    batches: int
    middle: End
    inputs: tuple[Sensitivity, ...]

    def widest(self, what: str, count: int) -> tuple[Sensitivity, ...]:
        """Those that move a figure of `End` the most."""
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
        return Moved(batches, middle, tuple(_both_ends(inputs, one, policy, seed, batches) for one in moved))
    from joblib import Parallel, delayed

    found = Parallel(n_jobs=jobs)(delayed(_both_ends)(inputs, one, policy, seed, batches) for one in moved)
    return Moved(batches, middle, tuple(found))


def _both_ends(inputs: Inputs, one: Input, policy: Policy, seed: int, batches: int) -> Sensitivity:
    ends: list[End | None] = []
    refused = ""
    for value in (one.low, one.high):
        try:
            ends.append(_end(inputs.with_values({one.name: value}), one.name, value, policy, seed, batches))
        except TwinError as error:
            ends.append(None)
            refused = f"at {value:g} {one.unit}: {error}"
    return Sensitivity(one.name, ends[0], ends[1], refused)


def _end(inputs: Inputs, name: str, value: float, policy: Policy, seed: int, batches: int) -> End:
    known = None if name.startswith(_OF_THE_POLICY) else policy
    scenarios = {"baseline": BASELINE, "augmented": AUGMENTED}
    study = run_study(inputs, scenarios, batches=batches, seed=seed, replications=4, policy=known)
    old, new = study.summaries["baseline"], study.summaries["augmented"]
    return End(
        value,
        old.release_days.mean,
        old.failure_rate.mean,
        old.release_days.mean - new.release_days.mean,
        old.failure_rate.mean - new.failure_rate.mean,
        money(study).saved_yearly,
    )
