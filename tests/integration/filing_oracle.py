"""Which filings a history calls for and when, computed from the clauses alone.

Written from the texts of the clauses by somebody who had not read ``mes_core.filing``, and it imports nothing of it:
what both say alike is then no echo. Days are counted with ``datetime.date`` and holidays with the ``holidays``
library; nothing else is shared. The reading of each clause stands beside the lines that count it.

Common ground (Regulation (EEC, Euratom) 1182/71 Art. 3, GVP module VI.B.7): the day of the event is not counted; days
are calendar days unless the clause says working days; a last day on a Saturday, Sunday or holiday is *not* moved
forward, because the roll holds for acts and not for guidance and nobody may plan on it. Day zero is the date on the
clock of whoever received the news; the last day ends when it ends where the agency sits. Periods in hours are elapsed
hours. What is not known (seriousness, expectedness, effect, place) counts as yes.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

SEATS = {
    "US": ZoneInfo("America/New_York"),
    "EU": ZoneInfo("Europe/Amsterdam"),
    "UK": ZoneInfo("Europe/London"),
    "CH": ZoneInfo("Europe/Zurich"),
}
_FREE_DAYS = {
    "US": holidays.country_holidays("US"),
    "EU": holidays.country_holidays("NL"),
    "UK": holidays.country_holidays("GB", subdiv="ENG"),
    "CH": holidays.country_holidays("CH", subdiv="BE"),
}
_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()
)
"""The Union and the states of the European Economic Area, which take part in EudraVigilance."""


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence of the product: where, since when, and whether we hold it."""

    place: str
    number: str
    issued: date
    held_by_us: bool = True


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, as far as it is known now: the last correction, not the first word.

    ``kind`` is one of deviation, late_positive, defect, supply_out_of_specification, reaction, reaction_follow_up,
    safety_issue, interruption, recall, data_lock. ``None`` in a fact means: not known.
    """

    key: str
    kind: str
    aware: datetime
    zone: str
    batch_place: str | None = None
    distributed: datetime | None = None
    may_affect: bool | None = None
    under_control: bool | None = None
    may_recall: bool | None = None
    serious: bool | None = None
    expected: bool | None = None
    country: str | None = None
    life_threatening: bool | None = None
    expanded_access: bool = False
    acted_on: datetime | None = None
    starts_on: date | None = None
    interval_months: int | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Owed:
    """One filing that is owed: the clause, what it is about, the last moment (UTC) and the day to plan for."""

    clause: str
    unit: str
    due: datetime
    plan_by: date


def months_on(day: date, months: int) -> date:
    """The same date some months on; where the month has no such day, its last (1182/71 Art. 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def is_working_day(day: date, place: str) -> bool:
    """Whether the agency of ``place`` works on ``day``."""
    return day.weekday() < calendar.SATURDAY and day not in _FREE_DAYS[place]


def working_days_on(day: date, count: int, place: str) -> date:
    """The ``count``-th working day after ``day``; negative counts go back. ``day`` itself is never counted."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_working_day(day, place)
    return day


def day_ends(day: date, place: str) -> datetime:
    """The last second of ``day`` where the agency of ``place`` sits, in UTC."""
    return datetime.combine(day, time(23, 59, 59), SEATS[place]).astimezone(UTC)


def _owed_by_day(clause: str, unit: str, day: date) -> Owed:
    place = clause[:2]
    return Owed(clause, unit, day_ends(day, place), working_days_on(day, -2, place))


def _owed_at(clause: str, unit: str, moment: datetime) -> Owed:
    place = clause[:2]
    moment = moment.astimezone(UTC)
    return Owed(clause, unit, moment, working_days_on(moment.astimezone(SEATS[place]).date(), -2, place))


def _day_zero(what: Happening) -> date:
    return what.aware.astimezone(ZoneInfo(what.zone)).date()


def owed_by_happenings(happenings: list[Happening], licences: list[Licence]) -> set[Owed]:
    """Every filing that what happened calls for, under the licences of the product.

    Args:
        happenings: each thing that happened, once, as it stands after its last correction.
        licences: the licences of the product, in any place.

    Returns:
        What is owed. ``unit`` is the key of the happening.
    """
    owed: set[Owed] = set()
    for what in happenings:
        if what.withdrawn:
            continue
        for licence in licences:
            owed |= _OF_PLACE[licence.place](what, licence)
    return owed


def _united_states(what: Happening, licence: Licence) -> set[Owed]:
    owed: set[Owed] = set()
    zero = _day_zero(what)
    if what.kind in ("deviation", "late_positive") and what.batch_place == "US":
        # 600.14(b): deviation that may affect safety, purity or potency; in our facility or under our control; of a
        # distributed product. All three have to hold: reportable from the later of the news and the distribution.
        # 600.14(c): 45 calendar days from the date on which somebody acquires the information.
        may = what.kind == "late_positive" or what.may_affect is not False
        if may and what.under_control is not False and what.distributed is not None and licence.held_by_us:
            there = what.distributed.astimezone(ZoneInfo(what.zone)).date()
            owed.add(_owed_by_day("US 600.14", what.key, max(zero, there) + timedelta(days=45)))
    if what.kind == "reaction":
        owed |= _united_states_reaction(what, licence, zero)
    if what.kind == "reaction_follow_up" and licence.held_by_us and not what.expanded_access:
        # 600.80(c)(1)(ii): 15 calendar days from the new information, for the cases that 15-day alerts are about.
        if what.serious is not False and what.expected is not True:
            owed.add(_owed_by_day("US 600.80(c)(1)(ii)", what.key, zero + timedelta(days=15)))
    if what.kind == "interruption" and licence.held_by_us and what.starts_on is not None:
        # 600.82(b): six months ahead; where that could not be, five business days after it takes place at the latest.
        ahead = months_on(what.starts_on, -6)
        late = working_days_on(what.starts_on, 5, "US")
        owed.add(_owed_by_day("US 600.82", what.key, ahead if ahead >= zero else late))
    if what.kind == "recall" and what.batch_place == "US":
        # 7.46(a): at once. 7.53(b): status reports every two to four weeks; two is what nobody can call late.
        owed.add(_owed_at("US 7.46", what.key, what.aware))
        owed.add(_owed_by_day("US 7.53", what.key, zero + timedelta(days=14)))
    return owed


def _united_states_reaction(what: Happening, licence: Licence, zero: date) -> set[Owed]:
    serious, unexpected = what.serious is not False, what.expected is not True
    if what.expanded_access:
        # 312.32(c)(1): serious and unexpected 15 days; (c)(2): fatal or life-threatening, unexpected, 7 days.
        owed = set()
        if serious and unexpected:
            owed.add(_owed_by_day("US 312.32(c)(1)", what.key, zero + timedelta(days=15)))
        if serious and unexpected and what.life_threatening is not False:
            owed.add(_owed_by_day("US 312.32(c)(2)", what.key, zero + timedelta(days=7)))
        return owed
    if not (serious and unexpected):
        return set()  # goes into the periodic report, 600.80(c)(2)
    # 600.80(c)(1)(i): foreign and domestic alike. (c)(1)(iii): who is not the applicant tells the applicant in 5 days.
    if licence.held_by_us:
        return {_owed_by_day("US 600.80(c)(1)(i)", what.key, zero + timedelta(days=15))}
    return {_owed_by_day("US 600.80(c)(1)(iii)", what.key, zero + timedelta(days=5))}


def _european_union(what: Happening, licence: Licence) -> set[Owed]:
    owed: set[Owed] = set()
    zero = _day_zero(what)
    here = what.batch_place == "EU"
    if what.kind == "reaction" and licence.held_by_us:
        # Dir. 2001/83 Art. 107(3): serious, in the Union and in third countries, 15 days; not serious, in the Union, 90.
        if what.serious is not False:
            owed.add(_owed_by_day("EU 107(3) serious", what.key, zero + timedelta(days=15)))
        elif what.country is None or what.country in _UNION:
            owed.add(_owed_by_day("EU 107(3) other", what.key, zero + timedelta(days=90)))
    if what.kind == "reaction_follow_up" and licence.held_by_us:
        # GVP VI.B.7: the clock for a follow-up is that of the case, from the day the new information comes.
        if what.serious is not False:
            owed.add(_owed_by_day("EU 107(3) serious", what.key, zero + timedelta(days=15)))
        elif what.country is None or what.country in _UNION:
            owed.add(_owed_by_day("EU 107(3) other", what.key, zero + timedelta(days=90)))
    if what.kind == "safety_issue" and licence.held_by_us:
        # GVP IX.C.2: as soon as possible, three working days after it is established as such.
        owed.add(_owed_by_day("EU IX.C.2", what.key, working_days_on(zero, 3, "EU")))
    if what.kind == "data_lock" and licence.held_by_us and what.starts_on is not None:
        # GVP VII: 70 days for intervals up to twelve months, 90 for longer ones; the EURD list is asked first.
        days = 70 if (what.interval_months or 12) <= 12 else 90
        owed.add(_owed_by_day("EU 107c", what.key, what.starts_on + timedelta(days=days)))
    if what.kind in ("defect", "late_positive") and here and (what.kind == "late_positive" or what.may_recall is not False):
        # Dir. (EU) 2017/1572 Art. 13: any defect that could end in a recall or an abnormal restriction; at once.
        owed.add(_owed_at("EU 2017/1572 13", what.key, what.aware))
    if what.kind == "supply_out_of_specification" and here:
        # Part IV 11.53-11.54 and the questions and answers: 48 hours; one trigger reads "administered": the earlier.
        start = min(what.aware, what.acted_on) if what.acted_on else what.aware
        owed.add(_owed_at("EU IV 11.54", what.key, start.astimezone(UTC) + timedelta(hours=48)))
    return owed


def _united_kingdom(what: Happening, licence: Licence) -> set[Owed]:
    owed: set[Owed] = set()
    zero = _day_zero(what)
    if what.kind in ("reaction", "reaction_follow_up") and licence.held_by_us:
        # Human Medicines Regulations 2012 reg. 188: serious 15 days wherever, not serious 90 days in the United Kingdom.
        if what.serious is not False:
            owed.add(_owed_by_day("UK 188 serious", what.key, zero + timedelta(days=15)))
        elif what.country in (None, "GB"):
            owed.add(_owed_by_day("UK 188 other", what.key, zero + timedelta(days=90)))
    if what.kind == "data_lock" and licence.held_by_us and what.starts_on is not None:
        days = 70 if (what.interval_months or 12) <= 12 else 90
        owed.add(_owed_by_day("UK 191", what.key, what.starts_on + timedelta(days=days)))
    if what.kind in ("defect", "late_positive") and what.batch_place == "UK" and (
        what.kind == "late_positive" or what.may_recall is not False
    ):
        # Defective Medicines Report Centre: at once, at any hour.
        owed.add(_owed_at("UK DMRC", what.key, what.aware))
    return owed


def _switzerland(what: Happening, licence: Licence) -> set[Owed]:
    # Ordinance on medicinal products (VAM, SR 812.212.21) Art. 61-62: what is noticed in Switzerland; serious 15 days,
    # not serious and not yet known 60; defects noticed at home or abroad at once, 15 days at the latest.
    owed: set[Owed] = set()
    zero = _day_zero(what)
    if what.kind == "reaction" and what.country in (None, "CH"):
        if what.serious is not False:
            owed.add(_owed_by_day("CH 62(1)(a)", what.key, zero + timedelta(days=15)))
        elif what.expected is not True:
            owed.add(_owed_by_day("CH 62(1)(b)", what.key, zero + timedelta(days=60)))
    if what.kind in ("defect", "late_positive") and what.batch_place == "CH":
        if what.kind == "late_positive" or what.may_recall is not False:
            owed.add(_owed_by_day("CH 62(3)", what.key, zero + timedelta(days=15)))
    return owed


_OF_PLACE = {"US": _united_states, "EU": _european_union, "UK": _united_kingdom, "CH": _switzerland}


def owed_by_calendar(licence: Licence, until: datetime) -> set[Owed]:
    """What a licence calls for by the calendar alone, as far as it has begun to run by ``until``.

    Only United States licences have such clocks in the texts at hand. ``unit`` is the number of the licence and the
    first day of the period, or the anniversary. A filing is owed once its period is over.
    """
    if licence.place != "US" or not licence.held_by_us:
        return set()
    today = until.astimezone(SEATS["US"]).date()
    owed: set[Owed] = set()
    for quarter in range(1, 13):
        # 600.80(c)(2): the first quarter begins on the date of issuance, so it closes on the day before its next.
        begins, next_begins = months_on(licence.issued, 3 * quarter - 3), months_on(licence.issued, 3 * quarter)
        if next_begins <= today:
            close = next_begins - timedelta(days=1)
            owed.add(_owed_by_day("US 600.80(c)(2) quarter", f"{licence.number}/{begins}", close + timedelta(days=30)))
    year = 1
    while (anniversary := months_on(licence.issued, 12 * year)) <= today:
        if year > 3:
            owed.add(
                _owed_by_day("US 600.80(c)(2) year", f"{licence.number}/{anniversary}", anniversary + timedelta(days=60))
            )
        # 601.12(d), and with it 601.28 and 601.70: within 60 days of the anniversary of the approval.
        owed.add(_owed_by_day("US 601.12(d)", f"{licence.number}/{anniversary}", anniversary + timedelta(days=60)))
        year += 1
    half = 1
    while (next_begins := months_on(licence.issued, 6 * half)) <= today:
        # 600.81: the interval between reports is six months and no days are given beyond it.
        owed.add(_owed_by_day("US 600.81", f"{licence.number}/{months_on(licence.issued, 6 * half - 6)}", next_begins))
        half += 1
    return owed
