"""The OpenAPI document, with the headers that no endpoint declares because all of them share them."""

from typing import Any

from fastapi import FastAPI

from mes_core.web import once


def describe(app: FastAPI) -> dict[str, Any]:
    """The document of an application, made once.

    Every change says that it takes `Idempotency-Key`, and `If-Match` where it changes what is there already; every
    answer that has an `ETag` says so; the part of a page and `429` are declared with the endpoints.
    """
    if app.openapi_schema is None:
        app.openapi_schema = FastAPI.openapi(app)
        for path, methods in app.openapi_schema["paths"].items():
            for method, operation in methods.items():
                _add(path, method.upper(), operation)
    return app.openapi_schema


def _add(path: str, method: str, operation: dict[str, Any]) -> None:
    if method in once.CHANGES and path.startswith("/api/") and path not in once.ABOUT_SESSIONS:
        said = "Carries the request out once: the same again within a day gets the same answer again."
        _header(operation, "Idempotency-Key", said, {"type": "string", "minLength": 1, "maxLength": 200})
        if once.matched(path):
            said = "The ETag of what was read: a change since then refuses this one with 412."
            _header(operation, "If-Match", said, {"type": "string"})
    if method == "GET" and once.tagged(path):
        what = {"description": "Names the state that was read; goes into If-Match.", "schema": {"type": "string"}}
        operation["responses"]["200"].setdefault("headers", {})["ETag"] = what


def _header(operation: dict[str, Any], name: str, said: str, schema: dict[str, Any]) -> None:
    header = {"name": name, "in": "header", "required": False, "description": said, "schema": schema}
    operation.setdefault("parameters", []).append(header)
