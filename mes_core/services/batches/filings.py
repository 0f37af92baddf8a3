"""Filings and the agencies: what a bot may submit, and what agencies answer. Filed means accepted."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from mes_core.domain.audit import digest
from mes_core.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from mes_core.domain.principals import Actor, BotPrincipal, PersonPrincipal, Role, signer
from mes_core.domain.states import TABLE, Event, State
from mes_core.filing import drafts
from mes_core.filing.loading import book
from mes_core.messages import filing as f
from mes_core.messages.signatures import Signed
from mes_core.services import as_told, leases, outbox
from mes_core.services.batches.after_release import AfterRelease
from mes_core.services.core import Change, iso, move, the_batch, write_audit, write_audits
from mes_core.services.filing import answer_days, clocks, drafting
from mes_core.services.filing.queueing import queue, the_filing
from mes_core.services.filing.words import filing_view
from mes_core.services.people import identity, signatures
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import FilingAnswerRow, FilingColumns, FilingRow

_FILERS = frozenset({outbox.FILING})
_COMPLIANCE = (Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
_SKEW = timedelta(minutes=5)
"""How far the clock of a bot may be ahead of the server's."""
_S, _A = f.FilingStatus, f.AnswerKind
LOOKS = tuple(timedelta(seconds=seconds) for seconds in (0, 2, 5, 60, 900, 3600, 4 * 3600, 24 * 3600))
"""Waits before a bot looks for an answer again; the last one goes on. Plant procedure."""
_ALLOWED = {
    _A.RECEIPT: (_S.APPROVED,),
    _A.PENDING: (_S.SUBMITTED,),
    _A.ACCEPTED: (_S.SUBMITTED,),
    _A.REJECTED: (_S.SUBMITTED, _S.ACCEPTED),
    _A.LOST: (_S.SUBMITTED,),
}


class Filings(SignedActs, AfterRelease):
    """Submissions and answers."""

    def submission(self, filing_id: str) -> f.SubmissionView:
        """What may be submitted now, under which key, and in whose name it is declared.

        Raises:
            Conflict: nobody has approved it, or a record has changed since.
        """
        with self._store.read() as work:
            row = the_filing(work, filing_id)
            draft = drafting.newest(work, filing_id)
            if row["status"] != _S.APPROVED or draft is None or draft["content_hash"] != row["draft_hash"]:
                raise Conflict(
                    f"Filing {filing_id} is {row['status'].replace('_', ' ')}: nothing is submitted that no person has"
                    " approved; see its page."
                )
            if not drafting.still_so(work, row, draft):
                raise Conflict(
                    f"A record has changed since filing {filing_id} was approved: draft and approve it again."
                )
            view = drafting.draft_view(work, row, draft)
        document = json.loads(draft["document"])
        attempt = (row["attempt"] or 0) + 1
        named = [one["value"] for one in document["fields"] if one["name"] == "product"]
        lots = [
            line[1] for table in document["tables"] for line in table["rows"] if table["columns"][1:2] == ["Product"]
        ]
        suffix = "xml" if view.form == "lot_distribution" else "xlsx"
        return f.SubmissionView(
            filing=filing_view(row),
            draft=view,
            attempt=attempt,
            business_key=outbox.submit_key(filing_id, row["version"] or 1, attempt),
            product=next((one for one in (*named, *lots, row["unit"]) if one), filing_id),
            declared_by=f"{view.printed_name}, {view.approved_at:%Y-%m-%d}: {view.meaning}",
            file_name=f"{filing_id}-v{row['version'] or 1}.{suffix}",
        )

    def answer_filing(self, filing_id: str, answer: f.NewAnswer, actor: Actor) -> f.FilingView:
        """Note what the agency answered; the same answer again changes nothing.

        Raises:
            Forbidden: a person who did not sign for it, or who approved the filing; a bot that has another one in hand.
            Conflict: it answers another attempt or another report, or does not fit where the filing stands.
            Invalid: it lies in the future.
        """
        if isinstance(actor, PersonPrincipal):
            with self._store.read() as work:
                signer(actor, "note the answer of an agency", *_answering(the_filing(work, filing_id)))
            if answer.password is None:
                raise Forbidden("A person signs for what an agency answered: give your password with the answer.")
            self.confirm_signature(actor, Signed(password=answer.password, user_name=answer.user_name))
            self._is_another_person(filing_id, actor)
        return self._answered(filing_id, answer, actor, _Signing())

    def _is_another_person(self, filing_id: str, who: PersonPrincipal) -> None:
        """Who approved a filing does not say, too, that the agency has accepted it."""
        with self._store.read() as work:
            row = the_filing(work, filing_id)
            signed = work.get("signatures", signature_id=row["signature_id"]) if row["signature_id"] else None
            if signed and identity.same_person(work, signed["user"], who.user):
                raise Forbidden(f"{who.printed_name} approved filing {filing_id}: another person notes its answer.")

    def _answered(self, filing_id: str, answer: f.NewAnswer, actor: Actor, signing: "_Signing") -> f.FilingView:
        now = self.now()
        if answer.at > now + _SKEW:
            raise Invalid(
                f"The answer to filing {filing_id} lies in the future ({answer.at:%Y-%m-%d %H:%M} UTC): check it."
            )
        with self._store.write() as work:
            row = the_filing(work, filing_id)
            known = work.find("filing_answers", filing_id=filing_id, order=("number",))
            said = (answer.kind.value, answer.attempt, answer.reference)
            if said in {(one["kind"], one["attempt"], one["reference"]) for one in known}:
                return filing_view(row)
            _check_who(work, row, actor)
            _check(row, answer)
            if isinstance(actor, PersonPrincipal) and answer.kind is _A.ACCEPTED:
                as_told.check(work, row["batch_id"])
            answer_days.check(work, row, known, answer)
            if answer.kind is _A.PENDING:
                write_audit(work, row["batch_id"], actor, now, *_look_again(work, row, answer, now))
                return filing_view(row)
            work.add("filing_answers", [_answer_row(row, answer, len(known) + 1, actor, now)])
            changed = _after(answer)
            work.change("filings", {"filing_id": filing_id}, **changed)
            row.update(changed)
            shown = {**changed, "attempt": answer.attempt, "reference": answer.reference}
            if isinstance(actor, PersonPrincipal):
                shown["signature"] = _sign(work, row, answer, actor, now, signing)
            changes = [Change(f"filing {answer.kind.value}", filing_id, None, shown, answer.reasons or None)]
            changes += _follow(work, row, answer, now)
            write_audit(work, row["batch_id"], actor, now, *changes)
            if answer.kind is _A.ACCEPTED:
                _batches_filed(work, row, actor, now)
            self._judge_filing(work, row, actor, now)
            return filing_view(row)

    def filing_answers(self, filing_id: str) -> tuple[f.AnswerView, ...]:
        """What the agency answered, oldest first."""
        with self._store.read() as work:
            the_filing(work, filing_id)
            found = work.find("filing_answers", filing_id=filing_id, order=("number",))
        return tuple(f.AnswerView.model_validate(row) for row in found)

    def hand_over(self, filing_id: str, handed: f.HandOver, person: Actor) -> f.FilingView:
        """Sign that an approved report was sent in its own way, under the number of its message.

        A case by the safety database, a notice that no portal takes by whoever sent it.

        Raises:
            Forbidden: not a person of compliance, or the wrong password.
            Conflict: the filing bot submits it, or it is not approved.
        """
        with self._store.read() as work:
            row = the_filing(work, filing_id)
            who = signer(person, "hand over a report", *_answering(row))
        self.confirm_signature(who, handed)
        with self._store.read() as work:
            if not drafts.form(drafting.form_of(row)).hand_over:
                raise Conflict(f"Filing {filing_id} is submitted by the filing bot: nobody hands it over.")
        attempt = (row["attempt"] or 0) + 1
        receipt = f.NewAnswer(kind=_A.RECEIPT, attempt=attempt, reference=handed.message, at=handed.at)
        meaning = "This report was sent as the message named."
        return self._answered(filing_id, receipt, who, _Signing(meaning, handed.reason))

    def acknowledge_cases(
        self, said: Iterable[f.CaseAnswer], signed: f.SafetyAcknowledgement, person: Actor
    ) -> f.AcknowledgedView:
        """Sign what an acknowledgement of the electronic form says of cases, found by the numbers of their messages.

        What it says of one that is none of ours, or that can't be noted, keeps no other from being noted.

        Raises:
            Forbidden: not a person of compliance, the wrong password, or who approved a case notes its answer.
            NotFound, Conflict, Invalid: nothing of it can be noted; says why of the first.
        """
        who = signer(person, "note the answer of an agency", *_COMPLIANCE, Role.PHARMACOVIGILANCE)
        self.confirm_signature(who, signed)
        noted: list[f.FilingView] = []
        refused: list[DomainError] = []
        for one in said:
            try:
                noted.append(self._acknowledged(one, signed.reason, who))
            except (NotFound, Conflict, Invalid, Forbidden) as error:
                refused.append(error)
        if refused and not noted:
            raise refused[0]
        return f.AcknowledgedView(items=tuple(noted), total=len(noted), refused=tuple(map(str, refused)))

    def _acknowledged(self, said: f.CaseAnswer, reason: str, who: PersonPrincipal) -> f.FilingView:
        with self._store.read() as work:
            found = work.find("filings", acknowledgement=said.message, order=("filing_id",))
            mine = [row for row in found if row["clock_id"] and drafts.form(drafting.form_of(row)).hand_over]
        if not mine:
            raise NotFound(f"No case was handed over as {said.message!r}: the acknowledgement is for another report.")
        if len(mine) > 1:
            names = ", ".join(row["filing_id"] for row in mine[:4])
            raise Conflict(
                f"{said.message!r} was handed over for {len(mine)} reports ({names}): note the answer to each by its"
                " own number, as the acknowledgement does not say which one it is about."
            )
        row = mine[0]
        self._is_another_person(row["filing_id"], who)
        kind = _A.ACCEPTED if said.accepted else _A.REJECTED
        answer = f.NewAnswer(
            kind=kind, attempt=row["attempt"] or 0, reference=said.message, at=said.at, reasons=said.reasons
        )
        return self._answered(row["filing_id"], answer, who, _Signing(reason=reason))

    def _judge_filing(self, work: UnitOfWork, row: FilingRow, actor: Actor, now: datetime) -> None:
        batch = work.get("batches", batch_id=row["batch_id"])
        if batch is not None:
            write_audit(
                work,
                row["batch_id"],
                actor,
                now,
                *self.judged(work, the_batch(work, row["batch_id"]), "filing_clocks", actor, now),
            )


class _Signing(NamedTuple):
    """What a person's signature under an answer stands for, and why it was given."""

    meaning: str = "The agency has answered as it is written."
    reason: str = ""


def _sign(
    work: UnitOfWork, row: FilingRow, answer: f.NewAnswer, who: PersonPrincipal, now: datetime, signing: _Signing
) -> str:
    """Sign an answer, whose components have been asked for; the name of the signature."""
    signature = signatures.sign(
        work,
        row["batch_id"],
        who,
        now,
        act=f"filing {answer.kind.value}",
        subject=row["filing_id"],
        content_hash=digest(answer.model_dump(mode="json", exclude={"password", "user_name"})),
        meaning=signing.meaning,
        reason=signing.reason or answer.reasons,
        of_news=answer.kind is not _A.ACCEPTED,
    )
    return signature["signature_id"]


def _follow(work: UnitOfWork, row: FilingRow, answer: f.NewAnswer, now: datetime) -> list[Change]:
    if answer.kind is _A.RECEIPT and not drafts.form(drafting.form_of(row)).hand_over:
        return _look_again(work, row, answer, now)
    if answer.kind is _A.LOST:
        return queue(work, row, now)
    return []


def _batches_filed(work: UnitOfWork, row: FilingRow, actor: Actor, now: datetime) -> None:
    """Batches with nothing else open are filed."""
    told: dict[str, list[Change]] = {}
    for name in _batches_of(work, row):
        running = [one for one in work.find("filings", batch_id=name) if one["status"] in clocks.RUNNING]
        batch = work.get("batches", batch_id=name)
        if batch and not running and (State(batch["state"]), Event.FILED) in TABLE:
            told[name] = list(move(work, batch, Event.FILED, now))
    write_audits(work, actor, now, told)


def _check_who(work: UnitOfWork, row: FilingRow, actor: Actor) -> None:
    """An answer is told by the bot that has its item in hand, or by a person of compliance."""
    if isinstance(actor, BotPrincipal):
        item = leases.in_hand(work, actor, "note the answer to a filing of", row["batch_id"], _FILERS)
        about = json.loads(item["payload"]).get("filing_id")
        if about != row["filing_id"]:
            raise Forbidden(
                f"Work item {item['item_id']} is about filing {about}: under it nobody answers another one."
            )
    else:
        signer(actor, "note the answer of an agency", *_answering(row))


def _answering(row: FilingRow) -> tuple[Role, ...]:
    """Who may say what an agency answered: compliance, and whoever may approve such a report."""
    named = book().clock(row["clock_id"]).approve if row["clock_id"] else ()
    return (*_COMPLIANCE, *(Role(one) for one in named if Role(one) not in _COMPLIANCE))


def _check(row: FilingRow, answer: f.NewAnswer) -> None:
    name, kind = row["filing_id"], answer.kind
    expected = (row["attempt"] or 0) + (1 if kind is _A.RECEIPT else 0)
    if answer.attempt != expected:
        raise Conflict(
            f"This answers submission {answer.attempt} of filing {name}, which is at {expected}: check which."
        )
    if row["status"] not in _ALLOWED[kind]:
        words = row["status"].replace("_", " ")
        raise Conflict(f"Filing {name} is {words}, and the agency says {kind.value}: a person looks at it.")
    if kind is not _A.RECEIPT and answer.reference != row["acknowledgement"]:
        raise Conflict(
            f"The answer names {answer.reference}, and filing {name} has {row['acknowledgement']}: it is about another"
            " report."
        )
    if kind is _A.REJECTED and not answer.reasons.strip():
        raise Invalid(f"Filing {name} is rejected without a reason: give the agency's words.")


def _after(answer: f.NewAnswer) -> FilingColumns:
    match answer.kind:
        case _A.RECEIPT:
            changed: FilingColumns = {
                "status": _S.SUBMITTED.value,
                "acknowledgement": answer.reference,
                "attempt": answer.attempt,
            }
            changed |= {"submitted_at": iso(answer.at), "document_sha256": answer.document_sha256, "answer": None}
        case _A.ACCEPTED:
            changed = {"status": _S.ACCEPTED.value, "accepted_at": iso(answer.at), "answer": None}
        case _A.REJECTED:
            changed = {"status": _S.REJECTED.value, "answer": answer.reasons, "accepted_at": None}
            changed |= {"approved_by": None, "approved_at": None, "signature_id": None}
        case _:
            changed = {"status": _S.APPROVED.value, "answer": f"Lost by the agency: {answer.reasons}".rstrip(": ")}
    return changed


def _answer_row(row: FilingRow, answer: f.NewAnswer, number: int, actor: Actor, now: datetime) -> FilingAnswerRow:
    return {
        "filing_id": row["filing_id"],
        "number": number,
        "batch_id": row["batch_id"],
        "kind": answer.kind.value,
        "attempt": answer.attempt,
        "reference": answer.reference,
        "at": iso(answer.at),
        "reasons": answer.reasons,
        "document_sha256": answer.document_sha256,
        "recorded_at": iso(now),
        "recorded_by": actor.user,
    }


def _look_again(work: UnitOfWork, row: FilingRow, answer: f.NewAnswer, now: datetime) -> list[Change]:
    """Queue the next look for an answer, later each time."""
    look = 1
    while work.get(
        "work_items", business_key=outbox.answer_key(row["filing_id"], row["version"] or 1, answer.attempt, look)
    ):
        look += 1
    key = outbox.answer_key(row["filing_id"], row["version"] or 1, answer.attempt, look)
    sent = outbox.submit_key(row["filing_id"], row["version"] or 1, answer.attempt)
    payload = {"filing_id": row["filing_id"], "attempt_of": answer.attempt, "reference": answer.reference, "sent": sent}
    item = outbox.enqueue(work, now, job=outbox.FILING, key=key, batch_id=row["batch_id"], payload=payload)
    wait = LOOKS[min(look, len(LOOKS)) - 1]
    if wait:
        work.change("work_items", {"item_id": item["item_id"]}, not_before=iso(now + wait))
    return [Change("work item queued", item["item_id"], None, item["job"])]


def _batches_of(work: UnitOfWork, row: FilingRow) -> list[str]:
    """Batches that a filing is about: those in its draft, and its own."""
    draft = drafting.newest(work, row["filing_id"])
    names = [row["batch_id"]]
    if draft is not None:
        for table in json.loads(draft["document"])["tables"]:
            names += [line[0] for line in table["rows"]]
    return list(dict.fromkeys(names))
