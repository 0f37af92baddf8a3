"""What a week's plan is made from, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from math import floor

HubDay = tuple[str, date]


@dataclass(frozen=True)
class Option:
    """A way that one shipment may take, in a unit of a pool.

    Attributes:
        p: probability that it arrives in time, cold and unharmed.
        by_class: the same for each combination of classes of its flights' days.
        hub_days: hub and local day of each flight, in their order.
        flights: names of the flights, for their caps.
        pickup_day: day of the pick-up at the plant, by which a courier's shipments of a day are counted.
        pool: units that hold at least as long as `p` was reckoned with.
        back_at: when the unit can be charged again.
        centre_day: centre and local day of the delivery.
    """

    way_id: str
    courier: str
    p: float
    by_class: tuple[float, ...]
    hub_days: tuple[HubDay, ...]
    flights: tuple[str, ...]
    pool: str
    pickup_at: datetime
    pickup_day: date
    delivery_at: datetime
    back_at: datetime
    centre_day: tuple[str, date]
    price: float


@dataclass(frozen=True)
class Wanted:
    """A shipment of the week: how much it matters, its ways, and what stands already."""

    batch_id: str
    urgency: float
    options: tuple[Option, ...]
    current: str = ""
    picked_up: bool = False


@dataclass(frozen=True)
class Limits:
    """What there is only so much of.

    Attributes:
        floor: least P that a patient is given; below it a person decides.
        hub_share: largest share of the week's shipments through one hub on one day.
        slots, flights: shipments that one slot or flight takes; those not named take `others`.
        courier_day: shipments that a courier takes on a day of the plant.
        dock: pick-ups within one hour of the day.
        centre_day: deliveries that a centre receives on a day.
        units: for each pool, when each of its units can be charged.
        change_cost: gain in P for which a booking that stands is moved.
        tail_weight: weight of the worst weeks beside the mean.
    """

    floor: float
    hub_share: float = 0.2
    others: int = 4
    slots: Mapping[str, int] = field(default_factory=dict)
    flights: Mapping[str, int] = field(default_factory=dict)
    courier_day: Mapping[str, int] = field(default_factory=dict)
    dock: int = 6
    centre_day: int = 3
    units: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    change_cost: float = 0.01
    tail_weight: float = 0.5

    def hub_cap(self, shipments: int) -> int:
        """Shipments that one hub may carry on one day."""
        return max(1, floor(self.hub_share * shipments + 1e-9))


@dataclass(frozen=True)
class Plan:
    """A plan: the option of each shipment, and those for whom a person decides, with why.

    `proven` says that no better one exists; `gap` is how much better one could be at most, as a share.
    """

    chosen: Mapping[str, Option]
    left: Mapping[str, str]
    expected_losses: float
    tail_losses: float
    objective: float
    bound: float
    proven: bool
    seconds: float
    changed: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """How much of the objective a better plan could still save."""
        return max(0.0, self.objective - self.bound) / self.objective if self.objective > 0 else 0.0
