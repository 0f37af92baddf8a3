"""Installation qualification: what is on this machine, against the lock and what the plant says."""

import base64
import ctypes
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from packaging.utils import canonicalize_name

from batchwright.support.formats import counted
from batchwright.validation.licences import Package
from batchwright.validation.model import Checkout
from batchwright.validation.plant import Plant

if TYPE_CHECKING:
    from mes_core.storage.standing import Standing

Found = Literal["met", "not met", "by hand"]
_UNSYNCHRONISED = 5
_CLOCK_BYTES = 512
_INSTALLERS = ("pip", "setuptools", "wheel")
"""They come with a new environment, before anything of the lock is installed."""
_LEFT_OUT = (".pyc", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


@dataclass(frozen=True)
class Check:
    """One line of the record.

    Attributes:
        what: What was looked at.
        expected: What it has to be.
        found: What it is.
        outcome: met, not met, or by hand where a machine can't tell.
    """

    what: str
    expected: str
    found: str
    outcome: Found


def met(what: str, expected: str, found: str, *, right: bool) -> Check:
    """A check that a machine can tell."""
    return Check(what, expected, found, "met" if right else "not met")


def interpreter() -> list[Check]:
    """Python, and the system below it."""
    version = platform.python_version()
    return [
        met("Python", "3.11 or newer", f"{version} at {sys.executable}", right=sys.version_info >= (3, 11)),
        Check("operating system", "one that the plant has approved", platform.platform(), "by hand"),
    ]


def packages(locked: Iterable[Package]) -> list[Check]:
    """Versions against the lock, and each installed file against the record that came with its archive.

    The installer compared archives with their hashes in the lock (`--require-hashes`); archives are not kept, so what
    can be compared afterwards is the files, with the hashes that their archive gave for them.
    """
    found, fine, files = [], 0, 0
    for one in locked:
        if not one.applies:
            continue
        try:
            known = distribution(one.name)
        except PackageNotFoundError:
            found.append(met(f"package {one.name}", one.version, "not installed", right=False))
            continue
        if known.version != one.version:
            found.append(met(f"package {one.name}", one.version, known.version, right=False))
        looked, changed = _files(known)
        files += looked
        if changed:
            said = f"{len(changed)} changed, {changed[0]} among them"
            found.append(met(f"files of {one.name}", "as in its record", said, right=False))
        fine += known.version == one.version and not changed
    whole = f"{fine} packages and {files} files are as locked and recorded"
    return [met("packages of the lock", "each as locked", whole, right=not found), *found]


def outside(locked: Iterable[Package], installed: Iterable[Distribution] | None = None) -> list[Check]:
    """Installed packages that the lock does not hold: nobody looked at their licence, holes or reason."""
    names = {one.name for one in locked if one.applies} | {"batchwright"}
    there: dict[str, str] = {
        canonicalize_name(one.metadata["Name"]): one.version
        for one in (distributions() if installed is None else installed)
    }
    strange = [f"{name} {there[name]}" for name in sorted(set(there) - names - set(_INSTALLERS))]
    tools = [f"{name} {there[name]}" for name in _INSTALLERS if name in there and name not in names]
    besides = f" but what installs: {', '.join(tools)}" if tools else ""
    said = f"{len(strange)}: {', '.join(strange)}" if strange else f"none{besides}"
    return [met("packages outside of the lock", "none", said, right=not strange)]


def sources(checkout: Checkout) -> list[Check]:
    """Whether the checkout that runs is its commit."""
    number = counted(len(checkout.changed), "file")
    said = f"{number} unlike the commit: {', '.join(checkout.changed)}" if checkout.changed else "the commit"
    return [met("checkout", f"commit {checkout.commit}, unchanged", said, right=not checkout.changed)]


def database(stands: "Standing | None") -> list[Check]:
    """The database's product and version, and whether its tables stand where the program needs them.

    Args:
        stands: how the store stood before this program opened it; None where there was none.
    """
    if stands is None:
        return [Check("database", "one that the plant has approved", "there was no store yet: made now", "by hand")]
    revision = stands.revision or "none: it was empty and is made now"
    return [
        Check("database", "one that the plant has approved", f"{stands.product} {stands.version}", "by hand"),
        met("schema of the store", stands.expected, revision, right=stands.revision in ("", stands.expected)),
    ]


def _files(known: Distribution) -> tuple[int, list[str]]:
    """How many files were compared, and those that differ."""
    looked, changed = 0, []
    for file in known.files or ():
        if file.hash is None or file.name.endswith(_LEFT_OUT):
            continue
        looked += 1
        try:
            digest = hashlib.new(file.hash.mode, Path(str(file.locate())).read_bytes()).digest()
        except (OSError, ValueError):
            changed.append(str(file))
            continue
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            changed.append(str(file))
    return looked, changed


def browser() -> list[Check]:
    """The browser that bots would drive."""
    from keywords.browser_finder import NoBrowserError, find_browser

    try:
        path = find_browser().path
        done = subprocess.run([str(path), "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (NoBrowserError, OSError, subprocess.TimeoutExpired) as error:
        return [met("browser", "one that can be driven", str(error), right=False)]
    said = done.stdout.strip()
    return [
        met("browser", "one of the Chromium family", f"{said} at {path}", right=done.returncode == 0 and bool(said))
    ]


def time_source(plant: Plant, now: datetime, ask: Callable[[], bool | None] | None = None) -> list[Check]:
    """Whether the clock follows a source, and whether that source is known to be right today."""
    state = (ask or synchronised)()
    words = {True: "the kernel says that it is synchronised", False: "the kernel says that it is not", None: "unknown"}
    first = Check("clock", "synchronised", words[state], {True: "met", False: "not met", None: "by hand"}[state])  # type: ignore[arg-type]
    source = plant.time_source
    if not source.name or source.valid_until is None:
        return [first, Check("time source", "named by the plant, calibrated", "not filled in", "not met")]
    said = f"{source.name}, {source.certificate or 'no certificate'}, valid until {source.valid_until}"
    return [first, met("time source", f"calibrated on {now:%Y-%m-%d}", said, right=source.valid_until >= now.date())]


def synchronised() -> bool | None:
    """What the Linux kernel says of its clock; None elsewhere."""
    if sys.platform != "linux":
        return None
    try:
        # All zero: asks and sets nothing. The state is what the call returns.
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_CLOCK_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _UNSYNCHRONISED


def settings(environment: str, zone: str, address: str, rules: str) -> list[Check]:
    """Settings that decide what runs."""
    return [
        met("environment", "validation or production", environment, right=environment in ("validation", "production")),
        met("time zone of the plant", "named", zone or "BATCHWRIGHT_TIMEZONE is not set", right=bool(zone)),
        Check("store", "where the plant wants it", address, "by hand"),
        Check("rules", "those that the plant approved", rules or "the built-in sets", "by hand"),
    ]


def rights(home: Path, store: Path | None) -> list[Check]:
    """Who may read the home and the store's file, and who runs this."""
    found = [_mode("home", home, 0o700)] if home.exists() else []
    if store is not None and store.is_file():
        found.append(_mode("file of the store", store, 0o600))
    if hasattr(os, "geteuid"):
        user = os.geteuid()
        found.append(met("account of the system", "not root", f"user id {user}", right=user != 0))
    return found


def _mode(what: str, path: Path, most: int) -> Check:
    mode = path.stat().st_mode & 0o777
    return met(f"rights of the {what}", f"at most {most:o}", f"{mode:o}", right=mode & ~most == 0)
