"""Rules: facts in, findings out. Knows nothing of the other rooms.

`builtin_rule_set(name).review(facts)` is the whole of it; a rule set is read from YAML, validated, and named by the
hash of its content.
"""

from rules.engine import Finding, Outcome, RuleSet
from rules.errors import BadFact, MissingFact, RuleError
from rules.examples import ExampleFailure, run_examples
from rules.loading import builtin_names, builtin_rule_set, load_rule_set

__all__ = [
    "BadFact",
    "ExampleFailure",
    "Finding",
    "MissingFact",
    "Outcome",
    "RuleError",
    "RuleSet",
    "builtin_names",
    "builtin_rule_set",
    "load_rule_set",
    "run_examples",
]
