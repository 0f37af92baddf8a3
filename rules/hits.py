"""What a check yields: hits, with fields and values as they stood, the facts, and words for the rule's text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rules.base import Each
from rules.errors import BadFact, MissingFact
from rules.facts import RECORD, Fact, Facts, Item, items

Choice = Mapping[str, tuple[str, ...]]
"""Fields, and the texts that are meant."""


@dataclass(frozen=True)
class Hit:
    """One way in which a rule is not satisfied: fields and values as they stood, the facts, and words for the text."""

    fields: tuple[str, ...]
    values: tuple[Any, ...]
    facts: tuple[Fact, ...]
    words: dict[str, Any] = field(default_factory=dict)


def chosen(rule: Each, facts: Facts) -> list[Item]:
    """The entries that a rule is about."""
    found = items(facts, rule.each, rule.name)
    if not rule.chooses:
        return found
    return [one for one in found if picked(one, rule.where, rule.unless)]


def picked(one: Item, where: Choice, unless: Choice) -> bool:
    """Whether an entry is among those that a rule chooses."""
    return all(one.values.get(key) in allowed for key, allowed in where.items()) and not any(
        one.values.get(key) in left_out for key, left_out in unless.items()
    )


def hit(one: Item, *names: str, **words: Any) -> Hit:
    """A hit on some fields of an entry; the rule's text may use every field of it."""
    shown = tuple(f"{one.name}.{name}" for name in names)
    values = tuple(one.values.get(name) for name in names)
    said = {**one.values, **{name: one.values.get(name) for name in names}, "item": one.name, **words}
    return Hit(shown, values, tuple(one.fact(name) for name in names), said)


def lacking(listed: Any, required: tuple[str, ...]) -> list[str]:
    """Those of the required texts that a list does not hold, whatever their case; what is no list holds none."""
    held = {str(one).strip().lower() for one in listed} if isinstance(listed, list | tuple) else set()
    return [one for one in required if one.strip().lower() not in held]


def known_test(one: Item) -> dict[str, object]:
    """What a person wants to hear of a result besides the field in question."""
    return {"test": one.values.get("test")}


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


def leave(when_blank: str | None, name: str) -> None:
    """A blank value is another rule's finding where the rule says so; otherwise this rule can't run.

    Raises:
        MissingFact: no other rule speaks.
    """
    if when_blank is None:
        raise MissingFact(f"values.{name}")


def head_of(facts: Facts) -> Mapping[str, Any]:
    """The head of the record.

    Raises:
        MissingFact: there is none.
    """
    entry = facts.get("batch")
    if not isinstance(entry, dict):
        raise MissingFact("batch")
    return entry
