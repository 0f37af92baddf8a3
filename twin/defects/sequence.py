"""The order and the times of the steps, missing pages, and what happened while the batch was made."""

from itertools import pairwise

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, NotApplicableError, instant, moved, pick

FAMILY = Family()
_RECORD = "21 CFR 211.188(b)"
_INVESTIGATED = "21 CFR 211.192"
_TIMES = ("started_at", "ended_at", "performed_at", "checked_at")


def _where(step: Entry) -> str:
    return f"steps/{step['step_id']}"


def _timed(bundle: Bundle) -> list[Entry]:
    return [step for step in bundle.entries("steps") if all(step.get(key) for key in _TIMES)]


def _neighbours(bundle: Bundle) -> list[tuple[Entry, Entry]]:
    steps = _timed(bundle)
    return [(one, two) for one, two in pairwise(steps) if instant(one["ended_at"]) <= instant(two["started_at"])]


@FAMILY.operator("steps_out_of_order", _RECORD, "Two consecutive steps were executed in the wrong order.")
def _steps_out_of_order(bundle: Bundle, rng: Generator) -> Damage:
    one, two = pick(rng, _neighbours(bundle), "pair of steps")
    for key in _TIMES:
        one[key], two[key] = two[key], one[key]
    what = f"Step {two['step_id']} ({two['name']}) was executed before {one['step_id']} ({one['name']})."
    return Damage(what, (f"{_where(one)}/started_at", f"{_where(two)}/started_at"))


@FAMILY.operator("steps_overlap", _RECORD, "A step began before the one before it had ended.")
def _steps_overlap(bundle: Bundle, rng: Generator) -> Damage:
    one, two = pick(rng, _neighbours(bundle), "pair of steps")
    minutes = (instant(one["ended_at"]) - instant(one["started_at"])).total_seconds() / 60
    two["started_at"] = moved(one["ended_at"], minutes=-max(1.0, minutes * float(rng.uniform(0.2, 0.8))))
    what = f"Step {two['step_id']} began before {one['step_id']} had ended."
    return Damage(what, (f"{_where(two)}/started_at",))


@FAMILY.operator("steps_listed_out_of_order", _RECORD, "A step stands in the record before the one it follows.")
def _steps_listed_out_of_order(bundle: Bundle, rng: Generator) -> Damage:
    """The pages were put together wrongly, or the times are not those of the steps."""
    steps = bundle.entries("steps")
    place = pick(rng, range(len(steps) - 1), "pair of steps")
    steps[place], steps[place + 1] = steps[place + 1], steps[place]
    what = f"Step {steps[place]['step_id']} stands before {steps[place + 1]['step_id']}."
    return Damage(what, (_where(steps[place]), _where(steps[place + 1])))


@FAMILY.operator("step_missing", _RECORD, "A page is missing: a step of the master record was not executed.")
def _step_missing(bundle: Bundle, rng: Generator) -> Damage:
    step = pick(rng, bundle.entries("steps"), "step")
    bundle.entries("steps").remove(step)
    return Damage(f"Step {step['step_id']} ({step['name']}) is missing.", (_where(step),))


@FAMILY.operator("page_missing", _RECORD, "A page is missing: a step and every value recorded on it.")
def _page_missing(bundle: Bundle, rng: Generator) -> Damage:
    held = {one.get("step_id") for one in bundle.entries("parameters")}
    step = pick(rng, [s for s in bundle.entries("steps") if s["step_id"] in held], "step with values")
    bundle.entries("steps").remove(step)
    gone = [one for one in bundle.entries("parameters") if one.get("step_id") == step["step_id"]]
    bundle.record["parameters"] = [one for one in bundle.entries("parameters") if one not in gone]
    what = f"The page of step {step['step_id']} ({step['name']}) is missing with its {len(gone)} values."
    return Damage(what, (_where(step), *(f"parameters/{one['name']}" for one in gone)))


@FAMILY.operator("step_duplicated", _RECORD, "A step stands in the record twice.", critical=False)
def _step_duplicated(bundle: Bundle, rng: Generator) -> Damage:
    steps = bundle.entries("steps")
    step = pick(rng, steps, "step")
    steps.insert(steps.index(step) + 1, dict(step))
    return Damage(f"Step {step['step_id']} stands in the record twice.", (_where(step),))


@FAMILY.operator("step_ends_before_start", _RECORD, "A step ended before it began.")
def _step_ends_before_start(bundle: Bundle, rng: Generator) -> Damage:
    step = pick(rng, _timed(bundle), "step with times")
    step["ended_at"] = moved(step["started_at"], minutes=-float(rng.integers(5, 600)))
    return Damage(f"Step {step['step_id']} ended before it began.", (f"{_where(step)}/ended_at",))


@FAMILY.operator("step_without_times", _RECORD, "A step carries no start or no end.")
def _step_without_times(bundle: Bundle, rng: Generator) -> Damage:
    step = pick(rng, _timed(bundle), "step with times")
    key = pick(rng, ("started_at", "ended_at"), "time")
    step[key] = None
    return Damage(f"Step {step['step_id']} has no {key}.", (f"{_where(step)}/{key}",))


@FAMILY.operator("apheresis_too_old", "Master record: fresh apheresis within 72 h", "The cells waited over 72 h.")
def _apheresis_too_old(bundle: Bundle, rng: Generator) -> Damage:
    first = next((s for s in bundle.entries("steps") if s.get("started_at")), None)
    if first is None or not bundle.record.get("apheresis_at"):
        raise NotApplicableError(f"Batch {bundle.batch_id} has no apheresis time to damage.")
    hours = float(rng.uniform(80.0, 200.0))
    bundle.record["apheresis_at"] = moved(first["started_at"], minutes=-60.0 * hours)
    return Damage(f"The apheresis was {hours:.0f} h old when it was received.", ("apheresis_at",))


@FAMILY.operator("expires_before_infusion", "21 CFR 211.137(a)", "The product expires before the planned infusion.")
def _expires_before_infusion(bundle: Bundle, rng: Generator) -> Damage:
    if not bundle.record.get("infusion_planned_on") or not bundle.record.get("expires_at"):
        raise NotApplicableError(f"Batch {bundle.batch_id} has no expiry or no infusion date.")
    day = moved(str(bundle.record["infusion_planned_on"]), days=-float(rng.integers(1, 5)))
    bundle.record["expires_at"] = f"{day}T12:00:00Z"
    return Damage(f"The product expires on {day}, before the infusion.", ("expires_at",))


@FAMILY.operator("expires_before_made", "21 CFR 211.137", "The product expires before it was made.")
def _expires_before_made(bundle: Bundle, rng: Generator) -> Damage:
    """The labels were printed from the record, and agree with it."""
    old, made = bundle.record["expires_at"], str(bundle.record["manufactured_at"])
    bundle.record["expires_at"] = moved(made, days=-float(rng.integers(1, 400)))
    for label in bundle.entries("labels"):
        if label["expires_at"] == old:
            label["expires_at"] = bundle.record["expires_at"]
    return Damage(f"The product was made {made} and expires {bundle.record['expires_at']}.", ("expires_at",))


@FAMILY.operator("markets_missing", "EU GMP Part IV, 11", "The record names no destination market.")
def _markets_missing(bundle: Bundle, _rng: Generator) -> Damage:
    bundle.record["markets"] = []
    return Damage("No destination market is named.", ("markets",))


@FAMILY.operator("centre_missing", "EU 1394/2007 Art. 15", "The record names no treatment centre.", critical=False)
def _centre_missing(bundle: Bundle, _rng: Generator) -> Damage:
    bundle.record["treatment_centre"] = None
    return Damage("No treatment centre is named.", ("treatment_centre",))


@FAMILY.operator("old_master_record", "21 CFR 211.186", "The batch was made under a superseded master record.")
def _old_master_record(bundle: Bundle, rng: Generator) -> Damage:
    old = str(bundle.record["master_record_version"])
    major = int(old.split(".")[0])
    bundle.record["master_record_version"] = f"{major - int(rng.integers(1, 3))}.0"
    return Damage(f"The record follows version {bundle.record['master_record_version']}.", ("master_record_version",))


def _new_deviation(bundle: Bundle, rng: Generator, severity: str) -> Entry:
    """A deviation that was noted at some step; added to the record, still open."""
    step = pick(rng, _timed(bundle), "step with times")
    title = pick(rng, ("Alarm of the incubator door", "Line clearance repeated", "Pump stopped for 4 min"), "title")
    taken = {one["deviation_id"] for one in bundle.entries("deviations")}
    key = next(f"DEV-{n}" for n in range(9000, 9999) if f"DEV-{n}" not in taken)
    made: Entry = {
        "deviation_id": key,
        "title": f"{title} at {step['step_id']}",
        "severity": severity,
        "opened_at": step["ended_at"],
        "closed_at": None,
        "assessment": None,
    }
    bundle.entries("deviations").append(made)
    return made


@FAMILY.operator("deviation_open", _INVESTIGATED, "A deviation of the batch is still open.")
def _deviation_open(bundle: Bundle, rng: Generator) -> Damage:
    made = _new_deviation(bundle, rng, pick(rng, ("minor", "major", "critical"), "severity"))
    made["assessment"] = "Under investigation."
    return Damage(f"Deviation {made['deviation_id']} is open.", (f"deviations/{made['deviation_id']}/closed_at",))


@FAMILY.operator("deviation_unassessed", _INVESTIGATED, "A deviation was closed without an assessment.")
def _deviation_unassessed(bundle: Bundle, rng: Generator) -> Damage:
    made = _new_deviation(bundle, rng, pick(rng, ("minor", "major"), "severity"))
    made["closed_at"] = moved(made["opened_at"], days=1.0)
    key = made["deviation_id"]
    return Damage(f"Deviation {key} was closed without assessment.", (f"deviations/{key}/assessment",))


@FAMILY.operator("deviation_closed_early", _INVESTIGATED, "A deviation was closed before it was opened.")
def _deviation_closed_early(bundle: Bundle, rng: Generator) -> Damage:
    made = _new_deviation(bundle, rng, "minor")
    made["closed_at"], made["assessment"] = moved(made["opened_at"], minutes=-90.0), "No impact on the product."
    key = made["deviation_id"]
    return Damage(f"Deviation {key} is closed before it was opened.", (f"deviations/{key}/closed_at",))
