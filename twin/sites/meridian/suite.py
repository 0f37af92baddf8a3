"""What the four Meridian modules share: the menu, the page after something was done."""

from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from twin.sites._kit.lists import ListSpec
from twin.sites._kit.site import Clock, Site
from twin.sites._kit.store import Row, Store

FOLDER = Path(__file__).parent
Menu = tuple[tuple[str, str], ...]


def suite_site(
    name: str,
    store: Store,
    specs: tuple[ListSpec, ...],
    clock: Clock,
    accounts: Mapping[str, str],
    menu: Menu,
    home: str = "",
) -> Site:
    """A module of the suite; `home` is the address of its first page when that is no list."""
    return Site(name, FOLDER, store, specs, clock, accounts, menu=menu, home=home)


def done(site: Site, request: Request, title: str, facts: Mapping[str, str], download: str = "") -> Response:
    """The page about something that was done; its first fact is the number that the site gave."""
    return site.show(request, "done.html", title=title, facts=list(facts.items()), download=download)


def one(site: Site, table: str, column: str, value: str) -> Row | None:
    """The row with this number."""
    return next((row for row in site.store.find(table, {column: value}) if row[column] == value), None)
