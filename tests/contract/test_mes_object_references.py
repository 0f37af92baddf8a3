"""What one account may do with another's things: walked through every endpoint that the OpenAPI document has."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mes_support import COURIER_JOB, PASSWORD, SECRET, SYSTEM, Plant, finding
from test_mes_api_rules import _CHANGING, _DOCUMENT, _OPERATIONS, _filled

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.principals import BotPrincipal, Role
from mes_core.messages import views as v
from mes_core.web import create_app
from mes_core.web.authorization import TABLE

_OPEN_TO_ALL = {"/api/health", "/health/live", "/health/ready", "/api/login", "/api/password", "/api/logout"}
"""A log-out with a token of nobody ends nothing, and says so to nobody."""
_FREE = {"payload", "output", "details", "card", "rows", "action", "document", "answers", "given", "changes"}
"""Fields that hold a document of the sender's own, which is stored as such and decides nothing."""
_SCHEMAS: dict[str, Any] = _DOCUMENT["components"]["schemas"]
_BODIES = {
    (path, method): said["requestBody"]["content"]["application/json"]["schema"]
    for path, method, said in _OPERATIONS
    if "requestBody" in said
}


@pytest.fixture
def web(plant: Plant) -> Iterator[TestClient]:
    """Nobody's client, with a batch on hold that has a finding in the store."""
    plant.reviewed("HOLD", finding())
    with TestClient(create_app(plant.mes)) as client:
        yield client


def _bearer(plant: Plant, user: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {plant.mes.login(user, PASSWORD).token}"}


def _models(schema: Any, found: set[str]) -> set[str]:
    """Names of all message shapes that a body is made of."""
    if isinstance(schema, list):
        for one in schema:
            _models(one, found)
    elif isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            _models(_SCHEMAS[name], found)
        for one in schema.values():
            _models(one, found)
    return found


def example(schema: Any) -> Any:
    """The least that a schema takes."""
    if "$ref" in schema:
        return example(_SCHEMAS[schema["$ref"].rpartition("/")[2]])
    for several in ("anyOf", "allOf", "oneOf"):
        if several in schema:
            return example(schema[several][0])
    if "enum" in schema or "const" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    match schema.get("type"):
        case "object":
            made = {name: example(schema["properties"][name]) for name in schema.get("required", ())}
            return made or {f"name {number}": 1 for number in range(schema.get("minProperties", 0))}
        case "array":
            return [example(schema["items"])] * schema.get("minItems", 0)
        case "string" if schema.get("format") == "date-time":
            return "2026-02-20T10:00:00Z"
        case "string" if schema.get("format") == "date":
            return "2026-02-20"
        case "string" if "{64}" in schema.get("pattern", ""):
            return "0" * 64
        case "string":
            return "a" * max(3, schema.get("minLength", 0))
        case "integer" | "number":
            return max(1, schema.get("minimum", 0))
        case "boolean":
            return False
    return None


@pytest.mark.requirement("URS-062")
def test_nothing_is_said_or_done_without_a_session(web: TestClient, plant: Plant) -> None:
    """By any endpoint but those that open one; a token of nobody is no better than none."""
    before = plant.dump()
    for path, method, _ in _OPERATIONS:
        if path not in _OPEN_TO_ALL:
            for headers in ({}, {"Authorization": "Bearer nobody's"}, {"Authorization": "Basic cXA6cXA="}):
                answer = web.request(method, _filled(path, plant) or path, headers=headers, json={})
                assert answer.status_code == 401, (path, answer.text)
    assert plant.dump() == before


@pytest.mark.requirement("URS-062")
def test_no_message_takes_fields_that_it_does_not_have() -> None:
    """All shapes of all bodies, the inner ones too; what takes any document is named here."""
    assert len(_BODIES) >= 25
    for (path, method), schema in _BODIES.items():
        for name in _models(schema, set()):
            shape = _SCHEMAS[name]
            if shape.get("type") == "object":
                assert shape.get("additionalProperties") is False, (path, method, name)
            for field, inner in shape.get("properties", {}).items():
                if "additionalProperties" in str(inner):
                    assert field in _FREE, (path, method, name, field)


@pytest.mark.requirement("URS-062")
def test_a_field_too_many_is_refused_by_every_endpoint(web: TestClient, plant: Plant) -> None:
    """Also when all the others are right: nobody signs, releases or becomes somebody by sending it along."""
    everything = [role.value for role in Role]
    plant.mes.create_person("every.role", "Every Role", everything, PASSWORD, actor=SYSTEM)
    person, bot = _bearer(plant, "every.role"), _bearer(plant, "bot-1")
    lease = plant.at().lease
    assert lease is not None
    bot["Batchwright-Lease"] = f"{lease.item_id} {lease.epoch} {lease.secret}"
    before, tried = plant.dump(), 0
    for path, method in _BODIES:
        body = example(_BODIES[path, method]) | {"state": "released", "user_id": "qp", "signed_by": "qp", "roles": []}
        rule = TABLE[method.upper(), path]
        who = person if rule.open or rule.roles else bot
        answer = web.request(method, _filled(path, plant) or path, json=body, headers=who)
        assert (answer.status_code, "errors" in answer.json()) == (422, True), (path, answer.text)
        tried += 1
    assert tried == len(_BODIES)
    assert plant.dump() == before


@pytest.mark.requirement("URS-062")
def test_what_only_people_may_do_is_refused_to_a_bot(web: TestClient, plant: Plant) -> None:
    """Every endpoint that says so, with a body that would do, for things that are there; nothing is changed."""
    bot = _bearer(plant, "bot-1")
    before, tried = plant.dump(), []
    for path, method, said in _OPERATIONS:
        words = str(said.get("description", "")).lower()
        address = _filled(path, plant)
        if address and ("people only" in words or "persons only" in words):
            answer = web.request(method, address, json=example(_BODIES[path, method]), headers=bot)
            assert answer.status_code == 403, (path, answer.text)
            tried.append(path)
    assert {"/api/findings/{finding_id}/close", "/api/holds/{hold_id}/lift"} <= set(tried)
    assert {"/api/batches/{batch_id}/dispositions", "/api/approvals"} <= set(tried)
    assert plant.dump() == before


@pytest.mark.requirement("URS-062")
def test_a_bot_has_no_hold_on_what_another_one_took(plant: Plant) -> None:
    """A lease is a small number and an item's name is in lists: guessing both gets nobody anything."""
    plant.mes.create_bot("bot-2", PASSWORD, actor=SYSTEM)
    other = BotPrincipal("bot-2")
    plant.released()
    item = plant.mes.claim(v.ClaimRequest(secret=SECRET, worker="w", jobs=("courier_scheduling",)), plant.bot)
    assert item is not None
    intent = {"site": "erp", "kind": "shipment", "business_key": "ship:B1", "batch_id": "B1", "item_id": item.item_id}
    effect = plant.mes.register_effect(
        v.NewEffect.model_validate({**intent, "epoch": item.epoch}), plant.at("B1", COURIER_JOB)
    )
    before = plant.dump()
    thief = plant.under(item, other)
    act = v.ActEffect(item_id=item.item_id, epoch=item.epoch)
    failed = v.ItemFailed(epoch=item.epoch, family=v.Family.BUSINESS, code="X", message="Not mine.")
    for attempt in (
        lambda: plant.mes.complete(item.item_id, v.ItemDone(epoch=item.epoch), thief),
        lambda: plant.mes.fail(item.item_id, failed, thief),
        lambda: plant.mes.act_on_effect(effect.effect_id, act, thief),
        lambda: plant.mes.register_effect(
            v.NewEffect.model_validate({**intent, "kind": "other", "epoch": item.epoch}), thief
        ),
    ):
        with pytest.raises(Forbidden, match="taken by another account"):
            attempt()
    assert plant.dump() == before
    plant.later(minutes=3)
    again = plant.mes.claim(v.ClaimRequest(secret=SECRET, worker="w2", jobs=("courier_scheduling",)), other)
    assert again is not None
    with pytest.raises(Conflict, match="not this worker's any more"):
        plant.mes.complete(item.item_id, v.ItemDone(epoch=item.epoch), plant.under(item))
    assert plant.mes.complete(item.item_id, v.ItemDone(epoch=again.epoch), plant.under(again, other)).state == "done"


def test_examples_are_what_their_schemas_take() -> None:
    """Otherwise the tests above would be refused for another reason."""
    assert example({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "minLength": 5}}}) == {
        "a": "aaaaa"
    }
    assert len(_CHANGING) >= len(_BODIES)
