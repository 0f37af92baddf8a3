"""Figures that nobody has measured for us: each with its range, and each says that it is a prior."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Prior:
    """A figure taken for want of data: what is reckoned with, and the range in which it may lie."""

    value: float
    low: float
    high: float
    unit: str
    text: str

    @property
    def mark(self) -> str:
        """What stands beside it wherever it is shown."""
        return "prior, to be replaced by the plant's own history"


@dataclass(frozen=True)
class Priors:
    """Every prior of the model. `low` is the hopeful end and `high` the other one: more of each is always worse."""

    road_late: Prior = Prior(0.025, 0.01, 0.05, "share of road legs", "held up by about two hours")
    road_breakdown: Prior = Prior(0.0008, 0.0003, 0.002, "share of road legs", "broken down, 4 to 24 h")
    customs_late: Prior = Prior(0.05, 0.02, 0.10, "share of clearances", "held up by about five hours")
    customs_query: Prior = Prior(0.008, 0.003, 0.02, "share of clearances", "papers queried, 12 to 72 h")
    tilt: Prior = Prior(0.01, 0.005, 0.03, "share of journeys", "shipper lies on its side for a part of the way")
    tilt_loss: Prior = Prior(0.35, 0.2, 0.5, "share of the hold", "hold that a shipper on its side loses")
    unit_spread: Prior = Prior(0.06, 0.04, 0.10, "relative", "hold of one unit between two journeys")
    model_spread: Prior = Prior(0.18, 0.12, 0.25, "relative", "hold between units of one model, none measured")
    excursion: Prior = Prior(0.0004, 0.0002, 0.001, "per day", "cells above their limit in a shipper that holds")
    hub_ties: Prior = Prior(0.10, 0.0, 0.30, "correlation", "bad days of two hubs of different regions")

    def items(self) -> tuple[tuple[str, Prior], ...]:
        """Name and prior, in their order."""
        return tuple((one.name, getattr(self, one.name)) for one in fields(self))


PRIORS = Priors()
