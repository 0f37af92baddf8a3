"""RegGate's pages and store."""

import hashlib
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

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
    ),
    (_REFERENCE,),
)
FORMS = (
    "Distribution report",
    "Release register entry",
    "Traceability record",
    "Biological product deviation report",
    "Shipment notification",
)
"""Forms that the portal takes."""

_LABELS = {"form": "Form", "product": "Product", "applicant_reference": "Applicant reference"}
_DECLARE = "I declare that the information is complete"


def _store(path: Path) -> Store:
    return Store(path, _TABLES)


def seed(store_path: Path, *, submissions: Iterable[Mapping[str, Any]] = ()) -> None:
    """Make the store, with earlier submissions if there are any."""
    _store(store_path).add("submissions", submissions)


def submissions(store_path: Path) -> list[Row]:
    """Submissions as received, for tests and summaries."""
    return _store(store_path).find("submissions")


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str]) -> Starlette:
    """RegGate as an ASGI application."""
    site = Site("RegGate", Path(__file__).parent, _store(store_path), (SUBMISSIONS,), clock, accounts)

    def new(request: Request, status: int = HTTPStatus.OK, **more: Any) -> Response:
        return site.show(request, "new_submission.html", status, forms=FORMS, declare=_DECLARE, **more)

    def submit(request: Request, answer: Answer) -> Response:
        answer.need(_LABELS)
        if answer.values.get("form") and answer.values["form"] not in FORMS:
            answer.complaints.append("Form must be one of the list.")
        answer.allow_upload("document", "Document", (".xlsx",), required=True)
        answer.need_check("declared", _DECLARE)
        answer.need_sheet("document", "Document", "Form")
        if answer.complaints:
            return new(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints, values=answer.values)
        document = answer.uploads["document"]
        row = {key: answer.values[key] for key in _LABELS} | {
            "document": document.name,
            "document_sha256": hashlib.sha256(document.content).hexdigest(),
            "received_at": clock().isoformat(timespec="seconds"),
            "received_by": site.user(request) or "",
            "status": "Received",
        }
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
    return site.app()
