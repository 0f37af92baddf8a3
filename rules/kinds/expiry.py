"""Kind `expiry`: what was used had not expired, or run out of calibration, when it was used."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, Item, day, no_zone, zones
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part


class Expiry(Each):
    """What was used had not expired, or run out of calibration, when it was used."""

    kind: Literal["expiry"]
    until: Name
    used: tuple[Name, ...] = Field(min_length=1)

    def reads(self) -> Reads:
        return Reads(fields=(self.until, *self.used))


def check(rule: Expiry, facts: Facts) -> Iterator[Hit]:
    """What was used after its last day, or has no last day."""
    everywhere, unplaced = zones(facts), ""
    for one in chosen(rule, facts):
        late = {_late(rule, one, zone) for zone in everywhere}
        if late == {True}:
            until = day(one.values.get(rule.until), f"{one.path}.{rule.until}", everywhere[0])
            yield hit(one, rule.until, *rule.used, until=until or "nothing")
        elif len(late) > 1:
            unplaced = unplaced or one.path
    if unplaced:
        raise no_zone(f"{unplaced}.{rule.used[0]}")


def _late(rule: Expiry, one: Item, zone: tzinfo) -> bool:
    until = day(one.values.get(rule.until), f"{one.path}.{rule.until}", zone)
    used = [day(one.values.get(name), f"{one.path}.{name}", zone) for name in rule.used]
    return until is None or any(moment_used is not None and moment_used > until for moment_used in used)


def screen(rule: Expiry, names: Names, tag: str) -> Part:
    until = (f"{tag}u = DE[{names.field(rule.until)}]",)
    return Part(" and ".join(f"AW <= {names.time(name)} <= {tag}u" for name in rule.used), inside=until)


KIND = Kind(Expiry, check, words=("until",), place="entries", screen=screen)
