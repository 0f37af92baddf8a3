"""Where the rooms are put together: store, rules, clock and services."""

import getpass
import os
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from batchwright.support.errors import Refused
from batchwright.support.settings import Home, environment, plant_zone, rule_folder, store_address
from mes_core.domain.errors import Invalid
from mes_core.domain.principals import SystemPrincipal
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from mes_core.storage.vault import FolderVault


def clock() -> datetime:
    """The wall clock, zone-aware, UTC; the only place that reads it."""
    return datetime.now(UTC)


def open_mes(home: Home, *, demo: bool = False) -> Mes:
    """The services on the store of a home; a demo runs what is there, in production only what is approved runs.

    Raises:
        Refused: the store can't be opened.
    """
    home.make()
    try:
        store = open_store(home.store if demo else store_address(home))
    except Invalid as error:
        raise Refused(str(error)) from None
    production = environment() == "production" and not demo
    if production and not isinstance(store_address(home), Path) and store.may_rewrite():
        store.close()
        raise Refused(
            "The role in BATCHWRIGHT_STORE owns the audit trail or is a superuser, and could take its guards off: use"
            " the server's own role ('batchwright store grant ROLE')."
        )
    # A demo's plant is a pretend one, which stands in UTC.
    zone = ZoneInfo("UTC") if demo else plant_zone()
    return Mes(store, BuiltinRules(None if demo else rule_folder()), clock, production=production, zone=zone)


def open_vault(home: Home, *, demo: bool = False) -> FolderVault:
    """Where capsules of all machines are kept: the home's folder, and the storage in `BATCHWRIGHT_EVIDENCE` behind it.

    A demo's evidence stays in its folder.

    Raises:
        Refused: the storage is of a kind that is not known.
    """
    try:
        return FolderVault(home.evidence, None if demo else os.environ.get("BATCHWRIGHT_EVIDENCE") or None)
    except Invalid as error:
        raise Refused(str(error)) from None


def who_runs_this() -> SystemPrincipal:
    """The program, on behalf of whoever is logged in at the machine."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # no such user in the system's list: containers
        name = "unknown"
    return SystemPrincipal(f"command line ({name})")
