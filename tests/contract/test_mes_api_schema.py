"""The API against its own description: thousands of generated requests, no 5xx, no answer that it does not describe."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from mes_support import PASSWORD, START, SYSTEM, FakeRules, finding, observation, record
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mes_core.domain.principals import BotPrincipal
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web import create_app
from mes_core.web.limits import NO_LIMITS

_EXAMPLES = 200 if os.environ.get("BATCHWRIGHT_SOAK") else 12
_LEAST = 5000 if os.environ.get("BATCHWRIGHT_SOAK") else 300
_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_TOKENS: list[str] = []
_SENT: Counter[int] = Counter()
"""How many requests were answered with each status."""


@pytest.fixture(scope="module")
def api_schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    """The description of a running API that holds a batch with a hold and findings."""
    with closing(open_store(tmp_path_factory.mktemp("api") / "store.sqlite")) as store:
        rules = FakeRules()
        rules.say("HOLD", finding())
        mes = Mes(store, rules, lambda: START)
        mes.create_person("qp", "Qp Person", ["qualified_person", "administrator"], PASSWORD, actor=SYSTEM)
        mes.submit_batch(record(), BotPrincipal("bot-1"))
        mes.review("B1", (observation(),), BotPrincipal("bot-1"))
        _TOKENS[:] = [mes.login("qp", PASSWORD).token]
        yield schemathesis.openapi.from_asgi("/openapi.json", create_app(mes, limits=NO_LIMITS))


def _operations() -> list[tuple[str, str]]:
    paths = create_app(None).openapi()["paths"]  # type: ignore[arg-type]  # only described, never asked
    return sorted((path, method) for path, described in paths.items() for method in described if path != "/api/logout")


@pytest.mark.requirement("URS-066")
@pytest.mark.parametrize(("path", "method"), _operations())
def test_every_answer_is_one_that_the_description_has(
    api_schema: schemathesis.BaseSchema, path: str, method: str
) -> None:
    """Whatever is sent."""
    operation = api_schema[path][method]

    @settings(max_examples=_EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def send(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {_TOKENS[0]}"}, checks=_CHECKS)
        _SENT[answer.status_code] += 1

    send()


def test_enough_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """The count is printed; it is of this run, so the test stands after the one that sends."""
    if not _SENT:
        pytest.skip("nothing was sent in this run")
    with capsys.disabled():
        by_status = ", ".join(f"{count} x {status}" for status, count in sorted(_SENT.items()))
        print(f"\n{sum(_SENT.values())} generated requests: {by_status}")  # noqa: T201
    assert sum(_SENT.values()) >= _LEAST
    assert max(_SENT) < 500
