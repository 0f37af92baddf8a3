"""Sums that come out wrong: viability, yield, dose, volumes; and rounding into specification.

Each wrong sum stays within its limits, and what other systems copied from it is changed with it: only repeating the
sum shows it.
"""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, NotApplicableError, decimals, outside, pick, set_value

FAMILY = Family()
_CHECKED = "21 CFR 211.68(b), 211.194(a)(5)"
_YIELD = "21 CFR 211.103, 211.188(b)(7)"
MIRRORS = {
    "viability_pct": "Viability",
    "car_positive_pct": "CAR+ fraction",
    "cd3_purity_pct": "CD3+ purity",
    "dose": "Cell dose",
    "vcn_per_cell": "VCN",
}
"""A parameter of the record, and the LIMS test that repeats it."""


def _carry(bundle: Bundle, one: Entry) -> None:
    """What the LIMS repeats of a parameter follows it."""
    test = MIRRORS.get(one["name"])
    for row in bundle.lims_results:
        if row["test"] == test:
            row["result"] = one["text"]


def _missum(bundle: Bundle, rng: Generator, names: tuple[str, ...]) -> Damage:
    """One of the named results, 2 to 9 % off and within its limits."""
    present = {one["name"]: one for one in bundle.entries("parameters") if one.get("value")}
    one = present[pick(rng, [name for name in names if name in present], "computed value")]
    for _ in range(40):
        share = float(rng.uniform(0.02, 0.09)) * float(pick(rng, (-1.0, 1.0), "sign"))
        value = round(one["value"] * (1.0 + share), decimals(one))
        if abs(value - one["value"]) > 2.5 * 10.0 ** -decimals(one) and not outside(one, value):
            old = one["text"]
            set_value(one, value)
            _carry(bundle, one)
            what = f"{one['name']} reads {one['text']}; the values it is computed from give {old}."
            return Damage(what, (f"parameters/{one['name']}/value",))
    raise NotApplicableError(f"{one['name']} cannot be wrong within its limits.")


_VIABILITIES = ("viability_pct", "harvest_viability_pct", "enriched_viability_pct", "apheresis_viability_pct")
_YIELDS = ("formulation_yield_pct", "harvest_recovery_pct", "enrichment_recovery_pct", "fold_expansion")
_COUNTS = ("apheresis_total_cells", "apheresis_cd3_cells", "seed_viable_cells")


@FAMILY.operator("viability_miscalculated", _CHECKED, "A viability is not viable over total cells.")
def _viability_miscalculated(bundle: Bundle, rng: Generator) -> Damage:
    return _missum(bundle, rng, _VIABILITIES)


@FAMILY.operator("yield_miscalculated", _YIELD, "A yield is not what the counts before and after give.")
def _yield_miscalculated(bundle: Bundle, rng: Generator) -> Damage:
    return _missum(bundle, rng, _YIELDS)


@FAMILY.operator("cells_miscalculated", _CHECKED, "A number of cells is not density times volume.")
def _cells_miscalculated(bundle: Bundle, rng: Generator) -> Damage:
    series = tuple(f"viable_cells_d{day:02d}" for day in (0, *range(2, 10)))
    return _missum(bundle, rng, _COUNTS + series)


@FAMILY.operator("dose_miscalculated", _CHECKED, "The dose is not viable cells times CAR-positive fraction.")
def _dose_miscalculated(bundle: Bundle, rng: Generator) -> Damage:
    return _missum(bundle, rng, ("dose", "dose_per_kg"))


@FAMILY.operator("volume_miscalculated", _CHECKED, "Volumes do not add up.")
def _volume_miscalculated(bundle: Bundle, rng: Generator) -> Damage:
    return _missum(bundle, rng, ("fill_volume", "formulated_volume"))


@FAMILY.operator("dilution_miscalculated", _CHECKED, "A concentration or an added volume is computed wrongly.")
def _dilution_miscalculated(bundle: Bundle, rng: Generator) -> Damage:
    return _missum(bundle, rng, ("cell_concentration", "dmso_pct", "vector_volume"))


@FAMILY.operator("labels_do_not_add_up", "21 CFR 211.125(c)", "Printed labels are not applied, destroyed or retained.")
def _labels_do_not_add_up(bundle: Bundle, rng: Generator) -> Damage:
    one = bundle.parameter("labels_printed")
    old = one["text"]
    set_value(one, one["value"] + float(rng.integers(1, 3)))
    return Damage(f"{one['text']} labels were printed, {old} accounted for.", ("parameters/labels_printed/value",))


@FAMILY.operator(
    "rounded_into_specification", "21 CFR 211.194(a)(5)", "A viability just below 80 % is written as 80.0."
)
def _rounded_into_specification(bundle: Bundle, rng: Generator) -> Damage:
    one, viable, total = (bundle.parameter(name) for name in ("viability_pct", "viable_cells", "total_cells"))
    truth = float(rng.uniform(79.5, 79.9))
    set_value(total, 100.0 * viable["value"] / truth)
    set_value(one, 80.0)
    _carry(bundle, one)
    what = f"The cells give a viability of {truth:.2f} %, written as {one['text']} %."
    return Damage(what, ("parameters/viability_pct/value", "parameters/total_cells/value"))


@FAMILY.operator("record_differs_from_lims", "21 CFR 211.188(b)(5)", "The record copied a test result wrongly.")
def _record_differs_from_lims(bundle: Bundle, rng: Generator) -> Damage:
    present = [one for one in bundle.entries("parameters") if one["name"] in MIRRORS and one.get("value")]
    one = pick(rng, present, "copied result")
    for _ in range(40):
        value = round(one["value"] * float(rng.uniform(0.93, 1.07)), decimals(one))
        if abs(value - one["value"]) > 1.5 * 10.0 ** -decimals(one) and not outside(one, value):
            old = one["text"]
            set_value(one, value)
            what = f"{one['name']} reads {one['text']}, the LIMS {old}."
            return Damage(what, (f"parameters/{one['name']}/value",))
    raise NotApplicableError(f"{one['name']} cannot differ within its limits.")
