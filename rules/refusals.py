"""What makes a rule set refused though each rule is well-formed: unknown facts, rules that can't fire or contradict."""

import difflib
import math
from collections.abc import Iterable
from itertools import combinations
from string import Formatter

from rules import sources, units, vocabulary
from rules.base import Each, Reads, RuleBase, Window
from rules.errors import RuleError
from rules.kinds import KINDS
from rules.rule_file import RuleFile

_TEMPLATES = Formatter()


def check_together(file: RuleFile) -> None:
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
        _text(rule, shape)
        for wrong in sources.complaints(rule.clause, rule.status, advanced_therapy=file.advanced_therapy):
            raise RuleError(f"rule {rule.id} {wrong}.")
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

    def __init__(self, file: RuleFile) -> None:
        self.lists = {**vocabulary.LISTS, **{name: fields for name, fields in file.shape.items() if name != "batch"}}
        self.head = (*vocabulary.HEAD, *file.shape.get("batch", ()))
        self.parameters = tuple(file.master)

    def check(self, rule: RuleBase, ids: list[str]) -> None:
        pointed = getattr(rule, "when_blank", None)
        if pointed is not None and pointed not in ids:
            raise RuleError(
                f"rule {rule.id}: when_blank names {pointed!r}, which is no rule here{likely(pointed, ids)}."
            )
        names = rule.reads()
        self._entries(rule, names)
        for name in names.head:
            self._known(rule, name, self.head, "field of the batch record's head")
        for path in names.paths:
            self._path(rule, path)
        if self.parameters:
            for name in names.parameters:
                self._known(rule, name, self.parameters, "parameter of the master record")

    def _entries(self, rule: RuleBase, names: Reads) -> None:
        """A rule about a list: its fields, and those of the list that it is compared with."""
        each, other = getattr(rule, "each", None), getattr(rule, "other", None)
        if each is not None:
            fields = self._fields(rule, each)
            for name in (*_about(rule), *names.fields):
                self._known(rule, name, fields, f"field of {each}")
        if other is not None:
            theirs = self._fields(rule, other)
            for name in names.others:
                self._known(rule, name, theirs, f"field of {other}")

    def words(self, rule: RuleBase) -> frozenset[str]:
        """The words that the text of a rule may use: its kind's own, and the fields of what it is about."""
        names = rule.reads()
        own = (*names.fields, *names.head, *(one.rpartition(".")[2] for one in names.paths))
        each = getattr(rule, "each", None)
        fields = self.lists.get(each, ()) if each else ()
        return frozenset((*KINDS[rule.kind].words, "item", *own, *fields))

    def _path(self, rule: RuleBase, path: str) -> None:
        root, _, rest = path.partition(".")
        known = (*self.lists, *vocabulary.PLACES, "batch", "values")
        self._known(rule, root, known, "place in the facts")
        if root == "batch":
            self._known(rule, rest, self.head, "field of the batch record's head")
        elif root == "values" and self.parameters:
            self._known(rule, rest.partition(".")[0], self.parameters, "parameter of the master record")
        elif root in self.lists:
            self._known(rule, rest.rpartition(".")[2], self.lists[root], f"field of {root}")

    def _fields(self, rule: RuleBase, name: str) -> tuple[str, ...]:
        self._known(rule, name, tuple(self.lists), "list or table of the facts")
        return self.lists[name]

    @staticmethod
    def _known(rule: RuleBase, name: str, known: Iterable[str], what: str) -> None:
        if name and name not in (names := tuple(known)):
            raise RuleError(f"rule {rule.id}: {name!r} is no {what}{likely(name, names)}.")


def _text(rule: RuleBase, shape: _Shape) -> None:
    """Refuse a text with anything but plain names in braces, and with words that no finding of the rule gives."""
    try:
        parts = list(_TEMPLATES.parse(rule.text))
    except ValueError as error:
        raise RuleError(f"rule {rule.id}: the text has a brace without its partner ({error}).") from None
    known = shape.words(rule)
    for _, name, spec, conversion in parts:
        if name is not None and (not name.isidentifier() or spec or conversion):
            raise RuleError(f"rule {rule.id}: the text may hold plain names in braces, not {{{name}}}.")
        if name is not None and name not in known:
            raise RuleError(f"rule {rule.id}: nothing stands for {{{name}}} in the text{likely(name, known)}.")


def likely(name: str, known: Iterable[str]) -> str:
    """The name that was probably meant, as a question; or nothing."""
    by_small = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), list(by_small), n=1)
    return f" (did you mean {by_small[close[0]]!r}?)" if close else ""


def _about(rule: RuleBase) -> tuple[str, ...]:
    """The fields by which a rule names and chooses the entries of its list."""
    named = (rule.name,) if isinstance(rule, Each) else ()
    return (*named, *getattr(rule, "where", {}), *getattr(rule, "unless", {}))


def _can_fire(rule: RuleBase, file: RuleFile) -> None:
    """Refuse a rule that can never fire, or always does."""
    if rule.effective_from and rule.effective_until and rule.effective_until < rule.effective_from:
        raise RuleError(f"rule {rule.id} can never fire: it ends on {rule.effective_until}, before it begins.")
    why = rule.useless(has_master=bool(file.master))
    if why:
        raise RuleError(f"rule {rule.id} {why}.")


def _agree(one: RuleBase, two: RuleBase) -> None:
    """Refuse two rules that no batch can satisfy both."""
    both = one.applies_in | two.applies_in
    if "any" not in both and not one.applies_in & two.applies_in:
        return
    first, second = one.choices(), two.choices()
    if first and second and first[0] == second[0] and not first[1] & second[1]:
        each, field, _ = first[0]
        raise RuleError(f"rules {one.id} and {two.id} contradict each other: no {field} of {each} is allowed by both.")
    limits, others = one.windows(), two.windows()
    for name in limits.keys() & others.keys():
        if _apart(limits[name], others[name]):
            raise RuleError(
                f"rules {one.id} and {two.id} contradict each other: no value of {name} lies within both limits."
            )


def _fits_master(rule: RuleBase, file: RuleFile) -> None:
    """Refuse a limit that no value within the master record's limits satisfies."""
    for name, window in rule.windows().items():
        if name not in file.master:
            continue
        _, low, high = file.master[name]
        if _apart(window, (-math.inf if low is None else low, math.inf if high is None else high)):
            raise RuleError(
                f"rule {rule.id} contradicts the master record: no value of {name} lies within the limits of both."
            )


def _apart(one: Window, other: Window) -> bool:
    """Whether no value lies within both."""
    return max(one[0], other[0]) > min(one[1], other[1])
