"""A cell is read as a person sees it, or it is refused by its name."""

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tiny_sites import Desk, bot_at, page, said

from keywords.browser import WarmBrowser

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-090")]


RESULTS = {
    "results": {
        "path": "/results",
        "caption": "Results",
        "filters": {"batch": "Charge"},
        "columns": {"sample": "Sample", "batch": "Charge", "test": "Test", "value": "Value", "status": "State"},
    }
}
HEAD = ("Sample", "Charge", "Test", "Value", "State")


def results(rows: str, head: str = "", count: str = "<p>1 orders</p>", style: str = "") -> Desk:
    """A desk with one list of results, drawn as a test says."""
    desk = Desk()
    heads = head or "".join(f"<th>{one}</th>" for one in HEAD)

    async def show(request: Request) -> Response:
        batch = said(request.query_params.get("batch", ""))
        field = f'<label>Charge <input name=batch value="{batch}"></label>'
        form = f"<form action=/results>{field}<button>Search</button></form>"
        drawn = f"<table><caption>Results</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        return page("Results", form + drawn + count, head=style)

    desk.routes = [Route("/results", desk.inside(show))]
    return desk


def line(value: str, status: str = "Fail", test: str = "Endotoxin") -> str:
    """A row of results."""
    return f"<tr><td>S-1</td><td>B-1</td><td>{test}</td><td>{value}</td><td>{status}</td></tr>"


def one(columns: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """What the locators say of the list of results."""
    return {
        "lists": {
            "results": {**RESULTS["results"], "columns": {**RESULTS["results"]["columns"], **(columns or {})}, **more}
        }
    }


GLYPH = '<span title="Fail" style="color:red">&#10006;</span>'
TWO_VALUES = "".join(f"<th>{header}</th>" for header in ("Sample", "Charge", "Test", "Value", "Value", "State"))
TWO_CELLS = "<tr><td>S-1</td><td>B-1</td><td>Endotoxin</td><td>0.2</td><td>8.5</td><td>Fail</td></tr>"
TWO_LINES = (
    "<th rowspan=2>Sample</th><th rowspan=2>Charge</th><th rowspan=2>Test</th><th colspan=2>Outcome</th></tr>"
    "<tr><th>Value</th><th>State</th>"
)
SPANNED = (
    "<tr><td rowspan=2>S-1</td><td rowspan=2>B-1</td><td>Viability</td><td>92</td><td>Pass</td></tr>"
    "<tr><td>Endotoxin</td><td>8.5</td><td>Fail</td></tr>"
)
HIDDEN_TEXT = '<span style="display:none">0000000850</span>8.5'
ASIDE = '<span style="position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)">endotoxin </span>8.5'
FIELDS = line("<input value=8.5>", "<select><option>Pass</option><option selected>Fail</option></select>")


@pytest.mark.parametrize(
    ("desk", "words"),
    [
        (lambda: results(line(HIDDEN_TEXT)), one()),
        (lambda: results(line(ASIDE)), one()),
        (lambda: results(line("<del>0.2</del> <ins>8.5</ins>")), one()),
        (lambda: results(line('<span style="text-decoration:line-through">0.2</span> 8.5')), one()),
        (lambda: results(line("８．５")), one()),
        (lambda: results(line("8\u200b.5")), one()),
        (lambda: results(line("<b>8</b>.<i>5</i>")), one()),
        (lambda: results(line("8.5 <button>Edit</button>")), one()),
        (lambda: results(line('8.5 <img alt="" src="data:,">')), one()),
        (lambda: results(line("8.5<sup>1</sup>")), one({"value": {"header": "Value", "raised": "note"}})),
        (
            lambda: results(line("8,5")),
            one({"value": {"header": "Value", "type": "number", "numbers": {"decimal": ","}}}),
        ),
        (lambda: results(line("8.5 EU/mL")), one({"value": {"header": "Value", "type": "value", "unit": "EU/mL"}})),
        (lambda: results(TWO_CELLS, TWO_VALUES), one({"value": {"header": "Value", "nth": 2}})),
        (lambda: results(line("8.5"), TWO_LINES), one()),
        (lambda: results(line("8.5"), TWO_LINES), one({"value": {"header": "Value", "under": "Outcome"}})),
        (
            lambda: results(FIELDS),
            one(
                {
                    name: {"header": COLUMN, "cell": "field"}
                    for name, COLUMN in (("value", "Value"), ("status", "State"))
                }
            ),
        ),
        (lambda: results(line("8.5", GLYPH)), one({"status": {"header": "State", "cell": "icon"}})),
        (
            lambda: results(line("8.5", '<img alt="red cross" src="data:,">')),
            one({"status": {"header": "State", "cell": "icon", "icons": {"red cross": "Fail"}}}),
        ),
        (
            lambda: results(line("8.5") + "<tr hidden><td>S-9</td><td>B-1</td><td>x</td><td>1</td><td>Pass</td></tr>"),
            one(),
        ),
        (lambda: results(line("8.5") + "<tr><td colspan=5>Sum: 8.5</td></tr>"), one(skip="^Sum")),
        (lambda: results(line("8.5") + "<tr><td></td><td></td><td></td><td></td><td></td></tr>"), one()),
        (lambda: results(line("8.5"), count="<div><span>State of 12 March</span></div><p>1 orders</p>"), one()),
    ],
    ids=[
        *(
            "hidden text",
            "for the ear",
            "deleted",
            "struck",
            "full width",
            "no width",
            "in pieces",
            "button",
            "ornament",
        ),
        *("note", "comma", "unit", "second of a name", "two lines of headers", "under", "fields", "glyph", "icon map"),
        *("hidden row", "a sum", "an empty row", "another number near"),
    ],
)
def test_a_cell_is_what_a_person_reads(desk: Any, words: dict[str, Any], tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(desk(), browser, tmp_path, words) as bot:
        read = bot.read("results")
    assert bot.said == ""
    assert read is not None
    assert [(row["value"], row["status"]) for row in read.rows] == [("8.5", "Fail")]


@pytest.mark.parametrize(
    ("desk", "code", "names"),
    [
        (lambda: results(TWO_CELLS, TWO_VALUES), "BUSINESS COLUMN_NOT_ONE", "'Value'"),
        (lambda: results(line("<input value=8.5>")), "BUSINESS CELL_HOLDS_FIELD", "'Value'"),
        (lambda: results(line("8.5", GLYPH)), "BUSINESS CELL_HOLDS_PICTURE", "(Fail)"),
        (lambda: results(line("8.5", '<img alt="Pass" src="data:,">')), "BUSINESS CELL_HOLDS_PICTURE", "'State'"),
        (lambda: results(line("8.5<sup>1</sup>")), "BUSINESS CELL_RAISED", "'Value'"),
        (lambda: results(line("10<sup>6</sup>")), "BUSINESS CELL_RAISED", "'6'"),
        (lambda: results(line("\u202e5.8\u202c")), "APPLICATION CELL_TURNED", "'Value'"),
        (lambda: results(SPANNED), "APPLICATION LIST_INCOMPLETE", "1 entries, and 2 can be read"),
        (
            lambda: results(line("8.5") + "<tr><td colspan=5>Charge B-2</td></tr>"),
            "BUSINESS ROW_UNLIKE_OTHERS",
            "Charge B-2",
        ),
        (lambda: results(line("8.5") + "<tr><td>S-2</td><td>B-1</td></tr>"), "BUSINESS ROW_UNLIKE_OTHERS", "2 cells"),
        (
            lambda: results(line("8.5"), style="<style>td:nth-child(4), th:nth-child(4) { display: none }</style>"),
            "BUSINESS COLUMN_HIDDEN",
            "'Value'",
        ),
        (
            lambda: results(line("<span class=neg>8.5</span>"), style="<style>.neg::before { content: '<' }</style>"),
            "BUSINESS CELL_DRAWN",
            "'<'",
        ),
        (lambda: results(line("8.5"), count="<p>12.345 orders</p>"), "APPLICATION TOTAL_NOT_READ", "12.345 orders"),
        (lambda: results(line("8.5"), count="<p>1 orders of 200</p>"), "APPLICATION TOTAL_NOT_READ", "1 orders of 200"),
        (lambda: results(line("8.5"), count="<p>1 orders</p><p>7 orders</p>"), "APPLICATION TOTAL_NOT_ONE", "7 orders"),
        (lambda: results(line("8.5"), count=""), "APPLICATION LIST_INCOMPLETE", "states no number"),
        (
            lambda: results(line("8.5"), count="<p>1 orders</p><button>Load more</button>"),
            "APPLICATION LIST_INC",
            "Load more",
        ),
    ],
    ids=[
        *(
            "two of a name",
            "field",
            "glyph",
            "picture",
            "note",
            "power",
            "turned",
            "spanned",
            "group heading",
            "short row",
        ),
        *("hidden column", "drawn sign", "total cut", "total of more", "two totals", "no total", "says more"),
    ],
)
def test_what_nobody_declared_is_refused_by_its_name(
    desk: Any, code: str, names: str, tmp_path: Path, browser: WarmBrowser
) -> None:
    with bot_at(desk(), browser, tmp_path, one()) as bot:
        assert bot.read("results") is None
    assert bot.said.startswith(code)
    assert names in bot.said


def test_rows_below_a_spanned_cell_and_a_heading_are_filled_in(tmp_path: Path, browser: WarmBrowser) -> None:
    with bot_at(results(SPANNED), browser, tmp_path, one(total={"counts": ["sample"]})) as bot:
        read = bot.read("results")
    assert read is not None, bot.said
    assert [(row["sample"], row["value"]) for row in read.rows] == [("S-1", "92"), ("S-1", "8.5")]
    grouped = "<tr><td colspan=4>B-1</td></tr>" + "".join(
        f"<tr><td>S-{n}</td><td>x</td><td>{n}</td><td>Pass</td></tr>" for n in (1, 2)
    )
    heads = "".join(f"<th>{one}</th>" for one in HEAD if one != "Charge")
    desk = results(grouped, heads, "<p>2 orders</p>")
    with bot_at(desk, browser, tmp_path, one(rows_below="batch")) as bot:
        read = bot.read("results")
    assert read is not None, bot.said
    assert [(row["batch"], row["value"]) for row in read.rows] == [("B-1", "1"), ("B-1", "2")]


def test_a_number_beside_a_cell_is_not_glued_to_it(tmp_path: Path, browser: WarmBrowser) -> None:
    head = "".join(f"<th>{one}</th>" for one in ("Sample", "Charge", "Test", "State", "Value"))
    row = "<tr><td>S-1</td><td>B-1</td><td>Endotoxin</td><td>Fail</td><td>8.5</td></tr>"
    with bot_at(results(row, head, "<p>1 order</p>"), browser, tmp_path, one()) as bot:
        read = bot.read("results")
    assert read is not None, bot.said
    assert read.rows[0]["value"] == "8.5"
