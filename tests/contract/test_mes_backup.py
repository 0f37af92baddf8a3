"""A store as a file and back, also into the other kind of store; a damaged file changes nothing."""

import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from mes_support import COURIER_JOB, PASSWORD, SECRET, Plant, finding, own_database, record, shipment
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from batchwright.cli import app
from batchwright.support.errors import Refused
from mes_core.domain.errors import Conflict, Forbidden, Invalid
from mes_core.messages import views as v
from mes_core.messages.reconciliation import Finding, SiteReading
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.storage.backup import backup, restore

_RUN = CliRunner()


@pytest.fixture
def full(plant: Plant) -> Plant:
    """A plant with a shipped batch and one on hold."""
    plant.released()
    plant.mes.record_shipment("B1", shipment(), plant.at("B1", COURIER_JOB))
    plant.reviewed("HOLD", finding(), batch_id="B2")
    return plant


def _all(plant: Plant) -> dict[str, list[dict[str, object]]]:
    everything = plant.dump()
    del everything["sessions"], everything["requests"]
    return everything


@pytest.fixture(params=["into sqlite", "into postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | str]:
    """Where a new, empty store lies, on each kind of store, apart from the one that is backed up."""
    if request.param == "into sqlite":
        yield tmp_path / "new.sqlite"
        return
    with own_database(str(request.getfixturevalue("postgresql_server")), "restored") as address:
        yield address


@pytest.mark.requirement("URS-065")
def test_a_restored_store_is_the_same_and_verifies(
    full: Plant, address: Path | str, target: Path | str, tmp_path: Path
) -> None:
    """From either kind of store into either; a second restore is refused, because the store is not empty any more."""
    out = tmp_path / "kept.gz"
    assert backup(address, out, "2026-03-01T08:00:00+00:00") == sum(
        len(rows) for name, rows in _all(full).items() if name != "leases"
    )
    assert out.stat().st_mode & 0o077 == 0
    before = _all(full)
    with closing(open_store(target)) as store:
        assert restore(target, out) == "2026-03-01T08:00:00+00:00"
        again = Plant(Mes(store, full.rules, lambda: full.now), store, full.rules)
        assert {name: rows for name, rows in _all(again).items() if name != "leases"} == {
            name: rows for name, rows in before.items() if name != "leases"
        }
        assert again.mes.verify_audit() == []
        again.mes.submit_batch(record("B3"), full.bot)  # it can be worked with: keys and guards are there
        assert again.mes.verify_audit() == []
        with pytest.raises(DBAPIError, match=r"only grows|cannot be"), store.write() as work:
            work.change("verdicts", {"batch_id": "B1"}, verdict="READY")
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
def test_queues_stand_still_after_a_restore_until_the_sites_were_compared(
    full: Plant, address: Path | str, target: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands: backup, restore, thaw; no item is handed out in between."""
    out = tmp_path / "kept.gz"
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    monkeypatch.delenv("BATCHWRIGHT_SETTINGS", raising=False)
    for module in ("support.wiring", "commands.store"):
        monkeypatch.setattr(f"batchwright.{module}.clock", lambda: full.now)
    assert _RUN.invoke(app, ["backup", "--out", str(out)]).exit_code == 0
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(target))
    monkeypatch.setenv("BATCHWRIGHT_ENVIRONMENT", "production")
    asked = _RUN.invoke(app, ["restore", str(out)]).exception
    assert "has emptied or shortened looks whole by itself: give the newest checkpoint" in str(asked)
    ended = _RUN.invoke(app, ["restore", str(out), "--without-checkpoint", "It was lost in the fire."])
    monkeypatch.delenv("BATCHWRIGHT_ENVIRONMENT")
    assert "its audit trail is whole" in ended.output, ended.output
    assert "No checkpoint was compared" in ended.output
    request = v.ClaimRequest(
        secret=SECRET, worker="w", jobs=("batch_record_review", "compliance_filing", "courier_scheduling")
    )
    with closing(open_store(target)) as store:
        mes = Mes(store, full.rules, lambda: full.now)
        assert mes.frozen()
        with store.read() as work:
            told = work.find("audit", batch_id="system:store", action="store restored", order=("-number",), limit=1)[0]
        assert '"It was lost in the fire."' in told["new"]
        assert mes.claim(request, full.bot) is None
        with pytest.raises(Forbidden, match="A bot can't"):
            mes.thaw("All compared.", full.bot)
        refused = _RUN.invoke(app, ["store", "thaw", "--reason", "I say so."]).exception
        assert "were not compared with their sites" in str(refused)
        refused = _RUN.invoke(app, ["store", "reconcile"]).exception
        assert "BATCHWRIGHT_SETTINGS is not set" in str(refused)
        assert mes.claim(request, full.bot) is None
        by_hand = ["store", "thaw", "--reason", "Looked at all sites by hand.", "--accept-not-read"]
        assert _RUN.invoke(app, by_hand).exit_code == 0
        with store.read() as work:
            told = work.find("audit", batch_id="system:store", order=("-number",), limit=1)[0]
        assert "courier/booking/ship:B1" in told["new"]
        full.later(minutes=5)  # what was in hand before the restore is given out again when its lease has ended
        assert mes.claim(request, full.bot) is not None
        with pytest.raises(Conflict, match="do not stand still"):
            mes.thaw("Again.", full.qp)
        with pytest.raises(Conflict, match="do not stand still"):
            mes.compare((), full.qp)
        assert mes.verify_audit() == []
        assert mes.login("qp", PASSWORD).principal.user == "qp"
    assert isinstance(_RUN.invoke(app, ["restore", str(out)]).exception, Refused)


def _reading(plant: Plant, site: str, kind: str, key: str, reference: str = "", count: int = 1) -> SiteReading:
    presence = "PRESENT" if reference else "ABSENT"
    found = {"presence": presence, "count": count if reference else 0, "reference": reference, "read_at": plant.now}
    return SiteReading.model_validate({"site": site, "kind": kind, "business_key": key, **found})


def _three_of_whom_one_is_on_its_way(plant: Plant) -> None:
    """B1 is released, booked and about to be posted; B2 and B3 are reviewed."""
    plant.released("B1")  # its courier item is queued
    plant.reviewed(batch_id="B2")
    plant.reviewed(batch_id="B3")
    item = plant.mes.claim(v.ClaimRequest(secret=SECRET, worker="w", jobs=("courier_scheduling",)), plant.bot)
    assert item is not None
    for site, kind, reference in (("courier", "booking", "CR-1"), ("erp", "shipment", "P-1")):
        intent = {"site": site, "kind": kind, "business_key": "ship:B1", "batch_id": "B1", "item_id": item.item_id}
        effect = plant.mes.register_effect(v.NewEffect.model_validate(intent), plant.at("B1", COURIER_JOB))
        if site == "courier":
            plant.mes.confirm_effect(
                effect.effect_id, v.ConfirmEffect(reference=reference, count=1), plant.at("B1", COURIER_JOB)
            )


@pytest.mark.requirement("URS-065")
def test_what_the_sites_show_is_compared_with_what_the_store_knows(plant: Plant) -> None:
    """What agrees goes on, what a queued item will adopt too; all else holds its batch, and nothing is left out."""
    _three_of_whom_one_is_on_its_way(plant)
    plant.mes.restored("2026-03-01T07:00:00+00:00", plant.qp)
    keys = {(one.site, one.kind, one.business_key): one for one in plant.mes.to_compare()}
    assert set(keys) == {
        *((s, k, f"ship:B{n}") for s, k in (("courier", "booking"), ("erp", "shipment")) for n in (1, 2, 3)),
        ("courier", "booking", "rebook:B1:1"),  # one that stands in the place of its booking may have been made since
    }
    assert keys["courier", "booking", "ship:B1"].state == "confirmed"
    readings = [
        _reading(plant, "courier", "booking", "ship:B1"),  # confirmed here, gone there
        _reading(plant, "erp", "shipment", "ship:B1", "P-1"),  # meant here, there; its item will adopt it
        _reading(plant, "courier", "booking", "ship:B2", "CR-2"),  # unknown here
        _reading(plant, "erp", "shipment", "ship:B2", "P-2", count=2),
        _reading(plant, "courier", "booking", "ship:B3"),
        _reading(plant, "courier", "booking", "rebook:B1:1"),
    ]
    found = {
        (one.expected.site, one.expected.business_key): one.finding for one in plant.mes.compare(readings, plant.qp)
    }
    assert found == {
        ("courier", "ship:B1"): Finding.GONE,
        ("erp", "ship:B1"): Finding.WILL_BE_ADOPTED,
        ("courier", "ship:B2"): Finding.NOT_KNOWN_HERE,
        ("erp", "ship:B2"): Finding.NOT_ONE,
        ("courier", "ship:B3"): Finding.AGREES,
        ("erp", "ship:B3"): Finding.NOT_READ,
        ("courier", "rebook:B1:1"): Finding.AGREES,
    }
    states = {(one.site, one.state) for one in plant.mes.effects("B1")}
    assert states == {("courier", "in_doubt"), ("erp", "intended")}
    for name, holds in (("B1", 1), ("B2", 2), ("B3", 0)):
        assert len([one for one in plant.mes.get_batch(name).holds if one.lifted_at is None]) == holds
        assert len([one for one in plant.mes.deviations(name) if one.closed_at is None]) == holds
    with pytest.raises(
        Conflict, match="1 effects were not compared with their sites, the first is erp/shipment/ship:B3"
    ):
        plant.mes.thaw("Compared.", plant.qp)
    more = plant.mes.compare([*readings, _reading(plant, "erp", "shipment", "ship:B3")], plant.qp)
    assert Finding.NOT_READ not in {one.finding for one in more}
    assert len(plant.mes.get_batch("B2").holds) == 2  # not held again
    plant.mes.thaw("Compared.", plant.qp)
    assert not plant.mes.frozen()
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-065")
def test_another_number_on_the_site_is_not_the_effect_that_was_confirmed(full: Plant) -> None:
    """Also of a batch that has left."""
    with full.store.read() as work:
        item = work.find("work_items", job="courier_scheduling")[0]["item_id"]
    intent = {"site": "courier", "kind": "booking", "business_key": "ship:B1", "batch_id": "B1", "item_id": item}
    effect = full.mes.register_effect(v.NewEffect.model_validate(intent), full.at("B1", COURIER_JOB))
    full.mes.confirm_effect(effect.effect_id, v.ConfirmEffect(reference="CR-1", count=1), full.at("B1", COURIER_JOB))
    full.mes.restored("2026-03-01T07:00:00+00:00", full.qp)
    found = full.mes.compare([_reading(full, "courier", "booking", "ship:B1", "CR-9")], full.qp)
    assert next(one.finding for one in found if one.expected.business_key == "ship:B1") is Finding.OTHER
    assert "CR-9" in full.mes.deviations("B1")[-1].title
    assert full.mes.effects("B1")[0].state == "in_doubt"
    assert full.mes.verify_audit() == []


_KEPT = '{"format":"batchwright-checkpoint/1","number":1,"made_at":"2026-03-01T08:00:00+00:00","entries":1,"root":"",'


@pytest.mark.requirement("URS-065")
@pytest.mark.parametrize(
    "text",
    [
        *("null", "{}", "[]", "3", "[" * 100_000, "", '{"format":"batchwright-checkpoint/1"}'),
        f'{_KEPT}"previous":"","key":1,"signature":"","chains":[]}}',
        f'{_KEPT}"previous":"","key":"","signature":"","chains":[1]}}',
        f'{_KEPT}"previous":"","key":"","signature":"","chains":{{}}}}',
    ],
    ids=range(10),
)
def test_what_is_no_checkpoint_is_compared_with_nothing(
    full: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """It is refused before anything is restored: the store would stand there, and its queues would go on."""
    out, kept, target = tmp_path / "kept.gz", tmp_path / "checkpoint.json", tmp_path / "new.sqlite"
    backup(address, out, "2026-03-01T08:00:00+00:00")
    kept.write_text(text)
    monkeypatch.setenv("BATCHWRIGHT_ENVIRONMENT", "production")
    for command in (["restore"], ["store", "drill"]):
        given = [*command, str(out), "--address", str(target), "--checkpoint", str(kept)]
        ended = _RUN.invoke(app, given)
        assert isinstance(ended.exception, Refused), ended.exception
        assert str(kept) in str(ended.exception)
    monkeypatch.setenv("BATCHWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BATCHWRIGHT_STORE", str(address))
    ended = _RUN.invoke(app, ["verify", "--audit", "--checkpoint", str(kept)])
    assert str(kept) in str(ended.exception)
    blank = _RUN.invoke(app, ["restore", str(out), "--address", str(target), "--without-checkpoint", " "])
    assert "give the newest checkpoint" in str(blank.exception)
    assert not target.exists()


@pytest.mark.requirement("URS-065")
@pytest.mark.parametrize("breaks", [False, True])
def test_a_backup_that_disagrees_or_can_not_be_verified_stands_still_and_the_trail_says_so(
    full: Plant, address: Path | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    out, kept, target = tmp_path / "kept.gz", tmp_path / "checkpoint.json", tmp_path / "new.sqlite"
    backup(address, out, "2026-03-01T08:00:00+00:00")
    full.mes.submit_batch(record("B9"), full.bot)  # what the backup does not hold
    kept.write_text(json.dumps(full.mes.make_checkpoint(Ed25519PrivateKey.generate(), full.admin)))
    monkeypatch.setattr("batchwright.commands.store.clock", lambda: full.now)
    if breaks:
        monkeypatch.setattr(Mes, "verify_audit", lambda *_: bytes.fromhex("no"))
    ended = _RUN.invoke(app, ["restore", str(out), "--address", str(target), "--checkpoint", str(kept)])
    assert ended.exit_code == 1
    with closing(open_store(target)) as store, store.read() as work:
        (told,) = work.find("audit", batch_id="system:store", action="store restored")
        assert Mes(store, full.rules, lambda: full.now).frozen()
    said = json.loads(told["new"] or "")
    assert not said["checkpoint_compared"]
    assert ("could not be verified" if breaks else "B9") in said["why_not"]
