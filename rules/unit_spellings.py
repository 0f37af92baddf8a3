"""One unit in its many spellings: `°C`, `degC`, `10*6/mL` (the UCUM code), `10⁶ cells/ml`, `µL` in either letter.

A spelling that is another unit in UCUM (`C` is coulomb, `ML` megalitre) or could be two (`10e6`) is left as it stands.
"""

import re
import unicodedata
from collections.abc import Container, Mapping
from functools import lru_cache

_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_RAISED_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_DEGREES = str.maketrans({"º": "°", "˚": "°", "\u2103": "°C", "\u2109": "°F", "\u2126": "ohm"})
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_POWER = re.compile(r"(?:1?\s*[x×·*]?\s*10\s*(?:\*\*|\*|\^)\s*|1[eE]\+?)0?([0-9]{1,2})\s*(?:cells?|zellen)?")
_CUBIC = re.compile(r"([mc]?m)\^?([23])")
_PARTS: Mapping[str, str] = {
    **dict.fromkeys(
        ("°C", "degC", "deg C", "° C", "deg. C", "degree Celsius", "degrees Celsius", "Celsius", "CEL"), "Cel"
    ),
    **dict.fromkeys(("°F", "degF", "deg F", "° F", "Fahrenheit"), "[degF]"),
    **dict.fromkeys(("ml", "milliliter", "millilitre", "milliliters", "millilitres", "cc", "ccm", "cm3"), "mL"),
    **dict.fromkeys(("l", "liter", "litre", "liters", "litres"), "L"),
    **dict.fromkeys(("μL", "μl", "ul", "mcL", "microliter", "microlitre", "microliters", "microlitres"), "uL"),
    "dl": "dL",
    **dict.fromkeys(("μg", "mcg", "microgram", "micrograms"), "ug"),
    **dict.fromkeys(("gram", "grams"), "g"),
    **dict.fromkeys(("milligram", "milligrams"), "mg"),
    **dict.fromkeys(("nanogram", "nanograms"), "ng"),
    **dict.fromkeys(("kilogram", "kilograms"), "kg"),
    **dict.fromkeys(("μm", "micrometer", "micrometre", "micron", "microns"), "um"),
    "kelvin": "K",
    **dict.fromkeys(("sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("mins", "minute", "minutes"), "min"),
    **dict.fromkeys(("hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("week", "weeks"), "wk"),
    **dict.fromkeys(("percent", "pct", "Percent"), "%"),
    **dict.fromkeys(("pH", "[pH]"), "[pH]"),
    **dict.fromkeys(("[EU]", "E.U."), "EU"),
    **dict.fromkeys(("[iU]", "[IU]", "iU", "I.U.", "IE"), "IU"),
    **dict.fromkeys(("cell", "cells"), "1"),
    **dict.fromkeys(("million", "millions", "million cells"), "1e6"),
    "rpm": "1/min",
    "": "1",
}
_WORDS = {name.lower(): code for name, code in _PARTS.items() if len(name) > 3 and name.replace(" ", "").isalpha()}
"""Whole words are the same in capitals; letters are not (`ML` is no `mL`)."""
_DIVIDED = re.compile(r"/|\bper\b", re.IGNORECASE)


def spelled(text: str, codes: Container[str]) -> str:
    """The code of a unit, whatever its spelling; the text itself where it is none that is known.

    Args:
        text: as it was recorded.
        codes: the codes that are known.
    """
    if text in codes and text not in _PARTS:
        return text
    code = _code(text)
    return code if code in codes else text


@lru_cache(maxsize=4096)
def _code(text: str) -> str:
    raised = _RAISED_RUN.sub(lambda found: f"^{found[0].translate(_RAISED)}", text.translate(_DEGREES))
    plain = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", raised)).replace("µ", "μ").split())
    if not plain:
        return text
    return "/".join(_part(one) for one in _DIVIDED.split(plain))


def _part(text: str) -> str:
    stripped = text.strip()
    bare = _ANNOTATION.sub("", stripped).strip()
    power = _POWER.fullmatch(bare)
    if power:
        return f"1e{int(power[1])}"
    size = _CUBIC.fullmatch(bare)
    name = f"{size[1]}{size[2]}" if size else bare
    short = name.removesuffix(".") if name[:-1].isalpha() else name  # an abbreviation: `min.`, `hrs.`
    return _PARTS.get(name) or _PARTS.get(short) or _WORDS.get(short.lower(), short)
