"""Write docs/rule-book.md from the rule sets: counts, and every rule with its clause.

python scripts/rule_tables.py [--check]
"""

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import rules

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
    return "\n".join(parts)


def _counts(sets: Iterable[rules.RuleSet]) -> str:
    head = "| Rule set | Rules | Critical | Major | Minor | EU only | US only | Draft | Kinds |\n" + "|---" * 9 + "|\n"
    rows = []
    for one in sets:
        severity = Counter(rule.severity.value for rule in one.rules)
        where = Counter(rule.jurisdiction for rule in one.rules)
        draft = sum(rule.status == "draft" for rule in one.rules)
        cells: list[Any] = [one.name, len(one.rules), severity["critical"], severity["major"], severity["minor"]]
        cells += [where["EU"], where["US"], draft, len({rule.kind for rule in one.rules})]
        rows.append(f"| {' | '.join(str(cell) for cell in cells)} |\n")
    return head + "".join(rows)


def _rules(one: rules.RuleSet) -> str:
    rows = ["| Rule | Severity | Kind | What is in order | Clause | Applies |\n", "|---" * 6 + "|\n"]
    for rule in one.rules:
        applies = "everywhere" if rule.jurisdiction == "any" else rule.jurisdiction
        applies += ", draft" if rule.status == "draft" else ""
        applies += f", from {rule.effective_from}" if rule.effective_from else ""
        cells = (rule.id, rule.severity.value, rule.kind, rule.title, rule.clause, applies)
        rows.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    return "".join(rows)


if __name__ == "__main__":
    made = page()
    if "--check" in sys.argv:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != made:
            sys.exit("docs/rule-book.md is out of date: run 'python scripts/rule_tables.py'.")
    else:
        TARGET.write_text(made, encoding="utf-8")
        print(f"Wrote {TARGET}.")
