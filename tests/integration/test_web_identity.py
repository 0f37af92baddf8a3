"""Who the patient is stays out of pictures and texts of the evidence, in whichever frame or root a page draws it."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Error, Page
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from tiny_sites import Desk, bot_at, page

from keywords import evidence_folder
from keywords.browser import WarmBrowser
from keywords.evidence_folder import MASK_COLOUR, EvidenceFolder
from keywords.identity_masks import take

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-009")]
_NAME = "Anna Canary 1971"
_WHO = f"<div data-who style='background:#ff00ff;color:#ff00ff;width:300px;height:60px'>{_NAME}</div>"
_SHADOW = "document.getElementById('w').attachShadow({{mode: '{}'}}).innerHTML = `{}`;"


def _drawn(how: str) -> tuple[str, str]:
    """A page's HTML and script that show the patient."""
    return {
        "plain": (_WHO, ""),
        "frame": ("<iframe title=Patient src=/who width=400 height=90></iframe>", ""),
        "frame in a frame": ("<iframe title=Outer src=/outer width=500 height=200></iframe>", ""),
        "open root": ("<x-who id=w></x-who>", _SHADOW.format("open", _WHO)),
        "closed root": ("<x-who id=w></x-who>", _SHADOW.format("closed", _WHO)),
        "closed root with a box": ("<x-who id=w style='display:block'></x-who>", _SHADOW.format("closed", _WHO)),
        "closed root in a frame": ("<iframe title=Patient src=/closed width=400 height=90></iframe>", ""),
        "closed root in an open one": (
            "<x-who id=w></x-who>",
            _SHADOW.format("open", "<span id=in></span>")
            + "document.getElementById('w').shadowRoot.getElementById('in').attachShadow({mode: 'closed'}).innerHTML"
            + f" = `{_WHO}`;",
        ),
    }[how]


def _colours(picture: Path) -> set[tuple[int, ...]]:
    with Image.open(picture) as image:
        return {tuple(colour[:3]) for _, colour in image.convert("RGB").getcolors(1 << 24)}


@pytest.mark.parametrize(
    "how",
    [
        *("plain", "frame", "frame in a frame", "open root", "closed root", "closed root with a box"),
        *("closed root in a frame", "closed root in an open one"),
    ],
)
def test_the_patient_is_covered_wherever_a_page_draws_it(how: str, tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()
    desk.add({"batch": "B-1"})
    body, script = _drawn(how)

    async def orders(request: Request) -> Response:
        return page("Orders", body + desk.filter() + desk.listed(desk.matching(request)), script)

    async def who(_: Request) -> Response:
        return HTMLResponse(f"<body>{_WHO}</body>")

    async def outer(_: Request) -> Response:
        return HTMLResponse("<body><iframe src=/who width=400 height=90></iframe></body>")

    async def closed(_: Request) -> Response:
        return HTMLResponse(f"<body><x-who id=w></x-who><script>{_SHADOW.format('closed', _WHO)}</script></body>")

    routes = (("/orders", desk.inside(orders)), ("/who", who), ("/outer", outer), ("/closed", closed))
    desk.routes = [Route(path, handler) for path, handler in routes]
    with bot_at(desk, browser, tmp_path) as bot:
        read = bot.read()
        assert (bot.said, read is not None and len(read.rows)) == ("", 1)
        assert bot.context.picture("desk", "orders")
        kept = bot.context.evidence.path
    pictures = sorted(kept.rglob("*.png"))
    assert pictures
    for picture in pictures:
        colours = _colours(picture)
        assert (255, 0, 255) not in colours, f"{picture} shows the patient"
    assert tuple(int(MASK_COLOUR[at : at + 2], 16) for at in (1, 3, 5)) in _colours(pictures[-1])
    assert _NAME not in "".join(one.read_text("utf-8") for one in kept.rglob("*.html"))


_MARK = tuple(int(MASK_COLOUR[at : at + 2], 16) for at in (1, 3, 5))
_SHOWS = "background:#ff00ff;color:#ff00ff;width:300px;height:60px"
_CLOSED = f"<x-who><template shadowrootmode=closed>{_WHO}</template></x-who>"
_RECT = "<rect width=300 height=60 fill=#ff00ff data-who id=r />"
_PICTURED = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='60'>"
    "<rect data-who='' width='300' height='60' fill='%23ff00ff'/></svg>"
)
_BEYOND = {
    "a child placed elsewhere": f"<div data-who style='width:40px;height:20px;position:relative'>"
    f"<span style='position:absolute;left:200px;{_SHOWS}'>{_NAME}</span></div>",
    "text that runs out": "<div data-who style='width:20px;white-space:nowrap;color:#ff00ff;font:40px monospace'>ab "
    f"{'█' * 10}</div>",
    "a parent without height": f"<div data-who style='height:0'><div style='float:left;{_SHOWS}'>{_NAME}</div></div>",
    "a parent without a box": "<div data-who style='display:contents;color:#ff00ff'>███"
    f"<p style='{_SHOWS}'>x</p></div>",
    "a hidden parent": "<div data-who style='visibility:hidden'>"
    f"<p style='visibility:visible;{_SHOWS}'>{_NAME}</p></div>",
    "a drawing used again": f"<svg width=300 height=60><defs>{_RECT}</defs><use href=#r /></svg>",
    "what CSS adds": f"<style>.n::after{{content:'';position:absolute;left:200px;display:block;{_SHOWS}}}</style>"
    "<div class=n data-who style='width:30px;height:20px'></div>",
    "a shadow of text": "<div data-who style='width:40px;text-shadow:200px 0 #ff00ff;color:transparent'>███</div>",
    "a slow change": "<div data-who style='height:0;transition:all 9s'>"
    f"<div style='transition:all 9s;{_SHOWS}'>x</div></div>",
    "slotted": "<div><template shadowrootmode=open>"
    "<b data-who style='display:block;width:3px;height:3px'><slot></slot></b></template>"
    f"<p style='{_SHOWS}'>x</p></div>",
    "a policy without styles": "<meta http-equiv=Content-Security-Policy content=\"style-src 'none'\">"
    f"<svg width=300 height=60><defs>{_RECT}</defs><use href=#r /></svg>",
    "closed by HTML alone": _CLOSED,
    "closed by HTML alone in a frame": f'<iframe sandbox width=400 height=90 srcdoc="{_CLOSED}"></iframe>',
    "a drawing as a frame": f'<iframe width=400 height=90 src="data:image/svg+xml,{_PICTURED}"></iframe>',
    "a drawing as an object": f'<object width=400 height=90 data="data:image/svg+xml,{_PICTURED}"></object>',
}
_BY_SCRIPT = {
    "closed by setHTMLUnsafe": f"document.body.setHTMLUnsafe(`{_CLOSED}`)",
    "closed in an empty frame": "const f = document.createElement('iframe'); document.body.append(f);"
    f" f.contentDocument.body.setHTMLUnsafe(`{_CLOSED}`)",
    "closed, drawn outside its element": "document.body.innerHTML = '<div id=w style=\"width:2px;height:2px\"></div>';"
    " document.getElementById('w').attachShadow({mode: 'closed'}).innerHTML = "
    f"`<div style='position:absolute;left:200px;{_SHOWS}'>x</div>`",
    "closed in another document": "const f = document.createElement('iframe'); f.hidden = true;"
    " document.body.append(f); const h = f.contentDocument.createElement('div');"
    f" h.attachShadow({{mode: 'closed'}}).innerHTML = `{_WHO}`; document.body.append(document.adoptNode(h))",
    "a frame in an open root": "document.body.innerHTML = '<iframe></iframe><div id=w></div>';"
    " document.getElementById('w').attachShadow({mode: 'open'}).innerHTML = '<iframe></iframe><iframe></iframe>';"
    " const d = document.getElementById('w').shadowRoot.lastChild.contentDocument;"
    f" d.body.innerHTML = `{_WHO}`",
    "a frame in an open root that goes on loading": "document.body.innerHTML = '<iframe></iframe><div id=w></div>';"
    " const root = document.getElementById('w').attachShadow({mode: 'open'}); root.innerHTML = '<iframe></iframe>';"
    f" setInterval(() => {{ root.lastChild.srcdoc = `{_WHO}` + Math.random(); }}, 100)",
    "a frame that goes on loading": "const f = document.createElement('iframe'); document.body.append(f);"
    f" setInterval(() => {{ f.srcdoc = `{_WHO}` + Math.random(); }}, 100)",
}


@pytest.fixture
def bare(browser: WarmBrowser) -> Iterator[Page]:
    """A page with nothing on it yet."""
    yield browser.open_page("nobody")
    browser.end_item(failed=False)


def _shows_who(picture: Path) -> bool:
    return any(red > 180 and blue > 180 and green < 100 for red, green, blue in _colours(picture))


def _pictured(page: Page, folder: Path, *, whole: bool = False, identity: str = "[data-who]") -> Path:
    evidence = EvidenceFolder(folder)
    return evidence.path / evidence.picture(page, "one", identity, whole=whole)


@pytest.mark.parametrize("how", [*_BEYOND, *_BY_SCRIPT])
def test_nothing_of_the_patient_is_drawn_outside_what_is_covered(how: str, tmp_path: Path, bare: Page) -> None:
    if how in _BEYOND:
        bare.set_content(f"<!doctype html><body>{_BEYOND[how]}<p>Rest of the page</p>")
    else:
        bare.set_content("<!doctype html><body><p>Rest of the page</p>")
        bare.evaluate(f"() => {{ {_BY_SCRIPT[how]} }}")
    bare.wait_for_timeout(250)
    (tmp_path / "seen.png").write_bytes(bare.screenshot())
    assert _shows_who(tmp_path / "seen.png"), "the page shows nobody, so this proves nothing"
    for whole in (False, True):
        assert not _shows_who(_pictured(bare, tmp_path / f"covered-{whole}", whole=whole))


def test_a_picture_leaves_the_page_as_it_was(tmp_path: Path, bare: Page) -> None:
    bare.set_content("<style>* { transition: all 2s }</style><input data-who value=Anna><p>Rest</p>")
    bare.focus("input")
    bare.evaluate(
        "() => { window.heard = []; for (const one of ['blur', 'transitionrun']) "
        "document.addEventListener(one, (e) => heard.push(e.type + (e.propertyName || '')), true) }"
    )
    assert _MARK in _colours(_pictured(bare, tmp_path))
    bare.wait_for_timeout(100)
    assert bare.evaluate(
        "() => [document.adoptedStyleSheets.length, getComputedStyle(document.querySelector('input')).opacity,"
        " document.activeElement.tagName, heard.filter((one) => !one.includes('caret'))]"
    ) == [0, "1", "INPUT", []]


@pytest.mark.parametrize("selector", ["div:::x", "[data-who", "p) {} :is(p"])
def test_everything_is_covered_where_the_selector_is_none(selector: str, tmp_path: Path, bare: Page) -> None:
    bare.set_content(f"<!doctype html><body style='margin:0;height:100vh'>{_WHO}")
    evidence = EvidenceFolder(tmp_path)
    name = evidence.picture(bare, "one", selector)
    assert not name or _colours(evidence.path / name) == {_MARK}
    assert _NAME not in "".join(one.read_text("utf-8") for one in evidence.path.rglob("*.html"))


def test_a_picture_that_fails_is_said_in_its_place_and_the_snapshot_is_kept(
    tmp_path: Path, bare: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> bytes:
        raise Error("no such thing")

    monkeypatch.setattr(evidence_folder, "take", fails)
    bare.set_content("<p>Rest</p>")
    evidence = EvidenceFolder(tmp_path)
    assert evidence.picture(bare, "one", "[data-who]") == ""
    assert (tmp_path / "pictures" / "01-one.txt").read_text("utf-8") == "No picture of 'one': no such thing\n"
    assert "Rest" in (tmp_path / "snapshots" / "01-one.html").read_text("utf-8")


def test_no_attribute_and_no_slotted_text_names_the_patient_in_a_snapshot(tmp_path: Path, bare: Page) -> None:
    name = _NAME.replace(" ", "")
    bare.set_content(
        f"<a data-who href='http://x/{name}' aria-description={name} id={name} class={name}>x</a><div data-who"
        f" aria-valuetext={name}><i title={name}>x</i></div>"
        f"<table><tr><td data-who colspan=2 headers={name}>{name}</table>"
        f"<div><template shadowrootmode=open><b data-who><slot></slot></b></template>{name}"
        f"<p title={name}>{name}</p></div>"
        f"<div id=c>{name}</div><p>Rest</p>"
    )
    bare.evaluate(
        "() => { document.getElementById('c').attachShadow({mode: 'closed'}).innerHTML ="
        " '<b data-who><slot></slot></b>' }"
    )
    _pictured(bare, tmp_path)
    said = (tmp_path / "snapshots" / "01-one.html").read_text("utf-8")
    assert name not in said
    assert 'colspan="2"' in said
    assert "Rest" in said


def test_a_page_without_our_tools_is_masked_all_the_same(browser: WarmBrowser) -> None:
    """As of a browser that somebody else started: its picture is evidence too."""
    page = browser.open_page("desk", None)
    context = page.context.browser.new_context()  # type: ignore[union-attr]
    try:
        bare = context.new_page()
        bare.set_content(f"<body>{_WHO}</body>")
        with Image.open(io.BytesIO(take(bare, "[data-who]", MASK_COLOUR))) as image:
            colours = {tuple(colour[:3]) for _, colour in image.convert("RGB").getcolors(1 << 24)}
    finally:
        context.close()
    assert (255, 0, 255) not in colours
