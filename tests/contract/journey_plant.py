"""Logistics data, packing, ways and custody for the small plant of the contract tests."""

from datetime import timedelta
from typing import Any

from mes_support import COURIER_JOB, PASSWORD, SYSTEM, Plant, shipment

from mes_core.domain.principals import PersonPrincipal, Role
from mes_core.messages import journeys as j
from mes_core.messages import logistics as lo
from mes_core.messages import views as v
from mes_core.services.rulebook import AFTER_RELEASE, BuiltinRules

SITE = "Plant"
SECOND = "second"
ALWAYS = {"opens": "00:00", "closes": "00:00", "weekdays": [0, 1, 2, 3, 4, 5, 6], "on_holidays": True}
DATA: dict[tuple[str, str], dict[str, Any]] = {
    ("place", SITE): {"zone": "Europe/Amsterdam", "country": "NL", "hours": ALWAYS},
    ("place", "Centre A"): {"zone": "Europe/Paris", "country": "FR", "hours": ALWAYS},
    ("airport", "AMS"): {"zone": "Europe/Amsterdam", "country": "NL", "region": "eu"},
    ("courier", "cryorun"): {
        "services": [{"name": "Drive", "road_legs": 1}, {"name": "Air", "road_legs": 2, "hubs": ["AMS"]}]
    },
    ("product", "EX1"): {
        "depletion_days_before": 3,
        "depletion_clock": "08:00",
        "window_days": [2, 7],
        "receipt_check_h": 4,
        "hold_margin_h": 24,
        "threshold": 0.995,
        "floor": 0.98,
        "longest_charged_h": 240,
        "source": "made up for tests",
    },
    ("shipper", "DS-1"): {
        "dry_kg": 10.0,
        "full_kg": 18.0,
        "rate_kg_day": 0.6,
        "qualified_on": "2026-01-01",
        "qualified_until": "2027-12-31",
    },
    ("logger", "LG-1"): {"maker": "plain", "calibrated_until": "2027-06-30"},
}


def sign_data(plant: Plant, person: Any = None, **more: Any) -> tuple[lo.LogisticsView, ...]:
    """Put the plant's logistics data in force; `more` are documents by "kind name" that stand in for it."""
    chosen = DATA | {tuple(key.split("__", 1)): value for key, value in more.items()}  # type: ignore[misc]
    documents = tuple(
        lo.NewLogistics(kind=lo.LogisticsKind(kind), name=name, document=document)
        for (kind, name), document in chosen.items()
    )
    signing = lo.SignLogistics(documents=documents, reason="Data of the test plant.", password=PASSWORD)
    return plant.mes.sign_logistics(signing, person or plant.qp)


def second_person(plant: Plant) -> PersonPrincipal:
    """The second person, made when there is none."""
    with plant.store.read() as work:
        there = work.get("accounts", user=SECOND)
    if there is None:
        return plant.mes.create_person(SECOND, "Second Person", [Role.OPERATOR], PASSWORD, actor=SYSTEM)
    return PersonPrincipal(SECOND, "Second Person", frozenset({Role.OPERATOR}))


def packing(plant: Plant, batch_id: str = "B1", **more: Any) -> lo.SignPacking:
    """A packing in order."""
    content = {
        "shipper": "DS-1",
        "dry_kg": 10.0,
        "charged_kg": 18.0,
        "charged_at": plant.now - timedelta(hours=3),
        "seal": "S-1",
        "logger": "LG-1",
        "batch_on_label": batch_id,
        "patient_on_label": "PAT-1",
        "chain_of_identity": "G1234",
        "out_of_storage_at": plant.now - timedelta(minutes=9),
        "packed_at": plant.now - timedelta(minutes=4),
        "inside_c": -191.0,
        "free_liquid": False,
        "second_person": SECOND,
    }
    return lo.SignPacking(packing=lo.Packing.model_validate(content | more), password=PASSWORD)


def pack(plant: Plant, batch_id: str = "B1", **more: Any) -> lo.PackingView:
    """Packed and signed by two persons."""
    witness = second_person(plant)
    made = plant.mes.sign_packing(batch_id, packing(plant, batch_id, **more), plant.operator)
    return plant.mes.confirm_packing(batch_id, lo.ConfirmPacking(number=made.number, password=PASSWORD), witness)


def step(plant: Plant, name: str, batch_id: str = "B1", **more: Any) -> j.CustodyView:
    """A signed step of custody."""
    password = more.pop("password", PASSWORD)
    content = {"step": name, "at": plant.now, "place": "Centre A", "by": "coordinator", "source": "telephone", **more}
    signing = j.SignCustody(custody=j.NewCustody.model_validate(content), password=password)
    return plant.mes.sign_custody(batch_id, signing, plant.operator)


def way(
    plant: Plant, name: str = "SL-1", service: str = "Drive", start_h: float = 24, hours: float = 9
) -> j.OfferedWay:
    """A slot on offer."""
    pickup = plant.now + timedelta(hours=start_h)
    times = {"pickup": pickup.isoformat(), "delivery": (pickup + timedelta(hours=hours)).isoformat()}
    return j.OfferedWay(way_id=name, courier="cryorun", service=service, price=900, **times)


def ask(plant: Plant, *ways: j.OfferedWay, batch_id: str = "B1") -> j.OptionsView:
    """What the MES says of these ways."""
    asked = j.AskOptions(offers=ways, pickup_site=SITE)
    carrier = plant.at(batch_id, COURIER_JOB)
    return plant.mes.assess_ways(batch_id, asked, carrier if carrier.lease else plant.at(batch_id))


def all_in_order(plant: Plant, batch_id: str = "B1") -> None:
    """Data, packing, and a centre that receives."""
    sign_data(plant)
    pack(plant, batch_id)
    step(plant, "centre_ready", batch_id)


class BookAfterRelease:
    """The test's own verdict on the record, the rule book after the release."""

    def __init__(self, record_rules: Any) -> None:
        self._record_rules, self._book = record_rules, BuiltinRules()

    def for_kind(self, kind: str) -> Any:
        """The book for what comes after the release."""
        return self._book.for_kind(kind) if kind in AFTER_RELEASE else self._record_rules


def booked(plant: Plant, options: j.OptionsView, **more: Any) -> v.BatchView:
    """The chosen way, booked and posted as the bot does."""
    chosen = options.way(options.chosen or options.ways[0].way_id)
    assert chosen is not None
    body = shipment(
        slot_id=chosen.way_id,
        pickup_at=chosen.pickup_at,
        delivery_at=chosen.delivery_at,
        shipper_id=options.shipper or "DS-1",
        assessment_id=options.assessment_id,
        **more,
    )
    return plant.mes.record_shipment("B1", body, plant.at("B1", COURIER_JOB))


def arrived(plant: Plant, *, picked_up: bool = True) -> None:
    """Booked, posted, picked up, and at the moment of its delivery."""
    options = ask(plant, way(plant))
    booked(plant, options)
    pickup, delivery = options.ways[0].pickup_at, options.ways[0].delivery_at
    assert pickup is not None
    assert delivery is not None
    plant.now = pickup
    if picked_up:
        step(plant, "picked_up", identifier="B1", seal="S-1")
    plant.now = delivery
