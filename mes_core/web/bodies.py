"""Bodies of requests as they arrive: not too long, not too slowly, and not too many halves of them at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

_BYTES_A_SECOND = 64 * 1024
"""As fast as this, a body may take as long as it needs."""


class Refused(Exception):  # noqa: N818 - named for what happened
    """A request is not passed on: with which status, why, and with which headers besides."""

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """Keep status, sentence and headers."""
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


class Bodies:
    """All bodies of one kind of sender that are under way, whole or in part.

    Args:
        longest: bytes of one body.
        most_held: bytes of all of them together.
        part_s: seconds between two parts.
        body_s: seconds for a whole one, and one more for every 64 KiB that came.
        advice: what to do about one that is too long.
    """

    def __init__(self, longest: int, most_held: int, part_s: float, body_s: float, advice: str) -> None:
        self._longest, self._most, self._part_s, self._body_s = longest, most_held, part_s, body_s
        self._advice = advice
        self.held = 0

    @asynccontextmanager
    async def whole(self, request: Request, receive: Receive) -> AsyncIterator[bytes]:
        """The whole body, which counts as held until the request is answered.

        Raises:
            Refused: it is too long, comes too slowly, or there is no room for it beside the others.
            ClientDisconnect: its sender has gone.
        """
        said = request.headers.get("content-length", "")
        if said.isascii() and said.isdigit() and len(said) < 20 and int(said) > self._longest:
            raise self._too_long()
        parts: list[bytes] = []
        mine = 0
        try:
            ends = asyncio.get_running_loop().time() + self._body_s
            while True:
                part, goes_on = await self._part(receive, ends + mine / _BYTES_A_SECOND)
                mine += len(part)
                self.held += len(part)
                if mine > self._longest:
                    raise self._too_long()
                if self.held > self._most:
                    raise self._no_room()
                parts.append(part)
                if not goes_on:
                    break
            body = b"".join(parts)
            parts.clear()
            yield body
        finally:
            self.held -= mine

    async def _part(self, receive: Receive, ends: float) -> tuple[bytes, bool]:
        left = min(self._part_s, ends - asyncio.get_running_loop().time())
        try:
            part = await asyncio.wait_for(receive(), max(0.0, left))
        except TimeoutError:
            raise Refused(
                HTTPStatus.REQUEST_TIMEOUT,
                "The rest of the request did not come in time: nothing was done, send it again.",
                {"Connection": "close"},
            ) from None
        if part["type"] != "http.request":
            raise ClientDisconnect
        return part.get("body", b""), bool(part.get("more_body"))

    def _too_long(self) -> Refused:
        detail = f"The request is longer than {self._longest // 1024} KiB: {self._advice}."
        return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, {"Connection": "close"})

    def _no_room(self) -> Refused:
        return Refused(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "Too many long requests are under way: nothing was done, send this one again.",
            {"Connection": "close", "Retry-After": "5"},
        )
