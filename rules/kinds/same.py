"""Kind `same`: a field of every entry is what the batch record's head says."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import RECORD, Fact, Facts, look_up
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, at


class Same(Each):
    """A field of every entry is what the batch record's head says."""

    kind: Literal["same"]
    field: Name
    as_: Annotated[str, Field(alias="as")]

    def reads(self) -> Reads:
        return Reads(fields=(self.field,), paths=(self.as_,))


def check(rule: Same, facts: Facts) -> Iterator[Hit]:
    """Entries that name something else than the batch record does."""
    wanted = look_up(facts, rule.as_)
    for one in chosen(rule, facts):
        value = one.values.get(rule.field)
        if str(value).strip() != str(wanted).strip():
            found = hit(one, rule.field, value=value, wanted=wanted)
            record = Fact(rule.as_, wanted, RECORD)
            yield Hit((*found.fields, rule.as_), (*found.values, wanted), (*found.facts, record), found.words)


def screen(rule: Same, names: Names, tag: str) -> Part:
    before = (f"{tag}w = {at(rule.as_)}",)
    return Part(f"{names.field(rule.field)} == {tag}w", before, finally_=f"{tag}w.__class__ is str and FI[{tag}w]")


KIND = Kind(Same, check, words=("value", "wanted"), place="entries", screen=screen)
