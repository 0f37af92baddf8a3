"""How the laboratory came to its results: methods, sampling points, identity, thawed product, and retests."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, Row, moved, pick
from twin.defects.laboratory import number, numeric_results

FAMILY = Family()
_METHODS = "21 CFR 211.165(e), 610.12(b)"
_STERILITY = "21 CFR 610.12"
_RETESTS = "21 CFR 211.192, 610.12(f)"


def _says(row: Row, key: str, what: str) -> Damage:
    return Damage(f"Result {row['result_id']} ({row['test']}): {what}", (f"lims.results/{row['result_id']}/{key}",))


def _reads(bundle: Bundle, test: str, result: str) -> Damage:
    row = bundle.result(test)
    old, row["result"] = row["result"], result
    return _says(row, "result", f"reads {result} instead of {old}.")


@FAMILY.operator("identity_mismatch", "21 CFR 610.14", "The labelled product is not the patient's.")
def _identity_mismatch(bundle: Bundle, _rng: Generator) -> Damage:
    return _reads(bundle, "Identity", "Mismatch")


@FAMILY.operator("identity_before_label", "21 CFR 610.14", "Identity was tested on a sample from before labelling.")
def _identity_before_label(bundle: Bundle, rng: Generator) -> Damage:
    sample = bundle.entry("samples", "purpose", "Labelled product")
    step = bundle.entry("steps", "step_id", "S370")
    if rng.random() < 0.5:
        sample["taken_at"], sample["step_id"] = step["started_at"], "S370"
        return Damage(
            "The sample for identity was taken before labelling.", (f"samples/{sample['sample_id']}/taken_at",)
        )
    row = bundle.result("Identity")
    row["sample_id"] = bundle.entry("samples", "purpose", "Final product")["sample_id"]
    return _says(row, "sample_id", "was measured on a sample without a label.")


@FAMILY.operator("sterility_in_process_positive", _STERILITY, "The culture was not sterile.")
def _sterility_in_process_positive(bundle: Bundle, _rng: Generator) -> Damage:
    return _reads(bundle, "Sterility, in process", "Positive")


@FAMILY.operator("sterility_other_sample", _STERILITY, "Sterility was tested at another point than the licence names.")
def _sterility_other_sample(bundle: Bundle, rng: Generator) -> Damage:
    row = bundle.result(pick(rng, ("Sterility", "Sterility, in process"), "test"))
    row["sample_id"] = bundle.entry("samples", "purpose", "Apheresis")["sample_id"]
    return _says(row, "sample_id", f"was measured on {row['sample_id']}, the apheresis.")


@FAMILY.operator("container_leaks", "21 CFR 211.94(b)", "A container is not tight.")
def _container_leaks(bundle: Bundle, _rng: Generator) -> Damage:
    return _reads(bundle, "Container integrity", "Fail")


@FAMILY.operator("viability_after_thaw_low", "21 CFR 211.165(a)", "Too few cells survive the thaw.")
def _viability_after_thaw_low(bundle: Bundle, rng: Generator) -> Damage:
    return _reads(bundle, "Viability after thaw", f"{rng.uniform(35.0, 69.4):.1f}")


@FAMILY.operator("dose_after_thaw_low", "21 CFR 211.165(a)", "After thaw the dose is too low for the patient.")
def _dose_after_thaw_low(bundle: Bundle, rng: Generator) -> Damage:
    return _reads(bundle, "Cell dose after thaw", f"{rng.uniform(5.1, 5.9):.1f}")


@FAMILY.operator(
    "method_not_validated", _METHODS, "A test was made by a method that was not validated, or not any more."
)
def _method_not_validated(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, bundle.entries("methods"), "method")
    day = str(bundle.result(one["test"])["tested_at"])[:10]
    key = pick(rng, ("validated_on", "valid_until"), "day")
    one[key] = moved(day, days=float(rng.integers(2, 40)) * (1.0 if key == "validated_on" else -1.0))
    what = f"Method {one['method_id']} ({one['test']}): {key} is {one[key]}, the test was made {day}."
    return Damage(what, (f"methods/{one['method_id']}/{key}",))


@FAMILY.operator("method_unknown", _METHODS, "A test was made by a method that the laboratory has not approved.")
def _method_unknown(bundle: Bundle, rng: Generator) -> Damage:
    row: Row = pick(rng, bundle.lims_results, "LIMS result")
    row["method"] = pick(rng, ("QCM-999", "draft method", ""), "method")
    return _says(row, "method", f"was made by method {row['method'] or 'nothing'}.")


@FAMILY.operator("rapid_method_not_qualified", _METHODS, "A rapid method has no qualification.")
def _rapid_method_not_qualified(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, [m for m in bundle.entries("methods") if m["kind"] == "rapid"], "rapid method")
    one["qualification"] = None
    return Damage(f"{one['method_id']} ({one['test']}) has no qualification.", (f"methods/{one['method_id']}/kind",))


@FAMILY.operator("retention_sample_missing", "21 CFR 211.170(b)", "No retention sample was taken.")
def _retention_sample_missing(bundle: Bundle, _rng: Generator) -> Damage:
    one = bundle.entry("samples", "purpose", "Retention")
    bundle.entries("samples").remove(one)
    bundle.lims_samples = [row for row in bundle.lims_samples if row["sample_id"] != one["sample_id"]]
    return Damage("There is no retention sample.", (f"samples/{one['sample_id']}",))


@FAMILY.operator("retention_sample_used", "21 CFR 211.170(b)", "The retention sample is not kept.", critical=False)
def _retention_sample_used(bundle: Bundle, rng: Generator) -> Damage:
    row = pick(rng, [one for one in bundle.lims_samples if one["type"] == "Retention"], "retention sample")
    row["status"] = "Completed"
    return Damage("The retention sample was used up.", (f"lims.samples/{row['sample_id']}/status",))


def lawful_retest(bundle: Bundle, rng: Generator, *tests: str) -> tuple[Row, Row, Entry]:
    """Give one test an original that failed by an error of the laboratory, an investigation, and a reported retest.

    Returns:
        the original, the retest and the investigation; with them the batch is in order.
    """
    row = bundle.result(pick(rng, tests or ("Sterility", "Mycoplasma", "Viability after thaw", "Potency"), "test"))
    original, key = dict(row), f"INV-{row['result_id'][2:]}"
    failed = {"Sterility": "Positive", "Mycoplasma": "Positive", "Potency": "88.0"}.get(row["test"], "12.5")
    row.update(result=failed, occasion="Original", reported="No")
    done = moved(row["tested_at"], minutes=float(rng.integers(1500, 2400)))
    retest = {
        **original,
        "result_id": f"{row['result_id']}R",
        "tested_at": done,
        "occasion": "Retest",
        "investigation": key,
        "reported": "Yes",
    }
    case: Entry = {
        "investigation_id": key,
        "test": row["test"],
        "original_result": row["result_id"],
        "reported_result": retest["result_id"],
        "cause": pick(rng, ("laboratory error", "faulty materials"), "cause"),
        "opened_at": moved(row["tested_at"], minutes=60.0),
        "concluded_at": moved(done, minutes=-400.0),
        "concluded_by": "qc.lead.adler",
        "conclusion": "A pipette tip had touched the bench; seen on the recording.",
    }
    bundle.lims_results.insert(bundle.lims_results.index(row) + 1, retest)
    bundle.entries("investigations").append(case)
    return row, retest, case


@FAMILY.operator("retest_without_investigation", _RETESTS, "A result was repeated, and nobody investigated the first.")
def _retest_without_investigation(bundle: Bundle, rng: Generator) -> Damage:
    _, retest, case = lawful_retest(bundle, rng)
    bundle.entries("investigations").remove(case)
    retest["investigation"] = pick(rng, ("", case["investigation_id"]), "name")
    return _says(retest, "investigation", "rests on no investigation.")


@FAMILY.operator("retest_without_cause", _RETESTS, "A result was repeated though no error of the laboratory was found.")
def _retest_without_cause(bundle: Bundle, rng: Generator) -> Damage:
    _, retest, case = lawful_retest(bundle, rng)
    case["cause"] = pick(rng, ("none found", "product", None), "cause")
    return _says(retest, "investigation", f"the investigation found {case['cause'] or 'nothing'}.")


@FAMILY.operator("retest_by_other_method", _RETESTS, "A retest was made by another method than the original.")
def _retest_by_other_method(bundle: Bundle, rng: Generator) -> Damage:
    _, retest, _ = lawful_retest(bundle, rng)
    others = [m["method_id"] for m in bundle.entries("methods") if m["method_id"] != retest["method"]]
    retest["method"] = pick(rng, others, "other method")
    return _says(retest, "method", f"was made by {retest['method']}.")


@FAMILY.operator("retest_before_conclusion", _RETESTS, "A retest was made before the investigation was concluded.")
def _retest_before_conclusion(bundle: Bundle, rng: Generator) -> Damage:
    _, retest, case = lawful_retest(bundle, rng)
    case["concluded_at"] = moved(retest["tested_at"], minutes=float(rng.integers(30, 3000)))
    return _says(retest, "tested_at", f"the investigation was concluded {case['concluded_at']}.")


@FAMILY.operator("sterility_repeated_twice", _STERILITY, "Sterility was repeated until it was negative.")
def _sterility_repeated_twice(bundle: Bundle, rng: Generator) -> Damage:
    _, retest, _ = lawful_retest(bundle, rng, "Sterility")
    again = {**retest, "result_id": f"{retest['result_id']}2", "tested_at": moved(retest["tested_at"], days=2.0)}
    retest.update(result="Positive", reported="No")
    bundle.lims_results.insert(bundle.lims_results.index(retest) + 1, again)
    return _says(again, "result", "is the second retest.")


@FAMILY.operator(
    "original_reported_after_retest", _RETESTS, "The passing original is reported, not the failing retest."
)
def _original_reported_after_retest(bundle: Bundle, rng: Generator) -> Damage:
    original, retest, _ = lawful_retest(bundle, rng)
    original["result"], retest["result"] = retest["result"], original["result"]
    original["reported"], retest["reported"] = "Yes", "No"
    return _says(retest, "reported", "failed and is not reported.")


@FAMILY.operator("nothing_reported", "21 CFR 211.194(a)", "No result of a test is the reported one.")
def _nothing_reported(bundle: Bundle, rng: Generator) -> Damage:
    row: Row = pick(rng, bundle.lims_results, "LIMS result")
    row["reported"] = "No"
    return _says(row, "reported", "is not reported, and no other one is.")


@FAMILY.operator(
    "failing_result_set_aside", _RETESTS, "A failing result is set aside and another original is reported."
)
def _failing_result_set_aside(bundle: Bundle, rng: Generator) -> Damage:
    bounded = [row for row in numeric_results(bundle) if number(row["lower"])]
    row = pick(rng, bounded, "result with a lower limit")
    again = {**row, "result_id": f"{row['result_id']}B"}
    row.update(result=f"{(number(row['lower']) or 1.0) * 0.8:.1f}", reported="No")
    bundle.lims_results.insert(bundle.lims_results.index(row) + 1, again)
    return _says(row, "reported", f"reads {row['result']} and was set aside.")
