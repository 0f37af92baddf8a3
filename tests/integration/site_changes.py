"""Changes seeded in the mock sites, each with what the check has to name; and looks that change no word of a folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from site_folder_support import Replaced

LIMS, ERP, COURIER, AGENCY, TWO_PAGES = (
    "lims_labline",
    "erp_stockroom",
    "courier_cryorun",
    "agency_reggate",
    "erp_meridian",
)


@dataclass(frozen=True)
class Seed:
    """One change of a site: texts replaced or paths moved; where the folder's word stands, and its new word.

    `says` is part of the sentence where the page has something new and no word of the folder is replaced."""

    product: str
    place: str
    likely: str
    replaced: Replaced = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    says: str = ""


def _label(old: str, new: str) -> Replaced:
    return [(f">{old}</label>", f">{new}</label>")]


def _button(old: str, new: str) -> Replaced:
    return [(f">{old}</button>", f">{new}</button>")]


def _header(old: str, new: str) -> Replaced:
    return [(f">{old}</th>", f">{new}</th>")]


def _caption(old: str, new: str) -> Replaced:
    return [(f"<caption>{old}</caption>", f"<caption>{new}</caption>"), (f">{old}</h1>", f">{new}</h1>")]


_COST = '<label for="cc">Cost centre</label> <input id="cc" name="cc" required></p><p><label for="unit">'
SEEDS = [
    Seed(LIMS, "lists.results.columns.test", "Assay", _header("Test", "Assay")),
    Seed(ERP, "forms.shipment.fields.ship_to", "Consignee", _label("Ship to", "Consignee")),
    Seed(TWO_PAGES, "login.password", "Secret", _label("Passphrase", "Secret")),
    Seed(LIMS, "lists.samples.path", "/specimens", moved={"/samples": "/specimens"}),
    Seed(ERP, "forms.shipment.fields", "", [('<label for="unit">', _COST)], says="Cost centre"),
    Seed(LIMS, "login.user", "Account name", _label("User name", "Account name")),
    Seed(LIMS, "login.password", "Passphrase", _label("Password", "Passphrase")),
    Seed(LIMS, "login.button", "Sign in", _button("Log in", "Sign in")),
    Seed(LIMS, "lists.results.caption", "Test results", _caption("Results", "Test results")),
    Seed(LIMS, "lists.results.columns.lower", "Lower spec", _header("Lower limit", "Lower spec")),
    Seed(LIMS, "lists.results.columns.analyst", "Performed by", _header("Analyst", "Performed by")),
    Seed(LIMS, "lists.results.filters.batch", "Charge", _label("Batch", "Charge")),
    Seed(LIMS, "controls.apply", "Search", _button("Filter", "Search")),
    Seed(LIMS, "controls.rows", "Lines", _label("Rows per page", "Lines")),
    Seed(LIMS, "controls.export", "Download", [(">Export</a>", ">Download</a>")]),
    Seed(LIMS, "controls.next", "Onward", [(">Next</a>", ">Onward</a>")]),
    Seed(LIMS, "controls.most_rows", "400", [(">500</option>", ">400</option>")]),
    Seed(
        LIMS,
        "controls.total",
        r"(\d[\d,]*) reco\w*",
        [("entries</span>", "records</span>"), ("entry</span>", "record</span>")],
    ),
    Seed(ERP, "forms.shipment.fields.our_reference", "Your reference", _label("Our reference", "Your reference")),
    Seed(ERP, "forms.shipment.files.packing_list", "Delivery note", _label("Packing list", "Delivery note")),
    Seed(ERP, "forms.shipment.button", "Post goods issue", _button("Post shipment", "Post goods issue")),
    Seed(ERP, "forms.shipment.dialog", "Post this issue?", [("Post this shipment?", "Post this issue?")]),
    Seed(ERP, "forms.shipment.confirm", "Yes, post it", _button("Confirm", "Yes, post it")),
    Seed(ERP, "forms.shipment.path", "/shipments/create", moved={"/shipments/new": "/shipments/create"}),
    Seed(ERP, "lists.stock.columns.expires_on", "Use before", _header("Expires on", "Use before")),
    Seed(ERP, "lists.stock.caption", "Stock on hand", _caption("Material stock", "Stock on hand")),
    Seed(COURIER, "lists.slots.button", "Find slots", _button("Search", "Find slots")),
    Seed(COURIER, "lists.slots.filters.pickup_site", "Collected at", _label("Pick-up site", "Collected at")),
    Seed(
        COURIER,
        "forms.booking.checks.0",
        "The shipper is charged and qualified",
        _label("The shipper is charged and validated", "The shipper is charged and qualified"),
    ),
    Seed(AGENCY, "forms.submission.choices.form", "Kind of form", _label("Form", "Kind of form")),
    Seed(AGENCY, "lists.submissions.columns.acknowledgement", "Receipt", _header("Acknowledgement", "Receipt")),
    Seed(TWO_PAGES, "login.next", "Go on", _button("Continue", "Go on")),
]
_NEWS = '<dialog id="news" aria-label="News"><p>News of the day</p><button>Close</button></dialog></main>'
_LOOKS: list[Replaced] = [
    [],
    [("</label>", ":</label>"), ("<h1>", '<h1 class="big">'), ("<button>", "<button> ")],
    [("</main>", "<p>Version 9.4, call 0123 456</p><a href='/help'>Help</a><button type=button>Print</button></main>")],
    [("</form>", '<p><label for="memo">Memo</label> <input id="memo"></p></form>'), ("<table>", '<table class="new">')],
    [("</main>", _NEWS), ('<th scope="col"', '<th scope="col" title="sort"')],
    [("<table>", '<table id="t">'), ("</h1>", " </h1><p>All about it, in one place.</p>"), ("</label>", " *</label>")],
]
UNCHANGED: list[tuple[str, Replaced]] = [
    (product, look) for look in _LOOKS for product in (LIMS, ERP, COURIER, AGENCY, TWO_PAGES)
]
