"""The JSON API of evidence: capsules come in from the bots' machines, and are read by whoever is logged in."""

from base64 import b64decode

from fastapi import APIRouter, Request, Response

from mes_core.domain.errors import NotFound
from mes_core.messages import evidence as e
from mes_core.messages import views as v
from mes_core.messages.capsules import SUFFIX
from mes_core.services.ports.vault import Vault
from mes_core.web.paging import PartDep, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")


def _vault(request: Request) -> Vault:
    vault: Vault | None = request.app.state.vault
    if vault is None:
        raise NotFound("This server keeps no evidence: start it with 'batchwright serve'.")
    return vault


@router.get("/work-items/{item_id}/attempts")
def attempts(
    item_id: str, request: Request, mes: MesDep, who: CallerDep, part: PartDep, kept: bool | None = None
) -> v.Page[e.AttemptView]:
    """Attempts at an item, the oldest first, and whether their capsules are kept here."""
    del who
    vault: Vault | None = request.app.state.vault
    found = mes.attempts(item_id)
    if vault is not None:
        found = tuple(
            one.model_copy(
                update={"kept": bool(one.folder) and vault.kept(mes.capsule_path(item_id, one.folder))},
            )
            for one in found
        )
    return page(v.Page[e.AttemptView], found, part, kept=kept)


@router.post("/work-items/{item_id}/capsules")
def send_capsule(item_id: str, body: e.CapsulePart, request: Request, mes: MesDep, who: CallerDep) -> e.CapsuleView:
    """Send a piece of the capsule of an attempt, or ask how much has arrived (bots only, from the attempt's host)."""
    what = mes.arriving(item_id, body, who)
    vault = _vault(request)
    received = vault.add(what, body.offset, b64decode(body.content)) if body.content else vault.received(what)
    kept = received == what.size
    if kept:
        mes.has_arrived(what, who)
    return e.CapsuleView(path=what.path.removesuffix(SUFFIX), received=received, kept=kept)


@router.get(
    "/work-items/{item_id}/capsules/{folder}",
    response_class=Response,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
def capsule(item_id: str, folder: str, request: Request, mes: MesDep, who: CallerDep) -> Response:
    """The capsule of an attempt, by the name of its folder."""
    del who
    content = _vault(request).read(mes.capsule_path(item_id, folder))
    return Response(content, media_type="application/zip")
