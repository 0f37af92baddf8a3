"""The page of the plant: master records and settings; and the form of the gates of a supply."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes_core.domain.errors import Invalid
from mes_core.messages import gates as g
from mes_core.messages import masters as m
from mes_core.messages import settings as s
from mes_core.web.console import notes, show
from mes_core.web.console.session import PersonDep, SignatureDep, SignerDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]


@router.get("/plant")
def plant(request: Request, mes: MesDep, who: PersonDep) -> HTMLResponse:
    """Master records with their versions, and what a signature takes."""
    context = {"who": who, "masters": mes.masters(), "settings": mes.settings()}
    return show.page(request, "plant.html", context)


@router.post("/plant/master")
def approve_master(
    mes: MesDep, who: SignerDep, master_id: Text, effective_on: Text, reason: Text, password: SignatureDep
) -> Response:
    """Approve a version of a master record, signed."""
    body = show.message(m.ApproveMaster, {"effective_on": effective_on, "reason": reason, **password})
    done = mes.approve_master(master_id, body, who)
    return _plant(f"{done.master_id} is approved and effective from {done.effective_on} on.")


@router.post("/plant/signing")
def change_signing(mes: MesDep, who: SignerDep, signing: Text, reason: Text, password: SignatureDep) -> Response:
    """Change what a signature takes, signed."""
    mes.change_signing(show.message(s.ChangeSigning, {"signing": signing, "reason": reason, **password}), who)
    return _plant("Signed: what a signature takes is changed.")


@router.post("/batches/{batch_id}/supply-gate")
def record_gate(
    mes: MesDep,
    who: SignerDep,
    batch_id: str,
    gate: Text,
    reference: Text,
    given_by: Text,
    given_at: Text,
    text: Text,
    password: SignatureDep,
) -> Response:
    """Record a gate of a supply outside of specification, signed."""
    body = {"gate": gate, "reference": reference, "given_by": given_by, "given_at": _time(given_at), "text": text}
    mes.record_gate(batch_id, show.message(g.NewGate, {**body, **password}), who)
    return notes.back(f"/batches/{quote(batch_id, safe='')}", "Signed: the gate is recorded.")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(f"The time {text!r} can't be taken: go back and choose it again.") from None


def _plant(said: str) -> RedirectResponse:
    return notes.back("/plant", said)
