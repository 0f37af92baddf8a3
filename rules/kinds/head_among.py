"""Kind `head_among`: every name in a list of the batch record's head is one of these."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Name, Reads, RuleBase
from rules.errors import MissingFact
from rules.facts import RECORD, Fact, Facts
from rules.family import Kind
from rules.hits import Hit, head_of
from rules.screens import Names, Part, got


class HeadAmong(RuleBase):
    """Every name in a list of the batch record's head is one of these."""

    kind: Literal["head_among"]
    field: Name
    allowed: tuple[str, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(head=(self.field,))


def check(rule: HeadAmong, facts: Facts) -> Iterator[Hit]:
    """Names in a list of the head that are not known."""
    listed = head_of(facts).get(rule.field)
    if not isinstance(listed, list | tuple) or not listed:
        raise MissingFact(f"batch.{rule.field}")
    odd = [one for one in listed if one not in rule.allowed]
    if odd:
        words = {"value": ", ".join(str(one) for one in odd), "allowed": ", ".join(rule.allowed)}
        yield Hit((rule.field,), (listed,), (Fact(f"batch.{rule.field}", listed, RECORD),), words)


def screen(rule: HeadAmong, names: Names, tag: str) -> Part:
    listed = f"({tag}l := {got(rule.field, 'h')}).__class__ is list and {tag}l != []"
    return Part(f"{listed} and {names.give(frozenset(rule.allowed))}.issuperset({tag}l)")


KIND = Kind(HeadAmong, check, words=("value", "allowed"), place="head", screen=screen)
