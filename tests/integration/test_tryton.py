"""A real ERP: what a bot reads in Tryton 8, and what it posts there, against what Tryton's own database holds.

Runs where an installation is given: BATCHWRIGHT_TRYTON_URL (with the database behind `#`, as in the settings),
BATCHWRIGHT_TRYTON_USER and BATCHWRIGHT_TRYTON_PASSWORD of an account that may ship, and BATCHWRIGHT_TRYTON_STORE, the
SQLite file of that database. A lot `BATCHWRIGHT_TRYTON_LOT` of a product has to be in its storage zone, and a customer
`BATCHWRIGHT_TRYTON_CUSTOMER` has to be known.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bots_fakes import MemoryMes, record

from keywords.browser import WarmBrowser
from keywords.context import ItemContext, in_hand
from keywords.effects import Effect, Intent, once
from keywords.evidence_folder import EvidenceFolder
from keywords.settings import Secrets, Settings
from keywords.sites.ports import ShipmentPosting

URL = os.environ.get("BATCHWRIGHT_TRYTON_URL", "")
STORE = os.environ.get("BATCHWRIGHT_TRYTON_STORE", "")
LOT = os.environ.get("BATCHWRIGHT_TRYTON_LOT", "CART-2026-0001")
CUSTOMER = os.environ.get("BATCHWRIGHT_TRYTON_CUSTOMER", "University Hospital Utrecht")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.requirement("URS-105"),
    pytest.mark.skipif(not (URL and STORE), reason="no Tryton is given (BATCHWRIGHT_TRYTON_URL and _STORE)"),
]


@pytest.fixture
def item(tmp_path: Path, browser: WarmBrowser) -> Iterator[ItemContext]:
    """An item in hand with a Tryton as its stock and posting system."""
    user = os.environ.get("BATCHWRIGHT_TRYTON_USER", "bot")
    wait_s = float(os.environ.get("BATCHWRIGHT_TRYTON_WAIT_S", "60"))
    site = {"product": "erp_tryton", "url": URL, "user": user, "timeout_s": wait_s, "one_channel": True, "trial": True}
    settings = Settings.model_validate({"mes": {"url": "http://mes", "user": "bot"}, "sites": {"erp": site}})
    key = f"ship:{secrets.token_hex(4)}"
    context = ItemContext(
        settings=settings,
        secrets=Secrets({"mes": "x", "erp": os.environ["BATCHWRIGHT_TRYTON_PASSWORD"]}),
        mes=MemoryMes(record(LOT)),  # type: ignore[arg-type]
        browser=browser,
        evidence=EvidenceFolder(tmp_path / f"evidence-{datetime.now(UTC).timestamp()}"),
        item={"item_id": "i-1", "job": "ship", "business_key": key, "batch_id": LOT, "attempt": 1, "epoch": 1},
    )
    browser.gate.begin_item()
    with in_hand(context):
        yield context
    browser.end_item(failed=True)


def _held(query: str, *values: str) -> list[tuple[object, ...]]:
    """What the database holds."""
    with closing(sqlite3.connect(f"file:{STORE}?mode=ro", uri=True)) as store:
        return list(store.execute(query, values))


def _post(item: ItemContext) -> Effect:
    erp = item.erp()
    key = str(item.item["business_key"])
    posting = ShipmentPosting(LOT, CUSTOMER, "BK-1", key, "1", "bag")
    return once(
        item,
        Intent("erp", "shipment", key, LOT, {"booking_reference": "BK-1"}),
        find=lambda: erp.find_shipments(key),
        act=lambda: erp.post_shipment(posting),
        settle_s=erp.settle_s,
    )


def test_stock_by_lot_is_what_the_database_holds(item: ItemContext) -> None:
    table = item.erp().stock({LOT})
    ((held,),) = _held(
        "select coalesce(sum(case when m.to_location = s.id then m.quantity else -m.quantity end), 0) from stock_move m"
        " join stock_lot l on m.lot = l.id join stock_location s on s.id in (m.to_location, m.from_location)"
        " where l.number = ? and m.state = 'done' and s.code = 'STO'",
        LOT,
    )
    assert table.complete, table.why
    assert [(row["lot"], float(row["quantity"])) for row in table.rows] == [(LOT, float(str(held)))]


def test_consumption_is_what_the_database_holds(item: ItemContext) -> None:
    table = item.erp().consumption(LOT)
    held = _held(
        "select l.number, m.quantity from stock_move m join production p on m.production_input = p.id left join"
        " stock_lot l on m.lot = l.id where p.reference = ? and m.state = 'done'",
        LOT,
    )
    assert table.complete, table.why
    assert sorted((row["lot"], float(row["quantity"])) for row in table.rows) == sorted(held)


def test_a_shipment_is_posted_once_and_adopted_when_it_is_tried_again(item: ItemContext) -> None:
    first = _post(item)
    again = _post(item)
    held = _held(
        "select s.number, m.quantity, l.number from stock_shipment_out s join stock_move m on m.shipment ="
        " 'stock.shipment.out,' || s.id join stock_lot l on m.lot = l.id where s.reference = ?",
        str(item.item["business_key"]),
    )
    assert (first.adopted, again.adopted) == (False, True)
    assert held == [(first.reference, 1.0, LOT)]
    assert again.reference == first.reference
