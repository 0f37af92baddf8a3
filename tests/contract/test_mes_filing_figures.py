"""Every value of every draft stands in the record that it names: walked for every form that there is."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from filing_support import CASE, correct, event, licence, picked_up, running, shipped
from mes_support import PASSWORD, Plant

from mes_core.domain.errors import Conflict
from mes_core.filing.drafts import forms
from mes_core.filing.loading import book
from mes_core.messages import filing as f

pytestmark = pytest.mark.requirement("URS-195")
_SAID = {
    **CASE,
    **dict.fromkeys(("risk", "destinations", "measures", "amount", "communication", "duration", "parameter"), "Said."),
    **dict.fromkeys(("result", "physician_request", "risk_evaluation", "acceptance", "message", "narrative"), "Said."),
    **dict.fromkeys(("listing", "others", "tabulation", "actions", "happened_at", "happened_registration"), "Said."),
    **dict.fromkeys(("occurred", "consignee_notified", "class", "effectiveness"), "Said."),
}
_EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("deviation", {}),
    ("out_of_specification_supply", {"answers": {}}),
    ("recall", {"answers": {}}),
    ("adverse_experience", {"answers": {}, "case_id": "C-1"}),
    ("supply_interruption", {"answers": {}, "day": "2026-12-31"}),
    ("emerging_safety_issue", {"answers": {}}),
    ("data_lock", {"answers": {}, "day": "2026-01-31"}),
)


def _stands(plant: Plant, source: str) -> str:
    """What the store holds at the place that a draft names as the record of a value."""
    name, _, path = source.partition("#")
    table, *keys = name.split("/")
    columns = {
        "licences": ("licence_id", "version"),
        "filing_events": ("event_id", "version"),
        "filing_drafts": ("filing_id", "number"),
        "dispositions": ("disposition_id",),
        "filings": ("filing_id",),
        "journey_records": ("record_id",),
    }.get(table, ("batch_id",))
    values = [int(key) if column in ("version", "number") else key for column, key in zip(columns, keys, strict=True)]
    with plant.store.read() as work:
        row = work.get(table, **dict(zip(columns, values, strict=True)))
    assert row is not None, source
    document = json.loads(row.get("document") or row.get("record") or "{}")
    places = [row, document, document.get("fields", {})]
    for place in places:
        found = place
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if found not in (None, ""):
            return str(found)
    raise AssertionError(f"Nothing stands at {source}")


def _walk(plant: Plant, draft: f.DraftView) -> int:
    """How many values of a draft were found in their records: all of them."""
    walked = 0
    for field in draft.fields:
        if field.value is None:
            assert field.source is None
            continue
        walked += 1
        assert field.source is not None, field
        if field.source.startswith("sum of "):
            name, _, column = field.source.removeprefix("sum of ").partition("/")
            (table,) = [each for each in draft.tables if each.name == name]
            assert field.value == str(sum(int(row[table.columns.index(column)]) for row in table.rows))
        else:
            assert _stands(plant, field.source) == field.value, field
    for table in draft.tables:
        assert table.rows
        for row, source in zip(table.rows, table.sources, strict=True):
            for value, place in zip(row, source.split(";"), strict=True):
                assert bool(value) == bool(place), (table.name, row)
                if value:
                    walked += 1
                    assert _stands(plant, place) == value
    return walked


def test_every_value_of_every_form_leads_to_the_record_that_says_it(plant: Plant) -> None:
    """Each clock of the book that has a form and comes up here, with all that events and people can say."""
    for place in ("US", "EU", "GB", "CH"):
        roles = ("manufacturer",) if place == "EU" else ("holder", "manufacturer")  # who tells the holder is not it
        licence(plant, place, granted_on=date(2021, 1, 15), tracked_from=date(2026, 2, 1), roles=roles)
    shipped(plant)
    shipped(plant, "B2")
    picked_up(plant)
    picked_up(plant, "B2")
    for kind, more in _EVENTS:
        batch = None if "day" in more else "B1"
        fields = {"places": ("US", "EU", "GB", "CH"), "details": {**_SAID, "also_batches": "B2"}, "batch_id": batch}
        event(plant, kind, kind, **{"product": "EX1", **fields, **more})
    plant.later(days=1)
    plant.mes.tick(plant.reviewer)
    met: dict[str, int] = {}
    for one in plant.mes.all_filings(running=True):
        clock = book().clock(str(one.clock_id))
        given = {
            "lot_distribution": {"returned": "0"},
            "annual_report": {"content": "None."},
            "recall_status": dict.fromkeys(("notified", "answered", "silent", "returned", "effectiveness"), "None."),
        }.get(clock.form, {})
        given |= {"ends_by": "2026-12-31"} if clock.form == "recall_status" else {}
        if clock.form == "periodic_report" and not one.event_id:
            given = dict.fromkeys(("narrative", "listing", "others", "tabulation", "actions"), "See annex.")
        draft = plant.mes.draft_filing(one.filing_id, given, plant.quality)
        assert draft.questions == (), (one.clock_id, draft.questions)
        met[clock.form] = met.get(clock.form, 0) + _walk(plant, draft)
    assert met.keys() == forms().keys() - {"batch_certificate", "taken_back"}
    assert min(met.values()) >= 4
    assert sum(met.values()) > 200


def test_every_value_of_a_certificate_leads_to_the_record_that_says_it(plant: Plant) -> None:
    licence(plant)
    shipped(plant)
    sheet = plant.mes.batch_certificate("B1", {"country": "DE"})
    shown = {one.name: one.value for one in sheet.fields}
    assert (shown["identity"], shown["signer"]) == ("G1234", "Qp Person")
    assert any("Strength" in question for question in sheet.questions)
    record = plant.mes.get_record("B1").model_dump(mode="json")
    for one in sheet.fields:
        if one.value is None or one.source is None or one.source.startswith("given at the time"):
            assert (one.value, one.name) in ((None, one.name), ("DE", "country"))
        else:
            assert _stands(plant, one.source) == one.value
    (results,) = sheet.tables
    parameters = {one["name"]: one for one in record["parameters"]}
    for row, source in zip(results.rows, results.sources, strict=True):
        for value, place in zip(row, source.split(";"), strict=True):
            if value:
                where, _, field = place.rpartition("#")
                assert where == f"batches/B1#record.parameters.{row[0]}"
                assert str(parameters[row[0]][field]) == value


def test_a_draft_says_the_moment_from_which_its_clock_runs(plant: Plant) -> None:
    """Another source knew it earlier: the draft names that moment and that report, and one of before is void."""
    licence(plant)
    shipped(plant)
    first = event(plant)
    before = running(plant)
    draft = plant.mes.draft_filing(before.filing_id, {}, plant.quality)
    earlier = event(plant, key="H-7", source="hospital", aware_at=(plant.now - timedelta(days=9)).isoformat())
    correct(plant, earlier, duplicate_of=first.event_id)
    filing = plant.mes.filing(before.filing_id)
    assert before.due_at is not None
    assert filing.due_at == before.due_at - timedelta(days=9)
    body = {"content_hash": draft.content_hash, "meaning": f.APPROVAL, "reason": "Right.", "password": PASSWORD}
    with pytest.raises(Conflict, match="A record has changed since filing"):
        plant.mes.approve_filing(before.filing_id, f.ApproveDraft.model_validate(body), plant.quality)
    again = plant.mes.draft_filing(before.filing_id, {}, plant.quality)
    (found,) = [one for one in again.fields if one.name == "discovered"]
    assert found.source == f"filing_events/{earlier.event_id}/2#aware_at"
    assert _walk(plant, again) > 10
