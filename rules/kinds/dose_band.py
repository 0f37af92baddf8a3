"""Kind `dose_band`: a dose lies within the band of the product, the indication and the weight of the patient."""

import math
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from rules.base import Each, Name, Reads
from rules.errors import MissingFact
from rules.facts import Facts, blank, inside, look_up, number
from rules.family import Kind
from rules.hits import Hit, chosen, hit
from rules.product import DoseBand
from rules.screens import Names, Part, figure

_WHOLE = 1e-9
"""Binary fractions of a product of two numbers, relative: 0.2 x 55 is 11."""


class DoseBands(Each):
    """The dose of every entry (1e6 cells) lies within the product's dose band for indication and body weight.

    `product`, `indication` and `weight` are places in the facts. A patient for whom there is no band gets a finding.
    """

    kind: Literal["dose_band"]
    value: Name
    product: Name
    indication: Name
    weight: Name
    bands: list[DoseBand] = Field(default_factory=list, exclude=True)

    def reads(self) -> Reads:
        return Reads(fields=(self.value,), paths=(self.product, self.indication, self.weight))


def check(rule: DoseBands, facts: Facts) -> Iterator[Hit]:
    """Doses outside the patient's band, and patients without a band."""
    product, indication = (str(look_up(facts, path)) for path in (rule.product, rule.indication))
    weight = number(look_up(facts, rule.weight))
    if weight is None:
        raise MissingFact(rule.weight)
    window = _window(rule.bands, product, indication, weight)
    about = {"indication": indication, "weight": weight, "product": product}
    for one in chosen(rule, facts):
        raw = one.values.get(rule.value)
        if window is None:
            yield hit(one, rule.value, value=raw, low="none", high="none", **about)
        elif not blank(raw) and not inside(raw, window[0] * (1 - _WHOLE), window[1] * (1 + _WHOLE)):
            yield hit(one, rule.value, value=raw, low=window[0], high=window[1], **about)


def _window(bands: list[DoseBand], product: str, indication: str, weight: float) -> tuple[float, float] | None:
    wanted = product.strip(), indication.strip().lower()
    for one in bands:
        if (one.product, one.indication.lower()) == wanted and one.over_kg < weight <= one.end_kg:
            factor = weight if one.per == "kg" else 1.0
            return one.low * factor, one.high * factor
    return None


def screen(rule: DoseBands, names: Names, tag: str) -> Part:
    def limits(product: Any, indication: Any, weight: Any) -> tuple[float, float]:
        heavy = number(weight)
        found = None if heavy is None else _window(rule.bands, str(product), str(indication), heavy)
        return (math.nan, math.nan) if found is None else found

    places = ", ".join(f"look(f, {path!r})" for path in (rule.product, rule.indication, rule.weight))
    dose = figure(names.field(rule.value), f"{tag}a")
    return Part(f"{tag}w[0] <= {dose} <= {tag}w[1]", (f"{tag}w = {names.give(limits)}({places})",))


KIND = Kind(
    DoseBands,
    check,
    words=("value", "low", "high", "indication", "weight", "product"),
    place="entries",
    screen=screen,
)
