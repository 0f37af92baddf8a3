"""What the answer rests on that nobody measured, and what the answer is without it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from twin.model.errors import TwinError
from twin.study.inputs import Inputs
from twin.study.kpis import Figure
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.run import run_study

WITHOUT: Final[Mapping[str, tuple[str, str]]] = {
    "line.qp_exception_hours": ("line.qp_hours", "certification takes as long as on a paper record"),
    "bots.misses": ("line.person_misses", "a bot misses as many defects as a person"),
    "bots.finding_hours": ("line.again_hours", "closing findings takes as long as reviewing corrected pages"),
    "bots.exception_share": ("", "a bot hands as many items to a person as the range allows"),
}
"""Inputs that make the robots' plant better than the one before, what each is replaced by (another input, or the high
end of its own range), and that in words."""


@dataclass(frozen=True)
class Without:
    """The answer without an assumption: what stands in its place, and what is saved then."""

    names: tuple[str, ...]
    words: str
    values: tuple[tuple[float, float], ...]
    days_saved: Figure
    failures_saved: Figure


def without_assumptions(inputs: Inputs, *, batches: int, seed: int, jobs: int = 1) -> tuple[Without, ...]:
    """The study again without each assumption, and without all of them; those that were measured are left out.

    Same patients, same luck. Raises `TwinError` as `run_study`; where the line can't keep up without an assumption,
    that is said in the words, and the figures are no numbers.
    """
    assumed = {name: given for name, given in WITHOUT.items() if inputs.by_name[name].kind == "assumed"}
    found = [_study(inputs, (name,), words, batches, seed, jobs) for name, (_, words) in assumed.items()]
    if len(assumed) > 1:
        found.append(_study(inputs, tuple(assumed), "all of these at once", batches, seed, jobs))
    return tuple(found)


def _study(inputs: Inputs, names: tuple[str, ...], words: str, batches: int, seed: int, jobs: int) -> Without:
    instead = {name: _instead(inputs, name) for name in names}
    values = tuple((inputs[name], value) for name, value in instead.items())
    scenarios = {"baseline": BASELINE, "augmented": AUGMENTED}
    try:
        study = run_study(inputs.with_values(instead), scenarios, batches=batches, seed=seed, jobs=jobs)
    except TwinError as error:
        nothing = Figure(float("nan"), float("nan"), float("nan"))
        return Without(names, f"{words} ({error})", values, nothing, nothing)
    return Without(names, words, values, study.saved("release_days"), study.saved("failure_rate"))


def _instead(inputs: Inputs, name: str) -> float:
    other, _ = WITHOUT[name]
    return inputs[other] if other else float(inputs.by_name[name].high)
