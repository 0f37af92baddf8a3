"""Units by their UCUM codes, as records and other systems write them; converted by pint where two differ."""

import difflib
from functools import cache, lru_cache
from typing import Any

from rules.errors import BadFact
from rules.unit_spellings import spelled

_PINT = {
    "1": "dimensionless", "%": "percent", "Cel": "degC", "Cel/min": "delta_degC/minute", "K": "kelvin",
    "[degF]": "degF", "Pa": "pascal",
    "kPa": "kilopascal", "mbar": "millibar", "g": "gram", "mg": "milligram", "ug": "microgram", "ng": "nanogram",
    "kg": "kilogram", "L": "litre", "l": "litre", "mL": "millilitre", "ml": "millilitre", "uL": "microlitre",
    "s": "second", "min": "minute", "h": "hour", "d": "day", "wk": "week", "1e6": "1e6",
    "1e6/mL": "1e6/millilitre", "1e9/L": "1e9/litre", "1/mL": "1/millilitre", "1/m3": "1/metre**3",
    "1/min": "1/minute", "mL/min": "millilitre/minute", "mmol/L": "millimole/litre", "mol/L": "mole/litre",
    "g/L": "gram/litre", "mg/dL": "milligram/decilitre", "ng/mL": "nanogram/millilitre", "ug/L": "microgram/litre",
    "mg/mL": "milligram/millilitre", "kg/m3": "kilogram/metre**3", "m/s": "metre/second", "cm/s": "centimetre/second",
    "m": "metre", "cm": "centimetre", "mm": "millimetre", "um": "micrometre", "1e6/kg": "1e6/kilogram",
    "N": "newton", "kN": "kilonewton", "mSv": "millisievert", "Gy": "gray", "unit": "dimensionless",
    "EA": "dimensionless", "{bag}": "dimensionless", "{count}": "dimensionless",
}  # fmt: skip
"""Code to what pint calls it."""
_OF_THEIR_OWN = frozenset(
    {"[pH]", "EU/mL", "EU/kg", "EU/kg/h", "IU/mL", "copies/cell", "beads/3e6 cells", "CFU", "CFU/m3", "CFU/plate"}
)
"""Units that no other can be converted to: activities and counts per something counted."""


NAMES = frozenset(_PINT) | _OF_THEIR_OWN


def known(unit: str) -> bool:
    """Whether a unit is one that rules may name."""
    return unit in NAMES


def code(unit: str) -> str:
    """The code of a unit that was recorded in another spelling; the text itself where it is none."""
    return spelled(unit, NAMES)


def same(one: object, other: str) -> bool:
    """Whether two texts are one unit."""
    return one == other or (isinstance(one, str) and code(one) == code(other))


def likely(unit: str) -> str:
    """The unit that was probably meant, as a question; or nothing."""
    close = difflib.get_close_matches(unit, [*_PINT, *_OF_THEIR_OWN], n=1, cutoff=0.4)
    return f" (did you mean {close[0]!r}?)" if close else ""


@cache
def _registry() -> Any:
    # Loading pint takes longer than reviewing a thousand batches, and most batches need no conversion.
    import pint

    return pint.UnitRegistry(autoconvert_offset_to_baseunit=True)


@lru_cache(maxsize=4096)
def convert(value: float, unit: str, into: str) -> float | None:
    """A value in another unit; None where the two measure different things.

    Raises:
        BadFact: a unit that is not known.
    """
    unit, into = code(unit), code(into)
    for one in (unit, into):
        if not known(one):
            raise BadFact(f"The unit {one!r} is not known{likely(one)}: correct it where it was recorded.")
    if unit == into:
        return value
    if unit in _OF_THEIR_OWN or into in _OF_THEIR_OWN:
        return None
    registry = _registry()
    here, there = (registry.parse_expression(_PINT[one]) for one in (unit, into))
    if not here.is_compatible_with(there.units):
        return None
    moved = registry.Quantity(value * here.magnitude, here.units).to(there.units)
    return float(moved.magnitude / there.magnitude)
