"""What makes a rule set refused though each rule is well-formed: unknown facts, rules that can't fire or contradict."""

import difflib
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from rules import model as m
from rules import units, vocabulary
from rules.errors import RuleError


def check_together(file: m.RuleFile) -> None:
    """Refuse a rule file whose rules don't fit the facts or each other.

    Raises:
        RuleError: names the rule, what is wrong with it, and the name that was probably meant.
    """
    ids = [rule.id for rule in file.rules]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice:
        raise RuleError(f"rule {twice} stands twice: give one of them another id.")
    shape = _Shape(file)
    for rule in file.rules:
        shape.check(rule, ids)
        _can_fire(rule, file)
        _fits_master(rule, file)
    for name, (unit, _, _) in file.master.items():
        if not units.known(unit):
            raise RuleError(f"master parameter {name}: unit {unit!r} is not known{units.likely(unit)}.")
    for one, two in combinations(file.rules, 2):
        _agree(one, two)


class _Shape:
    """The names that facts of this rule set have."""

    def __init__(self, file: m.RuleFile) -> None:
        self.lists = {**vocabulary.LISTS, **{name: fields for name, fields in file.shape.items() if name != "batch"}}
        self.head = (*vocabulary.HEAD, *file.shape.get("batch", ()))
        self.parameters = tuple(file.master)

    def check(self, rule: Any, ids: list[str]) -> None:
        pointed = getattr(rule, "when_blank", None)
        if pointed is not None and pointed not in ids:
            raise RuleError(
                f"rule {rule.id}: when_blank names {pointed!r}, which is no rule here{likely(pointed, ids)}."
            )
        if isinstance(rule, m.Expression):
            self._expression(rule)
        elif isinstance(rule, m.Each):
            self._entries(rule)
        for name in _head_fields(rule):
            self._known(rule, name, self.head, "field of the batch record's head")
        for path in _paths(rule):
            self._path(rule, path)
        if self.parameters:
            for name in _parameters(rule):
                self._known(rule, name, self.parameters, "parameter of the master record")

    def _entries(self, rule: Any) -> None:
        fields = self._fields(rule, rule.each)
        for name in (rule.name, *rule.where, *_fields(rule)):
            self._known(rule, name, fields, f"field of {rule.each}")
        if hasattr(rule, "other"):
            theirs = self._fields(rule, rule.other)
            for name in _fields_of_other(rule):
                self._known(rule, name, theirs, f"field of {rule.other}")

    def _expression(self, rule: m.Expression) -> None:
        for name in rule.facts:
            if rule.each is None or name.startswith("facts."):
                self._path(rule, name.removeprefix("facts."))
            else:
                self._known(rule, name, self._fields(rule, rule.each), f"field of {rule.each}")

    def _path(self, rule: Any, path: str) -> None:
        root, _, rest = path.partition(".")
        known = (*self.lists, *vocabulary.PLACES, "batch", "values")
        self._known(rule, root, known, "place in the facts")
        if root == "batch":
            self._known(rule, rest, self.head, "field of the batch record's head")
        elif root == "values" and self.parameters:
            self._known(rule, rest.partition(".")[0], self.parameters, "parameter of the master record")
        elif root in self.lists:
            self._known(rule, rest.rpartition(".")[2], self.lists[root], f"field of {root}")

    def _fields(self, rule: Any, name: str) -> tuple[str, ...]:
        self._known(rule, name, tuple(self.lists), "list or table of the facts")
        return self.lists[name]

    @staticmethod
    def _known(rule: Any, name: str, known: Iterable[str], what: str) -> None:
        if name and name not in (names := tuple(known)):
            raise RuleError(f"rule {rule.id}: {name!r} is no {what}{likely(name, names)}.")


def likely(name: str, known: Iterable[str]) -> str:
    """The name that was probably meant, as a question; or nothing."""
    by_small = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), list(by_small), n=1)
    return f" (did you mean {by_small[close[0]]!r}?)" if close else ""


def _fields(rule: Any) -> Iterator[str]:
    """Fields of an entry that a rule reads."""
    for attribute in ("fields", "field", "value", "low", "high", "start", "end", "until", "used", "at", "earlier"):
        yield from _texts(getattr(rule, attribute, None)) if not _of_other_only(rule, attribute) else ()
    yield from _texts(getattr(rule, "later", None))
    yield from _texts(getattr(rule, "key", None))
    on = getattr(rule, "on", None)
    yield from on if isinstance(on, dict) else _texts(on)
    yield from getattr(rule, "equal", {})
    if isinstance(rule, m.SameQuantity):
        yield from (rule.quantity[0], rule.unit[0])


def _of_other_only(rule: Any, attribute: str) -> bool:
    """Attributes that name a field of the other table instead."""
    return (isinstance(rule, m.LotStatus) and attribute == "field") or (
        isinstance(rule, m.WithinStep) and attribute in ("start", "end")
    )


def _fields_of_other(rule: Any) -> Iterator[str]:
    for attribute in ("other_name", "other_at"):
        yield from _texts(getattr(rule, attribute, None))
    on = getattr(rule, "on", None)
    yield from on.values() if isinstance(on, dict) else _texts(on)
    yield from getattr(rule, "equal", {}).values()
    if isinstance(rule, m.LotStatus):
        yield rule.field
    if isinstance(rule, m.SameQuantity):
        yield from (rule.quantity[1], rule.unit[1])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        yield from (one for one in value if isinstance(one, str))


def _head_fields(rule: Any) -> Iterator[str]:
    if isinstance(rule, m.Head):
        yield from rule.fields
    elif isinstance(rule, m.PatternHead | m.HeadAmong):
        yield rule.field
    elif isinstance(rule, m.DayOrderHead):
        yield from (rule.earlier, rule.later)


def _paths(rule: Any) -> Iterator[str]:
    if isinstance(rule, m.Same):
        yield rule.as_
    elif isinstance(rule, m.Elapsed):
        yield from (rule.start, rule.end)
    elif isinstance(rule, m.CheckCharacter):
        yield from (rule.number, rule.character)


def _parameters(rule: Any) -> Iterator[str]:
    if isinstance(rule, m.Filled | m.Limit | m.Trend | m.Quantity):
        yield from rule.parameters
    elif isinstance(rule, m.Ordered):
        yield from (name for group in rule.groups for name in group)
    elif isinstance(rule, m.Recompute):
        yield from (rule.value, *rule.times, *rule.over, *rule.plus)
    elif isinstance(rule, m.SameResult):
        yield from rule.pairs
    elif isinstance(rule, m.Repeats):
        yield from (f"{reading}{occasion}" for reading in rule.readings for occasion in rule.occasions)


def _can_fire(rule: Any, file: m.RuleFile) -> None:
    """Refuse a rule that can never fire, or always does."""
    if rule.effective_from and rule.effective_until and rule.effective_until < rule.effective_from:
        raise RuleError(f"rule {rule.id} can never fire: it ends on {rule.effective_until}, before it begins.")
    if isinstance(rule, m.Master) and not file.master:
        raise RuleError(f"rule {rule.id} can never fire: the file has no block 'master' to compare with.")
    if isinstance(rule, m.Ordered) and all(len(group) < 2 for group in rule.groups):
        raise RuleError(f"rule {rule.id} can never fire: a group needs two parameters to be in order.")
    pair = _pair(rule)
    if pair and pair[0] == pair[1]:
        raise RuleError(f"rule {rule.id} compares {pair[0]!r} with itself, so it says the same of every batch.")
    if isinstance(rule, m.Elapsed) and rule.least_hours > rule.most_hours:
        raise RuleError(
            f"rule {rule.id} always fires: least_hours {rule.least_hours:g} is above most_hours {rule.most_hours:g}."
        )


def _pair(rule: Any) -> tuple[str, str] | None:
    if isinstance(rule, m.Different):
        return rule.fields
    if isinstance(rule, m.DayOrder | m.DayOrderHead):
        return rule.earlier, rule.later
    if isinstance(rule, m.Elapsed | m.Sequence):
        return (rule.start, rule.end) if isinstance(rule, m.Elapsed) else None
    return None


def _agree(one: Any, two: Any) -> None:
    """Refuse two rules that no batch can satisfy both."""
    if one.jurisdiction != two.jurisdiction and "any" not in (one.jurisdiction, two.jurisdiction):
        return
    if isinstance(one, m.Enumeration) and isinstance(two, m.Enumeration):
        same_place = (one.each, one.field, one.where) == (two.each, two.field, two.where)
        if same_place and not set(one.allowed) & set(two.allowed):
            raise RuleError(
                f"rules {one.id} and {two.id} contradict each other: no {one.field} of {one.each} is allowed by both."
            )
    for name in set(_limited(one)) & set(_limited(two)):
        (low_1, high_1), (low_2, high_2) = _window(one), _window(two)
        if max(low_1, low_2) > min(high_1, high_2):
            raise RuleError(
                f"rules {one.id} and {two.id} contradict each other: no value of {name} lies within both limits."
            )


def _fits_master(rule: Any, file: m.RuleFile) -> None:
    """Refuse a limit that no value within the master record's limits satisfies."""
    for name in set(_limited(rule)) & set(file.master):
        _, low, high = file.master[name]
        window = _window(rule)
        if max(window[0], _or(low, -_FAR)) > min(window[1], _or(high, _FAR)):
            raise RuleError(
                f"rule {rule.id} contradicts the master record: no value of {name} lies within the limits of both."
            )


_FAR = float("inf")


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _limited(rule: Any) -> tuple[str, ...]:
    return rule.parameters if isinstance(rule, m.Limit) else ()


def _window(rule: m.Limit) -> tuple[float, float]:
    low = rule.low if rule.low is not None else rule.above
    return _or(low, -_FAR), _or(rule.high, _FAR)
