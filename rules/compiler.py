"""Rules compiled once to one function of plain Python, which clears what is surely in order.

The function looks at every rule and gives back those it could not clear; their checks then decide, and gather the
evidence. So there is one judge of a rule, its check, and a clean batch costs microseconds. That a cleared rule is one
whose check finds nothing is a law, held by property tests over clean, corrupted and malformed facts.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rules.base import RuleBase
from rules.errors import MissingFact
from rules.facts import OWN_TABLES, look_up
from rules.facts import TABLES as SYSTEMS
from rules.kinds import KINDS
from rules.kinds.expression import Expression
from rules.memo import TABLES
from rules.screens import Names, Part, got

Screen = Callable[[dict[str, Any]], list[int]]
"""Takes facts, gives the places of the rules that were not cleared, in no order."""

_ODD = (TypeError, AttributeError, KeyError, ValueError, OverflowError)
"""What facts of another shape lead to."""


def compile_screen(rules: Sequence[RuleBase], chosen: Iterable[int]) -> Screen:
    """One function for some rules of a set.

    Args:
        rules: all rules of the set.
        chosen: places of those that apply.

    Returns:
        the function; facts of a shape that it doesn't know clear nothing.
    """
    places = tuple(chosen)
    source, constants = write_source(rules, places)
    space: dict[str, Any] = {**TABLES, **constants, "rows": _rows, "look": _look, "ODD": _ODD}
    exec(compile(source, "<rules>", "exec"), space)  # noqa: S102 - source made from validated kinds, never from texts
    function: Screen = space["screen"]
    return function


def write_source(rules: Sequence[RuleBase], places: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """The source of the function and the constants that it names."""
    names = Names()
    blocks = [
        *_together(rules, places, names),
        *_place_blocks(rules, places, names),
        *_list_blocks(rules, places, names),
        *_expression_blocks(rules, places),
    ]
    kinds = [(place, KINDS[rules[place].kind]) for place in places]
    screened = [place for place, kind in kinds if kind.screen or kind.together or _over_list(rules[place])]
    unscreened = [place for place in places if place not in screened]
    lines = ["def screen(f):", f"    U = {unscreened!r}"]
    lines += [f"    {line}" for line in blocks]
    return "\n".join([*lines, "    return U", ""]), names.values


def _over_list(rule: RuleBase) -> str | None:
    """The list that an expression is asked of, entry by entry."""
    return rule.each if isinstance(rule, Expression) else None


def _expression_blocks(rules: Sequence[RuleBase], places: Sequence[int]) -> list[str]:
    """Expressions about each entry of a list: where it has no entries, none of them says no."""
    lines: list[str] = []
    for place in places:
        path = _over_list(rules[place])
        if path:
            lines += _tried([f"if rows(f, {path!r}) != []: u.append({place})"], [place])
    return lines


def _together(rules: Sequence[RuleBase], places: Sequence[int], names: Names) -> list[str]:
    """Kinds that clear all their rules in one walk of their own."""
    groups: dict[str, list[tuple[int, Any]]] = {}
    for place in places:
        if KINDS[rules[place].kind].together:
            groups.setdefault(rules[place].kind, []).append((place, rules[place]))
    lines: list[str] = []
    for kind, found in groups.items():
        screen = KINDS[kind].together
        if screen is not None:
            lines += _tried(screen(found, names), [place for place, _ in found])
    return lines


def _place_blocks(rules: Sequence[RuleBase], places: Sequence[int], names: Names) -> list[str]:
    """Rules about parameters, about the head, and about moments anywhere."""
    groups: dict[str, list[str]] = {"values": [], "head": [], "facts": []}
    members: dict[str, list[int]] = {"values": [], "head": [], "facts": []}
    for place in places:
        rule = rules[place]
        kind = KINDS[rule.kind]
        if kind.screen is None or kind.place is None or kind.place == "entries":
            continue
        condition = kind.screen(rule, names, f"r{place}_").condition
        groups[kind.place].append(f"if not ({condition}): u.append({place})")
        members[kind.place].append(place)
    lines = _tried(groups["facts"], members["facts"]) if groups["facts"] else []
    if groups["values"]:
        tests, known = groups["values"], names.parameters
        careful = _tried(["V = f['values']", *known.careful(), *tests], members["values"])
        lines += _tried(["V = f['values']", *known.plain(), *tests], careful)
    if groups["head"]:
        lines += _tried(["h = f['batch']", *groups["head"]], members["head"])
    return lines


def _tried(body: list[str], otherwise: list[int] | list[str]) -> list[str]:
    """Lines that clear some rules; for facts of another shape, other lines or the rules that checks must judge."""
    last = otherwise if otherwise and isinstance(otherwise[0], str) else [f"U += {otherwise!r}"]
    return [
        "try:",
        "    u = []",
        *(f"    {line}" for line in body),
        "    U += u",
        "except ODD:",
        *(f"    {line}" for line in last),
    ]


def _list_blocks(rules: Sequence[RuleBase], places: Sequence[int], names: Names) -> list[str]:
    """One loop for every list, whatever the number of rules about it."""
    by_list: dict[str, list[int]] = {}
    for place in places:
        rule = rules[place]
        each = getattr(rule, "each", None)
        if each is not None and KINDS[rule.kind].place == "entries":
            by_list.setdefault(each, []).append(place)
    lines: list[str] = []
    for path, members in by_list.items():
        lines += _loop(path, members, rules, names)
    return lines


def _loop(path: str, members: list[int], rules: Sequence[RuleBase], names: Names) -> list[str]:
    flags = [f"g{place}" for place in members]
    body: list[str] = []
    before: list[str] = []
    after: list[str] = []
    shared: dict[str, None] = {}
    for place, flag in zip(members, flags, strict=True):
        rule = rules[place]
        screen = KINDS[rule.kind].screen
        part = screen(rule, names, f"r{place}_") if screen else Part("False")
        read = names.taken()
        inner = _entry(part, flag)
        chosen = _chosen(rule, names)
        if chosen and inner:
            inner = [f"if {chosen}:", *(f"    {line}" for line in (*read, *inner))]
        else:
            shared |= dict.fromkeys(read)
        body += inner
        before += part.before
        ended = f" or not ({part.finally_})" if part.finally_ else ""
        after.append(f"if {flag}{ended}: u.append({place})")
    lines = [
        f"L = rows(f, {path!r})",
        "if L is None: raise ValueError",
        f"{' = '.join(flags)} = 0",
        *before,
    ]
    if body:
        lines += ["for e in L:", *(f"    {line}" for line in (*shared, *body))]
    return _tried([*lines, *after], members)


def _chosen(rule: RuleBase, names: Names) -> str:
    """The condition that an entry is among those which a rule is about; nothing where it is about all."""
    where, unless = getattr(rule, "where", {}), getattr(rule, "unless", {})
    tests = [f"{got(key)} in {names.give(tuple(allowed))}" for key, allowed in where.items()]
    tests += [f"e.get({key!r}) not in {names.give(tuple(left_out))}" for key, left_out in unless.items()]
    return " and ".join(tests)


def _entry(part: Part, flag: str) -> list[str]:
    test = [f"if not ({part.condition}): {flag} = 1"] if part.condition else []
    return [*part.inside, *test, *part.after]


def _rows(facts: dict[str, Any], path: str) -> Any:
    """The entries of a list or of a table that was read to its end; None where there are none to be judged."""
    system, _, table = path.partition(".")
    if system not in SYSTEMS:
        entries = facts.get(path)
    elif path in OWN_TABLES and system not in facts:
        entries = []
    else:
        read = facts[system].get(table) if facts.get(system).__class__ is dict else None
        entries = read.get("rows") if read.__class__ is dict and read.get("complete") is True else None
    return entries if entries.__class__ is list else None


def _look(facts: dict[str, Any], path: str) -> Any:
    try:
        return look_up(facts, path)
    except MissingFact:
        return None
