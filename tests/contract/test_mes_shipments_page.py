"""The console's page of shipments: the three best ways of each batch side by side, and why the others are not taken."""

import re
from html import unescape

import pytest
from console_support import browser
from journey_plant import ask, way
from mes_support import Plant

pytestmark = pytest.mark.requirement("URS-071")


def rows(page: str) -> dict[str, list[str]]:
    """Cells of the table by the name of their row."""
    found = {}
    for line in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        cells = [unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in re.findall(r"<t[hd].*?</t[hd]>", line)]
        found[cells[0]] = cells[1:]
    return found


def test_three_ways_side_by_side_with_parts_interval_and_second_choice(ready: Plant) -> None:
    ways = [way(ready, f"W{number}", start_h=24 + number) for number in range(5)]
    options = ask(ready, *ways, way(ready, "LATE", start_h=24 * 12))
    page = browser(ready).get("/shipments").text
    shown, best = rows(page), options.ways[:3]
    assert [one.split()[0] for one in shown["Way"]] == [one.way_id for one in best]
    assert shown["Way"][0].endswith("chosen")
    assert shown["In time, cold, unharmed"] == [f"{100 * (one.p or 0):.3f} %" for one in best]
    for name, part in (("Late", "late"), ("Warm", "warm"), ("Excursion", "excursion"), ("Second choice", "second")):
        values = [getattr(one, part) for one in best]
        assert shown[name] == ["none" if not one and part == "second" else f"{100 * one:.3f} %" for one in values]
    assert shown["95 % interval"] == [f"{100 * one.low:.2f} % to {100 * one.high:.2f} %" for one in best]
    assert unescape(page).count(options.why) == 1
    assert "1 that are never taken" in page
    assert "it arrives after the receipt has to be done" in page
    assert options.ways[3].way_id not in " ".join(shown["Way"])


def test_a_batch_without_a_way_says_so(ready: Plant) -> None:
    assert "No way was assessed yet" in browser(ready).get("/shipments").text
    ask(ready, way(ready, "LATE", start_h=24 * 12))
    page = browser(ready).get("/shipments").text
    assert "best of" not in page
    assert "1 that are never taken" in page
