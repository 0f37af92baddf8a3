"""The law that the compiled function rests on: a rule that it clears is one whose check finds nothing."""

import copy
import os
import random
import re
from functools import cache
from typing import Any

import numpy as np
import pytest

import rules
from batchwright.commands.mutation import facts_of_bundle, facts_of_shipment
from rules.compiler import write_source
from rules.errors import BadFact, MissingFact
from rules.facts import UnderReview
from rules.kinds import KINDS
from twin.defects import OPERATORS, mutate
from twin.defects.bundle import NotApplicableError
from twin.world import make_clean_bundles

_ODD = (
    *(None, "", " ", "-", "nan", "NaN", "0", "-1", "1e3", "< 5", "> 4", "12,5", "1_000", "٣", "true", True, False),
    *(0, 1, -1, 0.0, 2.5, 10**15, [], ["S010"], {}, {"text": "1"}, "2026-05-09", "2026-05-09T08:42:13"),
    *("2026-05-09T08:42:13Z", "2026-05-09T10:42:13+02:00", "2031-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00"),
    *("j.brandt", " J.Brandt ", "S010", "Viability", "x" * 100),
)


@cache
def _set(name: str = "car_t_review") -> rules.RuleSet:
    return rules.builtin_rule_set(name)


def _disagreements(rule_set: rules.RuleSet, facts: dict[str, Any]) -> list[str]:
    """Rules that were cleared though their check has something to say."""
    left = set(rule_set.not_cleared(facts, rule_set.select(facts, draft=True)))
    read = UnderReview(facts)
    wrong: list[str] = []
    for place in set(rule_set.select(facts, draft=True).places) - left:
        rule = rule_set.rules[place]
        try:
            if list(KINDS[rule.kind].check(rule, read)):
                wrong.append(rule.id)
        except (MissingFact, BadFact) as said:
            wrong.append(f"{rule.id}: {said}")
    return wrong


def _containers(value: Any) -> list[Any]:
    found, left = [], [value]
    while left:
        one = left.pop()
        if isinstance(one, dict | list) and one:
            found.append(one)
            left += one.values() if isinstance(one, dict) else one
    return found


def _damage(facts: dict[str, Any], rng: random.Random) -> None:
    """Put something odd anywhere, or take away, repeat or reorder."""
    place = rng.choice(_containers(facts))
    if isinstance(place, dict):
        key = rng.choice(list(place))
        if rng.random() < 0.2:
            del place[key]
        elif rng.random() < 0.3:
            place[key] = copy.deepcopy(rng.choice(list(place.values())))
        else:
            place[key] = rng.choice(_ODD)
        return
    at = rng.randrange(len(place))
    action = rng.randrange(5)
    if action == 0:
        del place[at]
    elif action == 1:
        place.insert(rng.randrange(len(place)), copy.deepcopy(place[at]))
    elif action == 2:
        rng.shuffle(place)
    elif action == 3:
        place[at] = rng.choice(_ODD)
    else:
        place.append(rng.choice(_ODD))


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_no_rule_is_cleared_that_finds_a_planted_defect(operator: str) -> None:
    rng = np.random.default_rng(5)
    applied = 0
    for bundle in make_clean_bundles(12, 11):
        try:
            damaged, _ = mutate(bundle, operator, rng)
        except NotApplicableError:
            continue
        applied += 1
        if OPERATORS[operator].after_release:
            facts = facts_of_shipment(damaged)
            assert [_disagreements(_set(name), facts) for name in ("shipping", "filing_clocks")] == [[], []]
        else:
            assert _disagreements(_set(), facts_of_bundle(damaged)) == []
        if applied == 2:
            return
    assert applied, "on none of twelve records"


def test_no_rule_is_cleared_wrongly_whatever_the_facts() -> None:
    rng = random.Random(20260101)
    rounds = 6000 if os.environ.get("BATCHWRIGHT_SOAK") else 250
    clean = [facts_of_bundle(one) for one in make_clean_bundles(3, 12)]
    left = 0
    for _ in range(rounds):
        facts = copy.deepcopy(rng.choice(clean))
        for _ in range(rng.choice((1, 1, 3, 20))):
            _damage(facts, rng)
        assert _disagreements(_set(), facts) == []
        left += len(_set().not_cleared(facts, _set().select(facts)))
    assert left > 250, "the damage did nothing"


def test_no_rule_is_cleared_wrongly_on_its_own_examples() -> None:
    for name in rules.builtin_names():
        rule_set = rules.builtin_rule_set(name)
        for rule in rule_set.rules:
            for facts in (*rule.examples.passing, *rule.examples.failing):
                assert _disagreements(rule_set, facts) == []


def test_a_clean_batch_is_cleared_at_a_glance() -> None:
    for bundle in make_clean_bundles(5, 13):
        facts = facts_of_bundle(bundle)
        assert _set().not_cleared(facts, _set().select(facts)) == []


def test_the_source_holds_no_text_that_could_be_code() -> None:
    source, constants = write_source(_set().rules, range(len(_set().rules)))
    assert not re.search(r"\bimport\b", source)
    assert constants
