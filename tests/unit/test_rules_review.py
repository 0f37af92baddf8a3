"""A review as a whole: examples, clean batches, missing facts, hostile facts, and the same bytes each time."""

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

import rules
from mes_core.messages import Verdict
from mes_core.messages.record import RECORD_LISTS
from twin.world import make_clean_bundles

_NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
_LISTS = tuple(RECORD_LISTS)
_TABLES = ("lims.results", "lims.samples", "erp.consumption", "erp.stock")


def _table(system: str, page: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    numbered = [{**row, "row": number} for number, row in enumerate(rows, start=1)]
    return {"system": system, "page": f"/{page}", "read_at": _NOW.isoformat(), "complete": True, "rows": numbered}


def _facts(bundle: Any) -> dict[str, Any]:
    record = bundle.record
    lims = {"results": _table("lims", "results", bundle.lims_results)}
    lims["samples"] = _table("lims", "samples", bundle.lims_samples)
    erp = {"consumption": _table("erp", "consumption", bundle.erp_consumption)}
    erp["stock"] = _table("erp", "stock", bundle.erp_stock)
    return {
        "now": _NOW.isoformat(),
        "batch": {key: value for key, value in record.items() if key not in _LISTS},
        **{key: record[key] for key in _LISTS},
        "values": {one["name"]: one for one in record["parameters"]},
        "lims": lims,
        "erp": erp,
        "history": {},
    }


@cache
def _clean() -> tuple[str, ...]:
    return tuple(json.dumps(_facts(one)) for one in make_clean_bundles(20, 41, now=_NOW))


@pytest.fixture
def facts() -> dict[str, Any]:
    return dict(json.loads(_clean()[0]))


def _review(facts: Any) -> rules.Outcome:
    return rules.builtin_rule_set("car_t_review").review(facts)


@pytest.mark.parametrize("name", rules.builtin_names())
def test_every_rule_passes_and_fires_on_its_examples(name: str) -> None:
    assert rules.run_examples(rules.builtin_rule_set(name)) == []


def test_clean_batches_are_ready_and_every_rule_ran() -> None:
    rule_set = rules.builtin_rule_set("car_t_review")
    for text in _clean():
        facts = json.loads(text)
        outcome = rule_set.review(facts)
        assert (outcome.verdict, outcome.findings) == ("READY", ())
        assert outcome.rules_run == len(rule_set.select(facts).places) > 180


@pytest.mark.parametrize("table", _TABLES)
def test_a_table_that_was_never_read_is_no_pass(facts: dict[str, Any], table: str) -> None:
    system, _, name = table.partition(".")
    del facts[system][name]
    outcome = _review(facts)
    assert outcome.verdict == "UNDECIDED"
    assert outcome.findings
    assert all(table in finding.text for finding in outcome.findings)


def test_nothing_known_is_undecided() -> None:
    outcome = _review({})
    # One rule is about a table that the MES puts together by itself: where it is not there, it has no rows.
    assert (outcome.verdict, outcome.rules_run) == ("UNDECIDED", 1)


def test_the_same_facts_and_rules_give_the_same_bytes(facts: dict[str, Any]) -> None:
    facts["steps"][3]["checker"] = None
    turned = {key: facts[key] for key in reversed(list(facts))}
    first, second = (json.dumps(_review(one).to_dict()) for one in (facts, turned))
    assert first == second
    assert json.loads(first)["verdict"] == "HOLD"


def test_a_finding_says_where_its_facts_came_from(facts: dict[str, Any]) -> None:
    row = next(one for one in facts["lims"]["results"]["rows"] if one["test"] == "Sterility")
    row["result"] = "Positive"
    verdict = Verdict.model_validate(_review(facts).to_dict())
    finding = next(one for one in verdict.findings if "Positive" in one.values)
    sources = [fact.source for fact in finding.facts if fact.value == "Positive"]
    assert [(one.system, one.page, one.row) for one in sources if one] == [("lims", "/results", str(row["row"]))]
    assert finding.severity.value == "critical"


@pytest.mark.parametrize("bad", [None, "text", [], 7])
def test_facts_of_another_type_are_refused(bad: Any) -> None:
    with pytest.raises(rules.BadFact, match="Facts are a set of fields"):
        _review(bad)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), {1}, "\ud800"])
def test_what_cannot_be_written_down_is_refused(facts: dict[str, Any], bad: Any) -> None:
    facts["batch"]["product"] = bad
    with pytest.raises(rules.BadFact, match=r"can't be written down|is NaN or infinite"):
        _review(facts)


@pytest.mark.parametrize(
    ("bad", "said"),
    [("2026-11-01T08:00:00", "without a zone"), ("yesterday", "no time"), (5, "no time")],
)
def test_a_time_that_is_none_is_refused_with_its_place(facts: dict[str, Any], bad: Any, said: str) -> None:
    facts["steps"][2]["started_at"] = bad
    with pytest.raises(rules.BadFact, match=said) as refused:
        _review(facts)
    assert f"steps[{facts['steps'][2]['step_id']}].started_at" in str(refused.value)


def test_another_rule_set_has_another_hash() -> None:
    names = rules.builtin_names()
    assert len({rules.builtin_rule_set(name).content_hash for name in names}) == len(names)


def test_a_rule_set_that_is_not_there_says_which_is_meant() -> None:
    with pytest.raises(rules.RuleError, match="did you mean 'car_t_review'"):
        rules.builtin_rule_set("cart_review")
