"""The console's form of events that start clocks: recorded, corrected by signature, and what can't be is said."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from console_support import browser as _browser
from fastapi.testclient import TestClient
from filing_support import correct, event, licence
from lxml import html
from mes_support import PASSWORD, Plant, record, running_plant

_NEW = "/clocks/events?kind=deviation"


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with running_plant(tmp_path / "store.sqlite") as made:
        made.mes.submit_batch(record("B1", markets=["US"]), made.bot)
        licence(made)
        yield made


def browser(plant: Plant, user: str = "qp") -> TestClient:
    """A browser that goes where it is sent, as browsers do."""
    web = _browser(plant, user)
    web.follow_redirects = True
    return web


def _filled(web: TestClient, page: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """The form of a page as a browser sends it when nobody but `more` touched a field."""
    there = html.fromstring(web.get(page).text)
    form = there.xpath("//form[@method='post'][.//input[@name='aware_at']]")[0]
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        sent.setdefault(name, []).append(value)
    return form.action, {**sent, **more}


def _recorded(web: TestClient, **more: Any) -> Any:
    action, body = _filled(web, _NEW)
    body |= {"aware_at": "2026-03-01T02:30", "zone": "America/New_York", "places": ["US"], "batch_id": "B1"}
    body |= {"source": "complaint desk", "source_key": "C-1", "text": "A bag leaked."}
    return web.post(action, data={**body, **more})


@pytest.mark.requirement("URS-191")
def test_an_event_is_recorded_with_moment_zone_place_person_and_source(plant: Plant) -> None:
    web = browser(plant)
    answers = ["distributed=yes", "may_affect_safety=yes", "under_control=unknown"]
    page = _recorded(web, answers=answers, aware_who="Ada Example").text
    assert "is recorded" in page
    (one,) = plant.mes.filing_events()
    assert (one.aware_at, one.zone, one.aware_who) == ("2026-03-01T02:30", "America/New_York", "Ada Example")
    assert (one.places, one.batch_id, one.source, one.source_key) == (("US",), "B1", "complaint desk", "C-1")
    assert one.answers == dict(said.split("=") for said in answers)
    (filing,) = plant.mes.all_filings(running=True, status="open")[:1]
    assert filing.clock_id == "US-BPD"
    assert filing.due_at is not None
    assert filing.due_at.isoformat() == "2026-04-16T03:59:59+00:00"  # 1 March, with daylight saving in between
    assert "US-BPD" in page
    assert "not started" in page


@pytest.mark.requirement("URS-191")
def test_what_nobody_knows_is_said_and_the_clock_runs_meanwhile(plant: Plant) -> None:
    """No zone, no place: the earliest day and every place."""
    page = _recorded(browser(plant), zone="not known", places=["not known"]).text
    assert "has no zone: the earliest moment that it can mean counts" in page
    due = {one.clock_id: one.due_at for one in plant.mes.all_filings(running=True) if one.event_id}
    assert {"US-BPD"} <= due.keys()


@pytest.mark.requirement("URS-191")
def test_before_the_batch_existed_is_asked_and_twice_is_once(plant: Plant) -> None:
    web = browser(plant)
    page = _recorded(web, aware_at="2020-01-01T08:00").text
    assert "lies before batch B1 was made" in page
    again = _recorded(web, aware_at="2020-01-01T08:00").text
    assert "was recorded before, and nothing is changed" in again
    other = _recorded(web, aware_at="2020-01-01T09:00")
    assert (other.status_code, "said something else of C-1 before" in other.text) == (409, True)
    assert len(plant.mes.filing_events()) == 1
    second = _recorded(web, source="hospital", source_key="H-7").text
    assert "known from another source: say so by a correction" in second


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"zone": " "}, "No zone is given"),
        ({"places": []}, "No place is chosen"),
        ({"places": ["US", "not known"]}, "both chosen"),
        ({"places": ["Mars"]}, "can't be taken at 'places"),
        ({"aware_at": "yesterday at noon"}, "no time of awareness"),
        ({"kind": "rumour"}, "no kind of event"),
        ({"batch_id": ""}, "needs batch_id"),
        ({"answers": ["moon=yes"]}, "is not asked"),
        ({"answers": ["distributed=perhaps"]}, "can't be taken at 'answers"),
        ({"source": "record"}, "come from the record itself"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(
    plant: Plant, more: dict[str, Any], said: str
) -> None:
    answer = _recorded(browser(plant), **more)
    assert answer.status_code in (400, 422), answer.text
    assert said in html.fromstring(answer.text).text_content()
    assert plant.mes.filing_events() == ()


@pytest.mark.requirement("URS-191")
def test_a_correction_is_signed_and_changes_only_what_was_touched(plant: Plant) -> None:
    view = event(plant, aware_at="2026-02-26T09:00:30+00:00", details={"code": "QC9401"})
    web = browser(plant, "quality")
    page = f"/clocks/events/{view.event_id}"
    action, body = _filled(web, page, reason="Looked at again.", password=[PASSWORD])
    assert body["aware_at"] == ["2026-02-26T04:00"]  # on the clock of who knew
    assert "is corrected" in web.post(action, data=body).text
    kept = plant.mes.filing_events()[0]
    assert (kept.version, kept.aware_at, kept.details) == (2, view.aware_at, view.details)
    moved = {**body, **_filled(web, page)[1], "aware_at": "2026-02-20T23:30", "zone": "Europe/London"}
    web.post(action, data=moved | {"reason": "The call came earlier.", "password": PASSWORD})
    assert plant.mes.filing_events()[0].aware_at == "2026-02-20T23:30"
    filing = next(one for one in plant.mes.all_filings() if one.clock_id == "US-BPD")
    assert filing.due_at is not None
    assert filing.due_at.date().isoformat() == "2026-04-07"
    gone = {**body, **_filled(web, page)[1], "stands": "withdrawn", "reason": "Another plant's.", "password": PASSWORD}
    assert "withdrawn" in web.post(action, data=gone).text
    filing = plant.mes.filing(filing.filing_id)
    assert (filing.status, filing.answer) == ("withdrawn", "Another plant's. (Quality Person)")


@pytest.mark.requirement("URS-191")
def test_who_may_not_correct_is_told_who_may(plant: Plant) -> None:
    view = event(plant)
    web = browser(plant, "operator")
    page = web.get(f"/clocks/events/{view.event_id}").text
    assert "A correction is signed by: qualified person or quality assurance or reviewer." in page
    token = html.fromstring(web.get(_NEW).text).xpath("//input[@name='form_token']/@value")[0]
    _, body = _filled(browser(plant, "quality"), f"/clocks/events/{view.event_id}", reason="x y z", password=PASSWORD)
    answer = web.post(f"/clocks/events/{view.event_id}/correction", data={**body, "form_token": token})
    assert answer.status_code == 403
    _, body = _filled(browser(plant, "quality"), f"/clocks/events/{view.event_id}", reason="Because.", password="wrong")
    answer = browser(plant, "quality").post(f"/clocks/events/{view.event_id}/correction", data=body)
    assert answer.status_code in (401, 403)
    assert plant.mes.filing_events()[0].version == 1


def test_every_field_of_the_forms_has_a_label_and_no_page_is_a_dead_end(plant: Plant) -> None:
    view = event(plant)
    web = browser(plant, "quality")
    kinds = html.fromstring(web.get("/clocks/events").text).xpath("//select[@name='kind']/option/@value")
    assert len(kinds) > 10
    for page in (*(f"/clocks/events?kind={kind}" for kind in kinds), f"/clocks/events/{view.event_id}"):
        there = html.fromstring(web.get(page).text)
        for field in there.xpath("//main//input[not(@type='hidden')] | //main//select | //main//textarea"):
            (label,) = field.xpath("ancestor::label")
            assert label.text_content().strip(), field.get("name")
        for described in there.xpath("//main//*[@aria-describedby]/@aria-describedby"):
            assert there.get_element_by_id(described) is not None
    assert web.get("/clocks/events/EV-none").status_code == 404
    assert web.get("/clocks/events?kind=rumour").status_code == 404
    assert "/clocks/events" in web.get("/clocks").text


@pytest.mark.requirement("URS-191")
def test_a_form_that_was_opened_before_another_s_correction_is_refused(plant: Plant) -> None:
    """It would put back every field as it was then, under a signature on something else."""
    view = event(plant, places=["OTHER"])
    web = browser(plant, "quality")
    action, stale = _filled(
        web, f"/clocks/events/{view.event_id}", reason="A typo.", password=[PASSWORD], text="Fixed."
    )
    correct(plant, view, changes={"places": ["US"]})
    answer = web.post(action, data=stale)
    assert answer.status_code == 409
    assert "was corrected meanwhile, and is in version 2" in html.fromstring(answer.text).text_content()
    kept = plant.mes.filing_events()[0]
    assert (kept.version, kept.places, kept.text) == (2, ("US",), view.text)


@pytest.mark.requirement("URS-191")
@pytest.mark.parametrize("given", ["2026-02-26T03:00:00+00:00", "2026-02-25T22:00:00-05:00"])
def test_a_zone_that_is_filled_in_moves_no_moment(plant: Plant, given: str) -> None:
    """The offset was known: the instant stays, whatever zone is said; both move where the time is changed with it."""
    view = event(plant, aware_at=given, zone=None)
    web = browser(plant, "quality")
    page = f"/clocks/events/{view.event_id}"
    moment = datetime.fromisoformat(given)
    for zone in ("America/New_York", "Asia/Tokyo"):
        action, body = _filled(web, page, reason="The zone.", password=[PASSWORD], zone=[zone])
        assert web.post(action, data=body).status_code == 200
        one = plant.mes.filing_events()[0]
        assert (one.zone, datetime.fromisoformat(one.aware_at)) == (zone, moment)
    more = {"zone": ["Europe/London"], "aware_at": "2026-02-24T10:00"}
    action, body = _filled(web, page, reason="The call.", password=[PASSWORD], **more)
    web.post(action, data=body)
    one = plant.mes.filing_events()[0]
    assert (one.zone, one.aware_at) == ("Europe/London", "2026-02-24T10:00")
    action, body = _filled(web, page, reason="The zone.", password=[PASSWORD], zone=["America/New_York"])
    web.post(action, data=body)
    one = plant.mes.filing_events()[0]
    assert datetime.fromisoformat(one.aware_at) == datetime(2026, 2, 24, 10, tzinfo=UTC)


@pytest.mark.requirement("URS-191")
def test_a_report_is_made_an_event_by_itself_again_on_the_form(plant: Plant) -> None:
    first, second = event(plant), event(plant, key="DEV-2")
    web = browser(plant, "quality")
    page = f"/clocks/events/{second.event_id}"
    for typed, is_of in ((first.event_id, first.event_id), (None, first.event_id), ("", None)):
        action, body = _filled(web, page, reason="Compared.", password=[PASSWORD])
        body |= {} if typed is None else {"duplicate_of": typed}
        assert web.post(action, data=body).status_code == 200
        there = {one.event_id: one for one in plant.mes.filing_events()}
        assert there[second.event_id].duplicate_of == is_of
