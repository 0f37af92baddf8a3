"""What a rule file may say in the kind `expression`: names with their types, and a check in the language of our own."""

from functools import lru_cache
from typing import Literal

from pydantic import Field, model_validator

from rules import expressions as x
from rules.errors import RuleError
from rules.model_base import Name, RuleBase


@lru_cache(maxsize=1024)
def parsed(source: str, types: tuple[tuple[str, str], ...]) -> x.Part:
    """An expression, read once however often it is asked."""
    return x.parse(source, dict(types))


class Expression(RuleBase):
    """The expression says yes of every entry (or, without `each`, of the facts as a whole).

    `facts` declares every name with its type. With `each`, a name is a field of the entry, and `facts.batch.markets`
    is a place outside it.
    """

    kind: Literal["expression"]
    each: Name | None = None
    name: Name = "name"
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    facts: dict[Name, Literal["number", "text", "time", "date"]] = Field(min_length=1, max_length=12)
    check: str = Field(min_length=3, max_length=500)

    @model_validator(mode="after")
    def _readable(self) -> "Expression":
        try:
            parsed(self.check, tuple(sorted(self.facts.items())))
        except RuleError as error:
            raise ValueError(str(error)) from None
        if self.where and self.each is None:
            raise ValueError("where needs each: it chooses among the entries of a list")
        return self
