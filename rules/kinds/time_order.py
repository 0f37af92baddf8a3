"""Kind `time_order`: the times of an entry do not go backwards, and lie within a window where one is given."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, moment
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part


class TimeOrder(Each):
    """The times of an entry do not go backwards, and lie within a window where one is given."""

    kind: Literal["time_order"]
    fields: tuple[Name, ...] = Field(min_length=2)
    within_hours: float | None = Field(default=None, gt=0)

    def reads(self) -> Reads:
        return Reads(fields=self.fields)


def check(rule: TimeOrder, facts: Facts) -> Iterator[Hit]:
    """Times that go backwards, or lie too far apart."""
    for one in chosen(rule, facts):
        times = [moment(one.values.get(name), f"{one.path}.{name}") for name in rule.fields]
        known = [time for time in times if time is not None]
        backwards = any(later < earlier for earlier, later in pairwise(known))
        far = rule.within_hours is not None and len(known) > 1
        if backwards or (far and (known[-1] - known[0]).total_seconds() / 3600 > (rule.within_hours or 0)):
            yield hit(one, *rule.fields)


def screen(rule: TimeOrder, names: Names, tag: str) -> Part:
    del tag
    times = [names.time(name) for name in rule.fields]
    far = (
        f" and {times[-1]} - {times[0]} < {names.give(timedelta(hours=rule.within_hours))}" if rule.within_hours else ""
    )
    return Part(f"AW <= {' <= '.join(times)} <= ZW{far}")


KIND = Kind(TimeOrder, check, words=(), place="entries", screen=screen)
