"""Labline's pages and store."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from twin.sites._kit.forms import Answer
from twin.sites._kit.lists import Column, ListSpec
from twin.sites._kit.site import Clock, Site
from twin.sites._kit.store import Row, Store

_TABLES = {
    "samples": (
        "sample_id",
        "batch",
        "patient_code",
        "donation_number",
        "type",
        "received_at",
        "status",
        "patient_name",
        "birth_date",
    ),
    "results": (
        "result_id",
        "sample_id",
        "batch",
        "test",
        "result",
        "unit",
        "lower",
        "upper",
        "tested_at",
        "analyst",
        "reviewed_by",
        "status",
        *("method", "occasion", "investigation", "reported"),
    ),
    "certificates": ("sample_id", "name", "size", "uploaded_at", "uploaded_by"),
    "requests": ("sample_id", "test", "reason", "requested_at", "requested_by"),
}
_BATCH = Column("Batch", "batch")
_SAMPLE = Column("Sample ID", "sample_id", link="/samples")
_STATUS = Column("Status", "status", "status")
SAMPLES = ListSpec(
    "/samples",
    "samples",
    "Samples",
    (
        _SAMPLE,
        _BATCH,
        Column("Patient code", "patient_code"),
        Column("Donation number", "donation_number"),
        Column("Type", "type"),
        Column("Received", "received_at", "time"),
        _STATUS,
    ),
    (_BATCH, _STATUS),
)
RESULTS = ListSpec(
    "/results",
    "results",
    "Results",
    (
        Column("Result ID", "result_id"),
        _SAMPLE,
        _BATCH,
        Column("Test", "test"),
        Column("Result", "result", "number"),
        Column("Unit", "unit"),
        Column("Lower limit", "lower", "number"),
        Column("Upper limit", "upper", "number"),
        Column("Tested at", "tested_at", "time"),
        Column("Analyst", "analyst"),
        Column("Reviewed by", "reviewed_by"),
        _STATUS,
        Column("Method", "method"),
        Column("Occasion", "occasion"),
        Column("Investigation", "investigation"),
        Column("Reported", "reported"),
    ),
    (_BATCH, Column("Test", "test")),
)


def _store(path: Path) -> Store:
    return Store(path, _TABLES)


def seed(
    store_path: Path, *, samples: Iterable[Mapping[str, Any]] = (), results: Iterable[Mapping[str, Any]] = ()
) -> None:
    """Put samples and results into the store."""
    store = _store(store_path)
    store.add("samples", samples)
    store.add("results", results)


def results(store_path: Path) -> list[Row]:
    """What the laboratory holds, for tests and summaries."""
    return _store(store_path).find("results")


def requests(store_path: Path) -> list[Row]:
    """Requests for a retest."""
    return _store(store_path).find("requests")


def create_app(store_path: Path, *, clock: Clock, accounts: Mapping[str, str]) -> Starlette:
    """Labline as an ASGI application."""
    site = Site("Labline", Path(__file__).parent, _store(store_path), (SAMPLES, RESULTS), clock, accounts)

    def sample(request: Request, status: int = HTTPStatus.OK, **more: Any) -> Response:
        number = request.path_params["sample_id"]
        found = site.store.find("samples", sample_id=number, limit=1)
        if not found:
            return site.missing(request, f"Sample {number}")
        return site.show(
            request,
            "sample.html",
            status,
            sample=found[0],
            results=site.store.find("results", sample_id=number),
            certificates=site.store.find("certificates", sample_id=number),
            requests=site.store.find("requests", sample_id=number),
            **more,
        )

    def upload(request: Request, answer: Answer) -> Response:
        answer.allow_upload("certificate", "Certificate", (".pdf", ".csv", ".xlsx"), required=True)
        if answer.complaints:
            return sample(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints)
        file = answer.uploads["certificate"]
        row = {"name": file.name, "size": len(file.content), **_signed(site, request, "uploaded", clock())}
        site.store.add("certificates", [row])
        return _back(request)

    def retest(request: Request, answer: Answer) -> Response:
        answer.need({"test": "Test", "reason": "Reason"})
        known = {row["test"] for row in site.store.find("results", sample_id=request.path_params["sample_id"])}
        if answer.values.get("test") and answer.values["test"] not in known:
            answer.complaints.append(f"This sample has no test '{answer.values['test']}'.")
        if answer.complaints:
            return sample(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints, values=answer.values)
        row = {
            "test": answer.values["test"],
            "reason": answer.values["reason"],
            **_signed(site, request, "requested", clock()),
        }
        site.store.add("requests", [row])
        return _back(request)

    site.add("/samples/{sample_id}", sample)
    site.add_form("/samples/{sample_id}/certificate", upload)
    site.add_form("/samples/{sample_id}/retest", retest)
    return site.app()


def _signed(site: Site, request: Request, verb: str, now: datetime) -> Row:
    sample_id = request.path_params["sample_id"]
    return {
        "sample_id": sample_id,
        f"{verb}_at": now.isoformat(timespec="seconds"),
        f"{verb}_by": site.user(request) or "",
    }


def _back(request: Request) -> Response:
    return RedirectResponse(f"/samples/{request.path_params['sample_id']}", HTTPStatus.SEE_OTHER)
