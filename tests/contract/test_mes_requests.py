"""`If-Match` refuses lost updates, `Idempotency-Key` makes a request happen once; on both kinds of store."""

import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from mes_support import PASSWORD, Plant, record

from batchwright.support.servers import Server, bind
from mes_core.messages.record import Message
from mes_core.messages.signatures import SECRET_FIELDS
from mes_core.web import create_app


@pytest.fixture
def web(plant: Plant) -> Iterator[httpx.Client]:
    """An operator's client on a running server, with a batch in the store."""
    plant.mes.submit_batch(record(), plant.bot)
    token = plant.mes.login("operator", PASSWORD).token
    bearer = {"Authorization": f"Bearer {token}"}
    with (
        Server(create_app(plant.mes), bind()) as server,
        httpx.Client(base_url=server.url, headers=bearer, trust_env=False, timeout=30) as client,
    ):
        yield client


def _correct(web: httpx.Client, old: float, **headers: str) -> httpx.Response:
    body = {
        "path": "parameters/volume/value",
        "old": old,
        "new": old + 1,
        "reason": "Counted again.",
        "password": PASSWORD,
    }
    return web.post(
        "/api/batches/B1/corrections", json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


@pytest.mark.requirement("URS-063")
def test_a_change_of_what_has_changed_since_is_refused(web: httpx.Client, plant: Plant) -> None:
    """Also when the values themselves would still fit: somebody opened a hold in between."""
    tag = web.get("/api/batches/B1").headers["etag"]
    assert web.get("/api/batches/B1/record").headers["etag"] == tag
    hold: dict[str, Any] = {"kind": "quality", "reason": "A doubt.", "key": "k"}
    assert web.post("/api/batches/B1/holds", json=hold, headers={"If-Match": tag}).status_code == 201
    before = plant.dump()
    answer = _correct(web, 50, If_Match=tag)
    assert (answer.status_code, "has changed since you looked" in answer.json()["detail"]) == (412, True)
    hold_id = plant.mes.get_batch("B1").holds[0].hold_id
    lifting = {"reason": "No doubt.", "password": PASSWORD}
    assert web.post(f"/api/holds/{hold_id}/lift", json=lifting, headers={"If-Match": tag}).status_code in (403, 412)
    assert plant.dump() == before
    fresh = web.get("/api/batches/B1").headers["etag"]
    assert _correct(web, 50, If_Match=f'"other", {fresh}').status_code == 201
    assert _correct(web, 51, If_Match="*").status_code == 201
    assert web.post("/api/logout", headers={"If-Match": fresh}).status_code == 422


@pytest.mark.requirement("URS-064")
def test_the_same_request_again_gets_the_same_answer_and_changes_nothing(web: httpx.Client, plant: Plant) -> None:
    """Another request under the key is refused, another user's key is another key."""
    first = _correct(web, 50, Idempotency_Key="k1")
    before = plant.dump()
    again = _correct(web, 50, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = _correct(web, 51, Idempotency_Key="k1")
    assert (other.status_code, "another request" in other.json()["detail"]) == (409, True)
    assert plant.dump() == before
    assert _correct(web, 51, Idempotency_Key="k2").status_code == 201
    assert _correct(web, 52, Idempotency_Key="x" * 201).status_code == 422


@pytest.mark.requirement("URS-064")
def test_a_refused_request_may_be_sent_again(web: httpx.Client, plant: Plant) -> None:
    """Nothing was changed, so nothing is remembered."""
    assert _correct(web, 99, Idempotency_Key="k1").status_code == 412
    # A wrong password is counted in a transaction of its own, and the right one afterwards clears the count.
    body = {"path": "parameters/volume/value", "old": 50, "new": 51, "reason": "Counted.", "password": "not it"}
    wrong = web.post("/api/batches/B1/corrections", json=body, headers={"Idempotency-Key": "k1"})
    assert wrong.status_code == 403
    assert _correct(web, 99, Idempotency_Key="k1").status_code == 412
    assert _correct(web, 50, Idempotency_Key="k1").status_code == 201


@pytest.mark.requirement("URS-064")
def test_of_many_at_once_one_is_carried_out(web: httpx.Client, plant: Plant) -> None:
    """All others get its answer, or 409 while it is under way."""
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(_correct(web, 50, Idempotency_Key="k"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert any(answer.status_code == 201 for answer in answers)
    assert plant.mes.get_batch("B1").record_version == 2


@pytest.mark.requirement("URS-064")
def test_nothing_is_kept_that_a_password_could_be_guessed_from(web: httpx.Client, plant: Plant) -> None:
    """Requests that differ by the password alone leave the same trace; the answer is given again with the right one."""
    first = _correct(web, 50, Idempotency_Key="k1")
    with plant.store.read() as work:
        kept = work.get("requests", user="operator", request_key="k1")
    assert kept is not None
    body = {"path": "parameters/volume/value", "old": 50, "new": 51, "reason": "Counted again."}
    for made in ({**body, "password": PASSWORD}, body):
        for text in (json.dumps(made), json.dumps(made, separators=(",", ":"))):
            content = b"POST /api/batches/B1/corrections?\n" + text.encode()
            assert (kept["request_hash"] == hashlib.sha256(content).hexdigest()) <= ("password" not in made)
    wrong = web.post(
        "/api/batches/B1/corrections", json={**body, "password": "wrong wrong"}, headers={"Idempotency-Key": "k1"}
    )
    assert (wrong.status_code, "Idempotency-Replayed" in wrong.headers) == (403, False)
    again = _correct(web, 50, Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (201, first.json())


@pytest.mark.requirement("URS-064")
@pytest.mark.parametrize("answered", [True, False])
def test_a_key_is_free_after_a_day(web: httpx.Client, plant: Plant, answered: bool) -> None:
    """Also one of a request amid which the server ended; and nobody else has to send a request for that."""
    assert _correct(web, 50, Idempotency_Key="k1").status_code == 201
    if not answered:
        with plant.store.write() as work:
            work.change("requests", {"request_key": "k1"}, status=None, answer=None)
        assert _correct(web, 50, Idempotency_Key="k1").status_code == 409
    plant.later(hours=25)
    web.headers["Authorization"] = f"Bearer {plant.mes.login('operator', PASSWORD).token}"
    assert _correct(web, 51, Idempotency_Key="k1").status_code == 201
    assert _correct(web, 51, Idempotency_Key="k1").headers["idempotency-replayed"] == "true"


def test_every_secret_of_a_message_is_known_as_one() -> None:
    """What does not show itself when printed is what is left out of hashes."""
    left = [Message]
    while left:
        shape = left.pop()
        left += shape.__subclasses__()
        hidden = {name for name, field in shape.model_fields.items() if not field.repr}
        assert hidden <= SECRET_FIELDS | {"secret"}, shape  # a host's secret is long and random: nobody guesses it
        assert {name for name in shape.model_fields if "password" in name} <= hidden, shape


@pytest.mark.requirement("URS-064")
def test_an_answer_is_kept_for_a_day(web: httpx.Client, plant: Plant) -> None:
    """Then the key is free again, and the store does not grow for ever."""
    _correct(web, 50, Idempotency_Key="old")
    plant.later(hours=25)
    web.headers["Authorization"] = f"Bearer {plant.mes.login('operator', PASSWORD).token}"
    assert _correct(web, 51, Idempotency_Key="new").status_code == 201
    with plant.store.read() as work:
        assert [row["request_key"] for row in work.find("requests")] == ["new"]
