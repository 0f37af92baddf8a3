"""Batches for each market: clean ones are in order under the law of that market, and its rules are reached there."""

from functools import cache
from typing import Any

import numpy as np
import pytest

import rules
from batchwright.commands.mutation import facts_of_bundle, facts_of_shipment
from twin.defects import OPERATORS, Bundle, NotApplicableError, mutate
from twin.model import TwinError
from twin.world import MARKETS, make_clean_bundles

_JURISDICTION = {"US": "US", "GB": "UK", "CH": "CH"}


@cache
def _made(market: str) -> tuple[Bundle, ...]:
    return tuple(make_clean_bundles(16, 53, markets=(market,)))


@cache
def _book(name: str = "car_t_review") -> rules.RuleSet:
    return rules.builtin_rule_set(name)


def test_the_markets_are_those_of_the_union_and_three_others() -> None:
    assert set(MARKETS) == {"EU", "DE", "FR", "ES", "US", "GB", "CH"}
    going = {market for one in make_clean_bundles(60, 9, markets=MARKETS) for market in one.record["markets"]}
    assert {"GB", "CH", "EU", "US"} <= going <= set(MARKETS)
    everyday = {market for one in make_clean_bundles(60, 9) for market in one.record["markets"]}
    assert everyday & {"GB", "CH"} == set()


@pytest.mark.parametrize("markets", [("UK",), ("GB", "XX"), ()])
def test_a_market_without_a_centre_is_refused(markets: tuple[str, ...]) -> None:
    with pytest.raises(TwinError, match=r"No treatment centre is in market '(UK|XX|none)': take CH, DE, ES, EU, FR"):
        make_clean_bundles(2, 1, markets=markets)


@pytest.mark.parametrize("market", MARKETS)
def test_clean_batches_of_each_market_are_ready_and_stay_in_order_after_their_release(market: str) -> None:
    for bundle in _made(market):
        assert market in bundle.record["markets"]
        judged = [_book().review(facts_of_bundle(bundle))]
        judged += [_book(name).review(facts_of_shipment(bundle)) for name in ("shipping", "filing_clocks")]
        assert [one.verdict for one in judged] == ["READY"] * 3, [one.text for all_ in judged for one in all_.findings]


@pytest.mark.requirement("URS-003")
@pytest.mark.parametrize("market", MARKETS)
def test_the_critical_rules_of_each_market_are_reached_by_batches_that_go_there(market: str) -> None:
    jurisdiction = _JURISDICTION.get(market, "EU")
    own = {
        one.id
        for one in _book().rules
        if jurisdiction in one.applies_in and one.severity == "critical" and one.status != "draft"
    }
    assert own
    alone = [one for one in _made(market) if one.record["markets"] == [market]]
    left = set(own)
    for name in _aimed():
        for number, bundle in enumerate(alone[:8]):
            try:
                damaged, _ = mutate(bundle, name, np.random.default_rng(number))
            except NotApplicableError:
                continue
            left -= {one.rule for one in _book().review(facts_of_bundle(damaged)).findings}
    assert left == set()


def _aimed() -> list[str]:
    """Operators at what differs from market to market: donors, labels, importers."""
    named: Any = ("donor_test", "importer", "import_", "label_statement", "made_")
    return [name for name in OPERATORS if name.startswith(named)]
