"""Benchview, the laboratory system of one page, driven by its folder of words alone: read as it is, sent to once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bots_fakes import AT, HASH, NOW, PASSWORD, PRODUCTS, MemoryMes, MemoryQueue, job, record, results_of, rows
from bots_fakes import serve_sites, worker_on

from batchwright.demo.worlds import of_twin
from batchwright.support.servers import Server, bind
from keywords.browser import WarmBrowser
from keywords.context import ItemContext, in_hand
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import ItemError
from keywords.settings import Secrets, Settings
from keywords.site import Site
from twin.sites import lims_benchview
from twin.sites.lims_benchview.tables import LISTS

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-099")]
GIVEN = {"batch": "B-1", "sample_id": "S-B-1", "test": "Viability", "reason": "Doubtful"}


class Bench:
    """Benchview served, and bots at it."""

    def __init__(self, folder: Path, browser: WarmBrowser) -> None:
        self.folder, self.browser = folder, browser
        self.store = folder / "bench.sqlite"
        self.asked: list[str] = []
        self.url = ""
        self.tries = 0

    def app(self, **more: Any) -> Any:
        """The application, which notes what it was asked."""
        inner = lims_benchview.create_app(self.store, clock=lambda: NOW, accounts={"bot": PASSWORD}, **more)

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            self.asked.append(f"{scope.get('method', 'SOCKET')} {scope['path']}")
            await inner(scope, receive, send)

        return noting

    def bot(self, key: str = "ask:B-1") -> ItemContext:
        """A bot with an item in hand."""
        self.tries += 1
        site = {"product": "lims_benchview", "url": self.url, "user": "bot", "settle_s": 0.6}
        settings = Settings.model_validate({"mes": {"url": "http://mes", "user": "bot"}, "sites": {"lims": site}})
        item = {"item_id": "i-1", "job": "ask", "business_key": key, "batch_id": "B-1", "attempt": 1, "epoch": 1}
        self.browser.gate.begin_item()
        return ItemContext(
            settings=settings,
            secrets=Secrets({"mes": "x", "lims": PASSWORD}),
            mes=MemoryMes(record()),  # type: ignore[arg-type]
            browser=self.browser,
            evidence=EvidenceFolder(self.folder / f"evidence-{self.tries}"),
            item=item,
        )


@pytest.fixture
def bench(tmp_path: Path, browser: WarmBrowser) -> Iterator[Bench]:
    made = Bench(tmp_path, browser)
    keys = "sample_id batch patient_code donation_number type received_at status patient_name birth_date"
    sample = rows(keys, "S-B-1", "B-1", "P-001", "G1", "final", AT, "released", "A Name", "1970-01-01")
    lims_benchview.seed(made.store, samples=[sample], results=results_of("B-1", 240) + results_of("B-10", 3))
    with Server(made.app(), bind()) as served:
        made.url = served.url
        yield made
        browser.end_item(failed=False)


def test_a_virtual_list_is_read_whole(bench: Bench) -> None:
    """240 rows, of which some 24 are drawn at a time and 50 are asked for at once."""
    with in_hand(bench.bot()):
        read = Site().read_list("lims", "results", batch="B-1")
    assert read.complete, read.why
    assert [row["result_id"] for row in read.rows] == [f"B-1-R{number}" for number in range(240)]


def test_the_form_is_sent_once_and_adopted_then(bench: Bench) -> None:
    for _ in range(2):
        with in_hand(bench.bot()):
            number = Site().send_form_once("lims", "retest", **GIVEN)
        bench.browser.end_item(failed=False)
    (made,) = lims_benchview.requests(bench.store)
    assert made["number"] == number
    assert {key: made[key] for key in GIVEN} == GIVEN
