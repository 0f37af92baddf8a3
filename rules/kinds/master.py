"""Kind `master`: the parameters of the record against those of the master record that stands in the rule file."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from rules import units
from rules.base import RuleBase
from rules.errors import MissingFact
from rules.facts import Facts, blank, inside, number
from rules.family import Kind
from rules.hits import Hit, parameter_hit, parameter_text
from rules.screens import Names


class MasterAspect(StrEnum):
    """What of the master record is compared."""

    PRESENT = "present"
    UNIT = "unit"
    LIMITS = "limits"
    VALUE = "value"


class Master(RuleBase):
    """The parameters of the record against those of the master record that stands in the rule file."""

    kind: Literal["master"]
    aspect: MasterAspect
    entries: dict[str, tuple[str, float | None, float | None]] = Field(default_factory=dict, exclude=True)

    def useless(self, *, has_master: bool) -> str:
        return "" if has_master else "can never fire: the file has no block 'master' to compare with"


def check(rule: Master, facts: Facts) -> Iterator[Hit]:
    """Parameters that are not as the master record has them."""
    values = facts.get("values")
    if not isinstance(values, dict):
        raise MissingFact("values")
    for name, (unit, low, high) in rule.entries.items():
        entry = values.get(name)
        if entry is None:
            if rule.aspect is MasterAspect.PRESENT:
                yield parameter_hit(facts, (name,), item=name, said="is not in the record")
            continue
        said = _ASPECTS[rule.aspect](parameter_text(facts, name), entry, unit, low, high)
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


_ASPECTS = {
    MasterAspect.PRESENT: _absent,
    MasterAspect.UNIT: _unit,
    MasterAspect.LIMITS: _limits,
    MasterAspect.VALUE: _value,
}
_CLEARED = {
    MasterAspect.PRESENT: "t is not None and (t.__class__ is not str or FI[t])",
    MasterAspect.UNIT: "p.get('unit') == unit",
    MasterAspect.LIMITS: "p.get('low') == low and p.get('high') == high",
    MasterAspect.VALUE: "(low is None and high is None) or (t.__class__ is str and "
    "((x := p.get('value')) is None or NU[t] == written(x)) and bounded(t, low, high))",
}
"""What each aspect asks of a parameter `p` with the text `t`, against the master record's `unit`, `low` and `high`."""


def screens(rules: list[tuple[int, Master]], names: Names) -> list[str]:
    """One walk over the parameters for all aspects."""
    entries = names.give(tuple((name, *entry) for name, entry in rules[0][1].entries.items()))
    flags = [f"m{place}" for place, _ in rules]
    tests = [f"    if not ({_CLEARED[rule.aspect]}): {flag} = 1" for flag, (_, rule) in zip(flags, rules, strict=True)]
    return [
        f"{' = '.join(flags)} = 0",
        "V = f['values']",
        f"for name, unit, low, high in {entries}:",
        "    p = V[name]",
        "    t = p['text']",
        "    if t is None: t = p['value']",
        *tests,
        *(f"if {flag}: u.append({place})" for flag, (place, _) in zip(flags, rules, strict=True)),
    ]


KIND = Kind(Master, check, words=("said", "values", "names"), together=screens)
