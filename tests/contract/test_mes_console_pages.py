"""The console as people work with it: exceptions first, groups closed at once, forms that are sent twice, sessions."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from console_support import browser as _browser
from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant, finding, record, running_plant
from sqlalchemy import event

from mes_core.messages import views as v
from mes_core.storage.store import SqlUnitOfWork
from mes_core.web import create_app

_PAGES = (
    "/",
    "/exceptions",
    "/exceptions?whose=mine",
    "/shipments/calendar",
    "/exceptions?whose=nobody",
    "/release",
    "/clocks",
    "/shipments",
    "/flow",
    "/work",
    "/due",
    "/search?q=PAT",
    "/audit",
    "/predictions",
)


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    with running_plant(tmp_path / "store.sqlite") as made:
        yield made


def _token(web: TestClient, page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', web.get(page).text)
    assert found is not None
    return found[1]


def _group(page: str, summary: str) -> dict[str, str]:
    """What the form that closes a group of findings says it is about."""
    return dict(re.findall(r'name="(verdict_id|rule|seen)" value="([^"]+)"', page[page.index(summary) :])[:3])


def _release(plant: Plant, web: TestClient, **more: str) -> dict[str, str]:
    batch = plant.mes.get_batch("B1")
    body = {"form_token": _token(web, "/batches/B1"), "verdict_id": batch.verdict_id or "", "password": PASSWORD}
    return {**body, "record_hash": batch.record_hash, "reason": "In order.", "disposition": "released", **more}


@pytest.mark.requirement("URS-115", "URS-116")
def test_exceptions_come_first_over_all_pages_and_the_next_infusion_before_the_others(plant: Plant) -> None:
    for number in range(55):
        plant.mes.submit_batch(record(f"A{number:02}", infusion_planned_on=f"2026-04-{number % 28 + 1:02}"), plant.bot)
    plant.reviewed("HOLD", finding(), batch_id="Z9")
    board = plant.mes.board(limit=50)
    assert (board.lines[0].batch_id, board.lines[0].why) == ("Z9", ("Viability",))
    days = [one.infusion_planned_on for one in (*board.lines[1:], *plant.mes.board(limit=50, offset=50).lines)]
    assert days == sorted(days, key=str)
    assert len(days) == 55
    assert plant.mes.board(verdict="HOLD").total == 1
    web = _browser(plant)
    assert "Z9" in web.get("/?verdict=HOLD").text
    assert "The list ends at page 2" in web.get("/?page=99").text


@pytest.mark.requirement("URS-116")
def test_pages_ask_as_much_for_many_batches_as_for_few(plant: Plant) -> None:
    """Statements are counted at the database."""
    web, asked = _browser(plant, "reviewer"), [0]
    engine = plant.store._engine

    def count() -> dict[str, int]:
        said = {}
        for page in (*_PAGES, "/api/batches"):
            asked[0] = 0
            assert web.get(page, headers=bearer).status_code == 200
            said[page] = asked[0]
        return said

    bearer = {"Authorization": f"Bearer {plant.mes.login('reviewer', PASSWORD).token}"}
    event.listen(engine, "before_cursor_execute", lambda *_: asked.__setitem__(0, asked[0] + 1))
    plain = SqlUnitOfWork._find_plain

    def counted(self: Any, *given: Any) -> Any:
        asked[0] += 1
        return plain(self, *given)

    SqlUnitOfWork._find_plain = counted  # type: ignore[method-assign]
    try:
        plant.reviewed("HOLD", finding(), batch_id="F1")
        plant.reviewed(batch_id="F2")
        count()  # the first request of a process looks at the clock and the session a first time
        few = count()
        for number in range(12):
            plant.reviewed("HOLD", finding(), finding("R2"), batch_id=f"H{number}")
            plant.reviewed(batch_id=f"R{number}")
        many = count()
        assert {page: (few[page], many[page]) for page in few if many[page] != few[page]} == {}
        assert max(few.values()) < 45
    finally:
        SqlUnitOfWork._find_plain = plain  # type: ignore[method-assign]


@pytest.mark.requirement("URS-117")
def test_a_double_click_on_sign_signs_once_and_both_clicks_say_so(plant: Plant) -> None:
    plant.reviewed()
    web = _browser(plant)
    body = _release(plant, web)
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: web.post("/batches/B1/disposition", data=body), range(2))
    assert (first.status_code, second.status_code) == (303, 303), (first.text, second.text)
    assert first.headers["location"] == second.headers["location"] == "/batches/B1"
    assert "x-batchwright-said" not in first.headers
    assert sum(one.act == "disposition" for one in plant.mes.signatures("B1")) == 1
    page = web.get("/batches/B1").text
    assert "Signed: released. I certify this batch for release." in page
    assert "Signed: released." not in web.get("/batches/B1").text, "a message is said once"
    wrong = web.post("/batches/B1/disposition", data={**body, "password": "of somebody else"})
    assert wrong.status_code == 403


@pytest.mark.requirement("URS-117")
def test_a_refused_form_may_be_sent_again_and_an_address_says_nothing(plant: Plant) -> None:
    plant.reviewed()
    web = _browser(plant)
    body = _release(plant, web)
    refused = web.post("/batches/B1/disposition", data={**body, "password": "wrong"})
    assert refused.status_code == 403
    assert 'href="/batches/B1"' in refused.text
    assert web.post("/batches/B1/disposition", data=body).status_code == 303
    assert "All is well" not in web.get("/batches/B1?said=All+is+well").text
    web.cookies.set("__Host-batchwright_session_said", "QWxsIGlzIHdlbGw=.00")
    assert "All is well" not in web.get("/flow").text


@pytest.mark.requirement("URS-118")
def test_reject_is_apart_and_asks_for_the_number(plant: Plant) -> None:
    plant.reviewed()
    web = _browser(plant)
    page = web.get("/batches/B1").text
    assert "I certify this batch for release." in page
    assert "I reject this batch." in page
    assert '<select name="disposition"' not in page
    refused = web.post("/batches/B1/disposition", data=_release(plant, web, disposition="rejected", typed_number="B2"))
    assert (refused.status_code, "type its number" in refused.text) == (422, True)
    done = web.post("/batches/B1/disposition", data=_release(plant, web, disposition="rejected", typed_number="B1"))
    assert done.status_code == 303
    assert plant.mes.get_batch("B1").state.value == "rejected"


@pytest.mark.requirement("URS-118")
def test_the_release_page_parts_what_this_person_can_sign_from_what_not_and_says_why(plant: Plant) -> None:
    plant.reviewed()
    plant.mes.submit_batch(record("B2"), plant.qp)
    plant.rules.say("READY")
    plant.mes.review("B2", (), plant.reviewer)
    page = _browser(plant).get("/release").text
    can, cannot = page.split("You can&#39;t sign yet")
    assert ("B1" in can, "B2" in can, "B2" in cannot) == (True, False, True)
    assert "submitted or corrected a part of its record" in cannot
    reviewer = _browser(plant, "reviewer").get("/batches/B1").text
    assert "A disposition is signed by a qualified person." in reviewer
    assert "Sign the release" not in reviewer


@pytest.mark.requirement("URS-118")
def test_a_ready_page_shows_results_limits_rules_and_what_is_undecided(plant: Plant) -> None:
    plant.reviewed()
    page = _browser(plant).get("/batches/B1").text
    for told in ("1 rule of fake 1 ran", "Not approved", "viability", "Nobody has signed a review of it yet"):
        assert told in page
    row = page[page.index('class="mono">viability') :][:400]
    assert all(f">{one}<" in row for one in ("80", "70", "100", "yes"))


@pytest.mark.requirement("URS-119")
def test_findings_of_one_cause_are_closed_with_one_password_and_what_others_end_is_said(plant: Plant) -> None:
    same = [finding("R2", "critical", value) for value in range(12)]
    plant.reviewed("HOLD", *same, finding())
    web = _browser(plant, "reviewer")
    page = web.get("/batches/B1").text
    assert page.count("Close these 12 findings") == 1
    shown = _group(page, "Close these 12")
    body = {**shown, "form_token": _token(web, "/batches/B1"), "closure": "justified", "outcome": "no_impact"}
    done = web.post("/batches/B1/findings", data={**body, "reason": "One clock was wrong.", "password": PASSWORD})
    assert done.status_code == 303, done.text
    said = web.get("/batches/B1").text
    assert "12 findings closed as justified, 0 deviations ended." in said
    assert "quality assurance or qualified person" in said
    (verdict,) = plant.mes.verdicts("B1")
    assert sum(one.status == "closed" for one in verdict.findings) == 12
    assert sum(one.act == "finding closed" for one in plant.mes.signatures("B1")) == 12
    assert plant.mes.verify_audit() == []
    fresh = {"form_token": _token(web, "/"), "reason": "Once more.", "password": PASSWORD}
    assert web.post("/batches/B1/findings", data={**body, **fresh}).status_code == 412


@pytest.mark.requirement("URS-120")
def test_a_session_that_ends_keeps_what_was_typed_and_the_way_back(plant: Plant) -> None:
    plant.reviewed("HOLD", finding())
    web = _browser(plant, "reviewer")
    token = _token(web, "/batches/B1")
    shown = _group(web.get("/batches/B1").text, "Close this finding")
    typed = "Typed with care. " + "ü" * 900
    body = {**shown, "form_token": token, "closure": "justified", "reason": typed, "password": PASSWORD}
    plant.now += timedelta(days=2)
    assert web.get("/batches/B1").headers["location"] == "/login?next=/batches/B1"
    lost = web.post("/batches/B1/findings", data=body)
    assert lost.status_code == 401
    assert PASSWORD not in lost.text
    packed = re.search(r'name="keep" value="([^"]+)"', lost.text)
    assert packed is not None
    other = _browser(plant).post("/login", data={"user": "qp", "password": PASSWORD, "keep": packed[1]})
    assert (other.status_code, other.headers["location"]) == (303, "/"), "what one has typed is not for another"
    page = web.post("/login", data={"user": "reviewer", "password": PASSWORD, "keep": packed[1]}).text
    assert typed in page
    form = page[page.index('<form method="post" action="/batches/B1/findings') :]
    sent = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form))
    done = web.post("/batches/B1/findings", data={**sent, "password": PASSWORD})
    assert done.headers["location"] == "/batches/B1"
    elsewhere = web.post("/login", data={"user": "qp", "password": PASSWORD, "back": "//evil.example/"})
    assert elsewhere.headers["location"] == "/"


@pytest.mark.requirement("URS-120")
def test_a_form_from_elsewhere_is_not_kept(plant: Plant) -> None:
    web = TestClient(create_app(plant.mes), base_url="https://plant", follow_redirects=False)
    answer = web.post("/batches/B1/review", data={"form_token": "0" * 88, "reason": "Made by others"})
    assert answer.headers["location"] == "/login"


@pytest.mark.requirement("URS-121")
def test_one_broken_record_takes_neither_the_list_nor_its_page_down(plant: Plant) -> None:
    plant.reviewed(batch_id="B1")
    plant.reviewed(batch_id="B2")
    plant.meddle("UPDATE batches SET record = '{broken' WHERE batch_id = 'B1'")
    web = _browser(plant)
    for page in ("/", "/release", "/exceptions", "/flow", "/shipments"):
        assert web.get(page).status_code == 200, page
    assert "can&#39;t be shown" in web.get("/").text
    broken = web.get("/batches/B1")
    assert broken.status_code == 200
    assert "The record of B1 can&#39;t be shown" in broken.text


@pytest.mark.requirement("URS-115", "URS-122")
def test_the_audit_page_shows_whole_values_filters_exports_and_verifies(plant: Plant) -> None:
    long = "a product with a name of many words " * 5
    plant.mes.submit_batch(record(product=long.strip()), plant.bot)
    body = {"path": "product", "old": long.strip(), "new": "=Examplecel", "reason": "Misread.", "password": PASSWORD}
    plant.mes.correct("B1", v.Correction.model_validate(body), plant.operator)
    web = _browser(plant)
    page = web.get("/audit?chain=B1&action=record+corrected").text
    assert long.strip() in page
    assert "1 entries" in page
    assert "Version 2" in page
    assert "I corrected this value of the record." in page
    sheet = web.get("/audit/export?chain=B1&user=operator").text
    assert "'=Examplecel" in sheet or "\"'=Examplecel" in sheet
    assert len(sheet.splitlines()) > 1
    assert "account made" in web.get("/audit?chain=system:users").text
    assert "Every chain is whole" in web.get("/audit/verification").text
    plant.meddle("UPDATE batches SET state = 'released' WHERE batch_id = 'B1'")
    assert "things are wrong" in web.get("/audit/verification").text


@pytest.mark.requirement("URS-116")
def test_a_search_finds_by_the_beginning_and_opens_what_is_exact(plant: Plant) -> None:
    plant.mes.submit_batch(record("B-77", patient_code="PAT-77", materials=[]), plant.bot)
    web = _browser(plant)
    assert web.get("/search?q=B-77").headers["location"] == "/batches/B-77"
    assert "PAT-77" in web.get("/search?q=PAT-7").text
    assert "Nothing begins with" in web.get("/search?q=100%25").text


@pytest.mark.requirement("URS-123")
def test_an_engineer_cancels_and_retries_with_a_reason(plant: Plant) -> None:
    plant.mes.submit_batch(record(), plant.bot)
    (item,) = plant.mes.work_items()
    web = _browser(plant, "operator")
    done = web.post(
        f"/work-items/{item.item_id}/cancel", data={"form_token": _token(web, "/work"), "reason": "A test."}
    )
    assert done.headers["location"] == "/work"
    assert plant.mes.get_item(item.item_id).state == "cancelled"
    body = {"form_token": _token(web, "/"), "reason": "Nobody has it."}
    assert web.post(f"/work-items/{item.item_id}/adopt", data=body).status_code == 409
