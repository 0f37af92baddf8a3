"""Dry shippers as units: each with its own evaporation, charged when it was charged, with a history."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]

from mes_core.journey.errors import JourneyError
from mes_core.journey.priors import Priors

Array = NDArray[np.float64]
_DAY_H = 24.0


@dataclass(frozen=True)
class Shipper:
    """One dry shipper.

    Attributes:
        serial: its number, as engraved.
        dry_kg, charged_kg: mass without nitrogen, and after charging.
        charged_at: when it was charged; the hold begins here, not at the pick-up.
        rate_kg_day: nitrogen lost in a day, measured on this very unit by two weighings at least 24 h apart; None when
            only the model's figure is known.
        model_rate_kg_day: the maker's figure for its model.
        qualified_on, qualified_until: its qualification; the second is its last day.
        worst_shock_g, tilt_h: of the last journey, as the logger has it.
        requalified_after: the last journey was followed by a new qualification.
    """

    serial: str
    dry_kg: float | None
    charged_kg: float | None
    charged_at: datetime | None
    rate_kg_day: float | None = None
    model_rate_kg_day: float | None = None
    qualified_on: date | None = None
    qualified_until: date | None = None
    worst_shock_g: float = 0.0
    tilt_h: float = 0.0
    requalified_after: bool = True


def evaporation(first_kg: float, second_kg: float, first_at: datetime, second_at: datetime) -> float:
    """Nitrogen lost in kg a day, by two weighings of a unit.

    Raises:
        JourneyError: they lie less than 24 h apart, or the unit has not become lighter.
    """
    apart = second_at - first_at
    if apart < timedelta(hours=24):
        raise JourneyError(f"The two weighings lie {apart / timedelta(hours=1):.1f} h apart: weigh again after 24 h.")
    lost = first_kg - second_kg
    if lost <= 0:
        raise JourneyError(
            f"The second weighing, {second_kg:g} kg, is not below the first, {first_kg:g} kg: weigh again."
        )
    return lost / (apart / timedelta(days=1))


def nominal_hold_h(unit: Shipper) -> float:
    """Hours that a unit holds from its charging on: (charged mass - dry mass) / evaporation.

    Raises:
        JourneyError: a weight or the rate is missing, or they can't be.
    """
    if unit.dry_kg is None or unit.charged_kg is None:
        raise JourneyError(f"Shipper {unit.serial} has no weights: weigh it dry and charged, and record both.")
    if unit.charged_kg <= unit.dry_kg:
        raise JourneyError(
            f"Shipper {unit.serial} weighs {unit.charged_kg:g} kg charged and {unit.dry_kg:g} kg dry, so it holds no"
            " nitrogen: charge it and weigh it again."
        )
    rate = unit.rate_kg_day if unit.rate_kg_day is not None else unit.model_rate_kg_day
    if rate is None or rate <= 0:
        raise JourneyError(f"Shipper {unit.serial} has no evaporation rate: weigh it twice, at least 24 h apart.")
    return (unit.charged_kg - unit.dry_kg) / rate * _DAY_H


def why_unfit(unit: Shipper, *, leaves_at: datetime, back_on: date, longest_charged_h: float) -> str:
    """Why a unit may not be used for a journey, or an empty text.

    Args:
        back_on: the day of its arrival, at the plant that qualified it: a qualification ends with a day of the plant.
    """
    if unit.qualified_until is None:
        return f"shipper {unit.serial} is not qualified"
    if unit.qualified_until < back_on:
        return f"the qualification of shipper {unit.serial} ends on {unit.qualified_until}, before it arrives"
    if not unit.requalified_after:
        told = f"{unit.worst_shock_g:g} g, {unit.tilt_h:g} h on its side"
        return f"shipper {unit.serial} was not requalified after its last journey ({told})"
    if unit.charged_at is None:
        return f"shipper {unit.serial} is not charged"
    try:
        nominal_hold_h(unit)
    except JourneyError as wrong:
        return str(wrong).rstrip(".")
    if unit.charged_at > leaves_at:
        return f"shipper {unit.serial} is charged only after the pick-up"
    waited = (leaves_at - unit.charged_at) / timedelta(hours=1)
    if waited > longest_charged_h:
        return f"shipper {unit.serial} was charged {waited:.0f} h before the pick-up, more than {longest_charged_h:g} h"
    return ""


def spread(unit: Shipper, priors: Priors, end: str = "value") -> float:
    """Relative spread of the hold: of a unit that was measured, or of its model. `end` picks value, low or high."""
    prior = priors.unit_spread if unit.rate_kg_day is not None else priors.model_spread
    return float(getattr(prior, end))


def holds(unit: Shipper, hours: Array, priors: Priors, end: str = "value") -> Array:
    """Probability that a unit holds so many hours from its charging on; a share of journeys has it on its side."""
    nominal, wide = nominal_hold_h(unit), spread(unit, priors, end)
    tilt, loss = float(getattr(priors.tilt, end)), float(getattr(priors.tilt_loss, end))
    with np.errstate(divide="ignore"):
        asked = np.log(np.maximum(hours, 1e-9) / nominal) / wide
    lying = asked - np.log1p(-loss) / wide
    result: Array = (1 - tilt) * ndtr(-asked) + tilt * ndtr(-lying)
    return result


def hold_quantiles_h(unit: Shipper, priors: Priors, shares: tuple[float, ...] = (0.05, 0.5, 0.95)) -> Array:
    """Quantiles of the hold from charging on, upright all the way; less the hours gone by it is the hold left."""
    made: Array = nominal_hold_h(unit) * np.exp(spread(unit, priors) * ndtri(np.asarray(shares)))
    return made
