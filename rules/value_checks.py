"""Checks on single parameters by name: filled in, within limits, in order, recomputed, the same in two systems."""

from collections.abc import Iterator
from itertools import pairwise
from math import prod
from typing import Any

from rules import isbt128, units
from rules import model as m
from rules.checks import Hit
from rules.errors import BadFact, MissingFact
from rules.facts import RECORD, Fact, Facts, blank, inside, items, look_up, number
from rules.memo import half_last_place


def parameter_text(facts: Facts, name: str) -> Any:
    """A parameter as it stood; None where it is absent."""
    values = facts.get("values")
    if not isinstance(values, dict):
        raise MissingFact("values")
    entry = values.get(name)
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise BadFact(f"Parameter {name!r} is {type(entry).__name__}, not a set of fields.")
    return entry.get("text") if entry.get("text") is not None else entry.get("value")


def parameter_hit(facts: Facts, names: tuple[str, ...], **words: Any) -> Hit:
    """A hit on some parameters."""
    values = tuple(parameter_text(facts, name) for name in names)
    shown = tuple(Fact(f"values.{name}", value, RECORD) for name, value in zip(names, values, strict=True))
    said = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
    return Hit(names, values, shown, {"values": said, "names": ", ".join(names), **words})


def filled(rule: m.Filled, facts: Facts) -> Iterator[Hit]:
    """Parameters that are absent or blank, all in one hit."""
    missing = tuple(name for name in rule.parameters if blank(parameter_text(facts, name)))
    if missing:
        yield parameter_hit(facts, missing, missing=", ".join(missing))


def limit(rule: m.Limit, facts: Facts) -> Iterator[Hit]:
    """Parameters outside fixed limits. Something that stands there and is no number is outside too."""
    for name in rule.parameters:
        text = parameter_text(facts, name)
        if blank(text):
            _leave(rule.when_blank, name)
            continue
        value = number(text)
        above = value is not None and (rule.above is None or value > rule.above)
        if not above or not inside(text, rule.low, rule.high):
            yield parameter_hit(facts, (name,), value=text, item=name)


def ordered(rule: m.Ordered, facts: Facts) -> Iterator[Hit]:
    """Groups whose values fall."""
    for group in rule.groups:
        texts = [parameter_text(facts, name) for name in group]
        if any(blank(text) for text in texts):
            _leave(rule.when_blank, next(name for name, text in zip(group, texts, strict=True) if blank(text)))
            continue
        values = [number(text) for text in texts]
        falls = any(a is None or b is None or b < a for a, b in pairwise(values))
        if falls:
            yield parameter_hit(facts, group)


def _leave(when_blank: str | None, name: str) -> None:
    """A blank value is another rule's finding where the rule says so; otherwise this rule can't run."""
    if when_blank is None:
        raise MissingFact(f"values.{name}")


def same_result(rule: m.SameResult, facts: Facts) -> Iterator[Hit]:
    """Results that differ between record and LIMS, or that one of the two does not give."""
    results: dict[str, list[Any]] = {}
    for one in items(facts, "lims.results", "result_id"):
        results.setdefault(str(one.values.get("test")), []).append(one)
    for name, test in rule.pairs.items():
        recorded = parameter_text(facts, name)
        found = results.get(test, [])
        texts = [one.values.get("result") for one in found] or [None]
        numbers = [number(text) if not blank(text) else None for text in texts]
        mine = number(recorded) if not blank(recorded) else None
        if mine is not None and len(numbers) == 1 and numbers[0] is not None and mine == numbers[0]:
            continue
        base = parameter_hit(facts, (name,))
        shown = tuple(one.fact("result") for one in found)
        silent = not blank(recorded) and all(blank(text) for text in texts)
        said = _said(recorded, texts, silent=silent)
        words = {**base.words, "name": name, "test": test, "said": said}
        yield Hit((name, *(test for _ in texts)), (recorded, *texts), (*base.facts, *shown), words)


def _said(recorded: Any, texts: list[Any], *, silent: bool) -> str:
    if silent:
        return f"the record says {recorded}, the LIMS nothing"
    if blank(recorded):
        return f"the record says nothing, the LIMS {', '.join(str(text) for text in texts)}"
    return f"the record says {recorded}, the LIMS {' and '.join(str(text) for text in texts)}"


def check_character(rule: m.CheckCharacter, facts: Facts) -> Iterator[Hit]:
    """A donation number that is malformed, or does not carry the character that it should."""
    written, character = look_up(facts, rule.number), look_up(facts, rule.character)
    wanted = isbt128.check_character(str(written))
    if wanted is None or wanted != str(character):
        shown = (Fact(rule.number, written), Fact(rule.character, character))
        words = {"number": written, "character": character, "wanted": wanted or "none (it is malformed)"}
        yield Hit((rule.number, rule.character), (written, character), shown, words)


def recompute(rule: m.Recompute, facts: Facts) -> Iterator[Hit]:
    """A value that does not follow from the values it is made of."""
    names = (rule.value, *rule.times, *rule.over, *rule.plus)
    known: dict[str, float] = {}
    for name in names:
        value = number(parameter_text(facts, name))
        if value is None:
            raise MissingFact(f"values.{name}")
        known[name] = value
    divisor = prod(known[name] for name in rule.over)
    if divisor == 0:
        yield parameter_hit(facts, names, value=known[rule.value], computed="nothing (a divisor is 0)")
        return
    if rule.plus:
        computed = sum(known[name] for name in rule.plus)
    else:
        computed = rule.factor * prod(known[name] for name in rule.times) / divisor
    if abs(known[rule.value] - computed) > half_last_place(parameter_text(facts, rule.value)):
        yield parameter_hit(facts, names, value=parameter_text(facts, rule.value), computed=f"{computed:.6g}")


def master(rule: m.Master, facts: Facts) -> Iterator[Hit]:
    """Parameters that are not as the master record has them."""
    values = facts.get("values")
    if not isinstance(values, dict):
        raise MissingFact("values")
    for name, (unit, low, high) in rule.entries.items():
        entry = values.get(name)
        if entry is None:
            if rule.aspect is m.MasterAspect.PRESENT:
                yield parameter_hit(facts, (name,), item=name, said="is not in the record")
            continue
        said = _MASTER[rule.aspect](parameter_text(facts, name), entry, unit, low, high)
        if said:
            yield parameter_hit(facts, (name,), item=name, said=said)


def _absent(text: Any, *_: Any) -> str:
    return "was left blank" if blank(text) else ""


def _unit(text: Any, entry: dict[str, Any], unit: str, *_: Any) -> str:
    del text
    return "" if units.same(entry.get("unit"), unit) else f"is recorded in {entry.get('unit')} instead of {unit}"


def _limits(text: Any, entry: dict[str, Any], unit: str, low: float | None, high: float | None) -> str:
    del text, unit
    stands = entry.get("low"), entry.get("high")
    return "" if stands == (low, high) else f"has the limits {stands[0]} to {stands[1]} instead of {low} to {high}"


def _value(text: Any, entry: dict[str, Any], unit: str, low: float | None, high: float | None) -> str:
    del unit
    if blank(text) or (low is None and high is None):
        return ""
    value = number(text)
    if value is None:
        return f"reads {text}, which is no number"
    if entry.get("value") is not None and number(entry["value"]) != value:
        return f"reads {text}, and {entry['value']} was used"
    return "" if inside(text, low, high) else f"is {text} {entry.get('unit')}, outside {low} to {high}"


_MASTER = {
    m.MasterAspect.PRESENT: _absent,
    m.MasterAspect.UNIT: _unit,
    m.MasterAspect.LIMITS: _limits,
    m.MasterAspect.VALUE: _value,
}


def head_of(facts: Facts) -> dict[str, Any]:
    """The head of the record.

    Raises:
        MissingFact: there is none.
    """
    entry = facts.get("batch")
    if not isinstance(entry, dict):
        raise MissingFact("batch")
    return entry
