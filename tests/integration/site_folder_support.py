"""The mock sites, served here with words of theirs replaced, and visits to them as `batchwright site` makes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from bots_fakes import PASSWORD
from bots_rows import NOW, results_of, rows, slot
from sites_support import AT, seed
from tiny_sites import COLUMNS, Desk

from batchwright.support.servers import Server, bind
from keywords.browser import WarmBrowser
from keywords.evidence_folder import EvidenceFolder
from keywords.settings import Secrets, Settings
from keywords.site_folders.visit import Visit, folder_of
from twin.sites import agency_reggate, courier_cryorun, erp_stockroom, lims_labline
from twin.sites.meridian import stock

Replaced = Sequence[tuple[str, str]]
MODULES: dict[str, Any] = {
    "lims_labline": lims_labline,
    "erp_stockroom": erp_stockroom,
    "courier_cryorun": courier_cryorun,
    "agency_reggate": agency_reggate,
    "erp_meridian": stock,
}
_STORES = {"lims_labline": "lims", "erp_stockroom": "erp", "courier_cryorun": "courier", "agency_reggate": "agency"}


class Changeable:
    """A site whose pages have texts replaced on their way out, and some of whose pages have moved."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.replaced: Replaced = ()
        self.moved: Mapping[str, str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        came = {new: old for old, new in self.moved.items()}
        if scope["type"] == "http" and scope["path"] in self.moved:
            scope = {**scope, "path": "/not-there", "raw_path": b"/not-there"}
        elif scope["type"] == "http" and scope["path"] in came:
            scope = {**scope, "path": came[scope["path"]], "raw_path": came[scope["path"]].encode()}
        kept: dict[str, Any] = {}
        whole: list[bytes] = []

        async def out(message: Any) -> None:
            if message["type"] == "http.response.start":
                kept.update(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            whole.append(message.get("body", b""))
            if not message.get("more_body"):
                links = [(f'href="{old}"', f'href="{new}"') for old, new in self.moved.items()]
                kept["headers"] = [(name, self._led(name, one)) for name, one in kept["headers"]]
                await _send_whole(send, kept, b"".join(whole), [*self.replaced, *links])

        await self._app(scope, receive, out if scope["type"] == "http" else send)

    def _led(self, name: bytes, value: bytes) -> bytes:
        """A header, that of a redirect to where the page is now."""
        return self.moved.get(value.decode(), value.decode()).encode() if name == b"location" else value


async def _send_whole(send: Any, start: Mapping[str, Any], body: bytes, replaced: Replaced) -> None:
    if b"text/html" in dict(start["headers"]).get(b"content-type", b""):
        for old, new in replaced:
            body = body.replace(old.encode(), new.encode())
    headers = [(name, one) for name, one in start["headers"] if name != b"content-length"]
    await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


class MockSites:
    """Mock sites, each served once and filled with a little of everything."""

    def __init__(self, folder: Path, browser: WarmBrowser) -> None:
        self._folder, self._browser = folder, browser
        self._served: dict[str, tuple[Server, Changeable]] = {}
        seed(folder)
        _fill(folder)

    def _site(self, product: str) -> tuple[str, Changeable]:
        if product not in self._served:
            module: ModuleType | Any = MODULES[product]
            store = self._folder / f"{_STORES.get(product, product)}.sqlite"
            app = Changeable(module.create_app(store, clock=lambda: NOW, accounts={"bot": PASSWORD}))
            server = Server(app, bind())
            server.__enter__()
            self._served[product] = (server, app)
        server, app = self._served[product]
        return server.url, app

    def stop(self) -> None:
        """End the servers."""
        for server, _ in self._served.values():
            server.__exit__(None, None, None)

    @contextmanager
    def visit(
        self,
        product: str,
        replaced: Replaced = (),
        folder: Path | None = None,
        moved: Mapping[str, str] | None = None,
        environment: str = "demo",
    ) -> Iterator[Visit]:
        """A visit to a site, some of whose words and paths are others; `folder` replaces its folder."""
        url, app = self._site(product)
        app.replaced, app.moved = replaced, moved or {}
        settings = settings_for(product, url, environment=environment)
        own = folder or folder_of(settings, "site")
        yield Visit(settings, "site", own, self._browser, EvidenceFolder(self._folder / "seen"), secrets_for())


def _fill(folder: Path) -> None:
    """What the lists need besides: a shipment, a slot and bookings of every state."""
    shipment = rows("posting batch our_reference quantity unit posted_at", "P-1", "B-1", "ship:B-1", "1", "bag", AT)
    erp_stockroom.site._store(folder / "erp.sqlite").add("shipments", [shipment])
    courier_cryorun.site._store(folder / "courier.sqlite").add("slots", [slot("S-9", 48, 20, 120, 1)])
    stock.seed(folder / "erp_meridian.sqlite", stock=[], consumption=[])
    lims_labline.site._store(folder / "lims.sqlite").add("results", results_of("B-9", 2))


def settings_for(product: str, url: str, folders: Sequence[Path] = (), environment: str = "demo") -> Settings:
    """Settings that name one site."""
    site = {"product": product, "url": url, "user": "bot", "timeout_s": 60}
    told = {"mes": {"url": "http://mes", "user": "bot"}, "sites": {"site": site}, "environment": environment}
    return Settings.model_validate({**told, "folders": [str(one) for one in folders]})


def secrets_for(password: str = PASSWORD) -> Secrets:
    """The bot's password."""
    return Secrets({"mes": "x", "site": password})


@contextmanager
def desk_visit(
    desk: Desk, browser: WarmBrowser, folder: Path, told: Mapping[str, Any], password: str
) -> Iterator[Visit]:
    """A visit to the tiny desk, whose folder says what is told."""
    words = folder / "sites" / "tinydesk"
    words.mkdir(parents=True, exist_ok=True)
    (words / "locators.yaml").write_text(json.dumps(told), "utf-8")
    with Server(desk.app(), bind()) as served:
        desk.url = served.url
        settings = settings_for("tinydesk", served.url, [folder])
        yield Visit(settings, "site", words, browser, EvidenceFolder(folder / "seen"), secrets_for(password))


def order(number: int, **more: str) -> dict[str, str]:
    """An order on the tiny desk."""
    return {
        **dict.fromkeys(COLUMNS, ""),
        "number": f"T-{number}",
        "our_reference": f"s-{number}",
        "batch": "B-1",
        **more,
    }
