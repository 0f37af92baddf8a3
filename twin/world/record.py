"""One clean executed batch record, in the JSON shape of `mes_core.messages.BatchRecord`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from twin.model import check_character, donation_number
from twin.model.importers import MADE_IN
from twin.world import catalogue as cat
from twin.world.biology import Biology
from twin.world.chain import chain_of_identity
from twin.world.chance import seeded
from twin.world.clock import iso
from twin.world.courier import destination
from twin.world.parameters import fill_in_culture, fill_in_rooms, fill_in_start
from twin.world.plant import plant_facts
from twin.world.product import fill_in_product
from twin.world.sheet import Sheet
from twin.world.supply import Supply

Row = dict[str, Any]
Times = dict[str, tuple[datetime, datetime, str]]

SAMPLE_TYPES = (
    ("Apheresis", "S030"),
    ("In-process day 5", "S205"),
    ("Harvest", "S330"),
    ("Final product", "S360"),
    ("Sterility", "S360"),
    ("Retention", "S360"),
    ("Labelled product", "S380"),
    ("Thaw control", "S390"),
)
_NOTED = (
    (
        "Room pressure alarm for 40 s during the feed on day 5",
        "No open operation at that time; no effect on the product.",
    ),
    ("Label printer restarted after a paper jam", "Labels reconciled; the spoilt label was destroyed and counted."),
    ("Sample for the day 4 count taken 25 minutes late", "Within the time that the process validation covers."),
    ("Thawing bath display flickered", "Reading confirmed with a second calibrated probe."),
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Frame:
    """What places a batch in the world: number, start of its day 0, now, its own randomness, and where it may go."""

    number: int
    start: datetime
    now: datetime
    rng: Random
    centres: tuple[cat.Centre, ...] = cat.CENTRES


def clean_record(frame: Frame, cells: Biology, supply: Supply) -> Row:
    """The record of a batch in which everything is in order and, if its cells are, in specification."""
    rng, start = frame.rng, frame.start
    year = f"{frame.now:%y}"
    times: Times = {}
    code = "".join(rng.choice(_LETTERS) for _ in range(6))
    donation = donation_number(start.year, 100_000 + (frame.number * 97 + rng.randrange(97)) % 900_000)
    centre = rng.choice(frame.centres)
    steps = _steps(frame, times)
    sheet = Sheet(rng, times)
    fill_in_start(sheet, cells, rng)
    fill_in_culture(sheet, cells, rng)
    fill_in_rooms(sheet, rng, seeded("beads", donation, code))
    indication = rng.choices(cat.INDICATIONS, [one.share for one in cat.INDICATIONS])[0]
    fill_in_product(sheet, cells, rng, indication)
    order = {step["step_id"]: place for place, step in enumerate(steps)}
    equipment = _equipment(steps, times, supply, rng)
    batch_id = f"CT-{year}-{frame.number:04d}"
    record: Row = {
        "batch_id": batch_id,
        "kind": "car_t",
        "product": cat.PRODUCT,
        "product_code": cat.PRODUCT_CODE,
        "master_record": cat.MASTER_RECORD,
        "master_record_version": cat.MASTER_VERSION,
        "procedure": cat.PROCEDURE,
        "patient_code": f"PT-{code}",
        "donation_number": donation,
        "donation_check": check_character(donation),
        "apheresis_at": iso(times["S010"][0] - timedelta(hours=sheet["transport_hours"], minutes=20)),
        "manufactured_at": iso(times["S400"][1]),
        "expires_at": iso(times["S390"][1] + timedelta(days=365)),
        "treatment_centre": destination(centre),
        "treatment_zone": centre.zone,
        "indication": indication.name,
        "infusion_planned_on": (frame.now + timedelta(days=rng.randint(9, 16))).date().isoformat(),
        "made_in": MADE_IN,
        "markets": list(rng.choice(centre.markets)),
        "source": "twin",
        "steps": steps,
        "parameters": sorted(sheet.rows, key=lambda row: order[row["step_id"]]),
        "materials": _materials(times, supply, rng, sheet),
        "equipment": equipment,
        "samples": _samples(batch_id, f"PT-{code}", donation, times),
        "deviations": _deviations(batch_id, times, rng),
        "signatories": _signatories(steps),
    }
    plant = seeded("plant", batch_id, donation)
    return record | chain_of_identity(record, frame.now, plant) | plant_facts(record, plant)


def _steps(frame: Frame, times: Times) -> list[Row]:
    rng, made = frame.rng, []
    crew, checkers = rng.sample(cat.OPERATORS, 3), rng.sample(cat.CHECKERS, 2)
    for plan in cat.STEPS:
        minutes = plan.minutes * rng.uniform(0.84, 0.96)
        begun = frame.start + timedelta(hours=plan.at_h, seconds=int(60 * plan.minutes * rng.uniform(0, 0.03)))
        ended = begun + timedelta(seconds=int(60 * minutes))
        performer = rng.choice(crew)
        checked = ended + timedelta(seconds=rng.randint(60, 14 * 60))
        times[plan.step_id] = (begun, ended, performer)
        made.append(
            {
                "step_id": plan.step_id,
                "unit_procedure": plan.unit_procedure,
                "operation": plan.operation,
                "name": plan.name,
                "started_at": iso(begun),
                "ended_at": iso(ended),
                "performer": performer,
                "performed_at": iso(ended),
                "checker": rng.choice(checkers),
                "checked_at": iso(checked),
                "equipment_ids": list(plan.equipment),
            }
        )
    return made


def _signatories(steps: list[Row]) -> list[Row]:
    """The log of signatures: everybody who signed a step, in the order of the accounts."""
    accounts = sorted({step[name] for step in steps for name in ("performer", "checker")})
    return [
        {
            "account": account,
            "printed_name": account.title().replace(".", ". "),
            "role": "checker" if account in cat.CHECKERS else "operator",
        }
        for account in accounts
    ]


def _equipment(steps: list[Row], times: Times, supply: Supply, rng: Random) -> list[Row]:
    """One unit of each kind for the whole batch; the steps are made to name that unit."""
    made: list[Row] = []
    named: dict[str, str] = {}
    for key, _, _ in cat.EQUIPMENT:
        used = [times[step["step_id"]] for step in steps if key in step["equipment_ids"]]
        made.append(supply.equipment(key, min(t[0] for t in used), max(t[1] for t in used), rng))
        named[key] = made[-1]["equipment_id"]
    for step in steps:
        step["equipment_ids"] = [named[key] for key in step["equipment_ids"]]
    return made


def _materials(times: Times, supply: Supply, rng: Random, sheet: Sheet) -> list[Row]:
    made = []
    for plan in cat.MATERIALS:
        begun, ended, _ = times[plan.step_id]
        lot, expires = supply.lot(plan, begun.date())
        quantity = round(plan.quantity + plan.spread * rng.uniform(-1, 1), 2)
        if plan.name.startswith("Lentiviral vector"):
            quantity = sheet["vector_volume"]
        made.append(
            {
                "material_id": plan.material_id,
                "name": plan.name,
                "lot": lot,
                "quantity": float(quantity),
                "unit": plan.unit,
                "expires_on": expires.isoformat(),
                "used_at": iso(begun + (ended - begun) * 0.3),
                "step_id": plan.step_id,
            }
        )
    return made


def _samples(batch_id: str, patient: str, donation: str, times: Times) -> list[Row]:
    return [
        {
            "sample_id": f"{batch_id}-S{place}",
            "purpose": purpose,
            "step_id": step,
            "taken_at": iso(times[step][0] + (times[step][1] - times[step][0]) * 0.5),
            "patient_code": patient,
            "donation_number": donation,
        }
        for place, (purpose, step) in enumerate(SAMPLE_TYPES, start=1)
    ]


def _deviations(batch_id: str, times: Times, rng: Random) -> list[Row]:
    made = []
    for place in range(rng.choice((0, 0, 0, 1, 1, 2))):
        title, assessment = rng.choice(_NOTED)
        opened = times[rng.choice(("S205", "S226", "S370"))][1]
        made.append(
            {
                "deviation_id": f"DEV-{batch_id}-{place + 1}",
                "title": title,
                "severity": "minor",
                "opened_at": iso(opened),
                "closed_at": iso(opened + timedelta(hours=rng.randint(20, 90))),
                "assessment": assessment,
            }
        )
    return made
