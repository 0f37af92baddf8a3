"""What nobody foresaw: answered as a problem with a number to quote, and logged under that number."""

import logging
import secrets
from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LOG = logging.getLogger("mes_core.web")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
Refuse = Callable[[Request, HTTPStatus, str], Response]


class Mishaps:
    """Stands around an application: an exception that nothing handled ends in an answer, and the server goes on."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse) -> None:
        """Stand around an application."""
        self._app, self._refuse = app, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; answer in its place what it could not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            number = "".join(secrets.choice(_ALPHABET) for _ in range(8))
            # The path alone: query and body may hold what belongs in no log.
            _LOG.exception("mishap %s: %s %s", number, scope["method"], scope["path"].encode("unicode_escape").decode())
            if begun:  # half of an answer is out: only closing the connection says that the rest is missing
                raise
            detail = (
                f"Something went wrong that nobody foresaw (number {number}): look whether the change is there, and"
                " give the number to who runs this server."
            )
            answer = self._refuse(Request(scope), HTTPStatus.INTERNAL_SERVER_ERROR, detail)
            await answer(scope, receive, send)
