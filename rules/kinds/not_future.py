"""Kind `not_future`: no time of an entry lies after the review."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, look_up, moment
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, got


class NotFuture(Each):
    """No time of an entry lies after the review."""

    kind: Literal["not_future"]
    fields: tuple[Name, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=self.fields)


def check(rule: NotFuture, facts: Facts) -> Iterator[Hit]:
    """Times after the review."""
    now = moment(look_up(facts, "now"), "now")
    for one in chosen(rule, facts):
        for name in rule.fields:
            time = moment(one.values.get(name), f"{one.path}.{name}")
            if time is not None and now is not None and time > now:
                yield hit(one, name, moment=one.values.get(name))


def screen(rule: NotFuture, names: Names, tag: str) -> Part:
    tests = [f"AW <= {names.time(name)} <= {tag}w" for name in rule.fields]
    return Part(" and ".join(tests), (f"{tag}w = D({got('now', 'f')})",), finally_=f"{tag}w <= ZW")


KIND = Kind(NotFuture, check, words=("moment",), place="entries", screen=screen)
