"""Local times, opening hours, holidays, the depletion gate, and shippers as units."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from journey_support import CENTRE, NOW, PRODUCT, UNIT

from mes_core.journey.errors import JourneyError
from mes_core.journey.gate import Depletion, checked_by, gate
from mes_core.journey.places import Hours, Place, at_local, closed_because, moment, received_at
from mes_core.journey.priors import PRIORS
from mes_core.journey.shippers import evaporation, hold_quantiles_h, holds, nominal_hold_h, why_unfit

BOSTON = Place("Riverside, Boston", "America/New_York", "US", "MA", hours=Hours(time(8), time(17)))


class TestLocalTime:
    def test_a_local_time_is_the_places_own(self) -> None:
        assert at_local(BOSTON, date(2026, 12, 7), time(8)) == datetime(2026, 12, 7, 13, tzinfo=UTC)

    @pytest.mark.requirement("URS-070")
    @pytest.mark.parametrize(
        ("day", "clock", "told"),
        [(date(2026, 3, 29), time(2, 30), "does not exist"), (date(2026, 10, 25), time(2, 30), "comes twice")],
    )
    def test_an_hour_that_daylight_saving_skips_or_doubles_is_refused(self, day: date, clock: time, told: str) -> None:
        with pytest.raises(JourneyError, match=told):
            at_local(CENTRE, day, clock)

    def test_a_doubled_hour_with_its_offset_is_one_moment(self) -> None:
        assert moment("2026-10-25T02:30:00+02:00", CENTRE, "pick-up") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    @pytest.mark.parametrize(("zone", "told"), [("", "has no time zone"), ("Europe/Lion", "does not exist")])
    def test_a_place_without_a_known_zone_is_refused(self, zone: str, told: str) -> None:
        with pytest.raises(JourneyError, match=told):
            at_local(replace(CENTRE, zone=zone), date(2026, 12, 7), time(8))

    def test_a_country_without_a_calendar_is_refused(self) -> None:
        with pytest.raises(JourneyError, match="No calendar of holidays"):
            closed_because(replace(CENTRE, country="ZZ"), NOW)


class TestHours:
    @pytest.mark.parametrize(
        ("place", "when", "why"),
        [
            (CENTRE, datetime(2026, 12, 25, 10, tzinfo=UTC), "holiday"),
            (BOSTON, datetime(2026, 11, 26, 15, tzinfo=UTC), "Thanksgiving"),
            (CENTRE, datetime(2026, 12, 6, 10, tzinfo=UTC), "Sunday"),
            (CENTRE, datetime(2026, 12, 7, 5, tzinfo=UTC), "06:00"),
            (CENTRE, datetime(2026, 12, 7, 10, tzinfo=UTC), ""),
        ],
    )
    def test_a_place_is_closed_on_its_own_holidays_and_hours(self, place: Place, when: datetime, why: str) -> None:
        told = closed_because(place, when)
        assert why in told
        assert bool(why) == bool(told)

    def test_what_comes_out_of_hours_waits_for_the_next_opening(self) -> None:
        friday = datetime(2026, 12, 4, 12, tzinfo=UTC)
        hours = np.asarray([0.0, 8.0, 30.0, 60.0])
        taken = received_at(replace(CENTRE, hours=Hours(time(7), time(18))), friday, hours)
        # Friday noon at once; Friday night, Saturday and the small hours of Monday at 07:00 on Monday (06:00 UTC).
        assert taken.tolist() == [0.0, 66.0, 66.0, 66.0]

    def test_a_place_that_never_opens_never_receives(self) -> None:
        never = replace(CENTRE, hours=Hours(weekdays=()))
        assert np.isinf(received_at(never, NOW, np.asarray([1.0]))).all()


class TestGate:
    @pytest.mark.requirement("URS-070")
    def test_the_gate_is_the_local_start_of_depletion_and_not_the_infusion(self) -> None:
        found = gate(PRODUCT, BOSTON, infusion_on=date(2026, 12, 20), depletion=Depletion())
        assert found.at == datetime(2026, 12, 15, 13, tzinfo=UTC)
        assert not found.told
        assert checked_by(found, PRODUCT) == found.at - timedelta(hours=6)

    def test_what_the_centre_said_goes_before_what_the_label_says(self) -> None:
        starts = datetime(2026, 12, 14, 9, tzinfo=UTC)
        assert gate(PRODUCT, BOSTON, infusion_on=date(2026, 12, 20), depletion=Depletion(starts)).at == starts

    def test_after_depletion_the_window_of_the_label_counts(self) -> None:
        begun = Depletion(NOW, begun=True, ended_on=date(2026, 12, 3))
        assert gate(PRODUCT, CENTRE, infusion_on=None, depletion=begun).at == datetime(2026, 12, 16, 23, tzinfo=UTC)

    def test_an_expiry_before_the_gate_is_the_gate(self) -> None:
        found = gate(PRODUCT, CENTRE, infusion_on=date(2026, 12, 20), depletion=Depletion(), expires_at=NOW)
        assert (found.at, found.why) == (NOW, "the product expires")

    @pytest.mark.parametrize("depletion", [Depletion(), Depletion(begun=True)])
    def test_without_a_date_the_centre_is_asked(self, depletion: Depletion) -> None:
        with pytest.raises(JourneyError, match="ask the centre"):
            gate(PRODUCT, CENTRE, infusion_on=None, depletion=depletion)


class TestShippers:
    def test_the_hold_is_the_charge_over_the_evaporation_of_this_unit(self) -> None:
        assert nominal_hold_h(UNIT) == pytest.approx(8 / 0.6 * 24)
        assert nominal_hold_h(replace(UNIT, rate_kg_day=1.2)) == pytest.approx(nominal_hold_h(UNIT) / 2)

    def test_two_weighings_a_day_apart_give_the_evaporation(self) -> None:
        assert evaporation(18.0, 17.1, NOW, NOW + timedelta(hours=36)) == pytest.approx(0.6)
        with pytest.raises(JourneyError, match="weigh again after 24 h"):
            evaporation(18.0, 17.9, NOW, NOW + timedelta(hours=20))
        with pytest.raises(JourneyError, match="not below the first"):
            evaporation(18.0, 18.1, NOW, NOW + timedelta(hours=30))

    def test_a_unit_that_was_measured_is_surer_than_its_model(self) -> None:
        late = np.asarray([nominal_hold_h(UNIT) * 0.8])
        by_model = replace(UNIT, rate_kg_day=None, model_rate_kg_day=0.6)
        assert holds(UNIT, late, PRIORS)[0] > holds(by_model, late, PRIORS)[0]

    def test_the_hold_falls_with_time_and_is_a_probability(self) -> None:
        curve = holds(UNIT, np.arange(0.0, 900.0), PRIORS)
        assert np.all(np.diff(curve) <= 0)
        assert curve[0] == pytest.approx(1.0)
        assert curve[-1] < 0.01
        low, middle, high = hold_quantiles_h(UNIT, PRIORS)
        assert low < middle < high
        assert middle == pytest.approx(nominal_hold_h(UNIT))

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"dry_kg": None}, "has no weights"),
            ({"charged_kg": 9.0}, "holds no nitrogen"),
            ({"rate_kg_day": None}, "has no evaporation rate"),
            ({"charged_at": None}, "is not charged"),
            ({"charged_at": NOW + timedelta(days=3)}, "charged only after the pick-up"),
            ({"charged_at": NOW - timedelta(days=30)}, "was charged"),
            ({"qualified_until": None}, "is not qualified"),
            ({"qualified_until": date(2026, 12, 1)}, "ends on 2026-12-01"),
            ({"requalified_after": False, "worst_shock_g": 14.0}, "not requalified after its last journey (14 g"),
            ({}, ""),
        ],
    )
    def test_a_unit_that_is_not_fit_says_why(self, change: dict[str, object], told: str) -> None:
        unit = replace(UNIT, **change)  # type: ignore[arg-type]
        leaves = NOW + timedelta(days=1)
        found = why_unfit(unit, leaves_at=leaves, back_on=(leaves + timedelta(days=1)).date(), longest_charged_h=240)
        assert told in found
        assert bool(told) == bool(found)
