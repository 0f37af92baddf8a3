"""Which rule set reviews which kind of record."""

from functools import cache

import rules
from mes_core.domain.errors import Invalid
from mes_core.messages import RecordKind
from mes_core.services.ports import Reviewer

_SETS = {RecordKind.CAR_T: "car_t_review", RecordKind.TABLET: "data_integrity"}


class BuiltinRules:
    """The rule sets that come with the project, compiled once."""

    def for_kind(self, kind: str) -> Reviewer:
        """The rule set for a kind of record.

        Raises:
            Invalid: there is no rule set for it.
        """
        try:
            name = _SETS[RecordKind(kind)]
        except (ValueError, KeyError):
            raise Invalid(
                f"There is no rule set for records of kind {kind!r}: use one of {', '.join(_SETS)}."
            ) from None
        return _loaded(name)


@cache
def _loaded(name: str) -> Reviewer:
    return rules.builtin_rule_set(name)
