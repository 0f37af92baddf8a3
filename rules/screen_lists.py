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


@dataclass
class Names:
    """Constants of a generated function, by the names that its source uses for them."""

    values: dict[str, Any] = field(default_factory=dict)

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
    """A field of an entry."""
    return f"{of}.get({name!r})"


def filled(value: str, tag: str) -> str:
    """That something stands there."""
    return f"(FI[{tag}] if ({tag} := {value}).__class__ is str else {tag} is not None)"


def read(value: str, tag: str, table: str, otherwise: str = "nan") -> str:
    """What a text says; what never compares for everything that is no text."""
    return f"({table}[{tag}] if ({tag} := {value}).__class__ is str else {otherwise})"


def figure(value: str, tag: str) -> str:
    """A number, or a text that is one; NaN for everything else."""
    return (
        f"({tag} if ({tag} := {value}).__class__ is float else NU[{tag}] if {tag}.__class__ is str else written({tag}))"
    )


def _stripped(value: str, tag: str) -> str:
    return f"(ST[{tag}] if ({tag} := {value}).__class__ is str else str({tag}))"


def _key(fields: Any, of: str, tag: str) -> str:
    parts = [_stripped(got(name, of), f"{tag}{n}") for n, name in enumerate(fields)]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"


def _every_one_named(tag: str) -> str:
    """That the other list is there and each of its entries has a name of its own."""
    return f"{tag}t is not None and len({tag}o) == len({tag}t)"


def presence(rule: m.Presence, names: Names, tag: str) -> Part:
    del names
    return Part(" and ".join(filled(got(name), f"{tag}{n}") for n, name in enumerate(rule.fields)))


def in_range(rule: m.Range, names: Names, tag: str) -> Part:
    lines = [
        f"{tag}v = {got(rule.value)}",
        f"{tag}a, {tag}b = ({tag}v, {tag}v) if {tag}v.__class__ is float else "
        f"BO[{tag}v] if {tag}v.__class__ is str else (written({tag}v), written({tag}v))",
    ]
    tests: list[str] = []
    equal = "" if rule.strict else "="
    for bound, limit, sign in (("a", rule.low, ">"), ("b", rule.high, "<")):
        if isinstance(limit, str):
            held = f"{tag}{bound}l"
            lines += [f"{held} = {got(limit)}", f"if {held}.__class__ is str: {held} = LI[{held}]"]
            tests.append(f"({held} is None or {tag}{bound} {sign}{equal} {held})")
        elif limit is not None:
            tests.append(f"{tag}{bound} {sign}{equal} {names.give(limit)}")
    return Part(" and ".join(tests), inside=tuple(lines))


def enumeration(rule: m.Enumeration, names: Names, tag: str) -> Part:
    del tag
    return Part(f"{got(rule.field)} in {names.give(rule.allowed)}")


def different(rule: m.Different, names: Names, tag: str) -> Part:
    del names
    one, two = (f"{tag}{n}" for n in range(2))
    texts = f"({one} := {got(rule.fields[0])}).__class__ is str and ({two} := {got(rule.fields[1])}).__class__ is str"
    return Part(f"{texts} and LO[{one}] != LO[{two}]")


def time_order(rule: m.TimeOrder, names: Names, tag: str) -> Part:
    lines = tuple(f"{tag}{n} = {read(got(name), f'{tag}x', 'TM', 'never')}" for n, name in enumerate(rule.fields))
    chain = " <= ".join(f"{tag}{n}" for n in range(len(rule.fields)))
    if rule.within_hours is not None:
        chain += f" and {tag}{len(rule.fields) - 1} - {tag}0 < {names.give(timedelta(hours=rule.within_hours))}"
    return Part(chain, inside=lines)


def sequence(rule: m.Sequence, names: Names, tag: str) -> Part:
    del names
    return Part(
        f"{read(got(rule.start), f'{tag}s', 'TM', 'never')} >= {tag}q",
        before=(f"{tag}q = START",),
        after=(f"{tag}q = {read(got(rule.end), f'{tag}s', 'TM', 'never')}",),
    )


def expiry(rule: m.Expiry, names: Names, tag: str) -> Part:
    del names
    until = (f"{tag}u = {read(got(rule.until), f'{tag}x', 'DY')}",)
    return Part(" and ".join(f"{tag}u >= {read(got(name), f'{tag}x', 'DY')}" for name in rule.used), inside=until)


def complete(rule: m.Complete, names: Names, tag: str) -> Part:
    gather = Part("", (f"{tag}n = []",), (f"{tag}n.append({got(rule.field)})",))
    required = tuple(rule.required)
    if rule.in_order:
        return Part("", gather.before, gather.inside, finally_=f"{tag}n == {names.give(list(required))}")
    return Part("", gather.before, gather.inside, finally_=f"{names.give(frozenset(required))}.issubset({tag}n)")


def unique(rule: m.Unique, names: Names, tag: str) -> Part:
    del names
    key = ", ".join(f"str({got(name)})" for name in rule.fields)
    return Part(
        "",
        (f"{tag}n = []",),
        (f"{tag}n.append({key if len(rule.fields) == 1 else f'({key})'})",),
        finally_=f"len(set({tag}n)) == len({tag}n)",
    )


def same(rule: m.Same, names: Names, tag: str) -> Part:
    del names
    before = (f"{tag}w = look(f, {rule.as_!r})",)
    return Part(f"{got(rule.field)} == {tag}w", before, finally_=f"{tag}w.__class__ is str")


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
    del names
    now = read(got("now", "f"), f"{tag}x", "TM", "never")
    before = (f"{tag}w = {now}",)
    tests = [f"{read(got(name), f'{tag}{n}', 'TM', 'never')} <= {tag}w" for n, name in enumerate(rule.fields)]
    return Part(" and ".join(tests), before, finally_=f"{tag}w is not never")


def pattern(rule: m.Pattern, names: Names, tag: str) -> Part:
    starts = names.give(tuple(one.lower() for one in rule.forbidden))
    tests = [
        f"({tag}{n} := {got(name)}).__class__ is str and not LO[{tag}{n}].startswith({starts})"
        for n, name in enumerate(rule.fields)
    ]
    return Part(" and ".join(tests))


def within_step(rule: m.WithinStep, names: Names, tag: str) -> Part:
    del names
    start, end = (read(got(name, "o"), "x", "TM", "never") for name in (rule.start, rule.end))
    before = (
        f"{tag}t = rows(f, 'steps')",
        f"{tag}o = {{y: ({start}, {end}) for o in {tag}t or () "
        f"if (y := {got('step_id', 'o')}) and y.__class__ is str}}",
    )
    inside = (f"{tag}a, {tag}b = {tag}o.get({got('step_id')}, NV)",)
    at = read(got(rule.at), f"{tag}x", "TM", "never")
    return Part(f"{tag}a <= {at} <= {tag}b", before, inside, finally_=_every_one_named(tag))


def day_order(rule: m.DayOrder, names: Names, tag: str) -> Part:
    del names
    earlier, later = (read(got(name), f"{tag}{n}", "DY") for n, name in enumerate((rule.earlier, rule.later)))
    return Part(f"{earlier} <= {later}")


def members(rule: m.Members, names: Names, tag: str) -> Part:
    del names
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{x for o in {tag}t or () if (x := {got(rule.other_name, 'o')}) and x.__class__ is str}}",
    )
    listed = f"({tag}n := {got(rule.field)}).__class__ is list and {tag}o.issuperset({tag}n)"
    return Part(listed, before, finally_=f"{tag}t is not None")


def tested_after(rule: m.TestedAfter, names: Names, tag: str) -> Part:
    del names
    other_at = read(got(rule.other_at, "o"), "x", "TM", "never")
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{y: {other_at} for o in {tag}t or () if (y := {got(rule.on, 'o')}) and y.__class__ is str}}",
    )
    at = read(got(rule.at), f"{tag}x", "TM", "never")
    return Part(f"{at} >= {tag}o.get({got(rule.on)}, never)", before, finally_=_every_one_named(tag))


def table_values(rule: m.TableValues, names: Names, tag: str) -> Part:
    expected = names.give({key: value for key, value in rule.expected.items() if value == value.strip()})
    other = [key for key, value in rule.expected.items() if value != value.strip()]
    known = f"({tag}k := {got(rule.key)}).__class__ is str and {tag}k not in {names.give(tuple(other))}"
    return Part(f"{known} and (({tag}w := {expected}.get({tag}k)) is None or {tag}w == {got(rule.field)})")


def lot_status(rule: m.LotStatus, names: Names, tag: str) -> Part:
    allowed = names.give(rule.allowed)
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{{_key(rule.on.values(), 'o', f'{tag}k')} for o in {tag}t or () "
        f"if {got(rule.field, 'o')} not in {allowed}}}",
    )
    return Part(f"{_key(rule.on, 'e', f'{tag}k')} not in {tag}o", before, finally_=f"{tag}t is not None")


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
}
"""Kinds of rules about lists whose satisfaction can be seen at a glance."""
