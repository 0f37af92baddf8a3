"""An effect happens once, whatever happened before: tried on a site that only counts."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from keywords.context import ItemContext
from keywords.effects import Effect, Intent, once
from keywords.failures import ApplicationError, QualityError
from keywords.sites import ReadBack
from mes_core.client import MesError
from mes_core.messages.views import ConfirmEffect, EffectView, NewEffect


class CountingSite:
    """Holds references; `late` bookings show only after a wait."""

    def __init__(self) -> None:
        self.page: list[str] = []
        self.export: list[str] = []
        self.late: list[str] = []
        self.acts = 0
        self.waits: list[float] = []

    def find(self) -> ReadBack:
        return ReadBack(tuple(self.page), tuple(self.export))

    def act(self) -> str:
        self.acts += 1
        reference = f"B{self.acts}"
        self.page.append(reference)
        self.export.append(reference)
        return reference

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.page += self.late
        self.export += self.late
        self.late = []


class Notes:
    """The MES's side of effects, in memory."""

    def __init__(self) -> None:
        self.noted: dict[tuple[str, str, str, int], EffectView] = {}
        self.confirmed: list[ConfirmEffect] = []

    def register_effect(self, effect: NewEffect) -> EffectView:
        key = (effect.site, effect.kind, effect.business_key, effect.revision)
        if key in self.noted:
            return self.noted[key].model_copy(update={"created": False})
        self.noted[key] = EffectView(
            effect_id="e1", state="intended", created=True, created_at=datetime.now(UTC), **effect.model_dump()
        )
        return self.noted[key]

    def confirm_effect(self, effect_id: str, confirmation: ConfirmEffect) -> None:
        self.confirmed.append(confirmation)
        if confirmation.count != 1:
            raise MesError(409, "There must be exactly one.")


INTENT = Intent("courier", "booking", "ship:B-1", "B-1", {"slot_id": "S1"})


def bring_about(site: CountingSite, notes: Notes, act: Callable[[], str] | None = None, **more: Any) -> Effect:
    context = cast(ItemContext, SimpleNamespace(mes=notes, item={"item_id": "i1"}))
    return once(context, more.get("intent", INTENT), find=site.find, act=act or site.act, settle_s=3, wait=site.wait)


def test_the_first_try_acts_once_and_confirms() -> None:
    site, notes = CountingSite(), Notes()
    effect = bring_about(site, notes)
    assert (effect.reference, effect.adopted, site.acts, site.waits) == ("B1", False, 1, [])
    assert notes.confirmed == [ConfirmEffect(reference="B1", count=1)]


def test_a_second_try_adopts_what_stands_with_the_details_noted_then() -> None:
    site, notes = CountingSite(), Notes()
    bring_about(site, notes)
    again = bring_about(site, notes, intent=Intent("courier", "booking", "ship:B-1", "B-1", {"slot_id": "S2"}))
    assert (again.adopted, again.details, site.acts) == (True, {"slot_id": "S1"}, 1)


def test_an_answer_that_was_lost_after_the_commit_is_adopted() -> None:
    site, notes = CountingSite(), Notes()

    def lost() -> str:
        site.act()
        raise ApplicationError("SITE_NO_ANSWER", "The answer was lost.")

    with pytest.raises(ApplicationError):
        bring_about(site, notes, lost)
    assert bring_about(site, notes).adopted
    assert site.acts == 1


def test_a_late_commit_of_an_earlier_try_is_waited_for() -> None:
    site, notes = CountingSite(), Notes()
    notes.register_effect(
        NewEffect(site="courier", kind="booking", business_key="ship:B-1", batch_id="B-1", item_id="i0")
    )
    site.late = ["B9"]
    effect = bring_about(site, notes)
    assert (effect.reference, effect.adopted, site.acts, site.waits) == ("B9", True, 0, [3])


def test_an_earlier_try_that_never_arrived_is_done_after_the_settling_time() -> None:
    site, notes = CountingSite(), Notes()
    notes.register_effect(
        NewEffect(site="courier", kind="booking", business_key="ship:B-1", batch_id="B-1", item_id="i0")
    )
    assert not bring_about(site, notes).adopted
    assert (site.acts, site.waits) == (1, [3])


def test_channels_that_disagree_stop_before_the_act() -> None:
    site, notes = CountingSite(), Notes()
    site.export.append("B7")
    with pytest.raises(QualityError, match=r"the page shows none, the export shows B7"):
        bring_about(site, notes)
    assert (site.acts, notes.confirmed) == (0, [])


def test_two_that_stand_are_a_quality_failure() -> None:
    site, notes = CountingSite(), Notes()
    site.page, site.export = ["B1", "B2"], ["B1", "B2"]
    with pytest.raises(QualityError, match="EFFECT_NOT_ONE"):
        bring_about(site, notes)
    assert (site.acts, notes.confirmed[0].count) == (0, 2)


def test_an_act_that_shows_nowhere_is_a_quality_failure() -> None:
    site, notes = CountingSite(), Notes()
    with pytest.raises(QualityError, match="EFFECT_NOT_ONE"):
        bring_about(site, notes, lambda: "B1")
    assert (site.waits, notes.confirmed[0].count) == ([3], 0)


def test_a_number_that_is_not_the_one_shown_is_a_quality_failure() -> None:
    site, notes = CountingSite(), Notes()

    def mixed_up() -> str:
        site.act()
        return "B99"

    with pytest.raises(QualityError, match="EFFECT_NOT_ONE"):
        bring_about(site, notes, mixed_up)
