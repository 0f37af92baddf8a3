"""Forms about who works on what: causes that hold batches, and things that are due."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form
from fastapi.responses import Response

from mes_core.messages import causes as c
from mes_core.web.console import notes, show
from mes_core.web.console.session import SignerDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]
_LISTS = frozenset({"", "mine", "nobody"})


@router.post("/exceptions/note")
def note_cause(
    mes: MesDep,
    who: SignerDep,
    batch_id: Text,
    rule: Text,
    act: Text,
    after: Annotated[int, Form(ge=0)],
    text: Text = "",
    to: Text = "",
    back: Text = "",
) -> Response:
    """Take a cause, hand it over, give it back, or remark on it."""
    chosen = to.strip() if act == c.CauseAct.HANDED else ""
    body = {"rule": rule, "act": act, "text": text, "after": after, "to": chosen or None}
    done = mes.note_cause(batch_id, show.message(c.NewCauseNote, body), who)
    hands = {c.CauseAct.TAKEN: "is yours", c.CauseAct.GIVEN_BACK: "is nobody's again"}
    hands |= {c.CauseAct.HANDED: f"is handed over to {done.owner_name}", c.CauseAct.REMARK: "has your remark"}
    return notes.back(_page(back, batch_id), f"{rule} of batch {batch_id} {hands[done.act]}.")


@router.post("/due/owner")
def hand_due(mes: MesDep, who: SignerDep, due_id: Text, text: Text, seen: Text = "", to: Text = "") -> Response:
    """Take on something that is due, or hand it to a colleague."""
    body = {"to": to.strip() or who.user, "text": text, "seen": seen or None}
    done = mes.hand_due(due_id, show.message(c.HandDue, body), who)
    hands = "is yours" if done.owner == who.user else f"is handed over to {done.owner}"
    return notes.back("/due", f"{done.text[:200]} This {hands}.")


def _page(back: str, batch_id: str) -> str:
    """The page that the form stood on: the batch, or the list of exceptions with one of its filters."""
    if back == "batch":
        return f"/batches/{quote(batch_id, safe='')}"
    return f"/exceptions?{urlencode({'whose': back})}" if back in _LISTS and back else "/exceptions"
