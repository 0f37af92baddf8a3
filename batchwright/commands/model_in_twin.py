"""A model and its own corrective actions inside the twin: what they prevent, against the same batches left alone.

The model is asked about the record of each batch as the bot asks it, on its culture day, and holds by its own rule. A
batch that it holds is grown again from the same donor, with the same noise at harvest, under the plan that its action
makes; what the action does follows from the kinetics. Nothing else is acted on.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from batchwright.commands.model_twin import action_plans
from mes_core.messages import BatchRecord
from twin.model import LATE_NOISE, draw_donor, grow, harvest, stack_donors, standard_plan
from twin.model.culture import Plan
from twin.world.biology import Biology, grow_all
from twin.world.chance import seeded
from twin.world.record import Frame, clean_record
from twin.world.supply import Supply

if TYPE_CHECKING:
    from keywords.predictive_holds.serving import Model

Flags = NDArray[np.bool_]
_START = datetime(2025, 1, 1, 13, tzinfo=UTC)
_APART = timedelta(hours=9)
PAPER_FAILURES = (0.154, 0.105)
"""Share of batches that fail without and with early intervention, as the published simulation of 500 reports it."""


@dataclass(frozen=True)
class Arms:
    """The same batches left alone and with the model: `failed` (2, n), and which were `held` (n,)."""

    failed: Flags
    held: Flags
    action: str

    def counts(self) -> dict[str, Any]:
        """Batches, failures in both arms, holds, and what the action did; shares with exact 95 % intervals."""
        from keywords.predictive_holds.training.measures import interval

        alone, helped = self.failed
        batches, prevented = len(alone), int((alone & ~helped).sum())
        return {
            "batches": batches,
            "action": self.action,
            "failed_alone": int(alone.sum()),
            "failed_with_model": int(helped.sum()),
            "held": int(self.held.sum()),
            "held_share": float(self.held.mean()),
            "caught": int((self.held & alone).sum()),
            "prevented": prevented,
            "caused": int((~alone & helped).sum()),
            "prevented_of_failures": list(interval(prevented, int(alone.sum()))),
            "failure_rate_alone": list(interval(int(alone.sum()), batches)),
            "failure_rate_with_model": list(interval(int(helped.sum()), batches)),
        }


def model_in_twin(model: "Model", *, batches: int, seed: int, day: int = 3) -> Arms:
    """Grow `batches` batches twice.

    Args:
        model: The model, with its table of actions.
        batches: How many; number 1 onwards of `seed`.
        seed: Another than the one that the model learnt from, or its own rows are asked about.
        day: Culture day of the decision.
    """
    held = _held(model, grow_all(seed, 1, batches, failures=True), seed, day)
    rngs = [np.random.default_rng([seed & 0xFFFFFFFF, number, 11]) for number in range(1, batches + 1)]
    drawn = [(draw_donor(rng), rng.standard_normal(LATE_NOISE)) for rng in rngs]
    donors, noise = stack_donors([donor for donor, _ in drawn]), np.stack([late for _, late in drawn])
    plan = standard_plan(batches)

    def failed(tried: Plan) -> Flags:
        return harvest(donors, tried, grow(donors, tried), noise).failed()

    alone = failed(plan)
    best = _best_action(model)
    acted = failed(action_plans(plan, day)[best]) if best else alone
    return Arms(np.stack([alone, np.where(held, acted, alone)]), held, best)


def _best_action(model: "Model") -> str:
    """The action that the model proposes with RISK, as the bot takes it from its table; empty where there is none."""
    from keywords.predictive_holds.library import best_action

    found = best_action(model)
    return str(found["action"]) if found else ""


def _held(model: "Model", cells: list[Biology], seed: int, day: int) -> Flags:
    """Which batches the model holds, asked about what their records show by the culture day."""
    from keywords.predictive_holds.early import early_values
    from keywords.predictive_holds.table import Table

    names = model.preparation.names
    rows = [early_values(record, day) for record in records_of(cells, seed)]
    table = Table({name: [row.get(name, "") for row in rows] for name in names}, "batches of the twin", len(rows))
    return np.array([one.hold for one in model.predict(table)], bool)


def records_of(cells: list[Biology], seed: int) -> list[BatchRecord]:
    """The record of each batch, from number 1 on, as it comes to the MES."""
    supply, made = Supply(seed), []
    for number, one in enumerate(cells, start=1):
        start = _START + number * _APART
        frame = Frame(number, start, start + timedelta(days=30), seeded("record", seed, number))
        made.append(BatchRecord.model_validate(clean_record(frame, one, supply)))
    return made


def first(arms: Arms, batches: int) -> Arms:
    """The first batches of both arms."""
    return replace(arms, failed=arms.failed[:, :batches], held=arms.held[:batches])


def lines_of(found: list[dict[str, Any]]) -> list[str]:
    """One line for each number of batches, and the published one beside them."""
    lines = [
        f"{one['batches']} batches: {one['failed_alone']} fail alone, {one['failed_with_model']} with the model and"
        f" '{one['action'] or 'no action'}'; {one['held']} held ({one['held_share']:.1%}), {one['caught']} of them"
        f" would fail, {one['prevented']} prevented, {one['caused']} caused; of the failures"
        f" {one['prevented_of_failures'][0]:.0%} to {one['prevented_of_failures'][1]:.0%} are prevented (95 %)"
        for one in found
    ]
    alone, helped = PAPER_FAILURES
    return [*lines, f"The published simulation says {alone:.1%} and {helped:.1%}: {1 - helped / alone:.0%} prevented"]
