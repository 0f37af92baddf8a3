"""A practice plant for one folder of bots: an MES with one batch and the sites of its settings, all pretend.

It lives in `.practice` of the folder, so that what a bot did stands there the next time, as it would in a plant.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from batchwright.demo import plant
from batchwright.demo.worlds import TwinWorld, of_twin
from batchwright.practice.places import FOLDER
from batchwright.support.errors import Refused
from batchwright.support.servers import Server, bind
from batchwright.support.settings import Home
from batchwright.support.wiring import clock, open_mes, open_vault, who_runs_this
from mes_core.messages.views import NewWorkItem, Session, WorkItemView
from mes_core.services import Mes
from mes_core.web.app import create_app
from twin.sites import desk_practice, lims_benchview

SEED: Final = 7
DESK: Final = "desk_practice"
_OTHERS: Final = {"lims_benchview": ("lims", lims_benchview)}
"""Pretend products that are no demo's: their kind and how they are served."""
STAND_INS: Final = (DESK, *_OTHERS)
"""What can stand in for a site of the plant's own, by name; the first where the settings name none."""


@dataclass(frozen=True)
class Practice:
    """A practice plant that is being served.

    Attributes:
        home: where its stores and evidence lie.
        mes: its MES, for what only a person may do.
        settings: what a worker is told.
        passwords: of the bot's accounts.
        batch: number of its one batch.
    """

    home: Home
    mes: Mes
    settings: dict[str, Any]
    passwords: dict[str, str]
    batch: str

    def item(self, job: str, key: str) -> WorkItemView:
        """The item of a job under a business key or for a batch, asked for when there is none, and queued again when
        it waits for a person: in practice that is whoever tries the bot.

        What a run of `robot` asked for has its run's number behind the batch, and is nobody else's."""
        for one in self.mes.work_items():
            of_a_run = one.business_key.startswith(f"{job}:{one.batch_id}:")
            known = (one.business_key, one.item_id, *(() if of_a_run else (one.batch_id,)))
            if one.job == job and key in known:
                if one.state in ("waiting", "cancelled"):
                    return self.mes.retry_item(one.item_id, "tried again in practice", who_runs_this())
                return one
        if key != self.batch:
            raise Refused(f"There is no item {key!r} and no batch of that number: the practice batch is {self.batch}.")
        asked = NewWorkItem(job=job, business_key=f"{job}:{key}", batch_id=key)
        return self.mes.ask_for_item(asked, who_runs_this())

    def take(self, asked: NewWorkItem) -> WorkItemView:
        """Ask for an item, and free it where an earlier run left it; what is done stays done."""
        item = self.mes.ask_for_item(asked, who_runs_this())
        if item.state == "running":  # its process is gone: nothing else works on this bench
            item = self.mes.adopt_item(item.item_id, "its run of robot ended", who_runs_this())
        if item.state in ("waiting", "cancelled"):
            item = self.mes.retry_item(item.item_id, "tried again in practice", who_runs_this())
        return item

    def drop(self, item_id: str) -> None:
        """Take an item that failed out of the queue: the next run asks for its own."""
        self.mes.cancel_item(item_id, "its run of robot ended", who_runs_this())

    def session(self) -> Session:
        """A session of the bot's account."""
        return self.mes.login(plant.BOT, self.passwords["mes"])


@contextmanager
def practising(
    folder: Path, wanted: Mapping[str, Any], touched: Callable[[], None] = lambda: None
) -> Iterator[Practice]:
    """Serve a practice plant.

    Args:
        folder: A folder of bots.
        wanted: Its settings; every site is served by its pretend product, one of the plant's own by a service desk.
        touched: Called by each request to the MES or a site.
    """
    home = Home(folder / FOLDER).make()
    passwords = _passwords(home, wanted.get("sites", {}))
    mes = open_mes(home, demo=True)
    world = cache(_world)
    with ExitStack() as stack:

        def serve(app: Any) -> str:
            return stack.enter_context(Server(_noting(app, touched), bind())).url

        mes_url = serve(create_app(mes, vault=open_vault(home, demo=True)))
        batch = _prepare(mes, world, passwords["mes"])
        sites = {
            name: {**access, "url": serve(_site(home, name, access, world, passwords[name]))}
            for name, access in wanted.get("sites", {}).items()
        }
        settings = {**wanted, "mes": {"url": mes_url, "user": plant.BOT}, "sites": sites}
        yield Practice(home, mes, settings, passwords, batch)


def _noting(app: Any, touched: Callable[[], None]) -> Any:
    """An application that tells of each of its requests."""

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        touched()
        await app(scope, receive, send)

    return noted


def _world() -> TwinWorld:
    """The pretend plant, which takes a second to make and is only needed where a store is empty."""
    return of_twin(1, SEED, 0.0, now=clock())


def _passwords(home: Home, sites: Mapping[str, Any]) -> dict[str, str]:
    """Passwords of the bot's accounts, made at random once and kept in a file that only its owner can read."""
    path = home.folder / "worker-secrets.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    whole = {name: known.get(name) or f"{secrets.token_urlsafe(12)}-Aa1" for name in ("mes", *sites)}
    plant.write_private(path, whole)
    return whole


def _prepare(mes: Mes, world: Callable[[], TwinWorld], password: str) -> str:
    """One batch and one bot account, made the first time; the number of the batch."""
    there = mes.list_batches(limit=1).items
    if there:
        return there[0].batch_id
    mes.create_bot(plant.BOT, password, actor=who_runs_this())
    return mes.submit_batch(world().records[0], who_runs_this())[0].batch_id


def _site(home: Home, name: str, access: Mapping[str, Any], world: Callable[[], TwinWorld], password: str) -> Any:
    """The application of one site; its store is filled the first time only."""
    home.sites.mkdir(exist_ok=True)
    path, account = home.sites / f"{name}.sqlite", {str(access["user"]): password}
    maker: Any
    kinds = {product: kind for kind, product in plant.PRODUCTS.items()}
    product = str(access.get("practice") or access["product"])
    if product in _OTHERS:
        kind, maker = _OTHERS[product]
        world().fill(kind, path, maker)
    elif product in kinds:
        maker = world().fill(kinds[product], path)
    else:
        maker = desk_practice
        if not path.is_file():
            desk_practice.seed(path)
    return maker.create_app(path, clock=clock, accounts=account)
