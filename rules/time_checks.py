"""Checks on times and names of entries, and on the head of the record."""

import re
from collections.abc import Iterator

from rules import model as m
from rules.checks import Hit, chosen, hit
from rules.errors import MissingFact
from rules.facts import Fact, Facts, Item, blank, day, items, look_up, moment, no_zone, zones
from rules.value_checks import head_of


def elapsed(rule: m.Elapsed, facts: Facts) -> Iterator[Hit]:
    """Too short or too long a time between two moments."""
    start, end = (moment(look_up(facts, path), path) for path in (rule.start, rule.end))
    if start is None or end is None:
        raise MissingFact(rule.start if start is None else rule.end)
    hours = (end - start).total_seconds() / 3600
    if not rule.least_hours <= hours <= rule.most_hours:
        shown = tuple(Fact(path, look_up(facts, path)) for path in (rule.start, rule.end))
        values = tuple(fact.value for fact in shown)
        yield Hit((rule.start, rule.end), values, shown, {"hours": round(hours, 1)})


def not_future(rule: m.NotFuture, facts: Facts) -> Iterator[Hit]:
    """Times after the review."""
    now = moment(look_up(facts, "now"), "now")
    for one in chosen(rule, facts):
        for name in rule.fields:
            time = moment(one.values.get(name), f"{one.path}.{name}")
            if time is not None and now is not None and time > now:
                yield hit(one, name, moment=one.values.get(name))


def pattern(rule: m.Pattern, facts: Facts) -> Iterator[Hit]:
    """Names that are no person's own."""
    starts = tuple(one.lower() for one in rule.forbidden)
    for one in chosen(rule, facts):
        for name in rule.fields:
            value = one.values.get(name)
            if not blank(value) and str(value).strip().lower().startswith(starts):
                yield hit(one, name, value=value, **_known(one))


def within_step(rule: m.WithinStep, facts: Facts) -> Iterator[Hit]:
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


def day_order(rule: m.DayOrder, facts: Facts) -> Iterator[Hit]:
    """A day that is missing or comes too late."""
    everywhere, unplaced = zones(facts), ""
    for one in chosen(rule, facts):
        wrong = set()
        for zone in everywhere:
            earlier, later = (
                day(one.values.get(name), f"{one.path}.{name}", zone) for name in (rule.earlier, rule.later)
            )
            wrong.add(earlier is None or (later is not None and earlier > later))
        if wrong == {True}:
            yield hit(one, rule.earlier, rule.later)
        elif len(wrong) > 1:
            unplaced = unplaced or one.path
    if unplaced:
        raise no_zone(f"{unplaced}.{rule.later}")


def members(rule: m.Members, facts: Facts) -> Iterator[Hit]:
    """Names that the other list does not know."""
    known = {one.name for one in items(facts, rule.other, rule.other_name)}
    for one in chosen(rule, facts):
        named = one.values.get(rule.field)
        for value in named if isinstance(named, list | tuple) else ():
            if value not in known:
                yield hit(one, rule.field, value=value)


def tested_after(rule: m.TestedAfter, facts: Facts) -> Iterator[Hit]:
    """Times before those of what they rest on."""
    others = {one.name: one for one in items(facts, rule.other, rule.on)}
    for one in chosen(rule, facts):
        other = others.get(str(one.values.get(rule.on)))
        at = moment(one.values.get(rule.at), f"{one.path}.{rule.at}")
        start = moment(other.values.get(rule.other_at), f"{other.path}.{rule.other_at}") if other else None
        if at is not None and other is not None and start is not None and at < start:
            found = hit(one, rule.at, moment=at, start=start, **_known(one))
            yield Hit(found.fields, found.values, (*found.facts, other.fact(rule.other_at)), found.words)


def table_values(rule: m.TableValues, facts: Facts) -> Iterator[Hit]:
    """Fields that do not say what stands for their key."""
    for one in chosen(rule, facts):
        wanted = rule.expected.get(str(one.values.get(rule.key)))
        value = str(one.values.get(rule.field) or "").strip()
        if wanted is not None and value != wanted:
            yield hit(one, rule.key, rule.field, value=value, wanted=wanted or "nothing")


def lot_status(rule: m.LotStatus, facts: Facts) -> Iterator[Hit]:
    """Counterparts in another state than those allowed."""
    others: dict[tuple[str, ...], list[Item]] = {}
    for other in items(facts, rule.other, rule.other_name):
        key = tuple(str(other.values.get(name)).strip() for name in rule.on.values())
        others.setdefault(key, []).append(other)
    for one in chosen(rule, facts):
        key = tuple(str(one.values.get(name)).strip() for name in rule.on)
        for other in others.get(key, ()):
            value = other.values.get(rule.field)
            if value not in rule.allowed:
                found = hit(one, *rule.on, value=value, allowed=" or ".join(rule.allowed))
                fields = (*found.fields, f"{other.name}.{rule.field}")
                yield Hit(fields, (*found.values, value), (*found.facts, other.fact(rule.field)), found.words)


def head(rule: m.Head, facts: Facts) -> Iterator[Hit]:
    """Fields of the head that are not filled in."""
    entry = head_of(facts)
    missing = tuple(name for name in rule.fields if blank(entry.get(name)) or entry.get(name) in ([], ()))
    if missing:
        shown = tuple(Fact(f"batch.{name}", entry.get(name)) for name in missing)
        yield Hit(missing, tuple(entry.get(name) for name in missing), shown, {"missing": ", ".join(missing)})


def pattern_head(rule: m.PatternHead, facts: Facts) -> Iterator[Hit]:
    """A field of the head that has another form."""
    value = head_of(facts).get(rule.field)
    if not blank(value) and not re.fullmatch(rule.pattern, str(value)):
        yield Hit((rule.field,), (value,), (Fact(f"batch.{rule.field}", value),), {"value": value})


def day_order_head(rule: m.DayOrderHead, facts: Facts) -> Iterator[Hit]:
    """A day of the head that comes too late; a day that is not there can't be compared."""
    names = (rule.earlier, rule.later)
    texts = [look_up(facts, f"batch.{name}") for name in names]
    wrong = set()
    for zone in zones(facts):
        earlier, later = (day(text, f"batch.{name}", zone) for name, text in zip(names, texts, strict=True))
        if earlier is None or later is None:
            gone = 0 if earlier is None else 1
            raise MissingFact(f"batch.{names[gone]} ({str(texts[gone])[:40]!r} stands for no date)")
        wrong.add(earlier > later)
    if len(wrong) > 1:
        raise no_zone(f"batch.{rule.later}")
    if wrong == {True}:
        shown = tuple(Fact(f"batch.{name}", text) for name, text in zip(names, texts, strict=True))
        yield Hit(names, tuple(texts), shown, dict(zip(names, texts, strict=True)))


def _known(one: Item) -> dict[str, object]:
    """What a person wants to hear of a result besides the field in question."""
    return {"test": one.values.get("test")}
