"""Versions of master records: registered, approved by signature from a day on, and never changed under a batch."""

import json
from datetime import UTC, datetime, tzinfo
from typing import Any

from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages import masters as m
from mes_core.services import as_told
from mes_core.services.core import Change, dumps, iso, write_audit
from mes_core.services.people import identity, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import MasterBindingRow, MasterRecordColumns, MasterRecordRow

MASTERS = "system:master_records"
"""The chain that tells of master records."""
DRAFT, APPROVED = "draft", "approved"


class Masters(SignedActs):
    """The register of master records."""

    def register_master(self, new: m.NewMaster, person: Actor) -> m.MasterView:
        """Store a version as a draft. It is never changed: another content is another version.

        Raises:
            Forbidden: not a person.
            Conflict: this version is there already.
        """
        if not isinstance(person, PersonPrincipal):
            raise Forbidden(f"Master records are registered by people, and {person.user!r} is none.")
        now = self.now()
        with self._store.write() as work:
            if work.get("master_records", name=new.name, version=new.version) is not None:
                raise Conflict(f"Version {new.version} of {new.name} is there already: give the change a new version.")
            row: MasterRecordRow = {
                "master_id": f"{new.name}:{new.version}",
                "batch_id": MASTERS,
                "name": new.name,
                "version": new.version,
                "title": new.title,
                "content_hash": digest([new.name, new.version, new.title, new.document]),
                "document": dumps(new.document),
                "state": DRAFT,
                "prepared_by": person.user,
                "registered_at": iso(now),
                "effective_on": None,
                "approved_by": None,
                "printed_name": None,
                "approved_at": None,
                "signature_id": None,
            }
            work.add("master_records", [row])
            change = Change(
                "master record registered", row["master_id"], None, {"hash": row["content_hash"]}, new.title
            )
            write_audit(work, MASTERS, person, now, change)
            return _view(work, row)

    def approve_master(self, master_id: str, approval: m.ApproveMaster, person: Actor) -> m.MasterView:
        """Approve a version by signature, from a day on.

        Raises:
            Forbidden: neither quality assurance nor a qualified person, who prepared it, or the wrong password.
            Conflict: it is approved already.
            Invalid: it would be effective before its approval.
        """
        who = signer(person, "approve a master record", Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, approval)
        now = self.now()
        today = now.astimezone(self.zone or UTC).date()
        if approval.effective_on < today:
            raise Invalid(f"A version can't be effective before its approval: give {today} or a later day.")
        with self._store.write() as work:
            as_told.check(work, MASTERS)
            row = _the_master(work, master_id)
            if row["state"] == APPROVED:
                raise Conflict(f"{master_id} was approved already by {row['printed_name']}.")
            if identity.same_person(work, row["prepared_by"], who.user):
                raise Forbidden(f"{who.printed_name} prepared {master_id} and can't approve it: a second person does.")
            signature = signatures.sign(
                work,
                MASTERS,
                who,
                now,
                act="master record approved",
                subject=master_id,
                content_hash=row["content_hash"],
                meaning=approval.meaning,
                reason=approval.reason,
            )
            changed: MasterRecordColumns = {
                "state": APPROVED,
                "effective_on": approval.effective_on.isoformat(),
                "approved_by": who.user,
                "printed_name": who.printed_name,
                "approved_at": iso(now),
                "signature_id": signature["signature_id"],
            }
            work.change("master_records", {"master_id": master_id}, **changed)
            new = {"effective_on": changed["effective_on"], **signatures.shown(signature)}
            change = Change("master record approved", master_id, DRAFT, new, approval.reason)
            write_audit(work, MASTERS, who, now, change)
            return _view(work, {**row, **changed})

    def masters(self, name: str | None = None) -> tuple[m.MasterView, ...]:
        """All versions, oldest of each name first."""
        chosen: MasterRecordColumns = {"name": name} if name else {}
        with self._store.read() as work:
            order = ("name", "registered_at", "version")
            rows = work.find("master_records", order=order, limit=None, offset=0, within=None, **chosen)
            return tuple(_view(work, row) for row in rows)

    def master(self, master_id: str) -> m.MasterView:
        """One version, with its document."""
        with self._store.read() as work:
            return _view(work, _the_master(work, master_id))


def version_of(
    work: UnitOfWork, document: dict[str, Any], now: datetime, zone: tzinfo | None
) -> MasterRecordRow | None:
    """The version that a new batch was made by; None where no version of its master record is registered.

    Args:
        work: the transaction.
        document: the record of the batch.
        now: time of the storage.
        zone: the plant's, in which the day of the beginning is counted; None: UTC.

    Raises:
        Conflict: the version was not registered, not approved, or not effective when the batch was begun.
    """
    name, version, batch_id = document["master_record"], document["master_record_version"], document["batch_id"]
    known = work.find("master_records", name=name)
    row = next((one for one in known if one["version"] == version), None)
    if row is None:
        if known:
            raise Conflict(f"Batch {batch_id} names version {version} of {name}, which is not registered: register it.")
        return None
    effective_on = row["effective_on"]
    if row["state"] != APPROVED or effective_on is None:
        raise Conflict(f"Batch {batch_id} names version {version} of {name}, which is a draft: have it approved first.")
    begun = _begun(document, now, zone)
    if begun < effective_on:
        raise Conflict(
            f"Batch {batch_id} was begun on {begun}, and version {version} of {name} is effective from"
            f" {effective_on} on: it was made by another version."
        )
    return row


def bind(work: UnitOfWork, document: dict[str, Any], now: datetime, zone: tzinfo | None) -> tuple[Change, ...]:
    """Bind a new batch to the version that it was made by (see `version_of`), for good."""
    row = version_of(work, document, now, zone)
    if row is None:
        return ()
    bound: MasterBindingRow = {
        "batch_id": document["batch_id"],
        "master_id": row["master_id"],
        "content_hash": row["content_hash"],
        "bound_at": iso(now),
    }
    work.add("master_bindings", [bound])
    return (Change("master record bound", row["master_id"], None, {"hash": row["content_hash"]}),)


def check_correction(work: UnitOfWork, before: dict[str, Any], after: dict[str, Any]) -> None:
    """See that a correction leaves a batch with the version that it is bound to.

    Raises:
        Invalid: it would not.
    """
    names = ("master_record", "master_record_version")
    bound = work.get("master_bindings", batch_id=before["batch_id"])
    if bound and any(before[name] != after[name] for name in names):
        raise Invalid(f"Batch {before['batch_id']} is bound to {bound['master_id']}: its version can't be corrected.")


def _begun(document: dict[str, Any], now: datetime, zone: tzinfo | None) -> str:
    """The day on which a batch was begun: that of its first step, or when it was made, or now."""
    started = [step["started_at"] for step in document["steps"] if step["started_at"]]
    at = datetime.fromisoformat(min(started, default=document["manufactured_at"] or now.isoformat()))
    return at.astimezone(zone or UTC).date().isoformat()


def _the_master(work: UnitOfWork, master_id: str) -> MasterRecordRow:
    row = work.get("master_records", master_id=master_id)
    if row is None:
        raise NotFound(f"There is no master record {master_id!r}: look at the list of master records.")
    return row


def _view(work: UnitOfWork, row: MasterRecordRow) -> m.MasterView:
    shown = {name: value for name, value in row.items() if name not in ("batch_id", "document")}
    batches = work.count("master_bindings", master_id=row["master_id"])
    return m.MasterView.model_validate({**shown, "batches": batches, "document": json.loads(row["document"])})
