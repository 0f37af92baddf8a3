"""The four mock sites filled with a little of everything, and a client that is logged in to one of them."""

import asyncio
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
from bots_fakes import PASSWORD
from bots_rows import NOW, results_of, rows, slot
from openpyxl import Workbook

from twin.sites import agency_reggate, courier_cryorun, erp_stockroom, lims_labline

AT = "2026-03-01T08:00:00+00:00"


def workbook(sheet: str = "Form") -> bytes:
    """An Excel workbook with one sheet of this name."""
    book, out = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.title = sheet
    book.save(out)
    return out.getvalue()


@dataclass(frozen=True)
class Case:
    """One site: its list with more rows than a page, and its form with answers that are in order.

    `table` is what the form adds to; `reference` is the column with the number that the site gives.
    """

    name: str
    module: ModuleType
    many: str
    total: int
    filter: dict[str, str]
    filtered: int
    form: str = ""
    table: str = ""
    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)


_SHIPMENT = {"batch": "B-1", "ship_to": "Utrecht", "booking_reference": "CR-1", "our_reference": "ship:B-1"}
_BOOKING = {"customer_reference": "ship:B-1", "contents": "Cells", "shipper_id": "S", "contact": "Somebody"}
_FILING = {
    "form": "Lot distribution report",
    "product": "Cells",
    "applicant_reference": "file:1",
    "declared": "yes",
    "declared_by": "A Person, 2026-03-01: Approved.",
}
CASES = {
    "lims": Case(
        "lims",
        lims_labline,
        "/results",
        130,
        {"batch": "B-2"},
        30,
        "/samples/S-B-1/retest",
        "requests",
        {"test": "Viability", "reason": "Doubtful"},
    ),
    "erp": Case(
        "erp",
        erp_stockroom,
        "/stock",
        60,
        {"lot": "L-1"},
        11,
        "/shipments/new",
        "shipments",
        {**_SHIPMENT, "quantity": "1", "unit": "bag"},
        {"packing_list": ("list.txt", b"one bag")},
    ),
    "courier": Case(
        "courier",
        courier_cryorun,
        "/bookings",
        30,
        {"customer_reference": "ship:B-7"},
        1,
        "/book/S-1",
        "bookings",
        {**_BOOKING, "charged": "yes"},
        {"declaration": ("d.txt", b"harmless")},
    ),
    "agency": Case(
        "agency",
        agency_reggate,
        "/submissions",
        26,
        {"applicant_reference": "old:25"},
        1,
        "/submissions/new",
        "submissions",
        _FILING,
        {"document": ("form.xlsx", workbook())},
    ),
}


def seed(folder: Path) -> None:
    """Fill the stores."""
    keys = "sample_id batch patient_code donation_number type received_at status patient_name birth_date"
    sample = rows(keys, "S-B-1", "B-1", "P-001", "G1", "final", AT, "released", "A <b>Name</b>", "1970-01-01")
    lims_labline.seed(folder / "lims.sqlite", samples=[sample], results=results_of("B-1", 100) + results_of("B-2", 30))
    keys = "material description lot quantity unit expires_on status"
    stock = [rows(keys, f"M-{n}", "=SUM(A1)", f"L-{n}", "5", "mL", "2030-01-01", "unrestricted") for n in range(60)]
    used = rows(
        "posting batch material description lot quantity unit posted_at", "49", "B-1", "M", "x", "L", "1", "mL", AT
    )
    erp_stockroom.seed(folder / "erp.sqlite", stock=stock, consumption=[used])
    courier_cryorun.seed(folder / "courier.sqlite", slots=[slot("S-1", 24, 20, 120, 1), slot("S-0", -5, 20, 120, 1)])
    taken = [{"customer_reference": f"ship:B-{n}", "reference": f"CR-{n}", "booked_at": AT} for n in range(100, 129)]
    courier_cryorun.site._store(folder / "courier.sqlite").add(
        "bookings", [{"customer_reference": "ship:B-7", "reference": "CR-7", "booked_at": AT}, *taken]
    )
    earlier = [{"acknowledgement": f"RG-{n}", "applicant_reference": f"old:{n}", "received_at": AT} for n in range(26)]
    agency_reggate.seed(folder / "agency.sqlite", submissions=earlier)


def app_of(case: Case, folder: Path) -> Any:
    """The application of a site."""
    return case.module.create_app(folder / f"{case.name}.sqlite", clock=lambda: NOW, accounts={"bot": PASSWORD})


class InProcess(httpx.BaseTransport):
    """Answers from an application in this process, without a socket."""

    def __init__(self, app: Any) -> None:
        self._app = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answer() -> httpx.Response:
            got = await self._app.handle_async_request(request)
            return httpx.Response(got.status_code, headers=got.headers, content=await got.aread())

        request.read()
        return asyncio.run(answer())


@contextmanager
def visitor(case: Case, folder: Path) -> Iterator[httpx.Client]:
    """Somebody who has not logged in."""
    seed(folder)
    transport = InProcess(app_of(case, folder))
    with httpx.Client(transport=transport, base_url="http://site", follow_redirects=True) as client:
        yield client


def log_in(client: httpx.Client, path: str = "/", password: str = PASSWORD) -> httpx.Response:
    """Log in and go on to a page."""
    return client.post("/login", data={"user": "bot", "password": password, "next": path})


def token(page: httpx.Response) -> str:
    """The form's token."""
    found = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert found, page.text
    return found[1]


def stored(case: Case, folder: Path) -> list[dict[str, str]]:
    """What the form's table holds."""
    return getattr(case.module, case.table)(folder / f"{case.name}.sqlite")  # type: ignore[no-any-return]
