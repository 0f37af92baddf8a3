"""One file with every setting of a machine (TOML), named by `BATCHWRIGHT_CONFIG`; faults are told with line and key.

What the file says goes into the environment before anything reads it; a variable that is set already stands, so that a
container or a test may differ in one thing. A relative path lies beside the file.
"""

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from batchwright.support.errors import Refused
from batchwright.support.settings import ENVIRONMENTS

VARIABLE = "BATCHWRIGHT_CONFIG"
_HEAD = re.compile(r"\s*\[\s*([A-Za-z0-9_-]+)\s*\]")
_ENTRY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_LINE = re.compile(r"at line (\d+)")
_MOST = 1_000_000


class Fault(NamedTuple):
    """What is wrong, at which line (0: the file as a whole) and under which key."""

    line: int
    key: str
    why: str


@dataclass(frozen=True)
class Setting:
    """One setting: the variable that it becomes, what it says, and what reads its value or says why it can't be."""

    variable: str
    said: str
    read: Callable[[Any, Path], str]


def _text(value: Any, beside: Path) -> str:
    del beside
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("give a text in quotes")
    return value


def _path(value: Any, beside: Path) -> str:
    return str((beside / Path(_text(value, beside)).expanduser()).resolve())


def _file(value: Any, beside: Path) -> str:
    found = _path(value, beside)
    if not Path(found).is_file():
        raise ValueError(f"there is no file {found}")
    return found


def _folder(value: Any, beside: Path) -> str:
    found = _path(value, beside)
    if not Path(found).is_dir():
        raise ValueError(f"there is no folder {found}")
    return found


def _environment(value: Any, beside: Path) -> str:
    if _text(value, beside) not in ENVIRONMENTS:
        raise ValueError(f"use one of {', '.join(ENVIRONMENTS)}")
    return str(value)


def _zone(value: Any, beside: Path) -> str:
    try:
        return ZoneInfo(_text(value, beside)).key
    except (LookupError, OSError):
        raise ValueError("that is no time zone: name one like Europe/Berlin or UTC") from None


def _store(value: Any, beside: Path) -> str:
    parts = urlsplit(_text(value, beside))
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ValueError("give an address like postgresql://role@host/database; leave it out for a file in the home")
    return str(value)


def _networks(value: Any, beside: Path) -> str:
    if not isinstance(value, list):
        raise ValueError('give a list, like ["10.0.0.5"]')
    for one in value:
        try:
            ipaddress.ip_network(_text(one, beside))
        except ValueError:
            raise ValueError(f"{one!r} is no address and no network: write 10.0.0.5 or 10.0.0.0/28") from None
    return ",".join(value)


def _number(value: Any, beside: Path) -> str:
    del beside
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise ValueError(f"give a whole number from 0 to {_MOST:,}")
    return str(value)


SETTINGS: dict[str, dict[str, Setting]] = {
    "plant": {
        "environment": Setting("BATCHWRIGHT_ENVIRONMENT", "development, validation or production", _environment),
        "timezone": Setting("BATCHWRIGHT_TIMEZONE", "the plant's time zone", _zone),
        "rules": Setting("BATCHWRIGHT_RULES", "folder with the plant's own rule files", _folder),
    },
    "store": {
        "home": Setting("BATCHWRIGHT_HOME", "folder for the store's file and for evidence", _path),
        "address": Setting("BATCHWRIGHT_STORE", "PostgreSQL address; without it a file in the home", _store),
        "evidence": Setting(
            "BATCHWRIGHT_EVIDENCE", "storage behind the folder of evidence, as s3://bucket/prefix", _text
        ),
    },
    "server": {
        "proxies": Setting("BATCHWRIGHT_PROXIES", "proxies whose forwarded headers are believed", _networks),
        "metrics_from": Setting("BATCHWRIGHT_METRICS_FROM", "networks that /metrics is answered to", _networks),
        "console": Setting("BATCHWRIGHT_CONSOLE", "address of the console, for links in mails", _text),
        "limit_account": Setting("BATCHWRIGHT_LIMIT_ACCOUNT", "requests a minute of one account; 0: any", _number),
        "limit_address": Setting("BATCHWRIGHT_LIMIT_ADDRESS", "requests a minute from one address; 0: any", _number),
        "limit_log_ins": Setting("BATCHWRIGHT_LIMIT_LOG_INS", "log-ins a minute from one address; 0: any", _number),
    },
    "notices": {
        "mail_server": Setting("BATCHWRIGHT_MAIL_SERVER", "mail server for reminders, as mail.example:587", _text),
        "mail_from": Setting("BATCHWRIGHT_MAIL_FROM", "who those mails come from", _text),
        "mail_to": Setting("BATCHWRIGHT_MAIL_TO", "addresses by role, as a JSON object in quotes", _text),
        "webhook": Setting("BATCHWRIGHT_WEBHOOK", "address that gets each reminder as JSON", _text),
    },
    "worker": {
        "settings": Setting("BATCHWRIGHT_SETTINGS", "settings file of the bots", _file),
        "secrets": Setting("BATCHWRIGHT_SECRETS", "secrets file of the bots", _file),
        "browser": Setting("BATCHWRIGHT_BROWSER", "the browser to drive", _file),
        "practice_stays_s": Setting(
            "BATCHWRIGHT_PRACTICE_STAYS_S", "seconds without use after which a practice plant ends", _number
        ),
    },
    "backup": {
        "folder": Setting("BATCHWRIGHT_BACKUPS", "folder that the backups go to", _path),
        "at_most_h": Setting("BATCHWRIGHT_BACKUP_AT_MOST_H", "hours after which the newest backup is too old", _number),
    },
}
"""Every setting by its section and key."""


def read(path: Path) -> tuple[dict[str, str], list[Fault]]:
    """The variables that a file sets, and everything that is wrong with it, in the order of its lines.

    Raises:
        Refused: the file can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise Refused(f"The settings file {path} can't be read ({why}): name another in {VARIABLE}.") from None
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _LINE.search(str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        return {}, [Fault(line, "", f"this is no TOML ({error})")]
    lines = _lines(text)
    variables: dict[str, str] = {}
    faults: list[Fault] = []
    for section, key, value in _entries(document):
        name = f"{section}.{key}" if key else section
        line = lines.get((section, key), lines.get((section, ""), 0))
        setting = SETTINGS.get(section, {}).get(key)
        if setting is None:
            faults.append(Fault(line, name, _unknown(section, key)))
            continue
        try:
            variables[setting.variable] = setting.read(value, path.parent.resolve())
        except ValueError as error:
            faults.append(Fault(line, name, str(error)))
    faults += _open_password(path, variables, lines)
    return variables, sorted(faults)


def take(environment: MutableMapping[str, str] | None = None) -> None:
    """Put what the file named by `BATCHWRIGHT_CONFIG` says into the environment; what is set there stands.

    Raises:
        Refused: something is wrong with the file; the first fault with its line and key, and how many more.
    """
    known = os.environ if environment is None else environment
    if not known.get(VARIABLE):
        return
    path = Path(known[VARIABLE]).expanduser()
    variables, faults = read(path)
    if faults:
        more = f" ({len(faults) - 1} more: 'batchwright config check')" if len(faults) > 1 else ""
        raise Refused(f"{sentence(path, faults[0])}{more}")
    for name, value in variables.items():
        known.setdefault(name, value)


def sentence(path: Path, fault: Fault) -> str:
    """A fault for a person: where, which key, and why."""
    where = f"{path}, line {fault.line}" if fault.line else str(path)
    return f"{where}{f', {fault.key}' if fault.key else ''}: {fault.why}."


def _entries(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for section, content in document.items():
        if isinstance(content, dict) and section in SETTINGS:
            yield from ((section, key, value) for key, value in content.items())
        else:
            yield section, "", content


def _unknown(section: str, key: str) -> str:
    known = list(SETTINGS.get(section, SETTINGS))
    near = difflib.get_close_matches(key or section, known, 1)
    what = "key" if key else "section"
    return f"there is no such {what}{f'; is {near[0]!r} meant?' if near else ': use ' + ', '.join(known)}"


def _lines(text: str) -> dict[tuple[str, str], int]:
    """Where sections and keys stand; for messages only, the values are read by the TOML reader."""
    found: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if head := _HEAD.match(line):
            section = head[1]
            found.setdefault((section, ""), number)
        elif entry := _ENTRY.match(line):
            found.setdefault((section, entry[1]) if section else (entry[1], ""), number)
    return found


def _open_password(path: Path, variables: dict[str, str], lines: dict[tuple[str, str], int]) -> list[Fault]:
    """A password in the store's address, in a file that others may read."""
    address = variables.get("BATCHWRIGHT_STORE", "")
    if os.name != "posix" or not address or urlsplit(address).password is None or not path.stat().st_mode & 0o077:
        return []
    why = f"it holds a password and others can read the file: 'chmod 600 {path}', or use ~/.pgpass"
    return [Fault(lines.get(("store", "address"), 0), "store.address", why)]
