"""The JSON API of what people do about work items, and of schedules."""

from fastapi import APIRouter, status

from mes_core.messages import schedules as s
from mes_core.messages import views as v
from mes_core.messages import work as w
from mes_core.web.paging import PartDep, Word, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")


@router.get("/work-items/{item_id}")
def get_item(item_id: str, mes: MesDep, who: CallerDep) -> v.WorkItemView:
    """One work item."""
    del who
    return mes.get_item(item_id)


@router.post("/work-items/{item_id}/changes")
def change_item(item_id: str, body: w.ChangeItem, mes: MesDep, who: CallerDep) -> v.WorkItemView:
    """Try an item again, cancel it, or free it from a worker that is gone (people only)."""
    change = {w.Act.RETRY: mes.retry_item, w.Act.CANCEL: mes.cancel_item, w.Act.ADOPT: mes.adopt_item}[body.act]
    return change(item_id, body.reason, who)


@router.get("/work-items/{item_id}/live")
def live(item_id: str, mes: MesDep, who: CallerDep) -> w.LiveView:
    """One work item with the steps of its attempt and its effects elsewhere, as they stand now."""
    del who
    return mes.live(item_id)


@router.post("/work-items/{item_id}/steps", status_code=status.HTTP_204_NO_CONTENT)
def tell_steps(item_id: str, body: w.TellSteps, mes: MesDep, who: CallerDep) -> None:
    """Tell the steps of a running item so far, under its lease; people who look on are shown them."""
    mes.tell_steps(item_id, body, who)


@router.get("/schedules")
def schedules(mes: MesDep, who: CallerDep, part: PartDep, job: Word = None) -> v.Page[s.ScheduleView]:
    """Schedules in force, with their next five moments."""
    del who
    return page(v.Page[s.ScheduleView], mes.schedules(), part, job=job)


@router.post("/schedules")
def set_schedule(body: s.SetSchedule, mes: MesDep, who: CallerDep) -> v.Page[s.ScheduleView]:
    """Make, change or end a schedule, signed (people only); those in force then."""
    found = mes.set_schedule(body, who)
    return v.Page[s.ScheduleView](items=found, total=len(found))
