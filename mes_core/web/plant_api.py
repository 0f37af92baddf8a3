"""The JSON API of master records, settings of the plant, and the gates of a supply outside of specification."""

from fastapi import APIRouter, status

from mes_core.messages import gates as g
from mes_core.messages import masters as m
from mes_core.messages import people as p
from mes_core.messages import settings as s
from mes_core.messages import views as v
from mes_core.web.paging import PartDep, Word, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")


@router.post("/master-records", status_code=status.HTTP_201_CREATED)
def register_master(body: m.NewMaster, mes: MesDep, who: CallerDep) -> m.MasterView:
    """Store a version of a master record as a draft (people only)."""
    return mes.register_master(body, who)


@router.get("/master-records")
def masters(mes: MesDep, who: CallerDep, part: PartDep, name: Word = None) -> v.Page[m.MasterView]:
    """All versions, oldest of each name first."""
    del who
    return page(v.Page[m.MasterView], mes.masters(name), part)


@router.get("/master-records/{master_id}")
def master(master_id: str, mes: MesDep, who: CallerDep) -> m.MasterView:
    """One version, with its document."""
    del who
    return mes.master(master_id)


@router.post("/master-records/{master_id}/approval")
def approve_master(master_id: str, body: m.ApproveMaster, mes: MesDep, who: CallerDep) -> m.MasterView:
    """Approve a version from a day on, signed (people only)."""
    return mes.approve_master(master_id, body, who)


@router.get("/settings")
def settings(mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[s.SettingView]:
    """Every setting that was made, newest first; the newest of a name is in force."""
    del who
    return page(v.Page[s.SettingView], mes.settings(), part)


@router.post("/settings/signing", status_code=status.HTTP_201_CREATED)
def change_signing(body: s.ChangeSigning, mes: MesDep, who: CallerDep) -> s.SettingView:
    """Change what a signature takes, signed (people only)."""
    return mes.change_signing(body, who)


@router.post("/batches/{batch_id}/supply-gates", status_code=status.HTTP_201_CREATED)
def record_gate(batch_id: str, body: g.NewGate, mes: MesDep, who: CallerDep) -> g.GateView:
    """Record a gate of a supply outside of specification, signed (people only)."""
    return mes.record_gate(batch_id, body, who)


@router.get("/batches/{batch_id}/supply-gates")
def supply_gates(batch_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[g.GateView]:
    """The gates that are recorded, in their order."""
    del who
    return page(v.Page[g.GateView], mes.supply_gates(batch_id), part)


@router.get("/names-in-records")
def names_in_records(mes: MesDep, who: CallerDep, part: PartDep, unknown: bool = False) -> v.Page[p.NameView]:
    """Names in records: whose they are, and those that nobody knows yet."""
    del who
    return page(v.Page[p.NameView], mes.names_in_records(unknown=unknown), part)


@router.post("/names-in-records", status_code=status.HTTP_201_CREATED)
def map_name(body: p.MapName, mes: MesDep, who: CallerDep) -> p.NameView:
    """Say whose a name in records is, signed (administrators only)."""
    return mes.map_name(body, who)
