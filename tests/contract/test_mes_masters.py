"""Versions of master records: approved by signature from a day on, and bound to the batches that were made by them."""

from datetime import date
from typing import Any

import pytest
from mes_support import PASSWORD, START, Plant, record

from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.messages import masters as m
from mes_core.messages import views as v

TODAY = START.date()


def register(plant: Plant, version: str = "3", person: Any = None, **document: Any) -> m.MasterView:
    """A draft of a version."""
    content = {"limits": {"viability": [70, 100]}, **document}
    new = m.NewMaster(name="MBR-EX1", version=version, title="Manufacture of Examplecel", document=content)
    return plant.mes.register_master(new, person or plant.reviewer)


def approve(plant: Plant, version: str = "3", on: date = TODAY, person: Any = None) -> m.MasterView:
    """A version, approved by signature."""
    body = m.ApproveMaster(effective_on=on, reason="Change control CC-7.", password=PASSWORD)
    return plant.mes.approve_master(f"MBR-EX1:{version}", body, person or plant.quality)


def made(batch_id: str = "B1", version: str = "3", on: date = TODAY) -> Any:
    """A record of a batch that was begun on a day."""
    steps = [{**record().model_dump(mode="json")["steps"][0], "started_at": f"{on}T09:00:00Z"}]
    return record(batch_id, master_record_version=version, steps=steps)


@pytest.mark.requirement("URS-048")
def test_a_batch_is_bound_to_one_version_for_good(plant: Plant) -> None:
    """A later version changes neither the binding nor the document of the earlier one."""
    register(plant)
    before = approve(plant)
    assert (before.state, before.printed_name, before.effective_on) == ("approved", "Quality Person", TODAY)
    plant.mes.submit_batch(made(), plant.bot)
    register(plant, "4", limits={"viability": [80, 100]})
    approve(plant, "4")
    after = plant.mes.master("MBR-EX1:3")
    assert after == before.model_copy(update={"batches": 1})
    with plant.store.read() as work:
        (bound,) = work.find("master_bindings", batch_id="B1")
    assert (bound["master_id"], bound["content_hash"]) == ("MBR-EX1:3", before.content_hash)
    body = {"path": "master_record_version", "old": "3", "new": "4", "reason": "Other one.", "password": PASSWORD}
    with pytest.raises(Invalid, match="is bound to MBR-EX1:3"):
        plant.mes.correct("B1", v.Correction.model_validate(body), plant.operator)
    assert [one.version for one in plant.mes.masters("MBR-EX1")] == ["3", "4"]
    assert plant.mes.verify_audit() == []


@pytest.mark.requirement("URS-048")
@pytest.mark.parametrize("way", ["submit", "import"])
def test_a_batch_by_no_version_in_force_is_refused(plant: Plant, way: str) -> None:
    """One that is not registered, a draft, or not effective when the batch was begun."""
    register(plant)
    for version, day, says in (("9", TODAY, "not registered"), ("3", TODAY, "is a draft"), ("3", date(2026, 2, 1), "")):
        if not says:
            approve(plant)
            says = "effective from 2026-03-01"
        before = plant.dump()
        batch = made(version=version, on=day)
        if way == "submit":
            with pytest.raises(Conflict, match=says):
                plant.mes.submit_batch(batch, plant.bot)
        else:
            ((name, said),) = plant.mes.import_batches([(batch, ())], plant.bot).refused
            assert name == "B1"
            assert says in said
        assert plant.dump() == before
    plant.mes.submit_batch(made(), plant.bot)


@pytest.mark.requirement("URS-048")
def test_an_approval_is_signed_by_a_second_person_and_looks_forward(plant: Plant) -> None:
    """Not by who prepared it, a bot, or somebody without the role; not for a day that is over; not twice."""
    with pytest.raises(Forbidden, match="registered by people"):
        register(plant, person=plant.bot)
    register(plant, person=plant.quality)
    with pytest.raises(Conflict, match="is there already"):
        register(plant, person=plant.reviewer)
    before = plant.dump()
    cases: tuple[tuple[Any, date, type[Exception], str], ...] = (
        (plant.quality, TODAY, Forbidden, "prepared MBR-EX1:3"),
        (plant.bot, TODAY, Forbidden, "cannot sign"),
        (plant.operator, TODAY, Forbidden, "may not"),
        (plant.qp, date(2026, 2, 28), Invalid, "before its approval"),
    )
    for person, day, kind, says in cases:
        with pytest.raises(kind, match=says):
            approve(plant, on=day, person=person)
    assert plant.dump() == before
    approve(plant, person=plant.qp)
    with pytest.raises(Conflict, match="approved already by Qp Person"):
        approve(plant, person=plant.qp)
    with pytest.raises(NotFound, match="no master record 'MBR-EX1:8'"):
        approve(plant, "8")
