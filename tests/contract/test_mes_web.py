"""What a browser or a client from elsewhere could try."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant, record

from batchwright.support.servers import Server, bind
from mes_core.messages.capsules import attempt_folder, capsule_of
from mes_core.web import create_app


@pytest.fixture
def web(plant: Plant, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client without any session, on a running server with an evidence folder."""
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    (evidence / "inside.txt").write_text("inside")
    (tmp_path / "outside.txt").write_text("outside")
    with (
        Server(create_app(plant.mes, evidence=evidence), bind()) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=30) as client,
    ):
        yield client


def _log_in(web: httpx.Client) -> None:
    web.post("/login", data={"user": "qp", "password": PASSWORD})


def _bearer(plant: Plant, user: str = "qp") -> dict[str, str]:
    return {"Authorization": f"Bearer {plant.mes.login(user, PASSWORD).token}"}


@pytest.mark.requirement("URS-062")
def test_a_log_in_makes_a_new_session(web: httpx.Client, plant: Plant) -> None:
    """A token that the browser brought along stays worthless, and scripts and other sites don't get the new one."""
    name = f"batchwright_session_{web.base_url.port}"
    web.cookies.set(name, "chosen-by-somebody")
    answer = web.post("/login", data={"user": "qp", "password": PASSWORD})
    said = answer.headers["set-cookie"].lower()
    assert "chosen-by-somebody" not in said
    assert "httponly" in said
    assert "samesite=strict" in said
    other = httpx.get(f"{web.base_url}/", cookies={name: "chosen-by-somebody"}, trust_env=False)
    assert other.headers["location"] == "/login"


@pytest.mark.requirement("URS-062")
def test_a_session_is_worth_nothing_elsewhere(plant: Plant) -> None:
    """Browsers give cookies to every port of a host: that of one console opens neither another one nor the API."""
    app = create_app(plant.mes)
    here, there, secure = (
        TestClient(app, base_url=base, follow_redirects=False)
        for base in ("http://plant:8000", "http://plant:8001", "https://plant")
    )
    body = {"user": "qp", "password": PASSWORD}
    assert here.post("/login", data=body).status_code == 303
    token = here.cookies["batchwright_session_8000"]
    assert here.get("/").status_code == 200
    for name in ("batchwright_session_8001", "batchwright_session_8000", "batchwright_session"):
        there.cookies.set(name, token)
    assert there.get("/").headers["location"] == "/login"
    assert there.get("/api/batches", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    here.cookies.clear()
    here.cookies.set("batchwright_session_8000", plant.mes.login("qp", PASSWORD).token)
    assert here.get("/").headers["location"] == "/login"
    said = secure.post("/login", data=body).headers["set-cookie"]
    assert said.startswith("__Host-batchwright_session=")
    assert "Secure" in said
    assert "Path=/" in said
    assert "Domain" not in said
    assert secure.get("/").status_code == 200
    secure.cookies.clear()
    secure.cookies.set("batchwright_session", plant.mes.login("qp", PASSWORD, "console https://plant").token)
    assert secure.get("/").headers["location"] == "/login"


@pytest.mark.requirement("URS-062")
def test_a_form_from_elsewhere_changes_nothing(web: httpx.Client, plant: Plant) -> None:
    """Without the token of the session, or with another one."""
    plant.reviewed()
    _log_in(web)
    before = plant.dump()
    for sent in ({}, {"form_token": "0" * 64}):
        answer = web.post("/batches/B1/review", data=sent)
        assert answer.status_code == 403
    assert plant.dump() == before


@pytest.mark.requirement("URS-062")
@pytest.mark.parametrize("path", ["/login", "/", "/absent", "/api/health", "/api/batches", "/static/console.css"])
def test_every_answer_has_the_headers(web: httpx.Client, path: str) -> None:
    """Also refusals and what is not there."""
    headers = web.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.requirement("URS-062")
def test_what_records_hold_is_shown_as_text(web: httpx.Client, plant: Plant) -> None:
    """Whatever stands in a record."""
    evil = "<script>alert(1)</script>"
    plant.mes.submit_batch(record(product=evil, treatment_centre=f'"{evil}', procedure=evil), plant.bot)
    _log_in(web)
    for page in ("/", "/batches/B1", "/genealogy?kind=lot&key=L1", f"/genealogy?kind=lot&key={evil}"):
        assert "<script>" not in web.get(page).text


@pytest.mark.requirement("URS-062")
def test_unknown_fields_are_refused(web: httpx.Client, plant: Plant) -> None:
    """Nobody sets a state or a role by sending it along."""
    document = record().model_dump(mode="json")
    before = plant.dump()
    answer = web.post("/api/batches", json={**document, "state": "released"}, headers=_bearer(plant, "bot-1"))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    after = plant.dump()
    del before["sessions"], after["sessions"]
    assert after == before


@pytest.mark.requirement("URS-062")
@pytest.mark.parametrize(
    "path", ["../outside.txt", "%2e%2e/outside.txt", "..%2foutside.txt", "/etc/passwd", "x/../../outside.txt"]
)
def test_nothing_outside_the_evidence_folder_is_shown(web: httpx.Client, path: str) -> None:
    """By no way of writing the path."""
    _log_in(web)
    assert web.get("/evidence/inside.txt").text == "inside"
    answer = web.get(f"/evidence/{path}")
    assert answer.status_code == 404
    assert "outside" not in answer.text.replace("outside.txt", "")


def test_files_of_a_removed_folder_come_from_its_capsule_and_a_damaged_one_is_said(
    web: httpx.Client, tmp_path: Path
) -> None:
    _log_in(web)
    capsule = capsule_of(attempt_folder(tmp_path / "evidence", "B-1", "W-1", 1))
    capsule.parent.mkdir(parents=True)
    with zipfile.ZipFile(capsule, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("outcome.json", b'{"result": "done"}' * 50)
    assert "outcome.json" in web.get("/evidence/B-1/W-1-1").text
    assert web.get("/evidence/B-1/W-1-1/outcome.json").content == b'{"result": "done"}' * 50
    assert web.get("/evidence/B-1/W-1-1/other.json").status_code == 404
    whole = capsule.read_bytes()
    for damaged in (whole[:40], whole[:40] + b"\xff" * 8 + whole[48:]):
        capsule.write_bytes(damaged)
        answer = web.get("/evidence/B-1/W-1-1/outcome.json")
        assert (answer.status_code, "is damaged" in answer.text) == (404, True), answer.text


@pytest.mark.requirement("URS-062")
def test_refusals_are_problems_with_one_sentence(web: httpx.Client, plant: Plant) -> None:
    """Who is not logged in, what is not there, what is not valid."""
    for answer, status in (
        (web.get("/api/batches"), 401),
        (web.get("/api/batches/B9", headers=_bearer(plant)), 404),
        (web.post("/api/batches", json=[], headers=_bearer(plant)), 422),
        (web.delete("/api/batches/B9", headers=_bearer(plant)), 405),
    ):
        body = answer.json()
        assert (answer.status_code, body["status"]) == (status, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["detail"].endswith(".")
        assert "Traceback" not in answer.text


def test_nothing_about_requests_goes_anywhere(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the surroundings ask for: telemetry is off by word, not by default."""
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    app = create_app(plant.mes)
    assert not any(app._telemetry[name] for name in ("tracing", "metrics", "logs", "operation_spans", "auto_configure"))
    assert not app._native_telemetry.enabled()
