"""Evidence in the console: pages of other systems, which may do nothing; and files that nothing vouches for."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import PASSWORD, Plant, record

from mes_core.messages import views as v
from mes_core.web import create_app

_HERE = "evidence/B1/W-1-1"


@pytest.fixture
def attempt(plant: Plant, tmp_path: Path) -> Path:
    """A sealed folder that the audit trail names, and one beside it that nothing vouches for."""
    folder = tmp_path / _HERE
    (folder / "snapshots").mkdir(parents=True)
    (folder / "pictures").mkdir()
    (folder / "log.html").write_text("<html><script>document.title = 'ran'</script>log</html>")
    (folder / "snapshots" / "01.html").write_text("<html><form><input type=password></form></html>")
    (folder / "pictures" / "01.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "outcome.json").write_text('{"a": "<script>alert(1)</script>"}')
    (folder / "drawn.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    _seal(plant, folder)
    other = tmp_path / "evidence" / "B1" / "W-2-1"
    other.mkdir()
    (other / "log.html").write_text("<script>x</script>")
    return folder


def _seal(plant: Plant, folder: Path) -> None:
    files = {
        one.relative_to(folder).as_posix(): {"sha256": hashlib.sha256(one.read_bytes()).hexdigest(), "bytes": 1}
        for one in folder.rglob("*")
        if one.is_file()
    }
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps({"files": files}))
    plant.mes.submit_batch(record(), plant.bot)
    bot = plant.at()
    assert bot.lease is not None
    evidence = v.EvidenceRef(path=_HERE, sha256=hashlib.sha256(manifest.read_bytes()).hexdigest())
    plant.mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch, evidence=evidence), bot)


@pytest.fixture
def web(plant: Plant, attempt: Path) -> TestClient:
    """A reviewer's browser."""
    app = create_app(plant.mes, evidence=attempt.parents[1])
    client = TestClient(app, follow_redirects=False)
    client.post("/login", data={"user": "reviewer", "password": PASSWORD})
    return client


def _frame(web: TestClient, path: str) -> Any:
    page = web.get(f"/evidence/{path}").text
    assert 'sandbox="allow-scripts"' in page
    source = page.partition(' src="/evidence-frame/')[2].partition('"')[0]
    return web.get(f"/evidence-frame/{source}", headers={"Sec-Fetch-Dest": "iframe"}), f"/evidence-frame/{source}"


@pytest.mark.requirement("URS-062")
def test_documents_are_shown_in_a_frame_that_can_do_nothing(web: TestClient) -> None:
    """Only the log that the seal vouches for is written by its script; nothing is sent anywhere, no form, no cookie."""
    for path, script in (("B1/W-1-1/log.html", True), ("B1/W-1-1/snapshots/01.html", False)):
        answer, _ = _frame(web, path)
        policy = answer.headers["content-security-policy"]
        assert answer.status_code == 200
        assert policy.startswith("sandbox allow-scripts;" if script else "sandbox;")
        assert ("'unsafe-eval'" in policy) == script
        for part in ("default-src 'none'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'"):
            assert part in policy
        assert "allow-same-origin" not in policy
        assert "allow-top-navigation" not in policy
    assert "sandbox;" in _frame(web, "B1/W-2-1/log.html")[0].headers["content-security-policy"]


@pytest.mark.requirement("URS-062")
def test_a_frame_is_never_a_page_of_its_own_and_its_key_is_for_one_attempt(web: TestClient) -> None:
    """Nor without the key, nor for another folder, nor for ever."""
    answer, source = _frame(web, "B1/W-1-1/log.html")
    assert answer.status_code == 200
    alone = web.get(source, headers={"Sec-Fetch-Dest": "document"})
    assert (alone.status_code, alone.headers["location"]) == (303, "/evidence/B1/W-1-1/log.html")
    picture = source.replace("log.html", "pictures/01.png")
    stranger = TestClient(web.app, follow_redirects=False)
    assert stranger.get(picture).headers["content-type"] == "image/png"
    until, _, mac = source.split("/")[2].partition("-")
    for wrong in (
        source.replace("W-1-1", "W-2-1"),
        source.replace(mac, "0" * 64),
        source.replace(until, str(int(until) + 9)),
        source.replace(source.split("/")[2], "é"),
        source.replace("log.html", "../W-2-1/log.html"),
    ):
        assert stranger.get(wrong).status_code in (303, 404), wrong
        assert "<script>x" not in stranger.get(wrong).text


@pytest.mark.requirement("URS-062")
def test_everything_else_is_text_a_picture_or_a_download(web: TestClient) -> None:
    """No file is a document because of what it holds or what it is called."""
    kinds = {
        "outcome.json": "text/plain; charset=utf-8",
        "manifest.json": "text/plain; charset=utf-8",
        "pictures/01.png": "image/png",
        "drawn.svg": "application/octet-stream",
    }
    for name, kind in kinds.items():
        answer = web.get(f"/evidence/B1/W-1-1/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert "sandbox;" in answer.headers["content-security-policy"]
        assert ("attachment" in answer.headers.get("content-disposition", "")) == (name == "drawn.svg")


@pytest.mark.requirement("URS-062")
def test_what_nothing_vouches_for_is_said_and_what_was_changed_is_refused(web: TestClient, attempt: Path) -> None:
    """The console shows evidence as it was sealed, or says what is wrong with it."""
    assert "vouches" not in web.get("/evidence/B1/W-1-1").text
    assert "never sealed" in web.get("/evidence/B1/W-2-1").text
    assert "never sealed" in web.get("/evidence/B1/W-2-1/log.html").text
    (attempt / "later.txt").write_text("slipped in")
    assert "came after the attempt was sealed" in web.get("/evidence/B1/W-1-1").text
    (attempt / "outcome.json").write_text("{}")
    assert "changed after it was sealed" in web.get("/evidence/B1/W-1-1").text
    changed = web.get("/evidence/B1/W-1-1/outcome.json")
    assert (changed.status_code, "is no evidence any more" in changed.text) == (409, True)
    manifest = json.loads((attempt / "manifest.json").read_text())
    manifest["files"]["outcome.json"]["sha256"] = hashlib.sha256(b"{}").hexdigest()
    (attempt / "manifest.json").write_text(json.dumps(manifest))
    listed = web.get("/evidence/B1/W-1-1").text
    assert listed.count("not the one that the audit trail names") == 7
    assert "sandbox;" in _frame(web, "B1/W-1-1/log.html")[0].headers["content-security-policy"]
