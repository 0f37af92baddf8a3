"""Data of the plant that something damaged: what depends on it is refused in a sentence, and nothing else is."""

import json
from datetime import timedelta

import pytest
from filing_support import licence, shipped
from journey_plant import ask, sign_data, way
from mes_support import Plant

from mes_core.domain.errors import Conflict, Invalid

_DAMAGE = "UPDATE journey_records SET document = '{\"zone\": 7}' WHERE kind = :kind AND name = :name"
AIRPORT = {"zone": "Europe/Paris", "country": "FR", "region": "eu"}
COURIER = {"services": [{"name": "Drive", "road_legs": 1}]}


@pytest.mark.requirement("URS-073")
def test_a_damaged_courier_or_airport_is_no_way_and_stops_no_other(ready: Plant) -> None:
    sign_data(ready, airport__CDG=AIRPORT, courier__coldair=COURIER, shipper__DS_9={"dry_kg": 10.0})
    for kind, name in (("airport", "CDG"), ("courier", "coldair"), ("shipper", "DS_9")):
        ready.meddle(_DAMAGE, kind=kind, name=name)
    other = way(ready, "SL-2").model_copy(update={"courier": "coldair"})
    options = ask(ready, way(ready), other)
    assert (options.chosen, [one.way_id for one in options.ways if one.never]) == ("SL-1", ["SL-2"])
    week = (ready.now + timedelta(days=1)).strftime("%G-W%V")
    plan = ready.mes.plan_week(week, "Plant", {"Centre A": (way(ready),)}, seconds=2.0)
    assert [one.batch_id for one in plan.ways] == ["B1"], plan.left


@pytest.mark.requirement("URS-073")
def test_an_outlook_that_can_not_be_read_may_be_the_storm(ready: Plant) -> None:
    sign_data(ready, outlook__week={"days": [["AMS", ready.now.date().isoformat(), "storm"]]})
    ready.meddle(_DAMAGE, kind="outlook", name="week")
    with pytest.raises(Invalid, match=r"The outlook week can't be read .*: enter it again"):
        ask(ready, way(ready))


@pytest.mark.requirement("URS-194")
def test_a_report_leaves_no_shipment_out_because_it_can_not_be_read(plant: Plant) -> None:
    """One of this product may have left in its period; one of another product has not."""
    licence(plant)
    shipped(plant)
    shipped(plant, "B2")
    plant.later(days=300)
    plant.mes.tick(plant.reviewer)
    report = next(one for one in plant.mes.all_filings() if one.clock_id == "US-DIST")
    for batch_id in ("B1", "B2"):
        plant.meddle("UPDATE shipments SET document = '{}' WHERE batch_id = :batch_id", batch_id=batch_id)
    with plant.store.read() as work:
        batch = work.get("batches", batch_id="B2")
    assert batch is not None
    other = json.dumps({**json.loads(batch["record"]), "product_code": "EX2"})
    plant.meddle("UPDATE batches SET record = :other WHERE batch_id = 'B2'", other=other)
    with pytest.raises(Conflict, match="the shipment of batch B1 can't be read; have it restored"):
        plant.mes.draft_filing(report.filing_id, {"returned": "0"}, plant.quality)
    kept = {"pickup_at": "2026-02-01T08:00:00Z", "delivery_at": "2026-02-02T08:00:00Z"}
    plant.meddle("UPDATE shipments SET document = :kept WHERE batch_id = 'B1'", kept=json.dumps(kept))
    draft = plant.mes.draft_filing(report.filing_id, {"returned": "0"}, plant.quality)
    assert [row[0] for row in draft.tables[0].rows] == ["B1"]
