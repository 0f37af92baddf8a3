"""A store as a file and back, also into the other kind of store; a damaged file changes nothing."""

import gzip
from contextlib import closing
from pathlib import Path

import pytest
from mes_support import PASSWORD, Plant, finding, shipment
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.errors import Refused
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.messages import views as v
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.storage.backup import backup, restore

_RUN = CliRunner()


@pytest.fixture
def full(plant: Plant) -> Plant:
    """A plant with a shipped batch and one on hold."""
    plant.released()
    plant.mes.record_shipment("B1", shipment(), plant.bot)
    plant.reviewed("HOLD", finding(), batch_id="B2")
    return plant


def _all(plant: Plant) -> dict[str, list[dict[str, object]]]:
    everything = plant.dump()
    del everything["sessions"], everything["requests"]
    return everything


@pytest.mark.requirement("URS-065")
def test_a_restored_store_is_the_same_and_verifies(full: Plant, address: Path | str, tmp_path: Path) -> None:
    """From either kind of store into a file; a second restore is refused, because the store is not empty any more."""
    out, target = tmp_path / "kept.gz", tmp_path / "new.sqlite"
    assert backup(address, out, "2026-03-01T08:00:00+00:00") == sum(len(rows) for rows in _all(full).values())
    assert out.stat().st_mode & 0o077 == 0
    before = _all(full)
    with closing(open_store(target)) as store:
        assert restore(target, out) == "2026-03-01T08:00:00+00:00"
        again = Plant(Mes(store, full.rules, lambda: full.now), store, full.rules)
        assert _all(again) == before
        assert again.mes.verify_audit() == []
        with pytest.raises(Conflict, match="not empty"):
            restore(target, out)


@pytest.mark.requirement("URS-065")
@pytest.mark.parametrize("damage", ["cut", "changed", "no backup", "other version", "absent"])
def test_a_damaged_backup_changes_nothing(full: Plant, address: Path | str, tmp_path: Path, damage: str) -> None:
    """All or nothing."""
    out, target = tmp_path / "kept.gz", tmp_path / "new.sqlite"
    backup(address, out, "2026-03-01T08:00:00+00:00")
    lines = gzip.decompress(out.read_bytes())
    if damage == "absent":
        out.unlink()
    else:
        made = {
            "cut": gzip.compress(b"\n".join(lines.split(b"\n")[:-3])),
            "changed": gzip.compress(lines.replace(b"PAT-1", b"PAT-2")),
            "no backup": b"something else",
            "other version": gzip.compress(lines.replace(b'"revision":"0', b'"revision":"9')),
        }
        out.write_bytes(made[damage])
    with closing(open_store(target)) as store:
        with pytest.raises(Invalid):
            restore(target, out)
        with store.read() as work:
            assert work.count("batches") == work.count("audit") == 0


@pytest.mark.requirement("URS-065")
def test_queues_stand_still_after_a_restore_until_a_person_has_compared(
    full: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands: backup, restore, thaw; no item is handed out in between."""
    out = tmp_path / "kept.gz"
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    assert _RUN.invoke(app, ["backup", "--out", str(out)]).exit_code == 0
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(tmp_path / "new.sqlite"))
    ended = _RUN.invoke(app, ["restore", str(out)])
    assert "its audit trail is whole" in ended.output, ended.output
    request = v.ClaimRequest(worker="w", jobs=("batch_record_review", "compliance_filing", "courier_scheduling"))
    with closing(open_store(tmp_path / "new.sqlite")) as store:
        mes = Mes(store, full.rules, lambda: full.now)
        assert mes.frozen()
        assert mes.claim(request, full.bot) is None
        with pytest.raises(Forbidden, match="A bot can't"):
            mes.thaw("All compared.", full.bot)
        assert _RUN.invoke(app, ["store", "thaw", "--reason", "Compared with all sites."]).exit_code == 0
        assert mes.claim(request, full.bot) is not None
        with pytest.raises(Conflict, match="do not stand still"):
            mes.thaw("Again.", full.qp)
        assert mes.verify_audit() == []
        assert mes.login("qp", PASSWORD).principal.user == "qp"
    assert isinstance(_RUN.invoke(app, ["restore", str(out)]).exception, Refused)
