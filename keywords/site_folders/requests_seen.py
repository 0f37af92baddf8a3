"""Which requests a site's pages sent while they were looked at, what became of each, and the line that names it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Request

from keywords.gate import Gate, Hosts
from keywords.gate.bodies import Body
from keywords.gate.classes import is_safe, line_for

_REFUSED = ("held back", "closed", "message held")


@dataclass(frozen=True)
class SeenRequest:
    """One request that does not merely read by its method.

    Attributes:
        kind: its class by the locators; `unknown` where they do not name it.
        method: its method; `SOCKET` for a message over a web socket.
        path: of its address.
        fate: what the gate did with it.
        refused: whether it was held back.
        line: the words that would name it in the locators, where it was held back.
    """

    kind: str
    method: str
    path: str
    fate: str
    refused: bool
    line: str

    def plain(self) -> dict[str, Any]:
        """Itself as data."""
        return asdict(self)


class RequestsSeen:
    """Listens to a page, and puts what it sent beside what the gate made of it.

    Args:
        page: The page that is listened to.
        gate: The gate that judges its requests.
        hosts: The site's hosts.
    """

    def __init__(self, page: Page, gate: Gate, hosts: Hosts) -> None:
        self._gate, self._hosts = gate, hosts
        self._lines: dict[tuple[str, str, str], str] = {}
        page.on("request", self._heard)

    def _heard(self, request: Request) -> None:
        if is_safe(request.method, request.headers):
            return
        body = Body(request.headers.get("content-type", ""), request.post_data_buffer)
        parts = urlsplit(request.url)
        line = line_for(request.method, request.url, body, self._hosts)
        self._lines[request.method, parts.netloc, parts.path] = line

    def take(self) -> tuple[SeenRequest, ...]:
        """What was seen since the last time, each once; the gate forgets it, so that the next page begins afresh."""
        found = {(one["method"], one["path"], one["fate"]): self._seen(one) for one in self._gate.diary}
        self._gate.begin_item()
        return tuple(found.values())

    def _seen(self, noted: Mapping[str, Any]) -> SeenRequest:
        refused = str(noted["fate"]).startswith(_REFUSED)
        given = (str(noted["method"]), str(noted["host"]), str(noted["path"]))
        line = self._lines.get(given) or f"{{method: {noted['method']}, path: {noted['path']}}}"
        fate = str(noted["fate"])
        return SeenRequest(str(noted["class"]), given[0], given[2], fate, refused, line if refused else "")
