"""Kind `table_values`: a field of an entry is what stands for its key; entries with another key are left alone."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, field_validator

from rules.base import Each, Name, Reads
from rules.facts import Facts
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part


class TableValues(Each):
    """A field of an entry is what stands for its key; entries with another key are left alone."""

    kind: Literal["table_values"]
    key: Name
    field: Name
    expected: dict[str, str] = Field(min_length=1)

    @field_validator("expected", mode="before")
    @classmethod
    def _written(cls, expected: Any) -> Any:
        """Limits of the product, as tables write them."""
        if not isinstance(expected, dict):
            return expected
        return {key: f"{one:g}" if isinstance(one, int | float) else one for key, one in expected.items()}

    def reads(self) -> Reads:
        return Reads(fields=(self.key, self.field))


def check(rule: TableValues, facts: Facts) -> Iterator[Hit]:
    """Fields that do not say what stands for their key."""
    for one in chosen(rule, facts):
        wanted = rule.expected.get(str(one.values.get(rule.key)))
        value = str(one.values.get(rule.field) or "").strip()
        if wanted is not None and value != wanted:
            yield hit(one, rule.key, rule.field, value=value, wanted=wanted or "nothing")


def screen(rule: TableValues, names: Names, tag: str) -> Part:
    odd = [key for key, value in rule.expected.items() if value != value.strip()]
    expected = names.give(dict(rule.expected))
    key, value = names.field(rule.key), names.field(rule.field)
    known = f" and {key} not in {names.give(tuple(odd))}" if odd else ""
    return Part(f"{key}.__class__ is str{known} and (({tag}w := {expected}.get({key})) is None or {tag}w == {value})")


KIND = Kind(TableValues, check, words=("value", "wanted"), place="entries", screen=screen)
