"""Who answers for a batch where it is imported: by where it was made and where it goes, by role, day and licence."""

from functools import cache
from typing import Any

import numpy as np
import pytest

import rules
from batchwright.commands.mutation import facts_of_bundle
from twin.defects import Bundle, mutate
from twin.defects.importing import into_union
from twin.model.importers import importer
from twin.world import make_clean_bundles


@cache
def _book() -> rules.RuleSet:
    return rules.builtin_rule_set("car_t_review")


@cache
def _clean() -> Bundle:
    return make_clean_bundles(1, 23)[0]


def _found(bundle: Bundle) -> dict[str, str]:
    return {one.rule: one.text for one in _book().review(facts_of_bundle(bundle)).findings}


def _going(made_in: str | None, *markets: str, importers: tuple[str, ...] = ()) -> Bundle:
    bundle = _clean().copy()
    made = str(bundle.record["manufactured_at"])
    named = [importer(one, confirmed_at=made, licence_valid_until="2027-12-31") for one in importers]
    bundle.record.update(made_in=made_in, markets=list(markets), importers=named)
    return bundle


@pytest.mark.requirement("URS-214")
@pytest.mark.parametrize(
    ("made_in", "markets", "wanted"),
    [
        ("NL", ("EU",), set()),
        ("NO", ("DE", "US"), set()),
        ("US", ("US",), set()),
        ("NL", ("US",), set()),
        ("NL", ("GB",), {"CT-IMP-01"}),
        ("NL", ("CH", "EU"), {"CT-IMP-02"}),
        ("NL", ("GB", "CH"), {"CT-IMP-01", "CT-IMP-02"}),
        ("GB", ("GB",), set()),
        ("GB", ("FR",), {"CT-IMP-04"}),
        ("CH", ("CH", "EU"), {"CT-IMP-04"}),
        ("US", ("EU", "GB"), {"CT-IMP-01", "CT-IMP-04"}),
        ("Netherlands", ("EU",), {"CT-IMP-04"}),
        (None, ("EU",), {"CT-IMP-04", "CT-IMP-05"}),
        ("", ("GB",), {"CT-IMP-01", "CT-IMP-05"}),
        (None, ("US",), set()),
    ],
)
def test_a_batch_from_another_jurisdiction_needs_somebody_who_answers(
    made_in: str | None, markets: tuple[str, ...], wanted: set[str]
) -> None:
    assert set(_found(_going(made_in, *markets))) == wanted
    named = _going(made_in, *markets, importers=("GB", "CH", "EU"))
    assert set(_found(named)) == wanted & {"CT-IMP-05"}


@pytest.mark.parametrize(("market", "rule"), [("GB", "CT-IMP-01"), ("CH", "CT-IMP-02"), ("DE", "CT-IMP-04")])
def test_an_importer_of_another_market_answers_for_nothing_here(market: str, rule: str) -> None:
    others = {"GB": ("CH", "EU"), "CH": ("GB", "EU"), "DE": ("GB", "CH")}[market]
    assert set(_found(_going("US", market, importers=others))) == {rule}


def test_a_market_of_the_union_by_its_own_name_is_the_union() -> None:
    bundle = _going("US", "DE", importers=("EU",))
    bundle.entries("importers")[0]["market"] = "DE"
    assert _found(bundle) == {}


@pytest.mark.requirement("URS-214")
@pytest.mark.parametrize(
    ("market", "role", "in_order"),
    [
        ("GB", "RPi", True), ("GB", "QP", True), ("GB", "FvP", False), ("GB", "rpi", False),
        ("CH", "FvP", True), ("CH", "QP", False), ("EU", "QP", True), ("EU", "RPi", False),
    ],
)  # fmt: skip
def test_who_answers_stands_on_the_licence_in_the_role_of_that_market(market: str, role: str, in_order: bool) -> None:
    bundle = _going("US", market, importers=(market,))
    bundle.entries("importers")[0]["role"] = role
    assert ("CT-IMP-06" not in _found(bundle)) == in_order


@pytest.mark.requirement("URS-214")
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"confirmed_at": "2031-01-01T00:00:00Z"}, "CT-IMP-07"),
        ({"confirmed_at": None}, "CT-IMP-03"),
        ({"licence_valid_until": "2026-06-01"}, "CT-IMP-08"),
        ({"licence": " "}, "CT-IMP-03"),
        ({"import_tests": "Mutual recognition"}, ""),
        ({"import_tests": "Exemption of the authorisation"}, ""),
        ({"import_tests": "tested"}, "CT-IMP-09"),
    ],
)
def test_confirmation_licence_and_tests_upon_import_are_in_order(change: dict[str, Any], rule: str) -> None:
    bundle = _clean().copy()
    into_union(bundle, np.random.default_rng(1)).update(change)
    found = _found(bundle)
    assert rule in found if rule else found == {}


def test_a_licence_that_ends_on_the_day_of_the_infusion_still_covers_it() -> None:
    bundle = _going("NL", "GB", importers=("GB",))
    bundle.entries("importers")[0]["licence_valid_until"] = bundle.record["infusion_planned_on"]
    assert _found(bundle) == {}


@pytest.mark.parametrize("operator", ["importer_in_other_role", "made_in_missing", "import_tests_missing"])
def test_nothing_else_is_wrong_with_a_batch_whose_import_is(operator: str) -> None:
    for number in range(12):
        damaged, _ = mutate(_clean(), operator, np.random.default_rng(number))
        assert all(rule.startswith("CT-IMP-0") for rule in _found(damaged))
