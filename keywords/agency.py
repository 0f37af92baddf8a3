"""Keywords of the authority's portal."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from robot.api.deco import keyword, library

from keywords.context import current
from keywords.effects import Intent, once
from keywords.filing import Filing
from keywords.sites import Submission
from mes_core.messages import BatchRecord


@dataclass(frozen=True)
class Acknowledged:
    """A form that the authority has: its number, when we got it, and the hash of what was submitted."""

    acknowledgement: str
    submitted_at: datetime
    document_sha256: str


@library(scope="SUITE")
class Agency:
    """Submit forms through the authority's portal."""

    @keyword
    def submit_form_once(self, batch: BatchRecord, filing: Filing, document: Path) -> Acknowledged:
        """Upload and submit a form, once however often the item is tried.

        Args:
            batch: The batch record.
            filing: The filing that is due.
            document: The drafted form.

        Returns:
            The authority's acknowledgement; its text is kept in the evidence.
        """
        context = current()
        agency = context.agency()
        key = str(context.item["business_key"])
        digest = sha256(document.read_bytes()).hexdigest()
        effect = once(
            context,
            Intent("agency", "submission", key, batch.batch_id, {"form": filing.form, "document_sha256": digest}),
            find=lambda: agency.find_submissions(key),
            act=lambda: agency.submit(Submission(filing.form, batch.product, key, document)),
            settle_s=agency.settle_s,
        )
        (context.evidence.path / "acknowledgement.txt").write_bytes(agency.acknowledgement(effect.reference))
        return Acknowledged(effect.reference, context.now(), str(effect.details.get("document_sha256", digest)))
