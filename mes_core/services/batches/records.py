"""Batch records: stored, listed, imported, corrected."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any, NamedTuple

from pydantic import ValidationError

from mes_core.domain import batch_numbers
from mes_core.domain.audit import canonical_document, digest, text_digest
from mes_core.domain.errors import Conflict, Invalid, Stale
from mes_core.domain.lists import infusion_of
from mes_core.domain.principals import Actor, Role, signer
from mes_core.domain.states import Event, State
from mes_core.messages import BatchRecord, Observation
from mes_core.messages import views as v
from mes_core.messages.record import RECORD_LISTS
from mes_core.services import as_told, outbox
from mes_core.services.batches import masters, paths, views
from mes_core.services.batches.genealogy import index_rows, reindex
from mes_core.services.batches.together import together
from mes_core.services.core import Change, dumps, iso, move, read_audit, the_batch, write_audit, write_audits
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import AuditColumns, BatchColumns, BatchRow, ObservationRow, RecordVersionRow

_CHUNK = 100
OBSERVED_SYSTEMS = ("lims", "erp")


class ImportCount(NamedTuple):
    """What an import did."""

    taken: int
    unchanged: int
    refused: list[tuple[str, str]]


class _Fresh(NamedTuple):
    """A record that an import brings, with its document, the canonical text of that and its hash."""

    record: BatchRecord
    observed: tuple[Observation, ...]
    document: dict[str, Any]
    text: str
    record_hash: str


class Records(SignedActs):
    """The records of the batches."""

    def submit_batch(self, record: BatchRecord, actor: Actor) -> tuple[v.BatchView, bool]:
        """Store a record and queue its review. The same content again changes nothing.

        Raises:
            Conflict: another record has this batch number, or one that looks like it.
        """
        now = self.now()
        document = record.model_dump(mode="json")
        text = canonical_document(document)
        record_hash = text_digest(text)
        with self._store.write() as work:
            there = work.get("batches", batch_id=record.batch_id)
            if there is not None:
                _same_or_conflict(work, there, record_hash)
                return views.batch_view(work, there), False
            alike = _taken_for(work, record.batch_id)
            if alike:
                raise Conflict(alike)
            row, version = _new_rows(record, text, record_hash, actor, now)
            work.add("batches", [row])
            work.add("record_versions", [version])
            work.add("identities", index_rows(document))
            key = outbox.review_key(record.batch_id, 1, 1)
            item = outbox.enqueue(work, now, job=outbox.REVIEW, key=key, batch_id=record.batch_id, record=document)
            stored = Change("record stored", "record", None, {"version": 1, "hash": record_hash}, record.source)
            queued = Change("work item queued", item["item_id"], None, item["job"])
            bound = masters.bind(work, document, now, self.zone)
            write_audit(work, record.batch_id, actor, now, stored, *items_of(document), *bound, queued)
            return views.batch_view(work, row, fresh=document), True

    def import_batches(
        self,
        items: Iterable[tuple[BatchRecord, tuple[Observation, ...]]],
        actor: Actor,
        *,
        enqueue_review: bool = False,
    ) -> ImportCount:
        """Store many records, a hundred in a transaction; those that are there with the same content stay."""
        taken, unchanged = 0, 0
        refused: list[tuple[str, str]] = []
        for chunk in _chunks(items):
            now = self.now()
            with self._store.write() as work:
                names = [record.batch_id for record, _ in chunk]
                there = {row["batch_id"]: row for row in work.find("batches", within={"batch_id": names})}
                fresh: list[_Fresh] = []
                taken_now: dict[str, str] = {}
                for record, observed in chunk:
                    document = record.model_dump(mode="json")
                    text = canonical_document(document)
                    record_hash = text_digest(text)
                    known = there.get(record.batch_id)
                    first = _first_hash(work, known) if known else taken_now.get(record.batch_id)
                    unfit = None if first else _taken_for(work, record.batch_id, taken_now)
                    unfit = unfit if first or unfit else _unfit(work, document, now, self.zone)
                    if unfit:
                        refused.append((record.batch_id, unfit))
                    elif first is None:
                        fresh.append(_Fresh(record, observed, document, text, record_hash))
                        taken_now[record.batch_id] = record_hash
                    elif first == record_hash:
                        unchanged += 1
                    else:
                        refused.append((record.batch_id, "another record has this batch number"))
                _store_many(work, fresh, actor, now, self.zone, enqueue_review=enqueue_review)
                taken += len(fresh)
        return ImportCount(taken, unchanged, refused)

    def list_batches(
        self, *, state: str | None = None, kind: str | None = None, limit: int = 50, offset: int = 0
    ) -> v.Page[v.BatchView]:
        """One page of batches, newest change first."""
        chosen: BatchColumns = {"state": state} if state else {}
        if kind:
            chosen["kind"] = kind
        with self._store.read() as work:
            rows = work.find("batches", order=("-changed_at", "batch_id"), limit=limit, offset=offset, **chosen)
            at_once = together(work, [row["batch_id"] for row in rows])
            items = tuple(views.listed_batch(at_once, row) for row in rows)
            return v.Page[v.BatchView](items=items, total=work.count("batches", **chosen))

    def get_batch(self, batch_id: str) -> v.BatchView:
        """One batch."""
        with self._store.read() as work:
            return views.batch_view(work, the_batch(work, batch_id))

    def get_record(self, batch_id: str) -> BatchRecord:
        """The record as it is now."""
        with self._store.read() as work:
            return BatchRecord.model_validate_json(the_batch(work, batch_id)["record"])

    def value_at(self, batch_id: str, path: str) -> Any:
        """What stands at a place of the record, such as `parameters/harvest_volume/text`; None where nothing can."""
        with self._store.read() as work:
            document = json.loads(the_batch(work, batch_id)["record"])
        try:
            return paths.read(document, path)
        except paths.NoSuchPlace:
            return None

    def audit(self, batch_id: str) -> tuple[v.AuditEntry, ...]:
        """The audit trail of a batch."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = work.find("audit", batch_id=batch_id, order=("number",))
        return tuple(v.AuditEntry.model_validate(read_audit(row)) for row in rows)

    def audit_page(
        self, batch_id: str, *, limit: int, offset: int = 0, action: str | None = None, user: str | None = None
    ) -> v.Page[v.AuditEntry]:
        """One page of the audit trail of a batch, in its order; of one action or one user only, if asked."""
        chosen: AuditColumns = {"batch_id": batch_id}
        if action:
            chosen["action"] = action
        if user:
            chosen["user"] = user
        with self._store.read() as work:
            the_batch(work, batch_id)
            rows = work.find("audit", order=("number",), limit=limit, offset=offset, **chosen)
            total = work.count("audit", **chosen)
        items = tuple(v.AuditEntry.model_validate(read_audit(row)) for row in rows)
        return v.Page[v.AuditEntry](items=items, total=total)

    def correct(self, batch_id: str, correction: v.Correction, person: Actor) -> v.BatchView:
        """Correct one value: a new version of the record, every earlier verdict overtaken, a new review queued.

        Raises:
            Forbidden: not a person with the role operator or reviewer, or the wrong password.
            Stale: the old value is not the one that stands there.
            Invalid: there is no such place, or the new value can't stand there.
            Conflict: the batch is released already.
        """
        who = signer(person, "correct a record", Role.OPERATOR, Role.REVIEWER, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, correction)
        now = self.now()
        with self._store.write() as work:
            as_told.check(work, batch_id)
            batch = the_batch(work, batch_id)
            document = _corrected(batch, correction).model_dump(mode="json")
            masters.check_correction(work, json.loads(batch["record"]), document)
            text = canonical_document(document)
            version, record_hash = batch["record_version"] + 1, text_digest(text)
            moved = move(
                work,
                batch,
                Event.CORRECTED,
                now,
                record=text,
                record_version=version,
                record_hash=record_hash,
                infusion_on=infusion_of(document),
            )
            work.add("record_versions", [_version_row(batch_id, version, record_hash, text, who, now)])
            reindex(work, document)
            key = outbox.review_key(batch_id, version, 1)
            item = outbox.enqueue(work, now, job=outbox.REVIEW, key=key, batch_id=batch_id)
            change = Change("record corrected", correction.path, correction.old, correction.new, correction.reason)
            signature = signatures.sign(
                work,
                batch_id,
                who,
                now,
                act="record corrected",
                subject=correction.path,
                content_hash=record_hash,
                meaning="I corrected this value of the record.",
                reason=correction.reason,
            )
            new = {"version": version, "hash": record_hash, **signatures.shown(signature)}
            signed = Change("record version", "record", version - 1, new)
            queued = Change("work item queued", item["item_id"], None, item["job"])
            write_audit(work, batch_id, who, now, change, signed, queued, *moved)
            return views.batch_view(work, batch)


def items_of(record: dict[str, Any]) -> list[Change]:
    """One audit entry for each item of a record, so that the trail can be asked about each value on its own."""
    return [
        Change("item recorded", f"{name}/{item[key]}", None, item)
        for name, key in RECORD_LISTS.items()
        for item in record[name]
    ]


def _corrected(batch: BatchRow, correction: v.Correction) -> BatchRecord:
    document = json.loads(batch["record"])
    try:
        stands = paths.read(document, correction.path)
    except paths.NoSuchPlace as error:
        raise Invalid(f"The record of batch {batch['batch_id']} has no place {correction.path!r}: {error}.") from None
    if stands != correction.old:
        raise Stale(f"At {correction.path!r} stands {stands!r}, not {correction.old!r}: look at the record again.")
    if stands == correction.new:
        raise Invalid(f"At {correction.path!r} stands {stands!r} already: there is nothing to correct.")
    try:
        changed = BatchRecord.model_validate(paths.replaced(document, correction.path, correction.new))
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"{correction.new!r} can't stand at {correction.path!r}: {first['msg']}.") from None
    if changed.batch_id != batch["batch_id"] or changed.kind != batch["kind"]:
        raise Invalid("The number and the kind of a batch can't be corrected: store another record instead.")
    return changed


def _unfit(work: UnitOfWork, document: dict[str, Any], now: datetime, zone: tzinfo | None) -> str | None:
    """Why a batch does not go with the master records that are registered, or None."""
    try:
        masters.version_of(work, document, now, zone)
    except Conflict as refused:
        return str(refused)
    return None


def _taken_for(work: UnitOfWork, batch_id: str, besides: Iterable[str] = ()) -> str | None:
    """Why a new batch number can't be taken: another one looks like it; None where none does."""
    there = [row["batch_id"] for row in work.find("batches", skeleton=batch_numbers.skeleton(batch_id))]
    for other in (*there, *besides):
        if batch_numbers.confusable(batch_id, other):
            return (
                f"Batch {batch_id!r} could be taken for batch {other!r}, which is there: labels that look alike are"
                " mixed up; check the number, or give this batch another one."
            )
    return None


def _same_or_conflict(work: UnitOfWork, there: BatchRow, record_hash: str) -> None:
    if record_hash not in (there["record_hash"], _first_hash(work, there)):
        raise Conflict(f"There is another record of batch {there['batch_id']!r} already: correct that one instead.")


def _first_hash(work: UnitOfWork, known: BatchRow) -> str:
    """Hash of the record as it first came: a corrected record is still the same import."""
    if known["record_version"] == 1:
        return known["record_hash"]
    first = work.get("record_versions", batch_id=known["batch_id"], version=1)
    return first["record_hash"] if first else ""


def _new_rows(
    record: BatchRecord, text: str, record_hash: str, actor: Actor, now: datetime
) -> tuple[BatchRow, RecordVersionRow]:
    row: BatchRow = {
        "batch_id": record.batch_id,
        "kind": record.kind.value,
        "state": State.MANUFACTURED.value,
        "record_version": 1,
        "record_hash": record_hash,
        "changed_at": iso(now),
        "record": text,
        "verdict_id": None,
        "verdict": None,
        "skeleton": batch_numbers.skeleton(record.batch_id),
        "infusion_on": infusion_of(record.model_dump(include={"infusion_planned_on"})),
    }
    return row, _version_row(record.batch_id, 1, record_hash, text, actor, now)


def _version_row(
    batch_id: str, version: int, record_hash: str, text: str, actor: Actor, now: datetime
) -> RecordVersionRow:
    return {
        "batch_id": batch_id,
        "version": version,
        "record_hash": record_hash,
        "record": text,
        "stored_at": iso(now),
        "stored_by": actor.user,
    }


def observation_row(batch_id: str, observation: Observation) -> ObservationRow:
    """An observation as the store keeps it; its hash leaves out when and where it was read.

    Raises:
        Invalid: it is from no system that is read here. Its name becomes one of a fact, so a free one could speak for
            the record itself.
    """
    if observation.system not in OBSERVED_SYSTEMS:
        known = " or ".join(OBSERVED_SYSTEMS)
        raise Invalid(f"Tables are read from {known}, not from {observation.system!r}: check the observation.")
    return row_of(batch_id, observation)


def row_of(batch_id: str, observation: Observation) -> ObservationRow:
    """The same for a table that the MES puts together by itself, whatever its system."""
    document = observation.model_dump(mode="json")
    content = [[{k: x for k, x in row.items() if k != "row"} for row in document["rows"]], document["complete"]]
    return {
        "batch_id": batch_id,
        "system": observation.system,
        "name": observation.table,
        "content_hash": digest(content),
        "document": dumps(document),
    }


def _store_many(
    work: UnitOfWork,
    fresh: list[_Fresh],
    actor: Actor,
    now: datetime,
    zone: tzinfo | None,
    *,
    enqueue_review: bool,
) -> None:
    rows = [_new_rows(one.record, one.text, one.record_hash, actor, now) for one in fresh]
    work.add("batches", [row for row, _ in rows])
    work.add("record_versions", [version for _, version in rows])
    work.add("identities", [row for one in fresh for row in index_rows(one.document)])
    read_last = {(record.batch_id, one.system, one.table): one for record, seen, *_ in fresh for one in seen}
    work.add("observations", [observation_row(batch_id, one) for (batch_id, _, _), one in read_last.items()])
    told: dict[str, tuple[Change, ...]] = {}
    for record, seen, document, _, record_hash in fresh:
        stored = Change(
            "record stored", "record", None, {"version": 1, "hash": record_hash}, f"import of {record.source}"
        )
        read = [
            Change("table read", f"{one.system}/{one.table}", None, {"rows": len(one.rows)}, one.page) for one in seen
        ]
        queued: tuple[Change, ...] = ()
        if enqueue_review:
            key = outbox.review_key(record.batch_id, 1, 1)
            item = outbox.enqueue(work, now, job=outbox.REVIEW, key=key, batch_id=record.batch_id)
            queued = (Change("work item queued", item["item_id"], None, item["job"]),)
        bound = masters.bind(work, document, now, zone)
        told[record.batch_id] = (stored, *items_of(document), *bound, *read, *queued)
    write_audits(work, actor, now, told)


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
