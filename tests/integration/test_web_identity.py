"""Who the patient is stays out of pictures and texts of the evidence, in whichever frame or root a page draws it."""

from pathlib import Path

import pytest
from PIL import Image
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from tiny_sites import Desk, bot_at, page

from keywords.browser import WarmBrowser
from keywords.evidence_folder import MASK_COLOUR

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
