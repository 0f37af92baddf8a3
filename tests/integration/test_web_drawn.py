"""What a page draws otherwise than its text stands is not read: a person would have signed the picture."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from test_web_cells import line, one, results
from tiny_sites import Desk, bot_at, page

from keywords.browser import WarmBrowser
from keywords.pages import Pages

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-090")]


def styled(style: str, text: str = "0.2") -> str:
    """A text in a style of its own."""
    return f'<span style="{style}">{text}</span>'


def cells(page: Page, rows: str, style: str = "") -> list[list[Any]]:
    """Rows of a table as the page's tools hand them over."""
    heads = "".join(f"<th>{name}</th>" for name in ("Sample", "Charge", "Test", "Value", "State"))
    table = f"<table><caption>Results</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    page.set_content(f"<!doctype html><style>{style}</style>{table}")
    nothing = dict.fromkeys(("identity", "next", "export", "within", "busy"), "")
    asked = {**nothing, "caption": "Results", "total": "(?!)()", "more": [], "timers": False}
    found: list[list[Any]] = page.evaluate("asked => window.__batchwright.list(asked)", asked)["rows"]
    return found


@pytest.fixture
def bare(browser: WarmBrowser) -> Iterator[Page]:
    """A page without a site."""
    yield browser.open_page("drawn")
    browser.end_item(failed=True)


ORDERED = (
    '<span style="display:inline-flex"><b style="order:3">5</b><b style="order:2">.</b><b style="order:1">8</b></span>'
)
REVERSED = '<span style="display:inline-flex;flex-direction:row-reverse"><b>5</b><b>.</b><b>8</b></span>'
OVER = '<b style="position:relative">0.2<i style="position:absolute;left:0;top:0;background:#fff;width:5em">8.5</i></b>'
IN_A_BOX = "display:inline-block;overflow:hidden;white-space:nowrap;"
CELLS = {
    "the colour of its ground": (styled("color:white;background:white") + "8.5", "faint"),
    "the colour of the page": (styled("color:#fff") + "8.5", "faint"),
    "black on black": (styled("color:black;background:black") + "8.5", "faint"),
    "no colour": (styled("color:transparent") + "8.5", "faint"),
    "a pixel high": (styled("font-size:1px") + "8.5", "faint"),
    "points": (styled("-webkit-text-security:disc", "8.5"), "faint"),
    "filtered": (styled("display:inline-block;filter:opacity(0)") + "8.5", "faint"),
    "blurred": (styled("display:inline-block;filter:blur(9px)", "8.5"), "faint"),
    "indented": (styled(IN_A_BOX + "width:2px;text-indent:-999px") + "8.5", "cut"),
    "clipped": (styled("display:inline-block;clip-path:inset(100%)") + "8.5", "cut"),
    "too wide": (styled(IN_A_BOX + "width:1ch", "850"), "cut"),
    "too high": ('<div style="max-height:1em;line-height:1;overflow:hidden">8.5<br>or 0.2</div>', "cut"),
    "off the page": (styled("margin-left:-9999px") + "8.5", "cut"),
    "folded": ("<details><summary>8.5</summary>0.2</details>", "folded"),
    "left out": ('<div style="content-visibility:hidden">0.2</div>8.5', "folded"),
    "from the right": (styled("unicode-bidi:bidi-override;direction:rtl", "5.8"), "turned"),
    "mirrored": (styled("display:inline-block;transform:scaleX(-1)", "8.5"), "turned"),
    "upside down": (styled("display:inline-block;transform:rotate(180deg)", "6"), "turned"),
    "in reverse": (REVERSED, "turned"),
    "in an order": (ORDERED, "turned"),
    "floating": ('<span style="float:right">0</span>8.5', "turned"),
    "over another": (OVER, "overlaid"),
    "beside its cell": (styled("position:relative;left:300px", "8.5"), "moved"),
}
ROWS = {
    "in another order": "tbody tr { display: flex } tbody td:nth-child(4) { order: 2 }",
    "exchanged": "td { position: relative } td:nth-child(4) { left: 90px } td:nth-child(5) { left: -90px }",
    "in a grid": "tbody tr { display: grid; grid-template-columns: repeat(5, 90px) } tbody td { grid-row: 1 }"
    " tbody td:nth-child(4) { grid-column: 1 } tbody td:nth-child(1) { grid-column: 4 }",
}
AS_IT_STANDS = {
    "an ellipsis": (line(styled(IN_A_BOX + "width:2ch;text-overflow:ellipsis", "8.5")), ""),
    "light on dark": (line(styled("color:#fff;background:#000", "8.5")), ""),
    "a dark page": (line("8.5"), "body { background: #111; color: #eee }"),
    "from the right, a table of such a page": (line("8.5"), "table { direction: rtl }"),
    "at the right": (line("8.5"), "td { text-align: right }"),
    "cards": (line("8.5"), "thead { position: absolute; left: -9999px } tr, td { display: block }"),
    "letters with marks of their own": (line("8.5").replace("Endotoxin", "Fa\u0308rbung e\u0301"), ""),
    "in lines": (line("8.5").replace("Endotoxin", "Endotoxin by the gel clot method"), "td { width: 2em }"),
    "a language from the right": (line("8.5").replace("Endotoxin", "\u05d1\u05d3\u05d9\u05e7\u05d4 8"), ""),
}


def test_a_text_that_is_drawn_otherwise_is_told_of(bare: Page) -> None:
    """One row each, and how."""
    rows = cells(bare, "".join(line(value) for value, _ in CELLS.values()))
    told = dict(zip(CELLS, (row[3].get("o") if isinstance(row[3], dict) else None for row in rows), strict=True))
    assert told == {way: why for way, (_, why) in CELLS.items()}


@pytest.mark.parametrize("way", ROWS)
def test_a_cell_below_another_header_is_told_of(way: str, bare: Page) -> None:
    (row,) = cells(bare, line("8.5"), ROWS[way])
    assert {"o": "moved", "t": "8.5"} in row


@pytest.mark.parametrize("way", AS_IT_STANDS)
def test_what_people_read_as_it_stands_is_a_plain_text(way: str, bare: Page) -> None:
    rows, style = AS_IT_STANDS[way]
    (row,) = cells(bare, rows, style)
    assert (row[3], row[4]) == ("8.5", "Fail")
    assert isinstance(row[2], str)


def test_no_item_reads_what_is_drawn_otherwise(tmp_path: Path, browser: WarmBrowser) -> None:
    """The column is named, with what to do; a width that cuts its text off may be declared."""
    desk = results(line(styled(IN_A_BOX + "width:1ch", "850")))
    with bot_at(desk, browser, tmp_path, one()) as bot:
        assert bot.read("results") is None
    assert bot.said.startswith("BUSINESS CELL_DRAWN_OTHERWISE: 'Value' of the list 'Results' is cut off on the page")
    words = one({"value": {"header": "Value", "clipped": True}})
    with bot_at(desk, browser, tmp_path, words) as bot:
        read = bot.read("results")
    assert read is not None
    assert [row["value"] for row in read.rows] == ["850"]


def shows(value: str, style: str = "") -> Desk:
    """A desk with a page that shows one value under a label."""
    desk = Desk()

    async def show(_request: Request) -> Response:
        return page("One", f"<dl><dt>Dose</dt><dd>{value}</dd></dl>", head=f"<style>{style}</style>")

    desk.routes = [Route("/one", desk.inside(show))]
    return desk


@pytest.mark.parametrize(
    ("value", "style", "says"),
    [
        ("10<sup>6</sup>", "", "'6' raised or lowered"),
        (styled(IN_A_BOX + "width:1ch", "850"), "", "is cut off on the page ('850')"),
        (styled("color:#fff", "5"), "", "nobody can read"),
        ("<span class=least>5</span>", ".least::before { content: '< ' }", "'< ' beside it"),
    ],
    ids=["raised", "cut", "faint", "drawn"],
)
def test_a_value_under_a_label_is_read_as_it_stands_or_not_at_all(
    value: str, style: str, says: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    """By its label, and by a target."""
    for target in ("Dose", "css=dd"):
        with bot_at(shows(value, style), browser, tmp_path) as bot:
            pages = Pages()
            assert bot.attempt(lambda pages=pages: pages.read_detail_page("desk", "Dose", path="/one")) is None
            assert bot.attempt(lambda pages=pages, target=target: pages.read_field("desk", target)) is None
        assert bot.said.startswith("BUSINESS FIELD_DRAWN_OTHERWISE")
        assert says in bot.said


def test_a_value_under_a_label_is_read(tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(shows("<b>2.5</b> mL"), browser, tmp_path) as bot:
        pages = Pages()
        read = bot.attempt(lambda: pages.read_detail_page("desk", "Dose", path="/one"))
    assert (bot.said, read) == ("", {"Dose": "2.5 mL"})
