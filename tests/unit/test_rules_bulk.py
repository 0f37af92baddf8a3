"""Many batches in processes: the same verdicts as one by one, and a batch that can't be judged is an error."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest

import rules
from batchwright.commands.mutation import facts_of_bundle
from rules.bulk import Judges
from rules.errors import BadFact
from twin.world import make_clean_bundles


def _facts(count: int) -> list[dict[str, Any]]:
    facts = [facts_of_bundle(one) for one in make_clean_bundles(count, 77)]
    facts[1]["materials"][0]["expires_on"] = "2020-01-01"
    facts[2]["steps"][0]["checker"] = facts[2]["steps"][0]["performer"]
    return facts


def _share(count: int, share: int, many: int) -> Iterable[dict[str, Any]]:
    return _facts(count)[share::many]


def _broken(share: int, many: int) -> Iterable[dict[str, Any]]:
    del many
    return [{"now": "yesterday", "batch": [], "steps": [f"step of share {share}"]}]


_RULES = partial(rules.builtin_rule_set, "car_t_review")


def test_shares_are_judged_as_one_by_one() -> None:
    rule_set = _RULES()
    alone = [rule_set.judge(one) for one in _facts(5)]
    with Judges(_RULES, partial(_share, 5), processes=2) as judges:
        first, again = judges.judge(), judges.judge()
    assert first == again
    verdicts = [one.verdict for share in first for one in share]
    assert verdicts == [alone[n].verdict for n in (0, 2, 4, 1, 3)]
    assert verdicts.count("HOLD") == 2
    fired = [one.rules for share in first for one in share]
    assert fired == [tuple(dict.fromkeys(f.rule for f in alone[n].findings)) for n in (0, 2, 4, 1, 3)]


def test_facts_that_cannot_be_judged_are_an_error() -> None:
    with Judges(_RULES, _broken, processes=1) as judges, pytest.raises(BadFact, match="steps entry 1"):
        judges.judge()
