"""`batchwright site try`: what is read, what is refused with the line to add, what is ambiguous; nothing changes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bots_fakes import PASSWORD as SITE_PASSWORD
from site_folder_support import MockSites, desk_visit, order
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tiny_sites import PASSWORD, Desk, page, table, told

from keywords.browser import WarmBrowser
from keywords.site_folders.trying import SiteTrial, Tried

pytestmark = [pytest.mark.browser, pytest.mark.requirement("URS-097")]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory, browser: WarmBrowser) -> Iterator[MockSites]:
    mock = MockSites(tmp_path_factory.mktemp("sites"), browser)
    yield mock
    mock.stop()


def _by_name(tried: list[Tried]) -> dict[str, Tried]:
    return {one.name: one for one in tried}


def test_lists_are_read_whole_and_forms_looked_at_on_a_site_that_fits_its_folder(sites: MockSites) -> None:
    with sites.visit("erp_stockroom") as visit:
        tried = _by_name(SiteTrial(visit).run())
    assert (tried["stock"].read, tried["stock"].stated, tried["stock"].whole) == (60, 60, True)
    assert len(tried["stock"].rows) == 3
    assert tried["stock"].rows[0]["material"] == "M-0"
    assert [one["shown"] for one in tried["shipment"].fields] == [True] * 7
    assert [one.name for one in tried.values() if one.refused] == []


def test_a_list_that_shows_nothing_before_it_is_searched_is_searched_by_days(sites: MockSites) -> None:
    with sites.visit("courier_cryorun") as visit:
        tried = _by_name(SiteTrial(visit).run())
    assert tried["slots"].read > 0
    assert tried["booking"].address.rsplit("/", 2)[1] == "book"
    assert not any(one.refused for one in tried.values())
    assert not tried["bookings"].doubts


def test_what_is_ambiguous_is_named_with_the_word_that_settles_it(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()
    twice = order(2, service="1,234", note="03/04/2026", status="Parked")
    desk.rows = [order(1, service="1,234", note="03/04/2026", status="Open"), twice, twice]
    columns = {"number": "Order", "batch": "Charge", "service": "Kind", "note": "Remark", "status": "State"}
    words = told({"lists": {"orders": {"columns": {**columns, "our_reference": "Our sign"}}}})
    with desk_visit(desk, browser, tmp_path, words, PASSWORD) as visit:
        tried = _by_name(SiteTrial(visit).run())
    found = {(one.what, one.where) for one in tried["orders"].doubts}
    assert found == {
        ("number in two ways", "service"),
        ("day in two ways", "note"),
        ("rows that are equal", ""),
        ("state without a meaning", "status"),
    }
    assert desk.sent() == 0


def test_a_header_that_stands_twice_hides_no_other_column(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk()

    async def twice(request: Request) -> Response:
        del request
        headers = ["Order", "Our sign", "Charge", "Kind", "Kind", "State"]
        return page(
            "Orders", desk.filter() + table("Orders", headers, [["T-1", "s", "B-1", "a", "b", "Odd"]]) + "1 order"
        )

    desk.routes.append(Route("/orders", desk.inside(twice)))
    with desk_visit(desk, browser, tmp_path, told(), PASSWORD) as visit:
        orders = _by_name(SiteTrial(visit).run())["orders"]
    assert {(one.what, one.where, one.refused) for one in orders.doubts} == {
        ("header stands twice", "service", True),
        ("state without a meaning", "status", False),
    }


def test_a_request_that_nobody_named_is_held_back_and_told_with_its_line(tmp_path: Path, browser: WarmBrowser) -> None:
    desk = Desk(fill="fetch('/api/visited', {method: 'POST', body: '{}'})")

    async def visited(request: Request) -> Response:
        del request
        return JSONResponse({})

    desk.routes.append(Route("/api/visited", visited, methods=["POST"]))
    with desk_visit(desk, browser, tmp_path, told(), PASSWORD) as visit:
        orders = _by_name(SiteTrial(visit).run())["orders"]
        assert orders.refused
        (seen,) = [one for one in orders.requests if one.refused]
        assert seen.line == "{method: POST, path: /api/visited}"
        assert "POST /api/visited" in orders.refusal
    assert "POST /api/visited" not in [one for one in desk.asked if one != "POST /login"][1:]


def test_the_command_prints_it_as_json_and_ends_with_0(sites: MockSites, tmp_path: Path) -> None:
    with sites.visit("lims_labline") as visit:
        site = {"product": "lims_labline", "url": visit.url, "user": "bot", "timeout_s": 60}
        settings = {"mes": {"url": "http://mes", "user": "bot"}, "sites": {"lims": site}}
        (tmp_path / "settings.json").write_text(json.dumps(settings), "utf-8")
        secrets = tmp_path / "secrets.json"
        secrets.touch(mode=0o600)
        secrets.write_text(json.dumps({"mes": "x", "lims": SITE_PASSWORD}), "utf-8")
        told_of = ["--settings", "settings.json", "--secrets", "secrets.json", "--pictures", "pictures"]
        ran = subprocess.run(
            [sys.executable, "-m", "batchwright", "site", "try", "lims", *told_of, "--format", "json"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    answer = json.loads(ran.stdout)
    assert {one["name"]: one["read"] for one in answer["tried"]} == {"samples": 1, "results": 132}
    assert SITE_PASSWORD not in ran.stdout
    assert len(list((tmp_path / "pictures").rglob("*.png"))) == 2
