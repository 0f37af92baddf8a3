"""Rule sets that are refused when loaded: with file, line, what is wrong, and the name that was probably meant."""

from pathlib import Path

import pytest

import rules

_HEAD = "rule_set: some_set\nversion: 1.0.0\ntitle: Some rules\n"
_MASTER = 'master:\n  ph: ["[pH]", 6.8, 7.6]\n'
_EXAMPLES = "    examples: {passing: [{}], failing: [{}]}\n"


def _rule(rule_id: str, body: str) -> str:
    about = "    title: Some title\n    clause: some clause\n    severity: major\n"
    said = "    text: Something is wrong.\n    next_step: Look at it.\n"
    return f"  - id: {rule_id}\n{about}{said}{_EXAMPLES}    {body}\n"


def _limit(rule_id: str, low: float, high: float, name: str = "ph") -> str:
    return _rule(rule_id, f"kind: limit\n    parameters: [{name}]\n    low: {low}\n    high: {high}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            _rule("AA-ONE-01", "kind: presence\n    each: steps\n    name: step_id\n    fields: [perfomer]"),
            "'perfomer' is no field of steps (did you mean 'performer'?)",
        ),
        (
            _rule("AA-ONE-01", "kind: presence\n    each: step\n    name: step_id\n    fields: [performer]"),
            "'step' is no list or table of the facts (did you mean 'steps'?)",
        ),
        (
            _rule("AA-ONE-01", "kind: elapsed\n    start: batch.aphersis_at\n    end: now\n    most_hours: 5"),
            "'aphersis_at' is no field of the batch record's head (did you mean 'apheresis_at'?)",
        ),
        (
            _rule("AA-ONE-01", "kind: expression\n    facts: {btch.product: text}\n    check: \"btch.product == 'x'\""),
            "'btch' is no place in the facts (did you mean 'batch'?)",
        ),
        (
            _rule("AA-ONE-01", "kind: quantity\n    parameters: [ph]\n    unit: mll\n    low: 1"),
            "unit 'mll' is not known (did you mean 'm",
        ),
        (
            _rule("AA-ONE-01", "kind: master\n    aspect: value"),
            "can never fire: the file has no block 'master'",
        ),
        (
            _rule("AA-ONE-01", "kind: different\n    each: steps\n    name: step_id\n    fields: [checker, checker]"),
            "compares 'checker' with itself",
        ),
        (
            _rule("AA-ONE-01", "kind: ordered\n    groups: [[ph]]"),
            "can never fire: a group needs two parameters",
        ),
        (
            _rule(
                "AA-ONE-01",
                "kind: head\n    fields: [product]\n    effective_from: 2026-05-01\n    effective_until: 2026-04-01",
            ),
            "can never fire: it ends on 2026-04-01, before it begins",
        ),
        (_limit("AA-ONE-01", 1, 2) + _limit("AA-TWO-01", 3, 4), "rules AA-ONE-01 and AA-TWO-01 contradict each other"),
        (
            _rule(
                "AA-ONE-01",
                "kind: enumeration\n    each: lims.results\n    name: test\n    field: status\n    allowed: [a]",
            )
            + _rule(
                "AA-TWO-01",
                "kind: enumeration\n    each: lims.results\n    name: test\n    field: status\n    allowed: [b]",
            ),
            "rules AA-ONE-01 and AA-TWO-01 contradict each other",
        ),
        (
            _rule("AA-ONE-01", "kind: trend\n    parameters: [ph]\n    tests: [nelson_9]"),
            "there is no trend test 'nelson_9'",
        ),
    ],
)
def test_a_rule_set_that_makes_no_sense_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "some.yaml"
    path.write_text(f"{_HEAD}rules:\n{text}", encoding="utf-8")
    with pytest.raises(rules.RuleError) as refused:
        rules.load_rule_set(path)
    assert said in str(refused.value)
    assert f"{path} line 5" in str(refused.value) or "AA-TWO-01" in text


@pytest.mark.parametrize(
    ("master", "rule", "said"),
    [
        (_MASTER, _limit("AA-ONE-01", 1, 2), "contradicts the master record: no value of ph"),
        (_MASTER, _limit("AA-ONE-01", 7, 8, "pH"), "'pH' is no parameter of the master record (did you mean 'ph'?)"),
        (
            _MASTER.replace("[pH]", "pHs"),
            _limit("AA-ONE-01", 7, 7.5),
            "line 5: master parameter ph: unit 'pHs' is not known",
        ),
    ],
)
def test_rules_have_to_fit_the_master_record(tmp_path: Path, master: str, rule: str, said: str) -> None:
    path = tmp_path / "some.yaml"
    path.write_text(f"{_HEAD}{master}rules:\n{rule}", encoding="utf-8")
    with pytest.raises(rules.RuleError) as refused:
        rules.load_rule_set(path)
    assert said in str(refused.value)


def test_other_facts_are_declared_in_the_file(tmp_path: Path) -> None:
    rule = _rule("AA-ONE-01", "kind: presence\n    each: bookings\n    name: reference\n    fields: [slot]")
    path = tmp_path / "some.yaml"
    path.write_text(f"{_HEAD}shape: {{bookings: [reference, slot]}}\nrules:\n{rule}", encoding="utf-8")
    facts = {"bookings": [{"reference": "R1", "slot": ""}]}
    assert [one.rule for one in rules.load_rule_set(path).review(facts).findings] == ["AA-ONE-01"]


def test_master_units_and_limits_that_agree_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_text(f"{_HEAD}{_MASTER}rules:\n{_limit('AA-ONE-01', 7, 8)}", encoding="utf-8")
    assert rules.load_rule_set(path).master == {"ph": ("[pH]", 6.8, 7.6)}
