"""A practice plant that stays up between runs: how a run finds it, starts one, and ends it.

It is a process of its own (`batchwright.practice.host`), one for a folder of bots. Whoever may read its note in the
folder, which is its owner's alone, may use it. One that was made for other sites, or by another Batchwright, is ended
and never used.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import batchwright
from batchwright.practice.places import FOLDER
from batchwright.support.errors import Refused
from batchwright.support.settings import Home
from keywords.extras import install_hint
from mes_core.messages.views import NewWorkItem, Session, WorkItemView

NOTE: Final = "plant.json"
VARIABLE: Final = "BATCHWRIGHT_PRACTICE_STAYS_S"
STAYS_S: Final = 900
_LONGEST_S: Final = 86_400
_START_S, _END_S, _ANSWER_S = 90.0, 15.0, 30.0
_OURS: Final = ("mes.sqlite*", "sites", "evidence", "workers", "worker-*.json", "site-settings.json", "plant.*")
"""What practice leaves in its folder."""
_ROOMS: Final = ("batchwright", "mes_core", "rules", "twin")


class Plant(Protocol):
    """What a run needs of a practice plant, in this process or in another."""

    @property
    def home(self) -> Home:
        """Where its stores and evidence lie."""

    @property
    def settings(self) -> dict[str, Any]:
        """What a worker is told."""

    @property
    def passwords(self) -> dict[str, str]:
        """Of the bot's accounts."""

    @property
    def batch(self) -> str:
        """Number of its one batch."""

    def item(self, job: str, key: str) -> WorkItemView:
        """The item of a job under a business key or for a batch, asked for when there is none."""

    def take(self, asked: NewWorkItem) -> WorkItemView:
        """Ask for an item, and free it where an earlier run left it."""

    def drop(self, item_id: str) -> None:
        """Take an item that failed out of the queue."""

    def session(self) -> Session:
        """A session of the bot's account."""


@dataclass(frozen=True)
class Staying:
    """A practice plant in a process of its own, as its note tells of it.

    Attributes:
        home: Where its stores and evidence lie.
        settings: What a worker is told: the folder's own settings, with the plant's addresses.
        batch: Number of its one batch.
        address: Where it takes orders.
        secret: That it takes them by.
        process: Its number.
    """

    home: Home
    settings: dict[str, Any]
    batch: str
    address: str
    secret: str
    process: int

    @property
    def passwords(self) -> dict[str, str]:
        """Of the bot's accounts."""
        path = self.home.folder / "worker-secrets.json"
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def item(self, job: str, key: str) -> WorkItemView:
        """The item of a job under a business key or for a batch, asked for when there is none."""
        return WorkItemView.model_validate(self._order("item", {"job": job, "key": key}))

    def take(self, asked: NewWorkItem) -> WorkItemView:
        """Ask for an item, and free it where an earlier run left it."""
        return WorkItemView.model_validate(self._order("take", asked.model_dump(mode="json")))

    def drop(self, item_id: str) -> None:
        """Take an item that failed out of the queue."""
        self._order("drop", {"item_id": item_id})

    def session(self) -> Session:
        """A session of the bot's account."""
        return Session.model_validate(self._order("session", {}))

    def _order(self, what: str, about: Mapping[str, Any]) -> Any:
        answer = _post(self.address, self.secret, what, about)
        if answer is None:
            raise Refused(
                f"The practice plant of {self.home.folder.parent} (process {self.process}) does not answer: run it"
                " again, which starts another."
            )
        status, said = answer
        if status != HTTPStatus.OK:
            raise Refused(str(said["detail"]))
        return said


@contextmanager
def at_practice(
    folder: Path, wanted: Mapping[str, Any], *, stay: bool = True, say: Callable[[str], None] = lambda _: None
) -> Iterator[Plant]:
    """A practice plant for one folder of bots: the one that stays up, or one for this run.

    Args:
        folder: The folder.
        wanted: Its settings.
        stay: Start one that stays up, where there is none and nothing speaks against it.
        say: Takes a sentence when one that was noted can't be used.

    Raises:
        Refused: It can't be started; one sentence says why.
    """
    need_the_twin()
    known = found(folder, wanted, say)
    if known is None and stay and stays_s() > 0:
        say(f"A practice plant is started for {folder}; it stays up for the next run.")
        known = _started(folder, wanted)
    if known is not None:
        yield known
        return
    from batchwright.practice.plant import practising  # takes the MES and the twin, which cost seconds

    with practising(folder, wanted) as plant:
        yield plant


def need_the_twin() -> None:
    """See that this machine has what a pretend plant is made with, before anything is started.

    Raises:
        Refused: it has not; says how to get it.
    """
    for name in ("numpy", "simpy"):
        try:
            missing = find_spec(name) is None
        except ModuleNotFoundError:
            missing = True
        if missing:
            raise Refused(str(install_hint(f"No module named '{name}'", "demo")))


def stays_s() -> int:
    """Seconds without a request after which a practice plant ends: `BATCHWRIGHT_PRACTICE_STAYS_S`, 900 by default.

    0: it ends with the run that started it, as everywhere where `CI` is set and nothing else is said.

    Raises:
        Refused: it is no whole number up to a day.
    """
    said = os.environ.get(VARIABLE, "")
    if not said:
        return 0 if os.environ.get("CI") else STAYS_S
    if not (said.isascii() and said.isdigit() and int(said) <= _LONGEST_S):
        raise Refused(f"{VARIABLE} is {said!r}: give whole seconds up to {_LONGEST_S}; 0 ends it with its run.")
    return int(said)


def found(
    folder: Path, wanted: Mapping[str, Any], say: Callable[[str], None] = lambda _: None, *, look_only: bool = False
) -> Staying | None:
    """The practice plant that stays up for these settings; one that does not answer or fit is done away with.

    Args:
        folder: The folder of bots.
        wanted: Its settings.
        say: Takes a sentence when one that was noted can't be used.
        look_only: Leave one that does not fit as it is.
    """
    note = _note(folder)
    if note is None:
        return None
    answer = _post(note["address"], note["secret"], "hello", {})
    if answer is None or answer[0] != HTTPStatus.OK:
        say(f"The practice plant of {folder} (process {note['process']}) is gone.")
        (folder / FOLDER / NOTE).unlink(missing_ok=True)
        return None
    if note["content"] != content_of(wanted):
        if look_only:
            say(f"The practice plant of {folder} was made for other sites or by another Batchwright: no run uses it.")
            return None
        say(f"The practice plant of {folder} was made for other sites or by another Batchwright: it is ended.")
        end(folder)
        return None
    sites = {name: {**access, "url": note["sites"][name]} for name, access in wanted.get("sites", {}).items()}
    settings = {**wanted, "mes": note["mes"], "sites": sites}
    home = Home(folder / FOLDER)
    return Staying(home, settings, note["batch"], note["address"], note["secret"], note["process"])


def end(folder: Path) -> bool:
    """End the practice plant that stays up for a folder of bots; whether there was one.

    Raises:
        Refused: It does not end.
    """
    note = _note(folder)
    if note is None:
        return False
    answer = _post(note["address"], note["secret"], "end", {})
    deadline = time.monotonic() + _END_S
    while answer is not None and (folder / FOLDER / NOTE).exists():
        if time.monotonic() > deadline:
            raise Refused(
                f"The practice plant of {folder} does not end: end process {note['process']} by hand, and try again."
            )
        time.sleep(0.05)
    (folder / FOLDER / NOTE).unlink(missing_ok=True)
    return answer is not None


def forget(folder: Path) -> None:
    """Remove everything that earlier practice left in a folder of bots, and end what serves it.

    What Robot Framework is just writing there (`--outputdir .practice/robot`) stays.
    """
    end(folder)
    for path in (one for pattern in _OURS for one in (folder / FOLDER).glob(pattern)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def content_of(wanted: Mapping[str, Any]) -> str:
    """What a practice plant is made of: the sites, the code that serves them, and who runs it."""
    told = ("product", "user", "practice")
    sites = {name: [access.get(one) for one in told] for name, access in wanted.get("sites", {}).items()}
    root = Path(batchwright.__file__).parent.parent
    digest = hashlib.sha256(json.dumps([sites, str(root), sys.prefix, sys.version], sort_keys=True).encode())
    for room in _ROOMS:
        for place, folders, names in os.walk(root / room):
            folders[:] = sorted(one for one in folders if one != "__pycache__")
            for name in sorted(names):
                about = os.stat(os.path.join(place, name))  # noqa: PTH116, PTH118 - a thousand files, each time
                digest.update(f"{place}/{name} {about.st_mtime_ns} {about.st_size}\n".encode())
    return digest.hexdigest()


def _started(folder: Path, wanted: Mapping[str, Any]) -> Staying:
    """Start one in the background and wait until it answers.

    Raises:
        Refused: It did not come up.
    """
    Home(folder / FOLDER).make()
    log = folder / FOLDER / "plant.log"
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":  # pragma: no cover - not on this system
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    with log.open("w", encoding="utf-8") as words:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "batchwright.practice.host", str(folder)],
            stdin=subprocess.PIPE,
            stdout=words,
            stderr=words,
            env=_environment(),
            **apart,
        )
        if process.stdin is not None:
            process.stdin.write(json.dumps(wanted).encode())
            process.stdin.close()
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline:
        gone = process.poll() is not None
        known = found(folder, wanted)
        if known is not None:
            return known
        if gone:
            said = log.read_text(encoding="utf-8").strip().splitlines() or [f"exit code {process.returncode}"]
            raise Refused(f"The practice plant of {folder} did not start: {said[-1]} (all of it: {log})")
        time.sleep(0.05)
    raise Refused(f"The practice plant of {folder} did not answer within {_START_S:.0f} s: see {log}.")


def _environment() -> dict[str, str]:
    """The environment of the process, in which this very Batchwright is found first; installed, it is found anyway."""
    root = Path(batchwright.__file__).parent.parent
    if root.name in ("site-packages", "dist-packages"):
        return dict(os.environ)
    also = [one for one in [os.environ.get("PYTHONPATH", "")] if one]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *also])}


def _note(folder: Path) -> dict[str, Any] | None:
    """What the note of a plant says; None where there is none that can be read."""
    try:
        note = json.loads((folder / FOLDER / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    wanted = {"address", "secret", "process", "content", "batch", "mes", "sites"}
    return note if isinstance(note, dict) and wanted <= set(note) else None


def _post(address: str, secret: str, what: str, about: Mapping[str, Any]) -> tuple[int, Any] | None:
    """An order to a plant: status and answer; None where nothing answers, or something else does."""
    at = urlsplit(address)
    line = HTTPConnection(at.hostname or "", at.port, timeout=_ANSWER_S)
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    try:
        line.request("POST", f"/{what}", json.dumps(about), headers)
        answer = line.getresponse()
        return (answer.status, json.load(answer)) if answer.getheader("x-practice") == "plant" else None
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        line.close()
