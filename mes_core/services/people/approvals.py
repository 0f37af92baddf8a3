"""Approvals: rule sets, models, suites and site folders run in production only when a person has approved them.

An approval names the content by its hash. What differs from the approved content by one character has another hash.
"""

from datetime import datetime

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages import approvals as m
from mes_core.services import as_told
from mes_core.services.core import Change, iso, write_audit
from mes_core.services.people import identity, signatures
from mes_core.services.people.in_force import CHAINS, newest_approval
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import ApprovalColumns, ApprovalRow

_WORDS = {kind: kind.value.replace("_", " ") for kind in m.Approvable}


class Approvals(SignedActs):
    """Change control by signature."""

    def approve(self, approval: m.NewApproval, person: Actor) -> m.ApprovalView:
        """Put content in force by signature; what was in force under this name before is not any more.

        Raises:
            Forbidden: a bot, a person who is neither quality assurance nor a qualified person, the wrong password, or
                the person who prepared the content.
            Conflict: this very content is in force already.
        """
        what = f"{_WORDS[approval.kind]} {approval.name}"
        who = signer(person, f"approve {what}", Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON)
        self.confirm_signature(who, approval)
        now, chain = self.now(), CHAINS[approval.kind]
        with self._store.write() as work:
            as_told.check(work, chain)
            authors = _authors(work, approval)
            me = identity.person_of_user(work, who.user)
            if me in {identity.person_of_user(work, author) for author in authors}:
                raise Forbidden(f"{who.printed_name} prepared {what} and can't approve it: a second person does.")
            if not authors:
                raise Conflict(
                    f"Nobody has put {what} forward with this content: its author does so first, logged in"
                    " ('batchwright rules propose'); then a second person approves it."
                )
            before = newest_approval(work, approval.kind, approval.name)
            if before and before["content_hash"] == approval.content_hash:
                raise Conflict(
                    f"The {what} with this content is in force already: {before['printed_name']} approved it."
                )
            signature = signatures.sign(
                work,
                chain,
                who,
                now,
                act="approval",
                subject=f"{approval.kind.value}/{approval.name}",
                content_hash=approval.content_hash,
                meaning=approval.meaning,
                reason=approval.reason,
            )
            number = work.count("approvals", kind=approval.kind.value, name=approval.name) + 1
            row = _row(approval, authors[-1], number, who, now, signature["signature_id"])
            work.add("approvals", [row])
            old = {"version": before["version"], "hash": before["content_hash"]} if before else None
            new = {"version": approval.version, "hash": approval.content_hash, **signatures.shown(signature)}
            write_audit(work, chain, who, now, Change("approved", row["approval_id"], old, new, approval.reason))
            return _view(row)

    def propose(self, proposal: m.NewProposal, person: Actor) -> m.ProposalView:
        """Put content forward for approval, as its author; the same again by the same account changes nothing.

        Raises:
            Forbidden: a bot or a program: content has a person as its author.
        """
        if not isinstance(person, PersonPrincipal):
            raise Forbidden("A person puts content forward for approval: whoever wrote it, logged in.")
        now, chain = self.now(), CHAINS[proposal.kind]
        kind, name = proposal.kind.value, proposal.name
        with self._store.write() as work:
            there = work.get(
                "proposals", kind=kind, name=name, content_hash=proposal.content_hash, proposed_by=person.user
            )
            if there is None:
                place = work.count("proposals", kind=kind, name=name) + 1
                there = {
                    "proposal_id": f"P-{kind}-{name}-{place}",
                    "batch_id": chain,
                    "kind": kind,
                    "name": name,
                    "version": proposal.version,
                    "content_hash": proposal.content_hash,
                    "proposed_by": person.user,
                    "proposed_at": iso(now),
                }
                work.add("proposals", [there])
                new = {"version": proposal.version, "hash": proposal.content_hash}
                write_audit(work, chain, person, now, Change("proposed", there["proposal_id"], None, new))
            return m.ProposalView.model_validate({key: value for key, value in there.items() if key != "batch_id"})

    def approvals(self, kind: m.Approvable | None = None) -> tuple[m.ApprovalView, ...]:
        """All approvals, the newest of each name last."""
        chosen: ApprovalColumns = {"kind": kind.value} if kind else {}
        with self._store.read() as work:
            rows = work.find("approvals", order=("kind", "name", "number"), limit=None, offset=0, within=None, **chosen)
        return tuple(_view(row) for row in rows)

    def approved(self, kind: m.Approvable, name: str) -> m.ApprovalView | None:
        """The approval in force for a name, or None."""
        with self._store.read() as work:
            row = newest_approval(work, kind, name)
        return _view(row) if row else None


def _authors(work: UnitOfWork, approval: m.NewApproval) -> list[str]:
    """User names of those who put this very content forward, the last one last."""
    found = work.find(
        "proposals",
        order=("proposed_at", "proposal_id"),
        kind=approval.kind.value,
        name=approval.name,
        content_hash=approval.content_hash,
    )
    return [row["proposed_by"] for row in found]


def _row(
    approval: m.NewApproval, author: str, number: int, who: PersonPrincipal, now: datetime, signature_id: str
) -> ApprovalRow:
    return {
        "approval_id": f"A-{approval.kind.value}-{approval.name}-{number}",
        "batch_id": CHAINS[approval.kind],
        "kind": approval.kind.value,
        "name": approval.name,
        "number": number,
        "version": approval.version,
        "content_hash": approval.content_hash,
        "prepared_by": author,
        "approved_by": who.user,
        "printed_name": who.printed_name,
        "approved_at": iso(now),
        "reason": approval.reason,
        "meaning": approval.meaning,
        "signature_id": signature_id,
    }


def _view(row: ApprovalRow) -> m.ApprovalView:
    return m.ApprovalView.model_validate(
        {key: value for key, value in row.items() if key not in ("batch_id", "number")}
    )
