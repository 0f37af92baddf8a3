"""What a request is to a site: the fault plan takes a read by POST for no change, and a change for one."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from twin.sites import lims_benchview
from twin.sites._kit.kinds import Kind, plain_kind
from twin.sites.faults import Fault, FaultPlan, Hostile

pytestmark = pytest.mark.requirement("URS-018")


def rpc(method: str) -> bytes:
    """The body of a call."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}).encode()


@pytest.mark.parametrize(
    ("method", "path", "body", "kind"),
    [
        ("GET", "/results", b"", Kind.PAGE),
        ("POST", "/rpc", rpc("lists.page"), Kind.LIST),
        ("POST", "/rpc", rpc("lists.export"), Kind.LIST),
        ("POST", "/rpc", rpc("tests.list"), Kind.OTHER),
        ("POST", "/rpc", rpc("requests.create"), Kind.CHANGE),
        ("POST", "/rpc", b"no JSON", Kind.OTHER),
        ("POST", "/auth/refresh", b"{}", Kind.OTHER),
        ("PUT", "/drafts/request", b"{}", Kind.OTHER),
    ],
)
def test_benchview_says_what_each_request_is(method: str, path: str, body: bytes, kind: Kind) -> None:
    assert lims_benchview.kind_of(method, path, body) is kind


def test_sites_of_pages_are_told_as_before() -> None:
    asked = [
        ("GET", "/results"),
        ("GET", "/results.csv"),
        ("GET", "/samples/S-1"),
        ("POST", "/login"),
        ("POST", "/book"),
    ]
    assert [plain_kind(*one, b"") for one in asked] == [Kind.LIST, Kind.LIST, Kind.PAGE, Kind.OTHER, Kind.CHANGE]


def test_the_fault_of_the_first_change_meets_the_change_and_its_body_arrives_whole() -> None:
    came: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope
        came.append((await receive())["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    site = Hostile(app, FaultPlan(script=[Fault.ERROR_503]), kind_of=lims_benchview.kind_of)

    async def visit() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://site") as client:
            calls = ("lists.page", "requests.create", "requests.create")
            return [(await client.post("/rpc", content=rpc(one))).status_code for one in calls]

    assert asyncio.run(visit()) == [200, 503, 200]
    assert came == [rpc("lists.page"), rpc("requests.create")]
