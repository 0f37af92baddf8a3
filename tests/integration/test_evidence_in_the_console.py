"""Robot Framework's log in the console, in a real browser: it shows itself with its pictures, and does nothing else."""

import base64
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, sync_playwright
from robot.api import TestSuite
from robot.reporting import ResultWriter

from batchwright.support.servers import Server, bind
from keywords.browser import launch_flags
from keywords.browser_finder import find_browser
from keywords.evidence_folder import EvidenceFolder
from mes_core.domain.principals import BotPrincipal, Role, SystemPrincipal
from mes_core.messages import views as v
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from mes_core.web import create_app

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
from mes_support import PASSWORD, at_work, record

pytestmark = pytest.mark.browser
_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
_SUITE = """*** Tasks ***
Look
    Log    <a href="pictures/01.png"><img id="kept" src="pictures/01.png" width="10"></a>    html=True
    Log    <script>document.body.dataset.ran = 'yes'; fetch('{there}/api/health')</script>said    html=True
"""


@pytest.fixture
def page() -> Iterator[Page]:
    """A person's browser, without the gate that bots have."""
    with sync_playwright() as playwright:
        program = str(find_browser().path)
        browser = playwright.chromium.launch(executable_path=program, args=launch_flags())
        yield browser.new_page()
        browser.close()


def _attempt(mes: Mes, home: Path, there: str) -> None:
    """An attempt with a log that Robot Framework wrote, sealed and named by the audit trail."""
    bot = BotPrincipal("bot-1")
    mes.submit_batch(record(), bot)
    bot = at_work(mes, bot, "B1")
    assert bot.lease is not None
    folder = EvidenceFolder(home / "evidence" / "B1" / "A-1")
    (folder.pictures / "01.png").write_bytes(_DOT)
    suite = TestSuite.from_string(_SUITE.format(there=there))
    suite.run(output=str(folder.path / "result.json"), console="none", rpa=True)
    ResultWriter(str(folder.path / "result.json")).write_results(log=str(folder.path / "log.html"), report=None)
    evidence = v.EvidenceRef(path="evidence/B1/A-1", sha256=folder.seal({}))
    mes.complete(bot.lease.item_id, v.ItemDone(epoch=bot.lease.epoch, evidence=evidence), bot)


def _logged_in(page: Page, address: str) -> None:
    page.goto(f"{address}/login")
    page.fill("input[name=user]", "reviewer")
    page.fill("input[name=password]", PASSWORD)
    with page.expect_navigation():
        page.click("button:has-text('Log in')")


@pytest.mark.requirement("URS-062")
def test_a_log_shows_itself_in_its_frame_and_can_do_nothing_else(tmp_path: Path, page: Page) -> None:
    """Its script makes the page; what it may not do is to be the console, to send, and to go elsewhere."""
    with closing(open_store(tmp_path / "mes.sqlite")) as store:
        mes = Mes(store, BuiltinRules(None), lambda: datetime.now(UTC))
        by = SystemPrincipal("test")
        mes.create_person("reviewer", "Rita Reviewer", [Role.REVIEWER], PASSWORD, actor=by)
        answered: list[str] = []
        with closing(bind()) as other, Server(create_app(mes, evidence=tmp_path / "evidence"), bind()) as server:
            other.setblocking(False)
            _attempt(mes, tmp_path, server.url)
            page.on("response", lambda answer: answered.append(answer.url))
            _logged_in(page, server.url)
            page.goto(f"{server.url}/evidence/B1/A-1/log.html")
            frame = next(one for one in page.frames if one.parent_frame is page.main_frame)
            frame.wait_for_selector("text=Look")
            _everything_open(frame)
            frame.wait_for_function("document.querySelector('#kept').naturalWidth === 1")
            assert frame.evaluate("self.origin") == "null"
            assert frame.evaluate("(() => { try { return document.cookie } catch (e) { return 'none' } })()") in (
                "",
                "none",
            )
            answered.clear()
            for attempt in (
                f"fetch('{server.url}/api/health').then(() => 'out', () => 'kept')",
                f"new Promise(done => {{ const i = new Image(); i.onload = () => done('out'); i.onerror = () =>"
                f" done('kept'); i.src = '{server.url}/static/icon.svg' }})",
                "new Promise(done => { try { top.location = 'about:blank'; done('out') } catch (e) { done('kept') } })",
            ):
                assert frame.evaluate(attempt) == "kept", attempt
            assert answered == []
            frame.evaluate(f"location = 'http://127.0.0.1:{other.getsockname()[1]}/elsewhere'")
            page.wait_for_timeout(500)
            assert not _heard(other)
            assert page.url.endswith("/evidence/B1/A-1/log.html")


def _everything_open(frame: Frame) -> None:
    """Robot's log opens what failed; the rest opens by a click."""
    for step in ("s1-t1-k1", "s1-t1-k2"):
        frame.evaluate(f"makeElementVisible('{step}')")
    frame.wait_for_selector("#kept", state="attached")


def _heard(listening: socket.socket) -> bytes:
    """What came in; a connection that the browser only holds ready says nothing."""
    try:
        with closing(listening.accept()[0]) as one:
            one.settimeout(1)
            return one.recv(100)
    except OSError:
        return b""
