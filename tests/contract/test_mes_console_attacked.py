"""The console against people who want more than they may, and against what somebody signs without having seen it."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from console_support import browser as _browser
from fastapi.testclient import TestClient
from journey_plant import COURIER_JOB
from mes_support import PASSWORD, Plant, finding, record, running_plant, shipment

from mes_core.messages import deviations as d
from mes_core.messages import views as v
from mes_core.services.requests import Once
from mes_core.web import create_app
from mes_core.web.console.role_pages import _text

_KEEP = r'name="keep" value="([^"]+)"'


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with running_plant(tmp_path / "store.sqlite") as made:
        yield made


def _fields(page: str, summary: str) -> dict[str, str]:
    """Hidden fields of the form that comes after some words."""
    form = page[page.index(summary) :]
    return dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', form[: form.index("</form>")]))


@pytest.mark.requirement("URS-062", "URS-120")
def test_nobody_without_an_account_plants_a_form_for_a_person_who_logs_in(plant: Plant) -> None:
    """The form's number follows from the session's token, which anybody can make up; a session nobody can."""
    plant.reviewed()
    web = TestClient(create_app(plant.mes), base_url="https://plant", follow_redirects=False)
    web.cookies.set("__Host-batchwright_session", "made-up")
    page = "0" * 24
    token = page + sha256(f"form:{page}:made-up".encode()).hexdigest()
    planted = web.post("/batches/B1/disposition", data={"form_token": token, "reason": "planted", "password": "x"})
    assert re.search(_KEEP, planted.text) is None
    assert planted.headers["location"] == "/login"


@pytest.mark.requirement("URS-120")
def test_a_certification_that_the_session_overtook_is_signed_beside_what_it_rests_on(plant: Plant) -> None:
    plant.reviewed()
    web = _browser(plant)
    fields = _fields(web.get("/batches/B1").text, 'class="row act-release"')
    plant.later(days=2)
    lost = web.post("/batches/B1/disposition", data={**fields, "reason": "In order, as typed.", "password": PASSWORD})
    packed = re.search(_KEEP, lost.text)
    assert packed is not None
    page = web.post("/login", data={"user": "qp", "password": PASSWORD, "keep": packed[1]}).text
    assert "In order, as typed." in page
    assert 'href="/batches/B1"' in page
    assert 'action="/batches/B1/disposition"' not in page
    assert plant.mes.get_batch("B1").state is v.BatchState.READY


@pytest.mark.requirement("URS-117")
def test_a_signed_form_gives_no_answer_again_without_its_password(plant: Plant) -> None:
    plant.reviewed()
    web = _browser(plant)
    fields = {**_fields(web.get("/batches/B1").text, 'class="row act-release"'), "reason": "In order."}
    assert web.post("/batches/B1/disposition", data={**fields, "password": PASSWORD}).status_code == 303
    for again in (fields, {**fields, "password": ""}, {**fields, "password": "another"}):
        answer = web.post("/batches/B1/disposition", data=again)
        assert answer.status_code in (403, 422), answer.text
    assert sum(one.act == "disposition" for one in plant.mes.signatures("B1")) == 1


@pytest.mark.requirement("URS-117")
def test_a_form_that_comes_again_much_later_says_that_it_did_nothing(plant: Plant) -> None:
    plant.reviewed("HOLD", finding())
    web = _browser(plant)
    body = _fields(web.get("/batches/B1").text, "Review again or decide")
    assert web.post("/batches/B1/review", data=body).status_code == 303
    verdicts = len(plant.mes.verdicts("B1"))
    plant.later(minutes=10)
    assert web.post("/batches/B1/review", data=body).status_code == 303
    assert "and not again: open the page anew" in web.get("/batches/B1").text
    assert len(plant.mes.verdicts("B1")) == verdicts


@pytest.mark.requirement("URS-117")
def test_what_ended_nobody_knows_how_is_not_carried_out_again(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change is stored, then the answer fails: the same form again must not change it a second time."""
    plant.reviewed("HOLD", finding())
    app = create_app(plant.mes)
    web = TestClient(app, base_url="https://plant", follow_redirects=False, raise_server_exceptions=False)
    assert web.post("/login", data={"user": "qp", "password": PASSWORD}).status_code == 303
    body = _fields(web.get("/batches/B1").text, "Review again or decide")
    review, forgotten = plant.mes.review, list[Once]()

    def then_fails(*given: Any, **named: Any) -> Any:
        review(*given, **named)
        raise RuntimeError("after the change")

    monkeypatch.setattr(plant.mes, "review", then_fails)
    monkeypatch.setattr(plant.mes, "forget", forgotten.append)
    verdicts = len(plant.mes.verdicts("B1"))
    assert web.post("/batches/B1/review", data=body).status_code == 500
    assert not forgotten
    assert len(plant.mes.verdicts("B1")) == verdicts + 1


def _checked(plant: Plant) -> dict[str, bool]:
    return {one.name: one.fine for one in plant.mes.checklist("B1", plant.qp).checks}


@pytest.mark.requirement("URS-118")
def test_the_checklist_says_yes_only_where_the_signature_would(plant: Plant) -> None:
    verdict = plant.reviewed("HOLD", finding("R2", "critical"))
    plant.close(verdict.findings[0].finding_id, "escalated")
    plant.trail_reviewed()
    assert _checked(plant)["Audit trail reviewed"]
    assert not _checked(plant)["Findings"], "escalated is not settled"
    plant.end_deviations("batch_affected")
    assert not _checked(plant)["Deviations"], "the batch is to be rejected"
    plant.mes.review("B1", (), plant.reviewer)
    assert not _checked(plant)["Audit trail reviewed"], "the review of the trail is older than the verdict"


@pytest.mark.requirement("URS-118")
def test_a_result_without_a_number_is_not_inside_its_limits(plant: Plant) -> None:
    plant.reviewed()
    with plant.store.read() as work:
        (row,) = work.find("batches")
    changed = row["record"].replace('"text":"80"', '"text":"see page 4"').replace('"value":80.0', '"value":null')
    assert changed != row["record"]
    plant.meddle("UPDATE batches SET record = :record WHERE batch_id = 'B1'", record=changed)
    found = plant.mes.checklist("B1", plant.qp)
    assert [one.name for one in found.results] == ["viability"]
    assert not {one.name: one.fine for one in found.checks}["Results"]


@pytest.mark.requirement("URS-119")
def test_a_group_is_closed_as_it_was_shown_or_not_at_all(plant: Plant) -> None:
    plant.reviewed("HOLD", *(finding("R2", "critical", value) for value in range(70)))
    web = _browser(plant)
    page = web.get("/batches/B1").text
    assert page.count("<li>") >= 10, "what stands beyond the first sixty is shown too"
    body = {**_fields(page, "Close these 70"), "closure": "justified", "outcome": "no_impact", "reason": "One clock."}
    one = plant.mes.verdicts("B1")[0].findings[3]
    plant.close(one.finding_id, "corrected")
    stale = web.post("/batches/B1/findings", data={**body, "password": PASSWORD})
    assert (stale.status_code, "have changed since you looked" in stale.text) == (412, True)
    body |= _fields(web.get("/batches/B1").text, "Close these 69")
    assert web.post("/batches/B1/findings", data={**body, "password": PASSWORD}).status_code == 303
    assert "69 findings closed as justified, 69 deviations ended." in web.get("/batches/B1").text


@pytest.mark.requirement("URS-119")
def test_a_deviation_stays_with_its_finding_when_a_later_review_finds_it_again(plant: Plant) -> None:
    plant.reviewed("HOLD", finding("R2", "critical"))
    plant.mes.review("B1", (), plant.reviewer)
    page = _browser(plant).get("/batches/B1").text
    assert "Its deviation" in page
    (one,), newest = plant.mes.deviations("B1"), plant.mes.verdicts("B1")[0].findings[0]
    assert one.finding_id != newest.finding_id
    body = {"finding_ids": (newest.finding_id,), "closure": "justified", "reason": "One clock.", "password": PASSWORD}
    body |= {"outcome": "no_impact", "deviation_keys": (one.deviation_key,)}
    done = plant.mes.close_findings("B1", d.CloseFindings.model_validate(body), plant.qp)
    assert done.ended == (one.deviation_key,)


@pytest.mark.requirement("URS-119")
def test_a_group_ends_no_other_deviation_and_no_investigation(plant: Plant) -> None:
    verdict = plant.reviewed("HOLD", finding())
    (one,) = verdict.findings
    for key, kind in (("DEV-9", "deviation"), ("OOS-1", "oos")):
        opened = {"deviation_key": key, "title": "Of something else", "kind": kind}
        opened |= {"finding_id": one.finding_id} if kind == "oos" else {}
        plant.mes.open_deviation("B1", d.NewDeviation.model_validate(opened), plant.operator)
    body = {"finding_ids": (one.finding_id,), "closure": "justified", "reason": "Known.", "outcome": "no_impact"}
    for key in ("DEV-9", "OOS-1"):
        asked = d.CloseFindings.model_validate({**body, "deviation_keys": (key,), "password": PASSWORD})
        with pytest.raises(Exception, match="is no deviation of these findings"):
            plant.mes.close_findings("B1", asked, plant.qp)
    assert plant.mes.verdicts("B1")[0].findings[0].status == "open", "nothing is closed by halves"
    web = _browser(plant)
    body = {**_fields(web.get("/batches/B1").text, "Close this finding"), "closure": "justified", "reason": "Known."}
    assert web.post("/batches/B1/findings", data={**body, "password": PASSWORD}).status_code == 303


@pytest.mark.requirement("URS-062")
def test_no_deviation_is_opened_for_a_finding_of_another_batch(plant: Plant) -> None:
    (other,) = plant.reviewed("HOLD", finding(), batch_id="B2").findings
    plant.reviewed("HOLD", finding())
    opened = {"deviation_key": "DEV-9", "title": "Planted", "finding_id": other.finding_id}
    with pytest.raises(Exception, match="has no finding"):
        plant.mes.open_deviation("B1", d.NewDeviation.model_validate(opened), plant.operator)


@pytest.mark.requirement("URS-116")
def test_lists_say_what_is_there(plant: Plant) -> None:
    for number, day in enumerate(("2026-04-09", "2026-04-01", "2026-04-05")):
        plant.mes.submit_batch(record(f"A{number}", infusion_planned_on=day), plant.bot)
    assert [one.batch_id for one in plant.mes.board(order="infusion").lines] == ["A1", "A2", "A0"]
    hold = v.NewHold(kind="predictive", reason="Viability may fall.", key="K1")
    plant.mes.open_hold("A0", hold, plant.reviewer)
    found = plant.mes.exceptions()
    assert (found.batches, [(one.batch_id, one.text) for one in found.causes]) == (1, [("A0", "Viability may fall.")])
    assert "On hold without an open finding" in _browser(plant).get("/exceptions").text


@pytest.mark.requirement("URS-120")
def test_every_way_back_leads_to_a_page_and_an_odd_address_to_the_log_in(plant: Plant) -> None:
    plant.reviewed("HOLD", finding())
    web = _browser(plant)
    token = _fields(web.get("/batches/B1").text, "Review again or decide")["form_token"]
    body = {"form_token": token, "reason": "Because.", "password": "wrong"}
    for path in ("/batches/B1/holds/H-1/lift", "/work-items/W-1/retry", "/due/done", "/batches/B1/disposition"):
        refused = web.post(path, data=body).text
        back = re.search(r'<a href="([^"]+)">Back', refused)
        assert back is None or web.get(back[1]).status_code == 200, path
    assert web.get("/login", params={"next": "http://["}).status_code == 200


@pytest.mark.requirement("URS-122")
def test_no_cell_of_the_export_is_a_formula(plant: Plant) -> None:
    for value in ("=1+1", "＝1+1", " =1+1", "\n=1", "\t1", "＠x", "-2", "+3"):
        assert _text(value).startswith("'"), value
    assert _text("B1") == "B1"


@pytest.mark.requirement("URS-016")
def test_a_booking_that_leads_elsewhere_is_found(plant: Plant) -> None:
    plant.released()
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    assert plant.mes.verify_audit() == []
    plant.meddle("UPDATE shipments SET booking = 'OTHER' WHERE batch_id = 'B1'")
    assert any("the booking" in one for one in plant.mes.verify_audit())
