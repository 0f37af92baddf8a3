"""Every rule brings facts on which it is satisfied and facts on which it is not. They are its unit tests.

Their plant stands in UTC unless an example names another zone.
"""

from dataclasses import dataclass
from typing import Any

from rules.base import RuleBase
from rules.engine import RuleSet
from rules.errors import MissingFact
from rules.kinds import KINDS


@dataclass(frozen=True)
class ExampleFailure:
    """An example that did not come out as it says."""

    rule: str
    example: str
    what: str


def run_examples(rule_set: RuleSet) -> list[ExampleFailure]:
    """Run the examples of every rule; returns those that did not come out as they say."""
    failures: list[ExampleFailure] = []
    for rule in rule_set.rules:
        for kind, wanted, examples in (("passing", 0, rule.examples.passing), ("failing", 1, rule.examples.failing)):
            for number, facts in enumerate(examples, start=1):
                what = _wrong(rule, facts, fires=bool(wanted))
                if what:
                    failures.append(ExampleFailure(rule.id, f"{kind} {number}", what))
    return failures


def _wrong(rule: RuleBase, facts: dict[str, Any], *, fires: bool) -> str:
    try:
        hits = list(KINDS[rule.kind].check(rule, {"plant": {"zone": "UTC"}, **facts}))
    except MissingFact as missing:
        return f"could not run: {missing.path} is missing"
    if bool(hits) == fires:
        return ""
    return "did not fire" if fires else f"fired on {', '.join(hits[0].fields)}"
