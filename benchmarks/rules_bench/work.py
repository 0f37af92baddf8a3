"""Sixty rules, as a rule file for us and as plain conditions on flattened facts for the peers; and the batches.

A condition is `("and", parts)`, `("or", parts)` or `(sign, left, right)`; a side is `("var", name)` or a constant.
Flattened facts hold numbers as numbers and times as seconds: that conversion is a present to the peers.
"""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

PARAMETERS, STEPS, RESULTS, MATERIALS = 200, 40, 30, 20
LIMITS, GROUPS, PRODUCTS = 40, 6, 4
_START = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
_TESTS = {"Viability": "%", "Purity": "%", "Dose": "1e6"}
Facts = dict[str, Any]
Condition = tuple[Any, ...]


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def make_batch(number: int, seed: int) -> Facts:
    """One batch: 200 parameters, 40 steps, 30 results, 20 materials; about one in ten has something wrong."""
    rng = random.Random(seed * 1_000_003 + number)
    begin = _START + timedelta(days=number % 300, seconds=rng.randrange(80_000))
    steps, at = [], begin
    for place in range(STEPS):
        ended = at + timedelta(minutes=rng.randrange(5, 50))
        steps.append(
            {
                "step_id": f"S{place:03d}",
                "name": f"Step {place}",
                "started_at": _iso(at),
                "ended_at": _iso(ended),
                "performer": rng.choice(("a.one", "b.two", "c.three")),
                "checker": rng.choice(("d.four", "e.five")),
                "checked_at": _iso(ended + timedelta(minutes=5)),
            }
        )
        at = ended + timedelta(minutes=10)
    facts: Facts = {
        "now": _iso(at + timedelta(days=20)),
        "batch": _head(number, begin, at),
        "steps": steps,
        "parameters": [_parameter(place, rng, steps) for place in range(PARAMETERS)],
        "materials": [_material(place, rng, begin) for place in range(MATERIALS)],
        "lims": {"results": _results(number, rng, at)},
    }
    _products(facts["parameters"])
    if rng.random() < 0.1:
        _spoil(facts, rng)
    facts["values"] = {
        one["name"]: {name: one[name] for name in ("text", "value", "unit", "low", "high")}
        for one in facts.pop("parameters")
    }
    return facts


def _head(number: int, begin: datetime, end: datetime) -> dict[str, Any]:
    return {
        "batch_id": f"B-{number:05d}",
        "patient_code": f"PT-{number:05d}",
        "product": "Benchmark cells",
        "apheresis_at": _iso(begin - timedelta(hours=20)),
        "manufactured_at": _iso(end),
        "expires_at": _iso(end + timedelta(days=365)),
        "markets": ["EU"],
    }


def _parameter(place: int, rng: random.Random, steps: list[dict[str, Any]]) -> dict[str, Any]:
    low = 10.0 + place % 7
    value = round(low + 1 + (place % 3) + rng.random(), 2)
    step = steps[place % STEPS]
    return {
        "name": f"p_{place:03d}",
        "step_id": step["step_id"],
        "text": f"{value:.2f}",
        "value": value,
        "unit": "mL",
        "low": low,
        "high": low + 10.0,
        "recorded_at": step["ended_at"],
        "recorded_by": step["performer"],
    }


def _products(parameters: list[dict[str, Any]]) -> None:
    """The last parameters are products of earlier ones."""
    for place in range(PRODUCTS):
        target, first, second = parameters[-1 - place], parameters[100 + place], parameters[120 + place]
        value = round(first["value"] * second["value"], 2)
        target.update(text=f"{value:.2f}", value=value, low=50.0, high=500.0)


def _material(place: int, rng: random.Random, begin: datetime) -> dict[str, Any]:
    used = begin + timedelta(hours=place)
    return {
        "material_id": f"M-{place:02d}",
        "name": f"Material {place}",
        "lot": f"L{rng.randrange(10_000):04d}",
        "expires_on": (used + timedelta(days=rng.randrange(30, 400))).date().isoformat(),
        "quantity": 5.0,
        "unit": "mL",
        "used_at": _iso(used),
    }


def _results(number: int, rng: random.Random, at: datetime) -> dict[str, Any]:
    rows = []
    for place in range(RESULTS):
        test, unit = list(_TESTS.items())[place % len(_TESTS)]
        rows.append(
            {
                "row": str(place + 1),
                "result_id": f"R-{number}-{place}",
                "batch": f"B-{number:05d}",
                "test": test,
                "result": f"{80 + 15 * rng.random():.1f}",
                "unit": unit,
                "lower": "70",
                "upper": "100",
                "tested_at": _iso(at + timedelta(days=2)),
                "analyst": "qc.a",
                "reviewed_by": "qc.b",
                "status": "Final",
            }
        )
    return {"page": "/results", "read_at": _iso(at + timedelta(days=3)), "complete": True, "rows": rows}


def _spoil(facts: Facts, rng: random.Random) -> None:
    """One thing wrong, out of ten."""
    step = rng.choice(facts["steps"])
    material = rng.choice(facts["materials"])
    row = rng.choice(facts["lims"]["results"]["rows"])
    number = facts["parameters"][rng.randrange(LIMITS)]
    harms: tuple[tuple[dict[str, Any], str, Any], ...] = (
        (step, "checker", step["performer"]),
        (step, "performer", ""),
        (material, "lot", ""),
        (material, "expires_on", "2020-01-01"),
        (row, "status", "Preliminary"),
        (row, "result", "12.5"),
        (row, "reviewed_by", "qc.a"),
        (number, "text", "99.00"),
        (facts["parameters"][-1], "text", "77.77"),
    )
    place, field, value = rng.choice(harms)
    place[field] = value


def sixty_rules() -> dict[str, Any]:
    """The rule file, as a document."""
    rules: list[dict[str, Any]] = []

    def add(kind: str, **fields: Any) -> None:
        example = {"passing": [{}], "failing": [{}]}
        rules.append(
            {
                "id": f"BM-ALL-{len(rules) + 1:02d}",
                "kind": kind,
                "title": f"Benchmark {kind}",
                "clause": "none",
                "severity": "major",
                "text": "Something is wrong here.",
                "next_step": "Look at it.",
                "examples": example,
                **fields,
            }
        )

    for place in range(LIMITS):
        add("limit", parameters=[f"p_{place:03d}"], low=10 + place % 7, high=20 + place % 7)
    for place in range(GROUPS):
        add("ordered", groups=[[f"p_{42 + 21 * place + n:03d}" for n in (0, 1, 2)]])
    for place in range(PRODUCTS):
        names = [f"p_{n:03d}" for n in (PARAMETERS - 1 - place, 100 + place, 120 + place)]
        add("recompute", value=names[0], times=names[1:])
    steps = {"each": "steps", "name": "step_id"}
    add("presence", **steps, fields=["performer", "checker"])
    add("different", **steps, fields=["performer", "checker"])
    materials = {"each": "materials", "name": "material_id"}
    add("presence", **materials, fields=["lot"])
    add("expiry", **materials, until="expires_on", used=["used_at"])
    add("enumeration", **materials, field="unit", allowed=["mL", "L"])
    results = {"each": "lims.results", "name": "result_id"}
    add("range", **results, value="result", low="lower", high="upper")
    add("enumeration", **results, field="status", allowed=["Final"])
    add("different", **results, fields=["analyst", "reviewed_by"])
    add("same", **results, field="batch", **{"as": "batch.batch_id"})
    add("elapsed", start="batch.apheresis_at", end="batch.manufactured_at", most_hours=240)
    assert len(rules) == 60
    return {"rule_set": "benchmark", "version": "1.0.0", "title": "Sixty rules", "rules": rules}


def flatten(facts: Facts) -> dict[str, Any]:
    """Numbers and texts by name, as peers without lists want them."""
    flat: dict[str, Any] = {"batch_id": facts["batch"]["batch_id"]}
    for name in ("apheresis_at", "manufactured_at"):
        flat[name] = datetime.fromisoformat(facts["batch"][name]).timestamp()
    for name, one in facts["values"].items():
        flat[name] = float(one["text"])
    for n, one in enumerate(facts["steps"]):
        for name in ("performer", "checker"):
            flat[f"s{n}_{name}"] = one[name]
    for n, one in enumerate(facts["materials"]):
        flat[f"m{n}_lot"], flat[f"m{n}_unit"] = one["lot"], one["unit"]
        flat[f"m{n}_until"] = datetime.fromisoformat(one["expires_on"]).toordinal() * 1.0
        flat[f"m{n}_used"] = datetime.fromisoformat(one["used_at"]).toordinal() * 1.0
    for n, one in enumerate(facts["lims"]["results"]["rows"]):
        for name in ("status", "analyst", "reviewed_by", "batch"):
            flat[f"r{n}_{name}"] = one[name]
        for name in ("result", "lower", "upper"):
            flat[f"r{n}_{name}"] = float(one[name])
    return flat


def conditions() -> list[Condition]:
    """The sixty rules as conditions that hold where all is in order, in the order of the rule file."""
    found: list[Condition] = []
    for place in range(LIMITS):
        found.append(_all(_between(f"p_{place:03d}", 10.0 + place % 7, 20.0 + place % 7)))
    for place in range(GROUPS):
        names = [f"p_{42 + 21 * place + n:03d}" for n in (0, 1, 2)]
        found.append(_all([("<=", _var(a), _var(b)) for a, b in pairwise(names)]))
    for place in range(PRODUCTS):
        value, first, second = (f"p_{n:03d}" for n in (PARAMETERS - 1 - place, 100 + place, 120 + place))
        product = ("*", _var(first), _var(second))
        tolerance = 0.005 * (1 + 1e-6)
        off = ("-", _var(value), product)
        found.append(_all([("<=", off, tolerance), (">=", off, -tolerance)]))
    return found + _of_lists()


def _of_lists() -> list[Condition]:
    steps, materials, rows = range(STEPS), range(MATERIALS), range(RESULTS)
    sides = ((">=", "lower"), ("<=", "upper"))
    within = [(sign, _var(f"r{n}_result"), _var(f"r{n}_{side}")) for n in rows for sign, side in sides]
    return [
        _all([("!=", _var(f"s{n}_{who}"), "") for n in steps for who in ("performer", "checker")]),
        _all([("!=", _var(f"s{n}_performer"), _var(f"s{n}_checker")) for n in steps]),
        _all([("!=", _var(f"m{n}_lot"), "") for n in materials]),
        _all([(">=", _var(f"m{n}_until"), _var(f"m{n}_used")) for n in materials]),
        _all([("or", [("==", _var(f"m{n}_unit"), "mL"), ("==", _var(f"m{n}_unit"), "L")]) for n in materials]),
        _all(within),
        _all([("==", _var(f"r{n}_status"), "Final") for n in rows]),
        _all([("!=", _var(f"r{n}_analyst"), _var(f"r{n}_reviewed_by")) for n in rows]),
        _all([("==", _var(f"r{n}_batch"), _var("batch_id")) for n in rows]),
        _all([("<=", ("-", _var("manufactured_at"), _var("apheresis_at")), 240.0 * 3600), _forward()]),
    ]


def _forward() -> Condition:
    return (">=", ("-", _var("manufactured_at"), _var("apheresis_at")), 0.0)


def _var(name: str) -> Condition:
    return ("var", name)


def _all(parts: list[Condition]) -> Condition:
    return ("and", parts)


def _between(name: str, low: float, high: float) -> list[Condition]:
    return [(">=", _var(name), low), ("<=", _var(name), high)]
