"""Kind `lot_status`: a field of an entry's counterpart in another table is one of these."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, Item, items
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, got, joined_key


class LotStatus(Each):
    """A field of an entry's counterpart in another table is one of these; without a counterpart another rule speaks."""

    kind: Literal["lot_status"]
    other: Name
    other_name: Name
    on: dict[str, str] = Field(min_length=1)
    field: Name
    allowed: tuple[str, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=tuple(self.on), others=(self.other_name, *self.on.values(), self.field))


def check(rule: LotStatus, facts: Facts) -> Iterator[Hit]:
    """Counterparts in another state than those allowed."""
    others: dict[tuple[str, ...], list[Item]] = {}
    for other in items(facts, rule.other, rule.other_name):
        key = tuple(str(other.values.get(name)).strip() for name in rule.on.values())
        others.setdefault(key, []).append(other)
    for one in chosen(rule, facts):
        key = tuple(str(one.values.get(name)).strip() for name in rule.on)
        for other in others.get(key, ()):
            value = other.values.get(rule.field)
            if value not in rule.allowed:
                found = hit(one, *rule.on, value=value, allowed=" or ".join(rule.allowed))
                fields = (*found.fields, f"{other.name}.{rule.field}")
                yield Hit(fields, (*found.values, value), (*found.facts, other.fact(rule.field)), found.words)


def screen(rule: LotStatus, names: Names, tag: str) -> Part:
    allowed = names.give(rule.allowed)
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{{joined_key(rule.on.values(), 'o', f'{tag}k')} for o in {tag}t or () "
        f"if {got(rule.field, 'o')} not in {allowed}}}",
    )
    return Part(f"{joined_key(rule.on, 'e', f'{tag}k')} not in {tag}o", before, finally_=f"{tag}t is not None")


KIND = Kind(LotStatus, check, words=("value", "allowed"), place="entries", screen=screen)
