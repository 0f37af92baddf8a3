"""Keywords of the MES: what a bot may ask of it. A bot can't sign, release, close a finding or lift a hold."""

from typing import Any

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.courier import BookedSlot
from keywords.filing import FilingTask
from keywords.mes_calls import asking_mes
from keywords.sites import Table
from mes_core.messages import BatchRecord, Observation
from mes_core.messages.filing import NewAnswer
from mes_core.messages.views import FindingView, Shipment, VerdictView


@library(scope="SUITE", version=VERSION)
class Mes:
    """Ask the MES for records and verdicts, and tell it what was done."""

    @keyword
    def get_batch_record(self, batch_id: str) -> BatchRecord:
        """The executed record of a batch, as it is now.

        Args:
            batch_id: Number of the batch.

        Returns:
            The record. A batch that is gone is a BUSINESS failure.
        """
        with asking_mes(f"give the record of batch {batch_id}"):
            return current().mes.get_record(batch_id)

    @keyword
    def ask_for_verdict(self, batch: BatchRecord, *tables: Table) -> VerdictView:
        """Give the MES what was read and ask for a verdict; the MES holds the batch when it is not in order.

        Args:
            batch: The batch record.
            *tables: Tables as read from other systems.

        Returns:
            The stored verdict with its findings.
        """
        context = current()
        observations = [_observation(table) for table in tables]
        context.evidence.write_json("observations.json", [seen.model_dump(mode="json") for seen in observations])
        with asking_mes(f"review batch {batch.batch_id}"):
            view = context.mes.review(batch.batch_id, observations)
        context.evidence.write_json("verdict.json", view.model_dump(mode="json"))
        context.uses("rule_set", f"{view.verdict.rule_set} {view.verdict.rule_set_version}", view.verdict.rules_hash)
        logger.info(f"{batch.batch_id}: {view.verdict.verdict} with {len(view.findings)} findings.")
        return view

    @keyword
    def note_pictures_of_findings(self, view: VerdictView, *tables: Table) -> None:
        """Note in the evidence which picture shows each finding.

        Args:
            view: The stored verdict.
            *tables: The tables that were read, with their pictures.
        """
        pictures = {table.page: table.picture for table in tables if table.picture}
        current().evidence.write_json("findings.json", [_note(found, pictures) for found in view.findings])

    @keyword
    def count_open_deviations(self, batch_id: str) -> int:
        """How many deviations, investigations and corrective actions stand open on a batch.

        The MES opens a deviation for each critical finding, together with the verdict.

        Args:
            batch_id: Number of the batch.

        Returns:
            The count.
        """
        with asking_mes(f"give the deviations of batch {batch_id}"):
            return sum(one.closed_at is None for one in current().mes.deviations(batch_id))

    @keyword
    def record_shipment(self, batch: BatchRecord, booked: BookedSlot, erp_posting: str) -> None:
        """Tell the MES that a batch is booked and posted; it starts the filing clocks.

        Args:
            batch: The batch record.
            booked: The courier's booking.
            erp_posting: Posting number of the ERP.
        """
        context = current()
        shipment = Shipment(
            batch_id=batch.batch_id,
            booking_reference=booked.reference,
            carrier=booked.slot.service,
            slot_id=booked.slot.slot_id,
            pickup_at=booked.slot.pickup_at,
            delivery_at=booked.slot.delivery_at,
            erp_posting=erp_posting,
            shipper_id=booked.shipper_id,
            customer_reference=str(context.item["business_key"]),
            assessment_id=booked.assessment_id,
        )
        with asking_mes(f"record the shipment of batch {batch.batch_id}"):
            context.mes.record_shipment(shipment)

    @keyword
    def note_answer(self, task: FilingTask, answer: NewAnswer) -> None:
        """Tell the MES what the authority answered; only what it accepts is filed.

        Args:
            task: The filing of the item.
            answer: What the authority answered.
        """
        with asking_mes(f"note the answer to filing {task.filing_id}"):
            current().mes.answer_filing(task.filing_id, answer)

    @keyword
    def hand_over(self, **results: Any) -> None:
        """Hand results over as the output of the work item.

        Args:
            **results: Values by name; numbers stay numbers, everything else becomes text.
        """
        current().hand_over({k: v if isinstance(v, int | float) else str(v) for k, v in results.items()})


def _observation(table: Table) -> Observation:
    return Observation(
        system=table.system,
        table=table.name,
        page=table.page,
        read_at=table.read_at,
        rows=table.rows,
        complete=table.complete,
    )


def _note(found: FindingView, pictures: dict[str, str]) -> dict[str, Any]:
    """A finding for the evidence, with the pictures of the pages that its facts were read from."""
    pages = [fact.source.page for fact in found.finding.facts if fact.source is not None]
    return {
        "finding_id": found.finding_id,
        "status": found.status,
        **found.finding.model_dump(mode="json", include={"rule", "severity", "clause", "title", "text", "next_step"}),
        "pictures": sorted({pictures[page] for page in pages if page in pictures}),
    }
