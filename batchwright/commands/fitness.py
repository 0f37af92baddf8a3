"""Whether a machine is fit for its work: one look at each thing that has kept a plant from working before."""

import os
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from batchwright.support.config_file import VARIABLE, read, sentence
from batchwright.support.errors import Refused
from batchwright.support.settings import Home, environment, main_home, rule_folder, store_address
from batchwright.support.wiring import open_mes, open_vault
from batchwright.validation import installation
from keywords.settings import SETTINGS_NAME, Settings, SettingsError, load_secrets, load_settings
from mes_core.domain.errors import DomainError
from mes_core.messages.approvals import Approvable
from mes_core.services import BuiltinRules, Mes
from mes_core.storage.backup import contents

GOOD, WARNING, BAD, UNKNOWN = "good", "warning", "bad", "unknown"
_LEAST_FREE_MB = 200
_FREE_SHARE = 0.1
_CERTIFICATE_DAYS = 30
_BACKUP_H = 26
_WAIT_S = 5.0
_MOST_SKEW_S = 30.0


class Look(NamedTuple):
    """What was looked at, how it is (good, warning, bad, unknown), what was found, and what to do."""

    what: str
    state: str
    found: str
    advice: str = ""


def looks(now: datetime) -> list[Look]:
    """Everything, one after the other; what can't be looked at is said, and keeps nothing else from being looked at."""
    home, worker = main_home(), _worker_settings()
    found: list[Look] = []
    rooms: dict[str, Callable[[], Iterator[Look]]] = {
        "settings file": _config,
        "browser": _browser,
        "clock": _clock,
        "disk": lambda: _disk(home),
        "rights": lambda: _rights(home),
        "store": lambda: _store(home, now),
        "evidence": lambda: _evidence(home),
        "rules": _rules,
        "sites": lambda: _sites(worker, now),
        "backup": lambda: _backup(now),
    }
    for name, room in rooms.items():
        try:
            found += room()
        except (Refused, DomainError, OSError, SettingsError) as error:
            found.append(Look(name, BAD, str(error)))
    return found


def _worker_settings() -> Settings | None:
    if not os.environ.get(SETTINGS_NAME):
        return None
    try:
        return load_settings()
    except SettingsError:
        return None  # told by the look at the sites


def _config() -> Iterator[Look]:
    if not os.environ.get(VARIABLE):
        yield Look("settings file", UNKNOWN, f"{VARIABLE} names none", "variables of the environment serve as well")
        return
    path = Path(os.environ[VARIABLE]).expanduser()
    variables, faults = read(path)
    if faults:
        yield Look("settings file", BAD, sentence(path, faults[0]), "see 'batchwright config check'")
    else:
        yield Look("settings file", GOOD, f"{path}, {len(variables)} settings")


def _browser() -> Iterator[Look]:
    for one in installation.browser():
        yield Look("browser", GOOD if one.outcome == "met" else BAD, one.found)


def _clock() -> Iterator[Look]:
    said = {
        True: Look("clock", GOOD, "the kernel says that it is synchronised"),
        False: Look("clock", BAD, "the kernel says that it is not synchronised", "start chrony or systemd-timesyncd"),
        None: Look("clock", UNKNOWN, "this system does not tell whether its clock is synchronised"),
    }
    yield said[installation.synchronised()]


def _disk(home: Home) -> Iterator[Look]:
    there = next(one for one in (home.folder, *home.folder.parents) if one.exists())
    usage = shutil.disk_usage(there)
    told = f"{usage.free / 1e6:,.0f} MB free of {usage.total / 1e6:,.0f} below {there}"
    if usage.free / 1e6 < _LEAST_FREE_MB:
        yield Look("disk", BAD, told, "free the disk: no item is taken meanwhile")
    elif usage.free < usage.total * _FREE_SHARE:
        yield Look("disk", WARNING, told, "'batchwright evidence prune', or a larger disk")
    else:
        yield Look("disk", GOOD, told)


def _rights(home: Home) -> Iterator[Look]:
    address = store_address(home)
    for one in installation.rights(home.folder, address if isinstance(address, Path) else None):
        as_root = one.what == "account of the system"
        state = GOOD if one.outcome == "met" else WARNING if as_root else BAD
        yield Look(one.what, state, one.found, "" if state == GOOD else f"make it {one.expected}")
    if os.environ.get("BATCHWRIGHT_SECRETS"):
        try:
            load_secrets()
        except SettingsError as error:
            yield Look("secrets file", BAD, str(error))
        else:
            yield Look("secrets file", GOOD, "its owner alone can read it")


def _store(home: Home, now: datetime) -> Iterator[Look]:
    address = store_address(home)
    if isinstance(address, Path) and not address.is_file():
        yield Look(
            "store", UNKNOWN, f"there is none in {home.folder}", "on a machine that only runs bots there is none"
        )
        return
    try:
        mes = open_mes(home)
    except Refused as error:
        yield Look("store", BAD, str(error))
        return
    yield Look("store", GOOD, f"{mes.trail_state()['entries']} entries in its audit trail, tables up to date")
    yield from _queue(mes, now)
    yield from _approved(mes)


def _queue(mes: Mes, now: datetime) -> Iterator[Look]:
    if mes.frozen():
        yield Look("queue", BAD, "it stands still since a restore", "'batchwright store reconcile', then 'store thaw'")
        return
    waiting = mes.work_items_page(state="queued", limit=1)
    people = mes.work_items_page(state="waiting", limit=1).total
    told = f"{waiting.total} queued, {people} wait for a person"
    oldest = waiting.items[0].created_at if waiting.items else now
    if now - oldest > timedelta(hours=1):
        told += f"; the oldest since {oldest:%Y-%m-%d %H:%M} UTC"
        yield Look("queue", WARNING, told, "is a worker running that has the sites of this job?")
    else:
        yield Look("queue", GOOD, told)


def _approved(mes: Mes) -> Iterator[Look]:
    """What is in force: in production nothing runs that is not approved."""
    production = environment() == "production"
    in_force = {(one.kind, one.name): one for one in mes.approvals()}
    for kind, what in ((Approvable.RULE_SET, "rule set"), (Approvable.MODEL, "model")):
        names = [f"{name} {one.version}" for (of, name), one in in_force.items() if of == kind]
        needed = production and kind is Approvable.RULE_SET
        state = GOOD if names else BAD if needed else UNKNOWN
        advice = "'batchwright rules approve'" if needed and not names else ""
        yield Look(f"approved {what}", state, ", ".join(names) or "none", advice)


def _evidence(home: Home) -> Iterator[Look]:
    vault = open_vault(home)
    try:
        vault.kept("nobody/nothing.capsule.zip")
    except DomainError as error:
        yield Look("evidence", BAD, str(error))
    else:
        address = urlsplit(os.environ.get("BATCHWRIGHT_EVIDENCE", ""))  # which may hold a password
        where = f"{address.scheme}://{address.hostname or ''}" if address.scheme else str(home.evidence)
        yield Look("evidence", GOOD, f"kept in {where}")


def _rules() -> Iterator[Look]:
    reviewer = BuiltinRules(rule_folder()).for_kind("car_t")
    yield Look("rules", GOOD, f"they load; content {reviewer.content_hash[:12]}")


def _sites(settings: Settings | None, now: datetime) -> Iterator[Look]:
    if settings is None:
        if os.environ.get(SETTINGS_NAME):
            load_settings()  # says what is wrong with it
        yield Look("sites", UNKNOWN, f"{SETTINGS_NAME} names no settings of bots")
        return
    yield from _reached("MES", settings.mes.url, None, now)
    for name, site in settings.sites.items():
        yield from _reached(f"site {name}", site.url, site.ca_file, now)


def _reached(what: str, url: str, authority: Path | None, now: datetime) -> Iterator[Look]:
    trust = ssl.create_default_context(cafile=str(authority) if authority else None)
    try:
        answer = httpx.get(url, timeout=_WAIT_S, verify=trust, trust_env=False)
    except httpx.HTTPError as error:
        yield Look(what, BAD, f"{url} can't be reached ({error})", "is it up, and does a firewall let this machine in?")
        return
    state = GOOD if answer.status_code < 500 else BAD
    yield Look(what, state, f"{url} answers {answer.status_code} in {answer.elapsed.total_seconds():.2f} s")
    if "date" in answer.headers:
        skew_s = (parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC)).total_seconds()
        if abs(skew_s) > _MOST_SKEW_S:
            yield Look(f"clock of {what}", WARNING, f"{skew_s:+.0f} s from this machine's", "let both follow a source")
    if url.startswith("https:"):
        yield _certificate(what, url, trust, now)


def _certificate(what: str, url: str, trust: ssl.SSLContext, now: datetime) -> Look:
    parts = urlsplit(url)
    address = (str(parts.hostname), parts.port or 443)
    with (
        socket.create_connection(address, timeout=_WAIT_S) as line,
        trust.wrap_socket(line, server_hostname=parts.hostname) as tls,
    ):
        told = dict(tls.getpeercert() or {})
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
    days = (until - now).days
    state = GOOD if days >= _CERTIFICATE_DAYS else WARNING if days >= 0 else BAD
    return Look(f"certificate of {what}", state, f"until {until:%Y-%m-%d}", "" if state == GOOD else "renew it")


def _backup(now: datetime) -> Iterator[Look]:
    folder = os.environ.get("BATCHWRIGHT_BACKUPS")
    if not folder:
        yield Look("backup", WARNING, "BATCHWRIGHT_BACKUPS names no folder", "make one each night, and name its folder")
        return
    files = sorted(Path(folder).glob("*.gz"), key=lambda one: one.stat().st_mtime)
    if not files:
        yield Look("backup", BAD, f"there is none in {folder}", "'batchwright backup --out FILE'")
        return
    held = contents(files[-1])
    age_h = (now - datetime.fromisoformat(held.made_at)).total_seconds() / 3600
    most_h = int(os.environ.get("BATCHWRIGHT_BACKUP_AT_MOST_H") or _BACKUP_H)
    told = f"{files[-1].name} is whole, {sum(held.rows.values()):,} rows, {age_h:.0f} h old"
    yield Look("backup", GOOD if age_h <= most_h else BAD, told, "" if age_h <= most_h else "does its timer run?")
