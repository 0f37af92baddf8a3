"""The planner's calendar: four weeks of pick-ups, deliveries and infusions."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from mes_core.services.journeys.calendar import WEEKS
from mes_core.web.console import show
from mes_core.web.console.session import PersonDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)


@router.get("/shipments/calendar")
def calendar(
    request: Request, mes: MesDep, who: PersonDep, day: Annotated[date | None, Query(alias="from")] = None
) -> HTMLResponse:
    """Whole weeks from the Monday before a day on; today's without one."""
    found = mes.calendar(day)
    span = timedelta(weeks=WEEKS)
    context = {"who": who, "calendar": found, "before": found.first - span, "after": found.first + span}
    return show.page(request, "calendar.html", context)
