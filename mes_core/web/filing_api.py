"""The JSON API of filings: events, licences, drafts, approvals, submissions and answers."""

from fastapi import APIRouter, Response, status

from mes_core.domain.errors import Invalid
from mes_core.exchange import e2b_ack, filing_files
from mes_core.exchange.errors import ImportRefused
from mes_core.messages import filing as f
from mes_core.messages import views as v
from mes_core.web.paging import PartDep, Word, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")


@router.get("/filing-clocks")
def filing_clocks(mes: MesDep, who: CallerDep, part: PartDep, jurisdiction: Word = None) -> v.Page[f.ClockView]:
    """Every clock, those included that only look applicable."""
    del who
    return page(v.Page[f.ClockView], mes.filing_clocks(), part, jurisdiction=jurisdiction)


@router.post("/filing-events", status_code=status.HTTP_201_CREATED, responses={200: {"model": f.EventView}})
def record_event(body: f.NewEvent, response: Response, mes: MesDep, who: CallerDep) -> f.EventView:
    """Record an event that may start clocks; the same again answers 200."""
    view = mes.record_event(body, who)
    if not view.created:
        response.status_code = status.HTTP_200_OK
    return view


@router.get("/filing-events")
def filing_events(
    mes: MesDep, who: CallerDep, part: PartDep, batch_id: Word = None, kind: Word = None
) -> v.Page[f.EventView]:
    """Events as they are known now, newest first."""
    del who
    return page(v.Page[f.EventView], mes.filing_events(batch_id=batch_id), part, kind=kind)


@router.post("/filing-events/{event_id}/corrections", status_code=status.HTTP_201_CREATED)
def correct_event(event_id: str, body: f.CorrectEvent, mes: MesDep, who: CallerDep) -> f.EventView:
    """Correct an event, signed (people only); its clocks are worked out again."""
    return mes.correct_event(event_id, body, who)


@router.get("/filing-events/{event_id}/decisions")
def event_decisions(event_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[f.DecisionView]:
    """Each clock for an event: started or not, and why."""
    del who
    return page(v.Page[f.DecisionView], mes.event_decisions(event_id), part)


@router.post("/licences", status_code=status.HTTP_201_CREATED)
def record_licence(body: f.NewLicence, mes: MesDep, who: CallerDep) -> f.LicenceView:
    """Record or correct a licence, signed (people only)."""
    return mes.record_licence(body, who)


@router.get("/licences")
def licences(mes: MesDep, who: CallerDep, part: PartDep, product: Word = None) -> v.Page[f.LicenceView]:
    """Every licence as it stands."""
    del who
    return page(v.Page[f.LicenceView], mes.licences(), part, product=product)


@router.get("/batches/{batch_id}/filings")
def filings(
    batch_id: str, mes: MesDep, who: CallerDep, part: PartDep, status: Word = None, applies: bool | None = None
) -> v.Page[f.FilingView]:
    """The filings of a batch."""
    del who
    return page(v.Page[f.FilingView], mes.filings(batch_id), part, status=status, applies=applies)


@router.get("/filings")
def all_filings(
    mes: MesDep,
    who: CallerDep,
    part: PartDep,
    status: f.FilingStatus | None = None,
    running: bool = False,
    authority: Word = None,
) -> v.Page[f.FilingView]:
    """Filings, soonest due first."""
    del who
    found = mes.all_filings(running=running, status=status.value if status else None)
    return page(v.Page[f.FilingView], found, part, authority=authority)


@router.get("/filings/{filing_id}")
def filing(filing_id: str, mes: MesDep, who: CallerDep) -> f.FilingView:
    """One filing."""
    del who
    return mes.filing(filing_id)


@router.post("/filings/{filing_id}/drafts", status_code=status.HTTP_201_CREATED)
def draft_filing(filing_id: str, body: f.DraftRequest, mes: MesDep, who: CallerDep) -> f.DraftView:
    """Draft a filing from what the records say now, with a person's answers to open questions."""
    return mes.draft_filing(filing_id, body.given, who)


@router.get("/filings/{filing_id}/draft")
def filing_draft(filing_id: str, mes: MesDep, who: CallerDep) -> f.DraftView:
    """The newest draft."""
    del who
    return mes.filing_draft(filing_id)


@router.get("/filings/{filing_id}/document", response_class=Response, responses={200: {"content": filing_files.MEDIA}})
def filing_document(filing_id: str, mes: MesDep, who: CallerDep) -> Response:
    """The newest draft as the file that is submitted: SPL for a lot distribution report, a workbook otherwise."""
    del who
    content, media = filing_files.of_draft(mes.filing_draft(filing_id))
    return Response(content, media_type=media)


@router.post("/filings/{filing_id}/approval", status_code=status.HTTP_201_CREATED)
def approve_filing(filing_id: str, body: f.ApproveDraft, mes: MesDep, who: CallerDep) -> f.FilingView:
    """Approve the newest draft, signed on its hash (people only)."""
    return mes.approve_filing(filing_id, body, who)


@router.post("/filings/{filing_id}/submission-requests", status_code=status.HTTP_201_CREATED)
def submit_filing(filing_id: str, mes: MesDep, who: CallerDep) -> f.FilingView:
    """Queue an approved filing for the bot again (people only)."""
    return mes.submit_filing(filing_id, who)


@router.post("/filings/{filing_id}/withdrawal", status_code=status.HTTP_201_CREATED)
def withdraw_filing(filing_id: str, body: f.WithdrawFiling, mes: MesDep, who: CallerDep) -> f.FilingView:
    """End a filing without a submission, signed (people only)."""
    return mes.withdraw_filing(filing_id, body, who)


@router.get("/filings/{filing_id}/submission")
def submission(filing_id: str, mes: MesDep, who: CallerDep) -> f.SubmissionView:
    """What may be submitted now, and in whose name it is declared."""
    del who
    return mes.submission(filing_id)


@router.post("/filings/{filing_id}/answers", status_code=status.HTTP_201_CREATED)
def answer_filing(filing_id: str, body: f.NewAnswer, mes: MesDep, who: CallerDep) -> f.FilingView:
    """Note what the agency answered."""
    return mes.answer_filing(filing_id, body, who)


@router.get("/filings/{filing_id}/answers")
def filing_answers(filing_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[f.AnswerView]:
    """What the agency answered, oldest first."""
    del who
    return page(v.Page[f.AnswerView], mes.filing_answers(filing_id), part)


@router.post("/filings/{filing_id}/hand-over", status_code=status.HTTP_201_CREATED)
def hand_over(filing_id: str, body: f.HandOver, mes: MesDep, who: CallerDep) -> f.FilingView:
    """Note that the safety database has sent an approved case, signed (people only)."""
    return mes.hand_over(filing_id, body, who)


@router.post("/safety-acknowledgements", status_code=status.HTTP_201_CREATED)
def safety_acknowledgement(body: f.SafetyAcknowledgement, mes: MesDep, who: CallerDep) -> f.AcknowledgedView:
    """Read an acknowledgement of safety reports (E2B(R3)) and note what it says of each, signed (people only)."""
    try:
        acknowledged = e2b_ack.read(body.content.encode())
    except ImportRefused as refused:
        raise Invalid(str(refused)) from None
    return mes.acknowledge_cases(acknowledged, body, who)
