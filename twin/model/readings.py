"""What the instruments show of a culture: more than 200 readings a batch, with gain, offset, drift and noise.

`READINGS` names the columns. Readings of days 0 to 3 (`EARLY`) are all that a predictive hold may look at.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.model.chance import normals
from twin.model.culture import DEAD, GLUCOSE, LACTATE, VIABLE, Culture
from twin.model.donors import Donors
from twin.model.population import SENSORS, SENSORS_LATER
from twin.model.sensors import COUNTER, METABOLITES, OXYGEN_PROBE, PH_PROBE, SCALE, VIABILITY, Instrument

Array = NDArray[np.float64]

DAYS, EARLY_DAYS = 11, 4
PROBES: Final[dict[str, Instrument]] = {
    "viable_density": COUNTER,
    "total_density": COUNTER,
    "viability": VIABILITY,
    "diameter": Instrument(offset=0.08, scatter=0.12),
    "glucose": METABOLITES,
    "lactate": METABOLITES,
    "glutamine": Instrument(gain=0.03, noise=0.03),
    "ammonium": Instrument(gain=0.03, noise=0.04),
    "ph_line": PH_PROBE,
    "ph_offline": Instrument(offset=0.01, scatter=0.015),
    "oxygen": OXYGEN_PROBE,
    "oxygen_demand": Instrument(gain=0.04, noise=0.06),
    "carbon_dioxide": Instrument(offset=0.1, drift=0.01, scatter=0.1),
    "temperature": Instrument(offset=0.03, scatter=0.05),
    "volume": SCALE,
    "base_added": Instrument(noise=0.05),
    "osmolality": Instrument(offset=2.0, scatter=2.5),
    "capacitance": Instrument(gain=0.04, drift=0.02, noise=0.03),
    "room_particles": Instrument(noise=0.25),
}
PATIENT: Final = ("age", "prior_lines", "bendamustine", "weight_kg", "apheresis_cd3_1e9", "seeded_1e6")
READINGS: Final = tuple(f"{name}_d{day}" for day in range(DAYS) for name in PROBES) + PATIENT
EARLY: Final = tuple(
    n for n, name in enumerate(READINGS) if name in PATIENT or int(name.rsplit("_d", 1)[1]) < EARLY_DAYS
)


def _true(culture: Culture, days: int) -> dict[str, Array]:
    """What is really in the vessel before each day's feed, each of shape (days, n)."""
    state, volume = culture.before[:days], culture.volume_before()[:days]
    viable, dead = state[:, VIABLE], state[:, DEAD]
    glucose, lactate = np.maximum(state[:, GLUCOSE], 0.0), state[:, LACTATE]
    share, buffer = viable / (viable + dead), 7.25 - 0.012 * lactate
    return {
        "viable_density": viable,
        "total_density": viable + dead,
        "viability": 100 * share,
        "diameter": 8.2 + 2.6 * state[:, 4] + 0.4 * (share - 0.9),
        "glucose": glucose,
        "lactate": lactate,
        "glutamine": 0.08 * glucose + 0.4,
        "ammonium": 0.4 + 0.09 * lactate,
        "ph_line": buffer,
        "ph_offline": buffer,
        "oxygen": 60.0 - 2.5 * viable,
        "oxygen_demand": 0.05 + 0.3 * viable * (0.4 + state[:, 4]),
        "carbon_dioxide": 5.0 + 0.05 * lactate,
        "temperature": np.full_like(viable, 37.0),
        "volume": volume,
        "base_added": 0.2 + 0.05 * lactate,
        "osmolality": 285.0 + 0.6 * lactate,
        "capacitance": 1.8 * viable + 0.05 * dead,
        "room_particles": np.full_like(viable, 20.0),
    }


def read_instruments(
    seed: int, first: int, donors: Donors, seeded_1e6: Array, culture: Culture, *, early: bool = False
) -> Array:
    """All readings of batches `first` onwards, shape (n, len(READINGS)); each batch has instruments of its own.

    Only the first eleven days are read: an extended culture is watched, but its added days are no part of the record
    that batches have in common. With `early` those of `EARLY` alone are taken, shape (n, len(EARLY)): the same numbers,
    and later days are not drawn.
    """
    n, width, days = donors.count, len(PROBES), EARLY_DAYS if early else DAYS
    z = normals(seed, SENSORS, first, n, 3 * width + 2 * EARLY_DAYS * width)
    own, rest = z[:, : 3 * width].T.reshape(3, width, n), z[:, 3 * width :].T.reshape(2, EARLY_DAYS, width, n)
    if not early:
        later = normals(seed, SENSORS_LATER, first, n, 2 * (DAYS - EARLY_DAYS) * width)
        rest = np.concatenate([rest, later.T.reshape(2, DAYS - EARLY_DAYS, width, n)], axis=1)
    true = _true(culture, days)
    day = np.arange(days)[:, None]
    shown = np.empty((n, days * width + len(PATIENT)))
    for column, (name, kind) in enumerate(PROBES.items()):
        gain, offset, drift = 1 + kind.gain * own[0, column], kind.offset * own[1, column], kind.drift * own[2, column]
        noisy = true[name] * gain * (1 + kind.noise * rest[0, :, column])
        shown[:, column : days * width : width] = (noisy + offset + drift * day + kind.scatter * rest[1, :, column]).T
    for place, name in enumerate(PATIENT[:-1]):
        shown[:, days * width + place] = donors[name]
    shown[:, -1] = seeded_1e6
    return shown
