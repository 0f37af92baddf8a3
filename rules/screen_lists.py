"""Conditions, as Python source, under which one entry of a list surely satisfies a rule.

Each gives the lines that run before the loop over the list, and the condition inside it, in which `e` is the entry.
A condition may fail to hold for an entry that is in order (the check then decides); it never holds for one that is
not. Names come from `Names`, so that every constant is handed over as it is and never written into the source.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rules import model as m
from rules import units


@dataclass
class Names:
    """Constants of a generated function, by the names that its source uses for them."""

    values: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, None] = field(default_factory=dict)

    def field(self, name: str) -> str:
        """The variable that holds a field of an entry, read once for all rules about the list."""
        variable = self.fields.setdefault(name, f"x{len(self.fields)}")
        self.wanted[f"{variable} = {got(name)}"] = None
        return variable

    def time(self, name: str) -> str:
        """The variable that holds a time of an entry."""
        held = self.field(name)
        variable = self.times.setdefault(name, f"t{len(self.times)}")
        self.wanted[f"{variable} = D({held})"] = None
        return variable

    def taken(self) -> tuple[str, ...]:
        """The lines that fill the variables which were asked for since this was last called."""
        found = tuple(self.wanted)
        self.wanted.clear()
        return found

    def give(self, value: Any) -> str:
        """The name of a constant; plain texts and numbers stand for themselves."""
        if isinstance(value, str):
            return repr(value)
        if isinstance(value, float | int) and not isinstance(value, bool) and value == value and abs(value) < 1e300:
            return repr(float(value))
        name = f"k{len(self.values)}"
        self.values[name] = value
        return name


@dataclass(frozen=True)
class Part:
    """What a rule asks of an entry: lines before the loop, lines in it, and the condition."""

    condition: str
    before: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    """Lines in the loop that come after the condition."""
    finally_: str = ""
    """A condition on what the loop has gathered."""


Emit = Callable[[Any, Names, str], Part]


def got(name: str, of: str = "e") -> str:
    """A field of an entry; where it has none, the rules about the list are left to their checks."""
    return f"{of}[{name!r}]"


def at(path: str) -> str:
    """What stands at a path."""
    root, _, name = path.partition(".")
    return f"f['batch'][{name!r}]" if root == "batch" and "." not in name else f"look(f, {path!r})"


def filled(value: str) -> str:
    """That something stands there."""
    return f"FI[{value}]"


def figure(value: str, tag: str) -> str:
    """A number, or a text that is one without a sign of comparison; NaN for everything else."""
    return f"({tag} if ({tag} := {value}).__class__ is float else PN[{tag}])"


def _stripped(value: str, tag: str) -> str:
    return f"(ST[{tag}] if ({tag} := {value}).__class__ is str else str({tag}))"


def _key(fields: Any, of: str, tag: str) -> str:
    parts = [_stripped(got(name, of), f"{tag}{n}") for n, name in enumerate(fields)]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _every_one_named(tag: str) -> str:
    """That the other list is there and each of its entries has a name of its own."""
    return f"{tag}t is not None and len({tag}o) == len({tag}t)"


def presence(rule: m.Presence, names: Names, tag: str) -> Part:
    del tag
    return Part(" and ".join(filled(names.field(name)) for name in rule.fields))


def in_range(rule: m.Range, names: Names, tag: str) -> Part:
    value = names.field(rule.value)
    lines = [f"{tag}a = {value} if {value}.__class__ is float else PN[{value}]"]
    tests: list[str] = []
    limits: list[str] = []
    equal = "" if rule.strict else "="
    for side, limit, sign in (("l", rule.low, ">"), ("h", rule.high, "<")):
        held = f"{tag}{side}"
        if isinstance(limit, str):
            lines += [f"{held} = {names.field(limit)}", f"if {held}.__class__ is str: {held} = LI[{held}]"]
            tests.append(f"({held} is None or {tag}a {sign}{equal} {held})")
        elif limit is not None:
            held = names.give(limit)
            tests.append(f"{tag}a {sign}{equal} {held}")
        else:
            held = "None"
        limits.append(held)
    strict = ", strict=True" if rule.strict else ""
    bounded = f" or bounded({value}, {limits[0]}, {limits[1]}{strict})"
    return Part(f"({' and '.join(tests)}){bounded}", inside=tuple(lines))


def enumeration(rule: m.Enumeration, names: Names, tag: str) -> Part:
    del tag
    if len(rule.allowed) == 1:
        return Part(f"{names.field(rule.field)} == {names.give(rule.allowed[0])}")
    return Part(f"{names.field(rule.field)} in {names.give(frozenset(rule.allowed))}")


def different(rule: m.Different, names: Names, tag: str) -> Part:
    del tag
    one, two = (names.field(name) for name in rule.fields)
    return Part(f"{one}.__class__ is str and {two}.__class__ is str and LO[{one}] != LO[{two}]")


def role(rule: m.Role, names: Names, tag: str) -> Part:
    account, held = got(rule.account, "o"), got(rule.role, "o")
    named = f"{account}.__class__ is str and {held}.__class__ is str and {held} in {names.give(frozenset(rule.roles))}"
    before = (
        f"{tag}t = rows(f, {rule.people!r})",
        f"{tag}s = {{LO[{account}] for o in {tag}t or () if {named}}}",
    )
    signed = [names.field(name) for name in rule.fields]
    tests = " and ".join(f"{one}.__class__ is str and LO[{one}] in {tag}s" for one in signed)
    return Part(tests, before, finally_=f"{tag}t is not None")


def time_order(rule: m.TimeOrder, names: Names, tag: str) -> Part:
    del tag
    times = [names.time(name) for name in rule.fields]
    far = (
        f" and {times[-1]} - {times[0]} < {names.give(timedelta(hours=rule.within_hours))}" if rule.within_hours else ""
    )
    return Part(f"AW <= {' <= '.join(times)} <= ZW{far}")


def sequence(rule: m.Sequence, names: Names, tag: str) -> Part:
    end = names.time(rule.end)
    return Part(f"{tag}q <= {names.time(rule.start)} <= ZW", (f"{tag}q = AW",), after=(f"{tag}q = {end}",))


def expiry(rule: m.Expiry, names: Names, tag: str) -> Part:
    until = (f"{tag}u = DE[{names.field(rule.until)}]",)
    return Part(" and ".join(f"AW <= {names.time(name)} <= {tag}u" for name in rule.used), inside=until)


def complete(rule: m.Complete, names: Names, tag: str) -> Part:
    required = tuple(rule.required)
    listed = f"{tag}n == {names.give(list(required))}"
    if not rule.in_order:
        listed = f"{names.give(frozenset(required))}.issubset({tag}n)"
    return _gathered(rule, got(rule.field), tag, listed)


def unique(rule: m.Unique, names: Names, tag: str) -> Part:
    del names
    key = ", ".join(f"str({got(name)})" for name in rule.fields)
    value = key if len(rule.fields) == 1 else f"({key})"
    return _gathered(rule, value, tag, f"len(set({tag}n)) == len({tag}n)")


def _gathered(rule: Any, value: str, tag: str, condition: str) -> Part:
    """A condition on what all entries say."""
    if rule.where:
        return Part("", (f"{tag}n = []",), (f"{tag}n.append({value})",), finally_=condition)
    return Part("", (f"{tag}n = [{value} for e in L]",), finally_=condition)


def same(rule: m.Same, names: Names, tag: str) -> Part:
    before = (f"{tag}w = {at(rule.as_)}",)
    return Part(f"{names.field(rule.field)} == {tag}w", before, finally_=f"{tag}w.__class__ is str and FI[{tag}w]")


def match(rule: m.Match, names: Names, tag: str) -> Part:
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{{_key(rule.on.values(), 'o', f'{tag}k')}: o for o in reversed({tag}t or ())}}",
    )
    tests = [f"({tag}c := {tag}o.get({_key(rule.on, 'e', f'{tag}k')})) is not None"]
    for n, (mine, theirs) in enumerate(rule.equal.items()):
        left, right = f"{tag}l{n}", f"{tag}r{n}"
        alike = (
            f"(({left} := {got(mine)}) == ({right} := {got(theirs, f'{tag}c')}) and "
            f"{left}.__class__ is {right}.__class__ is not float)"
        )
        numbers = f"{figure(left, f'{left}n')} == {figure(right, f'{right}n')}"
        tests.append(f"({alike} or {numbers})")
    del names
    return Part(" and ".join(tests), before, finally_=f"{tag}t is not None")


def not_future(rule: m.NotFuture, names: Names, tag: str) -> Part:
    tests = [f"AW <= {names.time(name)} <= {tag}w" for name in rule.fields]
    return Part(" and ".join(tests), (f"{tag}w = D({got('now', 'f')})",), finally_=f"{tag}w <= ZW")


def pattern(rule: m.Pattern, names: Names, tag: str) -> Part:
    starts = names.give(tuple(one.lower() for one in rule.forbidden))
    del tag
    held = [names.field(name) for name in rule.fields]
    tests = [f"{one}.__class__ is str and not LO[{one}].startswith({starts})" for one in held]
    return Part(" and ".join(tests))


def within_step(rule: m.WithinStep, names: Names, tag: str) -> Part:
    start, end = (f"D({got(name, 'o')})" for name in (rule.start, rule.end))
    before = (
        f"{tag}t = rows(f, 'steps')",
        f"{tag}o = {{y: ({start}, {end}) for o in {tag}t or () "
        f"if (y := {got('step_id', 'o')}) and y.__class__ is str}}",
    )
    inside = (f"{tag}a, {tag}b = {tag}o[{names.field('step_id')}]",)
    return Part(
        f"AW <= {tag}a <= {names.time(rule.at)} <= {tag}b <= ZW", before, inside, finally_=_every_one_named(tag)
    )


def day_order(rule: m.DayOrder, names: Names, tag: str) -> Part:
    del tag
    return Part(f"DL[{names.field(rule.earlier)}] <= DF[{names.field(rule.later)}]")


def members(rule: m.Members, names: Names, tag: str) -> Part:
    del names
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{x for o in {tag}t or () if (x := {got(rule.other_name, 'o')}) and x.__class__ is str}}",
    )
    listed = f"({tag}n := {got(rule.field)}).__class__ is list and {tag}o.issuperset({tag}n)"
    return Part(listed, before, finally_=f"{tag}t is not None")


def tested_after(rule: m.TestedAfter, names: Names, tag: str) -> Part:
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{y: D({got(rule.other_at, 'o')}) for o in {tag}t or () "
        f"if (y := {got(rule.on, 'o')}) and y.__class__ is str}}",
    )
    at = names.time(rule.at)
    return Part(f"AW <= {tag}o[{names.field(rule.on)}] <= {at} <= ZW", before, finally_=_every_one_named(tag))


def table_values(rule: m.TableValues, names: Names, tag: str) -> Part:
    odd = [key for key, value in rule.expected.items() if value != value.strip()]
    expected = names.give(dict(rule.expected))
    key, value = names.field(rule.key), names.field(rule.field)
    known = f" and {key} not in {names.give(tuple(odd))}" if odd else ""
    return Part(f"{key}.__class__ is str{known} and (({tag}w := {expected}.get({key})) is None or {tag}w == {value})")


def lot_status(rule: m.LotStatus, names: Names, tag: str) -> Part:
    allowed = names.give(rule.allowed)
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{{_key(rule.on.values(), 'o', f'{tag}k')} for o in {tag}t or () "
        f"if {got(rule.field, 'o')} not in {allowed}}}",
    )
    return Part(f"{_key(rule.on, 'e', f'{tag}k')} not in {tag}o", before, finally_=f"{tag}t is not None")


def same_quantity(rule: m.SameQuantity, names: Names, tag: str) -> Part:
    """One counterpart, written in the same way."""
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{{_key(rule.on.values(), 'o', f'{tag}k')}: o for o in {tag}t or ()}}",
    )
    here, there = f"({got(rule.quantity[0])})", got(rule.quantity[1], f"{tag}c")
    same_unit = f"{got(rule.unit[0])} == {got(rule.unit[1], f'{tag}c')}"
    numbers = f"{figure(here, f'{tag}a')} == {figure(there, f'{tag}b')}"
    known = f"{got(rule.unit[0])} in {names.give(units.NAMES)}"
    find = f"({tag}c := {tag}o[{_key(rule.on, 'e', f'{tag}k')}])"
    gathered = (f"{tag}n = 0",)
    once = f"{tag}t is not None and len({tag}o) == len({tag}t) and {tag}n == len({tag}o)"
    return Part(
        f"{find} is not None and {same_unit} and {known} and {numbers}",
        (*before, *gathered),
        (f"{tag}n += 1",),
        finally_=once,
    )


EMIT: dict[str, Emit] = {
    "presence": presence,
    "range": in_range,
    "enumeration": enumeration,
    "different": different,
    "time_order": time_order,
    "sequence": sequence,
    "expiry": expiry,
    "complete": complete,
    "unique": unique,
    "same": same,
    "match": match,
    "not_future": not_future,
    "pattern": pattern,
    "within_step": within_step,
    "day_order": day_order,
    "members": members,
    "tested_after": tested_after,
    "table_values": table_values,
    "lot_status": lot_status,
    "same_quantity": same_quantity,
    "role": role,
}
"""Kinds of rules about lists whose satisfaction can be seen at a glance."""
