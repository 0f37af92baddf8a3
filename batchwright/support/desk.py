"""Where commands about work find it: in a store on this machine, or at a MES by its API, as whoever logs in."""

import getpass
import ipaddress
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Annotated, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

import typer

from batchwright.support.errors import Refused
from batchwright.support.settings import environment, home_to_serve, main_home
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.client import MesClient, MesError, MesUnreachable
from mes_core.domain.errors import DomainError
from mes_core.messages.views import EffectView, NewWorkItem, WorkItemView
from mes_core.messages.work import Act, ChangeItem
from mes_core.services import Mes

P = ParamSpec("P")
T = TypeVar("T")
TOKEN = "BATCHWRIGHT_TOKEN"  # noqa: S105 - the name of a variable
MesOption = Annotated[
    str | None, typer.Option("--mes", metavar="URL", help="A MES to ask over its API, instead of a store here.")
]
UserOption = Annotated[
    str | None,
    typer.Option(help=f"Who logs in there; without it {TOKEN} is used, or the bot of the settings file."),
]


class Desk(Protocol):
    """As much of the MES as the commands about work need."""

    def items(self, state: str | None, batch: str | None) -> Iterable[WorkItemView]: ...

    def find(self, item: str) -> WorkItemView | None: ...

    def effects(self, batch: str) -> Iterable[EffectView]: ...

    def change(self, act: Act, item_id: str, reason: str) -> WorkItemView: ...

    def ask(self, asked: NewWorkItem) -> WorkItemView: ...


class StoreDesk:
    """A store on this machine, changed by whoever is logged in at it."""

    def __init__(self, mes: Mes) -> None:
        """Take the services."""
        self._mes = mes

    def items(self, state: str | None, batch: str | None) -> Iterable[WorkItemView]:
        """Work items, oldest first."""
        return self._mes.work_items(state=state, batch_id=batch)

    def find(self, item: str) -> WorkItemView | None:
        """The item with this business key or number."""
        return next((one for one in self._mes.work_items() if item in (one.item_id, one.business_key)), None)

    def effects(self, batch: str) -> Iterable[EffectView]:
        """Effects of a batch."""
        return self._mes.effects(batch)

    def change(self, act: Act, item_id: str, reason: str) -> WorkItemView:
        """Try again, cancel or adopt."""
        changed: WorkItemView = getattr(self._mes, f"{act.value}_item")(
            item_id, f"{reason} ({getpass.getuser()})", who_runs_this()
        )
        return changed

    def ask(self, asked: NewWorkItem) -> WorkItemView:
        """Queue an item."""
        return self._mes.ask_for_item(asked, who_runs_this())


class RemoteDesk:
    """A MES over its API."""

    def __init__(self, client: MesClient) -> None:
        """Take a client that is logged in."""
        self._client = client

    def items(self, state: str | None, batch: str | None) -> Iterable[WorkItemView]:
        """Work items, oldest first, page by page."""
        return self._client.each_work_item(state=state, batch_id=batch)

    def find(self, item: str) -> WorkItemView | None:
        """The item with this number, or the one with this business key."""
        try:
            return self._client.get_item(item)
        except MesError as error:
            if error.status not in (404, 422):
                raise
        return next((one for one in self._client.each_work_item() if one.business_key == item), None)

    def effects(self, batch: str) -> Iterable[EffectView]:
        """Effects of a batch."""
        return self._client.effects(batch)

    def change(self, act: Act, item_id: str, reason: str) -> WorkItemView:
        """Try again, cancel or adopt; who did it is whose log-in it was."""
        return self._client.change_item(item_id, ChangeItem(act=act, reason=reason))

    def ask(self, asked: NewWorkItem) -> WorkItemView:
        """Queue an item."""
        return self._client.ask_for_item(asked.job, asked.business_key, asked.batch_id, asked.payload)


@contextmanager
def desk_at(mes: str | None, user: str | None, run: str | None) -> Iterator[Desk]:
    """The desk that the options name.

    Raises:
        Refused: it can't be reached or refuses; or options don't go together.
    """
    if mes is None:
        if user is not None:
            raise Refused("--user is for a MES over its API: give --mes URL too.")
        yield StoreDesk(open_mes(home_to_serve(main_home(), run)))
        return
    if run is not None:
        raise Refused("--run names a store on this machine and --mes a MES elsewhere: give one of them.")
    with connected(mes, user) as client:
        yield RemoteDesk(client)


@contextmanager
def connected(mes: str, user: str | None, password: str | None = None) -> Iterator[MesClient]:
    """A client that is logged in: as a person who is asked for the password, by a token, or as the settings' bot.

    Raises:
        Refused: the log-in is refused, or a password would travel in the open in production.
    """
    parts = urlsplit(mes)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"{mes!r} is no address of a MES: write it like https://mes.example:8720.")
    if parts.scheme == "http" and environment() == "production" and not _here(parts.hostname):
        raise Refused(f"A password would travel in the open to {mes}: use its https address.")
    try:
        with _client(mes.rstrip("/"), user, password) as client:
            yield client
    except MesError as error:
        raise Refused(f"The MES refuses: {error.detail}") from None
    except MesUnreachable as error:
        raise Refused(str(error)) from None


def _client(mes: str, user: str | None, password: str | None) -> MesClient:
    if user is not None:
        return MesClient.login(mes, user, password if password is not None else password_of(user))
    if token := os.environ.get(TOKEN):
        return MesClient(mes, token)
    from keywords.settings import SettingsError, load_secrets, load_settings

    try:
        return MesClient.login(mes, load_settings().mes.user, load_secrets().get("mes").value)
    except SettingsError as error:
        raise Refused(f"Nobody logs in: give --user NAME, or {TOKEN}, or the bot's files ({error})") from None


def password_of(user: str) -> str:
    """Asked at the prompt without showing it; a program writes it as the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {user}: ")
    return sys.stdin.readline().rstrip("\r\n")


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def said_plainly(command: Callable[P, T]) -> Callable[P, T]:
    """A refusal of the MES, near or far, is one sentence and exit code 2."""

    @wraps(command)
    def called(*args: P.args, **named: P.kwargs) -> T:
        try:
            return command(*args, **named)
        except DomainError as error:
            raise Refused(str(error)) from None

    return called
