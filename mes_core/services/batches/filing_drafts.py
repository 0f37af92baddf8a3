"""Filings at the desk of compliance: listed, drafted, approved by people, sent to the bot, withdrawn."""

import json
from datetime import datetime
from typing import Any

from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, Forbidden, NotFound
from mes_core.domain.principals import Actor, BotPrincipal, PersonPrincipal, Role, signer
from mes_core.filing import calendars
from mes_core.filing.loading import book
from mes_core.messages import filing as f
from mes_core.services.batches.event_corrections import ground_of
from mes_core.services.batches.judgement import not_own_work
from mes_core.services.core import Change, iso, the_batch, write_audit
from mes_core.services.filing import clocks, drafting, rows
from mes_core.services.filing.queueing import queue, the_filing
from mes_core.services.filing.words import filing_view
from mes_core.services.people import signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingColumns, FilingDraftRow, FilingRow

_AGAIN = drafting.NO_DRAFT.replace("first", "again")
_DESK = (Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
_NOTHING_FILED = "Nothing is filed under this number."
_TAKEN_BACK = "What was handed over under this number was taken back with the agency."


class FilingDrafts(SignedActs):
    """Filings up to the approval, and their end without a submission."""

    def all_filings(self, *, running: bool = False, status: str | None = None) -> tuple[f.FilingView, ...]:
        """Filings, soonest due first."""
        wanted = (status,) if status else clocks.RUNNING if running else tuple(f.FilingStatus)
        with self._store.read() as work:
            found = work.find("filings", within={"status": wanted}, order=("due_at", "filing_id"))
        return tuple(filing_view(row) for row in found if row["clock_id"])

    def filing(self, filing_id: str) -> f.FilingView:
        """One filing."""
        with self._store.read() as work:
            return filing_view(the_filing(work, filing_id))

    def draft_filing(self, filing_id: str, given: dict[str, str], actor: Actor) -> f.DraftView:
        """Draft a filing from what the records say now, with answers that a person gives to open questions.

        Raises:
            Forbidden: a bot gives answers: it states only what a record says.
            Conflict: it is with the agency, accepted or withdrawn.
        """
        if given and isinstance(actor, BotPrincipal):
            raise Forbidden("A bot answers no open question of a draft: a person does.")
        now = self.now()
        with self._store.write() as work:
            row = the_filing(work, filing_id)
            draft = drafting.make(work, row, given, actor, now)
            return drafting.draft_view(work, row, draft)

    def filing_draft(self, filing_id: str) -> f.DraftView:
        """The newest draft of a filing."""
        with self._store.read() as work:
            row = the_filing(work, filing_id)
            return drafting.draft_view(work, row, _the_draft(work, row))

    def approve_filing(self, filing_id: str, approval: f.ApproveDraft, person: Actor) -> f.FilingView:
        """Approve the newest draft for submission, signed on its hash; the filing bot gets it.

        Raises:
            Forbidden: not a person with the role that the clock names, or the wrong password.
            Conflict: a question is open, the draft is another, or a record has changed since.
        """
        now = self.now()
        if not approval.meaning.startswith(f.APPROVAL):
            raise Conflict(f"The signature has to mean what the bot declares in your name: {f.APPROVAL!r}.")
        with self._store.read() as work:
            row = the_filing(work, filing_id)
            drafting.form_of(row)
            roles = [Role(one) for one in book().clock(row["clock_id"] or "").approve]
            who = signer(person, f"approve the filing {filing_id}", *roles)
        self.confirm_signature(who, approval)
        with self._store.write() as work:
            row = the_filing(work, filing_id)
            draft = _the_draft(work, row)
            _check_approvable(work, row, draft, approval.content_hash, now)
            signature = signatures.sign(
                work,
                row["batch_id"],
                who,
                now,
                act="filing approved",
                subject=filing_id,
                content_hash=draft["content_hash"],
                meaning=approval.meaning,
                reason=approval.reason,
            )
            changed: FilingColumns = {
                "status": f.FilingStatus.APPROVED.value,
                "approved_by": who.printed_name,
                "approved_at": iso(now),
            }
            changed["signature_id"] = signature["signature_id"]
            work.change("filings", {"filing_id": filing_id}, **changed)
            row.update(changed)
            shown = {"draft": draft["number"], **signatures.shown(signature)}
            changes = [Change("filing approved", filing_id, "drafted", shown, approval.reason)]
            changes += queue(work, row, now)
            write_audit(work, row["batch_id"], who, now, *changes)
            return filing_view(row)

    def submit_filing(self, filing_id: str, person: Actor) -> f.FilingView:
        """Queue an approved filing for the bot (again): after an outage, or when its item was cancelled.

        Raises:
            Conflict: it is not approved.
        """
        signer(person, "submit a filing", *_DESK, Role.PHARMACOVIGILANCE)
        now = self.now()
        with self._store.write() as work:
            row = the_filing(work, filing_id)
            if row["status"] != f.FilingStatus.APPROVED.value:
                raise Conflict(
                    f"Filing {filing_id} is {row['status']}, not approved: a person approves its draft before it is"
                    " submitted."
                )
            changes = queue(work, row, now)
            write_audit(work, row["batch_id"], person, now, *changes)
            return filing_view(row)

    def withdraw_filing(self, filing_id: str, body: f.WithdrawFiling, person: Actor) -> f.FilingView:
        """End a filing that is not submitted, or was taken back with the agency, signed with the reason.

        Raises:
            Forbidden: not a person who may, or the wrong password.
            Conflict: it is withdrawn already, or the record itself started it, and what it started for stands.
        """
        who = signer(person, "withdraw a filing", *_DESK)
        self.confirm_signature(who, body)
        now = self.now()
        with self._store.write() as work:
            row = the_filing(work, filing_id)
            if row["status"] == f.FilingStatus.WITHDRAWN.value:
                raise Conflict(f"Filing {filing_id} is withdrawn already: {row['answer']}")
            drafting.not_under_way(work, row)
            _check_ground(work, row, who)
            handed_over = row["status"] in (f.FilingStatus.SUBMITTED.value, f.FilingStatus.ACCEPTED.value)
            content = digest([filing_id, row["version"], row["status"]])
            signature = signatures.sign(
                work,
                row["batch_id"],
                who,
                now,
                act="filing withdrawn",
                subject=filing_id,
                content_hash=content,
                meaning=_TAKEN_BACK if handed_over else _NOTHING_FILED,
                reason=body.reason,
            )
            changed: FilingColumns = {
                "status": f.FilingStatus.WITHDRAWN.value,
                "answer": f"{body.reason} ({who.printed_name})",
            }
            changed["signature_id"] = signature["signature_id"]
            work.change("filings", {"filing_id": filing_id}, **changed)
            shown = {**changed, **signatures.shown(signature)}
            change = Change("filing withdrawn", filing_id, row["status"], shown, body.reason)
            write_audit(work, row["batch_id"], who, now, change)
            return filing_view({**row, **changed})

    def batch_certificate(self, batch_id: str, given: dict[str, str]) -> f.DraftView:
        """The certificate of a batch for a qualified person, from what the records say; nothing is stored."""
        now = self.now()
        with self._store.read() as work:
            return drafting.certificate(work, the_batch(work, batch_id), given, now)

    def filings(self, batch_id: str) -> tuple[f.FilingView, ...]:
        """The filings of a batch, those of before included."""
        with self._store.read() as work:
            the_batch(work, batch_id)
            found = work.find("filings", batch_id=batch_id, order=("place",))
        return tuple(filing_view(row) for row in found)


def _check_ground(work: UnitOfWork, row: FilingRow, who: PersonPrincipal) -> None:
    """See that what the record itself started is not ended while what it started for stands, nor by who had a part.

    Raises:
        Forbidden: the batch is their own work.
        Conflict: a final result is positive, or the investigation is open.
    """
    event = rows.the_event(work, row["event_id"]) if row["event_id"] else None
    batch = work.get("batches", batch_id=row["batch_id"])
    if event is None or batch is None or event["source"] != clocks.RECORD:
        return
    not_own_work(work, batch, who, "withdraw a filing of")
    if ground := ground_of(work, batch, event):
        raise Conflict(f"Filing {row['filing_id']} can't be withdrawn: {ground}.")


def _the_draft(work: UnitOfWork, row: FilingRow) -> FilingDraftRow:
    draft = drafting.newest(work, row["filing_id"])
    if draft is None:
        raise NotFound(f"Filing {row['filing_id']} has no draft{drafting.NO_DRAFT}.")
    return draft


def _check_approvable(
    work: UnitOfWork, row: FilingRow, draft: FilingDraftRow, content_hash: str, now: datetime
) -> None:
    name = row["filing_id"]
    if row["status"] != f.FilingStatus.DRAFTED.value:
        raise Conflict(f"Filing {name} is {row['status']}, and only a fresh draft is approved{drafting.NO_DRAFT}.")
    if draft["content_hash"] != content_hash:
        raise Conflict(f"The newest draft of filing {name} is another than the one you saw: look at it again.")
    questions = json.loads(draft["document"])["questions"]
    if questions:
        raise Conflict(f"Filing {name} can't be approved, {len(questions)} questions are open: {questions[0]}")
    if not drafting.still_so(work, row, draft):
        raise Conflict(f"A record has changed since filing {name} was drafted{_AGAIN}.")
    _check_day(row, json.loads(draft["document"]), now)


def _check_day(row: FilingRow, document: dict[str, Any], now: datetime) -> None:
    """See that the period of a report is over or ends today, and that a report with a date is of today.

    Days are those of the authority: what is approved on the last day may still lack what leaves that evening, and a
    person is told of that when it leaves.

    Raises:
        Conflict: the period goes on, or the draft is of another day.
    """
    name, zone = row["filing_id"], calendars.AUTHORITIES[row["authority"]].zone if row["authority"] else "UTC"
    today = calendars.day_in(now, zone)
    fields = {one["name"]: one for one in document["fields"]}
    ends = fields.get("ends", {}).get("value")
    if ends and calendars.day_in(now, zone).isoformat() < ends[:10]:
        raise Conflict(f"Filing {name} reports what happens until {ends[:10]}: it is approved on that day or after it.")
    dated = [one["label"] for one in document["fields"] if (one["source"] or "").endswith("#day") and _is_draft(one)]
    if dated and document["day"] != today.isoformat():
        raise Conflict(f"Filing {name} would be dated {document['day']} ({dated[0]}), and today is {today}{_AGAIN}.")


def _is_draft(field: dict[str, Any]) -> bool:
    return str(field["source"]).startswith("filing_drafts/")
