"""What a rule may rest on, and what it knows of its product: drafts, Part IV, limits, lists, dose bands, words."""

from pathlib import Path
from typing import Any

import pytest

import rules
from rules import sources
from rules.loading import rule_set_of

_ABOUT = {
    "title": "Some title",
    "clause": "some clause",
    "severity": "major",
    "text": "Wrong.....: {item}.",
    "next_step": "Look at it.",
    "examples": {"passing": [{}], "failing": [{}]},
}
_HEAD = "rule_set: some_set\nversion: 1.0.0\ntitle: Some rules\n"


def _rule(rule_id: str = "AA-ONE-01", **more: Any) -> dict[str, Any]:
    return {
        "id": rule_id,
        "kind": "presence",
        "each": "steps",
        "name": "step_id",
        "fields": ["performer"],
        **_ABOUT,
    } | more


def _set(*listed: dict[str, Any], **file: Any) -> rules.RuleSet:
    return rule_set_of({"rule_set": "some_set", "version": "1.0.0", "title": "Some", "rules": list(listed), **file})


def _written(
    tmp_path: Path, clause: str, *, status: str = "final", head: str = "", text: str = "Wrong: {item}."
) -> Path:
    path = tmp_path / "some.yaml"
    path.write_text(
        f'{_HEAD}{head}rules:\n  - id: AA-ONE-01\n    kind: presence\n    title: Some title\n    clause: "{clause}"\n'
        f'    status: {status}\n    severity: major\n    text: "{text}"\n    next_step: Look at it.\n    each: steps\n'
        "    name: step_id\n    fields: [performer]\n    examples: {passing: [{}], failing: [{}]}\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.requirement("URS-210")
@pytest.mark.parametrize(
    "clause",
    [
        "EU GMP ch. 4 (draft), ALCOA original",
        "21 CFR 11.70; EU GMP ch. 4 (draft), ALCOA contemporaneous",
        "Annex 11 Draft 2025, 12.1; 21 CFR 11.10(e)",
        "EU GMP Annex 22, 5",
        "21 CFR 211.192; MHRA consultation of 2026",
    ],
)
def test_a_rule_that_rests_partly_on_a_draft_says_so_by_its_status(tmp_path: Path, clause: str) -> None:
    with pytest.raises(rules.RuleError, match=r"line 5: rule AA-ONE-01 rests on a draft .* give it the status draft"):
        rules.load_rule_set(_written(tmp_path, clause))
    assert rules.load_rule_set(_written(tmp_path, clause, status="draft")).rules[0].status == "draft"


@pytest.mark.requirement("URS-210")
def test_no_rule_of_the_book_rests_on_a_draft_without_saying_so() -> None:
    """Twelve of them did, four of them critical."""
    for name in rules.builtin_names():
        for rule in rules.builtin_rule_set(name).rules:
            assert (rule.status == "draft") == bool(sources.drafts(rule.clause)), rule.id


@pytest.mark.requirement("URS-210")
@pytest.mark.parametrize(
    "clause", ["EU GMP Annex 16, 1.7", "21 CFR 211.22(a); EU GMP ch. 1, 1.10", "Annex 11, 9", "EU GMP Part I, 4"]
)
def test_an_advanced_therapy_cites_part_iv_alone(tmp_path: Path, clause: str) -> None:
    with pytest.raises(rules.RuleError, match="to which only EU GMP Part IV applies"):
        rules.load_rule_set(_written(tmp_path, clause, head="advanced_therapy: true\n"))
    rules.load_rule_set(_written(tmp_path, clause))
    ours = "; ".join(
        f"plant procedure, after {one}" if one in sources.no_authority(clause) else one
        for one in sources.sources(clause)
    )
    rules.load_rule_set(_written(tmp_path, ours, head="advanced_therapy: true\n"))


_NOT_SEEN = ("211.188(b)(11)", "211.67(", "211.182", "211.68(c)", "610.14", "610.12(f)", "1271.90")
"""Clauses that are cited from general knowledge: nobody who wrote the book had their text before them."""


@pytest.mark.requirement("URS-210")
def test_a_rule_by_a_clause_that_nobody_saw_says_that_it_is_to_be_verified() -> None:
    silent = [
        rule.id
        for name in rules.builtin_names()
        for rule in rules.builtin_rule_set(name).rules
        if any(one in rule.clause for one in _NOT_SEEN) and not rule.to_verify
    ]
    assert silent == []


@pytest.mark.requirement("URS-210")
def test_a_rule_by_a_limit_that_is_to_be_verified_says_so_too() -> None:
    limit = {"value": 80, "unit": "%", "source": "an example", "to_verify": True}
    rule = _rule(
        kind="range", each="lims.results", name="result_id", value="result", low={"limit": "viability_min"},
    )  # fmt: skip
    del rule["fields"]
    product = {"code": "P1", "limits": {"viability_min": limit}}
    with pytest.raises(rules.RuleError, match=r"AA-ONE-01 judges by the limit 'viability_min', which is to be ver"):
        _set(rule, product=product)
    assert _set(rule | {"to_verify": True}, product=product).rules[0].to_verify


@pytest.mark.requirement("URS-210")
def test_a_dose_by_a_band_that_is_to_be_verified_says_so_too() -> None:
    ids = {one.id: one.to_verify for one in rules.builtin_rule_set("car_t_review").rules}
    assert ids["CT-DOS-01"]
    assert ids["CT-DOS-02"]


@pytest.mark.requirement("URS-210")
def test_what_only_the_draft_of_chapter_4_adds_to_alcoa_is_no_clause() -> None:
    """Seven rules cited 'ALCOA complete' or 'consistent', for which 21 CFR 211 has paragraphs of its own."""
    more = ("complete", "consistent", "enduring", "available", "traceable")
    for name in rules.builtin_names():
        for rule in rules.builtin_rule_set(name).rules:
            cited = any(f"ALCOA{sign}{word}" in rule.clause for word in more for sign in (" ", ": "))
            assert not cited or rule.status == "draft", rule.id


@pytest.mark.requirement("URS-210")
@pytest.mark.parametrize("name", ["car_t_review", "filing_clocks", "shipping"])
def test_rules_about_an_advanced_therapy_say_that_it_is_one(name: str) -> None:
    """Without the word the clauses of a rule set are not held to Part IV."""
    path = Path(rules.__file__).parent / "book" / f"{name}.yaml"
    assert "\nadvanced_therapy: true\n" in path.read_text(encoding="utf-8")


def test_a_text_with_a_word_that_nothing_stands_for_is_refused(tmp_path: Path) -> None:
    """Such a word was read as '(unknown)' by whoever had to act on the finding."""
    with pytest.raises(
        rules.RuleError, match=r"nothing stands for \{perfomer\} in the text \(did you mean 'performer'"
    ):
        rules.load_rule_set(_written(tmp_path, "some clause", text="Not signed by {perfomer}."))
    rules.load_rule_set(_written(tmp_path, "some clause", text="{name} of {unit_procedure} has no {missing}."))


def test_a_text_may_use_every_field_of_the_entry() -> None:
    rule_set = _set(_rule(text="Step {item}, {name}, has no {missing}."))
    found = rule_set.review({"steps": [{"step_id": "S1", "name": "Wash", "performer": ""}]}).findings
    assert [one.text for one in found] == ["Step S1, Wash, has no performer."]


_PRODUCT = {
    "code": "P1",
    "limits": {"viability_min": {"value": 80, "unit": "%", "source": "the licence"}},
    "lists": {"open_steps": ["S2", "S3"]},
}


def test_limits_and_lists_of_the_product_stand_where_rules_name_them() -> None:
    limit = _rule(
        kind="range", each="lims.results", name="result_id", value="result", low={"limit": "viability_min"},
        text="{value} is below {product.viability_min}, that is {low}.",
    )  # fmt: skip
    del limit["fields"]
    rule_set = _set(limit, _rule("AA-TWO-01", where={"step_id": {"list": "open_steps"}}), product=_PRODUCT)
    rows = [{"result_id": "R1", "result": "79.9"}, {"result_id": "R2", "result": "80"}]
    steps = [{"step_id": one, "performer": ""} for one in ("S1", "S2")]
    found = rule_set.review({"lims": {"results": {"complete": True, "rows": rows}}, "steps": steps}).findings
    assert [(one.rule, one.text) for one in found] == [
        ("AA-ONE-01", "79.9 is below 80, that is 80."),
        ("AA-TWO-01", "Wrong.....: S2."),
    ]


def test_a_limit_in_an_expression_is_the_product_s() -> None:
    rule = _rule(kind="expression", facts={"values.t.text": "number"}, check="values.t.text <= product.peak_max")
    del rule["each"], rule["name"], rule["fields"]
    peak = {"code": "P1", "limits": {"peak_max": {"value": -135.5, "unit": "Cel", "source": "stability"}}}
    rule_set = _set(rule, product=peak)
    for text, fires in (("-136", False), ("-135.5", False), ("-135.4", True)):
        assert bool(rule_set.review({"values": {"t": {"text": text}}}).findings) == fires


@pytest.mark.parametrize(
    ("rule", "product", "said"),
    [
        (_rule(where={"step_id": {"list": "open_step"}}), _PRODUCT, r"'open_step' is no list of the product \(did you"),
        (
            _rule(where={"step_id": {"list": "open_steps"}}),
            _PRODUCT,
            "no rule uses the product's limit 'viability_min'",
        ),
        (_rule(where={"step_id": {"list": "open_steps"}}), None, "'open_steps' is no list of the product"),
    ],
)
def test_product_data_that_is_not_known_or_not_used_is_refused(rule: Any, product: Any, said: str) -> None:
    with pytest.raises(rules.RuleError, match=said):
        _set(rule, **({"product": product} if product else {}))


@pytest.mark.parametrize(
    ("band", "said"),
    [
        ({"over_kg": 0, "to_kg": 50, "low": 5, "high": 0.2}, "holds no dose"),
        ({"over_kg": 50, "to_kg": 50, "low": 0.2, "high": 5}, "holds no dose or no weight"),
        ({"over_kg": 40, "to_kg": 60, "low": 0.2, "high": 5}, "two dose bands of B-ALL speak of the same weight"),
    ],
)
def test_dose_bands_that_make_no_sense_are_refused(band: dict[str, Any], said: str) -> None:
    about = {"product": "P1", "indication": "B-ALL", "per": "kg", "source": "the label"}
    whole = {**about, "over_kg": 0, "to_kg": 50, "low": 0.2, "high": 5}
    listed = [whole, {**about, **band}] if "two" in said else [{**about, **band}]
    with pytest.raises(rules.RuleError, match=said):
        _set(_rule(), product={"code": "P1", "dose_bands": listed})


@pytest.mark.requirement("URS-211")
@pytest.mark.parametrize(
    ("indication", "weight", "dose", "in_order"),
    [
        ("B-ALL", "30", "150", True),
        ("B-ALL", "30", "150.1", False),
        ("B-ALL", "30", "6", True),
        ("B-ALL", "30", "5.9", False),
        ("B-ALL", "50", "250", True),
        ("B-ALL", "50.1", "9.9", False),
        ("b-all", "80", "250", True),
        ("B-ALL", "80", "251", False),
        ("LBCL", "80", "600", True),
        ("LBCL", "80", "> 100", False),
        ("LBCL", "80", "see file", False),
        ("LBCL", "40", "100", False),
        ("LBCL", "205", "600", True),
        ("B-ALL", "205", "250.1", False),
        ("Lupus", "80", "100", False),
    ],
)
def test_the_dose_is_judged_by_indication_and_weight(indication: str, weight: str, dose: str, in_order: bool) -> None:
    """480e6 cells at 30 kg passed the limits of any patient, 3.2 times what such a child may get."""
    rule_set = rules.builtin_rule_set("car_t_review")
    facts = {
        "batch": {"product_code": "BW-CART19", "indication": indication},
        "values": {"patient_weight": {"text": weight}},
        "lims": {"results": {"complete": True, "rows": [{"result_id": "R1", "test": "Cell dose", "result": dose}]}},
    }
    found = {one.rule for one in rule_set.review(facts).findings if not one.text.startswith("Could not")}
    assert ("CT-DOS-01" not in found) == in_order


def test_rules_that_say_nothing_new_keep_the_hash_of_their_set() -> None:
    """Approvals are bound to it: what rule files may say beside it changes no old file's name."""
    shared = [
        _rule(),
        {"id": "AA-ONE-02", "kind": "same_result", "pairs": {"dose": "Cell dose"}, **_ABOUT},
        {"id": "AA-ONE-03", "kind": "elapsed", "start": "batch.apheresis_at", "end": "now", "most_hours": 72,
         "jurisdiction": "EU", **_ABOUT},
    ]  # fmt: skip
    assert _set(*shared).content_hash == "cbf04a47dafb403cf2946c9a5d3c50fa9f8e8f826c0a84fee496466adfd684fe"
    assert _set(*shared, advanced_therapy=True).content_hash != _set(*shared).content_hash
