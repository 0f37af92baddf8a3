"""Which rule set reviews which kind of record. The one place where the MES calls the rules."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rules
from mes_core.domain.errors import Invalid
from mes_core.messages import RecordKind
from mes_core.services.ports import Outcome, Reviewer

SETS = {RecordKind.CAR_T: "car_t_review", RecordKind.TABLET: "data_integrity"}
"""The rule set for each kind of record."""
AFTER_RELEASE = frozenset({"shipping", "filing_clocks"})
"""Rule sets that judge what happens to a released batch of cells; asked for by their own names."""


class BuiltinRules:
    """The rule sets that come with the project, or files of the same name that stand in for them; compiled once."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take the folder with files that stand in for built-in sets: `car_t_review.yaml`, `data_integrity.yaml`."""
        self._folder = folder
        self._loaded: dict[str, Reviewer] = {}

    def for_kind(self, kind: str) -> Reviewer:
        """The rule set for a kind of record, or one of `AFTER_RELEASE`.

        Raises:
            Invalid: there is no rule set for it, or its file can't be used.
        """
        try:
            name = kind if kind in AFTER_RELEASE else SETS[RecordKind(kind)]
        except (ValueError, KeyError):
            raise Invalid(f"There is no rule set for records of kind {kind!r}: use one of {', '.join(SETS)}.") from None
        if name not in self._loaded:
            self._loaded[name] = _Careful(self._load(name))
        return self._loaded[name]

    def _load(self, name: str) -> rules.RuleSet:
        file = self._folder / f"{name}.yaml" if self._folder else None
        if file is None or not file.is_file():
            return rules.builtin_rule_set(name)
        try:
            loaded = rules.load_rule_set(file)
        except rules.RuleError as error:
            raise Invalid(str(error)) from None
        if loaded.name != name:
            raise Invalid(f"{file} holds the rule set {loaded.name!r}, not {name!r}: rename the file or the set.")
        return loaded


class _Careful:
    """A rule set whose complaint about a fact comes out as a refusal, so that no verdict is stored."""

    def __init__(self, rule_set: rules.RuleSet) -> None:
        self._rule_set = rule_set

    @property
    def name(self) -> str:
        """Name of the rule set."""
        return self._rule_set.name

    @property
    def version(self) -> str:
        """Its version, as its authors count."""
        return self._rule_set.version

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
