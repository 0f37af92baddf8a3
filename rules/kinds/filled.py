"""Kind `filled`: each of these parameters is there and filled in; one finding names all that are not."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Name, Reads, RuleBase
from rules.facts import Facts, blank
from rules.family import Kind
from rules.hits import Hit, parameter_hit, parameter_text
from rules.screens import Names, Part, filled


class Filled(RuleBase):
    """Each of these parameters is there and filled in; one finding names all that are not."""

    kind: Literal["filled"]
    parameters: tuple[Name, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(parameters=self.parameters)


def check(rule: Filled, facts: Facts) -> Iterator[Hit]:
    """Parameters that are absent or blank, all in one hit."""
    missing = tuple(name for name in rule.parameters if blank(parameter_text(facts, name)))
    if missing:
        yield parameter_hit(facts, missing, missing=", ".join(missing))


def screen(rule: Filled, names: Names, tag: str) -> Part:
    del tag
    return Part(" and ".join(filled(names.text(name)) for name in rule.parameters))


KIND = Kind(Filled, check, words=("missing", "values", "names"), place="values", screen=screen)
