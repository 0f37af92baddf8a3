"""What every endpoint keeps to: headers that refuse lost updates and second times, pages, filters, and limits."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from filing_support import event, licence
from mes_support import PASSWORD, Plant, record

from batchwright.support.errors import Refused
from batchwright.support.serving import limits
from mes_core.client import MesClient, MesError
from mes_core.messages import views as v
from mes_core.services.requests import Once
from mes_core.web import create_app
from mes_core.web.limits import Buckets, Limits

_CHANGES = {"post", "put", "patch", "delete"}
_ABOUT_SESSIONS = {"/api/login", "/api/logout", "/api/password"}
_NOTHING_THERE_YET = {
    "/api/accounts",
    "/api/batches",
    "/api/work-items",
    "/api/work-items/claim",
    "/api/effects",
    "/api/drift-checks",
}
_NOTHING_THERE_YET |= {
    "/api/approvals",
    "/api/names-in-records",
    "/api/proposals",
    "/api/models",
    "/api/drift-checks",
    "/api/ticks",
    "/api/master-records",
    "/api/settings/signing",
    "/api/filing-events",
    "/api/filing-events/{event_id}/corrections",
    "/api/licences",
    "/api/safety-acknowledgements",
    "/api/logistics-data",
    "/api/schedules",
}
"""Endpoints that make something new, or take what is free: there is no state that the sender could have seen."""
_DOCUMENT = create_app(None).openapi()  # type: ignore[arg-type]  # only described, never asked
_OPERATIONS = [(path, method, said) for path, methods in _DOCUMENT["paths"].items() for method, said in methods.items()]
_CHANGING = [(path, method) for path, method, _ in _OPERATIONS if method in _CHANGES]
_LISTS = sorted(
    path
    for path, method, said in _OPERATIONS
    if method == "get" and "Page_" in str(said["responses"]["200"]["content"])
)


def _headers(path: str, method: str) -> set[str]:
    said = _DOCUMENT["paths"][path][method].get("parameters", [])
    return {one["name"] for one in said if one["in"] == "header"}


@pytest.fixture
def web(plant: Plant) -> Iterator[TestClient]:
    """A client of a person who has every role that endpoints ask for, with a batch, a hold and an item in the store."""
    plant.mes.submit_batch(record(), plant.bot)
    plant.mes.open_hold("B1", v.NewHold(kind="quality", reason="A doubt.", key="k"), plant.bot)
    with TestClient(create_app(plant.mes)) as client:
        client.headers["Authorization"] = f"Bearer {plant.mes.login('qp', PASSWORD).token}"
        yield client


def _filled(path: str, plant: Plant) -> str | None:
    """An address with something that is there in the place of its parameter; None where the store holds none."""
    with plant.store.read() as work:
        for name, table, column in (
            ("{batch_id}", "batches", "batch_id"),
            ("{hold_id}", "holds", "hold_id"),
            ("{item_id}", "work_items", "item_id"),
            ("{finding_id}", "findings", "finding_id"),
            ("{filing_id}", "filings", "filing_id"),
            ("{effect_id}", "effects", "effect_id"),
            ("{prediction_id}", "predictions", "prediction_id"),
            ("{model_id}", "models", "model_id"),
            ("{check_id}", "drift_checks", "check_id"),
            ("{due_id}", "due_items", "due_id"),
            ("{master_id}", "master_records", "master_id"),
            ("{user}", "accounts", "user"),
            ("{event_id}", "filing_events", "event_id"),
        ):
            if name in path:
                rows = work.find(table)
                return path.replace(name, rows[0][column]) if rows else None
    return path


@pytest.mark.requirement("URS-063")
@pytest.mark.parametrize(("path", "method"), _CHANGING)
def test_every_change_declares_its_headers(path: str, method: str) -> None:
    """Idempotency-Key on every change; If-Match on every change of what is there already."""
    if path in _ABOUT_SESSIONS:
        assert not _headers(path, method)
        return
    assert "Idempotency-Key" in _headers(path, method)
    assert ("If-Match" in _headers(path, method)) == (path not in _NOTHING_THERE_YET)


@pytest.mark.requirement("URS-063")
def test_every_change_of_what_has_changed_since_is_refused(web: TestClient, plant: Plant) -> None:
    """Whatever else is in the request; and an endpoint that makes something new says that it takes no If-Match."""
    before, tried = plant.dump(), 0
    for path, method in _CHANGING:
        address = _filled(path, plant)
        if address is None:
            continue
        answer = web.request(method, address, json={}, headers={"If-Match": '"long ago"'})
        expected = 412 if "If-Match" in _headers(path, method) else 422
        assert (answer.status_code, answer.headers["content-type"]) == (expected, "application/problem+json"), path
        tried += 1
    assert tried >= 20
    assert plant.dump() == before


@pytest.mark.requirement("URS-064")
def test_every_change_knows_what_was_carried_out(web: TestClient, plant: Plant) -> None:
    """A key that was used for something else is refused everywhere; log-ins and the like take none."""
    once = Once("qp", "used", "0" * 64, plant.now)
    with plant.store.write() as work:
        row: dict[str, Any] = {"user": "qp", "request_key": "used", "request_hash": once.request_hash}
        work.add("requests", [{**row, "at": plant.now.isoformat(timespec="microseconds"), "status": 201, "answer": ""}])
    before = plant.dump()
    for path, method in _CHANGING:
        address = _filled(path, plant) or path
        answer = web.request(method, address, json={}, headers={"Idempotency-Key": "used"})
        assert answer.status_code == (422 if path in _ABOUT_SESSIONS else 409), (path, answer.text)
    assert plant.dump() == before


@pytest.mark.parametrize("path", _LISTS)
def test_every_list_comes_in_pages(web: TestClient, plant: Plant, path: str) -> None:
    """Cut where it is asked to be, with the length of the whole; parts beyond the end are empty."""
    if "{filing_id}" in path or "{event_id}" in path:
        licence(plant)
        event(plant)
    address = _filled(path, plant)
    assert address is not None
    if path == "/api/accounts":  # for those alone who look after them
        web.headers["Authorization"] = f"Bearer {plant.mes.login('admin.one', PASSWORD).token}"
    everything = web.get(address).json()
    assert everything["total"] == len(everything["items"])
    cut = web.get(address, params={"limit": 1, "offset": 1}).json()
    assert (cut["items"], cut["total"]) == (everything["items"][1:2], everything["total"])
    assert web.get(address, params={"offset": 10_000_000}).json()["items"] == []
    for wrong in ({"limit": 0}, {"limit": 501}, {"offset": -1}):
        assert web.get(address, params=wrong).status_code == 422


def test_lists_are_sifted(web: TestClient, plant: Plant) -> None:
    """By what their items say; `total` counts what is left."""
    plant.mes.submit_batch(record("B2"), plant.bot)
    kept = web.get("/api/batches", params={"state": "on_hold"}).json()
    assert [one["batch_id"] for one in kept["items"]] == ["B1"]
    assert web.get("/api/batches", params={"kind": "tablet"}).json() == {"items": [], "total": 0}
    assert web.get("/api/work-items", params={"batch_id": "B2", "job": "batch_record_review"}).json()["total"] == 1
    assert web.get("/api/work-items", params={"job": "courier_scheduling"}).json()["total"] == 0
    told = web.get("/api/batches/B1/audit", params={"action": "hold opened", "limit": 1}).json()
    assert (told["total"], told["items"][0]["user"]) == (1, "bot-1")
    assert web.get("/api/batches/B1/audit", params={"user": "nobody"}).json()["total"] == 0


@pytest.mark.requirement("URS-063")
def test_every_tag_is_declared_and_sent(web: TestClient, plant: Plant) -> None:
    """What hangs on a batch has the tag of the batch, and every change of it makes another."""
    for path, method, said in _OPERATIONS:
        address = _filled(path, plant)
        if method == "get" and address and path != "/api/genealogy":
            declared = "headers" in said["responses"]["200"]
            registers = path in ("/api/models", "/api/drift-checks") or path.startswith("/api/master-records")
            assert declared == ("{batch_id}" in path or registers)
            answer = web.get(address)
            sent = answer.headers.get("etag")
            assert (sent is not None) == ("{batch_id}" in path and answer.status_code == 200)
    before = web.get("/api/batches/B1/filings").headers["etag"]
    plant.mes.open_hold("B1", v.NewHold(kind="quality", reason="Another.", key="k2"), plant.bot)
    assert web.get("/api/batches/B1/filings").headers["etag"] != before


@pytest.mark.requirement("URS-063", "URS-064")
def test_the_client_speaks_of_tags_keys_and_pages(plant: Plant) -> None:
    """If-Match and Idempotency-Key are parameters of every change; lists are walked page by page."""
    for number in range(5):
        plant.mes.submit_batch(record(f"B{number}"), plant.bot)
    with TestClient(create_app(plant.mes)) as web:
        transport = web._transport
        client = MesClient.login("http://testserver", "operator", PASSWORD, transport=transport)
        assert sorted(one.batch_id for one in client.each_batch(page=2)) == [f"B{number}" for number in range(5)]
        assert len(list(client.each_audit_entry("B1", page=3))) == len(client.audit("B1"))
        assert len(list(client.each_work_item(state="queued", page=2))) == 5
        seen = client.tag("B1")
        first = client.open_hold("B1", "quality", "A doubt.", "k", if_match=seen, idempotency_key="once")
        assert client.open_hold("B1", "quality", "A doubt.", "k", if_match=client.tag("B1"), idempotency_key="2nd")
        with pytest.raises(MesError) as refused:
            client.open_hold("B1", "quality", "A doubt.", "k2", if_match=seen)
        assert refused.value.status == 412
        with pytest.raises(MesError) as refused:
            client.open_hold("B1", "quality", "Other words.", "k2", idempotency_key="once")
        assert refused.value.status == 409
        assert [one.hold_id for one in client.get_batch("B1").holds] == [first.hold_id]


@pytest.mark.requirement("URS-062")
def test_too_many_requests_of_an_account_are_refused(plant: Plant) -> None:
    """Whatever tokens it has; others go on, and nothing is changed."""
    plant.mes.submit_batch(record(), plant.bot)
    tokens = [plant.mes.login("qp", PASSWORD).token for _ in range(2)]
    with TestClient(create_app(plant.mes, limits=Limits(per_account=6))) as web:
        answers = [web.get("/api/batches", headers={"Authorization": f"Bearer {tokens[n % 2]}"}) for n in range(7)]
        assert [one.status_code for one in answers] == [200] * 6 + [429]
        said = answers[-1]
        assert said.headers["content-type"] == "application/problem+json"
        assert 1 <= int(said.headers["retry-after"]) <= 10
        assert said.json()["status"] == 429
        assert "account" in said.json()["detail"]
        assert "default-src 'self'" in said.headers["content-security-policy"]
        web.cookies.set("batchwright_session", plant.mes.login("qp", PASSWORD, "console http://testserver").token)
        page = web.get("/")
        assert (page.status_code, "Too many requests" in page.text) == (429, True)
        web.cookies.clear()
        other = plant.mes.login("operator", PASSWORD).token
        assert web.get("/api/batches", headers={"Authorization": f"Bearer {other}"}).status_code == 200


@pytest.mark.requirement("URS-062")
def test_too_many_requests_and_log_ins_from_an_address_are_refused(plant: Plant) -> None:
    """Also those with no token or a wrong one, which are nobody's; log-ins have a limit of their own."""
    with TestClient(create_app(plant.mes, limits=Limits(per_address=5))) as web:
        wrong = {"Authorization": "Bearer nobody's"}
        assert [web.get("/api/batches", headers=wrong).status_code for _ in range(6)] == [401] * 5 + [429]
        assert web.get("/static/console.css").status_code == 200
    with TestClient(create_app(plant.mes, limits=Limits(log_ins_per_address=2))) as web:
        body = {"user": "qp", "password": "wrong wrong wrong"}
        assert [web.post("/api/login", json=body).status_code for _ in range(3)] == [401, 401, 429]
        assert web.post("/login", data=body).status_code == 429
        assert web.get("/api/health").status_code == 200


@pytest.mark.requirement("URS-062")
def test_a_request_that_is_too_long_is_refused(plant: Plant) -> None:
    """Whether it says how long it is or not."""
    with TestClient(create_app(plant.mes, limits=Limits(longest_body=1000))) as web:
        content = b" " * 1001
        for sent in (content, (content[n : n + 100] for n in range(0, 1001, 100))):
            answer = web.post("/api/login", content=sent, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()["title"]) == (413, answer.json()["title"])
        assert web.post("/api/login", json={"user": "qp", "password": PASSWORD}).status_code == httpx.codes.OK


def test_buckets_fill_up_evenly_and_are_forgotten_when_full() -> None:
    """By the clock that they are given."""
    moment = [0.0]
    buckets = Buckets(60, lambda: moment[0])
    assert [buckets.take("a") for _ in range(60)] == [0.0] * 60
    assert buckets.take("a") == pytest.approx(1.0)
    moment[0] = 0.5
    assert buckets.take("a") == pytest.approx(0.5)
    moment[0] = 1.5
    assert buckets.take("a") == 0.0
    assert buckets.take("b") == 0.0
    moment[0] = 100.0
    assert buckets.take("c") == 0.0
    assert set(buckets._left) == {"c"}
    assert [Buckets(0).take("a") for _ in range(3)] == [0.0] * 3


def test_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no number is refused with one sentence."""
    assert limits() == Limits()
    monkeypatch.setenv("BATCHWRIGHT_LIMIT_ACCOUNT", "60")
    monkeypatch.setenv("BATCHWRIGHT_LIMIT_LOG_INS", "0")
    assert limits() == Limits(per_account=60, log_ins_per_address=0)
    monkeypatch.setenv("BATCHWRIGHT_LIMIT_ADDRESS", "-1")
    with pytest.raises(Refused, match="BATCHWRIGHT_LIMIT_ADDRESS is '-1'"):
        limits()
