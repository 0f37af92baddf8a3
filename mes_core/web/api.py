"""The JSON API. Every endpoint hands the message on to one use case; who may do it is decided there."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status

from mes_core.messages import BatchRecord, Observation
from mes_core.messages import approvals as approving
from mes_core.messages import deviations as d
from mes_core.messages import genealogy as g
from mes_core.messages import views as v
from mes_core.messages.record import RecordKind
from mes_core.web.paging import PartDep, Word, page
from mes_core.web.port import CallerDep, MesDep, TokenDep, address_of

router = APIRouter(prefix="/api")


@router.post("/login")
def login(request: Request, body: v.Login, mes: MesDep) -> v.Session:
    """Log in a person or a bot."""
    return mes.login(body.user, body.password, where=address_of(request))


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
def logout(token: TokenDep, mes: MesDep) -> None:
    """End this session."""
    mes.logout(token)


@router.post("/password", status_code=status.HTTP_204_NO_CONTENT)
def change_password(request: Request, body: v.NewPassword, mes: MesDep) -> None:
    """Change one's own password; every open session of the account ends."""
    mes.change_password(body, where=address_of(request))


@router.post("/batches", status_code=status.HTTP_201_CREATED, responses={200: {"model": v.BatchView}})
def submit_batch(body: BatchRecord, response: Response, mes: MesDep, who: CallerDep) -> v.BatchView:
    """Store a batch record; the same content again answers 200."""
    view, created = mes.submit_batch(body, who)
    if not created:
        response.status_code = status.HTTP_200_OK
    return view


@router.get("/batches")
def list_batches(
    mes: MesDep, who: CallerDep, part: PartDep, state: v.BatchState | None = None, kind: RecordKind | None = None
) -> v.Page[v.BatchView]:
    """One page of batches, newest change first."""
    del who
    return mes.list_batches(state=state, kind=kind, limit=part.limit, offset=part.offset)


@router.get("/batches/{batch_id}")
def get_batch(batch_id: str, mes: MesDep, who: CallerDep) -> v.BatchView:
    """One batch; its ETag goes into the If-Match of a change."""
    del who
    return mes.get_batch(batch_id)


@router.get("/batches/{batch_id}/record")
def get_record(batch_id: str, mes: MesDep, who: CallerDep) -> BatchRecord:
    """The record as it is now, with the ETag of its batch."""
    del who
    return mes.get_record(batch_id)


@router.get("/batches/{batch_id}/audit")
def audit(
    batch_id: str, mes: MesDep, who: CallerDep, part: PartDep, action: Word = None, user: Word = None
) -> v.Page[v.AuditEntry]:
    """The audit trail of a batch, in its order."""
    del who
    return mes.audit_page(batch_id, limit=part.limit, offset=part.offset, action=action, user=user)


@router.get("/batches/{batch_id}/observations")
def observations(
    batch_id: str, mes: MesDep, who: CallerDep, part: PartDep, system: Word = None, table: Word = None
) -> v.Page[Observation]:
    """What was last read in other systems."""
    del who
    return page(v.Page[Observation], mes.observations(batch_id), part, system=system, table=table)


@router.post("/batches/{batch_id}/observations", status_code=status.HTTP_204_NO_CONTENT)
def put_observations(batch_id: str, body: v.ObservationSet, mes: MesDep, who: CallerDep) -> None:
    """Store what was read in other systems."""
    mes.put_observations(batch_id, body.observations, who)


@router.post("/batches/{batch_id}/reviews", status_code=status.HTTP_201_CREATED)
def review(batch_id: str, body: v.ReviewRequest, mes: MesDep, who: CallerDep) -> v.VerdictView:
    """Review a batch: a verdict with its findings."""
    return mes.review(batch_id, body.observations, who)


@router.get("/batches/{batch_id}/reviews")
def verdicts(
    batch_id: str, mes: MesDep, who: CallerDep, part: PartDep, current: bool | None = None
) -> v.Page[v.VerdictView]:
    """All verdicts of a batch, newest first."""
    del who
    return page(v.Page[v.VerdictView], mes.verdicts(batch_id), part, current=current)


@router.post("/batches/{batch_id}/deviations", status_code=status.HTTP_201_CREATED)
def open_deviation(batch_id: str, body: v.NewDeviation, mes: MesDep, who: CallerDep) -> v.DeviationView:
    """Open a deviation."""
    return mes.open_deviation(batch_id, body, who)


@router.get("/batches/{batch_id}/deviations")
def deviations(
    batch_id: str,
    mes: MesDep,
    who: CallerDep,
    part: PartDep,
    kind: d.DeviationKind | None = None,
    severity: Word = None,
) -> v.Page[v.DeviationView]:
    """Deviations, investigations and corrective actions of a batch."""
    del who
    return page(v.Page[v.DeviationView], mes.deviations(batch_id), part, kind=kind, severity=severity)


@router.post("/batches/{batch_id}/deviation-closures")
def close_deviation(batch_id: str, body: d.CloseDeviation, mes: MesDep, who: CallerDep) -> v.DeviationView:
    """Close a deviation, an investigation or a corrective action, signed (people only)."""
    return mes.close_deviation(batch_id, body, who)


@router.get("/batches/{batch_id}/audit-reviews")
def trail_reviews(batch_id: str, mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[d.TrailReview]:
    """Signed reviews of the audit trail of a batch."""
    del who
    return page(v.Page[d.TrailReview], mes.trail_reviews(batch_id), part)


@router.post("/batches/{batch_id}/audit-reviews", status_code=status.HTTP_201_CREATED)
def review_trail(batch_id: str, body: d.ReviewTrail, mes: MesDep, who: CallerDep) -> d.TrailReview:
    """Sign that the audit trail was reviewed up to an entry (people only)."""
    return mes.review_trail(batch_id, body, who)


@router.post("/batches/{batch_id}/holds", status_code=status.HTTP_201_CREATED)
def open_hold(batch_id: str, body: v.NewHold, mes: MesDep, who: CallerDep) -> v.HoldView:
    """Hold a batch."""
    return mes.open_hold(batch_id, body, who)


@router.post("/batches/{batch_id}/corrections", status_code=status.HTTP_201_CREATED)
def correct(batch_id: str, body: v.Correction, mes: MesDep, who: CallerDep) -> v.BatchView:
    """Correct one value of the record (people only)."""
    return mes.correct(batch_id, body, who)


@router.get("/genealogy")
def trace(
    kind: g.Traced, key: Annotated[str, Query(min_length=1, max_length=200)], mes: MesDep, who: CallerDep
) -> g.Genealogy:
    """Every batch that a thing touched, and everything that touched those batches."""
    del who
    return mes.trace(kind, key)


@router.post("/batches/{batch_id}/finding-closures")
def close_findings(batch_id: str, body: d.CloseFindings, mes: MesDep, who: CallerDep) -> d.ClosedGroup:
    """Close findings of one cause together, with one signature; what this person may not end is said."""
    return mes.close_findings(batch_id, body, who)


@router.post("/findings/{finding_id}/close")
def close_finding(finding_id: str, body: v.CloseFinding, mes: MesDep, who: CallerDep) -> v.FindingView:
    """Close a finding, signed (people only)."""
    return mes.close_finding(finding_id, body, who)


@router.post("/batches/{batch_id}/review-requests", status_code=status.HTTP_201_CREATED)
def request_review(batch_id: str, body: v.ReviewAgain, mes: MesDep, who: CallerDep) -> v.WorkItemView:
    """Queue a new review by the bot."""
    return mes.request_review(batch_id, body, who)


@router.post("/batches/{batch_id}/dispositions", status_code=status.HTTP_201_CREATED)
def dispose(batch_id: str, body: v.SignDisposition, mes: MesDep, who: CallerDep) -> v.DispositionView:
    """Sign a disposition (qualified persons only)."""
    return mes.dispose(batch_id, body, who)


@router.post("/holds/{hold_id}/lift")
def lift_hold(hold_id: str, body: v.LiftHold, mes: MesDep, who: CallerDep) -> v.HoldView:
    """Lift a hold, signed (people only)."""
    return mes.lift_hold(hold_id, body, who)


@router.post("/batches/{batch_id}/shipments", status_code=status.HTTP_201_CREATED)
def record_shipment(batch_id: str, body: v.Shipment, mes: MesDep, who: CallerDep) -> v.BatchView:
    """Record what was booked and posted."""
    return mes.record_shipment(batch_id, body, who)


@router.get("/work-items")
def work_items(
    mes: MesDep, who: CallerDep, part: PartDep, state: Word = None, batch_id: Word = None, job: Word = None
) -> v.Page[v.WorkItemView]:
    """Work items, oldest first."""
    del who
    return mes.work_items_page(state=state, batch_id=batch_id, job=job, limit=part.limit, offset=part.offset)


@router.post("/work-items", status_code=status.HTTP_201_CREATED)
def ask_for_item(body: v.NewWorkItem, mes: MesDep, who: CallerDep) -> v.WorkItemView:
    """Queue an item unless one with this business key is there."""
    return mes.ask_for_item(body, who)


@router.post("/work-items/claim", response_model=v.WorkItemView, responses={204: {"description": "Nothing to do."}})
def claim(body: v.ClaimRequest, mes: MesDep, who: CallerDep) -> v.WorkItemView | Response:
    """Take the next work item."""
    item = mes.claim(body, who)
    return item if item is not None else Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/work-items/next-start")
def next_start(
    mes: MesDep,
    who: CallerDep,
    jobs: Annotated[list[str], Query(min_length=1, max_length=100)],
    business_key: Word = None,
) -> v.NextStart:
    """Seconds until an item of these jobs that is tried again may start."""
    del who
    return mes.next_start(jobs, business_key)


@router.post("/work-items/{item_id}/renew")
def renew(item_id: str, body: v.RenewLease, mes: MesDep, who: CallerDep) -> v.LeaseView:
    """Go on with an item for another while."""
    return mes.renew(item_id, body, who)


@router.post("/work-items/{item_id}/complete")
def complete(item_id: str, body: v.ItemDone, mes: MesDep, who: CallerDep) -> v.WorkItemView:
    """Report an item done."""
    return mes.complete(item_id, body, who)


@router.post("/work-items/{item_id}/fail")
def fail(item_id: str, body: v.ItemFailed, mes: MesDep, who: CallerDep) -> v.WorkItemView:
    """Report why an item failed."""
    return mes.fail(item_id, body, who)


@router.post("/effects", status_code=status.HTTP_201_CREATED, responses={200: {"model": v.EffectView}})
def register_effect(body: v.NewEffect, response: Response, mes: MesDep, who: CallerDep) -> v.EffectView:
    """Write down the intent of a change in another system; one that is there already answers 200."""
    view = mes.register_effect(body, who)
    if not view.created:
        response.status_code = status.HTTP_200_OK
    return view


@router.post("/effects/{effect_id}/act")
def act_on_effect(effect_id: str, body: v.ActEffect, mes: MesDep, who: CallerDep) -> v.EffectView:
    """Ask whether a request for the effect may leave now; refused when the lease is another's."""
    return mes.act_on_effect(effect_id, body, who)


@router.post("/effects/{effect_id}/confirm")
def confirm_effect(effect_id: str, body: v.ConfirmEffect, mes: MesDep, who: CallerDep) -> v.EffectView:
    """Report the read-back after the act."""
    return mes.confirm_effect(effect_id, body, who)


@router.get("/batches/{batch_id}/effects")
def effects(
    batch_id: str, mes: MesDep, who: CallerDep, part: PartDep, state: Word = None, site: Word = None
) -> v.Page[v.EffectView]:
    """The effects of a batch."""
    del who
    return page(v.Page[v.EffectView], mes.effects(batch_id), part, state=state, site=site)


@router.post("/proposals", status_code=status.HTTP_201_CREATED)
def propose(body: approving.NewProposal, mes: MesDep, who: CallerDep) -> approving.ProposalView:
    """Put a rule set, model, suite or site folder forward for approval, as its author (people only)."""
    return mes.propose(body, who)


@router.post("/approvals", status_code=status.HTTP_201_CREATED)
def approve(body: approving.NewApproval, mes: MesDep, who: CallerDep) -> approving.ApprovalView:
    """Put a rule set, model, suite or site folder in force, signed (people only)."""
    return mes.approve(body, who)


@router.get("/approvals")
def approvals(
    mes: MesDep, who: CallerDep, part: PartDep, kind: approving.Approvable | None = None, name: Word = None
) -> v.Page[approving.ApprovalView]:
    """All approvals; the newest one of a kind and name is in force."""
    del who
    return page(v.Page[approving.ApprovalView], mes.approvals(kind), part, name=name)
