"""Kind `within_step`: the time of an entry lies within the step that it names."""

from collections.abc import Iterator
from typing import Literal

from rules.base import Each, Name, Reads
from rules.facts import Facts, items, moment
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.screens import Names, Part, every_one_named, got


class WithinStep(Each):
    """The time of an entry lies within the step that it names."""

    kind: Literal["within_step"]
    at: Name
    start: Name
    end: Name

    def reads(self) -> Reads:
        return Reads(fields=(self.at,))


def check(rule: WithinStep, facts: Facts) -> Iterator[Hit]:
    """Values written before their step began, or after it was checked."""
    steps = {one.name: one for one in items(facts, "steps", "step_id")}
    for one in chosen(rule, facts):
        at = moment(one.values.get(rule.at), f"{one.path}.{rule.at}")
        step = steps.get(str(one.values.get("step_id")))
        if at is None or step is None:
            continue
        start, end = (moment(step.values.get(name), f"{step.path}.{name}") for name in (rule.start, rule.end))
        if (start is not None and at < start) or (end is not None and at > end):
            words = {"moment": at, "step": step.name, "start": start, "end": end}
            found = hit(one, rule.at, **words)
            yield Hit(
                found.fields, found.values, (*found.facts, step.fact(rule.start), step.fact(rule.end)), found.words
            )


def screen(rule: WithinStep, names: Names, tag: str) -> Part:
    start, end = (f"D({got(name, 'o')})" for name in (rule.start, rule.end))
    before = (
        f"{tag}t = rows(f, 'steps')",
        f"{tag}o = {{y: ({start}, {end}) for o in {tag}t or () "
        f"if (y := {got('step_id', 'o')}) and y.__class__ is str}}",
    )
    inside = (f"{tag}a, {tag}b = {tag}o[{names.field('step_id')}]",)
    return Part(f"AW <= {tag}a <= {names.time(rule.at)} <= {tag}b <= ZW", before, inside, finally_=every_one_named(tag))


KIND = Kind(WithinStep, check, words=("moment", "step", "start", "end"), place="entries", screen=screen)
