"""Training: checks, a locked split, nested comparison over time, calibration, one look at the test rows, a card."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from keywords.predictive_holds.conformal import Conformal, calibrate
from keywords.predictive_holds.ensemble import Scale, blend, probability, raw_score
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.model_file import canonical_hash, write_model
from keywords.predictive_holds.prepare import Preparation
from keywords.predictive_holds.table import Array, Table
from keywords.predictive_holds.training.card import coverage, data_card, performance
from keywords.predictive_holds.training.checks import Learnable, Roles, learn_preparation, learnable
from keywords.predictive_holds.training.learn_labels import learn_labels
from keywords.predictive_holds.training.lock import lock_split, log_access, split_by_time
from keywords.predictive_holds.training.measures import paired_difference, summary, threshold_at_budget, windows_pr_auc
from keywords.predictive_holds.training.members import BASELINE, Candidate, Sizes, candidates, clipped_severity, fit
from keywords.predictive_holds.training.replaced import against_rule, rule_values
from keywords.predictive_holds.training.rolling import (
    OutOfTime,
    blended,
    choices,
    roll,
    scale_of,
    training_matrix,
)
from keywords.predictive_holds.training.simulated import is_simulated
from keywords.predictive_holds.training.subgroups import by_subgroup

DEFAULT = "forest and boosting"
"""The ensemble that is used unless another one proves better over the rolling windows."""
DEFAULT_OF_SEVERITY = "severity"
"""The same where the measured outcome is known: yes and no alone throw away what near misses tell."""


@dataclass(frozen=True)
class Options:
    """How to train. `alpha`: error allowed per class; `budget`: share of batches that may be held; `cost_ratio`: how
    many false holds one caught failure is worth; `apart`: keep the test rows apart for good (needed for approval);
    `subgroups`: columns by whose values the test rows are judged in parts; `replaces`: the column by which batches are
    held so far (needed for approval)."""

    roles: Roles
    seed: int = 2026
    alpha: float = 0.1
    budget: float = 0.1
    cost_ratio: float = 10.0
    apart: bool = False
    generated: bool = False
    subgroups: tuple[str, ...] = ()
    replaces: str | None = None
    sizes: Sizes = field(default_factory=Sizes)
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Fitted:
    preparation: Preparation
    members: dict[str, Any]
    scales: dict[str, Scale]
    final: Scale
    conformal: Conformal
    threshold: float
    out_of_time: Array
    found: OutOfTime
    chosen: str

    def probabilities(self, table: Table) -> Array:
        matrix = self.preparation.matrix(table)
        return blend(self.scales, {name: raw_score(one, matrix) for name, one in self.members.items()}, self.final)


def train(
    table: Table, options: Options, out: Path, *, now: datetime, who: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """Train a model and store it with its card at `out`; beside it the split's lock and the log of test uses.

    Raises:
        ModelRefused: the table can't serve; then nothing is stored.
    """
    if is_simulated(table):
        options = replace(options, generated=True)
    data = learnable(table, options.roles)
    split = split_by_time(data)
    if not out.parent.is_dir():
        raise ModelRefused(f"There is no folder {out.parent}: make it, or choose another --out.")
    learn_preparation(data.take(split.development), options.roles)
    if options.replaces:
        rule_values(table, options.replaces)
    locked = out.with_name(out.name + ".split.json")
    was_locked = locked.exists()
    lock = lock_split(locked, data, split, now=now)
    development, test = data.take(split.development), data.take(split.test)
    say(f"{len(split.development)} rows to develop on, {len(split.test)} locked for the test")
    try:
        fitted = _fit(development, options)
    except ModelRefused:
        if not was_locked:
            locked.unlink()  # nobody has seen the test rows
        raise
    say(f"Rolling origin over the development rows chose {fitted.chosen}")
    used = log_access(
        out.with_name(out.name + ".access.jsonl"), now=now, who=who, why="card of a trained model", lock=lock
    )
    card = _card(data, development, test, fitted, options, lock, used, now)
    final = fitted if options.apart else _fit(data, options, chosen=fitted.chosen)
    card["data"] = data_card(data, final.preparation.left_out, {c.name: c.kind for c in final.preparation.columns})
    content = _content(final, data if not options.apart else development, options, card)
    card["hash"] = canonical_hash(content)
    write_model(out, content)
    return card


def menu(made: list[Candidate]) -> dict[str, list[str]]:
    """The ensembles that may be chosen, named beforehand and few: with a dozen failures the best of many is luck."""
    groups = {
        DEFAULT: [BASELINE, "boosting"],
        "forest, boosting and logistic": [BASELINE, "boosting", "logistic"],
        "logistic": ["logistic"],
    }
    severity = [one.name for one in made if one.on == "severity"]
    if severity:
        groups[DEFAULT_OF_SEVERITY] = severity
        groups["forest, boosting and severity"] = [BASELINE, "boosting", *severity]
    return groups


def _fit(data: Learnable, options: Options, chosen: str | None = None) -> _Fitted:
    made = candidates(options.sizes, severity=data.severity is not None)
    found = roll(data, options.roles, made, seed=options.seed)
    groups = menu(made)
    chosen = chosen or choose(found, groups, options.seed)
    names = groups[chosen]
    mean = blended(found, names)
    final = scale_of(mean, found.fail)
    sure = probability(final.logit(mean))
    preparation = learn_preparation(data, options.roles)
    matrix = training_matrix(preparation, data)
    severity = None if data.severity is None else clipped_severity(data.severity, data.fail)
    members = {one.name: fit(one, matrix, data.fail, severity, options.seed) for one in made if one.name in names}
    scales = {name: scale_of(found.scores[name], found.fail) for name in names}
    threshold = max(threshold_at_budget(sure, options.budget), 1.0 / (1.0 + options.cost_ratio))
    conformal = calibrate(sure, found.fail, options.alpha)
    return _Fitted(preparation, members, scales, final, conformal, threshold, sure, found, chosen)


def default_of(offered: Collection[str]) -> str:
    """The ensemble used unless another proves better: that on the measured outcome where it is known."""
    return DEFAULT_OF_SEVERITY if DEFAULT_OF_SEVERITY in offered else DEFAULT


def choose(found: OutOfTime, groups: dict[str, list[str]], seed: int) -> str:
    """The ensemble to use: the default one, unless another beats it in four draws out of five."""
    default = default_of(groups)
    tried = choices(found, groups)
    best = max(tried, key=lambda name: windows_pr_auc(found.fail, tried[name], found.window))
    if best == default:
        return default
    gain = paired_difference(found.fail, tried[best], tried[default], found.window, seed=seed, draws=300)
    return best if gain["above_zero"] >= 0.8 else default


def _content(fitted: _Fitted, data: Learnable, options: Options, card: dict[str, Any]) -> dict[str, Any]:
    """What the model file holds: estimators of scikit-learn, arrays and plain data."""
    matrix = fitted.preparation.matrix(data.table)
    places = np.unique(np.linspace(0, len(matrix) - 1, 25).astype(int))
    labels = learn_labels(data.table, fitted.preparation.columns)
    scores = {name: raw_score(one, matrix[places]) for name, one in fitted.members.items()}
    settings = asdict(options.roles) | {
        "seed": options.seed,
        "alpha": options.alpha,
        "budget": options.budget,
        "cost_ratio": options.cost_ratio,
        "threshold": fitted.threshold,
        "trees": options.sizes.trees,
        "chosen": fitted.chosen,
        "tested_as_is": options.apart,
        "generated": options.generated,
        "replaces": options.replaces,
    }
    return {
        "preparation": fitted.preparation.to_dict(),
        "settings": settings,
        "members": fitted.members,
        "scales": {"members": {name: vars(one) for name, one in fitted.scales.items()}, "final": vars(fitted.final)},
        "conformal": vars(fitted.conformal),
        "reference": {
            "matrix": matrix[places],
            "probability": blend(fitted.scales, scores, fitted.final),
            "usual": np.median(matrix, axis=0),
            "out_of_time": fitted.out_of_time,
        },
        "actions": options.actions,
        "labels": labels.to_dict() if labels else None,
        "card": card,
    }


def _card(
    data: Learnable,
    development: Learnable,
    test: Learnable,
    fitted: _Fitted,
    options: Options,
    lock: dict[str, Any],
    used: int,
    now: datetime,
) -> dict[str, Any]:
    said = fitted.probabilities(test.table)
    return {
        "made_at": now.isoformat(),
        "target": options.roles.target,
        "settings": {
            "seed": options.seed,
            "alpha": options.alpha,
            "budget": options.budget,
            "cost_ratio": options.cost_ratio,
        },
        "generated_data_only": options.generated,
        "tested_as_is": options.apart,
        "chosen": fitted.chosen,
        "members": {name: type(one).__name__ for name, one in fitted.members.items()},
        "split": lock | {"test_set_used": used, "groups_in_both": len(set(development.groups) & set(test.groups))},
        "development": rolling_report(fitted.found, _made_for(fitted.found, options), options.seed),
        "test": performance(test.fail, said, fitted.threshold, options.cost_ratio)
        | {
            "conformal": coverage(test.fail, said, fitted.conformal),
            "subgroups": by_subgroup(test, said, fitted.threshold, options.subgroups),
            "replaced": against_rule(options.replaces, development, test, said, fitted.threshold)
            if options.replaces
            else None,
        },
        "note": _note(options, len(data.table.columns)),
    }


def _made_for(found: OutOfTime, options: Options) -> list[Candidate]:
    made = candidates(options.sizes, severity=options.roles.severity is not None)
    return [one for one in made if one.name in found.scores]


def _note(options: Options, columns: int) -> str:
    base = f"Judged on the last fifth by time of a table with {columns} columns."
    if options.apart:
        return base + " The model is the one that was judged."
    return base + " The model was then fitted again to all rows: its recipe was judged, it was not."


def rolling_report(found: OutOfTime, made: list[Candidate], seed: int) -> dict[str, Any]:
    """Each candidate and ensemble over the rolling windows, paired with the forest, and the nested choice."""
    offered = menu(made)
    tried = choices(found, {one.name: [one.name] for one in made} | offered)
    base = found.scores[BASELINE]
    rows = []
    for name, score in tried.items():
        pair = paired_difference(found.fail, score, base, found.window, seed=seed, draws=300)
        worth = windows_pr_auc(found.fail, score, found.window)
        rows.append({"name": name, "offered": name in offered, "windows_pr_auc": worth, "to_forest": pair})
    nested = nested_choice(found, {name: tried[name] for name in offered})
    return {
        "rows": len(found.rows),
        "failures": int(found.fail.sum()),
        "windows": len(np.unique(found.window)),
        "forest": {"windows_pr_auc": windows_pr_auc(found.fail, base, found.window)}
        | summary(found.fail, probability(base)),
        "candidates": sorted(rows, key=lambda row: -row["windows_pr_auc"]),
        "nested": {"windows_pr_auc": windows_pr_auc(found.fail, nested, found.window)}
        | {"to_forest": paired_difference(found.fail, nested, base, found.window, seed=seed)},
    }


def nested_choice(found: OutOfTime, tried: dict[str, Array]) -> Array:
    """Scores of whichever ensemble had been best in the windows before; the default one in the first."""
    made = np.empty(len(found.rows))
    for window in np.unique(found.window):
        here, before = found.window == window, found.window < window
        name = default_of(tried)
        if found.fail[before].sum():
            name = max(
                tried, key=lambda one: windows_pr_auc(found.fail[before], tried[one][before], found.window[before])
            )
        made[here] = tried[name][here]
    return made
