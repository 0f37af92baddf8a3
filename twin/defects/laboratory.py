"""What the LIMS says of the batch: failed, missing, stale, foreign and unreviewed results."""

from itertools import pairwise

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Family, NotApplicableError, Row, moved, pick
from twin.defects.identity import other_symbol
from twin.defects.sums import MIRRORS

FAMILY = Family()
_REVIEWED = "21 CFR 211.194(a)(8)"
_RESULTS = "21 CFR 211.194(a)"
_RELEASE = "21 CFR 211.165(a)"
_ALCOA = "21 CFR 211.100(b), 211.188(b), 211.194(a)"


def where(row: Row, key: str) -> str:
    """The path of a cell of a LIMS result."""
    return f"lims.results/{row['result_id']}/{key}"


def number(text: str) -> float | None:
    """The number in a LIMS cell, also behind a `<` or `>`; None when there is none."""
    try:
        return float(text.lstrip("<> ").replace(",", ""))
    except ValueError:
        return None


def numeric_results(bundle: Bundle) -> list[Row]:
    """Result rows whose result is a plain number."""
    return [row for row in bundle.lims_results if number(row["result"]) is not None and row["result"][0] not in "<>"]


def _any(bundle: Bundle, rng: Generator) -> Row:
    row: Row = pick(rng, bundle.lims_results, "LIMS result")
    return row


def _says(row: Row, what: str, key: str = "result") -> Damage:
    return Damage(f"Result {row['result_id']} ({row['test']}): {what}", (where(row, key),))


def _replace(bundle: Bundle, test: str, result: str) -> Damage:
    row = bundle.result(test)
    old, row["result"] = row["result"], result
    return _says(row, f"reads {result} instead of {old}.")


@FAMILY.operator("sterility_positive", "21 CFR 610.12", "The sterility test is positive.")
def _sterility_positive(bundle: Bundle, _rng: Generator) -> Damage:
    return _replace(bundle, "Sterility", "Positive")


@FAMILY.operator("mycoplasma_positive", "USP <63>; Ph. Eur. 2.6.7", "The mycoplasma test is positive.")
def _mycoplasma_positive(bundle: Bundle, _rng: Generator) -> Damage:
    return _replace(bundle, "Mycoplasma", "Positive")


@FAMILY.operator("rcl_positive", _RELEASE, "Replication-competent virus was found.")
def _rcl_positive(bundle: Bundle, _rng: Generator) -> Damage:
    return _replace(bundle, "RCL", "Positive")


@FAMILY.operator("appearance_fails", _RELEASE, "The appearance of the product fails.")
def _appearance_fails(bundle: Bundle, _rng: Generator) -> Damage:
    return _replace(bundle, "Appearance", "Fail")


@FAMILY.operator("endotoxin_high", _RELEASE, "Endotoxin is above its limit.")
def _endotoxin_high(bundle: Bundle, rng: Generator) -> Damage:
    return _replace(bundle, "Endotoxin", f"{rng.uniform(5.1, 40.0):.2f}")


@FAMILY.operator("result_out_of_specification", _RELEASE, "A numerical release result is outside its specification.")
def _result_out_of_specification(bundle: Bundle, rng: Generator) -> Damage:
    bounded = [row for row in numeric_results(bundle) if number(row["lower"]) or number(row["upper"])]
    row = pick(rng, bounded, "numerical result with a limit")
    low, high = number(row["lower"]), number(row["upper"])
    value = low * float(rng.uniform(0.5, 0.97)) if low is not None else (high or 1.0) * float(rng.uniform(1.05, 1.8))
    old, row["result"] = row["result"], f"{value:.1f}"
    return _says(row, f"reads {row['result']} instead of {old}.")


@FAMILY.operator("result_missing", _RELEASE, "A release test has no row in the LIMS.")
def _result_missing(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    bundle.lims_results.remove(row)
    return Damage(f"The LIMS holds no result for {row['test']}.", (f"lims.results/{row['result_id']}",))


@FAMILY.operator("result_blank", _RELEASE, "A release test stands in the LIMS without a result.")
def _result_blank(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    row["result"] = ""
    return _says(row, "has no result.")


@FAMILY.operator("result_not_final", _RELEASE, "A release result is preliminary.")
def _result_not_final(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    row["status"] = pick(rng, ("In progress", "Preliminary", "Draft"), "status")
    return _says(row, f"is {row['status'].lower()}.", "status")


@FAMILY.operator("result_unreviewed", _REVIEWED, "No second person reviewed a release result.")
def _result_unreviewed(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    row["reviewed_by"] = ""
    return _says(row, "was reviewed by nobody.", "reviewed_by")


@FAMILY.operator("analyst_reviewed_own_result", _REVIEWED, "The analyst reviewed the result.")
def _analyst_reviewed_own_result(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    row["reviewed_by"] = row["analyst"]
    return _says(row, f"was tested and reviewed by {row['analyst']}.", "reviewed_by")


@FAMILY.operator("analyst_missing", _RESULTS, "No analyst is named for a release result.", critical=False)
def _analyst_missing(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    row["analyst"] = ""
    return _says(row, "names no analyst.", "analyst")


@FAMILY.operator("result_of_other_batch", "EU 1394/2007 Art. 15", "A result stems from another batch's sample.")
def _result_of_other_batch(bundle: Bundle, rng: Generator) -> Damage:
    row = pick(rng, [one for one in bundle.lims_results if bundle.batch_id in one["sample_id"]], "result of a sample")
    row["sample_id"] = row["sample_id"].replace(bundle.batch_id, other_symbol(bundle.batch_id, rng))
    return _says(row, f"was measured on sample {row['sample_id']} of another batch.", "sample_id")


@FAMILY.operator("result_stale", _RESULTS, "A result is dated before the product existed.")
def _result_stale(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    start = bundle.record.get("apheresis_at") or bundle.record.get("manufactured_at")
    if not start:
        raise NotApplicableError(f"Batch {bundle.batch_id} carries no time to be older than.")
    row["tested_at"] = moved(start, days=-float(rng.integers(1, 60)))
    return _says(row, f"is dated {row['tested_at'][:10]}.", "tested_at")


@FAMILY.operator("result_dated_ahead", "21 CFR 11.10(e)", "A result carries the date of a day that has not come yet.")
def _result_dated_ahead(bundle: Bundle, rng: Generator) -> Damage:
    """The year is the next one, as on the first days of a year or by a clock that is wrong."""
    row = _any(bundle, rng)
    row["tested_at"] = moved(row["tested_at"], days=366.0)
    return _says(row, f"is dated {row['tested_at'][:10]}.", "tested_at")


@FAMILY.operator("tested_before_sampling", _RESULTS, "A result is dated hours before its sample was taken.")
def _tested_before_sampling(bundle: Bundle, rng: Generator) -> Damage:
    taken = {one["sample_id"]: one["taken_at"] for one in bundle.entries("samples") if one.get("taken_at")}
    row = pick(rng, [one for one in bundle.lims_results if one["sample_id"] in taken], "result of a sample")
    row["tested_at"] = moved(taken[row["sample_id"]], minutes=-float(rng.integers(30, 1200)))
    return _says(row, "is dated before its sample was taken.", "tested_at")


def _again(bundle: Bundle, row: Row, result: str, hours: float) -> Row:
    twin = {**row, "result_id": f"{row['result_id']}-2", "result": result}
    twin["tested_at"] = moved(row["tested_at"], minutes=60.0 * hours)
    bundle.lims_results.insert(bundle.lims_results.index(row) + 1, twin)
    return twin


@FAMILY.operator("result_twice_differing", _RESULTS, "A test stands twice in the LIMS with differing results.")
def _result_twice_differing(bundle: Bundle, rng: Generator) -> Damage:
    row = pick(rng, numeric_results(bundle), "numerical result")
    old = number(row["result"]) or 0.0
    _, _, tail = row["result"].partition(".")
    twin = _again(bundle, row, f"{old * float(rng.uniform(0.80, 0.93)):.{len(tail)}f}", 5.0)
    if twin["result"] == row["result"]:
        raise NotApplicableError(f"{row['test']} is too small to differ.")
    return _says(row, f"stands twice, {row['result']} and {twin['result']}.")


@FAMILY.operator("tested_into_compliance", "21 CFR 610.12; 211.192", "A failing result was repeated until it passed.")
def _tested_into_compliance(bundle: Bundle, rng: Generator) -> Damage:
    row = bundle.result(pick(rng, ("Sterility", "Mycoplasma", "Appearance"), "test"))
    passed = row["result"]
    row["result"] = "Fail" if row["test"] == "Appearance" else "Positive"
    _again(bundle, row, passed, 24.0)
    return _says(row, f"failed first and was repeated to read {passed}, with no investigation.")


@FAMILY.operator("result_repeated", _RESULTS, "The same result stands in the LIMS twice.", critical=False)
def _result_repeated(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    _again(bundle, row, row["result"], 0.0)
    return _says(row, "stands twice with the same value.")


_UNKNOWN = (
    ("BacT/ALERT 14 d", "Positive"),
    ("Sterilty", "Positive"),
    ("STERILITY", "Positive"),
    ("Mycoplasma PCR", "Positive"),
    ("Gram stain", "Organisms seen"),
    ("Endotoxin, repeat", "11.4"),
    ("Adventitious virus", "Positive"),
)
_LOOK_ALIKE = str.maketrans({"i": "\u0456", "o": "\u043e", "a": "\u0430", "C": "\u0421"})
"""Latin letters, and the Cyrillic ones that nobody can tell from them on a screen."""


@FAMILY.operator(
    "unknown_test_positive", "21 CFR 211.165(a), 211.194(a)", "A test that the product does not know has failed."
)
def _unknown_test_positive(bundle: Bundle, rng: Generator) -> Damage:
    """A row more than the release tests: another test, or the name of a known one misspelt or in other letters.

    Its method is validated: nothing but the name is amiss.
    """
    row = bundle.result(pick(rng, ("Sterility", "Mycoplasma", "RCL"), "test"))
    alike = (row["test"].translate(_LOOK_ALIKE), "Positive")
    test, result = alike if alike[0] != row["test"] and rng.random() < 0.3 else pick(rng, _UNKNOWN, "test")
    method = {**bundle.entry("methods", "test", row["test"]), "method_id": f"{row['method']}X", "test": test}
    bundle.entries("methods").append(method)
    extra = {**row, "result_id": f"{row['result_id']}X", "test": test, "result": result, "method": method["method_id"]}
    bundle.lims_results.insert(int(rng.integers(len(bundle.lims_results) + 1)), extra)
    return _says(extra, f"reads {result}, for a test of no list.", "test")


_OTHER_WORDS = ("Growth observed", "Pos.", "POSITIVE", "+", "Reactive", "Detected", "Inconclusive", "see report")
_WORDED = ("Sterility", "Sterility, in process", "Mycoplasma", "RCL", "Appearance", "Identity", "Container integrity")


@FAMILY.operator("result_in_other_words", _RELEASE, "A test failed, and its result is written in words of its own.")
def _result_in_other_words(bundle: Bundle, rng: Generator) -> Damage:
    return _replace(bundle, pick(rng, _WORDED, "test"), pick(rng, _OTHER_WORDS, "words"))


@FAMILY.operator("result_unit_swapped", _RESULTS, "A release result carries another unit.")
def _result_unit_swapped(bundle: Bundle, rng: Generator) -> Damage:
    row = pick(rng, [one for one in numeric_results(bundle) if one["unit"]], "result with a unit")
    swaps = {"%": "1", "EU/mL": "EU/L", "copies/cell": "copies/mL", "% survival": "1", "1e6 cells": "1e9 cells"}
    old, row["unit"] = row["unit"], swaps.get(row["unit"], "mg/mL")
    return _says(row, f"is given in {row['unit']} instead of {old}.", "unit")


def _widened(bundle: Bundle, rng: Generator, key: str, factor: float) -> Damage:
    row = pick(rng, [one for one in numeric_results(bundle) if number(one[key])], f"result with a limit ({key})")
    old, row[key] = row[key], f"{(number(row[key]) or 0.0) * factor:g}"
    return _says(row, f"is judged by {row[key]} instead of {old}.", key)


@FAMILY.operator(
    "result_lower_limit_widened", "21 CFR 211.160(b)", "The LIMS judges a result by a lower limit than approved."
)
def _result_lower_limit_widened(bundle: Bundle, rng: Generator) -> Damage:
    return _widened(bundle, rng, "lower", 0.8)


@FAMILY.operator(
    "result_upper_limit_widened", "21 CFR 211.160(b)", "The LIMS judges a result by a higher limit than approved."
)
def _result_upper_limit_widened(bundle: Bundle, rng: Generator) -> Damage:
    return _widened(bundle, rng, "upper", 1.5)


@FAMILY.operator("result_reviewed_by_bot", "21 CFR 211.194(a)(8); 11.200(a)", "A bot reviewed a release result.")
def _result_reviewed_by_bot(bundle: Bundle, rng: Generator) -> Damage:
    row = _any(bundle, rng)
    row["reviewed_by"] = pick(rng, ("bot-release", "bot.lims", "svc-robot"), "bot account")
    return _says(row, f"was reviewed by {row['reviewed_by']}.", "reviewed_by")


def _swap(bundle: Bundle, rng: Generator, tests: frozenset[str]) -> Damage:
    """Exchange two digits of one of the tests' results, so that it stays within its specification."""
    found = [
        (row, new)
        for row in numeric_results(bundle)
        if row["test"] in tests
        for new in exchanges(row["result"])
        if number(new) != number(row["result"]) and _within(row, number(new) or 0.0)
    ]
    row, new = pick(rng, found, "result whose digits can be exchanged")
    old, row["result"] = row["result"], new
    return _says(row, f"reads {new} instead of {old}.")


def exchanges(text: str) -> list[str]:
    """The number with two unequal neighbouring digits exchanged, in every possible way; the point stays in place."""
    digits = [place for place, symbol in enumerate(text) if symbol.isdigit()]
    made = []
    for one, two in pairwise(digits):
        if text[one] != text[two]:
            symbols = list(text)
            symbols[one], symbols[two] = symbols[two], symbols[one]
            made.append("".join(symbols))
    return made


def _within(row: Row, value: float) -> bool:
    low, high = number(row["lower"]), number(row["upper"])
    return (low is None or value >= low) and (high is None or value <= high)


@FAMILY.operator(
    "lims_digits_swapped", _ALCOA, "Two digits of a result that the record repeats are exchanged in the LIMS."
)
def _lims_digits_swapped(bundle: Bundle, rng: Generator) -> Damage:
    return _swap(bundle, rng, frozenset(MIRRORS.values()))


@FAMILY.operator(
    "lims_only_digits_swapped",
    _ALCOA,
    "Two digits of a result that stands in the LIMS alone are exchanged, within its specification.",
    critical=False,
    why_not="The number stands in one system only, is plausible and within its specification.",
)
def _lims_only_digits_swapped(bundle: Bundle, rng: Generator) -> Damage:
    return _swap(bundle, rng, frozenset({"Viability after thaw", "Potency", "Residual beads"}))
