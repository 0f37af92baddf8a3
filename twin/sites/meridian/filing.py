"""Meridian Filing: the document comes first, then what it is about, then a statement, then it is sent."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from twin.sites._kit.agency import FORMS, Judging, Policy, problem_of
from twin.sites._kit.forms import Answer, Upload
from twin.sites._kit.lists import Column, ListSpec
from twin.sites._kit.site import Clock
from twin.sites._kit.store import Row, Store
from twin.sites._kit.wizard import Field, Step, Wizard, add_wizard
from twin.sites.meridian.suite import done, one, suite_site

_TABLES = {
    "submissions": (
        *("acknowledgement", "form", "applicant_reference", "product", "document", "document_sha256"),
        *("received_at", "received_by", "status", "reasons", "declared_by", "problem"),
    )
}
_PLAIN = Policy()
_REFERENCE = Column("Sender's reference", "applicant_reference")
REPORTS = ListSpec(
    "/reports",
    "submissions",
    "Reports",
    (
        Column("State", "status", "status"),
        _REFERENCE,
        Column("Type of report", "form"),
        Column("Medicinal product", "product"),
        Column("Receipt", "acknowledgement", link="/reports"),
        Column("Arrived", "received_at", "time"),
        Column("Remarks", "reasons"),
    ),
    (_REFERENCE,),
)


def seed(store_path: Path, *, submissions: Iterable[Mapping[str, Any]] = ()) -> None:
    """Make the store, with earlier reports if there are any."""
    Store(store_path, _TABLES).add("submissions", submissions)


def submissions(store_path: Path) -> list[Row]:
    """Reports as received."""
    return Store(store_path, _TABLES).find("submissions")


def _workbook(answer: Answer) -> None:
    answer.allow_upload("document", "Report file", (".xlsx", ".xml"), required=True)
    if answer.uploads.get("document") and answer.uploads["document"].name.lower().endswith(".xlsx"):
        answer.need_sheet("document", "Report file", "Form")


def _kept(values: dict[str, str], document: Upload, received_at: str, received_by: str) -> dict[str, str]:
    """A report as it is kept."""
    return {
        **values,
        "document": document.name,
        "document_sha256": hashlib.sha256(document.content).hexdigest(),
        "received_at": received_at,
        "received_by": received_by,
        "status": "Processing",
        "problem": problem_of(document),
    }


def _steps(open_now: Callable[[Answer], None]) -> tuple[Step, ...]:
    """Pages of the form; the last one asks whether reports are taken now."""
    return (
        Step("Report file", (Field("document", "Report file", "file"),), check=_workbook),
        Step(
            "About",
            (
                Field("applicant_reference", "Sender's reference"),
                Field("product", "Medicinal product"),
                Field("form", "Type of report", "choice", FORMS),
            ),
        ),
        Step(
            "Statement",
            (
                Field("declared_by", "Responsible person"),
                Field("declared", "I state that this report is true", "check"),
            ),
            check=open_now,
        ),
    )


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str], policy: Policy = _PLAIN) -> Starlette:
    """Meridian Filing as an ASGI application; `policy` says how the authority behaves."""
    menu = (("Reports", "/reports"), ("Send a report", "/send"))
    site = suite_site("Meridian Filing", Store(store_path, _TABLES), (REPORTS,), clock, accounts, menu)

    def send(request: Request, values: dict[str, str], uploads: dict[str, Upload]) -> str:
        row = _kept(values, uploads["document"], clock().isoformat(timespec="seconds"), site.user(request) or "")
        number = site.store.add_numbered("submissions", row, "acknowledgement", lambda seq: f"MF{seq:08d}")
        return f"/reports/{number}?new=1"

    def open_now(answer: Answer) -> None:
        if policy.is_closed(clock()):
            answer.complaints.append("Meridian Filing is closed for announced work and takes no reports now.")

    def report(request: Request) -> Response:
        row = one(site, "submissions", "acknowledgement", request.path_params["number"])
        if row is None:
            return site.missing(request, "This report")
        title = "Report accepted for processing" if request.query_params.get("new") else "Report"
        facts = {"Receipt number": row["acknowledgement"], "Type of report": row["form"], "File": row["document"]}
        facts |= {"State": row["status"], "Remarks": row["reasons"]}
        return done(site, request, title, facts, f"/reports/{row['acknowledgement']}/receipt")

    def receipt(request: Request) -> Response:
        row = one(site, "submissions", "acknowledgement", request.path_params["number"])
        if row is None:
            return site.missing(request, "This report")
        lines = [f"Receipt {row['acknowledgement']}", f"{row['form']}: {row['document']}", row["document_sha256"]]
        return PlainTextResponse("\n".join(lines) + "\n")

    add_wizard(site, Wizard("/send", "Send a report", _steps(open_now), "Send report", send))
    site.add("/reports/{number}", report)
    site.add("/reports/{number}/receipt", receipt)
    app = site.app()
    app.add_middleware(Judging, policy=policy, store=site.store, clock=clock)
    return app
