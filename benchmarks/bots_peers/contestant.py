"""One contestant's share of a round: runs records FIRST to FIRST + ITEMS - 1 and prints one JSON line for each answer
(`number`, `rows`) and one for each time (`number`, `seconds`).

    python benchmarks/bots_peers/contestant.py NAME FIRST ITEMS

Addresses come in the environment: BENCH_SITE, BENCH_MES; the browser in BENCH_CHROMIUM.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[0] = str(HERE.parent.parent)
sys.path.append(str(HERE))

import httpx
import pages
from answers import hand_in
from lxml import html
from playwright.sync_api import sync_playwright

SITE, CHROMIUM = os.environ.get("BENCH_SITE", ""), os.environ.get("BENCH_CHROMIUM", "")
FLAGS = ["--no-sandbox", "--disable-gpu"]
READ = "() => [...document.querySelectorAll('tbody tr')].map(row => [...row.cells].map(cell => cell.innerText))"


def took(number: int, seconds: float) -> None:
    """Print how long a record took."""
    sys.__stdout__.write(json.dumps({"number": number, "seconds": seconds}) + "\n")  # type: ignore[union-attr]
    sys.__stdout__.flush()  # type: ignore[union-attr]


class Times:
    """Robot Framework listener: how long each task took, its own set-up and teardown included."""

    ROBOT_LISTENER_API_VERSION = 3

    def end_test(self, data: Any, result: Any) -> None:
        """A task has ended."""
        if not result.passed:
            sys.exit(f"{data.longname}: {result.message}")
        took(int(data.name), result.elapsed_time.total_seconds())


def peers_suite(name: str, first: int, items: int) -> None:
    """A suite of a peer, its task once for each record."""
    from robot.api import TestSuite

    suite = TestSuite.from_file_system(HERE / f"{name}.robot")
    suite.tests = [suite.tests[0].copy(name=str(number)) for number in range(first, first + items)]
    with tempfile.TemporaryDirectory() as folder:
        variables = [f"SITE:{SITE}", f"CHROMIUM:{CHROMIUM}"]
        result = suite.run(
            outputdir=folder, output="output.json", console="none", rpa=True, variable=variables, listener=[Times()]
        )
    if result.return_code:
        sys.exit(f"{name}: {result.suite.message or 'a task failed'}")


def timed(first: int, items: int, do: Callable[[int], Any]) -> None:
    """Do records one after the other, and print how long each took."""
    for number in range(first, first + items):
        began = time.perf_counter()
        do(number)
        took(number, time.perf_counter() - began)


def playwright_reused(first: int, items: int) -> None:
    """Plain Playwright, one page for all records."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()

        def enter(number: int) -> None:
            page.goto(f"{SITE}/records/{number}")
            for label, value in pages.values_of(number).items():
                page.fill(f"#{pages.key_of(label)}", value)
            page.click("#save")
            page.wait_for_selector("table")
            hand_in(number, page.evaluate(READ))

        timed(first, items, enter)
        browser.close()


def httpx_parser(first: int, items: int) -> None:
    """No browser: what the server and a parser alone take."""
    with httpx.Client(follow_redirects=True) as client:

        def enter(number: int) -> None:
            client.get(f"{SITE}/records/{number}")
            values = {pages.key_of(label): value for label, value in pages.values_of(number).items()}
            tree = html.fromstring(client.post(f"{SITE}/records/{number}", data=values).text)
            hand_in(number, [[cell.text_content() for cell in row] for row in tree.iterfind(".//tbody/tr")])

        timed(first, items, enter)


@contextmanager
def our_runner() -> Iterator[tuple[Any, Any]]:
    """The worker's runner and queue, as `batchwright worker` has them."""
    from bots.runtime.job_queue import MesJobQueue
    from bots.runtime.runner import SuiteRunner
    from keywords.browser import WarmBrowser
    from keywords.browser_finder import BrowserProgram
    from keywords.settings import Secrets, Settings
    from mes_core.client import MesClient

    settings = Settings.model_validate({"mes": {"url": os.environ["BENCH_MES"], "user": pages.ACCOUNT}})
    secrets = Secrets({"mes": pages.PASSWORD})
    browser = WarmBrowser(BrowserProgram(Path(CHROMIUM), "the benchmark"))
    with (
        tempfile.TemporaryDirectory() as home,
        MesClient.login(settings.mes.url, settings.mes.user, pages.PASSWORD) as mes,
    ):
        browser.start()
        yield (
            SuiteRunner(Path(home), settings, secrets, mes, browser, suites=HERE),
            MesJobQueue(mes, "bench", "of the benchmark alone, 0123456789"),
        )
        browser.stop()


def ours(first: int, items: int) -> None:
    """The whole way of an item: claimed, done once, proved, reported."""
    del first  # the queue says which
    with our_runner() as (runner, queue):
        for _ in range(items):
            began = time.perf_counter()
            job = queue.claim(("batch_record_review",))
            outcome = runner.run(job)
            if outcome.failure:
                sys.exit(f"ours: {outcome.failure.code}: {outcome.failure.message}")
            queue.complete(job, outcome.output, outcome.evidence)
            took(int(job.batch_id.removeprefix("B-")), time.perf_counter() - began)


def ours_bare(first: int, items: int) -> None:
    """The same suite and keywords with effects and evidence off."""
    os.environ["BENCH_BARE"] = "1"
    from robot.api import TestSuite

    from keywords.context import ItemContext, in_hand
    from keywords.evidence_folder import EvidenceFolder

    suite = TestSuite.from_file_system(HERE / "batch_record_review.robot")
    with our_runner() as (runner, _), tempfile.TemporaryDirectory() as folder:

        def enter(number: int) -> None:
            runner._browser.gate.begin_item()
            item = {"batch_id": f"B-{number}", "item_id": str(number)}
            parts = (runner._settings, runner._secrets, runner._mes, runner._browser)
            with in_hand(ItemContext(*parts, EvidenceFolder(Path(folder)), item)):
                result = suite.deepcopy().run(output=None, console="none", rpa=True)
            if result.return_code:
                sys.exit(f"ours_bare: {result.suite.all_tests}")
            runner._browser.end_item(failed=False)

        timed(first, items, enter)


def main() -> None:
    """Run one contestant."""
    name, first, items = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    own = {"playwright_reused": playwright_reused, "httpx": httpx_parser, "ours": ours, "ours_bare": ours_bare}
    if name in own:
        own[name](first, items)
    else:
        peers_suite(name, first, items)


if __name__ == "__main__":
    main()
