"""Kind `expression`: what no other kind says, in the expression language of our own."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, model_validator

from rules import expressions as x
from rules.base import Name, Reads, RuleBase
from rules.errors import BadFact, MissingFact, RuleError
from rules.facts import RECORD, Fact, Facts, blank, day, items, look_up, moment, no_zone, number, zones
from rules.family import Kind
from rules.hits import Hit
from rules.screens import Names

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
    everywhere = zones(facts)
    if rule.each is None:
        readers = [_Reader(rule, facts, None, "", RECORD, zone) for zone in everywhere]
        right = _right(rule, part, readers)
        if right is None:
            raise no_zone(_a_time(rule))
        if not right:
            yield _hit(part, readers[0], "")
        return
    unplaced = ""
    for one in items(facts, rule.each, rule.name):
        if all(one.values.get(key) in allowed for key, allowed in rule.where.items()):
            readers = [_Reader(rule, facts, one.values, one.path, one.source, zone) for zone in everywhere]
            right = _right(rule, part, readers)
            if right is False:
                yield _hit(part, readers[0], one.name)
            elif right is None:
                unplaced = unplaced or f"{one.path}.{_a_time(rule)}"
    if unplaced:
        raise no_zone(unplaced)


def _a_time(rule: Expression) -> str:
    return next((name for name, type_ in rule.facts.items() if type_ in (x.TIME, x.DATE)), next(iter(rule.facts)))


class _Reader:
    """Gives the declared facts in their types, for one entry."""

    def __init__(
        self,
        rule: Expression,
        facts: Facts,
        entry: Mapping[str, Any] | None,
        path: str,
        source: dict[str, Any],
        zone: tzinfo,
    ) -> None:
        self.rule, self.facts, self.entry, self.path, self.source = rule, facts, entry, path, source
        self.zone = zone

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

    def day(self, moment: datetime) -> date:
        """The day that it is at a time, in this reader's zone; at an end of all calendars, that in UTC."""
        try:
            return moment.astimezone(self.zone).date()
        except OverflowError:
            return moment.date()

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
        value = _as(self.rule.facts[name], raw, place, self.zone)
        if value is None:
            raise BadFact(f"{place} holds {str(raw)[:60]!r}, which is no {self.rule.facts[name]}.")
        return value


def _as(type_: str, raw: Any, place: str, zone: tzinfo) -> Any:
    if type_ == x.NUMBER:
        return number(raw)
    if type_ == x.TIME:
        return moment(raw, place)
    if type_ == x.DATE:
        found = day(raw, place, zone)
        if found is None:
            raise MissingFact(f"{place} ({str(raw)[:40]!r} stands for no date)")
        return found
    return raw if isinstance(raw, str) else None


def _right(rule: Expression, part: x.Part, readers: list[_Reader]) -> bool | None:
    """Whether the expression says yes; None where that depends on the zone in which days are counted."""
    try:
        answers = {bool(part.value(reader)) for reader in readers}
    except (ZeroDivisionError, OverflowError) as error:
        raise BadFact(f"Rule {rule.id} can't be computed on {readers[0].path or 'these facts'}: {error}.") from None
    return answers.pop() if len(answers) == 1 else None


def _hit(part: x.Part, reader: _Reader, name: str) -> Hit:
    names = list(dict.fromkeys(part.names))
    shown = tuple(Fact(reader.place(one), reader.raw(one), reader.source) for one in names)
    words = {one.rpartition(".")[2]: reader.raw(one) for one in names}
    fields = tuple(f"{name}.{one}" if name and not one.startswith(_OVERALL) else one for one in names)
    return Hit(fields, tuple(fact.value for fact in shown), shown, {**words, "item": name})


def screens(rules: list[tuple[int, Expression]], names: Names) -> list[str]:
    """Expressions are judged at once: what they say no of is left to the check, which gathers the evidence."""
    says = names.give(_says_yes)
    return [f"if not {says}({names.give(rule)}, f): u.append({place})" for place, rule in rules]


def _says_yes(rule: Expression, facts: Facts) -> bool:
    try:
        return next(check(rule, facts), None) is None
    except (BadFact, MissingFact):
        return False


KIND = Kind(Expression, check, together=screens)
