"""People, equipment, line and store: not qualified, not clean, not cleared, waited too long, out of nitrogen."""

from numpy.random import Generator

from twin.defects.bundle import Bundle, Damage, Entry, Family, NotApplicableError, instant, moved, pick

FAMILY = Family()
_TRAINED = "21 CFR 211.25(a); EU GMP Part IV, 3"
_CLEAN = "21 CFR 211.67, 211.182"
_CLEARED = "21 CFR 211.130(e)"
_STORED = "21 CFR 211.142(b)"
_VECTOR = "21 CFR 211.84(a), (d); EU GMP Part IV, 7"
_OPEN = frozenset({"S050", "S080", "S090", "S110", "S223", "S225", "S226", "S310", "S340", "S350", "S360"})
_WAITS = (
    *(("S050", "S060"), ("S070", "S080"), ("S100", "S110"), ("S310", "S320")),
    *(("S320", "S340"), ("S340", "S350"), ("S350", "S390")),
)
"""Pairs of steps between which an intermediate waits."""


def _said(section: str, entry: Entry, name: str, key: str, what: str) -> Damage:
    return Damage(f"{section} {entry[name]}: {what}", (f"{section}/{entry[name]}/{key}",))


_BOTH = ("performer", "checker")


def _qualification(
    bundle: Bundle, rng: Generator, kind: str, steps: frozenset[str] | None = None, who: tuple[str, ...] = _BOTH
) -> Entry:
    """A qualification that somebody needed in this batch, at these steps and in this part."""
    needed = {
        step[part] for step in bundle.entries("steps") if steps is None or step["step_id"] in steps for part in who
    }
    held = [one for one in bundle.entries("qualifications") if one["kind"] == kind and one["account"] in needed]
    found: Entry = pick(rng, held, f"{kind} that was needed")
    return found


def _expire(bundle: Bundle, rng: Generator, one: Entry) -> Damage:
    one["valid_until"] = moved(bundle.entries("steps")[0]["started_at"][:10], days=-float(rng.integers(2, 120)))
    what = f"{one['kind']} of {one['account']} ran out on {one['valid_until']}."
    return _said("qualifications", one, "qualification_id", "valid_until", what)


@FAMILY.operator("training_expired", _TRAINED, "Somebody who signed a step was not trained for it any more.")
def _training_expired(bundle: Bundle, rng: Generator) -> Damage:
    return _expire(bundle, rng, _qualification(bundle, rng, "training"))


@FAMILY.operator("gowning_expired", "21 CFR 211.28(a)", "Somebody worked openly without a valid gowning.")
def _gowning_expired(bundle: Bundle, rng: Generator) -> Damage:
    return _expire(bundle, rng, _qualification(bundle, rng, "gowning", _OPEN, ("performer",)))


@FAMILY.operator("checker_gowning_expired", "21 CFR 211.28(a)", "Somebody checked open work without a valid gowning.")
def _checker_gowning_expired(bundle: Bundle, rng: Generator) -> Damage:
    return _expire(bundle, rng, _qualification(bundle, rng, "gowning", _OPEN, ("checker",)))


@FAMILY.operator("simulation_missing", "21 CFR 211.113(b)", "Who worked openly took part in no process simulation.")
def _simulation_missing(bundle: Bundle, rng: Generator) -> Damage:
    return _no_simulation(bundle, rng, "performer")


@FAMILY.operator(
    "checker_simulation_missing", "21 CFR 211.113(b)", "Who checked open work took part in no process simulation."
)
def _checker_simulation_missing(bundle: Bundle, rng: Generator) -> Damage:
    return _no_simulation(bundle, rng, "checker")


def _no_simulation(bundle: Bundle, rng: Generator, part: str) -> Damage:
    one = _qualification(bundle, rng, "aseptic process simulation", _OPEN, (part,))
    bundle.entries("qualifications").remove(one)
    what = f"{one['account']} took part in no aseptic process simulation."
    return _said("qualifications", one, "qualification_id", "account", what)


@FAMILY.operator("training_of_other_record", _TRAINED, "Somebody was trained for another master record than this one.")
def _training_of_other_record(bundle: Bundle, rng: Generator) -> Damage:
    one = _qualification(bundle, rng, "training")
    one["scope"] = pick(rng, ("MBR-CART22", "MBR-NK07", None), "other master record")
    return _said("qualifications", one, "qualification_id", "scope", f"speaks of {one['scope'] or 'nothing'}.")


@FAMILY.operator("training_begins_later", _TRAINED, "Somebody was trained only after the batch had been made.")
def _training_begins_later(bundle: Bundle, rng: Generator) -> Damage:
    one = _qualification(bundle, rng, "training")
    one["valid_from"] = moved(bundle.entries("steps")[-1]["ended_at"][:10], days=float(rng.integers(1, 5)))
    what = f"{one['account']} was trained from {one['valid_from']} on."
    return _said("qualifications", one, "qualification_id", "valid_from", what)


def _log(bundle: Bundle, rng: Generator, activity: str) -> Entry:
    lines = [one for one in bundle.entries("equipment_log") if one["activity"] == activity]
    found: Entry = pick(rng, lines, f"log entry of {activity}")
    return found


@FAMILY.operator("cleaning_missing", _CLEAN, "The cleaning of a piece of equipment is not in its log.")
def _cleaning_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = _log(bundle, rng, "cleaning")
    bundle.entries("equipment_log").remove(one)
    return _said("equipment_log", one, "entry_id", "ended_at", f"{one['equipment_id']} was not cleaned.")


@FAMILY.operator("cleaning_too_old", _CLEAN, "Equipment was used when it did not count as clean any more.")
def _cleaning_too_old(bundle: Bundle, rng: Generator) -> Damage:
    one = _log(bundle, rng, "cleaning")
    for key in ("started_at", "ended_at", "clean_until"):
        one[key] = moved(one[key], days=-float(4))
    return _said("equipment_log", one, "entry_id", "ended_at", f"{one['equipment_id']} was cleaned {one['ended_at']}.")


@FAMILY.operator("clean_time_stretched", _CLEAN, "Equipment is counted as clean for longer than was validated.")
def _clean_time_stretched(bundle: Bundle, rng: Generator) -> Damage:
    one = _log(bundle, rng, "cleaning")
    one["clean_until"] = moved(one["clean_until"], days=float(rng.integers(4, 30)))
    what = f"{one['equipment_id']} is counted as clean until {one['clean_until']}."
    return _said("equipment_log", one, "entry_id", "clean_until", what)


@FAMILY.operator("use_of_other_batch", _CLEAN, "The log says that equipment was used for another batch then.")
def _use_of_other_batch(bundle: Bundle, rng: Generator) -> Damage:
    one = _log(bundle, rng, "use")
    one["batch_id"] = f"{one['batch_id'][:-1]}{(int(one['batch_id'][-1]) + 1) % 10}"
    return _said("equipment_log", one, "entry_id", "batch_id", f"used for {one['batch_id']}.")


@FAMILY.operator("use_not_logged", _CLEAN, "The use of a piece of equipment is not in its log.")
def _use_not_logged(bundle: Bundle, rng: Generator) -> Damage:
    one = _log(bundle, rng, "use")
    bundle.entries("equipment_log").remove(one)
    return _said("equipment_log", one, "entry_id", "activity", f"the use of {one['equipment_id']} is not logged.")


@FAMILY.operator("cleaned_and_checked_by_one", "21 CFR 211.182", "One person cleaned and checked.", critical=False)
def _cleaned_and_checked_by_one(bundle: Bundle, rng: Generator) -> Damage:
    one = _log(bundle, rng, "cleaning")
    one["checked_by"] = one["done_by"]
    return _said("equipment_log", one, "entry_id", "checked_by", f"cleaned and checked by {one['done_by']}.")


def _clearance(bundle: Bundle, rng: Generator) -> Entry:
    found: Entry = pick(rng, bundle.entries("clearances"), "line clearance")
    return found


@FAMILY.operator("clearance_missing", _CLEARED, "Before a step nobody cleared the line.")
def _clearance_missing(bundle: Bundle, rng: Generator) -> Damage:
    one = _clearance(bundle, rng)
    bundle.entries("clearances").remove(one)
    return _said("clearances", one, "clearance_id", "step_id", f"no clearance before {one['step_id']}.")


@FAMILY.operator("clearance_failed", _CLEARED, "Something of another batch stood on the line.")
def _clearance_failed(bundle: Bundle, rng: Generator) -> Damage:
    one = _clearance(bundle, rng)
    one["result"] = "Fail"
    return _said("clearances", one, "clearance_id", "result", f"failed before {one['step_id']}.")


@FAMILY.operator("clearance_after_start", _CLEARED, "The line was cleared when its step had begun.")
def _clearance_after_start(bundle: Bundle, rng: Generator) -> Damage:
    one = _clearance(bundle, rng)
    one["cleared_at"] = moved(one["cleared_at"], minutes=float(rng.integers(4, 60)))
    return _said("clearances", one, "clearance_id", "cleared_at", f"cleared {one['cleared_at']}, after the start.")


@FAMILY.operator("clearance_by_one", _CLEARED, "One person cleared the line and checked it.")
def _clearance_by_one(bundle: Bundle, rng: Generator) -> Damage:
    one = _clearance(bundle, rng)
    one["checked_by"] = one["cleared_by"]
    return _said("clearances", one, "clearance_id", "checked_by", f"cleared and checked by {one['cleared_by']}.")


@FAMILY.operator("clearance_unsigned", _CLEARED, "Nobody signed or dated the clearance of a line.")
def _clearance_unsigned(bundle: Bundle, rng: Generator) -> Damage:
    one = _clearance(bundle, rng)
    key = pick(rng, ("cleared_at", "cleared_by", "checked_by"), "field")
    one[key] = None
    return _said("clearances", one, "clearance_id", key, f"the clearance before {one['step_id']} has no {key}.")


@FAMILY.operator("intermediate_waited", "21 CFR 211.111", "An intermediate waited longer than its validated hold time.")
def _intermediate_waited(bundle: Bundle, rng: Generator) -> Damage:
    """Everything from the later step on happens hours later, as it would: the record is consistent in itself."""
    before, after = pick(rng, _WAITS, "hold")
    start = instant(bundle.entry("steps", "step_id", after)["started_at"])
    minutes = 60.0 * float(rng.uniform(6.5, 9.0))
    sections = ("steps", "parameters", "materials", "samples", "labels", "handovers", "clearances", "storage_moves")
    entries = [one for section in sections for one in bundle.entries(section)]
    for one in (*entries, *bundle.instrument_results):
        for key, text in one.items():
            late = (isinstance(text, str) and key.endswith("_at")) or key == "at"
            if late and text and key != "expires_at" and instant(text) >= start:
                one[key] = moved(text, minutes=minutes)
    what = f"Between {before} and {after} lie {minutes / 60:.1f} h more than there were."
    return Damage(what, (f"steps/{after}/started_at",))


@FAMILY.operator("out_of_nitrogen_long", _STORED, "A bag was out of nitrogen for too long in all.")
def _out_of_nitrogen_long(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, bundle.entries("storage_moves"), "move of a bag")
    again = {**one, "move_id": f"{one['move_id']}-b", "reason": "Searched for another bag"}
    again["left_at"] = moved(one["returned_at"], minutes=float(rng.integers(30, 600)))
    again["returned_at"] = moved(again["left_at"], minutes=float(rng.uniform(14.5, 40.0)))
    bundle.entries("storage_moves").append(again)
    what = f"{again['container']} was out from {again['left_at']} to {again['returned_at']}."
    return _said("storage_moves", again, "move_id", "returned_at", what)


@FAMILY.operator("storing_not_recorded", _STORED, "How a bag came into the store is not recorded.")
def _storing_not_recorded(bundle: Bundle, rng: Generator) -> Damage:
    bag = pick(rng, bundle.entries("storage_moves"), "move of a bag")["container"]
    bundle.record["storage_moves"] = [one for one in bundle.entries("storage_moves") if one["container"] != bag]
    return Damage(f"No move of {bag} is recorded.", ("storage_moves",))


@FAMILY.operator("not_returned_to_store", _STORED, "Nobody recorded that a bag went back into nitrogen.")
def _not_returned_to_store(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, bundle.entries("storage_moves"), "move of a bag")
    one["returned_at"] = None
    return _said("storage_moves", one, "move_id", "returned_at", f"{one['container']} has no time of return.")


def _alarm(bundle: Bundle, rng: Generator, peak: float, assessment: str | None) -> Entry:
    stored = bundle.entry("steps", "step_id", "S400")["ended_at"]
    begun = moved(stored, minutes=float(rng.integers(120, 3000)))
    taken = {one["alarm_id"] for one in bundle.entries("storage_alarms")}
    store = next((e["equipment_id"] for e in bundle.entries("equipment") if "LN2" in e["equipment_id"]), None)
    if store is None:
        raise NotApplicableError(f"Batch {bundle.batch_id} names no nitrogen store.")
    alarm: Entry = {
        "alarm_id": next(f"AL-9{n}" for n in range(100) if f"AL-9{n}" not in taken),
        "equipment_id": store,
        "started_at": begun,
        "ended_at": moved(begun, minutes=float(rng.integers(3, 90))),
        "peak": peak,
        "acknowledged_by": "p.hughes",
        "assessment": assessment,
    }
    bundle.entries("storage_alarms").append(alarm)
    return alarm


@FAMILY.operator("alarm_not_assessed", _STORED, "Nobody assessed an alarm of the store.")
def _alarm_not_assessed(bundle: Bundle, rng: Generator) -> Damage:
    one = _alarm(bundle, rng, round(float(rng.uniform(-165, -145)), 1), None)
    return _said("storage_alarms", one, "alarm_id", "assessment", "was not assessed.")


@FAMILY.operator("store_too_warm", _STORED, "The store got warmer than the product stands.")
def _store_too_warm(bundle: Bundle, rng: Generator) -> Damage:
    one = _alarm(bundle, rng, round(float(rng.uniform(-130, -60)), 1), "Refilled within the hour.")
    return _said("storage_alarms", one, "alarm_id", "peak", f"the store reached {one['peak']} Cel.")


def _certificate(bundle: Bundle, rng: Generator) -> Entry:
    found: Entry = pick(rng, bundle.entries("certificates"), "certificate of the vector")
    return found


@FAMILY.operator("vector_not_released", _VECTOR, "The maker's release of the vector's lot is not there.")
def _vector_not_released(bundle: Bundle, rng: Generator) -> Damage:
    one = _certificate(bundle, rng)
    bundle.entries("certificates").remove(one)
    return _said("certificates", one, "certificate_id", "lot", f"lot {one['lot']} has no release.")


@FAMILY.operator("vector_released_after_use", _VECTOR, "The vector's lot was released after it had been used.")
def _vector_released_after_use(bundle: Bundle, rng: Generator) -> Damage:
    one = _certificate(bundle, rng)
    use = bundle.entry("materials", "material_id", one["material_id"])
    one["released_on"] = moved(use["used_at"][:10], days=float(rng.integers(1, 30)))
    return _said("certificates", one, "certificate_id", "released_on", f"released on {one['released_on']}.")


@FAMILY.operator(
    "vector_virus_positive", _VECTOR, "The vector's lot holds replication-competent virus, or none looked."
)
def _vector_virus_positive(bundle: Bundle, rng: Generator) -> Damage:
    one = _certificate(bundle, rng)
    one["replication_competent_virus"] = pick(rng, ("Positive", None), "result")
    shown = one["replication_competent_virus"] or "nothing"
    return _said("certificates", one, "certificate_id", "replication_competent_virus", f"the test says {shown}.")
