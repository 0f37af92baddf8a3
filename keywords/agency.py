"""Keywords for the authority's portal: submit once what a person approved, look for the answer, keep the proof."""

import time
from hashlib import sha256
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.effects import Intent, once
from keywords.failures import ApplicationError, QualityError
from keywords.filing import FilingTask
from keywords.sites import Presence, Submission
from mes_core.messages.filing import AnswerKind, NewAnswer, SubmissionView

_OUTCOMES = {"accepted": AnswerKind.ACCEPTED, "rejected": AnswerKind.REJECTED}


@library(scope="SUITE", version=VERSION)
class Agency:
    """Work in the authority's portal."""

    @keyword
    def submit_form_once(self, submission: SubmissionView, document: Path) -> NewAnswer:
        """Upload and submit a document, once however often the item is tried, in the name of who approved it.

        Args:
            submission: What a person approved.
            document: The document.

        Returns:
            The receipt, which is no acceptance yet; its text is kept in the evidence.
        """
        context = current()
        agency, filing, key = context.agency(), submission.filing, submission.business_key
        digest = sha256(document.read_bytes()).hexdigest()
        details = {"form": submission.draft.title, "document_sha256": digest, "draft": submission.draft.content_hash}
        form = Submission(submission.draft.title, submission.product, key, submission.declared_by, document)
        effect = once(
            context,
            Intent("agency", "submission", key, filing.batch_id, details),
            find=lambda: agency.find_submissions(key),
            act=lambda: agency.submit(form),
            settle_s=agency.settle_s,
        )
        (context.evidence.path / "acknowledgement.txt").write_bytes(agency.acknowledgement(effect.reference))
        return NewAnswer(
            kind=AnswerKind.RECEIPT,
            attempt=submission.attempt,
            reference=effect.reference,
            at=context.now(),
            document_sha256=str(effect.details.get("document_sha256", digest)),
        )

    @keyword
    def look_for_answer(self, task: FilingTask) -> NewAnswer:
        """What the authority says of a submission now: accepted, rejected with its reasons, nothing yet, or lost.

        Args:
            task: The submission.

        Returns:
            The answer. That the portal shows more than one, or other numbers, is a QUALITY failure.
        """
        context = current()
        agency = context.agency()
        found = agency.find_submissions(task.business_key)
        if found.presence is not Presence.PRESENT:
            time.sleep(agency.settle_s)  # lists may be stale, and what seems lost would be submitted a second time
            found = agency.find_submissions(task.business_key)
        if found.presence is Presence.UNKNOWN:
            raise ApplicationError(
                "ANSWER_IN_DOUBT", f"The portal's page and export disagree about {task.business_key}: look again later."
            )
        if found.presence is Presence.ABSENT:
            return self._answer(task, AnswerKind.LOST, f"The portal does not show {task.sent} any more.")
        if found.count != 1 or found.reference != task.sent:
            raise QualityError(
                "SUBMISSION_NOT_ONE",
                f"The portal shows {found.count} submissions for {task.business_key}, the first {found.reference}, and"
                f" {task.sent} was noted: a person looks at the portal and decides.",
            )
        (context.evidence.path / "acknowledgement.txt").write_bytes(agency.acknowledgement(task.sent))
        kind = _OUTCOMES.get(found.first.get("status", "").strip().casefold(), AnswerKind.PENDING)
        reasons = found.first.get("reasons", "").strip()
        logger.info(f"{task.sent}: {kind.value} {reasons}")
        if kind is AnswerKind.REJECTED and not reasons:
            reasons = "The portal gives no reason."
        return self._answer(task, kind, reasons if kind is AnswerKind.REJECTED else "")

    def _answer(self, task: FilingTask, kind: AnswerKind, reasons: str) -> NewAnswer:
        return NewAnswer(
            kind=kind, attempt=task.attempt, reference=task.sent, at=current().now(), reasons=reasons[:2000]
        )
