"""Kind `total_time`: the times of entries that belong together add up to no more than a limit."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.facts import Facts, Item, moment
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, joined_key


class TotalTime(Each):
    """From `start` to `end`, added up over the entries that say the same in `by`: no more than so many minutes."""

    kind: Literal["total_time"]
    by: tuple[Name, ...] = Field(min_length=1)
    start: Name
    end: Name
    most_minutes: float = Field(gt=0)

    def reads(self) -> Reads:
        return Reads(fields=(*self.by, self.start, self.end))


def check(rule: TotalTime, facts: Facts) -> Iterator[Hit]:
    """Entries without an end, that end before they start, or that bring their sum over the limit."""
    totals: dict[tuple[str, ...], float] = {}
    for one in chosen(rule, facts):
        minutes = _minutes(rule, one)
        said = {"most": rule.most_minutes, "of": ", ".join(str(one.values.get(name)) for name in rule.by)}
        if minutes is None or minutes < 0:
            words = "an unknown time (it has not both ends)" if minutes is None else "a time that runs backwards"
            yield hit(one, rule.start, rule.end, total=words, **said)
            continue
        key = tuple(str(one.values.get(name)).strip() for name in rule.by)
        before, totals[key] = totals.get(key, 0.0), totals.get(key, 0.0) + minutes
        if before <= rule.most_minutes < totals[key]:
            yield hit(one, rule.start, rule.end, total=f"{totals[key]:.4g} min", **said)


def _minutes(rule: TotalTime, one: Item) -> float | None:
    start, end = (moment(one.values.get(name), f"{one.path}.{name}") for name in (rule.start, rule.end))
    return None if start is None or end is None else (end - start).total_seconds() / 60


def screen(rule: TotalTime, names: Names, tag: str) -> Part:
    start, end = names.time(rule.start), names.time(rule.end)
    key = joined_key(rule.by, "e", f"{tag}k")
    added = f"{tag}n[{tag}y] = {tag}n.get({tag}y, 0.0) + ({end} - {start}).total_seconds() / 60"
    surely = names.give(rule.most_minutes * (1 - 1e-9))
    return Part(
        f"AW <= {start} <= {end} <= ZW",
        (f"{tag}n = {{}}",),
        (f"{tag}y = {key}", added),
        finally_=f"max({tag}n.values(), default=0.0) <= {surely}",
    )


KIND = Kind(TotalTime, check, words=("total", "most", "of"), place="entries", screen=screen)
