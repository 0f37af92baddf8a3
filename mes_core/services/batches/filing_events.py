"""What starts clocks comes in: events, their corrections, and licences."""

import json
from datetime import datetime
from typing import Any, cast

from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, Invalid, NotFound
from mes_core.domain.principals import Actor, BotPrincipal, PersonPrincipal, Role, signer
from mes_core.filing.decide import decide
from mes_core.filing.events import EXEMPTING, OTHER, Said, names
from mes_core.filing.loading import book
from mes_core.messages import filing as f
from mes_core.services import as_told, aside
from mes_core.services.batches import event_corrections
from mes_core.services.core import Change, iso, write_audit
from mes_core.services.filing import clocks, reports, rows
from mes_core.services.filing.words import clock_view
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingEventColumns, LicenceRow, SignatureRow

_CORRECT = (Role.REVIEWER, Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
_ANSWERING = (*_CORRECT, Role.PHARMACOVIGILANCE)
_DESK = (Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)


class FilingEvents(SignedActs):
    """Events, licences, and which clocks they start."""

    def filing_clocks(self) -> tuple[f.ClockView, ...]:
        """Every clock of the book, those included that only look applicable."""
        return tuple(clock_view(one) for one in book().clocks)

    def record_event(self, event: f.NewEvent, actor: Actor) -> f.EventView:
        """Record an event that may start clocks; the same again from the same source changes nothing.

        Raises:
            Invalid: its kind, its time or its answers can't be.
            Forbidden: a bot gives details of a report: it states only what a signed record says.
            Conflict: the same source said something else under this key before.
        """
        if event.source == clocks.RECORD:
            raise Invalid("Events of the record come from the record itself: name another source.")
        if event.details and isinstance(actor, BotPrincipal):
            raise Forbidden(
                f"A bot gives no details of a report ({', '.join(sorted(event.details)[:3])}): record the event without"
                " them, and a person adds them."
            )
        name, now = rows.event_id(event.source, event.source_key), self.now()
        fields = f.EventFields.model_validate(event.model_dump(exclude={"source", "source_key"}))
        with self._store.write() as work:
            fields = _with_batch(work, fields)
            first = work.get("filing_events", event_id=name, version=1)
            fields, unheard = _as_heard(work, fields, actor)
            if first is not None:
                said = fields.model_dump(mode="json", exclude_defaults=True) | {"kind": fields.kind}
                if json.loads(first["document"])["fields"] != said:
                    raise Conflict(
                        f"{event.source} said something else of {event.source_key} before: correct event {name}."
                    )
                return rows.event_view(rows.the_event(work, name) or first)
            row = clocks.record(work, fields, event.source_key, actor, now, source=event.source, asked=unheard)
            return rows.event_view(row, created=True)

    def correct_event(self, name: str, correction: f.CorrectEvent, person: Actor) -> f.EventView:
        """Correct an event, signed; its clocks are worked out again under this reason and name.

        Raises:
            Forbidden: not a person who may, or the wrong password.
            Invalid: the corrected event can't be.
            Conflict: it was corrected meanwhile, or its ground stands and a clock would end or come later.
        """
        who = signer(person, "correct an event", *_CORRECT)
        self.confirm_signature(who, correction)
        now = self.now()
        with self._store.write() as work:
            old = rows.the_event(work, name)
            if old is None:
                raise NotFound(f"There is no event {name!r}: look at the list of events.")
            as_told.check(work, old["batch_id"])
            event_corrections.check_version(old, correction)
            document, state = event_corrections.corrected(work, old, correction, now)
            told: dict[str, Any] = {key: old[key] for key in ("source", "source_key")}
            told |= {"state": state, "recorded_at": iso(now), "recorded_by": who.user}
            told |= {"reason": correction.reason, "signature_id": None}
            row = rows.event_row(name, old["version"] + 1, old["batch_id"], document, **told)
            event_corrections.check_effect(work, old, row, who, now)
            signature = _signed(
                work, old["batch_id"], who, now, "event corrected", name, digest(document), correction.reason
            )
            row["signature_id"] = signature["signature_id"]
            work.add("filing_events", [row])
            new = {**correction.changes, "state": state, "duplicate_of": document["duplicate_of"]}
            new |= signatures.shown(signature)
            change = Change("event corrected", name, json.loads(old["document"])["fields"], new, correction.reason)
            write_audit(work, old["batch_id"], who, now, change)
            clocks.recompute(work, row, who, now, f"{correction.reason} ({who.printed_name})", old=old)
            return rows.event_view(row)

    def filing_events(self, *, batch_id: str | None = None) -> tuple[f.EventView, ...]:
        """Events as they are known now, newest first."""
        chosen: FilingEventColumns = {"batch_id": batch_id} if batch_id else {}
        with self._store.read() as work:
            found = work.find(
                "filing_events", order=("event_id", "version"), limit=None, offset=0, within=None, **chosen
            )
        newest = sorted(rows.newest(found), key=lambda row: row["recorded_at"], reverse=True)
        return tuple(rows.event_view(row) for row in newest)

    def event_decisions(self, name: str) -> tuple[f.DecisionView, ...]:
        """Each clock for an event as all reports of it tell it: started or not, and why."""
        with self._store.read() as work:
            row = rows.the_event(work, name)
            if row is None:
                raise NotFound(f"There is no event {name!r}: look at the list of events.")
            told = [rows.as_event(one) for one in reports.group(work, row)]
            licences = rows.licences_for(work, {one.product for one in told})
        found = decide(book().clocks, told, licences, self.now())
        called = names(told).get(name)
        return tuple(
            f.DecisionView(
                clock_id=one.clock.id,
                title=one.clock.title,
                jurisdiction=one.clock.jurisdiction,
                clause=one.clock.clause,
                started=one.started,
                why=one.why,
                due_at=one.due_at,
                filing_id=clocks.filing_id(one) if one.started else None,
            )
            for one in found
            if one.event_id and one.event_id == called
        )

    def record_licence(self, new: f.NewLicence, person: Actor) -> f.LicenceView:
        """Record or correct a licence, signed; the filings of its periods start.

        Raises:
            Forbidden: not a person who may, or the wrong password.
        """
        who = signer(person, "record a licence", *_DESK)
        self.confirm_signature(who, new)
        now = self.now()
        with self._store.write() as work:
            old = work.find("licences", licence_id=new.licence_id, order=("-version",), limit=1)
            if old and (old[0]["jurisdiction"], old[0]["product"]) != (new.jurisdiction, new.product):
                raise Conflict(
                    f"Licence {new.licence_id} is of another product or place: record it under its own number."
                )
            version = old[0]["version"] + 1 if old else 1
            content = new.model_dump(mode="json", exclude={"password", "user_name", "reason"})
            chain = f.FILINGS_CHAIN
            before = _as_it_stood(old)
            # One that is new, or was damaged, decides nothing: refused, it would keep clocks from running.
            signed = ("licence recorded", new.licence_id, digest(content), new.reason)
            signature = _signed(work, chain, who, now, *signed, of_news=before is None)
            row = rows.licence_row(new, version, now, who.user, signature["signature_id"])
            work.add("licences", [row])
            shown = {**content, **signatures.shown(signature)}
            write_audit(work, chain, who, now, Change("licence recorded", new.licence_id, before, shown, new.reason))
            running = {one["filing_id"]: one for one in work.find("filings", within={"status": clocks.RUNNING})}
            clocks.follow_licence(work, new.licence_id, who, now, f"{new.reason} ({who.printed_name})")
            event_corrections.check_ends_nothing_of_record(work, running, who, new.licence_id)
            return rows.licence_view(row)

    def licences(self) -> tuple[f.LicenceView, ...]:
        """Every licence as it stands."""
        with self._store.read() as work:
            return tuple(rows.licence_view(row) for row in rows.licence_rows(work))


def _as_heard(work: UnitOfWork, fields: f.EventFields, actor: Actor) -> tuple[f.EventFields, tuple[str, ...]]:
    """An event as it counts from who records it: what would keep a clock from starting is a person's of compliance.

    Returns:
        The event with such answers unknown, and what is asked because of them.
    """
    if isinstance(actor, PersonPrincipal) and actor.roles & {one.value for one in _ANSWERING}:
        return fields, ()
    ends = {fact for fact, said in fields.answers.items() if said == (Said.YES if fact in EXEMPTING else Said.NO)}
    asked = [
        f"{actor.user} says {said} to {fact.replace('_', ' ')!r}: it counts when quality assurance has said so."
        for fact, said in fields.answers.items()
        if fact in ends
    ]
    changed: dict[str, Any] = {"answers": {fact: said for fact, said in fields.answers.items() if fact not in ends}}
    told, questions = _as_its_batch(_record(work, fields) or {}, fields, actor.user)
    changed |= told
    asked += questions
    if fields.closed_on:
        changed["closed_on"] = None
        asked.append(
            f"{actor.user} says that it ended on {fields.closed_on}: it counts when quality assurance says so."
        )
    return fields.model_copy(update=changed), tuple(asked)


def _signed(
    work: UnitOfWork,
    chain: str,
    who: PersonPrincipal,
    now: datetime,
    act: str,
    subject: str,
    content_hash: str,
    reason: str,
    meaning: str = "",
    of_news: bool = False,
) -> SignatureRow:
    words = meaning or f"I sign: {act}."
    told: dict[str, Any] = {"act": act, "subject": subject, "content_hash": content_hash}
    told |= {"meaning": words, "reason": reason}
    return signatures.sign(work, chain, who, now, **told, of_news=of_news)


def _as_it_stood(versions: list[LicenceRow]) -> dict[str, Any] | None:
    """What the newest version of a licence says; None where there is none, or it can't be used."""

    def read() -> dict[str, Any] | None:
        rows.as_licence(versions[0])
        found: dict[str, Any] = json.loads(versions[0]["document"])
        return found

    return aside.readable(f"licence {versions[0]['licence_id']}", read, aside.standing_in(None)) if versions else None


def _with_batch(work: UnitOfWork, fields: f.EventFields) -> f.EventFields:
    """What the record of the batch says is not asked again: its product, and where it goes when nobody said."""
    record = _record(work, fields)
    if record is None:
        return fields
    more: dict[str, Any] = {}
    if fields.product is None:
        more["product"] = rows.product_of(record)
    if fields.places is None:
        more["places"] = rows.places(record)
    return fields.model_copy(update=more)


def _as_its_batch(record: dict[str, Any], fields: f.EventFields, user: str) -> tuple[dict[str, Any], list[str]]:
    """What others say of places and the product, as far as it leaves out nothing of the record; and what is asked."""
    until = "it counts when quality assurance has said so."
    changed: dict[str, Any] = {}
    asked: list[str] = []
    left_out = sorted(set(rows.places(record) or ()) - set(fields.places or ()))
    if fields.places and set(fields.places) <= {OTHER}:
        changed["places"] = None
        asked.append(f"{user} says that it concerns no place of ours: {until}")
    elif fields.places and left_out:
        changed["places"] = (*fields.places, *left_out)
        named = " and ".join(left_out)
        asked.append(f"{user} says that it does not concern {named}, where batch {fields.batch_id} goes: {until}")
    product = rows.product_of(record)
    if product and fields.product != product:
        changed["product"] = product
        asked.append(f"{user} says that batch {fields.batch_id} is {fields.product}, and its record {product}: {until}")
    return changed, asked


def _record(work: UnitOfWork, fields: f.EventFields) -> dict[str, Any] | None:
    batch = work.get("batches", batch_id=fields.batch_id) if fields.batch_id else None
    return cast(dict[str, Any], json.loads(batch["record"])) if batch else None
