"""How well the review finds what is wrong: clean records are corrupted by the twin and reviewed as in the MES."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np

import rules
from batchwright.support.errors import Refused
from mes_core.domain.audit import canonical
from mes_core.messages import Observation
from mes_core.services.batches.instruments import SYSTEM, TABLE
from mes_core.services.batches.records import observation_row, row_of
from mes_core.services.batches.review_facts import facts_of, head_of
from twin.defects import OPERATORS, Bundle, NotApplicableError, mutate
from twin.world import MARKETS, make_clean_bundles

_NOW = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
_CHUNK = 500
CLEAN = 2000
"""Clean records that are reviewed beside the corrupted ones."""
_REFUSED = "facts refused"
"""Stands for a rule where the facts are so broken that no rule is asked."""
_TRIES = 50
_AFTER_RELEASE = ("shipping", "filing_clocks")
_RULE_SETS = ("car_t_review", *_AFTER_RELEASE)
_CRITICAL = "critical"
_Z = 1.959964


def mutate_and_review(n: int, seed: int, *, clean: int = CLEAN) -> dict[str, Any]:
    """Corrupt `n` records, the operators in turn, and review them and `clean` others that were left alone.

    A critical corruption is detected when the batch is not ready, another one when anything is found. Facts so broken
    that the rules refuse them count as detected: no verdict is given.

    What happened to the shipment after the release is judged by the rules on shipping and filing, as in the MES.

    Returns:
        `not_reached` (critical rules of the record and of shipping that no corruption made speak),
        `critical`, `other` and `cannot_be_caught` (corruptions that no system can show) with `detected` and `of`,
        `clean` with `held` and `of`, and a row for every operator with its 95 % interval (Wilson), the rule that found
        it most often and, where there is one, the reason why it can't be caught.
    """
    book = {name: rules.builtin_rule_set(name) for name in _RULE_SETS}
    spoke: set[str] = set()
    rng = np.random.default_rng(seed)
    names = list(OPERATORS)
    counts = {name: [0, 0] for name in names}
    rules_of: dict[str, Counter[str]] = {name: Counter() for name in names}
    bundles = _bundles(seed)
    for number in range(n):
        name = names[number % len(names)]
        damaged = _damaged(bundles, name, rng)
        counts[name][1] += 1
        operator = OPERATORS[name]
        judged = _judged(book, damaged, after_release=operator.after_release)
        by = {rule for one in judged for rule in one.rules}
        spoke |= by
        rules_of[name].update(by)
        counts[name][0] += any(one.stops if operator.critical else one.found for one in judged)
    held = sum(_held(book, bundle) for bundle in islice(_bundles(seed + 1), clean))
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
    silent = [one for name in ("car_t_review", "shipping") for one in _critical(book[name]) if one not in spoke]
    return {**totals, "clean": {"held": held, "of": clean}, "not_reached": silent, "operators": rows}


def _critical(rule_set: rules.RuleSet) -> list[str]:
    """Critical rules in force; a draft is applied only when asked for."""
    return [one.id for one in rule_set.rules if one.severity == _CRITICAL and one.status != "draft"]


def _bundles(seed: int) -> Iterator[Bundle]:
    chunk = 0
    while True:
        yield from make_clean_bundles(_CHUNK, seed * 1_000_003 + chunk, now=_NOW, markets=MARKETS)
        chunk += 1


def _damaged(bundles: Iterator[Bundle], name: str, rng: np.random.Generator) -> Bundle:
    """The next record that holds something which the operator can damage."""
    for _ in range(_TRIES):
        try:
            return mutate(next(bundles), name, rng)[0]
        except NotApplicableError:
            continue
    raise Refused(f"Operator {name} found nothing to damage in {_TRIES} records: see twin/defects.")


@dataclass(frozen=True)
class _Judged:
    """What one rule set says: whether it stops the batch, whether it finds anything, and which rules spoke."""

    stops: bool
    found: bool
    rules: tuple[str, ...] = ()


def _judged(book: dict[str, rules.RuleSet], bundle: Bundle, *, after_release: bool) -> list[_Judged]:
    names = _AFTER_RELEASE if after_release else ("car_t_review",)
    facts = facts_of_shipment(bundle) if after_release else facts_of_bundle(bundle)
    return [_outcome(book[name], facts) for name in names]


def _outcome(rule_set: rules.RuleSet, facts: dict[str, Any]) -> _Judged:
    try:
        outcome = rule_set.review(facts)
    except rules.BadFact:
        return _Judged(stops=True, found=True, rules=(_REFUSED,))
    spoke = tuple(one.rule for one in outcome.findings)
    return _Judged(stops=outcome.verdict != "READY", found=bool(spoke), rules=spoke)


def _held(book: dict[str, rules.RuleSet], bundle: Bundle) -> bool:
    """Whether a clean record or its clean shipment is stopped."""
    return any(one.stops for later in (False, True) for one in _judged(book, bundle, after_release=later))


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
        observation_row(
            batch, Observation(system=system, table=table, page=f"/{table}", read_at=_NOW, rows=tuple(_numbered(rows)))
        )
        for system, table, rows in tables
    ]
    if bundle.instrument_results:
        rows, page = tuple(bundle.instrument_results), bundle.instrument_results[-1]["file"]
        # The MES puts this table together itself from the files that it is given.
        observed.append(row_of(batch, Observation(system=SYSTEM, table=TABLE, page=page, read_at=_NOW, rows=rows)))
    return {
        **facts_of({"record": canonical(bundle.record)}, observed, _NOW),
        "plant": {"zone": "UTC"},
        "history": {},
    }


def facts_of_shipment(bundle: Bundle) -> dict[str, Any]:
    """The facts that the MES would give the rules on shipping and filing for such a batch."""
    head = head_of({"record": canonical(bundle.record)})
    return {**bundle.shipped, "batch": head, "plant": {"zone": "UTC"}}


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
