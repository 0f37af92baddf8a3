"""Schedules: items that the MES asks for by the clock, as people set them."""

from enum import StrEnum

from pydantic import Field

from mes_core.messages.record import Instant, View
from mes_core.messages.signatures import Signed

NAME = r"^[a-z][a-z0-9_]*$"


class Missed(StrEnum):
    """What becomes of moments that passed while no server ran: one item for all, one for each, or none."""

    ONCE = "once"
    ALL = "all"
    SKIP = "skip"


class SetSchedule(Signed):
    """Make a schedule, change it, or end it; signed.

    Attributes:
        job: the bot.
        state: of the batches that it is asked for; empty: every batch.
        cron: five fields as cron reads them, such as `30 2 * * MON-FRI`, in `zone`.
        catch_up: what becomes of missed moments.
        ended: nothing is asked for any more.
    """

    name: str = Field(pattern=NAME, max_length=40)
    job: str = Field(pattern=NAME, max_length=40)
    state: str = Field(default="", pattern=r"^[a-z_]*$", max_length=30)
    cron: str = Field(min_length=9, max_length=60)
    zone: str = Field(default="UTC", max_length=40)
    catch_up: Missed = Missed.ONCE
    ended: bool = False
    reason: str = Field(min_length=3, max_length=1000)


class ScheduleView(View):
    """A schedule that is in force, with the last moment that was asked for and the next ones."""

    name: str
    job: str
    state: str
    cron: str
    zone: str
    catch_up: Missed
    set_by: str
    set_at: Instant
    last: Instant | None
    next: tuple[Instant, ...]
