"""Readings of the first days are the same whether or not later days are asked for."""

import numpy as np

from twin.model.culture import grow
from twin.model.population import Population, draw_people
from twin.model.readings import EARLY, READINGS, read_instruments


def test_early_readings_are_those_of_the_whole_record() -> None:
    people = draw_people(3, 1000, 40, Population())
    culture = grow(people.donors, people.plan)
    seeded = people.plan.seed_density * people.plan.volume_ml
    whole = read_instruments(3, 1000, people.donors, seeded, culture)
    early = read_instruments(3, 1000, people.donors, seeded, culture, early=True)
    assert whole.shape == (40, len(READINGS))
    np.testing.assert_array_equal(whole[:, EARLY], early)
    assert np.ptp(whole, axis=0).min() > 0, "No column is empty."
