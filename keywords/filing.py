"""Keywords about filings: which are due, what the form says, and the authority's answer back into the MES."""

import re
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword, library

from keywords.context import current
from keywords.failures import BusinessError
from keywords.forms import ClockLine, draft_form
from keywords.mes_calls import asking_mes
from mes_core.messages import BatchRecord
from mes_core.messages.views import FilingView

Filing = FilingView
"""A filing as keywords pass it on."""


@library(scope="SUITE")
class Forms:
    """Draft the form of a filing."""

    @keyword
    def find_filing(self, batch: BatchRecord) -> Filing:
        """The filing that the item is about; clocks that do not apply are said in the log, with the reason.

        Args:
            batch: The batch record.

        Returns:
            The filing that is due.
        """
        wanted = str(current().item.get("filing_id") or "")
        filings = _filings(batch.batch_id)
        for filing in filings:
            if not filing.applies:
                logger.info(f"Does not apply: {filing.form} ({filing.clause}), because {filing.why}")
        found = [filing for filing in filings if filing.filing_id == wanted]
        if not found:
            raise BusinessError(
                "FILING_GONE", f"Batch {batch.batch_id} has no filing '{wanted}' any more; see its page in the console."
            )
        if not found[0].applies:
            raise BusinessError(
                "FILING_NOT_DUE",
                f"Filing {found[0].form} does not apply to batch {batch.batch_id}: {found[0].why}.",
            )
        return found[0]

    @keyword
    def draft_filing_form(self, batch: BatchRecord, filing: Filing, applicant: str) -> Path:
        """Draft the form as an Excel file in the evidence, with every clock and why it applies or not.

        Args:
            batch: The batch record.
            filing: The filing that is due.
            applicant: Who files.

        Returns:
            Path of the file.
        """
        context = current()
        with asking_mes(f"give the state of batch {batch.batch_id}"):
            shipment = context.mes.get_batch(batch.batch_id).shipment
        fields = [
            ("Form", filing.form),
            ("Legal basis", filing.clause),
            ("Why it is filed", filing.why),
            ("Applicant", applicant),
            ("Applicant reference", str(context.item["business_key"])),
            ("Due at (UTC)", filing.due_at.isoformat() if filing.due_at else ""),
            ("Drafted at (UTC)", context.now().isoformat(timespec="seconds")),
            ("Product", batch.product),
            ("Product code", batch.product_code),
            ("Batch", batch.batch_id),
            ("Donation number", batch.donation_number),
            ("Markets", ", ".join(batch.markets)),
            ("Manufactured at (UTC)", batch.manufactured_at.isoformat() if batch.manufactured_at else ""),
            ("Expires at (UTC)", batch.expires_at.isoformat() if batch.expires_at else ""),
            ("Treatment centre", batch.treatment_centre),
        ]
        if shipment is not None:
            fields += [
                ("Shipped at (UTC)", shipment.pickup_at.isoformat()),
                ("Booking reference", shipment.booking_reference),
                ("ERP posting", shipment.erp_posting),
            ]
        clocks = [
            ClockLine(f.form, f.clause, f.applies, f.why, f.due_at.isoformat() if f.due_at else "")
            for f in _filings(batch.batch_id)
        ]
        name = re.sub(r"[^A-Za-z0-9]+", "-", f"{batch.batch_id} {filing.form}").strip("-")[:80]
        return draft_form(context.evidence.path / f"{name}.xlsx", fields, clocks, context.now())


def _filings(batch_id: str) -> tuple[FilingView, ...]:
    with asking_mes(f"list the filings of batch {batch_id}"):
        return tuple(current().mes.filings(batch_id))
