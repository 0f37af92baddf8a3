"""The page of what is due, and the forms around conditional release."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes_core.domain import due
from mes_core.domain.errors import Invalid
from mes_core.messages import conditional as c
from mes_core.messages import views as v
from mes_core.web.console import notes, show
from mes_core.web.console.board_pages import Page, Word, pager
from mes_core.web.console.session import PersonDep, SignatureDep, SignerDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]
_SHOWN = 50


@router.get("/due")
def due_page(
    request: Request, mes: MesDep, who: PersonDep, mine: bool = False, role: Word = "", page: Page = 1
) -> HTMLResponse:
    """What is due, soonest first, with the newest reminders and escalations; of a role, or of one's own."""
    own = sorted(who.roles)
    asked = role or (own[0] if mine and own else "")
    board = mes.due_board(role=asked or None, limit=_SHOWN, offset=(page - 1) * _SHOWN)
    context: dict[str, Any] = {
        "who": who,
        "now": mes.now(),
        "board": board,
        "everything": sum(board.roles.values()),
        "own": own,
        "role": asked,
        "signed_off": due.SIGNED_OFF,
        "pager": pager("/due", {"role": asked} if asked else {}, page, board.total, _SHOWN),
    }
    return show.page(request, "due.html", context)


@router.get("/register")
def register_page(request: Request, mes: MesDep, who: PersonDep) -> HTMLResponse:
    """The register of certifications, newest first."""
    return show.page(request, "register.html", {"who": who, "entries": mes.register()[::-1]})


@router.post("/due/done")
def finish_due(mes: MesDep, who: SignerDep, due_id: Text, note: Text, password: SignatureDep) -> Response:
    """Sign that a notice was given, or a report looked into."""
    body = show.message(c.DueDone, {"note": note, **password})
    done = mes.finish_due(due_id, body, who)
    return notes.back("/due", f"Signed: {done.text}")


@router.post("/batches/{batch_id}/conditional")
def release_conditionally(
    mes: MesDep,
    who: SignerDep,
    batch_id: str,
    verdict_id: Text,
    record_hash: Text,
    reason: Text,
    password: SignatureDep,
    sterility_so_far: Text = "",
    sterility_expected: Text = "",
    mycoplasma_so_far: Text = "",
    mycoplasma_expected: Text = "",
) -> Response:
    """Certify a batch whose final results are still to come."""
    given = (
        (c.FinalTest.STERILITY, sterility_so_far, sterility_expected),
        (c.FinalTest.MYCOPLASMA, mycoplasma_so_far, mycoplasma_expected),
    )
    pending = [
        {"test": test, "so_far": so_far, "expected_at": _day(expected, test.value)}
        for test, so_far, expected in given
        if so_far or expected
    ]
    body = {
        "disposition": v.Disposition.CONDITIONALLY_RELEASED,
        "verdict_id": verdict_id,
        "record_hash": record_hash,
        "pending": pending,
        "reason": reason,
        "meaning": show.MEANINGS[v.Disposition.CONDITIONALLY_RELEASED],
        **password,
    }
    mes.dispose(batch_id, show.message(v.SignDisposition, body), who)
    return _back(batch_id, "Signed: released conditionally. The final results are on the list of what is due.")


@router.post("/batches/{batch_id}/final-result")
def note_final_result(
    mes: MesDep, who: SignerDep, batch_id: str, test: Text, outcome: Text, source: Text, password: SignatureDep
) -> Response:
    """Note a final result, signed."""
    body = {"test": test, "outcome": outcome, "reported_at": mes.now(), "source": source, **password}
    mes.note_final_result(batch_id, show.message(c.SignFinalResult, body), who)
    said = "positive: the batch is stopped, see who must be told below" if outcome == "positive" else "negative"
    return _back(batch_id, f"The final result of {test} is noted as {said}.")


def _day(text: str, test: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid(f"The day on which {test} ends can't be taken ({text!r}): go back and choose it again.") from None


def _back(batch_id: str, said: str) -> RedirectResponse:
    return notes.back(f"/batches/{quote(batch_id, safe='')}", said)
