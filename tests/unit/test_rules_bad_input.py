"""Malformed rule files and facts: a clear error that names the place, and no verdict."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import rules
from batchwright.commands.mutation import facts_of_bundle
from twin.world import make_clean_bundles

_START = "rule_set: some_set\nversion: 1.0.0\ntitle: Some rules\nrules:\n"
_RULE = """\
  - id: AA-ONE-01
    kind: pattern_head
    title: Some title
    clause: some clause
    severity: major
    field: product_code
    pattern: "{pattern}"
    text: Something is wrong.
    next_step: Look at it.
    examples: {{passing: [{{}}], failing: [{{}}]}}
"""
_BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Input should be"),
        ("just a text", "Input should be"),
        ("rule_set: [unclosed", "line 1"),
        ("rule_set: some_set\n\tversion: 1", "line 2"),
        ("a: &a [*a]", "aliases (*name) are not allowed"),
        (_BOMB, "aliases (*name) are not allowed"),
        ("rule_set: some_set\nrule_set: other_set\n", "'rule_set' stands twice"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("[" * 3000, "nested too deeply"),
        (_START + _RULE.format(pattern="(a+)+$"), "pattern"),
        (_START + _RULE.format(pattern=".*x.*x.*x.*x"), "pattern"),
        (_START + _RULE.format(pattern="a" * 101), "at most 100"),
        (_START + "  []\n", "at least 1 item"),
        (f"title: {'x' * 10_000_000}\n", "10,000,008 bytes, more than the 2,000,000 allowed"),
    ],
)
def test_a_bad_rule_file_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(rules.RuleError) as refused:
        rules.load_rule_set(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)
    assert len(str(refused.value)) < 600


def test_a_rule_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"\xff\xfe\x00title")
    with pytest.raises(rules.RuleError, match="not UTF-8"):
        rules.load_rule_set(path)


@cache
def _clean() -> dict[str, Any]:
    return facts_of_bundle(make_clean_bundles(1, 31)[0])


def _set_step_time(facts: dict[str, Any], value: Any) -> None:
    facts["steps"][3]["started_at"] = value


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: f["parameters"][4].update(value=float("nan")), r"parameters\[5\]\.value is NaN or infinite"),
        (lambda f: f["batch"].update(weight=float("-inf")), r"batch\.weight is NaN or infinite"),
        (lambda f: _set_step_time(f, "2026-05-09T08:42:13"), r"steps\[S040\]\.started_at .* without a zone"),
        (lambda f: _set_step_time(f, "yesterday"), r"steps\[S040\]\.started_at .* is no time"),
        (lambda f: _set_step_time(f, "9999-12-31T23:59:59-23:00"), r"started_at .* is no time"),
        (lambda f: f["steps"].append("S999"), "steps entry 42 is str"),
        (lambda f: f["values"].update(dose="5"), "Parameter 'dose' is str"),
        (lambda f: f["batch"].update({7: "seven"}), "can't be written down"),
        (lambda f: f["batch"].update(product="\ud800"), "can't be written down"),
        (lambda f: f["batch"].update(product={1, 2}), "can't be written down"),
    ],
)
def test_bad_facts_are_refused_with_their_place(spoil: Any, said: str) -> None:
    facts = copy.deepcopy(_clean())
    spoil(facts)
    with pytest.raises(rules.BadFact, match=said):
        rules.builtin_rule_set("car_t_review").review(facts)


def test_facts_that_are_no_fields_are_refused() -> None:
    for facts in (None, [], "batch", 5):
        with pytest.raises(rules.BadFact, match="Facts are a set of fields"):
            rules.builtin_rule_set("car_t_review").review(facts)  # type: ignore[arg-type]


def test_a_text_of_ten_megabytes_is_a_value_like_any_other() -> None:
    facts = copy.deepcopy(_clean())
    facts["values"]["dose"]["text"] = "9" * 10_000_000
    outcome = rules.builtin_rule_set("car_t_review").review(facts)
    assert outcome.verdict != "READY"
