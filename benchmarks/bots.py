"""One work item in a browser: open a record, fill in 12 fields, send them, read a table of 200 x 5 cells back.

    python benchmarks/bots.py [--format json] [--rounds 3] [--browser /usr/bin/chromium]

Ours is a Robot Framework suite run in-process by the worker's runner: claimed from the MES over HTTP, a fresh page in
the warm browser, entered through the page's own controls as an effect (intent, gate, read-back by page and export
before and after), read in one evaluate, two pictures, evidence sealed, outcome reported. "Bare" is the same suite with
effects and evidence off, which is all that the peers do: RPA.Browser.Selenium with a browser per item and with one, the
Browser library cell by cell and with one evaluate, plain Playwright on one reused page; httpx with a parser is the
limit. Peers with one browser are timed without starting it, and without Robot Framework's start. Rounds are
interleaved, every answer is compared with what the site holds, figures are medians in seconds an item.
"""

import argparse
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
sys.path[0] = str(HERE.parent)
sys.path.append(str(HERE / "bots_peers"))

import pages

from keywords.browser_finder import find_browser

ITEMS = {
    "selenium_cold": 1,
    "selenium_warm": 1,
    "browser_cells": 1,
    "browser_evaluate": 6,
    "playwright_reused": 11,
    "ours": 11,
    "ours_bare": 11,
    "httpx": 11,
}
"""Records a round; where there are several the first one warms up and is not counted."""
NAMES = {
    "selenium_cold": "RPA.Browser.Selenium, a browser for each item",
    "selenium_warm": "RPA.Browser.Selenium, one browser",
    "browser_cells": "Browser library, cell by cell",
    "browser_evaluate": "Browser library, one evaluate",
    "playwright_reused": "plain Playwright, one reused page",
    "ours": "ours, effects and evidence on",
    "ours_bare": "ours, effects and evidence off",
    "httpx": "httpx and a parser (limit, no browser)",
}
RATIOS = {
    "ours_vs_selenium_cold": "selenium_cold",
    "ours_vs_selenium_warm": "selenium_warm",
    "ours_vs_browser_best": "browser_evaluate",
    "ours_vs_playwright_reused": "playwright_reused",
}


def missing_peers() -> dict[str, str]:
    """Peers that can't run here, and what they need."""
    missing = {}
    if shutil.which("chromedriver") is None:
        missing |= dict.fromkeys(("selenium_cold", "selenium_warm"), "chromedriver: apt-get install chromium-driver")
    if importlib.util.find_spec("Browser") is None:
        missing |= dict.fromkeys(
            ("browser_cells", "browser_evaluate"),
            "the Browser library: pip install -r benchmarks/bots_peers/requirements.txt",
        )
    return missing


@contextmanager
def served(items: int) -> Iterator[dict[str, str]]:
    """The pages and a system of record with so many items, in a process of their own; their addresses."""
    command = [sys.executable, str(HERE / "bots_peers" / "pages.py"), str(items)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()


def one_round(name: str, first: int, environment: dict[str, str]) -> list[float]:
    """Seconds for each record of a contestant's round; its answers are checked."""
    items = ITEMS[name]
    command = [sys.executable, str(HERE / "bots_peers" / "contestant.py"), name, str(first), str(items)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False, timeout=300)
    if done.returncode:
        sys.exit(f"{NAMES[name]} ended with code {done.returncode}; its words are above.")
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    answers = [one for one in said if "rows" in one]
    for answer in answers:
        entered = list(pages.values_of(answer["number"]).values())
        if answer["rows"] != pages.results_of(answer["number"], entered):
            sys.exit(f"{NAMES[name]} read something else in record {answer['number']} than the site holds.")
    seconds = [float(one["seconds"]) for one in said if "seconds" in one]
    if not len(answers) == len(seconds) == items:
        sys.exit(f"{NAMES[name]} gave {len(answers)} answers and {len(seconds)} times for {items} records.")
    return seconds[1:] if items > 1 else seconds


def measured(rounds: int, chromium: str, contestants: list[str]) -> dict[str, float]:
    """Median seconds an item, by contestant."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    with served(rounds * ITEMS["ours"]) as urls:
        environment = {**os.environ, "BENCH_SITE": urls["site"], "BENCH_MES": urls["mes"], "BENCH_CHROMIUM": chromium}
        for number in range(rounds):
            for place, name in enumerate(contestants):
                first = 1000 * (1 + place + number * len(contestants))
                seconds[name] += one_round(name, first, environment)
                print(f"round {number + 1}: {NAMES[name]}: {statistics.median(seconds[name]):.3f} s", file=sys.stderr)
    return {name: statistics.median(values) for name, values in seconds.items()}


def ratios_of(figures: dict[str, float]) -> dict[str, float]:
    """How many times faster we are than each peer; with effects and evidence on, and off (`_bare`)."""
    return {
        f"{ratio}{suffix}": figures[peer] / figures[ours]
        for ours, suffix in (("ours", ""), ("ours_bare", "_bare"))
        for ratio, peer in RATIOS.items()
        if peer in figures
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--format", choices=["text", "json"], default="text")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--browser", default="", help="path of a Chromium; default: the one that bots would use")
    options = parser.parse_args()
    missing = missing_peers()
    contestants = [name for name in ITEMS if name not in missing]
    figures = measured(options.rounds, options.browser or str(find_browser().path), contestants)
    ratios = ratios_of(figures)
    if options.format == "json":
        rounded = [{key: round(value, 4) for key, value in part.items()} for part in (figures, ratios)]
        print(json.dumps({"figures": rounded[0], "ratios": rounded[1], "missing": missing}, indent=1))
        return
    for name, value in figures.items():
        print(f"{NAMES[name]:48} {value:8.3f} s")
    for name, value in ratios.items():
        print(f"{name:48} {value:8.2f} x")
    for name, why in missing.items():
        print(f"{NAMES[name]:48} left out: it needs {why}")


if __name__ == "__main__":
    main()
