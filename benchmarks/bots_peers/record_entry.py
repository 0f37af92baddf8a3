"""Our keywords for the benchmark's pages: written through the page's controls, read in one evaluate, done once."""

import os
from pathlib import Path

import pages
from answers import hand_in
from robot.api.deco import keyword, library

from keywords.context import ItemContext, current
from keywords.effects import Intent, once
from keywords.settings import SiteAccess
from keywords.sites.locators import load_locators
from keywords.sites.site_page import SitePage

LOCATORS = load_locators(Path(__file__).with_name("locators.yaml"))
BARE = "BENCH_BARE"
"""Set in the environment: no effect, no picture, no read-back."""
Rows = list[list[str]]


@library(scope="SUITE")
class RecordEntry:
    """Enter a record once and read what it shows then."""

    @keyword
    def enter_record_and_read_results(self, batch_id: str) -> Rows:
        """Open the record, fill in 12 fields, send them once, and read the results."""
        context, number = current(), int(batch_id.removeprefix("B-"))
        page = SitePage(
            system="bench",
            access=SiteAccess(product="bench", url=os.environ["BENCH_SITE"], user="nobody"),
            password=context.secrets.get("mes"),
            locators=LOCATORS,
            browser=context.browser,
            evidence=context.evidence,
            clock=context.now,
        )
        values = {pages.key_of(label): value for label, value in pages.values_of(number).items()}
        read: list[Rows] = []

        def enter(picture: str) -> str:
            page.go(f"/records/{number}")
            reference = page.send_form("record", values, picture=picture)
            rows = page.read_open_list("results").rows
            read.append([[row[key] for key in LOCATORS.lists["results"].columns] for row in rows])
            return reference

        if os.environ.get(BARE):
            with context.browser.gate.opened(lambda: None):
                enter("")
        else:
            self._once(context, page, lambda: enter("entry"))
        return read[-1]

    @keyword
    def hand_in_rows(self, batch_id: str, rows: Rows) -> None:
        """Give the answer to the benchmark."""
        hand_in(int(batch_id.removeprefix("B-")), rows)

    def _once(self, context: ItemContext, page: SitePage, act: "object") -> None:
        key = f"entry:{context.item['batch_id']}"
        once(
            context,
            Intent("bench", "entry", key, str(context.item["batch_id"])),
            find=lambda: page.read_back("entries", "our_reference", key, "entry"),
            act=act,  # type: ignore[arg-type]
            settle_s=LOCATORS.settle_s,
        )
