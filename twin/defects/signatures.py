"""Who did it, who checked it, when, and whether what was signed is still what stands there."""

from numpy.random import Generator

from twin.defects.bundle import (
    Bundle,
    Damage,
    Entry,
    Family,
    NotApplicableError,
    decimals,
    instant,
    moved,
    numeric,
    outside,
    pick,
    set_value,
)

FAMILY = Family()
_TWO = "21 CFR 211.188(b)(11)"
_SIGNED = "21 CFR 11.50"
_ALCOA = "21 CFR 211.100(b), 211.188(b), 211.194(a)"


def _signed_step(bundle: Bundle, rng: Generator) -> Entry:
    signed = [s for s in bundle.entries("steps") if s.get("performer") and s.get("checker") and s.get("checked_at")]
    step: Entry = pick(rng, signed, "step with two signatures")
    return step


def _damage(step: Entry, key: str, what: str) -> Damage:
    return Damage(f"Step {step['step_id']} ({step['name']}): {what}", (f"steps/{step['step_id']}/{key}",))


@FAMILY.operator("checker_missing", _TWO, "The second signature of a step is missing.")
def _checker_missing(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    step["checker"], step["checked_at"] = None, None
    return _damage(step, "checker", "nobody signed as checker.")


@FAMILY.operator("performer_missing", _TWO, "Nobody signed for performing a step.")
def _performer_missing(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    step["performer"], step["performed_at"] = None, None
    return _damage(step, "performer", "nobody signed as performer.")


@FAMILY.operator("performer_is_checker", _TWO, "The same person performed and checked a step.")
def _performer_is_checker(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    step["checker"] = step["performer"]
    return _damage(step, "checker", f"{step['performer']} performed and checked it.")


@FAMILY.operator("performer_is_checker_case", _TWO, "One person signs twice, the second time in other letters.")
def _performer_is_checker_case(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    step["checker"] = str(step["performer"]).upper()
    return _damage(step, "checker", f"{step['performer']} checked it as {step['checker']}.")


_QUALIFIED = "21 CFR 211.25(a), 211.188(b)(11)"


@FAMILY.operator("checked_by_operator", _QUALIFIED, "A step is checked by somebody who is no checker.")
def _checked_by_operator(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    crew = sorted({s["performer"] for s in bundle.entries("steps") if s.get("performer")} - {step["performer"]})
    step["checker"] = pick(rng, crew, "second operator")
    return _damage(step, "checker", f"{step['checker']}, an operator, signed as checker.")


@FAMILY.operator("signed_by_stranger", _QUALIFIED, "A step is signed by somebody who is not known to the record.")
def _signed_by_stranger(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    key = pick(rng, ("performer", "checker"), "signature")
    step[key] = pick(rng, ("e.marchetti", "visitor.2", "f.oyelaran"), "stranger")
    return _damage(step, key, f"{step[key]}, who is not in the log of signatures, signed.")


@FAMILY.operator("signature_log_missing", _QUALIFIED, "The log of signatures is missing.")
def _signature_log_missing(bundle: Bundle, rng: Generator) -> Damage:
    del rng
    if not bundle.entries("signatories"):
        raise NotApplicableError("There is no log of signatures to lose.")
    bundle.entries("signatories").clear()
    return Damage("The log of signatures is empty.", ("signatories",))


@FAMILY.operator("signature_without_time", _SIGNED, "A signature carries no date and time.")
def _signature_without_time(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    key = pick(rng, ("performed_at", "checked_at"), "signature")
    step[key] = None
    return _damage(step, key, "a signature has no time.")


@FAMILY.operator("check_before_performance", _TWO, "The checker signed before the performer did.")
def _check_before_performance(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    step["checked_at"] = moved(step["performed_at"], minutes=-float(rng.integers(5, 300)))
    return _damage(step, "checked_at", "the check is signed before the performance.")


@FAMILY.operator("signature_back_dated", _SIGNED, "A performer's signature is dated before the step began.")
def _signature_back_dated(bundle: Bundle, rng: Generator) -> Damage:
    step = pick(rng, [s for s in bundle.entries("steps") if s.get("performed_at") and s.get("started_at")], "step")
    step["performed_at"] = moved(step["started_at"], minutes=-float(rng.integers(10, 1500)))
    return _damage(step, "performed_at", "signed as performed before it began.")


@FAMILY.operator("signature_in_future", _SIGNED, "A signature is dated in the future.")
def _signature_in_future(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    step["checked_at"] = moved(step["checked_at"], days=float(rng.integers(365, 4000)))
    return _damage(step, "checked_at", f"the check is dated {step['checked_at'][:10]}.")


@FAMILY.operator(
    "check_days_late", _ALCOA, "A step was checked days after it ended: not contemporaneous.", critical=False
)
def _check_days_late(bundle: Bundle, rng: Generator) -> Damage:
    steps = bundle.entries("steps")
    step = pick(rng, [s for s in steps[: len(steps) // 2] if s.get("checked_at")], "early step with a check")
    step["checked_at"] = moved(step["ended_at"], days=3.0, minutes=float(rng.integers(0, 3000)))
    return _damage(step, "checked_at", "checked three days or more after its end.")


@FAMILY.operator("bot_signed", "21 CFR 11.200(a)", "A step is signed by a bot's account.")
def _bot_signed(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    key = pick(rng, ("performer", "checker"), "signature")
    step[key] = pick(rng, ("bot-release", "bot.review", "svc-robot"), "bot account")
    return _damage(step, key, f"signed by {step[key]}.")


@FAMILY.operator("shared_account", "21 CFR 11.300(a); Annex 11", "A step is signed under a shared account.")
def _shared_account(bundle: Bundle, rng: Generator) -> Damage:
    step = _signed_step(bundle, rng)
    step["performer"] = pick(rng, ("operator", "admin", "cleanroom1", "shift-b"), "shared account")
    return _damage(step, "performer", f"signed by the shared account {step['performer']}.")


@FAMILY.operator("changed_after_signature", "21 CFR 11.70", "A value was written after the step had been checked.")
def _changed_after_signature(bundle: Bundle, rng: Generator) -> Damage:
    checked = {s["step_id"]: s["checked_at"] for s in bundle.entries("steps") if s.get("checked_at")}
    inside = [
        (one, value)
        for one in numeric(bundle, limits=True)
        if one.get("step_id") in checked and one.get("recorded_at")
        for value in [_nudged(one)]
        if value is not None
    ]
    one, value = pick(rng, inside, "signed value")
    set_value(one, value)
    late = moved(checked[one["step_id"]], minutes=float(rng.integers(30, 2000)))
    one["recorded_at"] = late
    what = f"{one['name']} was written at {late}, after step {one['step_id']} had been checked."
    return Damage(what, (f"parameters/{one['name']}/recorded_at", f"parameters/{one['name']}/value"))


def _nudged(one: Entry) -> float | None:
    """A slightly larger or smaller value of the same precision, still inside the limits; None when there is none."""
    step = 10.0 ** -decimals(one)
    for value in (one["value"] + step, one["value"] - step):
        if value > 0 and not outside(one, value):
            return float(value)
    return None


@FAMILY.operator("value_unattributed", _ALCOA, "Nobody is named as the writer of a value.", critical=False)
def _value_unattributed(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, [p for p in numeric(bundle) if p.get("recorded_by")], "attributed value")
    one["recorded_by"] = None
    return Damage(f"{one['name']} names no writer.", (f"parameters/{one['name']}/recorded_by",))


@FAMILY.operator("value_undated", _ALCOA, "A value carries no time.", critical=False)
def _value_undated(bundle: Bundle, rng: Generator) -> Damage:
    one = pick(rng, [p for p in numeric(bundle) if p.get("recorded_at")], "dated value")
    one["recorded_at"] = None
    return Damage(f"{one['name']} carries no time.", (f"parameters/{one['name']}/recorded_at",))


@FAMILY.operator("value_before_step", _ALCOA, "A value was written before its step began: filled in in advance.")
def _value_before_step(bundle: Bundle, rng: Generator) -> Damage:
    begun = {s["step_id"]: s["started_at"] for s in bundle.entries("steps") if s.get("started_at")}
    dated = [p for p in numeric(bundle) if p.get("recorded_at") and p.get("step_id") in begun]
    one = pick(rng, dated, "dated value of a step")
    if instant(one["recorded_at"]) < instant(begun[one["step_id"]]):
        raise NotApplicableError(f"{one['name']} is dated before its step already.")
    one["recorded_at"] = moved(begun[one["step_id"]], minutes=-float(rng.integers(20, 600)))
    what = f"{one['name']} was written before step {one['step_id']} began."
    return Damage(what, (f"parameters/{one['name']}/recorded_at",))
