"""Chain of identity: the cells, their samples and their results belong to one patient and one donation."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Family, NotApplicableError, pick
from twin.model.isbt128 import check_character

FAMILY = Family()
_TRACE = "EU 1394/2007 Art. 15"


def other_symbol(text: str, rng: Generator, last: int = 4) -> str:
    """The text with one of its last letters or digits replaced by another: the same shape, naming something else."""
    places = [place for place in range(max(0, len(text) - last), len(text)) if text[place].isalnum()]
    place = pick(rng, places, f"letter or digit in {text!r}")
    choices = "0123456789" if text[place].isdigit() else "ABCDEFGHJKLMNPQRSTUVWXYZ"
    return text[:place] + pick(rng, [one for one in choices if one != text[place]], "symbol") + text[place + 1 :]


def swapped_digits(text: str, rng: Generator, first: int = 0) -> str:
    """The text with two unequal neighbouring digits exchanged, from position `first` on."""
    places = [
        place
        for place in range(first, len(text) - 1)
        if text[place].isdigit() and text[place + 1].isdigit() and text[place] != text[place + 1]
    ]
    place = pick(rng, places, f"pair of unequal digits in {text!r}")
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _text(bundle: Bundle, key: str) -> str:
    value = bundle.record.get(key)
    if not value:
        raise NotApplicableError(f"Batch {bundle.batch_id} has no {key} to damage.")
    return str(value)


@FAMILY.operator("sample_other_patient", _TRACE, "A sample in the record carries another patient's code.")
def _sample_other_patient(bundle: Bundle, rng: Generator) -> Damage:
    sample = pick(rng, bundle.entries("samples"), "sample")
    old, sample["patient_code"] = sample["patient_code"], other_symbol(str(sample["patient_code"]), rng)
    what = f"Sample {sample['sample_id']} is labelled {sample['patient_code']}, the patient is {old}."
    return Damage(what, (f"samples/{sample['sample_id']}/patient_code",))


@FAMILY.operator("sample_other_donation", _TRACE, "A sample in the record carries another donation number.")
def _sample_other_donation(bundle: Bundle, rng: Generator) -> Damage:
    sample = pick(rng, bundle.entries("samples"), "sample")
    sample["donation_number"] = other_symbol(str(sample["donation_number"]), rng)
    what = f"Sample {sample['sample_id']} is labelled with donation {sample['donation_number']}."
    return Damage(what, (f"samples/{sample['sample_id']}/donation_number",))


@FAMILY.operator("lims_sample_other_patient", _TRACE, "The LIMS books a sample of the batch under another patient.")
def _lims_sample_other_patient(bundle: Bundle, rng: Generator) -> Damage:
    row = pick(rng, bundle.lims_samples, "LIMS sample")
    row["patient_code"] = other_symbol(row["patient_code"], rng)
    what = f"The LIMS books sample {row['sample_id']} under patient {row['patient_code']}."
    return Damage(what, (f"lims.samples/{row['sample_id']}/patient_code",))


@FAMILY.operator("lims_sample_donation_swapped", _TRACE, "Two digits of a donation number are exchanged in the LIMS.")
def _lims_sample_donation_swapped(bundle: Bundle, rng: Generator) -> Damage:
    row = pick(rng, bundle.lims_samples, "LIMS sample")
    row["donation_number"] = swapped_digits(row["donation_number"], rng, 5)
    what = f"The LIMS books sample {row['sample_id']} under donation {row['donation_number']}."
    return Damage(what, (f"lims.samples/{row['sample_id']}/donation_number",))


@FAMILY.operator("donation_digits_swapped", "ISBT 128; 21 CFR 1271.290(c)", "Two digits of the donation are exchanged.")
def _donation_digits_swapped(bundle: Bundle, rng: Generator) -> Damage:
    old = _text(bundle, "donation_number")
    bundle.record["donation_number"] = swapped_digits(old, rng, 5)
    what = f"The donation number reads {bundle.record['donation_number']} instead of {old}."
    return Damage(what, ("donation_number",))


@FAMILY.operator(
    "donation_check_wrong", "ISBT 128; 21 CFR 1271.290(c)", "The check character of the donation is wrong."
)
def _donation_check_wrong(bundle: Bundle, rng: Generator) -> Damage:
    old = _text(bundle, "donation_check")
    bundle.record["donation_check"] = pick(rng, [one for one in "0123456789ABCDEFGHJKLMNP" if one != old], "character")
    return Damage(f"The check character reads {bundle.record['donation_check']}, not {old}.", ("donation_check",))


@FAMILY.operator("record_other_donation", _TRACE, "The record names another, valid donation than its samples do.")
def _record_other_donation(bundle: Bundle, rng: Generator) -> Damage:
    old = _text(bundle, "donation_number")
    new = other_symbol(old, rng)
    bundle.record["donation_number"], bundle.record["donation_check"] = new, check_character(new)
    return Damage(f"The record names donation {new}, its samples {old}.", ("donation_number", "donation_check"))


@FAMILY.operator("record_other_patient", _TRACE, "The record names another patient than its samples do.")
def _record_other_patient(bundle: Bundle, rng: Generator) -> Damage:
    old = _text(bundle, "patient_code")
    bundle.record["patient_code"] = other_symbol(old, rng)
    return Damage(f"The record names patient {bundle.record['patient_code']}, its samples {old}.", ("patient_code",))


@FAMILY.operator("patient_code_missing", _TRACE, "The record names no patient.")
def _patient_code_missing(bundle: Bundle, _rng: Generator) -> Damage:
    _text(bundle, "patient_code")
    bundle.record["patient_code"] = None
    return Damage("The patient code is missing from the record.", ("patient_code",))


@FAMILY.operator("donation_missing", _TRACE, "The record names no donation.")
def _donation_missing(bundle: Bundle, _rng: Generator) -> Damage:
    _text(bundle, "donation_number")
    bundle.record["donation_number"] = None
    return Damage("The donation number is missing from the record.", ("donation_number",))


@FAMILY.operator("sample_label_blank", _TRACE, "A sample's label in the record names no patient.", critical=False)
def _sample_label_blank(bundle: Bundle, rng: Generator) -> Damage:
    sample = pick(rng, bundle.entries("samples"), "sample")
    sample["patient_code"] = None
    return Damage(f"Sample {sample['sample_id']} names no patient.", (f"samples/{sample['sample_id']}/patient_code",))


@FAMILY.operator("lims_sample_missing", "21 CFR 211.194", "A sample of the record never reached the LIMS.")
def _lims_sample_missing(bundle: Bundle, rng: Generator) -> Damage:
    row = pick(rng, bundle.lims_samples, "LIMS sample")
    bundle.lims_samples.remove(row)
    return Damage(f"Sample {row['sample_id']} is not in the LIMS.", (f"lims.samples/{row['sample_id']}",))


@FAMILY.operator(
    "patient_code_identifies",
    "21 CFR 1271.290(c)",
    "The patient code is a medical record number with initials: it names a person.",
    critical=False,
)
def _patient_code_identifies(bundle: Bundle, rng: Generator) -> Damage:
    code = f"MRN {int(rng.integers(10_000_000, 99_999_999))} {pick(rng, ('JB', 'MK', 'AT', 'RS'), 'initials')}"
    old = _text(bundle, "patient_code")
    bundle.record["patient_code"] = code
    rows = [one for one in (*bundle.entries("samples"), *bundle.lims_samples) if one["patient_code"] == old]
    for one in rows:
        one["patient_code"] = code
    return Damage(f"The tracking code reads {code}.", ("patient_code",))
