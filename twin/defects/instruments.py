"""What is wrong with the files of instruments."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, moved, pick

FAMILY = Family()
_RESULTS = "21 CFR 211.194(a)"


def _one(bundle: Bundle, rng: Generator) -> Entry:
    found: Entry = pick(rng, bundle.instrument_results, "result of an instrument")
    return found


def _says(row: Entry, key: str, what: str) -> Damage:
    return Damage(f"Result {row['row']} ({row['test']}) of {row['file']} {what}", (f"instrument/{row['row']}/{key}",))


@FAMILY.operator("measured_before_sampling", _RESULTS, "An instrument measured a sample that was not taken yet.")
def _measured_before_sampling(bundle: Bundle, rng: Generator) -> Damage:
    """The whole run: its clock is wrong, or it measured what another sample's number was typed for."""
    row = _one(bundle, rng)
    taken = bundle.entry("samples", "sample_id", row["sample_id"])["taken_at"]
    at = moved(taken, minutes=-float(rng.choice((1.0, 12.0, 59.0, 61.0, 122.0, 1443.0))))
    for one in bundle.instrument_results:
        if one["file"] == row["file"]:
            one["measured_at"] = at
    return _says(row, "measured_at", f"is of {at}, its sample of {taken}.")


@FAMILY.operator("instrument_objects", "21 CFR 211.194(a)(4)", "An instrument objected to its result.", critical=False)
def _instrument_objects(bundle: Bundle, rng: Generator) -> Damage:
    row = _one(bundle, rng)
    row["error"] = pick(rng, ("too many cells", "bubble in the chamber", "electrode not calibrated"), "objection")
    return _says(row, "error", f"came with {row['error']!r}.")
