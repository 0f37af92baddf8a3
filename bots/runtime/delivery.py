"""Evidence on its way to the MES: each capsule is sent when its attempt ends, and again until it has arrived.

Nothing waits for it: an item's end is told first, with the hash of its capsule, and then the capsule is sent. One that
can't be sent stays on this machine, and goes before the next item.
"""

import glob
import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from bots.runtime.capsule import check, read_member
from bots.runtime.job_queue import Job
from bots.runtime.keeper import host_secret
from mes_core.client import MesClient, MesError, MesUnreachable
from mes_core.messages.capsules import MANIFEST, SUFFIX, attempt_folder, capsule_of, capsules_below
from mes_core.messages.evidence import AttemptView, CapsulePart
from mes_core.spelling.archives import DAMAGED

_ABOUT_THIS_ONE = (403, 422)
"""Refusals of a capsule itself, which no later try changes: another host's, or not what was announced."""
_NOT_NOW = (401, 408, 429)
"""Refusals that are no answer about the capsule: the next one would get the same."""
_NO_EVIDENCE = "keeps no evidence"
_MOST_AT_ONCE = 200
"""Capsules that are sent before an item is taken; the others go with the next ones."""


class Delivery:
    """Sends the capsules of one machine, and reads what others sent of the same item.

    Args:
        client: Makes a client that speaks to the MES as the bot, under the lease in hand.
        home: Folder below which `evidence/` lies.
        emit: Receives `evidence_waits`, once until something arrives again.
    """

    def __init__(self, client: Callable[[], MesClient], home: Path, emit: Callable[[dict[str, Any]], None]) -> None:
        self._client = client
        self._home = home
        self._emit = emit
        self._sent = home / "workers" / "sent"
        self._refused = home / "workers" / "refused"
        self._waits = False
        self._left = self._unsent(capsules_below(home / "evidence"))

    def earlier(self, job: Job) -> list[dict[str, Any]]:
        """Attempts at an item as the MES tells of them, for the manifest of the one that begins.

        Where the capsule lies elsewhere it is fetched and checked against the trail, so that this machine has the
        whole chain. An attempt of which nothing was told is named with its worker: it is missing, not forgotten.
        """
        if job.attempt <= 1:
            return []
        try:
            with self._client() as client:
                return [
                    self._told(client, job, one) for one in client.attempts(job.item_id) if one.attempt < job.attempt
                ]
        except (MesError, MesUnreachable) as error:
            return [{"attempt": 0, "folder": "", "sha256": "", "missing": f"The MES did not tell: {error}"}]

    def send(self, job: Job) -> None:
        """Send what the attempt that just ended left, and what it sealed for an earlier one whose worker died."""
        folder = attempt_folder(self._home / "evidence", job.batch_id, job.item_id, job.attempt).parent
        mine = sorted(folder.glob(f"{glob.escape(job.item_id)}-*{SUFFIX}"))
        self._left = itertools.chain(self._unsent(mine), self._left)
        self.send_left()

    def send_left(self) -> None:
        """Send what an earlier attempt, or an earlier process, could not."""
        for _ in range(_MOST_AT_ONCE):
            capsule = next(self._left, None)
            if capsule is None:
                return
            if not self._send(capsule):
                self._left = itertools.chain((capsule,), self._left)
                return

    def _unsent(self, capsules: Iterable[Path]) -> Iterator[Path]:
        put_aside = (self._sent, self._refused)
        return (one for one in capsules if not any((folder / one.name).exists() for folder in put_aside))

    def _told(self, client: MesClient, job: Job, one: AttemptView) -> dict[str, Any]:
        told: dict[str, Any] = {
            "attempt": one.attempt,
            "folder": one.folder,
            "sha256": one.sha256,
            "worker": one.worker,
        }
        if not one.sha256:
            return {**told, "missing": "Its worker told nothing of it; what it left is on its machine."}
        if not one.kept:
            return {**told, "missing": "Its capsule has not arrived; it is on its machine."}
        if problem := self._fetch(client, job, one):
            return {**told, "missing": problem}
        return told

    def _fetch(self, client: MesClient, job: Job, one: AttemptView) -> str:
        """Have a capsule here; why it can't be had, in a sentence, or nothing."""
        beside = attempt_folder(self._home / "evidence", job.batch_id, job.item_id, one.attempt)
        target = capsule_of(beside.with_name(one.folder))
        if target.is_file():
            return ""
        content = client.capsule(job.item_id, one.folder)
        if one.capsule_sha256 and hashlib.sha256(content).hexdigest() != one.capsule_sha256:
            return "What the MES keeps is not the capsule that the trail vouches for."
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = target.with_suffix(".partly")
        part.write_bytes(content)
        part.chmod(0o600)
        report = check(part)
        if report.problems or report.manifest_sha256 != one.sha256:
            part.unlink()
            return f"The capsule that the MES keeps is not whole: {(report.problems or ['another manifest'])[0]}"
        part.replace(target)
        self._mark(target)
        return ""

    def _send(self, capsule: Path) -> bool:
        """Send one capsule; whether the next one may be tried."""
        try:
            raw = read_member(capsule, MANIFEST)
            item = json.loads(raw)["item"]
            item_id, attempt = str(item["item_id"]), int(item["attempt"])
            about = CapsulePart(
                attempt=attempt,
                name=capsule.name.removesuffix(SUFFIX),
                size=capsule.stat().st_size,
                sha256=hashlib.sha256(capsule.read_bytes()).hexdigest(),
                manifest_sha256=hashlib.sha256(raw).hexdigest(),
            )
        except DAMAGED as error:
            self._emit({"event": "evidence_unreadable", "capsule": str(capsule), "message": str(error)})
            return True
        try:
            with self._client() as client:
                told = {one.attempt: one.worker for one in client.attempts(item_id)}  # the newest of a number
                worker = told.get(attempt, "")
                client.act_under(f"{item_id} 0 {self._secret(worker)}")
                client.send_capsule(item_id, about, capsule)
        except (MesError, MesUnreachable, OSError) as error:
            return self._stays(capsule, error)
        self._waits = False
        self._mark(capsule)
        return True

    def _stays(self, capsule: Path, error: Exception) -> bool:
        """A capsule could not be sent: whether the next one may be tried.

        What the MES refuses for good is put aside by a mark of its own, which says why. What it can't take now, such
        as a capsule of an item that a restored store does not know, stays and is tried again by the next process.
        """
        status = error.status if isinstance(error, MesError) else 500
        if status in _ABOUT_THIS_ONE:
            self._emit({"event": "evidence_refused", "capsule": str(capsule), "message": str(error)})
            self._mark(capsule, self._refused, str(error))
            return True
        mute = isinstance(error, MesError) and _NO_EVIDENCE in error.detail
        if isinstance(error, OSError) or (status < 500 and status not in _NOT_NOW and not mute):
            self._emit({"event": "evidence_stays", "capsule": str(capsule), "message": str(error)})
            return True
        if not self._waits:
            said = f"{error} It stays here, and is sent with the next item."
            self._emit({"event": "evidence_waits", "capsule": str(capsule), "message": said})
        self._waits = True
        return False

    def _secret(self, worker: str) -> str:
        """The secret of the worker that had the attempt, where it is one of this machine's."""
        there = {path.stem for path in (self._home / "workers").glob("*.secret")}
        return host_secret(self._home, worker) if worker in there else "not of this machine"

    def _mark(self, capsule: Path, where: Path | None = None, why: str = "") -> None:
        folder = where or self._sent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / capsule.name).write_text(why, encoding="utf-8")
