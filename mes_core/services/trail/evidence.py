"""What the audit trail says of evidence: which attempts there were, and the seal of each; where a capsule shall lie."""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from mes_core.domain.errors import Forbidden, Invalid, NotFound
from mes_core.domain.principals import Actor, BotPrincipal
from mes_core.messages.capsules import SUFFIX
from mes_core.messages.evidence import AttemptView, CapsulePart
from mes_core.services import leases
from mes_core.services.core import Change, Core, write_audit
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AuditRow, WorkItemRow
from mes_core.services.ports.vault import Arriving

KEPT = "evidence kept"
"""Evidence of an attempt of which nothing was told when it ended: its worker died, and what it left came later."""
_ENDED = ("work item done", "work item failed", KEPT)


class Evidence(Core):
    """Evidence, by its hashes."""

    def seals(self, batch_id: str) -> Mapping[str, str]:
        """SHA-256 of the manifest of every attempt of a batch, by the path of its folder, as the audit trail has it."""
        with self._store.read() as work:
            ended = work.find("audit", order=("number",), within={"action": _ENDED}, batch_id=batch_id)
        found: dict[str, str] = {}
        for entry in ended:
            evidence = _evidence(entry)
            if evidence and isinstance(evidence.get("path"), str):
                # The first word counts: what an attempt left is sealed once.
                found.setdefault(evidence["path"], str(evidence.get("sha256", "")))
        return found

    def attempts(self, item_id: str) -> tuple[AttemptView, ...]:
        """Attempts at an item, the oldest first; `kept` is for whoever knows where capsules are kept.

        Raises:
            NotFound: there is no such item.
        """
        with self._store.read() as work:
            return _attempts(work, _item(work, item_id))

    def arriving(self, item_id: str, part: CapsulePart, actor: Actor) -> Arriving:
        """Where a capsule shall lie that a bot sends: under its item, from the host that had the attempt.

        Raises:
            NotFound: there is no such item or attempt.
            Forbidden: a person, another account, or another host than the one that had the attempt.
            Invalid: the name is not that of the attempt's evidence, or the trail names another hash.
        """
        if not isinstance(actor, BotPrincipal) or actor.lease is None:
            raise Forbidden("Evidence is sent by the bot that has the item, or had it, with its host's secret.")
        with self._store.read() as work:
            row = _item(work, item_id)
            _was_theirs(work, row, part.attempt, actor, actor.lease.secret)
            told = [one for one in _attempts(work, row) if one.folder == part.name and one.sha256]
        if not re.fullmatch(rf"{re.escape(item_id)}-{part.attempt}(\.[1-9]\d{{0,5}})?", part.name):
            raise Invalid(f"Evidence of attempt {part.attempt} at {item_id} is not called {part.name!r}.")
        if any((one.sha256, one.capsule_sha256) != (part.manifest_sha256, part.sha256) for one in told):
            raise Invalid(f"The audit trail names another capsule for {part.name}: this one is not kept.")
        path = f"{_folder(row)}/{part.name}{SUFFIX}"
        return Arriving(path, item_id, part.attempt, part.size, part.sha256, part.manifest_sha256)

    def has_arrived(self, what: Arriving, actor: Actor) -> None:
        """Tell of a capsule that is kept, unless its attempt tells of it: it runs still, or has told already."""
        folder = f"evidence/{what.path.removesuffix(SUFFIX)}"
        with self._store.read() as work:
            row = _item(work, what.item_id)
            known = _attempts(work, row)
            if row["state"] == "running" and known and known[-1].attempt == what.attempt:
                return
            if any(one.folder == PurePosixPath(folder).name for one in known):
                return
        now = self.now()
        new = {
            "path": folder,
            "sha256": what.manifest_sha256,
            "capsule": f"evidence/{what.path}",
            "capsule_sha256": what.sha256,
            "attempt": what.attempt,
        }
        with self._store.write() as work:
            why = f"What attempt {what.attempt} left was sealed and sent later."
            write_audit(work, row["batch_id"], actor, now, Change(KEPT, what.item_id, None, new, why))

    def capsule_path(self, item_id: str, folder: str) -> str:
        """Where the capsule of an attempt lies, by the name of its folder.

        Raises:
            NotFound: there is no such item, or nothing is known of such an attempt at it.
        """
        with self._store.read() as work:
            row = _item(work, item_id)
            known = {one.folder for one in _attempts(work, row)}
        if folder not in known:
            raise NotFound(f"There is no evidence {folder!r} of work item {item_id}: look at its attempts.")
        return f"{_folder(row)}/{folder}{SUFFIX}"


def _item(work: UnitOfWork, item_id: str) -> WorkItemRow:
    row = work.get("work_items", item_id=item_id)
    if row is None:
        raise NotFound(f"There is no work item {item_id!r}: look at the list of work items.")
    return row


def _folder(row: WorkItemRow) -> str:
    return row["batch_id"].replace(":", "_")


def _evidence(entry: AuditRow) -> dict[str, Any] | None:
    new: Any = json.loads(entry["new"]) if entry["new"] else None
    evidence = new.get("evidence", new) if isinstance(new, dict) else None
    return evidence if isinstance(evidence, dict) else None


def _attempts(work: UnitOfWork, row: WorkItemRow) -> tuple[AttemptView, ...]:
    """Claims of an item, each with what was told of it: an end follows its claim in the chain."""
    told = (leases.CLAIMED, *_ENDED)
    entries = work.find(
        "audit", order=("number",), within={"action": told}, batch_id=row["batch_id"], subject=row["item_id"]
    )
    found: list[AttemptView] = []
    for entry in entries:
        new: Any = json.loads(entry["new"]) if entry["new"] else {}
        if entry["action"] == leases.CLAIMED:
            found.append(AttemptView(attempt=int(new["attempt"]), worker=str(new["worker"])))
            continue
        evidence = _evidence(entry)
        place = _place(found, new["attempt"] if entry["action"] == KEPT else None)
        if place is not None and evidence and isinstance(evidence.get("path"), str):
            more = {"folder": PurePosixPath(evidence["path"]).name, "sha256": str(evidence.get("sha256") or "")}
            more["capsule_sha256"] = str(evidence.get("capsule_sha256") or "")
            found[place] = found[place].model_copy(update=more)
    return tuple(found)


def _place(found: list[AttemptView], attempt: int | None) -> int | None:
    """Which attempt an entry tells of: the newest, or the newest with this number; numbers begin anew after a retry."""
    places = [place for place, one in enumerate(found) if attempt is None or one.attempt == attempt]
    return places[-1] if places else None


def _was_theirs(work: UnitOfWork, row: WorkItemRow, attempt: int, actor: Actor, secret: str) -> None:
    """See that this account had the attempt, on the host with this secret."""
    claims = work.find(
        "audit", order=("number",), batch_id=row["batch_id"], action=leases.CLAIMED, subject=row["item_id"]
    )
    told = [(entry["user"], json.loads(entry["new"] or "{}")) for entry in claims]
    those = [(user, new.get("host")) for user, new in told if new.get("attempt") == attempt]
    if not those:
        raise NotFound(f"There was no attempt {attempt} at work item {row['item_id']}.")
    if (actor.user, leases.host_of(secret)) not in those:
        raise Forbidden(f"Attempt {attempt} at {row['item_id']} was another account's or host's: that one sends it.")
