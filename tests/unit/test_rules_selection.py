"""Which rules apply: by destination market, by day, draft law or not."""

from typing import Any

import pytest

import rules
from rules.loading import rule_set_of


def _rule(rule_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": rule_id,
        "kind": "head",
        "title": "The product is named",
        "clause": "a clause",
        "severity": "major",
        "fields": ["product"],
        "text": "No {missing} is given.",
        "next_step": "Name it.",
        "examples": {"passing": [{"batch": {"product": "x"}}], "failing": [{"batch": {"product": ""}}]},
        **more,
    }


def _set(*listed: dict[str, Any]) -> rules.RuleSet:
    return rule_set_of({"rule_set": "some_set", "version": "1.0.0", "title": "Some", "rules": list(listed)})


def _fired(
    rule_set: rules.RuleSet,
    *,
    markets: Any = None,
    now: str = "2026-06-01T08:00:00Z",
    draft: bool = False,
    zone: str = "UTC",
) -> Any:
    facts = {"now": now, "batch": {"product": "", "markets": markets}} | ({"plant": {"zone": zone}} if zone else {})
    outcome = rule_set.review(facts, draft=draft)
    return [one.rule for one in outcome.findings], outcome.selection, outcome.rules_run


@pytest.mark.parametrize(
    ("markets", "wanted", "words"),
    [
        (["US"], ["AA-ALL-01", "AA-US-01"], "US"),
        (["DE"], ["AA-ALL-01", "AA-EU-01"], "EU"),
        (["EU", "US"], ["AA-ALL-01", "AA-US-01", "AA-EU-01"], "EU and US"),
        (["ZZ"], ["AA-ALL-01", "AA-US-01", "AA-EU-01"], "CH and EU and UK and US"),
        ([], ["AA-ALL-01", "AA-US-01", "AA-EU-01"], "CH and EU and UK and US"),
        (None, ["AA-ALL-01", "AA-US-01", "AA-EU-01"], "CH and EU and UK and US"),
        ([["US"]], ["AA-ALL-01", "AA-US-01", "AA-EU-01"], "CH and EU and UK and US"),
    ],
)
def test_markets_select_jurisdictions_and_doubt_selects_all(markets: Any, wanted: list[str], words: str) -> None:
    rule_set = _set(_rule("AA-ALL-01"), _rule("AA-US-01", jurisdiction="US"), _rule("AA-EU-01", jurisdiction="EU"))
    assert _fired(rule_set, markets=markets) == (wanted, words, len(wanted))


@pytest.mark.parametrize(
    ("markets", "wanted", "words"),
    [
        (["GB"], ["AA-ALL-01", "AA-UK-01", "AA-ABR-01"], "UK"),
        (["CH"], ["AA-ALL-01", "AA-ABR-01"], "CH"),
        (["GB", "FR"], ["AA-ALL-01", "AA-UK-01", "AA-ABR-01"], "EU and UK"),
        (["US"], ["AA-ALL-01"], "US"),
        (["UK"], ["AA-ALL-01", "AA-UK-01", "AA-ABR-01"], "CH and EU and UK and US"),
    ],
)
def test_great_britain_and_switzerland_have_rules_of_their_own(markets: Any, wanted: list[str], words: str) -> None:
    """A rule may stand for several jurisdictions; UK is no code of a country, and doubt selects all."""
    rule_set = _set(
        _rule("AA-ALL-01"), _rule("AA-UK-01", jurisdiction="UK"), _rule("AA-ABR-01", jurisdiction=["UK", "CH"])
    )
    assert _fired(rule_set, markets=markets) == (wanted, words, len(wanted))


@pytest.mark.parametrize(
    ("now", "applies"),
    [
        ("2026-03-31T23:59:59Z", False),
        ("2026-04-01T00:00:00Z", True),
        ("2026-12-31T23:00:00Z", True),
        ("2027-01-01T00:00:00Z", False),
    ],
)
def test_a_rule_applies_from_its_first_day_to_its_last(now: str, applies: bool) -> None:
    rule_set = _set(_rule("AA-ALL-01", effective_from="2026-04-01", effective_until="2026-12-31"))
    found, _, ran = _fired(rule_set, markets=["US"], now=now)
    assert (bool(found), ran) == (applies, int(applies))


@pytest.mark.parametrize(
    ("now", "zone", "applies"),
    [
        ("2026-03-31T22:30:00Z", "Europe/Berlin", True),
        ("2026-04-01T02:00:00Z", "America/New_York", False),
        ("2027-01-01T02:00:00Z", "America/New_York", True),
        ("2026-12-31T23:30:00Z", "Europe/Berlin", False),
        ("2026-03-31T12:00:00Z", "", True),
        ("2026-03-31T09:00:00Z", "", False),
        ("2027-01-01T10:00:00Z", "", True),
        ("2027-01-01T13:00:00Z", "", False),
        ("2026-04-01", "America/New_York", True),
    ],
)
def test_a_rule_s_first_and_last_day_are_the_plant_s(now: str, zone: str, applies: bool) -> None:
    """Not those of Greenwich; where no zone is known, a day counts for as long as it lasts anywhere."""
    rule_set = _set(_rule("AA-ALL-01", effective_from="2026-04-01", effective_until="2026-12-31"))
    assert _fired(rule_set, markets=["US"], now=now, zone=zone)[2] == int(applies)


@pytest.mark.parametrize("now", ["", "soon", "20260101T080000Z", "2026-W01-1T08"])
def test_without_a_day_a_dated_rule_applies(now: str) -> None:
    """What is not known never makes a rule fall away."""
    rule_set = _set(_rule("AA-ALL-01", effective_from="2026-04-01", effective_until="2026-12-31"))
    assert _fired(rule_set, markets=["US"], now=now)[2] == 1


def test_the_built_in_rules_say_since_when_their_clause_applies() -> None:
    undated = [
        rule.id
        for name in rules.builtin_names()
        for rule in rules.builtin_rule_set(name).rules
        if rule.clause.startswith(("21 CFR 211", "21 CFR 11.", "Reg. (EC)", "EU GMP Part IV"))
        and rule.status == "final"
        and rule.effective_from is None
    ]
    assert undated == []


def test_draft_law_applies_only_when_it_is_switched_on() -> None:
    rule_set = _set(_rule("AA-ALL-01"), _rule("AA-EU-01", jurisdiction="EU", status="draft"))
    assert _fired(rule_set, markets=["FR"]) == (["AA-ALL-01"], "EU", 1)
    assert _fired(rule_set, markets=["FR"], draft=True) == (["AA-ALL-01", "AA-EU-01"], "EU, draft law included", 2)
    assert _fired(rule_set, markets=["US"], draft=True) == (["AA-ALL-01"], "US, draft law included", 1)


def test_the_built_in_book_has_draft_law_that_bites() -> None:
    from batchwright.commands.mutation import facts_of_bundle
    from twin.world import make_clean_bundles

    rule_set = rules.builtin_rule_set("car_t_review")
    drafts = {rule.id for rule in rule_set.rules if rule.status == "draft"}
    facts = facts_of_bundle(make_clean_bundles(1, 4)[0])
    facts["batch"]["markets"] = ["DE"]
    facts["deviations"] = [
        {"deviation_id": "D1", "title": "Late", "opened_at": "2026-05-01T08:00:00Z", "closed_at": "", "assessment": ""}
    ]
    found = {one.rule for one in rule_set.judge(facts, draft=True).findings}
    assert "CT-DRA-04" in found & drafts
