"""The demo's compliance: licences are recorded, one deviation after distribution is reported, the rest is shown."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from rich.console import Console

from batchwright.demo import plant
from mes_core.client import MesClient
from mes_core.domain.filing import places_of
from mes_core.filing.events import OTHER
from mes_core.messages import BatchRecord
from mes_core.messages import filing as f

_GRANTED = date(2025, 3, 14)
_DETAILS = {
    "establishment_name": "Batchwright Demo Therapeutics",
    "address": "1 Pretend Road, Leiden",
    "contact": "Demo head of compliance",
    "phone": "+31 71 555 0100",
    "registration": "3000000000",
    "stn": "120000",
    "ndc": "99999-999-99",
    "duns": "999999999",
    "unii": "0000000000",
    "ingredient": "Autologous CAR-T cells (pretend)",
    "product_name": "Pretend CAR-T",
    "container_quantity": "60",
    "container_unit": "mL",
    "doses_per_unit": "1",
    "one_lot_number": "yes",
    "units_in_a_lot": "1",
}
_CASE = {
    "cause": "The probe of the shipper had left its calibration (demo).",
    "follow_up": "Probes of this kind are checked before each use (demo).",
    "code": "QC9401",
    "risk": "No effect on the cells is expected (demo).",
    "destinations": "The treatment centre of the batch (demo).",
    "measures": "The treatment centre was informed (demo).",
}


def record_licences(mes_url: str, records: Sequence[BatchRecord], accounts: plant.Accounts) -> int:
    """Record a licence for each product and jurisdiction of the demo, signed by its compliance; how many."""
    wanted = {(one.product_code, place) for one in records for place in _places(one)}
    with _compliance(mes_url, accounts) as client:
        for number, (product, place) in enumerate(sorted(wanted), start=1):
            licence = f.NewLicence(
                licence_id=f"DEMO-{place}-{number}",
                jurisdiction=place,
                product=product,
                granted_on=_GRANTED,
                tracked_from=datetime.now(UTC).date(),
                roles=("holder", "manufacturer"),
                details=_DETAILS,
                reason="Licence of the pretend plant (demo).",
                password=accounts.people[plant.COMPLIANCE],
            )
            client.record_licence(licence)
    return len(wanted)


def _places(record: BatchRecord) -> set[Any]:
    return set(places_of(record.markets)) - {OTHER}


def _compliance(mes_url: str, accounts: plant.Accounts) -> MesClient:
    return MesClient.login(mes_url, plant.COMPLIANCE, accounts.people[plant.COMPLIANCE])


def report_a_deviation(mes_url: str, accounts: plant.Accounts) -> list[str]:
    """A deviation of the first shipped batch becomes known after its distribution; what it starts is approved."""
    with _compliance(mes_url, accounts) as client:
        shipped = sorted(one.batch_id for one in client.list_batches(state="shipped", limit=500).items)
        if not shipped:
            return []
        event = client.record_event(
            f.NewEvent(
                kind="deviation",
                source="demo",
                source_key="DEV-AFTER-DISTRIBUTION",
                aware_at=datetime.now(UTC).isoformat(),
                zone="Europe/Amsterdam",
                aware_who="Demo head of compliance",
                batch_id=shipped[0],
                day=datetime.now(UTC).date(),
                answers={
                    "distributed": "yes",
                    "may_affect_safety": "yes",
                    "under_control": "yes",
                    "may_mean_recall_or_restriction": "yes",
                    "graver_than_class_3": "yes",
                },
                text="After the delivery a temperature probe was found out of its calibration (demo).",
                details=_CASE,
            )
        )
        begun = [one.filing_id for one in client.filings(shipped[0]) if one.event_id == event.event_id]
        for filing_id in begun:
            draft = client.draft_filing(filing_id)
            approval = f.ApproveDraft(
                content_hash=draft.content_hash,
                meaning=f"{f.APPROVAL} (demo)",
                reason="Every field was checked against its record (demo).",
                password=accounts.people[plant.COMPLIANCE],
            )
            client.approve_filing(filing_id, approval)
        return begun


def filings_shown(mes_url: str, accounts: plant.Accounts) -> dict[str, Any]:
    """Every filing with where it stands, and the clocks that were not started for the demo's event, with why."""
    with _compliance(mes_url, accounts) as client:
        events = client.filing_events()
        not_started = [one for event in events for one in client.event_decisions(event.event_id) if not one.started]
        keep = {"filing_id", "form", "unit", "due_at", "status", "acknowledgement", "approved_by", "clause"}
        return {
            "filings": [one.model_dump(mode="json", include=keep) for one in client.all_filings()],
            "not_started": [
                one.model_dump(mode="json", include={"clock_id", "title", "clause", "why"}) for one in not_started
            ],
        }


def show_filings(console: Console, shown: dict[str, Any]) -> None:
    """Say which clocks run, what was accepted, what waits for a person, and what was not started and why."""
    for one in shown["filings"]:
        words = {"open": "to be drafted and approved", "drafted": "waits for approval", "accepted": "accepted"}
        status = words.get(one["status"], one["status"])
        by = f", approved by {one['approved_by']}" if one["approved_by"] else ""
        due = one["due_at"][:16].replace("T", " ") if one["due_at"] else "no figure"
        line = f"  filing {one['form']} ({one['unit']}), due {due}: {status}{by}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for one in shown["not_started"]:
        line = f"  not started: {one['title']} ({one['clause']}): {one['why']}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
