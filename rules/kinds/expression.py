"""Kind `expression`: what no other kind says, in the expression language of our own."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, model_validator

from rules import expressions as x
from rules.base import Name, Reads, RuleBase
from rules.errors import BadFact, MissingFact, RuleError
from rules.facts import RECORD, Fact, Facts, blank, day, items, look_up, moment, number
from rules.family import Kind
from rules.hits import Hit

_OVERALL = "facts."


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

    def reads(self) -> Reads:
        outside = [one for one in self.facts if self.each is None or one.startswith(_OVERALL)]
        return Reads(
            fields=tuple(one for one in self.facts if one not in outside),
            paths=tuple(one.removeprefix(_OVERALL) for one in outside),
        )


def check(rule: Expression, facts: Facts) -> Iterator[Hit]:
    """Entries of which the expression says no."""
    part = parsed(rule.check, tuple(sorted(rule.facts.items())))
    if rule.each is None:
        yield from _judge(rule, part, _Reader(rule, facts, None, "", RECORD), "")
        return
    for one in items(facts, rule.each, rule.name):
        if all(one.values.get(key) in allowed for key, allowed in rule.where.items()):
            yield from _judge(rule, part, _Reader(rule, facts, one.values, one.path, one.source), one.name)


class _Reader:
    """Gives the declared facts in their types, for one entry."""

    def __init__(
        self, rule: Expression, facts: Facts, entry: Mapping[str, Any] | None, path: str, source: dict[str, Any]
    ) -> None:
        self.rule, self.facts, self.entry, self.path, self.source = rule, facts, entry, path, source

    def place(self, name: str) -> str:
        """The full path of a name."""
        if self.entry is None or name.startswith(_OVERALL):
            return name.removeprefix(_OVERALL)
        return f"{self.path}.{name}"

    def raw(self, name: str) -> Any:
        """What stands there, untouched; None where nothing does."""
        inside = self.entry is not None and not name.startswith(_OVERALL)
        try:
            return look_up(self.entry or {}, name) if inside else look_up(self.facts, name.removeprefix(_OVERALL))
        except MissingFact:
            return None

    def blank(self, name: str) -> bool:
        """Whether nothing stands there."""
        return blank(self.raw(name))

    def read(self, name: str) -> Any:
        """The value in its declared type.

        Raises:
            MissingFact: nothing stands there.
            BadFact: it has another type.
        """
        raw, place = self.raw(name), self.place(name)
        if blank(raw):
            raise MissingFact(place)
        value = _as(self.rule.facts[name], raw, place)
        if value is None:
            raise BadFact(f"{place} holds {str(raw)[:60]!r}, which is no {self.rule.facts[name]}.")
        return value


def _as(type_: str, raw: Any, place: str) -> Any:
    if type_ == x.NUMBER:
        return number(raw)
    if type_ == x.TIME:
        return moment(raw, place)
    if type_ == x.DATE:
        return day(raw, place)
    return raw if isinstance(raw, str) else None


def _judge(rule: Expression, part: x.Part, reader: _Reader, name: str) -> Iterator[Hit]:
    try:
        if part.value(reader.read, reader.blank):
            return
    except (ZeroDivisionError, OverflowError) as error:
        raise BadFact(f"Rule {rule.id} can't be computed on {reader.path or 'these facts'}: {error}.") from None
    names = list(dict.fromkeys(part.names))
    shown = tuple(Fact(reader.place(one), reader.raw(one), reader.source) for one in names)
    words = {one.rpartition(".")[2]: reader.raw(one) for one in names}
    fields = tuple(f"{name}.{one}" if name and not one.startswith(_OVERALL) else one for one in names)
    yield Hit(fields, tuple(fact.value for fact in shown), shown, {**words, "item": name})


KIND = Kind(Expression, check)
