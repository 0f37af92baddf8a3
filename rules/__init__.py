"""Rules: facts in, findings out. Knows nothing of the other rooms.

`builtin_rule_set(name).review(facts)` is the whole of it; a rule set is read from YAML, validated, and named by the
hash of its content. Importing this is quick: what reads and compiles rule files is loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rules.errors import BadFact, MissingFact, RuleError

if TYPE_CHECKING:
    from rules.engine import Finding, Outcome, RuleSet
    from rules.examples import ExampleFailure, run_examples
    from rules.loading import builtin_names, builtin_rule_set, load_rule_set

_PLACES = {
    "Finding": "rules.engine",
    "Outcome": "rules.engine",
    "RuleSet": "rules.engine",
    "ExampleFailure": "rules.examples",
    "run_examples": "rules.examples",
    "builtin_names": "rules.loading",
    "builtin_rule_set": "rules.loading",
    "load_rule_set": "rules.loading",
}

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


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'rules' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_PLACES[name]), name)
    return found
