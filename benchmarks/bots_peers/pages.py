"""The pages that every contestant works on: a record with 12 fields, and 200 results that depend on what was entered.

Run as a script: serves the pages and a system of record on free ports, prints their addresses as one JSON line, and
ends with its standard input.
"""

import csv
import io
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import quote

sys.path[0] = str(Path(__file__).parent.parent.parent)

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from batchwright.support.servers import Server, bind
from mes_core.domain.principals import SystemPrincipal
from mes_core.messages import BatchRecord
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from mes_core.web.app import create_app

FIELDS = (
    *("Batch", "Step", "Operator", "Second person", "Equipment", "Material lot", "Quantity", "Unit"),
    *("Started at", "Ended at", "Remark", "Our reference"),
)
HEADERS = ("Result", "Sample", "Test", "Value", "Entered by")
ROWS = 200
ACCOUNT, PASSWORD = "bot-bench", "bench-only-password"
_STYLE = "<style>body{font:14px sans-serif}td,th{padding:2px 8px;border-bottom:1px solid #ccc}p{margin:4px}</style>"


def key_of(label: str) -> str:
    """A field's name and id in the page."""
    return label.lower().replace(" ", "_")


def values_of(number: int) -> dict[str, str]:
    """What every contestant enters into record `number`, by label."""
    return {label: f"{label} {number}-{place}" for place, label in enumerate(FIELDS[:-1])} | {
        FIELDS[-1]: f"entry:B-{number}"
    }


def results_of(number: int, entered: Sequence[str]) -> list[list[str]]:
    """The table that record `number` shows after these values were entered."""
    return [
        [f"R-{number}-{row}", f"S-{row % 10}", f"Test {row % 7}", f"{(number * row) % 997 / 10:.1f}", entered[row % 12]]
        for row in range(1, ROWS + 1)
    ]


def _page(title: str, body: str) -> HTMLResponse:
    head = f'<meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">{_STYLE}'
    return HTMLResponse(f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{title}</h1>{body}</body></html>')


def _table(caption: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in headers)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _field(label: str) -> str:
    key = key_of(label)
    return f'<p><label for="{key}">{label}</label> <input id="{key}" name="{key}" required></p>'


def create_site() -> Starlette:
    """The pages; everything entered is kept in memory, every entry as a row of its own."""
    entries: list[tuple[int, list[str]]] = []

    def record(request: Request) -> Response:
        del request
        fields = "".join(_field(one) for one in FIELDS)
        return _page("Record", f'<form method="post">{fields}<p><button id="save">Save record</button></p></form>')

    async def save(request: Request) -> Response:
        sent = await request.form()
        number = int(request.path_params["number"])
        entries.append((number, [str(sent[key_of(one)]) for one in FIELDS]))
        return RedirectResponse(f"/records/{number}/results?entry={len(entries)}", 303)

    def results(request: Request) -> Response:
        entry = int(request.query_params["entry"])
        number, entered = entries[entry - 1]
        rows = results_of(number, entered)
        said = f'<p>Entry number: <output aria-label="Entry number">E-{entry}</output></p><p>{len(rows)} entries</p>'
        return _page("Record saved", said + _table("Results", HEADERS, rows))

    def _found(request: Request) -> list[list[str]]:
        wanted = request.query_params.get("our_reference", "")
        return [[f"E-{n}", entered[-1]] for n, (_, entered) in enumerate(entries, start=1) if wanted in entered[-1]]

    def listed(request: Request) -> Response:
        wanted, rows = request.query_params.get("our_reference", ""), _found(request)
        form = (
            '<form><p><label for="f">Our reference</label> <input id="f" name="our_reference" value="'
            f'{escape(wanted)}"></p><p><button>Filter</button></p></form>'
        )
        link = f'<p>{len(rows)} entries <a href="/entries.csv?our_reference={quote(wanted)}">Export</a></p>'
        return _page("Entries", form + link + _table("Entries", ("Entry", "Our reference"), rows))

    def exported(request: Request) -> Response:
        out = io.StringIO()
        csv.writer(out).writerows([("Entry", "Our reference"), *_found(request)])
        return PlainTextResponse(out.getvalue(), media_type="text/csv")

    return Starlette(
        routes=[
            Route("/records/{number}", record),
            Route("/records/{number}", save, methods=["POST"]),
            Route("/records/{number}/results", results),
            Route("/entries", listed),
            Route("/entries.csv", exported),
        ]
    )


def _batch(number: int) -> BatchRecord:
    head = {"kind": "car_t", "product": "Cells", "product_code": "P", "master_record": "M", "procedure": "CAR-T"}
    return BatchRecord.model_validate({**head, "batch_id": f"B-{number}", "master_record_version": "1"})


def main() -> None:
    """Serve until the input ends; the argument is how many work items the system of record has."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mes = Mes(open_store(folder / "mes.sqlite"), BuiltinRules(None), lambda: datetime.now(UTC))
        mes.create_bot(ACCOUNT, PASSWORD, actor=SystemPrincipal("bench"))
        for number in range(int(sys.argv[1])):
            mes.submit_batch(_batch(number), SystemPrincipal("bench"))
        site = stack.enter_context(Server(create_site(), bind())).url
        own = stack.enter_context(Server(create_app(mes), bind())).url
        sys.stdout.write(json.dumps({"site": site, "mes": own}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
