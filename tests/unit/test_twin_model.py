"""Check characters, the integrator and the culture."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from twin.model import (
    TwinError,
    check_character,
    donation_number,
    draw_donor,
    grow,
    harvest,
    stack_donors,
    standard_plan,
)
from twin.model.culture import GLUCOSE, _rhs
from twin.model.donors import Donors
from twin.model.rk import integrate
from twin.model.sensors import Instrument

NUMBERS = st.text("0123456789", min_size=8, max_size=8).map(lambda tail: "A9999" + tail)


@pytest.mark.parametrize(("number", "check"), [("G123498654321", "H"), ("G123412345678", "N"), ("A999924123456", "Q")])
def test_check_character_of_the_published_examples(number: str, check: str) -> None:
    assert check_character(number) == check


@given(NUMBERS, st.integers(5, 12), st.integers(1, 9))
def test_any_single_wrong_digit_is_noticed(number: str, place: int, shift: int) -> None:
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    assert check_character(wrong) != check_character(number)


@given(NUMBERS, st.integers(5, 11))
def test_any_swap_of_neighbours_is_noticed(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert (check_character(swapped) == check_character(number)) == (swapped == number)


@pytest.mark.parametrize("number", ["A99992412345", "A9999241234567", "A99992412345*", "a999924123456"])
def test_what_is_no_donation_number_is_refused(number: str) -> None:
    with pytest.raises(TwinError, match="donation number"):
        check_character(number)


def test_donation_numbers_have_thirteen_characters() -> None:
    assert donation_number(2026, 42) == "A999926000042"


def donors(count: int, seed: int = 3) -> Donors:
    return stack_donors([draw_donor(np.random.default_rng([seed, n])) for n in range(count)])


def test_integrator_agrees_with_a_tight_solver() -> None:
    people = donors(12)
    names = ("mu_max", "lag_rate", "stimulus_decay", "death_rate", "glucose_per_cell", "glucose_upkeep")
    params = np.stack([people[name] for name in (*names, "lactate_yield", "transduced_gain", "exhaustion")])
    start = np.tile(np.array([[0.8], [0.05], [25.0], [0.8], [0.0], [1.0], [0.3], [0.9]]), (1, 12))
    start[GLUCOSE] = np.linspace(1.5, 25.0, 12)  # the first ones run out of glucose on the way
    ours = integrate(_rhs, start, params, 4.0, rtol=1e-7)
    for n in range(12):

        def slope(_: float, y: np.ndarray, n: int = n) -> np.ndarray:
            return _rhs(y[:, None], params[:, n : n + 1])[:, 0]

        tight = solve_ivp(slope, (0.0, 4.0), start[:, n], method="LSODA", rtol=1e-11, atol=1e-13)
        assert np.allclose(ours[:, n], tight.y[:, -1], rtol=3e-6, atol=1e-7)


def test_a_system_does_not_depend_on_its_neighbours() -> None:
    people = donors(30)
    together = grow(people, standard_plan(30))
    for n in (0, 17, 29):
        alone = grow(Donors(people.values[:, n : n + 1]), standard_plan(1))
        assert np.allclose(alone.states[:, :, 0], together.states[:, :, n], rtol=1e-12)


def test_cells_grow_within_what_is_published() -> None:
    made = grow(donors(400), standard_plan(400))
    fold = made.viable_1e6()[-1] / 200.0
    assert 8 < np.median(fold) < 40
    assert (made.states >= -1e-9).all()
    assert ((made.viability() > 0.2) & (made.viability() <= 1)).all()


def test_medium_exchange_helps_a_starved_culture_and_extension_adds_days() -> None:
    people = donors(2)
    starved = standard_plan(2)
    starved.exchange[:] = 0
    base = grow(people, starved)
    helped = grow(people, starved.with_exchange(0, 7, 0.8).with_feed(0, 8, 300.0))
    assert helped.states[-1, GLUCOSE, 0] > base.states[-1, GLUCOSE, 0]
    assert helped.viable_1e6()[-1, 0] > base.viable_1e6()[-1, 0]
    assert np.array_equal(helped.states[:, :, 1], base.states[:, :, 1])


def test_a_longer_culture_changes_its_own_batch_only() -> None:
    people, noise = donors(2), np.zeros((2, 3))
    usual, longer = standard_plan(2), standard_plan(2).with_extension(0, 2)
    before = harvest(people, usual, grow(people, usual), noise)
    after = harvest(people, longer, grow(people, longer), noise)
    assert after.harvest_1e6[0] > before.harvest_1e6[0]
    assert after.harvest_1e6[1] == before.harvest_1e6[1]
    assert after.potency[0] > before.potency[0]  # older cells kill less, more targets survive


def test_a_split_dose_is_shared_out() -> None:
    people, noise = donors(2), np.zeros((2, 3))
    plan = standard_plan(2)
    culture = grow(people, plan)
    whole, split = harvest(people, plan, culture, noise), harvest(people, plan.with_doses(1, 2), culture, noise)
    assert split.dose[1] == whole.dose[1] / 2
    assert split.dose[0] == whole.dose[0]


def test_failure_emerges_at_about_the_published_rate_and_after_bendamustine() -> None:
    people = donors(4000, seed=8)
    plan = standard_plan(4000)
    made = harvest(people, plan, grow(people, plan), np.random.default_rng(1).standard_normal((4000, 3)))
    treated = people["bendamustine"] > 0
    failed = made.failed()
    assert 0.025 < failed.mean() < 0.065
    assert failed[treated].mean() > 5 * failed[~treated].mean()
    assert set(made.misses()) == {"viability", "cd3_purity", "car_fraction", "vcn", "potency", "dose"}


def test_impossible_plans_are_refused() -> None:
    with pytest.raises(TwinError, match="make them equal"):
        grow(donors(3), standard_plan(2))
    with pytest.raises(TwinError, match="at least 10 days"):
        standard_plan(2, days=5)
    plan = standard_plan(2)
    with pytest.raises(TwinError, match="no batch 2"):
        plan.with_feed(2, 1, 10.0)
    with pytest.raises(TwinError, match="not possible"):
        plan.with_feed(0, 1, -10.0)
    with pytest.raises(TwinError, match="not a fraction"):
        plan.with_exchange(0, 1, 1.2)
    with pytest.raises(TwinError, match="cannot be extended"):
        plan.with_extension(0, 0)
    with pytest.raises(TwinError, match="cannot be split"):
        plan.with_doses(0, 0)
    with pytest.raises(TwinError, match="takes noise"):
        harvest(donors(2), plan, grow(donors(2), plan), np.zeros((2, 4)))
    with pytest.raises(TwinError, match="cannot run"):
        integrate(_rhs, np.ones((8, 1)), np.ones((9, 1)), -1.0)


def test_a_probe_repeats_its_own_error_and_drifts() -> None:
    probe = Instrument(offset=0.5, drift=0.2).install(Random(4))
    first, later = probe.read(7.0, 0), probe.read(7.0, 10)
    assert first == 7.0 + probe.offset
    assert later == pytest.approx(first + 10 * probe.drift)
    assert probe.drift != 0
    noisy = Instrument(noise=0.02).install(Random(4))
    shown = [noisy.read(10.0, 0) for _ in range(4000)]
    assert np.mean(shown) == pytest.approx(10.0, abs=0.02)
    assert np.std(shown) == pytest.approx(0.2, rel=0.1)
