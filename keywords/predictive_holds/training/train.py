"""Training: checks, a locked split, nested comparison over time, calibration, one look at the test rows, a card."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.hold_rule import Flags, HoldRule
from keywords.predictive_holds.labels import Labels
from keywords.predictive_holds.model_file import canonical_hash, write_model
from keywords.predictive_holds.model_trial import made_here
from keywords.predictive_holds.serving import notes_of
from keywords.predictive_holds.table import Array, Table
from keywords.predictive_holds.training.calibrate import came_true
from keywords.predictive_holds.training.card import coverage, data_card, performance, remarks
from keywords.predictive_holds.training.checks import Learnable, asked_about, learn_preparation, learnable, question
from keywords.predictive_holds.training.fitting import Fitted, Options, fit_again, fit_on, within_budget
from keywords.predictive_holds.training.learn_labels import learn_labels
from keywords.predictive_holds.training.lock import Split, lock_split, log_access, split_by_time
from keywords.predictive_holds.training.members import candidates
from keywords.predictive_holds.training.replaced import against_rule, rule_values
from keywords.predictive_holds.training.rolling_report import rolling_report
from keywords.predictive_holds.training.simulated import is_simulated
from keywords.predictive_holds.training.skill import skill, verdict
from keywords.predictive_holds.training.subgroups import by_subgroup


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
    asked = asked_about(data, options.roles)
    split = split_by_time(data)
    if not out.parent.is_dir():
        raise ModelRefused(f"There is no folder {out.parent}: make it, or choose another --out.")
    development, test = data.take(split.development), data.take(split.test)
    prepared = learn_preparation(development, options.roles)
    if options.replaces:
        rule_values(table, options.replaces)
    for remark in remarks(data_card(development, prepared)):
        say(remark)
    if asked:
        say(f"Careful: {question(data, asked, options.roles.target)}")
    fitted, lock = _fit_locked(data, split, development, options, out, now=now, say=say)
    used = log_access(
        out.with_name(out.name + ".access.jsonl"), now=now, who=who, why="card of a trained model", lock=lock
    )
    raw = fitted.raw_scores(test.table)
    said = fitted.probabilities(raw)
    fitted = replace(fitted, rule=within_budget(fitted.rule, said, options.budget))
    labels = learn_labels(development.table, fitted.preparation.columns)
    noted = np.array([bool(one) for one in notes_of(fitted.preparation, labels, test.table)], bool)
    judged = judge(fitted, development, test, (said, noted), options)
    card = _card(len(data.table.columns), fitted, options, judged, now)
    card["asked_about"] = list(asked)
    card["split"] = lock | {"test_set_used": used, "groups_in_both": len(set(development.groups) & set(test.groups))}
    if not judged["skill"]["shown"]:
        say(f"Careful: {judged['skill']['says']}")
    final = fitted if options.apart else fit_again(fitted, data, split.test, raw, options)
    rule = replace(final.rule, skill=judged["skill"]["shown"])
    card["data"] = data_card(data, final.preparation)
    card["rule"] = _rule_of(rule, options)
    if not options.apart:
        labels = learn_labels(data.table, final.preparation.columns)
    content = _content(final, rule, data if not options.apart else development, labels, options, card)
    card["hash"] = canonical_hash(content)
    made_here(write_model(out, content))
    return card


def _fit_locked(
    data: Learnable,
    split: Split,
    development: Learnable,
    options: Options,
    out: Path,
    *,
    now: datetime,
    say: Callable[[str], None],
) -> tuple[Fitted, dict[str, Any]]:
    """Lock the split, then fit to the development rows; where that is refused, a new lock is taken back."""
    locked = out.with_name(out.name + ".split.json")
    was_locked = locked.exists()
    lock = lock_split(locked, data, split, now=now)
    say(f"{len(split.development)} rows to develop on, {len(split.test)} locked for the test")
    try:
        fitted = fit_on(development, options)
    except ModelRefused:
        if not was_locked:
            locked.unlink()  # nobody has seen the test rows
        raise
    say(f"Rolling origin over the development rows chose {fitted.chosen}")
    return fitted, lock


def judge(
    fitted: Fitted, development: Learnable, test: Learnable, answered: tuple[Array, Flags], options: Options
) -> dict[str, Any]:
    """What the test rows say: skill first, then everything by the one rule of holds.

    `answered` is the probability of each test row, and whether it can't be answered for.
    """
    found, (said, noted) = fitted.found, answered
    shown = verdict(
        skill(found.fail, fitted.out_of_time, found.window, seed=options.seed),
        skill(test.fail, said, np.zeros(len(said), int), seed=options.seed),
    )
    rule = replace(fitted.rule, skill=shown["shown"])
    held = rule.held(said, noted)
    judged = performance(test.fail, said, held, options.cost_ratio) | {
        "calibration": came_true(test.fail, said),
        "conformal": coverage(test.fail, said, rule, noted),
        "subgroups": by_subgroup(test, said, held, options.subgroups),
        "replaced": against_rule(options.replaces, development, test, said, held) if options.replaces else None,
    }
    return {"skill": shown, "test": judged}


def _rule_of(rule: HoldRule, options: Options) -> dict[str, Any]:
    """The rule of holds as the MES and a person read it."""
    return {
        "alpha": options.alpha,
        "threshold": rule.threshold,
        "budget": options.budget,
        "cost_ratio": options.cost_ratio,
        "says": (
            f"RISK where only failing is credible (passing: p of {options.alpha:g} or less) and the probability is"
            f" {rule.threshold:.4f} or more, by a budget of {options.budget:.1%} held and {options.cost_ratio:g} false"
            " holds to a caught failure"
        ),
    }


def _content(
    fitted: Fitted, rule: HoldRule, data: Learnable, labels: Labels | None, options: Options, card: dict[str, Any]
) -> dict[str, Any]:
    """What the model file holds: estimators of scikit-learn, arrays and plain data."""
    matrix = fitted.preparation.matrix(data.table, texts_missing=True)
    places = np.unique(np.linspace(0, len(matrix) - 1, 25).astype(int))
    chosen = data.table.take(places)
    settings = asdict(options.roles) | {
        "known_early": list(options.roles.known_early),
        "seed": options.seed,
        "alpha": options.alpha,
        "budget": options.budget,
        "cost_ratio": options.cost_ratio,
        "threshold": rule.threshold,
        "skill": rule.skill,
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
        "scales": {"members": {name: vars(one) for name, one in fitted.scales.items()}},
        "calibration": vars(fitted.calibration),
        "conformal": vars(rule.conformal),
        "reference": {
            "matrix": matrix[places],
            "probability": fitted.probabilities(fitted.raw_scores(chosen)),
            "usual": np.median(matrix, axis=0),
            "out_of_time": fitted.out_of_time,
        },
        "actions": options.actions,
        "labels": labels.to_dict() if labels else None,
        "card": card,
    }


def _card(columns: int, fitted: Fitted, options: Options, judged: dict[str, Any], now: datetime) -> dict[str, Any]:
    made = candidates(options.sizes, severity=options.roles.severity is not None, rows=len(fitted.found.rows))
    offered = [one for one in made if one.name in fitted.found.scores]
    return {
        "skill": judged["skill"],
        "made_at": now.isoformat(),
        "target": options.roles.target,
        "settings": {
            "seed": options.seed,
            "alpha": options.alpha,
            "budget": options.budget,
            "cost_ratio": options.cost_ratio,
        },
        "known_early": list(options.roles.known_early),
        "generated_data_only": options.generated,
        "tested_as_is": options.apart,
        "chosen": fitted.chosen,
        "members": {name: type(one).__name__ for name, one in fitted.members.items()},
        "development": rolling_report(fitted.found, offered, options.seed),
        "test": judged["test"],
        "note": _note(options, columns),
    }


def _note(options: Options, columns: int) -> str:
    base = f"Judged on the last fifth by time of a table with {columns} columns."
    if options.apart:
        return base + " The model is the one that was judged."
    return base + " The model was then fitted again to all rows: its recipe was judged, it was not."
