"""The API against its own description: thousands of generated requests, no 5xx, no answer that it does not describe."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mes_support import PASSWORD, START, SYSTEM, FakeRules, at_work, finding, observation, record
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mes_core.domain.principals import BotPrincipal, PersonPrincipal
from mes_core.messages import views as v
from mes_core.messages.masters import NewMaster
from mes_core.services import Mes
from mes_core.storage import open_store
from mes_core.web import create_app
from mes_core.web.limits import NO_LIMITS

_EXAMPLES = 200 if os.environ.get("BATCHWRIGHT_SOAK") else 12
_LEAST = 5000 if os.environ.get("BATCHWRIGHT_SOAK") else 300
_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
_TOKENS: list[str] = []
_THERE: dict[str, str] = {}
"""What the store holds, by the names of the parameters of addresses."""
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
        bot = BotPrincipal("bot-1")
        mes.submit_batch(record(), bot)
        mes.create_bot("bot-1", PASSWORD, actor=SYSTEM)
        bot = at_work(mes, bot, "B1")
        verdict = mes.review("B1", (observation(),), bot)
        hold = mes.open_hold("B1", v.NewHold(kind="quality", reason="A doubt.", key="k"), bot)
        (item,) = mes.work_items(batch_id="B1")
        intent = {"site": "erp", "kind": "post", "business_key": "k", "batch_id": "B1", "item_id": item.item_id}
        effect = mes.register_effect(v.NewEffect.model_validate(intent), bot)
        # Filings, predictions and models are not there: what names one stays as it was made up.
        _THERE.update(batch_id="B1", hold_id=hold.hold_id, item_id=item.item_id, effect_id=effect.effect_id)
        _THERE.update(
            finding_id=verdict.findings[0].finding_id, filing_id="F", prediction_id="P", model_id="M", check_id="C"
        )
        qp = PersonPrincipal("qp", "Qp Person", frozenset({"qualified_person", "administrator"}))
        new = NewMaster(name="MBR-9", version="1", title="Another one", document={"steps": []})
        opened = {"deviation_key": "D1", "title": "Late sample"}
        mes.open_deviation("B1", v.NewDeviation.model_validate(opened), bot)
        mes.tick(bot)
        _THERE.update(master_id=mes.register_master(new, qp).master_id, due_id=mes.due_items()[0].due_id)
        _TOKENS[:] = [mes.login(user, PASSWORD).token for user in ("qp", "bot-1")]
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
    fitting = operation.as_strategy()
    sent = fitting
    if method != "get":  # what has a body is also sent with one that does not fit
        sent = st.one_of(fitting, fitting, operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))

    @settings(max_examples=_EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=sent, there=st.integers(0, 3), tagged=st.booleans(), who=st.integers(0, 1))
    def send(case: schemathesis.Case, there: int, tagged: bool, who: int) -> None:
        if there and case.path_parameters:
            case.path_parameters = {name: _THERE.get(name, said) for name, said in case.path_parameters.items()}
        if tagged:
            case.headers.pop("If-Match", None)
        answer = case.call_and_validate(headers={"Authorization": f"Bearer {_TOKENS[who]}"}, checks=_CHECKS)
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
