"""The check of the kind `expression`: a rule about one place, or about each entry of a list."""

from collections.abc import Iterator, Mapping
from typing import Any

from rules import expressions as x
from rules.checks import Hit
from rules.errors import BadFact, MissingFact
from rules.facts import RECORD, Fact, Facts, blank, day, items, look_up, moment, number
from rules.model_expression import Expression, parsed

_OVERALL = "facts."


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
