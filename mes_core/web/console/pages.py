"""The pages of the console. Every change goes through the same services as the API."""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Match

from mes_core.domain.errors import Invalid, NotFound, Stale
from mes_core.messages import Closure
from mes_core.messages import deviations as d
from mes_core.messages import views as v
from mes_core.messages.genealogy import Traced
from mes_core.web.console import batch_facts, notes, picture, show
from mes_core.web.console.session import PersonDep, SignatureDep, SignerDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
_MOST_DRAWN = 40
Text = Annotated[str, Form(max_length=1000)]


def error_page(request: Request, status: HTTPStatus, detail: str) -> HTMLResponse:
    """One sentence, and the way back."""
    return show.page(request, "error.html", {"detail": detail, "status": status, "back": _page_above(request)}, status)


_LISTS = {"work-items": "/work"}
"""Parts of addresses whose page is called otherwise."""


def _page_above(request: Request) -> str:
    """The page whose form was refused, as far as its address tells: the nearest one above it that there is."""
    parts = request.scope["path"].split("/")
    above = ("/".join(parts[:depth]) for depth in range(len(parts) - 1, 1, -1))
    for path in (*above, _LISTS.get(parts[1], "")):
        if path and _is_page(request, path):
            return quote(path)
    return ""


def _is_page(request: Request, path: str) -> bool:
    scope = {**request.scope, "path": path, "method": "GET"}
    return any(one.matches(scope)[0] is Match.FULL for one in request.app.routes)


@router.get("/batches/{batch_id}")
def batch(request: Request, mes: MesDep, who: PersonDep, batch_id: str) -> HTMLResponse:
    """One batch: what needs a person, then everything it rests on."""
    return show.page(request, "batch.html", batch_facts.of(mes, batch_id, who))


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
        graph = mes.trace(kind, key, most=_MOST_DRAWN) if key else None
    except NotFound as error:
        return show.page(request, "genealogy.html", {**context, "refused": str(error)}, HTTPStatus.NOT_FOUND)
    if graph:
        context |= {"graph": graph, "picture": picture.draw(graph)}
    return show.page(request, "genealogy.html", context)


@router.post("/batches/{batch_id}/findings")
def close_group(
    mes: MesDep,
    who: SignerDep,
    batch_id: str,
    verdict_id: Text,
    rule: Text,
    seen: Text,
    closure: Annotated[Closure, Form()],
    reason: Text,
    password: SignatureDep,
    outcome: Text = "",
    hand_to: Text = "",
) -> Response:
    """Close the open findings of one rule, and their deviations as far as this person may, with one signature."""
    newest = next(iter(mes.verdicts(batch_id)), None)
    group = next((one for one in batch_facts.grouped(newest, mes.deviations(batch_id)) if one.rule == rule), None)
    if newest is None or newest.verdict_id != verdict_id or group is None or group.seen != seen:
        raise Stale(f"The findings of {rule} on batch {batch_id} have changed since you looked: read them again.")
    about = {"finding_ids": [one.finding_id for one in group.open], "closure": closure, "reason": reason}
    if closure is Closure.ESCALATED and hand_to.strip():
        about["hand_to"] = hand_to.strip()
    if outcome:
        about |= {"outcome": outcome, "deviation_keys": [one.deviation_key for one in group.to_end]}
    done = mes.close_findings(batch_id, show.message(d.CloseFindings, {**about, **password}), who)
    said = f"Signed: {done.findings} findings closed as {closure}, {len(done.ended)} deviations ended."
    return _back(batch_id, " ".join((said, *done.remain)))


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
def request_review(mes: MesDep, who: SignerDep, batch_id: str, reason: Text, then: Text = "") -> Response:
    """Queue a new review by the bot, with fresh readings; and watch it, where that was asked for."""
    item = mes.request_review(batch_id, show.message(v.ReviewAgain, {"reason": reason}), who)
    if then == "watch":
        said = "The review is queued: a worker takes it at once where one is free."
        return notes.back(f"/work-items/{quote(item.item_id, safe='')}/live", said)
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
    typed_number: Text = "",
) -> Response:
    """Sign a disposition; to reject, which nobody can undo, the number of the batch is typed as well."""
    if disposition is v.Disposition.REJECTED and typed_number.strip() != batch_id:
        raise Invalid(f"To reject batch {batch_id}, type its number: {typed_number.strip()!r} is another.")
    body = {
        "disposition": disposition,
        "verdict_id": verdict_id,
        "record_hash": record_hash,
        "reason": reason,
        "meaning": show.MEANINGS[disposition],
        **password,
    }
    mes.dispose(batch_id, show.message(v.SignDisposition, body), who)
    return _back(batch_id, f"Signed: {disposition}. {show.MEANINGS[disposition]}")


@router.post("/batches/{batch_id}/holds/{hold_id}/lift")
def lift_hold(
    mes: MesDep, who: SignerDep, batch_id: str, hold_id: str, reason: Text, password: SignatureDep
) -> Response:
    """Lift a hold, signed."""
    if hold_id not in {one.hold_id for one in mes.get_batch(batch_id).holds}:
        raise NotFound(f"Batch {batch_id} has no hold {hold_id!r}: open the batch and choose one of its holds.")
    lifted = mes.lift_hold(hold_id, show.message(v.LiftHold, {"reason": reason, **password}), who)
    return _back(lifted.batch_id, "The hold is lifted.")


def _back(batch_id: str, said: str) -> RedirectResponse:
    return notes.back(f"/batches/{quote(batch_id, safe='')}", said)
