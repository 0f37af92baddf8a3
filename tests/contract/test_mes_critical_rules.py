"""What harms a patient most, through the services: one thing wrong in a clean batch holds it by the built-in rules."""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mes_support import PASSWORD, START, SYSTEM, at_work, everybody_known

from mes_core.domain.errors import Conflict
from mes_core.domain.principals import BotPrincipal, Role
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import views as v
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from twin.defects import Bundle, NotApplicableError, mutate
from twin.defects.testing import lawful_retest
from twin.world import make_clean_bundles

_BOT = BotPrincipal("bot-1")


@cache
def _clean() -> tuple[Bundle, ...]:
    return tuple(make_clean_bundles(8, 31, now=START))


def _damaged(operator: str) -> Bundle:
    for number, bundle in enumerate(_clean()):
        try:
            return mutate(bundle, operator, np.random.default_rng(number))[0]
        except NotApplicableError:
            continue
    pytest.fail(f"{operator} fits none of the clean batches")


def _table(system: str, table: str, rows: Iterable[Any]) -> Observation:
    cells = tuple({key: "" if cell is None else str(cell) for key, cell in row.items()} for row in rows)
    return Observation(system=system, table=table, page="p", read_at=START, rows=cells)


def _reviewed(folder: Path, bundle: Bundle) -> tuple[Mes, v.VerdictView]:
    """A batch, stored and reviewed as a bot does it."""
    mes = Mes(open_store(folder / "store.sqlite"), BuiltinRules(), lambda: START)
    admin = mes.create_person("admin.one", "Ada Keeper", [Role.ADMINISTRATOR], PASSWORD, actor=SYSTEM)
    record = BatchRecord.model_validate(bundle.record)
    mes.submit_batch(record, _BOT)
    everybody_known(mes, admin)
    tables = (
        _table("lims", "results", bundle.lims_results),
        _table("lims", "samples", bundle.lims_samples),
        _table("erp", "consumption", bundle.erp_consumption),
        _table("erp", "stock", bundle.erp_stock),
    )
    return mes, mes.review(record.batch_id, tables, at_work(mes, _BOT, record.batch_id))


def _held(folder: Path, bundle: Bundle, rules: str) -> None:
    """The rule that is meant for it speaks, the batch is on hold, and a qualified person can't release it."""
    mes, verdict = _reviewed(folder, bundle)
    assert [one for one in verdict.findings if one.finding.rule.startswith(rules)], verdict.findings
    assert mes.get_batch(verdict.batch_id).state is v.BatchState.ON_HOLD
    qp = mes.create_person("qp", "Quinn Person", [Role.QUALIFIED_PERSON], PASSWORD, actor=SYSTEM)
    words = {"reason": "Looked at.", "meaning": "I certify this batch.", "password": PASSWORD}
    about = {"verdict_id": verdict.verdict_id, "record_hash": verdict.record_hash, "disposition": "released"}
    with pytest.raises(Conflict):
        mes.dispose(verdict.batch_id, v.SignDisposition.model_validate({**about, **words}), qp)


def test_without_anything_wrong_the_same_batches_are_ready(tmp_path: Path) -> None:
    for number, bundle in enumerate(_clean()[:2]):
        (tmp_path / str(number)).mkdir()
        _, verdict = _reviewed(tmp_path / str(number), bundle)
        assert (verdict.verdict.verdict.value, verdict.findings) == ("READY", ())


@pytest.mark.requirement("URS-211")
@pytest.mark.parametrize(
    ("operator", "rules"),
    [("dose_above_band", "CT-DOS-01"), ("vector_copies_high", "CT-SPC-04"), ("endotoxin_dose_high", "CT-SPC-16")],
)
def test_a_dose_that_is_not_for_this_patient_holds_the_batch(tmp_path: Path, operator: str, rules: str) -> None:
    _held(tmp_path, _damaged(operator), rules)


@pytest.mark.requirement("URS-212")
@pytest.mark.parametrize("operator", ["retest_without_investigation", "retest_before_conclusion"])
def test_a_retest_without_a_concluded_investigation_holds_the_batch(tmp_path: Path, operator: str) -> None:
    _held(tmp_path, _damaged(operator), "CT-")


@pytest.mark.requirement("URS-212")
def test_of_a_lawful_retest_the_reported_result_is_judged(tmp_path: Path) -> None:
    bundle = _clean()[0].copy()
    _, retest, _ = lawful_retest(bundle, np.random.default_rng(1), "Sterility")
    retest["result"] = "Positive"
    _held(tmp_path, bundle, "CT-SPC-09")


@pytest.mark.requirement("URS-213")
@pytest.mark.parametrize(
    ("operator", "rules"),
    [("label_other_patient", "CT-LBL-02"), ("handover_other_patient", "CT-HND-02"), ("handover_missing", "CT-HND-01")],
)
def test_cells_that_may_be_another_patients_hold_the_batch(tmp_path: Path, operator: str, rules: str) -> None:
    _held(tmp_path, _damaged(operator), rules)


def _dose(said: str) -> Callable[[Bundle], None]:
    def change(bundle: Bundle) -> None:
        bundle.result("Cell dose")["result"] = said

    return change


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize("said", ["1,500", "150.", "1.5.0", "see file"])
def test_a_number_that_can_be_read_in_two_ways_holds_the_batch(tmp_path: Path, said: str) -> None:
    bundle = _clean()[0].copy()
    _dose(said)(bundle)
    _held(tmp_path, bundle, "CT-")


@pytest.mark.requirement("URS-113")
@pytest.mark.parametrize("said", ["> 100", "< 100", "100 mg"])
def test_what_stands_around_a_value_is_not_dropped(tmp_path: Path, said: str) -> None:
    bundle = _clean()[0].copy()
    _dose(said)(bundle)
    _held(tmp_path, bundle, "CT-")
