"""A week's plan: advice for planners; what is booked goes through the ways of each batch."""

from collections.abc import Mapping, Sequence

from mes_core.domain.errors import Conflict
from mes_core.messages import journeys as j
from mes_core.services.core import Core
from mes_core.services.journeys.reckoning import PLANNING


class Weeks(Core):
    """Plans of a week."""

    def plan_week(
        self, week: str, pickup_site: str, offers: Mapping[str, Sequence[j.OfferedWay]], *, seconds: float = 10.0
    ) -> j.PlanView:
        """Plan all shipments whose pick-up lies in a week.

        Args:
            week: ISO week, like `2026-W50`.
            pickup_site: name of the plant's place.
            offers: slots by treatment centre; where a centre has none, those of the batch's last assessment are taken.
            seconds: when to stop and say the gap.

        Raises:
            Invalid: the week is none, or something that is needed is not known.
            Conflict: the solver is not installed.
        """
        try:
            from mes_core.services.journeys.week_plan import planned
        except ModuleNotFoundError as missing:
            raise Conflict(f"{missing.name} is not installed where the MES runs: {PLANNING}") from None
        return planned(self._store, self.now(), week, pickup_site, offers, seconds=seconds)
