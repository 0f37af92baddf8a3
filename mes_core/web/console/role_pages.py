"""Homes of roles: flow for the plant manager, shipments, clocks, bots, and the audit trail for the inspector."""

import csv
import io
import json
import threading
import unicodedata
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from mes_core.domain.errors import Invalid, Unavailable
from mes_core.messages import filing as f
from mes_core.services.people.in_force import CHAINS
from mes_core.web.console import chart, notes, show
from mes_core.web.console.board_pages import Page, Word, link, pager
from mes_core.web.console.session import PersonDep, SignerDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(min_length=3, max_length=1000)]
Shown = Annotated[Literal["running", "late", "approval", "accepted", "not_applicable", "all"], Query(alias="show")]
_PAGE, _FEW = 50, 25
_MOST_EXPORTED = 100_000
_FORMULAS = frozenset("=+-@")
_VERIFYING = threading.Lock()
_RUNNING = ("open", "drafted", "approved", "submitted", "rejected")
SYSTEM_CHAINS = tuple(
    sorted({*CHAINS.values(), "system:users", "system:register", "system:due", "system:settings", "system:filings"})
)


@router.get("/flow")
def flow(request: Request, mes: MesDep, who: PersonDep) -> HTMLResponse:
    """The plant at a glance: stages, holds by rule, right first time, what bots came to."""
    causes = mes.exceptions(limit=0)
    found = mes.flow()
    drawn = chart.stages(found.stages, {state.value: words for state, words in show.STATE_WORDS.items()})
    return show.page(request, "flow.html", {"who": who, "flow": found, "rules": causes.rules, "chart": drawn})


@router.get("/shipments")
def shipments(request: Request, mes: MesDep, who: PersonDep, page: Page = 1) -> HTMLResponse:
    """Batches that are to leave, with their ways and what each is worth."""
    ways, total = mes.shipments(limit=_FEW, offset=(page - 1) * _FEW)
    context = {"who": who, "ways": ways, "total": total, "pager": pager("/shipments", {}, page, total, _FEW)}
    return show.page(request, "shipments.html", context)


@router.get("/clocks")
def clocks(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    show_: Shown = "running",
    page: Page = 1,
) -> HTMLResponse:
    """Filings by where they stand: late, due, waiting for approval, accepted, not applicable and why."""
    now, everything = mes.now(), mes.all_filings()
    sets = {
        "running": [one for one in everything if one.status in _RUNNING],
        "late": [one for one in everything if one.status in _RUNNING and one.due_at and one.due_at < now],
        "approval": [one for one in everything if one.status == f.FilingStatus.DRAFTED],
        "accepted": [one for one in everything if one.status == f.FilingStatus.ACCEPTED],
        "not_applicable": [one for one in everything if one.status == f.FilingStatus.NOT_APPLICABLE],
        "all": list(everything),
    }
    chosen = sets[show_]
    context = {
        "who": who,
        "now": now,
        "running": _RUNNING,
        "sets": {name: len(found) for name, found in sets.items()},
        "chosen": show_,
        "filings": chosen[(page - 1) * _PAGE : page * _PAGE],
        "pager": pager("/clocks", {"show": show_}, page, len(chosen), _PAGE),
    }
    return show.page(request, "clocks.html", context)


@router.get("/work")
def work(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    state: Literal["", "queued", "running", "waiting", "done", "cancelled"] = "",
    job: Word = "",
    page: Page = 1,
) -> HTMLResponse:
    """Work items: what waits for a person first, what runs and by whom, what is queued."""
    queue = mes.queue(state=state or None, job=job or None, limit=_PAGE, offset=(page - 1) * _PAGE)
    kept = {"state": state, **({"job": job} if job else {})}
    context = {
        "who": who,
        "queue": queue,
        "state": state,
        "job": job,
        "link": link("/work", {name: value for name, value in kept.items() if value}),
        "pager": pager("/work", kept, page, queue.total, _PAGE),
    }
    return show.page(request, "work.html", context)


@router.post("/work-items/{item_id}/{act}")
def change_item(
    mes: MesDep, who: SignerDep, item_id: str, act: Literal["retry", "cancel", "adopt"], reason: Text
) -> Response:
    """Try an item again, cancel it, or take it from a worker that is gone; with a reason, which the trail keeps."""
    do = {"retry": mes.retry_item, "cancel": mes.cancel_item, "adopt": mes.adopt_item}[act]
    done = do(item_id, reason, who)
    said = {"retry": "is queued again", "cancel": "is cancelled", "adopt": "is taken from its worker and queued"}[act]
    return notes.back("/work", f"{done.job.replace('_', ' ').capitalize()} of {done.batch_id} {said}.")


@router.get("/audit")
def audit(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    chain: Word = "",
    user: Word = "",
    action: Word = "",
    page: Page = 1,
) -> HTMLResponse:
    """The audit trail, whole values, by chain, person and action; nothing can be changed here."""
    kept = {name: value for name, value in (("chain", chain), ("user", user), ("action", action)) if value}
    asked = {"user": user or None, "action": action or None}
    entries = mes.chain(chain, **asked, limit=_FEW, offset=(page - 1) * _FEW) if chain else None
    versions = mes.record_versions(chain) if entries and entries.total and not chain.startswith("system:") else ()
    signed = mes.signatures(chain) if versions else ()
    context = {
        "who": who,
        "chains": SYSTEM_CHAINS,
        "chain": chain,
        "user_name": user,
        "action": action,
        "entries": entries,
        "versions": versions,
        "signatures": signed,
        "link": link("/audit", kept),
        "export": link("/audit/export", kept)(),
        "pager": pager("/audit", kept, page, entries.total if entries else 0, _FEW),
    }
    return show.page(request, "audit.html", context)


@router.get("/audit/export")
def export_audit(mes: MesDep, who: PersonDep, chain: Word, user: Word = "", action: Word = "") -> Response:
    """A chain as CSV, whole values, oldest first; cells that a sheet would take for formulas are kept as text."""
    del who
    found = mes.chain(chain, user=user or None, action=action or None, limit=_MOST_EXPORTED)
    if found.total > len(found.items):
        raise Invalid(
            f"The chain {chain} has {found.total:,} such entries, and one sheet takes {_MOST_EXPORTED:,}: choose a"
            " person or an action."
        )
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["number", "at", "user", "action", "subject", "old", "new", "why", "previous_hash", "entry_hash"])
    for one in reversed(found.items):
        values = (one.user, one.action, one.subject, _json(one.old), _json(one.new), one.why or "")
        sheet.writerow([one.number, one.at.isoformat(), *map(_text, values), one.previous_hash, one.entry_hash])
    name = "".join(letter if letter.isalnum() else "-" for letter in chain)
    headers = {"Content-Disposition": f'attachment; filename="audit-{name.encode("ascii", "replace").decode()}.csv"'}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/audit/verification")
def verification(request: Request, mes: MesDep, who: PersonDep) -> HTMLResponse:
    """Every chain checked now, and what the store holds against it: one at a time, as it reads everything."""
    if not _VERIFYING.acquire(blocking=False):
        raise Unavailable("The trail is being verified for somebody else: open this page again in a minute.")
    try:
        found = mes.verify_audit()
    finally:
        _VERIFYING.release()
    context = {"who": who, "problems": found[:200], "more": max(0, len(found) - 200), "now": mes.now()}
    return show.page(request, "verification.html", context)


def _json(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _text(value: str) -> str:
    """A cell that no sheet takes for a formula, whatever stands before the sign or however wide it is written."""
    first = unicodedata.normalize("NFKC", value.lstrip()[:1])
    return f"'{value}" if first in _FORMULAS or value[:1] in "\t\r\n" else value
