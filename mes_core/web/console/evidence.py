"""Evidence in the console: the files of an attempt, from its folder or, where that was removed, from its capsule.

Evidence holds pages of other people's systems, so it is never a page of the console: text is shown as text, and a
document in a frame that may do nothing. The frame's address carries a key for the files of this attempt, for a quarter
of an hour: an own origin, which a frame without rights has, gets no cookies, and the pictures of a log are to be seen.
"""

import hashlib
import hmac
import time
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from mes_core.domain.errors import NotFound
from mes_core.messages.capsules import SUFFIX
from mes_core.services import Mes
from mes_core.services.ports.vault import Vault
from mes_core.web.console import show
from mes_core.web.console.evidence_files import Attempt, attempt_of, kind_of
from mes_core.web.console.session import PersonDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
_FRAME_S = 15 * 60
_INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@router.get("/evidence/{path:path}")
def evidence(request: Request, mes: MesDep, who: PersonDep, path: str) -> Response:
    """A file of the evidence folder, or the list of an attempt's files; nothing outside the folder."""
    attempt, inside = _attempt(request, mes, path)
    if not attempt.holds(inside):
        return _listed(request, who, attempt, inside)
    kind = kind_of(inside)
    if kind.framed:
        key = _key(request, attempt.path)
        source = f"/evidence-frame/{key}/{quote(attempt.path)}/{quote(inside)}"
        facts = {"who": who, "attempt": attempt, "name": inside, "source": source, "doubt": attempt.doubt(inside)}
        return show.page(request, "evidence_frame.html", facts)
    headers = dict(_INERT)
    if not kind.shown:
        headers["Content-Disposition"] = f"attachment; filename*=utf-8''{quote(inside.rpartition('/')[2])}"
    return Response(attempt.read(inside), media_type=kind.media_type, headers=headers)


@router.get("/evidence-frame/{key}/{path:path}")
def framed(request: Request, mes: MesDep, key: str, path: str) -> Response:
    """A file within a frame of the page above: its key stands for the session, which a frame without rights has not."""
    if not _fits(request, key, "/".join(PurePosixPath(path).parts[:2])):  # before anything is looked for
        raise NotFound("This view of the evidence is over: open it again from the console.")
    attempt, inside = _attempt(request, mes, path)
    if request.headers.get("sec-fetch-dest") == "document":  # never a page by itself, in the console's place
        return RedirectResponse(f"/evidence/{quote(path)}", HTTPStatus.SEE_OTHER)
    kind = kind_of(inside)
    if not (kind.framed or kind.shown):
        raise NotFound(f"{inside!r} is not shown in a frame: take it from the list of files.")
    return Response(attempt.read(inside), media_type=kind.media_type, headers=_headers(request, key, attempt, inside))


def _attempt(request: Request, mes: Mes, path: str) -> tuple[Attempt, str]:
    folder: Path | None = request.app.state.evidence
    if folder is None:
        raise NotFound("This server does not show evidence: start it with 'batchwright serve'.")
    vault: Vault | None = request.app.state.vault
    parts = PurePosixPath(path).parts
    if vault is not None and len(parts) >= 2 and ".." not in parts and "\0" not in path:
        vault.bring(f"{parts[0]}/{parts[1]}{SUFFIX}")
    attempt, inside = attempt_of(folder, path)
    if not attempt.path:
        return attempt, inside
    batch = attempt.path.partition("/")[0]
    seals = mes.seals(batch) or mes.seals(batch.replace("_", ":", 1))
    return replace(attempt, sealed_by=seals.get(f"evidence/{attempt.path}", "")), inside


def _headers(request: Request, key: str, attempt: Attempt, inside: str) -> dict[str, str]:
    """What a document in the frame may do: show itself, with pictures of its own attempt.

    Robot Framework's log is written by its own script, which makes functions of texts (jQuery.tmpl). It runs where the
    folder's seal vouches that the file is that log, without the console's origin, and can send nothing anywhere.
    """
    here = f"{request.url.scheme}://{request.url.netloc}/evidence-frame/{key}/{quote(attempt.path)}/"
    runs = inside == "log.html" and not attempt.doubt(inside)
    script = "script-src 'unsafe-inline' 'unsafe-eval'; " if runs else ""
    policy = (
        f"sandbox{' allow-scripts' if runs else ''}; default-src 'none'; {script}style-src 'unsafe-inline';"
        f" img-src {here} data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    return {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}


def _listed(request: Request, who: PersonDep, attempt: Attempt, inside: str) -> Response:
    names = attempt.names(inside)
    if not names:
        raise NotFound(f"There is no evidence {attempt.path}/{inside}: it may have been moved or deleted.")
    facts = {"who": who, "attempt": attempt, "names": names, "doubts": {name: attempt.doubt(name) for name in names}}
    return show.page(request, "evidence.html", facts)


def _key(request: Request, path: str) -> str:
    until = int(time.time()) + _FRAME_S
    return f"{until}-{_mac(request, until, path)}"


def _fits(request: Request, key: str, path: str) -> bool:
    until, _, mac = key.partition("-")
    if not (until.isascii() and until.isdigit() and len(until) < 20) or int(until) < time.time():
        return False
    return hmac.compare_digest(mac.encode(errors="replace"), _mac(request, int(until), path).encode())


def _mac(request: Request, until: int, path: str) -> str:
    secret: bytes = request.app.state.frame_secret
    return hmac.new(secret, f"{until}:{path}".encode(), hashlib.sha256).hexdigest()
