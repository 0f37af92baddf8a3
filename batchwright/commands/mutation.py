"""How well the review finds what is wrong: clean records are corrupted by the twin and reviewed as in the MES."""

import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np

import rules
from batchwright.support.errors import Refused
from mes_core.domain.audit import canonical
from mes_core.messages import Observation
from mes_core.services.batches.records import observation_row
from mes_core.services.batches.review_facts import facts_of
from twin.defects import OPERATORS, Bundle, NotApplicableError, mutate
from twin.world import make_clean_bundles

_NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
_CHUNK = 500
CLEAN = 2000
"""Clean records that are reviewed beside the corrupted ones."""
_REFUSED = "facts refused"
"""Stands for a rule where the facts are so broken that no rule is asked."""
_TRIES = 50
_Z = 1.959964


def mutate_and_review(n: int, seed: int, *, clean: int = CLEAN) -> dict[str, Any]:
    """Corrupt `n` records, the operators in turn, and review them and `clean` others that were left alone.

    A critical corruption is detected when the batch is not ready, another one when anything is found. Facts so broken
    that the rules refuse them count as detected: no verdict is given.

    Returns:
        `critical`, `other` and `cannot_be_caught` (corruptions that no system can show) with `detected` and `of`,
        `clean` with `held` and `of`, and a row for every operator with its 95 % interval (Wilson), the rule that found
        it most often and, where there is one, the reason why it can't be caught.
    """
    rule_set = rules.builtin_rule_set("car_t_review")
    rng = np.random.default_rng(seed)
    names = list(OPERATORS)
    counts = {name: [0, 0] for name in names}
    rules_of: dict[str, Counter[str]] = {name: Counter() for name in names}
    bundles = _bundles(seed)
    for number in range(n):
        name = names[number % len(names)]
        damaged = _damaged(bundles, name, rng)
        counts[name][1] += 1
        detected, by = _reviewed(rule_set, damaged, critical=OPERATORS[name].critical)
        counts[name][0] += detected
        rules_of[name].update(by)
    held = sum(_reviewed(rule_set, bundle, critical=True)[0] for bundle in islice(_bundles(seed + 1), clean))
    rows = [_row(name, counts[name][0], counts[name][1], rules_of[name]) for name in names]
    groups = {
        "critical": [row for row in rows if row["critical"]],
        "other": [row for row in rows if not row["critical"] and not row["why_not"]],
        "cannot_be_caught": [row for row in rows if not row["critical"] and row["why_not"]],
    }
    totals = {
        kind: {"detected": sum(row["detected"] for row in members), "of": sum(row["of"] for row in members)}
        for kind, members in groups.items()
    }
    return {**totals, "clean": {"held": held, "of": clean}, "operators": rows}


def _bundles(seed: int) -> Iterator[Bundle]:
    chunk = 0
    while True:
        yield from make_clean_bundles(_CHUNK, seed * 1_000_003 + chunk, now=_NOW)
        chunk += 1


def _damaged(bundles: Iterator[Bundle], name: str, rng: np.random.Generator) -> Bundle:
    """The next record that holds something which the operator can damage."""
    for _ in range(_TRIES):
        try:
            return mutate(next(bundles), name, rng)[0]
        except NotApplicableError:
            continue
    raise Refused(f"Operator {name} found nothing to damage in {_TRIES} records: see twin/defects.")


def _reviewed(rule_set: rules.RuleSet, bundle: Bundle, *, critical: bool) -> tuple[bool, set[str]]:
    """Whether a review finds something, and the rules that do."""
    try:
        outcome = rule_set.review(facts_of_bundle(bundle))
    except rules.BadFact:
        return True, {_REFUSED}
    detected = outcome.verdict != "READY" if critical else bool(outcome.findings)
    return detected, {one.rule for one in outcome.findings}


def facts_of_bundle(bundle: Bundle) -> dict[str, Any]:
    """The facts that the MES would give the rules for such a batch."""
    batch = str(bundle.record["batch_id"])
    tables = (
        ("lims", "samples", bundle.lims_samples),
        ("lims", "results", bundle.lims_results),
        ("erp", "consumption", bundle.erp_consumption),
        ("erp", "stock", bundle.erp_stock),
    )
    observed = [
        Observation(system=system, table=table, page=f"/{table}", read_at=_NOW, rows=tuple(_numbered(rows)))
        for system, table, rows in tables
    ]
    return {
        **facts_of({"record": canonical(bundle.record)}, [observation_row(batch, one) for one in observed], _NOW),
        "plant": {"zone": "UTC"},
        "history": {},
    }


def _numbered(rows: Any) -> list[dict[str, Any]]:
    return [{**row, "row": str(number)} for number, row in enumerate(rows, start=1)]


def _row(name: str, detected: int, of: int, by: Counter[str]) -> dict[str, Any]:
    operator = OPERATORS[name]
    low, high = _wilson(detected, of)
    # Of rules that found it equally often the first by its id, so that the same run gives the same table.
    rule, times = min(by.items(), key=lambda one: (-one[1], one[0]), default=("", 0))
    return {
        "operator": name,
        "critical": operator.critical,
        "clause": operator.clause,
        "detected": detected,
        "of": of,
        "low": round(low, 4),
        "high": round(high, 4),
        "why_not": operator.why_not or "",
        "rule": rule,
        "rule_times": times,
    }


def _wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, _Z * _Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / of + spread / of / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
