"""The fault plan does what it says: each fault on its own, counted in the site's own store."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from bots_rows import NOW
from sites_support import CASES, app_of, log_in, seed, stored, token

from batchwright.support.servers import Server, bind
from twin.sites.faults import Fault, FaultPlan, Hostile, full_plan

ERP = CASES["erp"]


@contextmanager
def hostile(folder: Path, plan: FaultPlan) -> Iterator[tuple[httpx.Client, Hostile]]:
    """A client that is logged in to a hostile ERP."""
    seed(folder)
    app = Hostile(app_of(ERP, folder), FaultPlan())
    with (
        Server(app, bind()) as server,
        httpx.Client(base_url=server.url, follow_redirects=True, trust_env=False) as client,
    ):
        log_in(client)
        form = token(client.get(ERP.form))
        client.headers["x-token"] = form
        app.follow(plan)
        yield client, app


def post(client: httpx.Client) -> httpx.Response:
    """Post a shipment."""
    return client.post(ERP.form, data={**ERP.values, "form_token": client.headers["x-token"]}, files=ERP.files)


def count(folder: Path) -> int:
    """Shipments in the site's own store."""
    return len(stored(ERP, folder))


@pytest.mark.parametrize(
    ("fault", "answer", "at_once", "later"),
    [
        (None, 200, 1, 1),
        (Fault.ERROR_500, 500, 0, 0),
        (Fault.ERROR_502, 502, 0, 0),
        (Fault.ERROR_503, 503, 0, 0),
        (Fault.RESET_BEFORE, None, 0, 0),
        (Fault.RESET_AFTER, None, 1, 1),
        (Fault.LATE_COMMIT, 200, 1, 1),
        (Fault.LOST_ANSWER, 504, 0, 1),
        (Fault.DOUBLED, 200, 2, 2),
        (Fault.SESSION_EXPIRED, 200, 0, 0),
        (Fault.HANG, 200, 1, 1),
    ],
)
def test_what_a_changing_request_meets(
    tmp_path: Path, fault: Fault | None, answer: int | None, at_once: int, later: int
) -> None:
    plan = FaultPlan(script=[fault], late_s=0.3, hang_s=0.4)
    with hostile(tmp_path, plan) as (client, site):
        if answer is None:
            with pytest.raises(httpx.TransportError):
                post(client)
        else:
            got = post(client)
            assert got.status_code == answer
            assert ("/login" in str(got.url)) == (fault is Fault.SESSION_EXPIRED)
        assert count(tmp_path) == at_once
        time.sleep(0.5 if later > at_once else 0)
        assert count(tmp_path) == later
        assert site.met == ({fault: 1} if fault else {})


def test_a_late_commit_comes_although_nobody_waits_for_it(tmp_path: Path) -> None:
    with hostile(tmp_path, FaultPlan(script=[Fault.LATE_COMMIT], late_s=0.6)) as (client, _):
        client.timeout = httpx.Timeout(0.2)
        with pytest.raises(httpx.TimeoutException):
            post(client)
        assert count(tmp_path) == 0
        time.sleep(0.8)
        assert count(tmp_path) == 1


def test_a_stale_list_catches_up_while_the_page_of_the_thing_is_there(tmp_path: Path) -> None:
    with hostile(tmp_path, FaultPlan(rates={Fault.STALE_LIST: 1.0}, lag_s=0.5)) as (client, _):
        assert "Shipment posted" in post(client).text
        assert "0 entries" in client.get("/shipments").text
        assert len(client.get("/shipments.csv").text.splitlines()) == 1
        time.sleep(0.6)
        assert "1 entry" in client.get("/shipments").text


def test_pages_that_look_different(tmp_path: Path) -> None:
    headers = ["Material", "Description", "Lot", "Quantity", "Unit", "Expires", "Status"]
    plan = FaultPlan(rates={Fault.COLUMNS_MOVED: 1.0, Fault.IDS_CHANGED: 1.0, Fault.MODAL: 1.0})
    with hostile(tmp_path, plan) as (client, _):
        page = client.get("/stock").text
        found = sorted(headers, key=lambda header: page.index(f">{header}"))
        assert found != headers
        assert 'id="f-lot"' not in page
        assert "Close notice" in page
        assert client.get("/stock").text != page
    with hostile(tmp_path, FaultPlan(rates={Fault.COLUMN_RENAMED: 1.0})) as (client, _):
        assert "(new)</th>" in client.get("/stock").text


def test_maintenance_and_a_wrong_clock(tmp_path: Path) -> None:
    with hostile(tmp_path, FaultPlan(maintenance=((0.0, 60.0),))) as (client, _):
        assert client.get("/stock").status_code == 503
    assert FaultPlan(clock_off_s=-90).clock(lambda: NOW)() == NOW - timedelta(seconds=90)


def test_the_same_seed_meets_the_same_faults(tmp_path: Path) -> None:
    seen = []
    for seed_of_plan in (3, 3, 4):
        plan = full_plan(seed_of_plan, 0.3, hang_s=0.0, slow_s=0.0, maintenance=())
        folder = tmp_path / f"{len(seen)}"
        folder.mkdir()
        with hostile(folder, plan) as (client, site):
            seen.append([client.get("/stock").status_code for _ in range(30)] + sorted(site.met))
    assert seen[0] == seen[1] != seen[2]
