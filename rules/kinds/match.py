"""Kind `match`: every entry has its counterpart in another table, with the same values."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, Item, items, number
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, figure, got, joined_key


class Match(Each):
    """Every entry has its counterpart in another table, with the same values."""

    kind: Literal["match"]
    other: Name
    other_name: Name
    on: dict[str, str] = Field(min_length=1)
    equal: dict[str, str] = Field(default_factory=dict)

    def reads(self) -> Reads:
        return Reads(fields=(*self.on, *self.equal), others=(self.other_name, *self.on.values(), *self.equal.values()))


def check(rule: Match, facts: Facts) -> Iterator[Hit]:
    """Entries without a counterpart in the other table, or with one that says something else."""
    others: dict[tuple[str, ...], Item] = {}
    for other in items(facts, rule.other, rule.other_name):
        others.setdefault(tuple(str(other.values.get(name)).strip() for name in rule.on.values()), other)
    for one in chosen(rule, facts):
        key = tuple(str(one.values.get(name)).strip() for name in rule.on)
        counterpart = others.get(key)
        if counterpart is None:
            yield hit(one, *rule.on, said="no counterpart", other=rule.other)
            continue
        for mine, theirs in rule.equal.items():
            left, right = one.values.get(mine), counterpart.values.get(theirs)
            if not _equal(left, right):
                found = hit(one, mine, said=f"{right} instead of {left}", other=rule.other)
                fields = (*found.fields, f"{counterpart.name}.{theirs}")
                yield Hit(fields, (left, right), (*found.facts, counterpart.fact(theirs)), found.words)


def _equal(left: Any, right: Any) -> bool:
    numbers = number(left), number(right)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] == numbers[1]
    return str(left).strip() == str(right).strip()


def screen(rule: Match, names: Names, tag: str) -> Part:
    before = (
        f"{tag}t = rows(f, {rule.other!r})",
        f"{tag}o = {{{joined_key(rule.on.values(), 'o', f'{tag}k')}: o for o in reversed({tag}t or ())}}",
    )
    tests = [f"({tag}c := {tag}o.get({joined_key(rule.on, 'e', f'{tag}k')})) is not None"]
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


KIND = Kind(Match, check, words=("said", "other"), place="entries", screen=screen)
