"""Which rule set reviews which kind of record."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import rules
from mes_core.domain.errors import Invalid
from mes_core.messages import RecordKind
from mes_core.services.ports import Outcome, Reviewer

SETS = {RecordKind.CAR_T: "car_t_review", RecordKind.TABLET: "data_integrity"}
"""The rule set for each kind of record."""


class BuiltinRules:
    """The rule sets that come with the project, compiled once."""

    def for_kind(self, kind: str) -> Reviewer:
        """The rule set for a kind of record.

        Raises:
            Invalid: there is no rule set for it.
        """
        try:
            name = SETS[RecordKind(kind)]
        except (ValueError, KeyError):
            raise Invalid(f"There is no rule set for records of kind {kind!r}: use one of {', '.join(SETS)}.") from None
        return _loaded(name)


class _Careful:
    """A rule set whose complaint about a fact comes out as a refusal, so that no verdict is stored."""

    def __init__(self, rule_set: rules.RuleSet) -> None:
        self._rule_set = rule_set

    @property
    def content_hash(self) -> str:
        """What names the rule set: the hash of its content."""
        return self._rule_set.content_hash

    @property
    def trended(self) -> tuple[str, ...]:
        """Parameters whose earlier values the rules want to see."""
        return self._rule_set.trended

    def review(self, facts: Mapping[str, Any], /) -> Outcome:
        """Facts in, verdict out.

        Raises:
            Invalid: a fact that can't be one.
        """
        try:
            return self._rule_set.review(facts)
        except rules.BadFact as error:
            raise Invalid(f"The batch can't be reviewed: {error}") from None


@cache
def _loaded(name: str) -> Reviewer:
    return _Careful(rules.builtin_rule_set(name))
