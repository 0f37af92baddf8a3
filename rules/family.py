"""What a kind of rule is made of. Each kind has a file of its own in `rules/kinds`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from rules.base import RuleBase
from rules.facts import Facts
from rules.hits import Hit
from rules.screens import Names, Part

Check = Callable[[Any, Facts], Iterator[Hit]]
"""Looks for ways in which a rule is not satisfied; a fact that is not there raises `MissingFact`."""
Screen = Callable[[Any, Names, str], Part]
"""Gives the condition under which a rule surely is satisfied: from the rule, the constants, and a tag of its own."""
Place = Literal["entries", "values", "head", "facts"]
"""Where a screen stands: in the loop over a list, among the parameters, in the head, or anywhere in the facts."""
Together = Callable[[list[tuple[int, Any]], Names], list[str]]
"""The lines of a screen for all rules of a kind, given with their places in the set."""


@dataclass(frozen=True)
class Kind:
    """One kind of rule: what a file may say, how it is judged, how it is cleared, and the words for its text.

    A kind without a screen works and is merely slower. `words` are what a text may use in braces beside `item` and the
    fields that a finding shows.
    """

    entry: type[RuleBase]
    check: Check
    words: tuple[str, ...] = ()
    place: Place | None = None
    screen: Screen | None = None
    together: Together | None = None

    @property
    def name(self) -> str:
        """The name under which rule files know it."""
        return str(self.entry.model_fields["kind"].annotation.__args__[0])  # type: ignore[union-attr]
