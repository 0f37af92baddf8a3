"""An author's loop: from an edited line of a suite to its result, under `robot`, on a desk that was used before.

    python benchmarks/author_loop.py [--format json] [--rounds 5] [--browser-library PYTHON]

One process a round, as an author starts it: `robot -A dev.args bots/storage_request.robot`, with browser, log-in, a
list that is read and a form that is sent once, on the practice plant that stays up (`batchwright_`), or on one that is
served for each run (`batchwright_alone_`). The measure is plain `robot` with a library of twenty lines
over Playwright that starts the same browser, logs in and sends the same form, without looking before or after, on a
desk that is served already. Rounds are interleaved; figures are medians of seconds: `wall` on the clock, `cpu` of robot
and what it started itself (the browser's processes count where they have ended by then). `--browser-library` names the
Python of an environment with `robotframework-browser-batteries`: the same form through that library under plain
`robot`, and `browser_library_start`, a suite that only opens its browser and closes it. Goal: `batchwright_wall_s`
under 3.
"""

import argparse
import json
import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from batchwright.new_bot import NewBot
from batchwright.practice.staying import VARIABLE, end
from batchwright.support.servers import Server, bind
from keywords.browser import launch_flags
from keywords.browser_finder import find_browser
from twin.sites import desk_practice

GOAL_S = 3.0
_PASSWORD = secrets.token_urlsafe(12)
_PLAIN = """
from playwright.sync_api import sync_playwright

def send_a_request(url, program, flags, password):
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=flags.split(" "))
        page = browser.new_page()
        page.goto(url + "/requests/new")
        page.get_by_label("User name").fill("bot")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        page.goto(url + "/requests/new")
        for label, value in (("Our reference", "K-1"), ("Batch", "B-1"), ("Service", "Storage"), ("Note", "-")):
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_label("The batch number was checked").check()
        page.get_by_role("button", name="Send").click()
        page.get_by_role("button", name="Confirm").click()
        page.get_by_text("Request sent").wait_for()
        browser.close()
"""
_LIBRARY = """*** Settings ***
Library    Browser    timeout=10s
*** Tasks ***
Start
    [Tags]    start
    New Browser    chromium    headless=True    executablePath={program}    args=${{{{'{flags}'.split()}}}}
    New Page    about:blank
    Close Browser
One
    [Tags]    one
    New Browser    chromium    headless=True    executablePath={program}    args=${{{{'{flags}'.split()}}}}
    New Page    {url}/requests/new
    Write    User name    bot
    Write    Password    {password}
    Click    role=button[name="Log in"]
    Go To    {url}/requests/new
    Write    Our reference    K-1
    Write    Batch    B-1
    Write    Service    Storage
    Write    Note    -
    ${{sure}}=    Get Element By    Label    The batch number was checked
    Check Checkbox    ${{sure}}
    Click    role=button[name="Send"]
    Click    role=button[name="Confirm"]
    Wait For Elements State    text=Request sent
    Close Browser
*** Keywords ***
Write
    [Arguments]    ${{label}}    ${{value}}
    ${{field}}=    Get Element By    Label    ${{label}}    exact=True
    Fill Text    ${{field}}    ${{value}}
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--browser-library", type=Path, default=None)
    options = parser.parse_args()
    figures = measure(options.rounds, options.browser_library)
    ratios = {
        "goal_vs_batchwright_wall": GOAL_S / figures["batchwright_wall_s"],
        "alone_vs_batchwright_wall": figures["batchwright_alone_wall_s"] / figures["batchwright_wall_s"],
        "plain_vs_batchwright_wall": figures["plain_wall_s"] / figures["batchwright_wall_s"],
        "plain_vs_batchwright_cpu": figures["plain_cpu_s"] / figures["batchwright_cpu_s"],
    }
    if "browser_library_wall_s" in figures:
        ratios["browser_library_vs_batchwright_wall"] = (
            figures["browser_library_wall_s"] / figures["batchwright_wall_s"]
        )
    if options.format == "json":
        print(json.dumps({"figures": figures, "ratios": ratios}))
        return
    for name, value in (figures | ratios).items():
        print(f"{name:28} {value:8.2f}")


def measure(rounds: int, library: Path | None = None) -> dict[str, float]:
    """Medians over the rounds, after one of each that does not count."""
    with tempfile.TemporaryDirectory() as temporary:
        ours, alone, plain = (Path(temporary, name) for name in ("my_bots", "alone", "plain"))
        NewBot("storage_request", ours).make()
        NewBot("storage_request", alone).make()
        desk = plain / "desk.sqlite"
        plain.mkdir()
        desk_practice.seed(desk)
        app = desk_practice.create_app(desk, clock=lambda: datetime.now(UTC), accounts={"bot": _PASSWORD})
        with Server(app, bind()) as server:
            _write_plain(plain, server.url)
            own = Path(sys.executable)
            suite = ["-A", "dev.args", "bots/storage_request.robot"]
            ways = {
                "batchwright": (own, ours, suite),
                "batchwright_alone": (own, alone, suite),
                "plain": (own, plain, ["one.robot"]),
            }
            if library is not None:
                ways["browser_library"] = (library.absolute(), plain, ["--include", "one", "library.robot"])
                ways["browser_library_start"] = (library.absolute(), plain, ["--include", "start", "library.robot"])
            taken: dict[str, list[float]] = {}
            for number in range(rounds + 1):
                for name, (python, folder, arguments) in ways.items():
                    wall, cpu = _run(python, folder, arguments, stays_s=0 if folder == alone else 600)
                    if number:
                        taken.setdefault(f"{name}_wall_s", []).append(wall)
                        taken.setdefault(f"{name}_cpu_s", []).append(cpu)
            end(ours)
    return {name: round(statistics.median(seconds), 3) for name, seconds in taken.items()}


def _write_plain(folder: Path, url: str) -> None:
    (folder / "plain.py").write_text(_PLAIN, encoding="utf-8")
    program, flags = str(find_browser().path), " ".join(launch_flags())
    told = _LIBRARY.format(url=url, program=program, flags=flags, password=_PASSWORD)
    (folder / "library.robot").write_text(told, encoding="utf-8")
    given = [url, program, flags, _PASSWORD]
    call = "    ".join(["Send A Request", *given])
    (folder / "one.robot").write_text(
        f"*** Settings ***\nLibrary    plain.py\n*** Tasks ***\nOne\n    {call}\n", "utf-8"
    )


def _run(python: Path, folder: Path, arguments: list[str], *, stays_s: int) -> tuple[float, float]:
    """Seconds on the clock, and of the processor, of one run."""
    own = python == Path(sys.executable)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [str(python), "-P", "-m", "robot", *arguments],
        cwd=folder,
        env={**os.environ, VARIABLE: str(stays_s), "PYTHONPATH": str(ROOT)} if own else None,
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
