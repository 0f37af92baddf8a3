"""Benchview, the laboratory system of one page, driven by its folder of words alone: read as it is, sent to once."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from bots_fakes import MODULES, PASSWORD, PRODUCTS, SECRET, MemoryMes, MemoryQueue, job, record, worker_on
from bots_rows import AT, NOW, results_of, rows
from PIL import Image

from batchwright.demo.worlds import TwinWorld, of_twin
from batchwright.support.servers import Server, bind
from batchwright.support.settings import Home
from batchwright.support.wiring import open_mes
from keywords.browser import WarmBrowser
from keywords.context import ItemContext, current, in_hand
from keywords.evidence_folder import EvidenceFolder
from keywords.failures import ItemError
from keywords.settings import Secrets, Settings
from keywords.site import Site
from keywords.sites.locators import load_locators
from keywords.sites.registry import FOLDER
from mes_core.domain.principals import BotPrincipal, Lease, SystemPrincipal
from mes_core.messages import BatchRecord
from mes_core.messages.views import ClaimRequest
from twin.sites import lims_benchview
from twin.sites.lims_benchview.tables import LISTS, open_store

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-091")]
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


def stocked(folder: Path, browser: WarmBrowser) -> Bench:
    """Benchview with one sample and some results."""
    made = Bench(folder, browser)
    keys = "sample_id batch patient_code donation_number type received_at status patient_name birth_date"
    sample = rows(keys, "S-B-1", "B-1", "P-001", "G1", "final", AT, "released", "A Name", "1970-01-01")
    lims_benchview.seed(made.store, samples=[sample], results=results_of("B-1", 240) + results_of("B-10", 3))
    return made


@pytest.fixture
def bench(tmp_path: Path, browser: WarmBrowser) -> Iterator[Bench]:
    made = stocked(tmp_path, browser)
    with Server(made.app(), bind()) as served:
        made.url = served.url
        yield made
        browser.end_item(failed=False)


@pytest.mark.requirement("URS-090")
def test_a_virtual_list_is_read_whole(bench: Bench) -> None:
    """240 rows, of which some 24 are drawn at a time and 50 are asked for at once."""
    with in_hand(bench.bot()):
        read = Site().read_list("lims", "results", batch="B-1")
    assert read.complete, read.why
    assert [row["result_id"] for row in read.rows] == [f"B-1-R{number}" for number in range(240)]


@pytest.mark.requirement("URS-018")
def test_the_form_is_sent_once_and_adopted_then(bench: Bench) -> None:
    for _ in range(2):
        with in_hand(bench.bot()):
            number = Site().send_form_once("lims", "retest", **GIVEN)
        bench.browser.end_item(failed=False)
    (made,) = lims_benchview.requests(bench.store)
    assert made["number"] == number
    assert {key: made[key] for key in GIVEN} == GIVEN


@pytest.mark.requirement("URS-002")
def test_the_review_bot_finds_the_same_with_either_laboratory_system(tmp_path: Path, browser: WarmBrowser) -> None:
    """One setting is another: the lists equal what the world holds, and the verdict and its findings are the same."""
    world = of_twin(4, 11, 1.0, now=NOW)
    chosen = world.records[0]
    found, seen = {}, {}
    for product in ("lims_labline", "lims_benchview"):
        folder = tmp_path / product
        seen[product] = reviewed(world, chosen, product, folder, browser)
        found[product] = verdict_on(folder, chosen, seen[product])
    read = {name: {one.table: one for one in tables} for name, tables in seen.items()}
    bench = read["lims_benchview"]
    for table, held in (("results", world.results), ("samples", world.samples)):
        assert bench[table].complete
        mine = [row for row in held if row["batch"] == chosen.batch_id]
        keys = set(bench[table].rows[0]) - {"row"}
        assert [without_row(row) for row in bench[table].rows] == [
            without_row(row) for row in read["lims_labline"][table].rows
        ]
        assert [without_row(row) for row in bench[table].rows] == [
            {key: plain(row.get(key)) for key in keys} for row in mine
        ]
    assert found["lims_benchview"] == found["lims_labline"]
    assert found["lims_benchview"][1], "the batch has something to be found"


def without_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its number on the page."""
    return {key: value for key, value in row.items() if key != "row"}


def plain(value: Any) -> str:
    """A value of the world as a site's store holds it."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def reviewed(world: TwinWorld, batch: BatchRecord, product: str, folder: Path, browser: WarmBrowser) -> Any:
    """What the review bot read for a batch, with this laboratory system in its settings."""
    folder.mkdir()
    mes, queue = MemoryMes(batch), MemoryQueue(job("batch_record_review", batch.batch_id))
    products = {**PRODUCTS, "lims": product}
    with ExitStack() as stack:
        urls = {}
        for system in ("lims", "erp"):
            store, module = folder / f"{system}.sqlite", MODULES[products[system]]
            rows_of = {
                "lims": {"samples": world.samples, "results": world.results},
                "erp": {"stock": world.stock, "consumption": world.consumption},
            }
            module.seed(store, **rows_of[system])
            app = module.create_app(store, clock=lambda: NOW, accounts={"bot": PASSWORD})
            urls[system] = stack.enter_context(Server(app, bind())).url
        worker, events = worker_on(folder, urls, browser, mes, queue, products=products)
        worker.drain()
    assert queue.failed == [], events
    return mes.seen[batch.batch_id]


def verdict_on(folder: Path, batch: BatchRecord, seen: Any) -> tuple[str, list[tuple[str, str, str]]]:
    """The verdict of the real rules on what was read, and its findings."""
    mes = open_mes(Home(folder / "home").make(), demo=True)
    account = mes.create_bot("bot-release", PASSWORD, actor=SystemPrincipal("test"))
    mes.submit_batch(batch, SystemPrincipal("test"))
    item = mes.claim(ClaimRequest(worker="w", jobs=("batch_record_review",), secret=SECRET), account)
    assert item is not None
    under = BotPrincipal(account.user, Lease(item.item_id, item.epoch, SECRET))
    verdict = mes.review(batch.batch_id, seen, under).verdict
    return str(verdict.verdict), [(one.rule, str(one.severity), one.text) for one in verdict.findings]


def test_a_token_that_expires_is_refreshed_and_the_request_stands_once(tmp_path: Path, browser: WarmBrowser) -> None:
    """What finds its token expired gets another one and asks again, also for what changes something."""
    made = stocked(tmp_path, browser)
    with Server(made.app(token_s=0.5), bind()) as served:
        made.url = served.url
        with in_hand(made.bot()):
            number = Site().send_form_once("lims", "retest", **GIVEN)
        assert [one["number"] for one in lims_benchview.requests(made.store)] == [number]
        assert made.asked.count("POST /auth/refresh") >= 1
        browser.end_item(failed=False)


def test_what_was_said_to_be_saved_and_is_taken_back_is_told_in_the_pages_words(bench: Bench) -> None:
    with in_hand(bench.bot()), pytest.raises(ItemError) as refused:
        Site().send_form_once("lims", "retest", **{**GIVEN, "sample_id": "S-OTHER"})
    assert refused.value.code == "FORM_REFUSED"
    assert "Batch B-1 has no sample S-OTHER" in refused.value.sentence
    assert lims_benchview.requests(bench.store) == []


def test_an_earlier_draft_is_overwritten_and_each_save_is_known_as_one(bench: Bench) -> None:
    """What another item left in the form is in none of its fields when it is sent."""
    with in_hand(bench.bot("ask:other")), pytest.raises(ItemError):
        Site().send_form_once("lims", "retest", **{**GIVEN, "reason": "Left by another", "sample_id": "S-OTHER"})
    bench.browser.end_item(failed=False)
    context = bench.bot()
    with in_hand(context):
        Site().send_form_once("lims", "retest", **GIVEN)
    (made,) = lims_benchview.requests(bench.store)
    assert {key: made[key] for key in ("our_reference", *GIVEN)} == {"our_reference": "ask:B-1", **GIVEN}
    fates = {f"{one['class']} {one['method']} {one['path']}: {one['fate']}" for one in bench.browser.gate.diary}
    assert "draft PUT /drafts/request: sent once" in fates
    assert not [one for one in fates if "held back" in one]


@pytest.mark.requirement("URS-090")
def test_news_over_the_web_socket_while_a_list_is_read_double_no_row(bench: Bench) -> None:
    """Requests come in from elsewhere while the list of requests is scrolled through."""
    store = open_store(bench.store)
    old = [
        {"number": f"RT-9{n:05}", "our_reference": f"old:{n}", "batch": "B-1", "status": "Reported"} for n in range(120)
    ]
    store.add("requests", old)
    with in_hand(bench.bot()):
        page = current().page("lims")
        page.open_list("requests", batch="B-1")
        told = page.page.evaluate("() => fetch('/auth/refresh', {method: 'POST'}).then(a => a.json())")
        with httpx.Client(base_url=bench.url, headers={"authorization": f"Bearer {told['token']}"}) as other:
            call = {"method": "requests.create", "params": {"our_reference": "new:1", **GIVEN}}
            assert "RT-" in other.post("/rpc", json=call).text
        read = page.read_open_list("requests")
    assert read.complete, read.why
    assert [row["our_reference"] for row in read.rows] == [*(f"old:{n}" for n in range(120)), "new:1"]


@pytest.mark.requirement("URS-009")
def test_who_the_patient_is_is_covered_in_pictures(bench: Bench) -> None:
    context = bench.bot()
    with in_hand(context):
        page = current().page("lims")
        page.go("/samples/S-B-1")
        page.rest()
        boxes = [one.bounding_box() for one in page.page.locator(page.locators.identity).all()]
        picture = Image.open(context.evidence.path / page.picture("sample")).convert("RGB")
    assert len(boxes) == 2
    for box in boxes:
        assert box is not None
        left, top, wide, high = (int(box[one]) for one in ("x", "y", "width", "height"))
        inside = picture.crop((left + 2, top + 2, left + wide - 2, top + high - 2))
        assert {colour for _, colour in inside.getcolors() or []} == {(0x5B, 0x64, 0x70)}


def test_the_locators_name_every_column_that_the_lists_show() -> None:
    words = load_locators(FOLDER / "lims_benchview" / "locators.yaml")
    for name, spec in LISTS.items():
        assert {one.header for one in spec.columns} == {one.header for one in words.lists[name].columns.values()}
