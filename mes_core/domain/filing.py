"""Which filing clocks a shipment starts, which it does not, and why (clauses: 21 CFR 600, 1271; EU GMP Annex 16)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_EEA = "EU AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO"
EU_MARKETS = frozenset(_EEA.split(" "))
HALF_YEAR = timedelta(days=182)
BPD_LIMIT = timedelta(days=45)
DEVIATION_REPORT = "Biological product deviation report"
KEPT_YEARS = 30
"""Years after the expiry for which traceability data are kept: Regulation (EC) 1394/2007 Art. 15."""


@dataclass(frozen=True)
class Clock:
    """One filing: its form in the agency's words, its clause, whether it applies, why, and when it is due."""

    form: str
    clause: str
    applies: bool
    why: str
    due_at: datetime | None = None


def other_product(now: datetime) -> tuple[Clock, ...]:
    """The clocks for a batch of anything but CAR-T cells that is shipped now."""
    why = "The product is no advanced therapy; its shipment is notified, and no other form is known here."
    due_at = now + timedelta(days=1)
    return (Clock("Shipment notification", "plant procedure", applies=True, why=why, due_at=due_at),)


def clocks(*, markets: Collection[str], open_deviations: Collection[str], now: datetime) -> tuple[Clock, ...]:
    """The clocks for a CAR-T batch that is shipped now.

    Args:
        markets: destination markets of the batch.
        open_deviations: deviations of the batch that may affect safety, purity or potency and were not resolved.
        now: time of the shipment.
    """
    american = "US" in markets
    european = bool(EU_MARKETS & set(markets))
    found = [_distribution(american, now), _deviation(american, open_deviations, now), _tissue()]
    found += _european(european, now)
    if not american and not european:
        found.append(
            Clock(
                "Shipment notification",
                "plant procedure",
                applies=True,
                why="The batch goes to a market for which no other form is known here.",
                due_at=now + timedelta(days=1),
            )
        )
    return tuple(found)


def _distribution(american: bool, now: datetime) -> Clock:
    clause = "21 CFR 600.81"
    if not american:
        return Clock("Distribution report", clause, applies=False, why="The batch does not go to the United States.")
    why = "A licensed biologic was distributed in the United States; the report covers six months."
    return Clock("Distribution report", clause, applies=True, why=why, due_at=now + HALF_YEAR)


def _deviation(american: bool, open_deviations: Collection[str], now: datetime) -> Clock:
    form, clause = DEVIATION_REPORT, "21 CFR 600.14, Form FDA 3486"
    if not american:
        return Clock(form, clause, applies=False, why="The batch does not go to the United States.")
    if not open_deviations:
        why = "No deviation that may affect safety, purity or potency is known for this batch."
        return Clock(form, clause, applies=False, why=why)
    names = ", ".join(sorted(open_deviations))
    why = f"The batch was distributed, and {names} may affect its safety, purity or potency."
    return Clock(form, clause, applies=True, why=why, due_at=now + BPD_LIMIT)


def late_positive(*, markets: Collection[str], test: str, reported: bool, now: datetime) -> tuple[Clock, ...]:
    """The clocks that a positive final result starts after the cells have left the plant.

    Args:
        markets: destination markets of the batch.
        test: the test that was positive.
        reported: whether a deviation report for the batch is open already.
        now: when it became known.
    """
    if "US" not in markets or reported:
        return ()
    why = f"The batch was distributed, and the positive final result of {test} may affect its safety and purity."
    experience = (
        "No adverse experience is reported for this patient yet; one that is serious and unexpected is reported within"
        " 15 days of becoming known (figure to be verified)."
    )
    return (
        Clock(DEVIATION_REPORT, "21 CFR 600.14, Form FDA 3486", applies=True, why=why, due_at=now + BPD_LIMIT),
        Clock("Adverse experience report", "21 CFR 600.80(c)(1)", applies=False, why=experience),
    )


def _tissue() -> Clock:
    why = (
        "21 CFR 1271.330: subpart E does not cover biologics under section 351 of the Public Health Service Act,"
        " and CAR-T cells are such a biologic."
    )
    return Clock("Tissue adverse reaction report", "21 CFR 1271.350", applies=False, why=why)


_REGISTERED = (
    "Nothing is filed: the register is the MES's own, and the certification is entered in it in the transaction of its"
    " signature, before a courier can be booked."
)


def _european(european: bool, now: datetime) -> list[Clock]:
    register, traceability = "EU GMP Annex 16", "Regulation (EC) 1394/2007 Art. 15"
    if not european:
        why = "The batch does not go to the European Union."
        return [
            Clock("Release register entry", register, applies=False, why=why),
            Clock("Traceability record", traceability, applies=False, why=why),
        ]
    return [
        Clock("Release register entry", register, applies=False, why=_REGISTERED),
        Clock(
            "Traceability record",
            traceability,
            applies=True,
            why=f"Traceability data of an advanced therapy are kept for {KEPT_YEARS} years.",
            due_at=now + timedelta(days=30),
        ),
    ]


def kept_until(expires_at: datetime) -> date:
    """The day until which traceability data of a product are kept; a product that expires on 29 February: 1 March."""
    day = expires_at.date()
    try:
        return day.replace(year=day.year + KEPT_YEARS)
    except ValueError:
        return date(day.year + KEPT_YEARS, 3, 1)
