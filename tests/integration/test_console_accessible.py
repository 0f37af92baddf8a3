"""Every page of the console for every role in a real browser: axe-core, keyboard, narrow, forced colours and dark."""

import json
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from batchwright.support.servers import Server, bind
from keywords.browser import launch_flags
from keywords.browser_finder import find_browser
from keywords.evidence_folder import EvidenceFolder
from mes_core.domain.principals import Role
from mes_core.messages import views as v
from mes_core.web import create_app

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
from console_plant import EVERYTHING, HELD, READY, SHIPPED, USERS, furnish
from mes_support import PASSWORD, Plant, running_plant

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-290")]
AXE = Path(__file__).parent / "axe" / "axe.min.js"
"""The library by others, unchanged; what it is and where it comes from stands beside it."""
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PAGES = (
    "/",
    "/?state=on_hold",
    "/exceptions",
    "/release",
    "/clocks",
    "/clocks?show=all",
    "/clocks/events",
    "/clocks/events?kind=deviation",
    "/clocks/events/{event_id}",
    "/shipments",
    "/shipments/calendar?from=2026-03-02",
    "/flow",
    "/work",
    "/work-items/{item_id}/live",
    "/due",
    "/due?mine=true",
    "/predictions",
    "/predictions?decided=true",
    "/genealogy",
    "/genealogy?kind=patient&key=PAT-1",
    "/genealogy?kind=lot&key=none",
    "/audit",
    f"/audit?chain={HELD}",
    "/audit/verification",
    "/plant",
    "/register",
    "/accounts",
    "/password",
    "/search?q=PAT",
    "/evidence/{attempt}",
    "/evidence/{attempt}/log.html",
    f"/batches/{HELD}",
    "/batches/HELD-2",
    f"/batches/{READY}",
    f"/batches/{SHIPPED}",
    "/batches/NOT-THERE",
    "/no-such-page",
)
_NO_PAGES = {
    "/audit/export",
    "/work-items/{item_id}/events",
    "/evidence-frame/{key}/{path:path}",
    "/metrics",
    "/openapi.json",
}
"""Files, and a frame that shows a bot's file as it is."""


class Console(NamedTuple):
    """A furnished plant that is served, a browser, and what the addresses of its pages name."""

    browser: Browser
    url: str
    named: dict[str, str]
    plant: Plant

    def person(self, user: str, **more: Any) -> BrowserContext:
        """A browser session of a person, past every policy that keeps scripts out, as axe-core is one."""
        context = self.browser.new_context(bypass_csp=True, **more)
        context.set_default_timeout(20_000)
        answer = context.request.post(f"{self.url}/login", form={"user": user, "password": PASSWORD})
        assert answer.ok, answer.text()
        return context

    def address(self, page: str) -> str:
        """Where a page of the table is."""
        return self.url + page.format(**self.named)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("console")
    with running_plant(folder / "store.sqlite") as plant:
        named = {**furnish(plant), "attempt": _attempt(plant, folder)}
        app = create_app(plant.mes, evidence=folder / "evidence")
        with Server(app, bind()) as server, sync_playwright() as playwright:
            program = str(find_browser().path)
            browser = playwright.chromium.launch(executable_path=program, args=launch_flags())
            yield Console(browser, server.url, named, plant)
            browser.close()


def _attempt(plant: Plant, folder: Path) -> str:
    """An attempt with evidence, which ends the item in hand of the batch."""
    bot = plant.at("EARLY-00")
    assert bot.lease is not None
    kept = EvidenceFolder(folder / "evidence" / "EARLY-00" / "A-1")
    (kept.path / "log.html").write_text("<!doctype html><title>Log</title><p>Told by a bot.</p>", encoding="utf-8")
    evidence = v.EvidenceRef(path="evidence/EARLY-00/A-1", sha256=kept.seal({}))
    done = v.ItemDone(epoch=bot.lease.epoch, evidence=evidence)
    plant.mes.complete(bot.lease.item_id, done, bot)
    return "EARLY-00/A-1"


def _open_everything(page: Page) -> None:
    page.evaluate(
        "() => { document.querySelectorAll('details').forEach(one => one.open = true);"
        " document.querySelectorAll('dialog').forEach(one => one.show()) }"
    )


def _violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA, one line each."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "iframes": False}
    found = page.evaluate("options => axe.run(document, options)", options)
    assert len(found["passes"]) > 5, "axe-core looked at nothing"
    return [
        f"{one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


def _parts(page: Page) -> set[str]:
    """What is in a page and what stands around it, without what names the person and the form.

    Roles differ in a few forms and links: what was looked at in the same words already is not looked at again.
    """
    content, around = page.evaluate(
        "() => { const inside = document.querySelector('main'), html = inside.innerHTML;"
        " return [html, document.documentElement.outerHTML.replace(html, '')] }"
    )
    around = re.sub(r'<title>.*?</title>|href="[^"]*"| aria-current="page"', "", around)
    return {re.sub(r'value="[0-9a-f]{64,}"|<span>[^<]* (Example|Person)</span>', "", one) for one in (content, around)}


def test_the_checker_is_the_one_that_its_page_names() -> None:
    told = (AXE.parent / "README.md").read_text(encoding="utf-8")
    assert sha256(AXE.read_bytes()).hexdigest() in told


def test_every_page_stands_in_the_table(console: Console) -> None:
    app = create_app(console.plant.mes)
    paths = {one.path for one in _routes(app) if "GET" in one.methods and not one.include_in_schema}
    shown = {re.sub(r"\{.*?\}", "{}", page.partition("?")[0]) for page in PAGES}
    missing = []
    for path in sorted(paths - _NO_PAGES - {"/login"}):
        pattern = re.sub(r"\\\{[^}]*path\\\}", ".+", re.escape(path))
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", pattern)
        if not any(re.fullmatch(pattern, page) for page in shown):
            missing.append(path)
    assert missing == []


def _routes(app: Any) -> Iterator[Any]:
    for one in app.routes:
        if hasattr(one, "methods") and hasattr(one, "include_in_schema"):
            yield one
        for part in getattr(getattr(one, "original_router", None), "routes", ()):
            if hasattr(part, "include_in_schema"):
                yield part


def test_axe_finds_nothing_on_any_page_of_any_role_with_everything_open(console: Console) -> None:
    seen: set[str] = set()
    found: dict[str, list[str]] = {}
    for user in (EVERYTHING, *USERS.values()):
        context = console.person(user)
        page = context.new_page()
        for path in PAGES:
            page.goto(console.address(path))
            parts = _parts(page)
            if parts <= seen:
                continue
            seen |= parts
            _open_everything(page)
            if problems := _violations(page):
                found[f"{user} {path}"] = problems
        context.close()
    nobody = console.browser.new_context(bypass_csp=True).new_page()
    nobody.goto(f"{console.url}/login")
    if problems := _violations(nobody):
        found["/login"] = problems
    assert len(seen) > 2 * len(PAGES), (len(seen), "roles are shown different pages")
    assert found == {}, json.dumps(found, indent=1)


@pytest.mark.parametrize("how", ["dark", "forced", "phone"])
def test_axe_finds_nothing_in_the_dark_with_forced_colours_or_on_a_phone(console: Console, how: str) -> None:
    more: dict[str, Any] = {
        "dark": {"color_scheme": "dark"},
        "forced": {"forced_colors": "active"},
        "phone": {"viewport": {"width": 390, "height": 844}},
    }[how]
    context = console.person(EVERYTHING, **more)
    page = context.new_page()
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page.goto(console.address(path))
        _open_everything(page)
        if problems := _violations(page):
            found[path] = problems
    context.close()
    assert found == {}, json.dumps(found, indent=1)


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_scrolls_sideways_when_narrow_or_twice_as_large(console: Console, width: int) -> None:
    """320 px is 1280 px at 400 %; 640 px is 1280 px at 200 %. Tables and pictures scroll within themselves."""
    context = console.person(EVERYTHING, viewport={"width": width, "height": 640})
    page = context.new_page()
    wide = {}
    for path in PAGES:
        page.goto(console.address(path))
        _open_everything(page)
        if (needed := page.evaluate("document.scrollingElement.scrollWidth")) > width:
            culprits = page.evaluate(
                "width => [...document.querySelectorAll('main *, header *')].filter(one => !one.closest('.scroll') &&"
                " one.getBoundingClientRect().right > width + 1).slice(0, 3).map(one => one.outerHTML.slice(0, 120))",
                width,
            )
            wide[path] = (needed, culprits)
    context.close()
    assert wide == {}


def test_what_opens_and_where_links_lead_is_told_by_their_names(console: Console) -> None:
    """Two parts that fold, or two links, of one name on a page are one thing to whoever hears the page."""
    context = console.person(EVERYTHING)
    page = context.new_page()
    found: dict[str, Any] = {}
    for path in PAGES:
        page.goto(console.address(path))
        same = page.evaluate(
            """() => {
              const named = {}, twice = [];
              for (const one of document.querySelectorAll('main summary')) {
                const name = 'fold: ' + one.textContent.trim().replace(/\\s+/g, ' ');
                if (named[name]) twice.push(name); named[name] = 'fold';
              }
              for (const one of document.querySelectorAll('a[href]')) {
                const label = one.getAttribute('aria-label') || one.textContent;
                const name = 'link: ' + label.trim().replace(/\\s+/g, ' ');
                const to = one.href;
                if (named[name] && named[name] !== to && name !== 'link: Batchwright') twice.push(name + ' ' + to);
                named[name] = to;
              }
              return twice;
            }"""
        )
        if same:
            found[path] = same[:5]
    context.close()
    assert found == {}, json.dumps(found, indent=1)


def test_every_head_of_a_table_says_what_it_heads(console: Console) -> None:
    context = console.person(EVERYTHING)
    page = context.new_page()
    heads, without = 0, {}
    for path in PAGES:
        page.goto(console.address(path))
        heads += page.locator("th").count()
        if bare := page.locator("th:not([scope])").count():
            without[path] = bare
    context.close()
    assert heads > 100
    assert without == {}


def test_the_skip_link_is_first_and_where_one_is_is_marked(console: Console) -> None:
    context = console.person(USERS[Role.REVIEWER])
    page = context.new_page()
    page.goto(f"{console.url}/exceptions")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    marked = page.locator("nav[aria-label=Main] [aria-current=page]")
    assert marked.all_inner_texts() == ["Exceptions"]
    page.goto(f"{console.url}/batches/{HELD}")
    assert page.locator("nav[aria-label=Main] [aria-current]").all_inner_texts() == ["Batches"]
    assert page.locator("h1").count() == 1
    context.close()


def test_after_an_action_the_focus_is_on_what_was_done_or_refused(console: Console) -> None:
    context = console.person(USERS[Role.REVIEWER])
    page = context.new_page()
    page.goto(f"{console.url}/batches/HELD-2")
    form = page.locator("#sign form").filter(has=page.get_by_label("Reason")).first
    form.get_by_label("Reason").fill("Findings are explained.")
    with page.expect_navigation():
        form.get_by_role("button", name="Ask the bot").press("Enter")
    assert "queued for the review bot" in page.evaluate("document.activeElement.textContent")
    page.locator("#rule-R2 summary", has_text="Close these").click()
    closing = page.locator('#rule-R2 form[action$="/findings"]')
    closing.get_by_label("Reason").fill("Explained.")
    closing.get_by_label("Password").fill("wrong")
    with page.expect_navigation():
        closing.get_by_role("button").press("Enter")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    context.close()
