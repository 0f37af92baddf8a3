"""The migration that ends phantom filings: withdrawn with their reason, their items cancelled, the trail verified."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from mes_support import SYSTEM, FakeRules, record
from sqlalchemy import text

from mes_core.services import Mes, outbox
from mes_core.services.core import Change, write_audit
from mes_core.services.ledger import LedgerStore
from mes_core.storage import open_store
from mes_core.storage.store import make_engine
from mes_core.storage.up_to_date import alembic_config

FORMS = {
    "Traceability record": "asks to keep the data for 30 years, not to file them",
    "Shipment notification": "No law that is known here asks",
    "Distribution report": "one report for each licence and half-year",
}


def _old(address: Path | str, now: datetime) -> None:
    """A store as the version of before left it: a batch with open filings of its own, told and queued."""
    with closing(open_store(address)) as store:
        Mes(store, FakeRules(), lambda: now).submit_batch(record("B1"), SYSTEM)
        with LedgerStore(store).write() as work:
            changes = []
            for place, form in enumerate((*FORMS, "Biological product deviation report"), start=1):
                row = {
                    "filing_id": f"B1-F{place}",
                    "batch_id": "B1",
                    "place": place,
                    "form": form,
                    "clause": "as it was",
                    "applies": True,
                    "why": "as it was",
                    "due_at": (now + timedelta(days=30)).isoformat(timespec="microseconds"),
                    "status": "open",
                    **dict.fromkeys(("acknowledgement", "submitted_at", "document_sha256")),
                }
                work.add("filings", [row])
                key = f"file:B1-F{place}"
                outbox.enqueue(work, now, job=outbox.FILING, key=key, batch_id="B1", payload={"filing_id": "x"})
                changes.append(Change("filing clock decided", row["filing_id"]))
            write_audit(work, "B1", SYSTEM, now, *changes)


@pytest.mark.requirement("URS-191")
def test_phantom_filings_end_with_a_reason_and_what_is_due_waits_for_a_person(address: Path | str) -> None:
    now = datetime(2026, 3, 1, 8, tzinfo=UTC)
    _old(address, now)
    engine = make_engine(address)
    with engine.connect().execution_options(batchwright_write=True) as connection, connection.begin():
        command.downgrade(alembic_config(connection), "0013")
        for table in ("filing_events", "filing_drafts", "filing_answers", "licences"):
            connection.execute(text(f"DROP TABLE {table}"))
    engine.dispose()
    with closing(open_store(address)) as store:
        mes = Mes(store, FakeRules(), lambda: datetime.now(UTC))  # a migration goes by the wall clock
        found = {one.form: one for one in mes.filings("B1")}
        for form, words in FORMS.items():
            assert found[form].status == "withdrawn"
            assert words in (found[form].answer or "")
        report = found["Biological product deviation report"]
        assert (report.status, report.clock_id) == ("open", "US-BPD")
        items = [one.state for one in mes.work_items(batch_id="B1") if one.job == outbox.FILING]
        assert items == ["cancelled"] * 4
        told = [one.subject for one in mes.audit("B1") if one.action == "filing withdrawn"]
        assert told == ["B1-F1", "B1-F2", "B1-F3"]
        assert mes.draft_filing(report.filing_id, {}, SYSTEM).questions
        assert mes.verify_audit() == []
