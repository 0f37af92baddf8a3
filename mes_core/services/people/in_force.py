"""Which rule set is in force: the base of the use cases that let rules speak."""

from mes_core.domain.errors import Conflict
from mes_core.messages.approvals import Approvable
from mes_core.services import as_told
from mes_core.services.core import Core
from mes_core.services.ports import Reviewer, UnitOfWork
from mes_core.services.ports.rows import ApprovalRow

CHAINS = {
    Approvable.RULE_SET: "system:rule_sets",
    Approvable.MODEL: "system:models",
    Approvable.SUITE: "system:suites",
    Approvable.SITE: "system:sites",
}
"""The system chain of each kind; no batch can have such a number, because it holds a colon."""


class RulesInForce(Core):
    """Finds the rules for a kind of record, and what says that they may be used."""

    def in_force(self, work: UnitOfWork, record_kind: str) -> tuple[Reviewer, str]:
        """The rule set that reviews a kind of record, and one sentence about its approval.

        Raises:
            Conflict: this is production and its content is not what a person approved, or the approvals were changed
                outside of the program.
        """
        reviewer = self._rules.for_kind(record_kind)
        if self._production:
            check_approvals(work, Approvable.RULE_SET)
        row = newest_approval(work, Approvable.RULE_SET, reviewer.name)
        if row and row["content_hash"] == reviewer.content_hash:
            return reviewer, f"Approved by {row['printed_name']} on {row['approved_at'][:10]} ({row['approval_id']})."
        if self._production:
            other = f"the approved one is {row['content_hash'][:12]}" if row else "none is approved"
            raise Conflict(
                f"Rule set {reviewer.name} ({reviewer.content_hash[:12]}) is not in force here: {other}; put the"
                f" approved file back, or let quality assurance sign 'batchwright rules approve {reviewer.name}'."
            )
        return reviewer, "Not approved: the environment is not production, where this rule set would be refused."

    def hash_in_force(self, work: UnitOfWork, record_kind: str) -> str:
        """The content hash of the rule set in force; empty where none is: every verdict was reached under another."""
        try:
            return self.in_force(work, record_kind)[0].content_hash
        except Conflict:
            return ""


def check_approvals(work: UnitOfWork, kind: Approvable) -> None:
    """See that the approvals of a kind are as the audit trail says, before something rests on one of them.

    Whoever swaps one for the moment of a review and a signature, and puts it back, leaves nothing to be found later.

    Raises:
        Conflict: they are not.
    """
    problem = as_told.of_table(work, CHAINS[kind], "approvals")
    if problem:
        raise Conflict(
            f"Nothing rests on an approval now: {problem}; an administrator looks into it ('batchwright verify"
            " --audit')."
        )


def newest_approval(work: UnitOfWork, kind: Approvable, name: str) -> ApprovalRow | None:
    """The approval in force for a name, or None."""
    rows = work.find("approvals", kind=kind.value, name=name, order=("-number",), limit=1)
    return rows[0] if rows else None
