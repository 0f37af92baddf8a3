"""The model card: data, split, candidates, what the test rows say, and at which prevalence that would be worth what."""

from collections import Counter
from typing import Any

import numpy as np

from keywords.predictive_holds.conformal import Answer
from keywords.predictive_holds.hold_rule import Flags, HoldRule
from keywords.predictive_holds.prepare import Preparation
from keywords.predictive_holds.table import Array, Table
from keywords.predictive_holds.training.checks import Learnable
from keywords.predictive_holds.training.measures import at_prevalence, interval, summary, when_held

PREVALENCES = (0.039, 0.07, 0.154)
"""Share of failing batches in practice (UK lymphoma), in trials, and in the published simulation."""


def data_card(data: Learnable, prepared: Preparation) -> dict[str, Any]:
    """What the table holds: rows, failures over time, missing values, columns that drift, columns left out."""
    kinds = {one.name: one.kind for one in prepared.columns}
    tenths = [float(part.mean()) for part in np.array_split(data.fail, 10)]
    missing, drifting = {}, []
    for name in kinds:
        values = data.table.readings(name).values
        if np.isnan(values).all():
            continue
        share = float(np.isnan(values).mean())
        if share > 0.05:
            missing[name] = round(share, 3)
        shift = _shift(values)
        if shift > 1.0:
            drifting.append({"column": name, "shift_in_spreads": round(shift, 2)})
    drifting.sort(key=lambda one: -float(str(one["shift_in_spreads"])))
    return {
        "source": data.table.source,
        "sha256": data.table.content_hash(),
        "rows": data.table.rows,
        "failures": int(data.fail.sum()),
        "failure_rate_by_tenth": [round(one, 4) for one in tenths],
        "inputs": kinds,
        "left_out": prepared.left_out,
        "bounds": {name: share for name in kinds if (share := _bounds(data.table, name))},
        "words": {name: found for name, kind in kinds.items() if kind == "number" and (found := _words(data, name))},
        "missing_over_5_percent": missing,
        "drifting": drifting,
    }


def _bounds(table: Table, name: str) -> float:
    """Share of cells that say what their value is below or above of."""
    return round(float(table.readings(name).bounds.mean()), 3)


def _words(data: Learnable, name: str) -> dict[str, int]:
    """How many cells of a measured column hold each word, which counts as no value; the commonest twenty."""
    cells = data.table.columns[name]
    found = Counter(cells[row] for row in np.flatnonzero(data.table.readings(name).words).tolist())
    return dict(found.most_common(20))


def remarks(card: dict[str, Any]) -> list[str]:
    """What a person has to know of the columns of a table, one sentence each, from its data card."""
    said = [f"Left out: {name}, which {why}" for name, why in card["left_out"].items()]
    said += [f"Bounds such as '<0.05' in {share:.1%} of {name} count as the limit that they name"
             for name, share in card.get("bounds", {}).items()]  # fmt: skip
    for name, words in card.get("words", {}).items():
        cells = sum(words.values())
        said.append(f"{', '.join(map(repr, words))} in {cells} of {card['rows']} cells of {name} counts as no value")
    return said


def _shift(values: Array) -> float:
    """How far the last third's median lies from the first third's, in robust spreads of the whole column."""
    third = len(values) // 3
    first, last = values[:third], values[-third:]
    if np.isnan(first).all() or np.isnan(last).all():
        return 0.0
    low, high = np.nanquantile(values, [0.25, 0.75])
    return float(abs(np.nanmedian(last) - np.nanmedian(first)) / (high - low)) if high > low else 0.0


def coverage(fail: Array, probability: Array, rule: HoldRule, noted: Flags) -> dict[str, Any]:
    """Per class: how often the true class stays credible, against the promise of 1 - alpha, and the answers given."""
    conformal, answers = rule.conformal, rule.answers(probability, noted)
    can_fail, can_pass = conformal.p_values(probability)
    made: dict[str, Any] = {"promise": 1 - conformal.alpha}
    for name, kind, p_value in (("failed", 1, can_fail), ("passed", 0, can_pass)):
        own = fail == kind
        covered = int((p_value[own] > conformal.alpha).sum())
        low, high = interval(covered, int(own.sum()))
        made[name] = {
            "rows": int(own.sum()),
            "covered": covered,
            "coverage": covered / own.sum() if own.any() else None,
            "interval": [low, high],
            "promise_within_interval_or_better": high >= 1 - conformal.alpha,
            "answers": {
                one.value: sum(a is one for a, mine in zip(answers, own, strict=True) if mine) for one in Answer
            },
        }
    return made


def performance(fail: Array, probability: Array, held: Flags, cost_ratio: float) -> dict[str, Any]:
    """Measures of what the rule holds, and what they would mean where failures are as rare as in practice."""
    found = when_held(fail, held)
    return {
        "summary": summary(fail, probability),
        "at_threshold": found,
        "at_prevalence": [at_prevalence(found, one, cost_ratio) for one in PREVALENCES],
    }
