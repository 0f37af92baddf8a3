"""The JSON API of what is due, who works on what, results that conditional releases wait for, and the register."""

from fastapi import APIRouter, status

from mes_core.messages import conditional as c
from mes_core.messages import views as v
from mes_core.messages.causes import CauseNote, HandDue, NewCauseNote
from mes_core.web.paging import PartDep, Word, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")


@router.get("/due-items")
def due_items(
    mes: MesDep,
    who: CallerDep,
    part: PartDep,
    batch_id: Word = None,
    kind: c.DueKind | None = None,
    role: Word = None,
    state: Word = "open",
) -> v.Page[c.DueView]:
    """What is due, soonest first; an empty `state` shows what is done too."""
    del who
    found = mes.due_items(batch_id=batch_id, state=state or None)
    return page(v.Page[c.DueView], found, part, kind=kind, role=role)


@router.post("/due-items/{due_id}/done")
def finish_due(due_id: str, body: c.DueDone, mes: MesDep, who: CallerDep) -> c.DueView:
    """Sign that a notice was given, or that a report of misuse was looked into (people only)."""
    return mes.finish_due(due_id, body, who)


@router.post("/due-items/{due_id}/owner")
def hand_due(due_id: str, body: HandDue, mes: MesDep, who: CallerDep) -> c.DueView:
    """Take on something that is due, or hand it to a colleague (people only)."""
    return mes.hand_due(due_id, body, who)


@router.post("/batches/{batch_id}/cause-notes", status_code=status.HTTP_201_CREATED)
def note_cause(batch_id: str, body: NewCauseNote, mes: MesDep, who: CallerDep) -> CauseNote:
    """Take what holds a batch under a rule, hand it over, give it back, or remark on it (people only)."""
    return mes.note_cause(batch_id, body, who)


@router.get("/batches/{batch_id}/cause-notes")
def cause_notes(batch_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[CauseNote]:
    """Who took, handed over and remarked on what holds a batch, by rule, oldest first."""
    del who
    mes.get_listed(batch_id)
    return page(v.Page[CauseNote], mes.cause_notes([batch_id]), part)


@router.get("/due-notices")
def due_notices(mes: MesDep, who: CallerDep, part: PartDep, due_id: Word = None) -> v.Page[c.DueNotice]:
    """Reminders and escalations, newest first."""
    del who
    return page(v.Page[c.DueNotice], mes.due_notices(due_id), part)


@router.post("/ticks", status_code=status.HTTP_201_CREATED)
def tick(mes: MesDep, who: CallerDep) -> c.TickView:
    """Advance what is due to the server's time, and ask for what schedules want; the same time again adds nothing."""
    mes.ask_by_schedule(who)
    return mes.tick(who)


@router.post("/batches/{batch_id}/final-results", status_code=status.HTTP_201_CREATED)
def note_final_result(batch_id: str, body: c.SignFinalResult, mes: MesDep, who: CallerDep) -> v.BatchView:
    """Note a final result that a conditional release waits for; a positive one stops the batch, starts clocks."""
    return mes.note_final_result(batch_id, body, who)


@router.get("/register")
def register(mes: MesDep, who: CallerDep, part: PartDep, batch_id: Word = None) -> v.Page[c.RegisterEntry]:
    """The register of certifications, in the order of signing."""
    del who
    return page(v.Page[c.RegisterEntry], mes.register(batch_id), part)
