"""What a rule set knows of its product: limits, lists and dose bands, each with its source, and rules that name them.

These are data of the product's master record, not of a rule. Where a rule takes a number it may say `{limit: NAME}`,
and where it takes a list of texts `{list: NAME}`; in an expression a limit is `product.NAME`, in a rule's text
`{product.NAME}`. They are filled in when the file is read, so that a name that is not known, and data that no rule
uses, are refused.
"""

import math
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import Field, model_validator

from rules.base import Name, Strict

_IN_EXPRESSION = re.compile(r"\bproduct\.([A-Za-z_][A-Za-z0-9_]*)")
_IN_TEXT = re.compile(r"\{product\.([A-Za-z_][A-Za-z0-9_]*)\}")


class ProductLimit(Strict):
    """One number of the product's master record. `to_verify` marks one whose source was not seen."""

    value: float
    unit: str
    source: str = Field(min_length=3)
    to_verify: bool = False


class DoseBand(Strict):
    """Which dose a patient may get: of a product, in an indication, above one body weight up to another (kg).

    Without `to_kg` the band has no upper end. `low` and `high` are 1e6 viable transduced cells, for each kg of body
    weight where `per` is "kg".
    """

    product: Name
    indication: Name
    over_kg: float = Field(ge=0)
    to_kg: float | None = None
    per: Literal["kg", "patient"]
    low: float = Field(gt=0)
    high: float
    source: str = Field(min_length=3)
    to_verify: bool = False

    @model_validator(mode="after")
    def _sensible(self) -> "DoseBand":
        if self.low > self.high or self.over_kg >= self.end_kg:
            raise ValueError(f"the dose band of {self.indication} above {self.over_kg:g} kg holds no dose or no weight")
        return self

    @property
    def end_kg(self) -> float:
        """The heaviest that the band speaks of, in kg; infinite without an upper end."""
        return math.inf if self.to_kg is None else self.to_kg


class Product(Strict):
    """What the master record of the product says beside its parameters."""

    code: Name
    limits: dict[Name, ProductLimit] = Field(default_factory=dict)
    lists: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    dose_bands: tuple[DoseBand, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> "Product":
        for number, one in enumerate(self.dose_bands):
            for other in self.dose_bands[:number]:
                same = (one.product, one.indication) == (other.product, other.indication)
                if same and max(one.over_kg, other.over_kg) < min(one.end_kg, other.end_kg):
                    raise ValueError(f"two dose bands of {one.indication} speak of the same weight")
        return self


def filled_in(document: dict[str, Any]) -> dict[str, Any]:
    """A rule file in which limits and lists of the product stand where rules name them.

    Raises:
        ValueError: a name that is not known, or product data that no rule uses.
    """
    product = document.get("product")
    rules = document.get("rules")
    if not isinstance(rules, list | tuple):
        return document
    known = product if isinstance(product, dict) else {}
    used: set[tuple[str, str]] = set()
    done = [_rule(one, known, used) for one in rules]
    for kind in ("limit", "list"):
        left = sorted(set(_names(known, kind)) - {name for of, name in used if of == kind})
        if left:
            raise ValueError(f"no rule uses the product's {kind} {left[0]!r}: remove it or use it")
    return {**document, "rules": done}


def _rule(rule: Any, product: dict[str, Any], used: set[tuple[str, str]]) -> Any:
    if not isinstance(rule, dict):
        return rule
    own: set[tuple[str, str]] = set()
    done = {
        name: value if name == "examples" else _value(value, product, own, expression=name == "check")
        for name, value in rule.items()
    }
    if isinstance(done.get("text"), str):
        done["text"] = _IN_TEXT.sub(lambda found: f"{_named('limit', found[1], product, own):g}", done["text"])
    used |= own
    _say_so(done, product, own)
    return done


def _say_so(rule: dict[str, Any], product: dict[str, Any], own: set[tuple[str, str]]) -> None:
    """A rule is no surer than the limits that it judges by.

    Raises:
        ValueError: one of them is to be verified, and the rule does not say so.
    """
    for kind, name in sorted(own):
        held = product["limits"][name] if kind == "limit" else None
        if isinstance(held, dict) and held.get("to_verify") is True and rule.get("to_verify") is not True:
            raise ValueError(
                f"rule {rule.get('id')} judges by the limit {name!r}, which is to be verified: give it to_verify: true"
            )


def _value(value: Any, product: dict[str, Any], used: set[tuple[str, str]], *, expression: bool) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and (kind := next(iter(value))) in ("limit", "list") and isinstance(value[kind], str):
            return _named(kind, value[kind], product, used)
        return {name: _value(one, product, used, expression=False) for name, one in value.items()}
    if isinstance(value, list):
        return [_value(one, product, used, expression=False) for one in value]
    if expression and isinstance(value, str):
        return _IN_EXPRESSION.sub(lambda found: _plain(_named("limit", found[1], product, used)), value)
    return value


def _named(kind: str, name: str, product: dict[str, Any], used: set[tuple[str, str]]) -> Any:
    names = _names(product, kind)
    if name not in names:
        close = get_close_matches(name, list(names), n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise ValueError(f"{name!r} is no {kind} of the product{hint}")
    used.add((kind, name))
    found = product[f"{kind}s"][name]
    return found if kind == "list" else found.get("value") if isinstance(found, dict) else found


def _names(product: dict[str, Any], kind: str) -> Iterable[str]:
    held = product.get(f"{kind}s")
    return list(held) if isinstance(held, dict) else []


def _plain(value: Any) -> str:
    """A number as expressions write it: no exponent, a sign in brackets."""
    text = f"{float(value):.12f}".rstrip("0").rstrip(".")
    return f"(0 - {text[1:]})" if text.startswith("-") else text
