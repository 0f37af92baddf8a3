"""RegGate's pages and store."""

import hashlib
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from twin.sites._kit.agency import FORMS, Judging, Policy, problem_of
from twin.sites._kit.forms import Answer
from twin.sites._kit.lists import Column, ListSpec
from twin.sites._kit.site import Clock, Site
from twin.sites._kit.store import Row, Store

_TABLES = {
    "submissions": (
        "acknowledgement",
        "form",
        "applicant_reference",
        "product",
        "document",
        "document_sha256",
        "received_at",
        "received_by",
        "status",
        "reasons",
        "declared_by",
        "problem",
    )
}
_REFERENCE = Column("Applicant reference", "applicant_reference")
SUBMISSIONS = ListSpec(
    "/submissions",
    "submissions",
    "Submissions",
    (
        Column("Acknowledgement", "acknowledgement", link="/submissions"),
        Column("Form", "form"),
        _REFERENCE,
        Column("Product", "product"),
        Column("Received at", "received_at", "time"),
        Column("Status", "status", "status"),
        Column("Reasons", "reasons"),
    ),
    (_REFERENCE,),
)
_LABELS = {"form": "Form", "product": "Product", "applicant_reference": "Applicant reference"}
_DECLARED = {"declared_by": "Declared by"}
_PLAIN = Policy()
_DECLARE = "I declare that the information is complete"


def _store(path: Path) -> Store:
    return Store(path, _TABLES)


def seed(store_path: Path, *, submissions: Iterable[Mapping[str, Any]] = ()) -> None:
    """Make the store, with earlier submissions if there are any."""
    _store(store_path).add("submissions", submissions)


def submissions(store_path: Path) -> list[Row]:
    """Submissions as received, for tests and summaries."""
    return _store(store_path).find("submissions")


def _check(answer: Answer, *, closed: bool) -> None:
    """Complain of what is wrong with a submission."""
    answer.need(_LABELS | _DECLARED)
    if closed:
        answer.complaints.append("RegGate is closed for announced work and takes no submissions now.")
    if answer.values.get("form") and answer.values["form"] not in FORMS:
        answer.complaints.append("Form must be one of the list.")
    answer.allow_upload("document", "Document", (".xlsx", ".xml"), required=True)
    answer.need_check("declared", _DECLARE)
    if answer.uploads.get("document") and answer.uploads["document"].name.lower().endswith(".xlsx"):
        answer.need_sheet("document", "Document", "Form")


def _row(answer: Answer, received_at: str, received_by: str) -> dict[str, str]:
    """A submission as it is kept."""
    document = answer.uploads["document"]
    return {key: answer.values[key] for key in (*_LABELS, *_DECLARED)} | {
        "document": document.name,
        "document_sha256": hashlib.sha256(document.content).hexdigest(),
        "received_at": received_at,
        "received_by": received_by,
        "status": "Received",
        "problem": problem_of(document),
    }


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str], policy: Policy = _PLAIN) -> Starlette:
    """RegGate as an ASGI application; `policy` says how the authority behaves."""
    site = Site("RegGate", Path(__file__).parent, _store(store_path), (SUBMISSIONS,), clock, accounts)

    def new(request: Request, status: int = HTTPStatus.OK, **more: Any) -> Response:
        return site.show(request, "new_submission.html", status, forms=FORMS, declare=_DECLARE, **more)

    def submit(request: Request, answer: Answer) -> Response:
        _check(answer, closed=policy.is_closed(clock()))
        if answer.complaints:
            return new(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints, values=answer.values)
        row = _row(answer, clock().isoformat(timespec="seconds"), site.user(request) or "")
        year = f"{clock():%Y}"
        acknowledgement = site.store.add_numbered(
            "submissions", row, "acknowledgement", lambda seq: f"RG-{year}-{seq:06d}"
        )
        return RedirectResponse(f"/submissions/{acknowledgement}?new=1", HTTPStatus.SEE_OTHER)

    def _found(request: Request) -> Row | None:
        rows = site.store.find("submissions", acknowledgement=request.path_params["number"], limit=1)
        return rows[0] if rows else None

    def submission(request: Request) -> Response:
        row = _found(request)
        if row is None:
            return site.missing(request, f"Submission {request.path_params['number']}")
        return site.show(request, "submission.html", submission=row, new=request.query_params.get("new") == "1")

    def acknowledgement(request: Request) -> Response:
        row = _found(request)
        if row is None:
            return site.missing(request, f"Submission {request.path_params['number']}")
        lines = [f"{column.header}: {row[column.key]}" for column in SUBMISSIONS.columns]
        lines += [f"Document: {row['document']}", f"SHA-256 of the document: {row['document_sha256']}"]
        headers = {"Content-Disposition": f'attachment; filename="{row["acknowledgement"]}.txt"'}
        return PlainTextResponse("\n".join(lines) + "\n", headers=headers)

    site.add("/submissions/new", new)
    site.add_form("/submissions/new", submit)
    site.add("/submissions/{number}", submission)
    site.add("/submissions/{number}/acknowledgement", acknowledgement)
    app = site.app()
    app.add_middleware(Judging, policy=policy, store=site.store, clock=clock)
    return app
