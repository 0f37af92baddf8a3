"""Kind `sequence`: entries follow one another: each starts no earlier than the one before it ended."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Each, Name, Reads
from rules.facts import Facts, Item, moment
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part


class Sequence(Each):
    """Entries follow one another: each starts no earlier than the one before it ended."""

    kind: Literal["sequence"]
    start: Name
    end: Name
    numbered: bool = False

    def reads(self) -> Reads:
        return Reads(fields=(self.start, self.end))


def check(rule: Sequence, facts: Facts) -> Iterator[Hit]:
    """Entries that start before the one before them has ended."""
    before: Item | None = None
    for one in chosen(rule, facts):
        if before is not None:
            ended = moment(before.values.get(rule.end), f"{before.path}.{rule.end}")
            started = moment(one.values.get(rule.start), f"{one.path}.{rule.start}")
            if ended is not None and started is not None and started < ended:
                found = hit(one, rule.start, before=before.name)
                shown = (*found.facts, before.fact(rule.end))
                fields = (*found.fields, f"{before.name}.{rule.end}")
                values = (*found.values, before.values.get(rule.end))
                yield Hit(fields, values, shown, found.words)
        before = one


def screen(rule: Sequence, names: Names, tag: str) -> Part:
    end = names.time(rule.end)
    return Part(f"{tag}q <= {names.time(rule.start)} <= ZW", (f"{tag}q = AW",), after=(f"{tag}q = {end}",))


KIND = Kind(Sequence, check, words=("before",), place="entries", screen=screen)
