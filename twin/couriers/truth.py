"""The truth about the pretend couriers: fronts that pass, flights that fail, vans that break, shippers that leak.

It is built otherwise than the planner's model on purpose. Weather comes as fronts that last, more of them in winter; a
cancelled flight waits for waves of departures that may be cancelled again; lateness is gamma-distributed; customs keep
office hours; a shipper may have lost its vacuum. Nobody who plans may look in here; a planner sees a history of
flights.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_HOUR = timedelta(hours=1)
_WAVES = (6, 11, 17, 21)
_MOST_H = 120.0


@dataclass(frozen=True)
class Sent:
    """A consignment as it leaves: flights by hub and departure, drives, customs, times, and its shipper's true nominal
    hold in hours from its charging on."""

    flights: tuple[tuple[str, datetime], ...]
    drives: int
    customs: bool
    slack_h: float
    next_flight_h: float
    delivery_at: datetime
    charged_at: datetime
    nominal_hold_h: float
    unit: str


@dataclass(frozen=True)
class Outcome:
    """What became of it: hours late, when it came, whether its cells saw too warm a place on the way, true hold."""

    late_h: float
    arrived_at: datetime
    excursion: bool
    hold_h: float


class CourierTruth:
    """The weather of every hub and day over a span, and what happens to flights and consignments in it.

    Args:
        seed: of everything; the same seed gives the same days and the same fates.
        hubs: for each airport its time zone and the region whose fronts it shares.
        first, days: the span.
    """

    def __init__(self, seed: int, hubs: Mapping[str, tuple[str, str]], first: date, days: int) -> None:
        """Let the weather pass over the regions."""
        self.seed = seed
        self.first = first
        self.days = days
        self.hubs = dict(hubs)
        self._zones = {name: ZoneInfo(zone) for name, (zone, _) in hubs.items()}
        fronts = {region: self._fronts(region) for region in sorted({region for _, region in hubs.values()})}
        self.rough: dict[str, Array] = {}
        for name in sorted(hubs):
            rng = self._rng("hub", name)
            local = np.clip(rng.normal(1.0, 0.25, days), 0.3, 1.5)
            crews = (rng.random(days) < 0.012) * rng.uniform(0.4, 0.9, days)  # a strike, a computer that is down
            self.rough[name] = np.clip(fronts[hubs[name][1]] * local + crews, 0.0, 1.0)

    def _rng(self, *parts: object) -> np.random.Generator:
        text = ":".join(map(str, (self.seed, *parts)))
        return np.random.default_rng(list(text.encode()))

    def _fronts(self, region: str) -> Array:
        """How rough each day is, 0 to 1: fronts come at random, more in winter, and last one to three days."""
        rng = self._rng("region", region)
        made = np.zeros(self.days)
        day = 0
        while day < self.days:
            season = np.cos(2 * np.pi * ((self.first + timedelta(days=day)).timetuple().tm_yday - 15) / 365)
            if rng.random() < 0.13 + 0.07 * season:
                length = int(rng.choice((1, 2, 3), p=(0.55, 0.3, 0.15)))
                made[day : day + length] = rng.beta(1.3, 3.2) + 0.1
                day += length
            else:
                made[day] = rng.beta(1.2, 14)
                day += 1
        return made

    def roughness(self, hub: str, day: date) -> float:
        """How rough a day is at a hub, 0 to 1."""
        index = (day - self.first).days
        return float(self.rough[hub][min(max(index, 0), self.days - 1)])

    def flight(self, hub: str, leaves_at: datetime, rng: np.random.Generator) -> float:
        """Lateness of a consignment on one flight, hours; a cancelled one waits for the next wave that flies."""
        local = leaves_at.astimezone(self._zones[hub])
        waited = 0.0
        while waited < _MOST_H:
            now = local + timedelta(hours=waited)
            rough = self.roughness(hub, now.date())
            if rng.random() >= 0.006 + 0.42 * rough**1.7:
                scale = 0.18 * (1 + 9 * rough) * (1 + 0.06 * max(now.hour - 5, 0))
                return min(waited + float(rng.gamma(0.9, scale)), _MOST_H)
            waited += self._next_wave(now)
        return _MOST_H

    def _next_wave(self, now: datetime) -> float:
        later = [hour for hour in _WAVES if hour > now.hour + 2]
        hours = later[0] - now.hour if later else 24 - now.hour + _WAVES[0]
        return float(hours)

    def history(self, flights_a_day: int = 30) -> list[tuple[str, datetime, datetime, datetime]]:
        """Flights of the span as a plant would have noted them: hub, planned departure, planned arrival, arrival."""
        rows = []
        for hub, zone in self._zones.items():
            rng = self._rng("history", hub)
            for day in range(self.days):
                midnight = datetime.combine(self.first + timedelta(days=day), datetime.min.time(), zone)
                for hour in rng.integers(5, 22, flights_a_day):
                    leaves = midnight + timedelta(hours=int(hour))
                    due = leaves + timedelta(hours=2)
                    rows.append((hub, leaves, due, due + timedelta(hours=self.flight(hub, leaves, rng))))
        return rows

    def send(self, sent: Sent, name: str) -> Outcome:
        """The fate of a consignment; the same name and way have the same fate."""
        rng = self._rng("sent", name, sent.delivery_at.isoformat(), sent.unit)
        late = 0.0
        for leg in range(sent.drives):
            drive = self._drive(rng)
            if leg == 0 and sent.flights:
                missed = max(drive - sent.slack_h, 0.0)
                drive = float(np.ceil(missed / sent.next_flight_h) * sent.next_flight_h)
            late += drive
        for hub, leaves_at in sent.flights:
            late += self.flight(hub, leaves_at + timedelta(hours=late), rng)
        if sent.customs:
            late += self._customs(rng, sent.delivery_at)
        leak = float(rng.uniform(0.25, 0.6)) if rng.random() < 0.004 else 1.0
        lying = float(rng.uniform(0.5, 0.8)) if rng.random() < 0.012 else 1.0
        hold = sent.nominal_hold_h * leak * lying * float(rng.normal(1.0, 0.05))
        hours = (sent.delivery_at - sent.charged_at) / _HOUR + late
        excursion = bool(rng.random() < 0.0005 * hours / 24)
        return Outcome(late, sent.delivery_at + timedelta(hours=late), excursion, hold)

    def _drive(self, rng: np.random.Generator) -> float:
        if rng.random() < 0.0009:
            return float(rng.uniform(3, 20))
        return float(rng.gamma(0.5, 0.35)) + (float(rng.gamma(2.0, 0.9)) if rng.random() < 0.02 else 0.0)

    def _customs(self, rng: np.random.Generator, when: datetime) -> float:
        """Papers that are queried on a weekend wait for Monday."""
        if rng.random() >= 0.045:
            return 0.0
        waits = float(rng.gamma(1.5, 4.0))
        return waits + (20.0 if when.weekday() >= 5 else 0.0)
