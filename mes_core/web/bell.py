"""The bell: who waits for items is told when one was queued, with one look at the store for all who wait.

It only wakes. What a worker may take, it asks for as before: a bell that is not heard costs time and nothing else.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from mes_core.messages.work import Rang
from mes_core.services import Mes
from mes_core.web.port import CallerDep, MesDep

EVERY_S = 0.05
"""Seconds between two looks: half of it is what a queued item waits for its bell in the middle."""
LONGEST_S = 5.0
router = APIRouter(prefix="/api")


class Bell:
    """Waits for items on behalf of many. Other processes queue items too, so it looks at the store."""

    def __init__(self, mes: Mes) -> None:
        """Look at the store of a MES."""
        self._mes, self._looked, self._newest = mes, -EVERY_S, 0

    async def wait(self, jobs: Sequence[str], after: int | None, seconds: float) -> Rang:
        """Wait until an item of these jobs is queued after a place, for so many seconds at most.

        Args:
            jobs: names of jobs.
            after: place of the queue; None asks for the newest, and waits for nothing.
            seconds: how long.
        """
        ends, newest = time.monotonic() + seconds, await self._look()
        while after is not None:
            if newest < after:  # another store has taken the place of the one that the place is of
                return Rang(newest=newest, rings=True)
            if newest > after:
                if await run_in_threadpool(self._mes.queued_since, jobs, after):
                    return Rang(newest=newest, rings=True)
                after = newest
            if time.monotonic() >= ends:
                break
            await asyncio.sleep(EVERY_S)
            newest = await self._look()
        return Rang(newest=newest, rings=False)

    async def _look(self) -> int:
        """The newest place, as it was 50 ms ago at the most."""
        now = time.monotonic()
        if now - self._looked >= EVERY_S:
            self._looked = now  # whoever comes meanwhile takes what was seen last, and looks again
            self._newest = await run_in_threadpool(self._mes.newest_place)
        return self._newest


@router.get("/work-items/bell")
async def bell(
    request: Request,
    mes: MesDep,
    who: CallerDep,
    jobs: Annotated[list[str], Query(min_length=1, max_length=100)],
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    seconds: Annotated[float, Query(ge=0.0, le=LONGEST_S)] = 2.0,
) -> Rang:
    """Wait until an item of these jobs is queued after a place; without one, the newest place at once."""
    del who
    if getattr(request.app.state, "bell", None) is None:
        request.app.state.bell = Bell(mes)
    found: Rang = await request.app.state.bell.wait(jobs, after, seconds)
    return found
