"""The services with the rules that come with the project, on batches of the pretend plant."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from mes_support import PASSWORD, START, SYSTEM

from mes_core.domain.principals import BotPrincipal, Role
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import views as v
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from twin.world import make_world

BOT = BotPrincipal("bot-1")


def _table(system: str, table: str, rows: Iterable[Any]) -> Observation:
    cells = tuple({key: "" if cell is None else str(cell) for key, cell in row.items()} for row in rows)
    return Observation(system=system, table=table, page="p", read_at=START, rows=cells)


@pytest.mark.requirement("URS-004")
def test_a_justification_survives_a_later_review_by_the_real_rules(tmp_path: Path) -> None:
    """An hour later, by the same record and readings: no finding may depend on when it was read."""
    now = [START]
    mes = Mes(open_store(tmp_path / "store.sqlite"), BuiltinRules(), lambda: now[0])
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
        first = mes.review(record.batch_id, tables, BOT)
        for one in first.findings:
            closing = v.CloseFinding(closure="justified", reason="Explained.", password=PASSWORD)
            mes.close_finding(one.finding_id, closing, reviewer)
            justified += 1
        now[0] = now[0].replace(hour=now[0].hour + 1)
        second = mes.review(record.batch_id, (), BOT)
        assert [one.status for one in second.findings] == ["closed"] * len(first.findings)
        now[0] = START
    assert justified > 0
    assert mes.verify_audit() == []
