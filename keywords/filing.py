"""Keywords about filings: what the item asks for, and the document that a person has approved."""

from dataclasses import dataclass
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.failures import BusinessError
from keywords.mes_calls import asking_mes
from mes_core.messages.filing import SubmissionView


@dataclass(frozen=True)
class FilingTask:
    """What an item asks for: a submission, or a look for the answer to one.

    Attributes:
        filing_id: The filing.
        attempt: Which submission of it.
        business_key: Our key of this submission, under which the authority knows it too.
        sent: The authority's number of it; empty when it is still to be submitted.
    """

    filing_id: str
    attempt: int
    business_key: str
    sent: str = ""

    def __str__(self) -> str:
        return self.filing_id


@library(scope="SUITE", version=VERSION)
class Forms:
    """Filings as the MES gives them out."""

    @keyword
    def take_filing(self) -> FilingTask:
        """The filing that the item is about.

        Returns:
            What is to be done. One that the MES does not know any more is a BUSINESS failure.
        """
        item = current().item
        filing_id = str(item.get("filing_id") or "")
        if not filing_id:
            raise BusinessError(
                "FILING_GONE", "The work item names no filing: cancel it, and look at the list of filings."
            )
        if item.get("sent"):
            return FilingTask(filing_id, int(item["attempt_of"]), str(item["sent"]), str(item["reference"]))
        return FilingTask(filing_id, 0, str(item["business_key"]))

    @keyword
    def get_approved_submission(self, task: FilingTask) -> SubmissionView:
        """What may be submitted: the draft that a person approved, and in whose name it is declared.

        Args:
            task: The filing of the item.

        Returns:
            The submission. What nobody has approved is a BUSINESS failure.
        """
        with asking_mes(f"give what was approved of filing {task.filing_id}"):
            found = current().mes.submission(task.filing_id)
        if found.business_key != task.business_key:
            raise BusinessError(
                "FILING_GONE",
                f"The item is for submission {task.business_key}, and filing {task.filing_id} is at"
                f" {found.business_key}: cancel the item.",
            )
        logger.info(f"{found.filing.form}, approved by {found.declared_by}; draft {found.draft.content_hash[:12]}.")
        return found

    @keyword
    def save_approved_document(self, submission: SubmissionView) -> Path:
        """Save the document that was approved in the evidence.

        Args:
            submission: What may be submitted.

        Returns:
            Path of the file.
        """
        context = current()
        with asking_mes(f"give the document of filing {submission.filing.filing_id}"):
            content = context.mes.filing_document(submission.filing.filing_id)
        path = context.evidence.path / submission.file_name
        path.write_bytes(content)
        return path
