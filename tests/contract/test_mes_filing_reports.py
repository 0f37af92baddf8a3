"""Reports and corrections of events: nobody ends a clock or makes one later by recording, nor by a word but the one."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from conditional_support import result
from conditional_support import shipped as shipped_conditionally
from fastapi.testclient import TestClient
from filing_support import approve, correct, event, licence
from mes_support import PASSWORD, Plant

from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.messages import deviations as d
from mes_core.messages import filing as f
from mes_core.web import create_app

_CASE: dict[str, Any] = {"product": "EX1", "case_id": "CASE-1", "batch_id": None, "details": {}}


def _clocks(plant: Plant) -> dict[tuple[str | None, str | None], datetime]:
    """When each filing that runs is due, by its clock and event."""
    found = plant.mes.all_filings(running=True)
    return {(one.clock_id, one.event_id): one.due_at for one in found if one.event_id and one.due_at}


def _report(plant: Plant, key: str, actor: Any, **more: Any) -> f.EventView:
    body = {"kind": "adverse_experience", "source": f"source {key}".replace(" ", "-"), "source_key": key, **_CASE}
    body |= {"aware_at": plant.now.isoformat(), "zone": "America/New_York", "aware_who": "Ada Example", **more}
    return plant.mes.record_event(f.NewEvent.model_validate(body), actor)


def _refused(
    plant: Plant, view: f.EventView, kind: type[Exception], said: str, person: Any = None, **more: Any
) -> None:
    """A correction that is refused and changes nothing."""
    before = plant.dump()
    body = f.CorrectEvent.model_validate({"reason": "Looked at again.", "password": PASSWORD, **more})
    with pytest.raises(kind, match=said):
        plant.mes.correct_event(view.event_id, body, person or plant.quality)
    assert plant.dump() == before


@pytest.mark.requirement("URS-190", "URS-191")
@pytest.mark.parametrize("by", ["operator", "bot"])
@pytest.mark.parametrize(
    ("first", "further"),
    [
        ({"answers": {"serious": "unknown"}, "places": ["US"]}, {"answers": {"serious": "no"}, "places": ["OTHER"]}),
        ({"places": None}, {"places": ["OTHER"]}),
        ({"places": ["US"], "answers": {"serious": "yes"}}, {"places": ["EU"], "answers": {"serious": "no"}}),
    ],
)
def test_a_further_report_by_who_may_only_record_ends_no_clock(
    plant: Plant, by: str, first: dict[str, Any], further: dict[str, Any]
) -> None:
    """What nobody knows counts as yes, whoever comes to know a no."""
    _report(plant, "1", plant.reviewer, **first)
    before = _clocks(plant)
    assert len(before) >= 1
    again = _report(plant, "2", getattr(plant, by), **further)
    assert again.duplicate_of
    after = _clocks(plant)
    assert before.items() <= after.items()
    for report in plant.mes.filing_events():  # each page says what runs for the event, not what its own words would do
        shown = {one.clock_id for one in plant.mes.event_decisions(report.event_id) if one.started}
        assert shown >= {clock for clock, _ in after}
    assert not [one for one in plant.mes.all_filings() if one.status == "withdrawn"]


@pytest.mark.requirement("URS-190", "URS-191")
def test_no_place_at_all_is_a_place_that_nobody_knows(plant: Plant) -> None:
    first = _report(plant, "1", plant.reviewer, places=["US"], answers={"serious": "yes"})
    before = _clocks(plant)
    _report(plant, "2", plant.operator, places=[])
    assert _clocks(plant).items() >= before.items()
    assert {"CH-AE-15", "US-AE-15"} <= {clock for clock, event_id in _clocks(plant) if event_id == first.event_id}
    other = _report(plant, "3", plant.operator, case_id="CASE-3", places=[])
    assert ("CH-AE-15", other.event_id) in _clocks(plant)


@pytest.mark.requirement("URS-190", "URS-191")
def test_what_is_with_the_agency_is_not_taken_back_by_a_further_report(plant: Plant) -> None:
    licence(plant)
    _report(plant, "1", plant.reviewer, places=["US"], answers={"serious": "yes"})
    (one,) = [one for one in plant.mes.all_filings(running=True) if one.clock_id == "US-AE-15"]
    approve(plant, one.filing_id, {"message": "US-EX-77"})
    plant.mes.hand_over(one.filing_id, f.HandOver(message="US-EX-77", at=plant.now, password=PASSWORD), plant.quality)
    _report(plant, "2", plant.operator, places=["OTHER"], answers={"serious": "no", "unexpected": "no"})
    assert plant.mes.filing(one.filing_id).status == "submitted"
    assert not [one for one in plant.mes.all_filings() if one.form.endswith("(withdrawal)")]


@pytest.mark.requirement("URS-190", "URS-191")
def test_further_reports_of_any_kind_end_nothing_and_make_nothing_later(plant: Plant) -> None:
    """Random reports of a few cases, one after the other, through the store."""
    rng = random.Random(54)
    licence(plant)
    licence(plant, "EU", roles=("manufacturer",))
    stricter = {"EU-AE-90": "EU-AE-15", "UK-AE-90": "UK-AE-15", "CH-AE-60": "CH-AE-15"}
    reports = 0
    for number in range(60):
        before = _clocks(plant)
        said = {fact: rng.choice(("yes", "no", "unknown", None)) for fact in ("serious", "unexpected")}
        told = _report(
            plant,
            str(number),
            rng.choice((plant.operator, plant.bot, plant.reviewer)),
            case_id=f"C-{rng.randrange(8)}",
            product=rng.choice(("EX1", "EX1", "EX2")),
            places=rng.choice((None, ["US"], ["EU", "CH"], ["OTHER"], ["GB"])),
            answers={fact: word for fact, word in said.items() if word},
            aware_at=(plant.now - timedelta(hours=rng.randrange(90))).isoformat(),
            zone=rng.choice(("America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", None)),
        )
        reports += bool(told.duplicate_of)
        after = _clocks(plant)
        for (clock, name), due in before.items():
            now = after.get((clock, name)) or after[stricter[str(clock)], name]
            assert now <= due, (number, clock, name)
    assert reports > 20


@pytest.mark.requirement("URS-190", "URS-191")
def test_an_earlier_report_in_another_zone_makes_no_day_later(plant: Plant) -> None:
    """In New York it was still the day before, though the moment was the later one."""
    plant.now = plant.now.replace(month=3, day=4)
    said = {"places": ["US"], "answers": {"serious": "yes"}}
    _report(plant, "1", plant.reviewer, aware_at="2026-03-02T02:00:00+00:00", **said)
    before = _clocks(plant)
    _report(plant, "2", plant.bot, aware_at="2026-03-02T01:59:00+00:00", zone="Asia/Tokyo", **said)
    assert _clocks(plant) == before


@pytest.mark.requirement("URS-190", "URS-191")
def test_a_case_of_another_product_under_the_same_number_runs_by_itself(plant: Plant) -> None:
    licence(plant)
    licence(plant, product="EX2", licence_id="US-2")
    first = _report(plant, "1", plant.reviewer, places=["US"], answers={"serious": "no"})
    second = _report(plant, "2", plant.reviewer, product="EX2", places=["US"], answers={"serious": "yes"})
    assert second.duplicate_of is None
    assert f"{first.event_id} is a case of another product under this number" in " ".join(second.questions)
    (one,) = [one for one in plant.mes.all_filings(running=True) if one.clock_id == "US-AE-15"]
    assert (one.event_id, one.version) == (second.event_id, 1)
    third = _report(plant, "3", plant.reviewer, product="EX2", places=["US"])
    assert third.duplicate_of == second.event_id


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"kind": "deviation", "batch_id": "B1", "case_id": None}, "not of the same kind"),
        ({"product": "EX2"}, "not of the same product"),
        ({"case_id": "CASE-2"}, "not of the same case"),
    ],
)
def test_a_report_is_of_an_event_of_its_own_kind_and_thing(plant: Plant, other: dict[str, Any], said: str) -> None:
    first = _report(plant, "1", plant.reviewer, **other)
    second = _report(plant, "2", plant.reviewer, answers={"serious": "yes"})
    _refused(plant, second, Invalid, said, duplicate_of=first.event_id)
    _refused(plant, second, Invalid, "no event that stands by itself", duplicate_of=second.event_id)


@pytest.mark.requirement("URS-190", "URS-191")
def test_who_is_a_report_can_be_an_event_by_itself_again(plant: Plant) -> None:
    """Signed; the event that it was a report of does without it, and the other product's case runs."""
    first = event(plant, key="1", aware_at=plant.now.isoformat())
    other = event(plant, key="2", aware_at=(plant.now - timedelta(days=3)).isoformat())
    before = _clocks(plant)
    correct(plant, other, duplicate_of=first.event_id)
    assert _clocks(plant).keys() == {one for one in before if one[1] == first.event_id}
    assert _clocks(plant)["US-BPD", first.event_id] == before["US-BPD", other.event_id]
    _refused(plant, other, Invalid, "not of the same product", changes={"product": "EX7"})
    both = f"{first.event_id} and {other.event_id} are not of the same product"
    _refused(plant, first, Invalid, both, changes={"product": "EX7"})
    _refused(plant, other, Invalid, "say one", duplicate_of=first.event_id, by_itself=True)
    alone = correct(plant, other, by_itself=True)
    assert alone.duplicate_of is None
    assert _clocks(plant) == before
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize(
    "change",
    [
        {"withdrawn": True},
        {"changes": {"places": ["OTHER"]}},
        {"changes": {"answers": {"distributed": "no"}}},
        {"changes": {"aware_at": "2026-03-01T23:00:00-11:00", "zone": "Pacific/Pago_Pago"}},
    ],
)
def test_a_clock_is_ended_by_who_may_end_a_filing_whichever_words_do_it(plant: Plant, change: dict[str, Any]) -> None:
    view = event(plant, aware_at="2026-02-26T09:00:00+00:00")
    due = _clocks(plant)["US-BPD", view.event_id]
    _refused(plant, view, Forbidden, "may not end a clock that runs, or make it later", plant.reviewer, **change)
    correct(plant, view, **change)
    assert _clocks(plant).get(("US-BPD", view.event_id), due + timedelta(1)) > due
    words = f.CorrectEvent.model_validate(
        {"reason": "Other words.", "password": PASSWORD, "changes": {"text": "More."}}
    )
    assert plant.mes.correct_event(view.event_id, words, plant.reviewer).text == "More."


_ENDS: dict[str, dict[str, Any]] = {
    "withdrawn": {"withdrawn": True},
    "places": {"changes": {"places": ["OTHER"]}},
    "answer": {"changes": {"answers": {"distributed": "no"}}},
    "answers": {"changes": {"answers": {"may_affect_safety": "no", "may_mean_recall_or_restriction": "no"}}},
}


@pytest.mark.requirement("URS-190", "URS-191")
@pytest.mark.parametrize("how", [*_ENDS, "later"])
def test_the_clocks_of_a_late_positive_outlast_every_word_while_it_stands(plant: Plant, how: str) -> None:
    licence(plant)
    shipped_conditionally(plant)
    result(plant, "positive")
    (late,) = plant.mes.filing_events(batch_id="B1")
    plant.later(days=3)
    change = _ENDS.get(how) or {"changes": {"aware_at": plant.now.isoformat()}}
    _refused(plant, late, Conflict, "a final result of batch B1 is positive", **change)
    assert correct(plant, late, changes={"places": ["US", "EU", "CH"]}).places == ("US", "EU", "CH")


@pytest.mark.requirement("URS-190", "URS-191")
@pytest.mark.parametrize("how", list(_ENDS))
def test_the_clocks_of_a_deviation_outlast_every_word_while_it_is_open(plant: Plant, how: str) -> None:
    """Once it is closed with its outcome, quality assurance corrects the event as any other."""
    licence(plant)
    shipped_conditionally(plant)
    opened = d.NewDeviation(deviation_key="DEV-9", title="A filter was blocked.", severity="critical")
    plant.mes.open_deviation("B1", opened, plant.reviewer)
    (view,) = [one for one in plant.mes.filing_events(batch_id="B1") if one.kind == "deviation"]
    other = event(plant, key="N-1", batch_id="B1", answers={"distributed": "no"}, places=["OTHER"])
    _refused(plant, view, Conflict, "'DEV-9' of batch B1 is open", **_ENDS[how])
    before = _clocks(plant)
    correct(plant, view, duplicate_of=other.event_id)
    assert {(clock, due) for (clock, _), due in before.items()} <= {
        (clock, due) for (clock, _), due in _clocks(plant).items()
    }
    plant.end_deviations("impact_accepted")
    correct(plant, view, **_ENDS[how])


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answers": ["a"]}, "answers of a correction are no table"),
        ({"answers": None}, "answers of a correction are no table"),
        ({"details": "x"}, "details of a correction are no table"),
        ({"answers": {"distributed": ["no"]}}, "not valid at"),
        ({"places": "US"}, "not valid at"),
        ({"aware_at": None}, "not valid at"),
    ],
)
def test_a_correction_of_the_wrong_shape_is_refused_in_a_sentence(
    plant: Plant, changes: dict[str, Any], said: str
) -> None:
    view = event(plant)
    _refused(plant, view, Invalid, said, changes=changes)
    with TestClient(create_app(plant.mes)) as web:
        body = {"changes": changes, "reason": "Looked at again.", "password": PASSWORD}
        held = {"Authorization": f"Bearer {plant.mes.login('quality', PASSWORD).token}"}
        answer = web.post(f"/api/filing-events/{view.event_id}/corrections", json=body, headers=held)
    assert 400 <= answer.status_code < 500
    assert said in answer.text


@pytest.mark.requirement("URS-191")
def test_a_correction_of_what_was_corrected_meanwhile_is_refused(plant: Plant) -> None:
    view = event(plant)
    correct(plant, view, changes={"places": ["US", "EU"]}, version=1)
    _refused(plant, view, Conflict, "was corrected meanwhile, and is in version 2", version=1, changes={"text": "x"})
