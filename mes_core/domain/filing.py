"""Markets and the jurisdictions that they belong to, and how long traceability data are kept."""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo

from mes_core.domain.errors import Invalid
from mes_core.spelling.times import BEGINS_FIRST, day_in

_EEA = "EU AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO"
EU_MARKETS = frozenset(_EEA.split(" "))
UK_MARKETS = frozenset({"GB", "UK"})
KEPT_YEARS = 30
"""Years after the expiry for which traceability data are kept: Regulation (EC) 1394/2007 Art. 15."""


def places_of(markets: Iterable[str]) -> tuple[str, ...]:
    """Jurisdictions of markets: US, EU, GB, CH, or OTHER for every place whose law is not known here."""
    return tuple(sorted({_place(market) for market in markets}))


def _place(market: str) -> str:
    if market in EU_MARKETS:
        return "EU"
    if market in UK_MARKETS:
        return "GB"
    return market if market in ("US", "CH") else "OTHER"


def expiry_day(expires_at: datetime, zone: tzinfo | None) -> date:
    """The day on which a product expires: the plant's, whose label says it.

    Where the plant's zone is not known, the latest day that it can be: what is kept for years after it is kept no
    shorter than it has to be.
    """
    return day_in(expires_at, zone or BEGINS_FIRST)


def kept_until(expires_at: datetime, zone: tzinfo | None) -> date:
    """The day until which traceability data of a product are kept, counted from its expiry at the plant.

    A product that expires on 29 February: 1 March.

    Raises:
        Invalid: it expires on no day that a calendar has so much later.
    """
    day = expiry_day(expires_at, zone)
    if day.year + KEPT_YEARS > date.max.year:
        raise Invalid(f"The expiry {day} is none: correct it in the record, then go on.")
    try:
        return day.replace(year=day.year + KEPT_YEARS)
    except ValueError:
        return date(day.year + KEPT_YEARS, 3, 1)
