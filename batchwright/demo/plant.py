"""Everything a demo runs against, in this process: the MES, the mock sites, and the accounts that use them."""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from batchwright.support.servers import Server, bind
from batchwright.support.settings import Home

REVIEWER = "demo.reviewer"
QUALIFIED_PERSON = "demo.qualified.person"
COMPLIANCE = "demo.compliance"
ADMINISTRATOR = "demo.administrator"
PACKER = "demo.packer"
SECOND_PACKER = "demo.second.packer"
PEOPLE = (REVIEWER, QUALIFIED_PERSON, ADMINISTRATOR, COMPLIANCE, PACKER, SECOND_PACKER)
BOT = "bot-release"
SITE_BOT = "bot"
SITE_KINDS = ("lims", "erp", "courier", "agency")
PRODUCTS = {
    "lims": "lims_labline",
    "erp": "erp_stockroom",
    "courier": "courier_cryorun",
    "agency": "agency_reggate",
}


@dataclass(frozen=True)
class Accounts:
    """Passwords of one run, made at random; they live in the run's folder, readable by its owner only."""

    people: dict[str, str] = field(default_factory=lambda: _passwords(*PEOPLE))
    bots: dict[str, str] = field(default_factory=lambda: _passwords("mes", *SITE_KINDS))


def _passwords(*names: str) -> dict[str, str]:
    return {name: f"{secrets.token_urlsafe(12)}-Aa1" for name in names}


def write_private(path: Path, content: object) -> Path:
    """Write JSON that only the owner of the folder may read."""
    path.touch(mode=0o600)
    os.chmod(path, 0o600)  # noqa: PTH101 - touch keeps the mode of a file that is there already
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return path


@dataclass(frozen=True)
class WorkerFiles:
    """The two files that a worker gets: addresses, and the passwords of its own accounts."""

    settings: Path
    secrets: Path


def worker_files(home: Home, mes_url: str, sites: dict[str, str], accounts: Accounts) -> WorkerFiles:
    """Write settings and secrets for the worker; it gets nothing else."""
    settings = {
        "environment": "demo",
        "mes": {"url": mes_url, "user": BOT},
        "sites": {kind: {"product": PRODUCTS[kind], "url": url, "user": SITE_BOT} for kind, url in sites.items()},
        "now": None,
    }
    path = home.folder / "worker-settings.json"
    path.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    return WorkerFiles(path, write_private(home.folder / "worker-secrets.json", accounts.bots))


@contextmanager
def serving(*apps: object) -> Iterator[list[str]]:
    """Serve applications on free loopback ports; gives their addresses, in order."""
    with ExitStack() as stack:
        yield [stack.enter_context(Server(app, bind())).url for app in apps]
