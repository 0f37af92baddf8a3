"""Lists that people begin with: batches, exceptions over batches, what can be signed, and the search."""

from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes_core.messages import RecordKind, VerdictKind
from mes_core.messages import views as v
from mes_core.web.console import show
from mes_core.web.console.session import PersonDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
Page = Annotated[int, Query(ge=1, le=100_000)]
Word = Annotated[str, Query(max_length=200)]
_PAGE = 50
_FEW = 25
_ORDERS = {"exceptions": "what needs a person", "infusion": "infusion", "changed": "newest", "number": "number"}


@router.get("/")
def batches(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    state: v.BatchState | None = None,
    kind: RecordKind | None = None,
    verdict: VerdictKind | None = None,
    order: Literal["exceptions", "infusion", "changed", "number"] = "exceptions",
    page: Page = 1,
) -> HTMLResponse:
    """The list of batches, exceptions first, in an order over all of them."""
    chosen = {"state": state, "kind": kind, "verdict": verdict}
    asked = {name: value.value for name, value in chosen.items() if value is not None}
    board = mes.board(**asked, order=order, limit=_PAGE, offset=(page - 1) * _PAGE)
    kept = {**asked, **({"order": order} if order != "exceptions" else {})}
    context = {
        "who": who,
        "board": board,
        "everything": sum(board.counts.values()),
        "asked": kept,
        "orders": _ORDERS,
        "kinds": list(RecordKind),
        "verdicts": list(VerdictKind),
        "pager": pager("/", kept, page, board.total, _PAGE),
        "link": link("/", kept),
    }
    return show.page(request, "batches.html", context)


@router.get("/exceptions")
def exceptions(
    request: Request,
    mes: MesDep,
    who: PersonDep,
    rule: Word = "",
    whose: Literal["", "mine", "nobody"] = "",
    page: Page = 1,
) -> HTMLResponse:
    """What holds batches, and who works on it: a row for each rule and batch, the next infusion first."""
    of = {"": None, "mine": who.user, "nobody": ""}[whose]
    found = mes.exceptions(rule=rule or None, whose=of, limit=_FEW, offset=(page - 1) * _FEW)
    kept = {name: value for name, value in (("rule", rule), ("whose", whose)) if value}
    context = {
        "who": who,
        "found": found,
        "rule": rule,
        "whose": whose,
        "colleagues": mes.colleagues(),
        "link": link("/exceptions", kept),
        "pager": pager("/exceptions", kept, page, found.batches, _FEW),
    }
    return show.page(request, "exceptions.html", context)


@router.get("/release")
def release(request: Request, mes: MesDep, who: PersonDep, page: Page = 1) -> HTMLResponse:
    """Batches that reviews found ready: those that this person can sign, and why not the others."""
    board = mes.release_board(who, limit=_FEW, offset=(page - 1) * _FEW)
    context = {
        "who": who,
        "ready": [one for one in board.lines if not one.why],
        "blocked": [one for one in board.lines if one.why],
        "total": board.total,
        "conditional": board.counts.get("conditionally_released", 0) + board.counts.get("conditionally_shipped", 0),
        "pager": pager("/release", {}, page, board.total, _FEW),
    }
    return show.page(request, "release.html", context)


@router.get("/search")
def search(request: Request, mes: MesDep, who: PersonDep, q: Word = "") -> Response:
    """What a text leads to; one batch that has exactly this number is opened at once."""
    hits = mes.search(q)
    exact = {one.batch_id for one in hits if one.kind == "batch" and one.key == q.strip()}
    if len(exact) == 1:
        return RedirectResponse(f"/batches/{quote(exact.pop(), safe='')}", 303)
    return show.page(request, "search.html", {"who": who, "q": q, "hits": hits})


def link(path: str, kept: dict[str, str]) -> "Link":
    """Addresses of the same list with other filters."""
    return Link(path, kept)


class Link:
    """Makes addresses: `link(state="ready")` keeps the other filters, `link(state="")` takes this one off."""

    def __init__(self, path: str, kept: dict[str, str]) -> None:
        self._path, self._kept = path, kept

    def __call__(self, **changed: str) -> str:
        """The address."""
        asked = urlencode({name: value for name, value in {**self._kept, **changed}.items() if value})
        return f"{self._path}?{asked}" if asked else self._path


def pager(path: str, kept: dict[str, str], page: int, total: int, size: int) -> dict[str, object]:
    """What the foot of a list shows: which page of how many, and where the neighbours are."""
    pages = max(1, -(-total // size))
    to = Link(path, kept)
    return {
        "number": page,
        "pages": pages,
        "before": to(page=str(min(page - 1, pages))) if page > 1 else "",
        "after": to(page=str(page + 1)) if page < pages else "",
    }
