"""Approvals: rule sets, models, suites and site folders run in production only when a person has approved them.

An approval names the content by its hash. What differs from the approved content by one character has another hash.
"""

from datetime import datetime

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.principals import Actor, PersonPrincipal, Role, signer
from mes_core.messages import approvals as m
from mes_core.services.core import Change, iso, write_audit
from mes_core.services.people import signatures
from mes_core.services.people.in_force import newest_approval
from mes_core.services.people.signing import SignedActs
from mes_core.services.ports.rows import ApprovalColumns, ApprovalRow

CHAINS = {
    m.Approvable.RULE_SET: "system:rule_sets",
    m.Approvable.MODEL: "system:models",
    m.Approvable.SUITE: "system:suites",
    m.Approvable.SITE: "system:sites",
}
"""The system chain of each kind; no batch can have such a number, because it holds a colon."""

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
        if approval.prepared_by.strip().casefold() in {who.user.casefold(), who.printed_name.casefold()}:
            raise Forbidden(f"{who.printed_name} prepared {what} and can't approve it: a second person does.")
        now, chain = self.now(), CHAINS[approval.kind]
        with self._store.write() as work:
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
            row = _row(approval, number, who, now, signature["signature_id"])
            work.add("approvals", [row])
            old = {"version": before["version"], "hash": before["content_hash"]} if before else None
            new = {"version": approval.version, "hash": approval.content_hash, **signatures.shown(signature)}
            write_audit(work, chain, who, now, Change("approved", row["approval_id"], old, new, approval.reason))
            return _view(row)

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


def _row(approval: m.NewApproval, number: int, who: PersonPrincipal, now: datetime, signature_id: str) -> ApprovalRow:
    return {
        "approval_id": f"A-{approval.kind.value}-{approval.name}-{number}",
        "batch_id": CHAINS[approval.kind],
        "kind": approval.kind.value,
        "name": approval.name,
        "number": number,
        "version": approval.version,
        "content_hash": approval.content_hash,
        "prepared_by": approval.prepared_by,
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
