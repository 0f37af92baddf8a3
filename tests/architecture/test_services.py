"""The use cases stand side by side: no tower of classes, and no method that hides another."""

import configparser
import inspect
from collections import Counter
from pathlib import Path

from mes_core.services import Mes
from mes_core.services.batches.after_release import AfterRelease
from mes_core.services.batches.filings import Filings
from mes_core.services.batches.shipping import Shipping
from mes_core.services.core import Core
from mes_core.services.journeys.custody import Custodies
from mes_core.services.people.in_force import RulesInForce
from mes_core.services.people.signing import SignedActs

ROOT = Path(__file__).parents[2]
BASES = {Core, SignedActs, RulesInForce}
"""What use cases may share."""
MOST_FLOORS = 9


def _height(one: type) -> int:
    """The longest way down to `object`, that one not counted."""
    return 1 + max((_height(base) for base in one.__bases__ if base is not object), default=0)


def test_use_cases_do_not_stand_on_each_other() -> None:
    """A class of use cases has small bases only; what ends with the rules after release is the exception.

    Each class that inherits from another use case adds to what `self` can mean: 22 in one chain, nobody could tell.
    """
    allowed = {Shipping: {AfterRelease}, Filings: {AfterRelease}, Custodies: {AfterRelease}}
    for one in Mes.__bases__:
        assert set(one.__bases__) <= BASES | allowed.get(one, set()), one.__name__
    for base in BASES | {AfterRelease}:
        assert set(base.__bases__) <= {object, Core, RulesInForce}, base.__name__
    assert set(Mes.__mro__) == {Mes, object, AfterRelease, *BASES, *Mes.__bases__}
    assert _height(Mes) <= 5


def test_no_use_case_hides_another() -> None:
    """Side by side, two that have a method of one name would silently be one: every name has one owner."""
    owners = Counter(
        name
        for one in Mes.__mro__[1:-1]
        for name in vars(one)
        if not (name.startswith("__") and name.endswith("__")) and not name.startswith("_abc_")
    )
    assert [name for name, count in owners.items() if count > 1] == []


def test_facade_adds_nothing() -> None:
    """The facade lists its parts; a method that is written into it belongs into a room."""
    assert [name for name, value in vars(Mes).items() if inspect.isfunction(value)] == []


def test_services_keep_to_nine_floors() -> None:
    """The contract that import-linter checks, exhaustively, has nine layers: a tenth is a tower that grows back."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    floors = contracts["importlinter:contract:floors-services"]
    assert floors["type"] == "layers"
    assert floors.getboolean("exhaustive")
    assert floors["containers"].split() == ["mes_core.services"]
    assert len(floors["layers"].split("\n")[1:]) <= MOST_FLOORS
