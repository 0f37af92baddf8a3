"""Rules compiled once to one function of plain Python, which clears what is surely in order.

The function looks at every rule and gives back those it could not clear; their checks then decide, and gather the
evidence. So there is one judge of a rule, its check, and a clean batch costs microseconds. That a cleared rule is one
whose check finds nothing is a law, held by property tests over clean, corrupted and malformed facts.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rules import isbt128, screen_lists, screen_values
from rules.errors import MissingFact
from rules.facts import OWN_TABLES, look_up
from rules.facts import TABLES as SYSTEMS
from rules.memo import TABLES, Memo
from rules.model import Each, Master, RuleBase
from rules.model_expression import Expression

Screen = Callable[[dict[str, Any]], list[int]]
"""Takes facts, gives the places of the rules that were not cleared, in no order."""

_PARAMETER_KINDS = frozenset({"filled", "limit", "ordered", "recompute", "repeats", "same_result"})
_ODD = (TypeError, AttributeError, KeyError, ValueError, OverflowError)
"""What facts of another shape lead to."""
_CHARACTERS = Memo(isbt128.check_character)


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
    space: dict[str, Any] = {**TABLES, **constants, "rows": _rows, "look": _look, "CC": _CHARACTERS, "ODD": _ODD}
    space["agree"] = screen_values.agree
    exec(compile(source, "<rules>", "exec"), space)  # noqa: S102 - source made from validated kinds, never from texts
    function: Screen = space["screen"]
    return function


def write_source(rules: Sequence[RuleBase], places: Sequence[int]) -> tuple[str, dict[str, Any]]:
    """The source of the function and the constants that it names."""
    names = screen_lists.Names()
    blocks = [
        *_master_block(rules, places, names),
        *_place_blocks(rules, places, names),
        *_list_blocks(rules, places, names),
        *_expression_blocks(rules, places),
    ]
    lines = ["def screen(f):", f"    U = {_unscreened(rules, places)!r}"]
    lines += [f"    {line}" for line in blocks]
    return "\n".join([*lines, "    return U", ""]), names.values


def _unscreened(rules: Sequence[RuleBase], places: Sequence[int]) -> list[int]:
    known = screen_lists.EMIT.keys() | screen_values.EMIT.keys() | {"master"}
    return [place for place in places if _kind(rules[place]) not in known and not _over_list(rules[place])]


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


def _kind(rule: RuleBase) -> str:
    return str(getattr(rule, "kind", ""))


def _place_blocks(rules: Sequence[RuleBase], places: Sequence[int], names: screen_lists.Names) -> list[str]:
    """Rules about parameters, about the head, and about moments anywhere."""
    known = screen_values.Parameters()
    groups: dict[str, list[str]] = {"V": [], "h": [], "": []}
    members: dict[str, list[int]] = {"V": [], "h": [], "": []}
    for place in places:
        rule = rules[place]
        kind = _kind(rule)
        emit = screen_values.EMIT.get(kind)
        if emit is None:
            continue
        on = "V" if kind in _PARAMETER_KINDS else "h" if kind in screen_values.ON_HEAD else ""
        groups[on].append(f"if not ({emit(rule, names, known, f'r{place}_')}): u.append({place})")
        members[on].append(place)
    lines = _tried(groups[""], members[""]) if groups[""] else []
    for variable, table in (("V", "values"), ("h", "batch")):
        if groups[variable]:
            tests = [f"{variable} = f[{table!r}]", *groups[variable]]
            if variable == "h":
                lines += _tried(tests, members["h"])
                continue
            careful = _tried([tests[0], *known.careful(), *tests[1:]], members["V"])
            lines += _tried([tests[0], *known.plain(), *tests[1:]], careful)
    return lines


def _master_block(rules: Sequence[RuleBase], places: Sequence[int], names: screen_lists.Names) -> list[str]:
    """The parameters against the master record: one walk for all its aspects."""
    found = [(place, rule) for place in places if isinstance(rule := rules[place], Master)]
    if not found:
        return []
    entries = names.give(tuple((name, *entry) for name, entry in found[0][1].entries.items()))
    flags = [f"m{place}" for place, _ in found]
    tests = [
        f"    if not ({screen_values.MASTER[rule.aspect]}): {flag} = 1"
        for flag, (_, rule) in zip(flags, found, strict=True)
    ]
    body = [
        f"{' = '.join(flags)} = 0",
        "V = f['values']",
        f"for name, unit, low, high in {entries}:",
        "    p = V[name]",
        "    t = p['text']",
        "    if t is None: t = p['value']",
        *tests,
        *(f"if {flag}: u.append({place})" for flag, (place, _) in zip(flags, found, strict=True)),
    ]
    return _tried(body, [place for place, _ in found])


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


def _list_blocks(rules: Sequence[RuleBase], places: Sequence[int], names: screen_lists.Names) -> list[str]:
    """One loop for every list, whatever the number of rules about it."""
    by_list: dict[str, list[int]] = {}
    for place in places:
        rule = rules[place]
        if isinstance(rule, Each) and _kind(rule) in screen_lists.EMIT:
            by_list.setdefault(rule.each, []).append(place)
    lines: list[str] = []
    for path, members in by_list.items():
        lines += _loop(path, members, rules, names)
    return lines


def _loop(path: str, members: list[int], rules: Sequence[RuleBase], names: screen_lists.Names) -> list[str]:
    flags = [f"g{place}" for place in members]
    body: list[str] = []
    before: list[str] = []
    after: list[str] = []
    shared: dict[str, None] = {}
    for place, flag in zip(members, flags, strict=True):
        rule = rules[place]
        part = screen_lists.EMIT[_kind(rule)](rule, names, f"r{place}_")
        read = names.taken()
        inner = _entry(part, flag)
        where = getattr(rule, "where", {})
        if where and inner:
            chosen = " and ".join(
                f"{screen_lists.got(key)} in {names.give(tuple(allowed))}" for key, allowed in where.items()
            )
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


def _entry(part: screen_lists.Part, flag: str) -> list[str]:
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
