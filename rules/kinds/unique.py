"""Kind `unique`: no two entries have the same fields."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, Item
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, gathered, got


class Unique(Each):
    """No two entries have the same fields."""

    kind: Literal["unique"]
    fields: tuple[Name, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=self.fields)


def check(rule: Unique, facts: Facts) -> Iterator[Hit]:
    """Entries that say the same as an earlier one."""
    seen: dict[tuple[str, ...], Item] = {}
    for one in chosen(rule, facts):
        key = tuple(str(one.values.get(name)) for name in rule.fields)
        if key in seen:
            yield hit(one, *rule.fields, other=seen[key].name, key=", ".join(key))
        seen.setdefault(key, one)


def screen(rule: Unique, names: Names, tag: str) -> Part:
    del names
    key = ", ".join(f"str({got(name)})" for name in rule.fields)
    value = key if len(rule.fields) == 1 else f"({key})"
    return gathered(rule, value, tag, f"len(set({tag}n)) == len({tag}n)")


KIND = Kind(Unique, check, words=("other", "key"), place="entries", screen=screen)
