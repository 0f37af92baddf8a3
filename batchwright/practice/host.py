"""The process of a practice plant that stays up: `python -m batchwright.practice.host FOLDER`, settings on its input.

It ends when it was asked to, when nobody has asked it or its sites anything for a while, and when its note is gone or
is another's. Its stores stay in the folder.
"""

import json
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from batchwright.practice.places import FOLDER
from batchwright.practice.plant import Practice, practising
from batchwright.practice.staying import NOTE, STAYS_S, content_of, found, stays_s
from batchwright.support.errors import Refused
from batchwright.support.servers import Server, bind
from batchwright.support.wiring import clock
from mes_core.domain.errors import DomainError
from mes_core.messages.views import NewWorkItem, Session
from mes_core.storage.locking import locked

_LOOK_S = 0.5
_SESSION_AT_LEAST_S = 3_600
_HERE = {"x-practice": "plant"}


class Orders:
    """What runs may order of a plant: requests with its secret.

    Attributes:
        ended: Set when it was asked to end.
    """

    def __init__(self, plant: Practice, secret: str) -> None:
        self._plant = plant
        self._secret = secret
        self._session: Session | None = None
        self._turn = threading.Lock()
        self.ended = threading.Event()

    def app(self) -> Starlette:
        """The application that takes them."""
        return Starlette(routes=[Route("/{what}", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> JSONResponse:
        given = request.headers.get("authorization", "")
        if not compare_digest(given.encode(), f"Bearer {self._secret}".encode()):
            return JSONResponse({"detail": "That is not this plant's secret."}, 401, _HERE)
        about = await request.json()
        from starlette.concurrency import run_in_threadpool

        return await run_in_threadpool(self._carried_out, request.path_params["what"], about)

    def _carried_out(self, what: str, about: Mapping[str, Any]) -> JSONResponse:
        try:
            return JSONResponse(self._done(what, about), 200, _HERE)
        except (Refused, DomainError, ValueError, KeyError) as error:
            return JSONResponse({"detail": str(error)}, 409, _HERE)

    def _done(self, what: str, about: Mapping[str, Any]) -> Any:
        match what:
            case "hello":
                return {}
            case "item":
                return self._plant.item(about["job"], about["key"]).model_dump(mode="json")
            case "take":
                return self._plant.take(NewWorkItem.model_validate(about)).model_dump(mode="json")
            case "drop":
                self._plant.drop(about["item_id"])
                return {}
            case "session":
                return self.session().model_dump(mode="json")
            case "end":
                self.ended.set()
                return {}
        raise Refused(f"A practice plant knows no {what!r}.")

    def session(self) -> Session:
        """The bot's session; a log-in takes half a second on purpose, so one serves every run of its time."""
        with self._turn:
            known = self._session
            if known is None or (known.expires_at - clock()).total_seconds() < _SESSION_AT_LEAST_S:
                self._session = known = self._plant.session()
            return known


def main() -> None:
    """Serve until there is a reason to end."""
    folder, wanted = Path(sys.argv[1]), json.load(sys.stdin)
    practice = folder / FOLDER
    last = [time.monotonic()]

    def touched() -> None:
        last[0] = time.monotonic()

    try:
        with locked(practice / "plant.lock"):
            if found(folder, wanted) is not None:
                return  # another run has started one meanwhile
            serving = practising(folder, wanted, touched)
            plant = serving.__enter__()
            orders = Orders(plant, secret := secrets.token_urlsafe(32))
            control = Server(orders.app(), bind()).__enter__()
            note = _write_note(practice / NOTE, plant, control.url, secret, content_of(wanted))
    except (Refused, DomainError) as refused:
        sys.exit(str(refused))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: orders.ended.set())
    orders.session()
    longest = stays_s() or STAYS_S
    while not orders.ended.wait(_LOOK_S) and time.monotonic() - last[0] < longest and _is(practice / NOTE, note):
        pass
    control.__exit__(None, None, None)
    serving.__exit__(None, None, None)
    if _is(practice / NOTE, note):
        (practice / NOTE).unlink(missing_ok=True)


def _write_note(path: Path, plant: Practice, address: str, secret: str, content: str) -> str:
    """The note by which runs find this process, which its owner alone may read; it is there whole, or not at all."""
    note = json.dumps(
        {
            "process": os.getpid(),
            "address": address,
            "secret": secret,
            "content": content,
            "batch": plant.batch,
            "mes": plant.settings["mes"],
            "sites": {name: access["url"] for name, access in plant.settings["sites"].items()},
        }
    )
    part = path.with_suffix(f".{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(note)
    part.replace(path)
    return note


def _is(path: Path, note: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == note
    except OSError:
        return False


if __name__ == "__main__":
    main()
