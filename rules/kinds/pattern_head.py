"""Kind `pattern_head`: a field of the head, where it is filled in, has this form."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from rules.base import Name, Reads, RuleBase
from rules.facts import Fact, Facts, blank
from rules.family import Kind
from rules.hits import Hit, head_of
from rules.screens import Names, Part, got


class PatternHead(RuleBase):
    """A field of the head, where it is filled in, has this form (no repeats without bound: no backtracking)."""

    kind: Literal["pattern_head"]
    field: Name
    pattern: Annotated[
        str, Field(max_length=100, pattern=r"^(?:[A-Za-z0-9 _-]|\\.|\[[A-Za-z0-9_-]+\](?:\{\d{1,2}\})?)+$")
    ]

    def reads(self) -> Reads:
        return Reads(head=(self.field,))


def check(rule: PatternHead, facts: Facts) -> Iterator[Hit]:
    """A field of the head that has another form."""
    value = head_of(facts).get(rule.field)
    if not blank(value) and not re.fullmatch(rule.pattern, str(value)):
        yield Hit((rule.field,), (value,), (Fact(f"batch.{rule.field}", value),), {"value": value})


def screen(rule: PatternHead, names: Names, tag: str) -> Part:
    form = names.give(re.compile(rule.pattern).fullmatch)
    return Part(f"({tag}v := {got(rule.field, 'h')}).__class__ is str and {form}({tag}v) is not None")


KIND = Kind(PatternHead, check, words=("value",), place="head", screen=screen)
