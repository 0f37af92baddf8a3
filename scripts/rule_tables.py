"""Write docs/rule-book.md from the rule sets: counts, and every rule with its clause.

python scripts/rule_tables.py [--check]
"""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import rules
from rules.product import Product

TARGET = Path(__file__).parent.parent / "docs" / "rule-book.md"
_INTRODUCTION = """\
# The rule book

Made from the rule files by `python scripts/rule_tables.py`; a test fails when it is out of date. `batchwright rules
explain ID` shows a rule with its words for the reviewer, its next step, its examples, and how often it fired.
"""


def page() -> str:
    """The whole page as Markdown."""
    sets = [rules.builtin_rule_set(name) for name in rules.builtin_names()]
    parts = [_INTRODUCTION, _counts(sets)]
    for one in sets:
        parts.append(f"## {one.title}\n\n`{one.name}` {one.version}, {len(one.rules)} rules\n\n{_rules(one)}")
        if one.product:
            parts.append(_product(one.product))
    return "\n".join(parts)


def _counts(sets: Iterable[rules.RuleSet]) -> str:
    head = "| Rule set | Rules | Critical | Major | Minor | Of one jurisdiction | Draft | To verify | Kinds |\n"
    head += "|---" * 9 + "|\n"
    rows = []
    for one in sets:
        severity = Counter(rule.severity.value for rule in one.rules)
        local = sum("any" not in rule.applies_in for rule in one.rules)
        draft = sum(rule.status == "draft" for rule in one.rules)
        cells: list[Any] = [one.name, len(one.rules), severity["critical"], severity["major"], severity["minor"]]
        open_ = sum(rule.to_verify for rule in one.rules)
        cells += [local, draft, open_, len({rule.kind for rule in one.rules})]
        rows.append(f"| {' | '.join(str(cell) for cell in cells)} |\n")
    return head + "".join(rows)


def _rules(one: rules.RuleSet) -> str:
    rows = ["| Rule | Severity | Kind | What is in order | Clause | Applies |\n", "|---" * 6 + "|\n"]
    for rule in one.rules:
        applies = "everywhere" if "any" in rule.applies_in else ", ".join(sorted(rule.applies_in))
        applies += ", draft" if rule.status == "draft" else ""
        applies += f", from {rule.effective_from}" if rule.effective_from else ""
        applies += ", to verify" if rule.to_verify else ""
        cells = (rule.id, rule.severity.value, rule.kind, rule.title, rule.clause, applies)
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    return "".join(rows)


def _product(product: Product) -> str:
    """What the master record of the product says, each number with its source."""
    rows = [f"### Data of the product {product.code}\n\n", "| Limit | Value | Unit | Source |\n", "|---|--:|---|---|\n"]
    for name, one in product.limits.items():
        rows.append(f"| {name} | {one.value:g} | {one.unit} | {_sourced(one.source, one.to_verify)} |\n")
    rows.append("\n| Indication | Body weight | Dose, 1e6 cells | Source |\n|---|---|---|---|\n")
    for band in product.dose_bands:
        dose = f"{band.low:g} to {band.high:g}{' for each kg' if band.per == 'kg' else ''}"
        weight = f"above {band.over_kg:g}{'' if band.to_kg is None else f', up to {band.to_kg:g}'} kg"
        rows.append(f"| {band.indication} | {weight} | {dose} | {_sourced(band.source, band.to_verify)} |\n")
    return "".join(rows)


def _sourced(source: str, to_verify: bool) -> str:
    return f"{source}{' (to be verified)' if to_verify else ''}"


if __name__ == "__main__":
    made = page()
    if "--check" in sys.argv:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != made:
            sys.exit("docs/rule-book.md is out of date: run 'python scripts/rule_tables.py'.")
    else:
        TARGET.write_text(made, encoding="utf-8")
        print(f"Wrote {TARGET}.")
