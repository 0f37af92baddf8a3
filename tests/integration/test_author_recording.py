"""A recording on request: what was done shows, and neither who the patient is nor anything that was typed."""

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bots_fakes import PASSWORD, MemoryMes, job, record
from PIL import Image

from batchwright.new_bot import NewBot
from batchwright.support.servers import Server, bind
from bots.runtime.runner import SuiteRunner
from keywords.browser import BrowserOptions, WarmBrowser
from keywords.browser_finder import find_browser
from keywords.settings import Secrets, Settings
from twin.sites import desk_practice

NAME = "storage_request"
NOTE = "Nobody may read this note"
pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-009")]


@pytest.fixture
def warm() -> Iterator[WarmBrowser]:
    browser = WarmBrowser(find_browser(), BrowserOptions(record=True))
    yield browser
    browser.stop()


def test_a_recording_shows_the_steps_and_nothing_of_what_stood_there(tmp_path: Path, warm: WarmBrowser) -> None:
    folder, store = tmp_path / "mine", tmp_path / "desk.sqlite"
    NewBot(NAME, folder).make()
    for name, old, new in (
        (f"bots/{NAME}.robot", "note=Product ${batch.product_code}", f"note={NOTE}"),
        (f"bots/{NAME}.robot", "${ITEM_TIMEOUT}", "10 minutes"),
        (f"sites/{NAME}/locators.yaml", '"[data-field-class=identity]"', '"table, dl, output, label + input"'),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    desk_practice.seed(store)
    app = desk_practice.create_app(store, clock=lambda: datetime.now(UTC), accounts={"bot": PASSWORD})
    with Server(app, bind()) as server:
        site = {"product": NAME, "url": server.url, "user": "bot"}
        given = {"mes": {"url": "http://mes", "user": "bot"}, "sites": {NAME: site}, "folders": [str(folder)]}
        secrets = Secrets({"mes": PASSWORD, NAME: PASSWORD})
        runner = SuiteRunner(tmp_path, Settings.model_validate(given), secrets, MemoryMes(record()), warm)  # type: ignore[arg-type]
        outcome = runner.run(job(NAME, "B-1"))
    assert outcome.failure is None, outcome.failure
    assert outcome.evidence is not None
    recorded = tmp_path / outcome.evidence.path / "recording"
    steps = _as_the_viewer_reads_it(recorded / "trace-1.zip")
    assert {"goto", "fill", "click"} <= {str(one["method"]) for one in steps}
    shown = _in_the_viewer(recorded / "trace-1.zip", warm)
    for word in ("Actions", "Navigate", 'Fill "..."', "Click", "/requests/new"):
        assert word in shown, f"Playwright's viewer shows {word}"
    assert NOTE not in shown
    with zipfile.ZipFile(recorded / "trace-1.zip") as trace:
        texts = b"".join(trace.read(name) for name in trace.namelist() if not name.endswith((".jpeg", ".jpg")))
        assert any(name.endswith(".jpeg") for name in trace.namelist()), "it has frames"
    assert b'"method": "click"' in texts
    for word in (NOTE, PASSWORD, "Nobody", str(outcome.output["request_number"])):
        assert word.encode() not in texts, word
    film = Image.open(recorded / "film-1.webp")
    assert getattr(film, "n_frames", 1) > 3
    assert max(_black(film, number) for number in range(film.n_frames)) > 0.01, "what shows the patient is black"


def _as_the_viewer_reads_it(path: Path) -> list[dict[str, Any]]:
    """The steps of a trace, whose entries are whole: each line an event, each step ended, each frame there."""
    with zipfile.ZipFile(path) as trace:
        assert trace.testzip() is None
        names = set(trace.namelist())
        assert {"trace.trace", "trace.network"} <= names
        events = [json.loads(line) for line in trace.read("trace.trace").splitlines()]
        frames = [one for one in events if one["type"] == "screencast-frame"]
        assert frames
        for one in frames:
            assert one["file"] in names
            assert trace.read(one["file"]).startswith(b"\xff\xd8"), "a picture"
    assert events[0]["type"] == "context-options", "the version and the clock come first"
    assert events[0]["version"]
    begun = {one["callId"]: one for one in events if one["type"] == "before"}
    ended = {one["callId"]: one for one in events if one["type"] == "after"}
    assert set(ended) <= set(begun)
    assert all(ended[number]["endTime"] >= begun[number]["startTime"] for number in ended)
    return list(begun.values())


def _in_the_viewer(path: Path, warm: WarmBrowser) -> str:
    """What Playwright's own viewer shows of a trace."""
    words = [sys.executable, "-m", "playwright", "show-trace", "--host", "127.0.0.1", "--port", "0", str(path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as viewer:
        try:
            assert viewer.stdout is not None
            address = next(line for line in viewer.stdout if "http://" in line).split()[-1]
            warm.start()
            assert warm._browser is not None
            page = warm._browser.new_page()
            page.goto(address)
            page.get_by_text("Navigate").first.wait_for(timeout=60_000)
            shown = page.inner_text("body")
            page.close()
            return shown
        finally:
            os.killpg(viewer.pid, signal.SIGTERM)


def _black(film: Image.Image, number: int) -> float:
    """The share of a frame that is black."""
    film.seek(number)
    shown = film.convert("L").histogram()
    return sum(shown[:8]) / sum(shown)
