"""Recorded values: out of limits, missing, illegible, in another unit, or shifted by a decimal."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, decimals, numeric, outside, pick, set_value

FAMILY = Family()
_LIMITS = "21 CFR 211.192"
_RECORDED = "21 CFR 211.188(b)"
_ALCOA = "21 CFR 211.100(b), 211.188(b), 211.194(a)"
_MASTER = "21 CFR 211.186, 211.100"
OTHER_UNITS = {
    "mL": "L",
    "1e6/mL": "1e6/L",
    "mmol/L": "g/L",
    "Cel": "[degF]",
    "h": "min",
    "min": "s",
    "1e6": "1e9",
    "Pa": "kPa",
    "kg": "g",
    "ng/mL": "ug/mL",
    "mL/min": "L/min",
    "1/m3": "1/L",
    "%": "[ppth]",
}
"""A unit, and one that somebody writes in its place; the number stays."""


def where(parameter: Entry, key: str = "value") -> str:
    """The path of a field of a parameter."""
    return f"parameters/{parameter['name']}/{key}"


def _says(parameter: Entry, what: str, key: str = "value") -> Damage:
    return Damage(f"{parameter['name']} {what}", (where(parameter, key),))


def _beyond(one: Entry, rng: Generator) -> float:
    """A value outside the limits by 5 to 60 % of their span (or of the limit), never below what can be written."""
    low, high = one.get("low"), one.get("high")
    span = (high - low) if low is not None and high is not None else abs(high if high is not None else low or 1.0)
    step = max(float(rng.uniform(0.05, 0.6)) * (span or 1.0), 1.5 * 10.0 ** -decimals(one))
    sides = [high + step] if high is not None else []
    if low is not None and (low - step > 0 or low < 0):
        sides.append(low - step)
    return float(pick(rng, sides or [(low or 0.0) - step], "side"))


@FAMILY.operator("out_of_limits", _LIMITS, "A value is outside its limits and no deviation was noted.")
def _out_of_limits(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, numeric(bundle, limits=True), "value with limits")
    old = one["text"]
    set_value(one, _beyond(one, rng))
    return _says(one, f"reads {one['text']} instead of {old}, limits {one['low']} to {one['high']}, no deviation.")


@FAMILY.operator("just_out_of_limits", _LIMITS, "A value is outside its limit by the last digit written.")
def _just_out_of_limits(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, [p for p in numeric(bundle) if p.get("high") is not None], "value with an upper limit")
    set_value(one, one["high"] + 10.0 ** -decimals(one))
    return _says(one, f"reads {one['text']}, the limit is {one['high']:g}.")


def _shifts(one: Entry) -> list[float]:
    places = decimals(one)
    shifted = [round(one["value"] * 10.0, places), round(one["value"] / 10.0, places)]
    return [value for value in shifted if value not in (0.0, one["value"])]


@FAMILY.operator("decimal_shift", _ALCOA, "The decimal point of a value is shifted, out of its limits.")
def _decimal_shift(bundle: Bundle, rng: Generator) -> Damage:
    found = [(one, value) for one in numeric(bundle, limits=True) for value in _shifts(one) if outside(one, value)]
    one, value = pick(rng, found, "value that a shift moves out of its limits")
    old = one["text"]
    set_value(one, value)
    return _says(one, f"reads {one['text']} instead of {old}.")


@FAMILY.operator(
    "decimal_shift_within_limits",
    _ALCOA,
    "The decimal point of a monitoring count is shifted and the count stays within its limits.",
    critical=False,
    why_not="The count is plausible, within its limits, and no other value of the plant's systems depends on it.",
)
def _decimal_shift_within_limits(bundle: Bundle, rng: Generator) -> Damage:
    counts = [one for one in numeric(bundle, limits=True) if "particles_0_5um" in one["name"]]
    found = [(one, value) for one in counts for value in _shifts(one) if not outside(one, value)]
    one, value = pick(rng, found, "count that a shift leaves within its limits")
    old = one["text"]
    set_value(one, value)
    return _says(one, f"reads {one['text']} instead of {old}.")


@FAMILY.operator("growth_at_open_step", "EU GMP Part IV, 4", "A plate or glove print of an open step shows growth.")
def _growth_at_open_step(bundle: Bundle, rng: Generator) -> Damage:
    kinds = ("_active_air", "_settle_plate", "_glove_print")
    one = pick(rng, [p for p in bundle.entries("parameters") if p["name"].endswith(kinds)], "microbial count")
    set_value(one, float(rng.integers(1, 5)))
    return _says(one, f"reads {one['text']}; in grade A nothing may grow.")


@FAMILY.operator("unit_swapped", _ALCOA, "A value is recorded in another unit than the master record's.")
def _unit_swapped(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, [p for p in numeric(bundle) if p["unit"] in OTHER_UNITS], "value with a unit")
    old, one["unit"] = one["unit"], OTHER_UNITS[one["unit"]]
    return _says(one, f"is recorded as {one['text']} {one['unit']} instead of {old}.", "unit")


@FAMILY.operator("value_missing", _RECORDED, "A value of the master record is not in the record.")
def _value_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, bundle.entries("parameters"), "parameter")
    bundle.entries("parameters").remove(one)
    return Damage(f"{one['name']} is missing.", (f"parameters/{one['name']}",))


@FAMILY.operator("value_blank", _RECORDED, "A value was left blank.")
def _value_blank(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, bundle.entries("parameters"), "parameter")
    one["text"], one["value"] = pick(rng, ("", None), "blank"), None
    return _says(one, "is blank.", "text")


@FAMILY.operator("value_illegible", _ALCOA, "A number cannot be read.")
def _value_illegible(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, numeric(bundle), "number")
    text = str(one["text"])
    place = pick(rng, [n for n, letter in enumerate(text) if letter.isdigit()], "digit")
    one["text"], one["value"] = f"{text[:place]}?{text[place + 1 :]}", None
    return _says(one, f"reads {one['text']}.", "text")


@FAMILY.operator("text_differs_from_value", _ALCOA, "The number used is not the one that was written down.")
def _text_differs_from_value(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, numeric(bundle), "number")
    one["text"] = f"{one['value'] * float(rng.uniform(1.05, 1.5)) + 1.5 * 10.0 ** -decimals(one):.{decimals(one)}f}"
    return _says(one, f"reads {one['text']} and was used as {one['value']:g}.", "text")


@FAMILY.operator("value_recorded_twice", _ALCOA, "A value stands in the record twice, with different numbers.")
def _value_recorded_twice(bundle: Bundle, rng: Generator) -> Damage:
    rows = bundle.entries("parameters")
    one = pick(rng, numeric(bundle, limits=True), "number")
    again = dict(one)
    set_value(again, one["value"] * float(rng.uniform(0.90, 0.97)) - 1.5 * 10.0 ** -decimals(one))
    rows.insert(rows.index(one) + 1, again)
    return _says(one, f"stands twice, {one['text']} and {again['text']}.")


@FAMILY.operator("check_failed", _RECORDED, "An identity check, line clearance, seal or appearance failed.")
def _check_failed(bundle: Bundle, rng: Generator) -> Damage:
    words = {"Match": "Mismatch", "Pass": "Fail"}
    one = pick(rng, [p for p in bundle.entries("parameters") if p.get("text") in words], "check in words")
    one["text"] = words[one["text"]]
    return _says(one, f"reads {one['text']}.", "text")


@FAMILY.operator("limit_widened_to_fit", _MASTER, "A value is outside the approved limit, and the limit was widened.")
def _limit_widened_to_fit(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, [p for p in numeric(bundle) if p.get("high") is not None], "value with an upper limit")
    old = one["high"]
    set_value(one, old + abs(old or 1.0) * float(rng.uniform(0.05, 0.3)) + 2.0 * 10.0 ** -decimals(one))
    one["high"] = float(round(one["value"] + abs(old or 1.0) * 0.1, 2))
    return _says(
        one, f"reads {one['text']}; its limit is {one['high']:g} here and {old:g} in the master record.", "high"
    )


@FAMILY.operator("limit_altered", _MASTER, "A limit in the record is not the master record's.", critical=False)
def _limit_altered(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, [p for p in numeric(bundle) if p.get("high")], "value with an upper limit")
    old = one["high"]
    one["high"] = float(round(old + abs(old) * float(rng.uniform(0.05, 0.4)), 3))
    return _says(one, f"has the limit {one['high']:g} instead of {old:g}.", "high")


@FAMILY.operator("limits_missing", _MASTER, "A value of the master record carries no limits.", critical=False)
def _limits_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, numeric(bundle, limits=True), "value with limits")
    one["low"] = one["high"] = None
    return _says(one, "carries no limits.", "high")


@FAMILY.operator("day_copied", _ALCOA, "The readings of a culture day are those of the day before.", critical=False)
def _day_copied(bundle: Bundle, rng: Generator) -> Damage:
    day = int(rng.integers(3, 10))
    by_name = {one["name"]: one for one in bundle.entries("parameters")}
    touched = []
    for name, before in by_name.items():
        stem, mark, number = name.rpartition("_d")
        after = by_name.get(f"{stem}_d{day:02d}")
        if mark and number == f"{day - 1:02d}" and after and f"{stem}_d{day - 2:02d}" in by_name:
            after["text"], after["value"] = before["text"], before["value"]
            touched.append(where(after))
    pick(rng, touched, f"reading of day {day}")
    return Damage(f"All readings of day {day} repeat those of day {day - 1}.", tuple(touched))
