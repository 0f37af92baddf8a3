"""The services with the rules that come with the project, on batches of the pretend plant."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mes_support import COURIER_JOB, PASSWORD, START, SYSTEM, at_work, everybody_known, shipment

from mes_core.domain.errors import Conflict
from mes_core.domain.principals import BotPrincipal, Role
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import deviations as d
from mes_core.messages import views as v
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from twin.world import World, make_world

BOT = BotPrincipal("bot-1")


def _table(system: str, table: str, rows: Iterable[Any]) -> Observation:
    cells = tuple({key: "" if cell is None else str(cell) for key, cell in row.items()} for row in rows)
    return Observation(system=system, table=table, page="p", read_at=START, rows=cells)


@pytest.mark.requirement("URS-004")
def test_a_justification_survives_a_later_review_by_the_real_rules(tmp_path: Path) -> None:
    """An hour later, by the same record and readings: no finding may depend on when it was read."""
    now = [START]
    mes = Mes(open_store(tmp_path / "store.sqlite"), BuiltinRules(), lambda: now[0])
    admin = mes.create_person("admin.one", "Ada Keeper", [Role.ADMINISTRATOR], PASSWORD, actor=SYSTEM)
    reviewer = mes.create_person("reviewer", "Rita Reviewer", [Role.REVIEWER], PASSWORD, actor=SYSTEM)
    world = make_world(seed=7, batches=12, defect_rate=0.6, now=START)
    justified = 0
    for document in world.records:
        record = BatchRecord.model_validate(document)
        lots = {one.lot for one in record.materials}
        tables = (
            _table("lims", "results", (row for row in world.lims_results if row["batch"] == record.batch_id)),
            _table("lims", "samples", (row for row in world.lims_samples if row["batch"] == record.batch_id)),
            _table("erp", "consumption", (row for row in world.erp_consumption if row["batch"] == record.batch_id)),
            _table("erp", "stock", (row for row in world.erp_stock if row["lot"] in lots)),
        )
        mes.submit_batch(record, BOT)
        everybody_known(mes, admin)
        first = mes.review(record.batch_id, tables, at_work(mes, BOT, record.batch_id))
        for one in first.findings:
            closing = v.CloseFinding(closure="justified", reason="Explained.", password=PASSWORD)
            mes.close_finding(one.finding_id, closing, reviewer)
            justified += 1
        now[0] += timedelta(hours=1)
        second = mes.review(record.batch_id, (), at_work(mes, BOT, record.batch_id))
        assert [one.status for one in second.findings] == ["closed"] * len(first.findings)
    assert justified > 0
    assert mes.verify_audit() == []


def _tables(world: World, lots: set[str], status: str) -> tuple[Observation, ...]:
    results = [{**row, "status": status} if row["test"] == "Sterility" else row for row in world.lims_results]
    return (
        _table("lims", "results", results),
        _table("lims", "samples", world.lims_samples),
        _table("erp", "consumption", world.erp_consumption),
        _table("erp", "stock", (row for row in world.erp_stock if row["lot"] in lots)),
    )


@pytest.mark.requirement("URS-043")
def test_a_conditional_release_under_the_real_rules(tmp_path: Path) -> None:
    """Sterility still runs: a justified finding, a conditional release, and a second certification when it ends."""
    now = [START]
    mes = Mes(open_store(tmp_path / "store.sqlite"), BuiltinRules(), lambda: now[0])
    admin = mes.create_person("admin.one", "Ada Keeper", [Role.ADMINISTRATOR], PASSWORD, actor=SYSTEM)
    reviewer = mes.create_person("reviewer", "Rita Reviewer", [Role.REVIEWER], PASSWORD, actor=SYSTEM)
    qp = mes.create_person("qp", "Quinn Person", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    world = make_world(seed=7, batches=1, defect_rate=0.0, now=START)
    record = BatchRecord.model_validate(world.records[0])
    lots = {one.lot for one in record.materials}

    def sign(verdict: v.VerdictView, disposition: v.Disposition, **more: Any) -> None:
        words = {"reason": "Looked at.", "meaning": "I certify this batch.", "password": PASSWORD, **more}
        about = {"verdict_id": verdict.verdict_id, "record_hash": verdict.record_hash, "disposition": disposition}
        mes.dispose(record.batch_id, v.SignDisposition.model_validate({**about, **words}), qp)

    mes.submit_batch(record, BOT)
    everybody_known(mes, admin)
    first = mes.review(record.batch_id, _tables(world, lots, "Preliminary"), at_work(mes, BOT, record.batch_id))
    assert [one.finding.rule for one in first.findings] == ["CT-LIM-04"]
    closing = v.CloseFinding(closure="justified", reason="Negative to date on day 10.", password=PASSWORD)
    mes.close_finding(first.findings[0].finding_id, closing, reviewer)
    again = mes.review(record.batch_id, (), at_work(mes, BOT, record.batch_id))
    (opened,) = mes.deviations(record.batch_id)
    ended = {"deviation_key": opened.deviation_key, "outcome": "no_impact", "conclusion": "It runs until day 14."}
    mes.close_deviation(record.batch_id, d.CloseDeviation.model_validate({**ended, "password": PASSWORD}), qp)
    (hold,) = mes.get_batch(record.batch_id).holds
    mes.lift_hold(hold.hold_id, v.LiftHold(reason="Justified.", password=PASSWORD), qp)
    with pytest.raises(Conflict, match="Sterility still runs"):
        sign(again, v.Disposition.RELEASED)
    pending = {"test": "Sterility", "so_far": "Negative to date", "expected_at": START + timedelta(days=10)}
    sign(again, v.Disposition.CONDITIONALLY_RELEASED, pending=[pending])
    booked = {"pickup_at": START + timedelta(hours=2), "delivery_at": START + timedelta(hours=20)}
    carrier = at_work(mes, BOT, record.batch_id, COURIER_JOB)
    mes.record_shipment(record.batch_id, shipment(record.batch_id, **booked), carrier)
    batch = mes.get_batch(record.batch_id)
    assert batch.state is v.BatchState.CONDITIONALLY_SHIPPED
    assert not any("SH-REL" in one.reason for one in batch.holds)
    open_holds = [one for one in batch.holds if one.lifted_at is None]
    now[0] = START + timedelta(days=10)
    final = mes.review(record.batch_id, _tables(world, lots, "Final"), at_work(mes, BOT, record.batch_id))
    assert final.verdict.verdict.value == "READY", [one.finding.text for one in final.findings]
    for one in open_holds:
        mes.lift_hold(one.hold_id, v.LiftHold(reason="Looked into.", password=PASSWORD), reviewer)
    sign(final, v.Disposition.RELEASED)
    assert mes.get_batch(record.batch_id).state is v.BatchState.SHIPPED
    assert mes.verify_audit() == []
