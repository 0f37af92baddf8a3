"""Instruments: what they show is the true value with a gain of their own, a drift since calibration, and noise."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Instrument:
    """Spread of a kind of instrument. `gain` and `noise` are relative, `offset`, `drift` (per day) and `scatter` in
    the unit of the reading; all are standard deviations."""

    gain: float = 0.0
    noise: float = 0.0
    offset: float = 0.0
    drift: float = 0.0
    scatter: float = 0.0

    def install(self, rng: Random) -> "Probe":
        """One instrument of this kind, as it stands at the start of a batch."""
        return Probe(self, 1 + rng.gauss(0, self.gain), rng.gauss(0, self.offset), rng.gauss(0, self.drift), rng)


@dataclass(frozen=True)
class Probe:
    """One instrument with its own gain, offset and drift."""

    kind: Instrument
    gain: float
    offset: float
    drift: float
    rng: Random

    def read(self, true: float, day: float) -> float:
        """What it shows for a true value, `day` days after the batch began."""
        shown = true * self.gain * (1 + self.rng.gauss(0, self.kind.noise)) + self.offset + self.drift * day
        return shown + self.rng.gauss(0, self.kind.scatter)


COUNTER = Instrument(gain=0.012, noise=0.03)
VIABILITY = Instrument(offset=0.25, scatter=0.7)
METABOLITES = Instrument(gain=0.012, noise=0.015)
PH_PROBE = Instrument(offset=0.008, drift=0.0015, scatter=0.01)
OXYGEN_PROBE = Instrument(offset=0.8, drift=0.15, scatter=1.5)
SCALE = Instrument(noise=0.003)
