"""The part of the MES client that speaks of filings."""

from typing import Unpack
from urllib.parse import quote

from mes_core.client.predictive import Held, _Calls
from mes_core.messages import filing as f
from mes_core.messages.record import Message


class _Nothing(Message):
    """A body without fields."""


class FilingCalls:
    """Events, licences, filings, drafts, approvals, submissions and answers."""

    def filing_clocks(self: _Calls) -> tuple[f.ClockView, ...]:
        """Every clock, those included that only look applicable."""
        return tuple(self._each("/api/filing-clocks", f.ClockView, {}))

    def record_event(self: _Calls, event: f.NewEvent, **held: Unpack[Held]) -> f.EventView:
        """Record an event that may start clocks; the same again changes nothing."""
        return self._post("/api/filing-events", event, f.EventView, held=held)

    def correct_event(self: _Calls, event_id: str, correction: f.CorrectEvent, **held: Unpack[Held]) -> f.EventView:
        """Correct an event, signed."""
        return self._post(f"/api/filing-events/{_q(event_id)}/corrections", correction, f.EventView, held=held)

    def filing_events(self: _Calls, *, batch_id: str | None = None) -> tuple[f.EventView, ...]:
        """Events as they are known now, newest first."""
        return tuple(self._each("/api/filing-events", f.EventView, {"batch_id": batch_id}))

    def event_decisions(self: _Calls, event_id: str) -> tuple[f.DecisionView, ...]:
        """Each clock for an event: started or not, and why."""
        return tuple(self._each(f"/api/filing-events/{_q(event_id)}/decisions", f.DecisionView, {}))

    def record_licence(self: _Calls, licence: f.NewLicence, **held: Unpack[Held]) -> f.LicenceView:
        """Record or correct a licence, signed."""
        return self._post("/api/licences", licence, f.LicenceView, held=held)

    def licences(self: _Calls) -> tuple[f.LicenceView, ...]:
        """Every licence as it stands."""
        return tuple(self._each("/api/licences", f.LicenceView, {}))

    def filings(self: _Calls, batch_id: str) -> tuple[f.FilingView, ...]:
        """The filings of a batch."""
        return tuple(self._each(f"/api/batches/{_q(batch_id)}/filings", f.FilingView, {}))

    def all_filings(self: _Calls, *, running: bool = False, status: str | None = None) -> tuple[f.FilingView, ...]:
        """Filings, soonest due first."""
        return tuple(self._each("/api/filings", f.FilingView, {"running": running, "status": status}))

    def filing(self: _Calls, filing_id: str) -> f.FilingView:
        """One filing."""
        return self._get(f"/api/filings/{_q(filing_id)}", f.FilingView)

    def draft_filing(
        self: _Calls, filing_id: str, given: dict[str, str] | None = None, **held: Unpack[Held]
    ) -> f.DraftView:
        """Draft a filing from what the records say now."""
        body = f.DraftRequest(given=given or {})
        return self._post(f"/api/filings/{_q(filing_id)}/drafts", body, f.DraftView, held=held)

    def filing_draft(self: _Calls, filing_id: str) -> f.DraftView:
        """The newest draft."""
        return self._get(f"/api/filings/{_q(filing_id)}/draft", f.DraftView)

    def filing_document(self: _Calls, filing_id: str) -> bytes:
        """The newest draft as the file that is submitted."""
        return self._request("GET", f"/api/filings/{_q(filing_id)}/document").content

    def approve_filing(self: _Calls, filing_id: str, approval: f.ApproveDraft, **held: Unpack[Held]) -> f.FilingView:
        """Approve the newest draft, signed on its hash."""
        return self._post(f"/api/filings/{_q(filing_id)}/approval", approval, f.FilingView, held=held)

    def submit_filing(self: _Calls, filing_id: str, **held: Unpack[Held]) -> f.FilingView:
        """Queue an approved filing for the bot again."""
        return self._post(f"/api/filings/{_q(filing_id)}/submission-requests", _Nothing(), f.FilingView, held=held)

    def submission(self: _Calls, filing_id: str) -> f.SubmissionView:
        """What may be submitted now, and in whose name it is declared."""
        return self._get(f"/api/filings/{_q(filing_id)}/submission", f.SubmissionView)

    def answer_filing(self: _Calls, filing_id: str, answer: f.NewAnswer, **held: Unpack[Held]) -> f.FilingView:
        """Note what the agency answered."""
        return self._post(f"/api/filings/{_q(filing_id)}/answers", answer, f.FilingView, held=held)


def _q(text: str) -> str:
    return quote(text, safe="")
