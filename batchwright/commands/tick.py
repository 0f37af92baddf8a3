"""`batchwright tick`: bring what is due up to date; and the thread by which the server does so by itself."""

import json
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer

from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, text_console
from batchwright.support.settings import environment, home_to_serve, main_home

if TYPE_CHECKING:
    from mes_core.domain.principals import Actor
    from mes_core.services import Mes

EVERY_S = 60.0
_NOW = "Time of the tick, like 2026-03-01T08:00:00Z; default: the clock. Not in production."


def tick(
    now: Annotated[str | None, typer.Option(help=_NOW)] = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Bring what is due up to date. Reminds, escalates, ends what has happened; twice is the same as once."""
    # The store and its migrations take a second to import, which every other command would pay for.
    from batchwright.support.wiring import open_mes, who_runs_this

    moment = _moment(now)
    view = open_mes(home_to_serve(main_home(), run)).tick(who_runs_this(), moment)
    if output is Format.JSON:
        print(json.dumps(view.model_dump(mode="json")))  # noqa: T201 - the answer of the command
        return
    text_console().print(
        f"{view.open} due, {view.overdue} overdue; {view.opened} new, {view.ended} ended, {view.reminded} reminders,"
        f" {view.escalated} escalations.",
        highlight=False,
        soft_wrap=True,
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    if environment() == "production":
        raise Refused("In production the clock gives the time: leave --now out.")
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no time: write it like 2026-03-01T08:00:00Z.") from None
    if found.tzinfo is None:
        raise Refused(f"{text!r} has no zone: write it like 2026-03-01T08:00:00Z.")
    return found.astimezone(UTC)


class Ticking:
    """Ticks from a thread while a server runs; use as a context manager."""

    def __init__(self, mes: "Mes", *, every_s: float = EVERY_S) -> None:
        """Take the services and how often."""
        from batchwright.support.notify import Sender, way_of

        way = way_of()
        self._sender = Sender(way) if way else None
        self._mes = mes
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tick", daemon=True)

    def __enter__(self) -> "Ticking":
        """Start; the first tick is at once."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the thread after the tick that runs."""
        self._ended.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        from batchwright.support.wiring import who_runs_this

        actor = who_runs_this()
        while True:
            # One after the other, and none keeps the next one from its turn: each is tried again a minute later.
            for what in (self._mes.tick, self._mes.ask_by_schedule, self._notices):
                try:
                    what(actor)
                except Exception as error:  # noqa: BLE001 - a busy store must not end the ticking; the next one comes
                    _say(f"A tick failed and is tried again: {' '.join(str(error).split())[:300]}")
            if self._ended.wait(self._every_s):
                return

    def _notices(self, actor: "Actor") -> None:
        if self._sender is None:
            return
        self._mes.begin_notices(actor)
        for why in self._mes.send_notices(self._sender.ways, actor)[1][:5]:
            _say(f"A notice was not sent and is tried again: {why}")


def _say(text: str) -> None:
    text_console(stderr=True).print(text, soft_wrap=True)
