"""Which items a worker takes, and what its exit code says."""

from pathlib import Path
from typing import Any

from bots.runtime.content import SUITES, content, served
from bots.runtime.runner import suites_of
from bots.runtime.supervisor import Supervisor, WorkerPlan
from keywords.settings import Settings


def _settings(*sites: str, folders: tuple[Path, ...] = ()) -> Settings:
    products = {
        "lims": "lims_labline",
        "erp": "erp_stockroom",
        "courier": "courier_cryorun",
        "agency": "agency_reggate",
    }
    access = {name: {"product": products[name], "url": "http://127.0.0.1:9", "user": "bot"} for name in sites}
    mes = {"url": "http://127.0.0.1:9", "user": "bot"}
    return Settings.model_validate({"environment": "demo", "mes": mes, "sites": access, "folders": folders})


def test_a_worker_takes_what_its_bots_have_sites_for(tmp_path: Path) -> None:
    """Others' items stay for others; a suite that names no site is taken anywhere."""
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "own_job.robot").write_text("*** Tasks ***\nLook\n    No Operation\n")
    suites = suites_of(SUITES, (tmp_path,))
    assert set(served(suites, _settings("lims", "erp"))) >= {"batch_record_review", "own_job"}
    assert not set(served(suites, _settings("lims", "erp"))) & {"courier_scheduling", "compliance_filing"}
    assert "compliance_filing" in served(suites, _settings("agency"))
    assert {"courier_scheduling", "batch_record_review"} <= set(served(suites, _settings("lims", "erp", "courier")))


def test_what_would_run_is_named_by_its_hashes() -> None:
    """The same sources give the same, and each suite and site of the settings is there once."""
    settings = _settings("lims", "erp")
    suites = suites_of(SUITES, ())
    told = content(settings, suites, ("batch_record_review",))
    assert [(one.kind.value, one.name) for one in told] == [
        ("suite", "batch_record_review"),
        ("site", "erp_stockroom"),
        ("site", "lims_labline"),
    ]
    assert [one.systems for one in told] == [("erp", "lims"), ("erp",), ("lims",)]
    assert told == content(settings, suites, ("batch_record_review",))


def test_a_supervisor_remembers_what_failed_at_last(tmp_path: Path) -> None:
    """One that was tried again and done is no failure."""
    plan = WorkerPlan(home=tmp_path, jobs=("j",), names=("w-1",), deadline_s=10.0, arguments=(), environment={})
    supervisor: Any = Supervisor(plan, [].append)

    class _Process:
        pid = 7

    class _Child:
        process, quick_ends, item, name = _Process(), 0, None, "w-1"
        item_since, idle_since, was_ready = 0.0, None, True

    supervisor._children["w-1"] = _Child()
    for item, result in (("a", "failed"), ("b", "failed"), ("a", "done")):
        supervisor._events.put(("w-1", 7, {"event": "item_finished", "item_id": item, "result": result}))
        supervisor._take_event(0.1)
    assert supervisor.failed == {"b"}
    assert not supervisor.broken
