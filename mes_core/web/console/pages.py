"""The pages of the console. Every change goes through the same services as the API."""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes_core.domain.deviations import OUTCOMES
from mes_core.domain.due import SIGNED_OFF
from mes_core.domain.errors import DomainError, NotFound
from mes_core.domain.gates import GATES
from mes_core.messages import Closure
from mes_core.messages import deviations as d
from mes_core.messages import views as v
from mes_core.messages.genealogy import Traced
from mes_core.web.console import picture, session, show
from mes_core.web.console.session import PersonDep, SignatureDep, SignerDep
from mes_core.web.port import MesDep, address_of

router = APIRouter(include_in_schema=False)
_PAGE = 50
Text = Annotated[str, Form(max_length=1000)]
LogIn = Annotated[str, Form(max_length=200)]


def error_page(request: Request, status: HTTPStatus, detail: str) -> HTMLResponse:
    """One sentence, and the way back."""
    return show.page(request, "error.html", {"detail": detail, "status": status}, status)


@router.get("/login")
def login_page(request: Request) -> HTMLResponse:
    """The log-in form."""
    return show.page(request, "login.html", {})


@router.post("/login")
def login(request: Request, mes: MesDep, user: Text = "", password: LogIn = "") -> Response:
    """Log in; a wrong password shows the form again with the reason."""
    try:
        device = session.device_of(request)
        opened = mes.login(user, password, session.audience(request), where=address_of(request), device=device)
    except DomainError as error:
        return show.page(request, "login.html", {"refused": str(error), "user": user}, HTTPStatus.UNAUTHORIZED)
    if opened.principal.kind != "person":
        refused = {"refused": "A bot cannot use the console: log in as a person.", "user": user}
        return show.page(request, "login.html", refused, HTTPStatus.FORBIDDEN)
    response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    session.set_cookie(request, response, opened.token)
    session.remember(request, response, mes.known_device(opened.token))
    return response


@router.post("/logout")
def logout(request: Request, mes: MesDep, who: SignerDep) -> Response:
    """End the session, here and on the server."""
    del who
    mes.logout(session.token_of(request))
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    session.forget(request, response)
    return response


@router.get("/")
def batches(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    state: v.BatchState | None = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """The list of batches, exceptions first."""
    listed = mes.list_batches(state=state, limit=_PAGE, offset=(page - 1) * _PAGE)
    counts = {one: mes.list_batches(state=one, limit=1, offset=0).total for one in v.BatchState}
    context = {
        "who": who,
        "batches": sorted(listed.items, key=show.urgency),
        "state": state,
        "counts": counts,
        "everything": sum(counts.values()),
        "number": page,
        "pages": max(1, -(-listed.total // _PAGE)),
    }
    return show.page(request, "batches.html", context)


@router.get("/batches/{batch_id}")
def batch(request: Request, mes: MesDep, who: PersonDep, batch_id: str, said: str = "") -> HTMLResponse:
    """One batch: what needs a person, then everything it rests on."""
    view = mes.get_batch(batch_id)
    verdicts = mes.verdicts(batch_id)
    context: dict[str, Any] = {
        "who": who,
        "batch": view,
        "record": mes.get_record(batch_id),
        "verdicts": verdicts,
        "newest": verdicts[0] if verdicts else None,
        "observations": mes.observations(batch_id),
        "items": mes.work_items(batch_id=batch_id),
        "deviations": mes.deviations(batch_id),
        "effects": mes.effects(batch_id),
        "audit": mes.audit(batch_id),
        "trail_reviews": mes.trail_reviews(batch_id),
        "outcomes": OUTCOMES,
        "due": mes.due_items(batch_id=batch_id, state=None),
        "now": mes.now(),
        "signed_off": SIGNED_OFF,
        "gates": {one.gate.value: one for one in mes.supply_gates(batch_id)},
        "gate_rules": GATES,
        "supply_missing": mes.supply_missing(batch_id),
        "said": said,
    }
    return show.page(request, "batch.html", context)


@router.get("/genealogy")
def genealogy(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    kind: Traced = Traced.PATIENT,
    key: Annotated[str, Query(max_length=200)] = "",
) -> HTMLResponse:
    """Everything that touched a patient's cells, or every batch that a lot touched, as one picture."""
    context: dict[str, Any] = {"who": who, "kinds": tuple(Traced), "kind": kind, "key": key, "picture": None}
    try:
        graph = mes.trace(kind, key) if key else None
    except NotFound as error:
        return show.page(request, "genealogy.html", {**context, "refused": str(error)}, HTTPStatus.NOT_FOUND)
    if graph:
        context |= {"graph": graph, "picture": picture.draw(graph)}
    return show.page(request, "genealogy.html", context)


@router.get("/work")
def work(request: Request, mes: MesDep, who: PersonDep) -> HTMLResponse:
    """Work items that wait for a person, and the newest others."""
    items = mes.work_items()
    waiting = [item for item in items if item.state == "waiting"]
    recent = [item for item in reversed(items) if item.state != "waiting"][:_PAGE]
    return show.page(request, "work.html", {"who": who, "waiting": waiting, "recent": recent})


@router.post("/findings/{finding_id}/close")
def close_finding(
    mes: MesDep,
    who: SignerDep,
    finding_id: str,
    closure: Annotated[Closure, Form()],
    reason: Text,
    password: SignatureDep,
) -> Response:
    """Close a finding, signed."""
    body = {"closure": closure, "reason": reason, **password}
    closed = mes.close_finding(finding_id, show.message(v.CloseFinding, body), who)
    return _back(closed.batch_id, f"The finding {closed.finding.rule} is closed as {closure}.")


@router.post("/batches/{batch_id}/deviation")
def close_deviation(
    mes: MesDep,
    who: SignerDep,
    batch_id: str,
    deviation_key: Text,
    outcome: Text,
    conclusion: Text,
    password: SignatureDep,
) -> Response:
    """Close a deviation, an investigation or a corrective action, signed."""
    body = {"deviation_key": deviation_key, "outcome": outcome, "conclusion": conclusion, **password}
    closed = mes.close_deviation(batch_id, show.message(d.CloseDeviation, body), who)
    return _back(batch_id, f"{closed.deviation_key} is closed as {closed.outcome}.")


@router.post("/batches/{batch_id}/trail-review")
def review_trail(
    mes: MesDep, who: SignerDep, batch_id: str, number: Annotated[int, Form(ge=1)], reason: Text, password: SignatureDep
) -> Response:
    """Sign that the audit trail was reviewed up to an entry."""
    body = {"number": number, "reason": reason, **password}
    mes.review_trail(batch_id, show.message(d.ReviewTrail, body), who)
    return _back(batch_id, f"Signed: the audit trail is reviewed up to entry {number}.")


@router.post("/batches/{batch_id}/review")
def review_again(mes: MesDep, who: SignerDep, batch_id: str) -> Response:
    """Review the record again, with the readings that are stored."""
    verdict = mes.review(batch_id, (), who)
    return _back(batch_id, f"Reviewed again: {verdict.verdict.verdict}.")


@router.post("/batches/{batch_id}/review-request")
def request_review(mes: MesDep, who: SignerDep, batch_id: str, reason: Text) -> Response:
    """Queue a new review by the bot, with fresh readings."""
    mes.request_review(batch_id, show.message(v.ReviewAgain, {"reason": reason}), who)
    return _back(batch_id, "A new review is queued for the review bot.")


@router.post("/batches/{batch_id}/correction")
def correct(
    mes: MesDep, who: SignerDep, batch_id: str, path: Text, old: Text, new: Text, reason: Text, password: SignatureDep
) -> Response:
    """Correct one value of the record."""
    stands = mes.value_at(batch_id, path)
    typed = {"old": show.typed(old, path, stands), "new": show.typed(new, path)}
    body = {"path": path, **typed, "reason": reason, **password}
    mes.correct(batch_id, show.message(v.Correction, body), who)
    return _back(batch_id, f"{path} is corrected; the record has a new version and waits for a new review.")


@router.post("/batches/{batch_id}/disposition")
def dispose(
    mes: MesDep,
    who: SignerDep,
    batch_id: str,
    disposition: Annotated[v.Disposition, Form()],
    verdict_id: Text,
    record_hash: Text,
    reason: Text,
    password: SignatureDep,
) -> Response:
    """Sign a disposition."""
    body = {
        "disposition": disposition,
        "verdict_id": verdict_id,
        "record_hash": record_hash,
        "reason": reason,
        "meaning": show.MEANINGS[disposition],
        **password,
    }
    mes.dispose(batch_id, show.message(v.SignDisposition, body), who)
    return _back(batch_id, f"Signed: {disposition}.")


@router.post("/holds/{hold_id}/lift")
def lift_hold(mes: MesDep, who: SignerDep, hold_id: str, reason: Text, password: SignatureDep) -> Response:
    """Lift a hold, signed."""
    lifted = mes.lift_hold(hold_id, show.message(v.LiftHold, {"reason": reason, **password}), who)
    return _back(lifted.batch_id, "The hold is lifted.")


def _back(batch_id: str, said: str) -> RedirectResponse:
    return RedirectResponse(f"/batches/{quote(batch_id, safe='')}?said={quote(said)}", HTTPStatus.SEE_OTHER)
