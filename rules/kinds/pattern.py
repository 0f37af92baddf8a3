"""Kind `pattern`: a name of an entry does not begin like those of bots and shared accounts (case does not matter)."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, blank
from rules.family import Kind
from rules.hits import Hit, chosen, hit, known_test
from rules.screens import Names, Part


class Pattern(Each):
    """A name of an entry does not begin like those of bots and shared accounts (case does not matter)."""

    kind: Literal["pattern"]
    fields: tuple[Name, ...] = Field(min_length=1)
    forbidden: tuple[str, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=self.fields)


def check(rule: Pattern, facts: Facts) -> Iterator[Hit]:
    """Names that are no person's own."""
    starts = tuple(one.lower() for one in rule.forbidden)
    for one in chosen(rule, facts):
        for name in rule.fields:
            value = one.values.get(name)
            if not blank(value) and str(value).strip().lower().startswith(starts):
                yield hit(one, name, value=value, **known_test(one))


def screen(rule: Pattern, names: Names, tag: str) -> Part:
    starts = names.give(tuple(one.lower() for one in rule.forbidden))
    del tag
    held = [names.field(name) for name in rule.fields]
    tests = [f"{one}.__class__ is str and not LO[{one}].startswith({starts})" for one in held]
    return Part(" and ".join(tests))


KIND = Kind(Pattern, check, words=("value", "test"), place="entries", screen=screen)
