"""After a restore the command reads back from the pages what was booked since the backup, and changes nothing there."""

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bots_fakes import PASSWORD, PRODUCTS, MemoryMes, MemoryQueue, job, record, serve_sites, worker_on
from test_bots_shipping_and_filing import SLOTS, released

from keywords.browser import WarmBrowser
from mes_core.domain.errors import Conflict
from mes_core.domain.principals import SystemPrincipal
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from twin.sites import courier_cryorun, erp_stockroom

pytestmark = pytest.mark.browser
WHO = SystemPrincipal("set-up")


def _reconcile(home: Path, sites: dict[str, str]) -> tuple[int, dict[str, list[str]]]:
    """Run the command as a person would; its exit code and what it says."""
    settings, secrets = home / "settings.json", home / "secrets.json"
    named = {name: {"product": PRODUCTS[name], "url": url, "user": "bot"} for name, url in sites.items()}
    settings.write_text(json.dumps({"mes": {"url": "http://127.0.0.1:9", "user": "bot"}, "sites": named}))
    secrets.write_text(json.dumps(dict.fromkeys(("mes", *PRODUCTS), PASSWORD)))
    secrets.chmod(0o600)
    given = ["--settings", str(settings), "--secrets", str(secrets), "--run", "main", "--format", "json"]
    ended = subprocess.run(
        [sys.executable, "-m", "batchwright", "store", "reconcile", *given],
        env={**os.environ, "BATCHWRIGHT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


@pytest.mark.requirement("URS-065")
def test_what_was_booked_since_the_backup_is_found_on_the_sites(tmp_path: Path, browser: WarmBrowser) -> None:
    """The store of before the release knows nothing of it: the batch is held, and on the sites nothing changes."""
    home = tmp_path / "home"
    home.mkdir()
    with closing(open_store(home / "mes.sqlite")) as store:
        mes = Mes(store, BuiltinRules(None), lambda: datetime.now(UTC))
        for name in ("B-1", "B-2"):
            mes.submit_batch(record(name), WHO)
        mes.restored("2026-03-01T08:00:00+00:00", WHO)
        plant = MemoryMes(record())
        with serve_sites(tmp_path, SLOTS) as sites:
            released(plant, tmp_path, sites, browser)
            queue = MemoryQueue(job("courier_scheduling").model_copy(update={"business_key": "ship:B-1"}))
            worker_on(tmp_path, sites, browser, plant, queue)[0].drain()
            assert queue.failed == []
            without_erp = {name: url for name, url in sites.items() if name != "erp"}
            code, said = _reconcile(home, without_erp)
            assert (code, len(said["not_read"]), len(said["not_known_here"])) == (1, 2, 1)
            assert "The settings name no site 'erp'" in said["not_read"][0]
            with pytest.raises(Conflict, match="2 effects were not compared"):
                mes.thaw("Compared.", WHO)
            code, said = _reconcile(home, sites)
        assert (code, said["compared"], said["not_read"], len(said["agrees"])) == (1, 4, [], 2)
        (booking,) = courier_cryorun.bookings(tmp_path / "courier.sqlite")
        (posting,) = erp_stockroom.shipments(tmp_path / "erp.sqlite")
        by_courier, by_erp = said["not_known_here"]
        assert booking["reference"] in by_courier
        assert posting["posting"] in by_erp
        assert len([one for one in mes.get_batch("B-1").holds if one.lifted_at is None]) == 2
        assert mes.get_batch("B-2").holds == ()
        mes.thaw("Compared; B-1 is held.", WHO)
        assert mes.verify_audit() == []
