"""The MES's own event log: in order, without patients, well-formed for process-mining tools, the same bytes again."""

import json

import lxml.etree as etree
from mes_support import SECRET, Plant, record

from mes_core.exchange.event_log import LoggedEvent, events_of
from mes_core.exchange.xes import export_ocel, export_xes
from mes_core.messages import views as v

STEP = {"unit_procedure": "Harvest", "operation": "Wash", "name": "Wash cells", "performer": "operator"}
STEPS = (
    {**STEP, "step_id": "S1", "started_at": "2026-02-28T18:00:00Z", "ended_at": "2026-02-28T19:00:00Z"},
    {**STEP, "step_id": "S2", "operation": "Fill", "performed_at": "2026-02-28T19:30:00Z"},
    {**STEP, "step_id": "S3", "operation": "Label"},
)
REVIEW = v.ClaimRequest(secret=SECRET, worker="w1", jobs=("batch_record_review",))


def _events(plant: Plant) -> list[LoggedEvent]:
    """One batch: stored, its review tried and failed once, then done."""
    plant.mes.submit_batch(record("B1", steps=list(STEPS)), plant.bot)
    for end in ("fail", "complete"):
        item = plant.mes.claim(REVIEW, plant.bot)
        assert item is not None
        plant.later(minutes=1)
        if end == "complete":
            plant.mes.complete(item.item_id, v.ItemDone(epoch=item.epoch), plant.under(item))
            continue
        failed = {"epoch": item.epoch, "family": "BUSINESS", "code": "x", "message": "It failed."}
        plant.mes.fail(item.item_id, v.ItemFailed.model_validate(failed), plant.under(item))
        plant.mes.retry_item(item.item_id, "again", plant.quality)
    jobs = {one.item_id: one.job for one in plant.mes.work_items()}
    return events_of(plant.mes.get_record("B1"), plant.mes.audit("B1"), jobs)


def test_events_are_in_order_and_tell_what_was_tried_and_done(plant: Plant) -> None:
    events = _events(plant)
    assert [one.ended for one in events] == sorted(one.ended for one in events)
    names = [one.activity for one in events]
    assert names.index("batch_record_review (failed)") < names.index("batch_record_review")
    assert "Store record" in names
    items = [one for one in events if one.activity.startswith("batch_record_review")]
    assert all(one.started is not None and one.started <= one.ended and one.role == "bot" for one in items)
    steps = {one.subject: one for one in events if one.role == "operator"}
    assert set(steps) == {"S1", "S2"}, "A step without any time is in no log."
    assert steps["S2"].started is None


def test_xes_has_a_trace_a_batch_and_pairs_beginnings_with_ends(plant: Plant) -> None:
    events = _events(plant)
    written = export_xes(events)
    assert written == export_xes(events)
    root = etree.fromstring(written)
    traces = root.findall("{*}trace")
    assert len(traces) == 1
    seen: dict[str, list[str]] = {}
    times = []
    for event in traces[0].findall("{*}event"):
        about = {child.get("key"): child.get("value") for child in event}
        seen.setdefault(about["concept:instance"], []).append(about["lifecycle:transition"])
        times.append(about["time:timestamp"])
    assert times == sorted(times)
    assert len(seen) == len(events)
    assert all(steps in (["complete"], ["start", "complete"]) for steps in seen.values())


def test_ocel_names_only_objects_and_types_that_it_declares(plant: Plant) -> None:
    document = json.loads(export_ocel(_events(plant)))
    objects = {one["id"]: one["type"] for one in document["objects"]}
    assert len(objects) == len(document["objects"])
    assert set(objects.values()) <= {one["name"] for one in document["objectTypes"]}
    types = {one["name"]: {a["name"] for a in one["attributes"]} for one in document["eventTypes"]}
    for event in document["events"]:
        assert {one["name"] for one in event["attributes"]} <= types[event["type"]]
        assert {one["objectId"] for one in event["relationships"]} <= set(objects)


def test_no_patient_is_in_a_log(plant: Plant) -> None:
    events = _events(plant)
    text = (export_xes(events) + export_ocel(events)).decode()
    known = plant.mes.get_record("B1")
    assert known.patient_code
    assert known.patient_code not in text
    assert not known.donation_number or known.donation_number not in text
