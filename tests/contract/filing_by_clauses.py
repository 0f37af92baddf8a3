"""Which filings a history calls for and when, computed from the clauses alone.

Written from the texts of the clauses by somebody who had not read ``mes_core.filing``, and it imports nothing of it:
what both say alike is then no echo. Where the two disagreed the clause was asked again; the lines that were changed
here for it say ``Asked again``. Days are counted with ``datetime.date`` and holidays with the ``holidays``
library; nothing else is shared. The reading of each clause stands beside the lines that count it.

Common ground (Regulation (EEC, Euratom) 1182/71 Art. 3, GVP module VI.B.7): the day of the event is not counted; days
are calendar days unless the clause says working days; a last day on a Saturday, Sunday or holiday is *not* moved
forward, because the roll holds for acts and not for guidance and nobody may plan on it. Day zero is the date on the
clock of whoever received the news; the last day ends when it ends where the agency sits. Periods in hours are elapsed
hours. What is not known (seriousness, expectedness, effect, place) counts as yes.
"""

# ruff: noqa: SIM102 - one condition of the law a line

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from clause_days import SEATS, day_ends, is_working_day, months_on, working_days_on

_UNION = frozenset(
    [
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI"),
        *("LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    ]
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

    ``kind`` is one of deviation, late_positive, result, excursion, defect, supply_out_of_specification, reaction,
    reaction_follow_up, safety_issue, interruption, discontinuance, recall, data_lock. ``None``
    in a fact means: not known.
    """

    key: str
    kind: str
    aware: datetime
    zone: str | None
    batch_place: str | None = None
    distributed: bool | None = None
    may_affect: bool | None = None
    under_control: bool | None = None
    may_recall: bool | None = None
    serious: bool | None = None
    expected: bool | None = None
    country: str | None = None
    life_threatening: bool | None = None
    expanded_access: bool = False
    disrupts: bool | None = None
    graver: bool | None = None
    starts_on: date | None = None
    interval_months: int | None = None
    closed_on: date | None = None
    withdrawn: bool = False
    also_places: frozenset[str] = frozenset()
    first_day: date | None = None

    @property
    def places(self) -> frozenset[str]:
        """Where batches of it went, as far as anybody said; empty where nobody did."""
        return self.also_places | ({self.batch_place} if self.batch_place else frozenset())


@dataclass(frozen=True, slots=True, order=True)
class Owed:
    """One filing that is owed: the clause, what it is about, the last moment (UTC) and the day to plan for."""

    clause: str
    unit: str
    due: datetime
    plan_by: date


def _owed_by_day(clause: str, unit: str, day: date, not_before: date | None = None) -> Owed:
    place = clause[:2]
    # Asked again: where nobody works on the last day, the last working day before it is what two days are left to.
    last = day if is_working_day(day, place) else working_days_on(day, -1, place)
    planned = working_days_on(last, -2, place)
    # What tells of a period to its last day can't be planned before that day, nor anything before it is known.
    return Owed(
        clause, unit, day_ends(day, place), planned if not_before is None else max(planned, min(day, not_before))
    )


def _owed_at(clause: str, unit: str, moment: datetime) -> Owed:
    return Owed(clause, unit, moment.astimezone(UTC), date.min)


def _day_zero(what: Happening) -> date:
    """The date where the news came; where that is not known, the earliest date that any clock shows."""
    if what.first_day is not None:
        return what.first_day
    if what.zone is None:
        return (what.aware.astimezone(UTC) - timedelta(hours=12)).date()
    return what.aware.astimezone(ZoneInfo(what.zone)).date()


def known_together(reports: tuple[Happening, ...]) -> Happening | None:
    """One thing as all reports of it tell it; None where every report was withdrawn.

    We knew on the first day on which anybody has the information (GVP VI.B.7), each on their own calendar. A duty that
    one report gives us no other report takes away: we are relieved only by what every one of them says, and a source
    that does not know relieves us of nothing.
    """
    stand = [one for one in reports if not one.withdrawn]
    if not stand:
        return None
    first = min(stand, key=lambda one: one.aware)
    together: dict[str, object] = {}
    for field in fields(Happening):
        if field.name in _RELIEVED_BY:
            relief = _RELIEVED_BY[field.name]
            together[field.name] = relief if all(getattr(one, field.name) is relief for one in stand) else None
    nowhere_known = any(not one.places for one in stand)
    together["batch_place"] = None
    together["also_places"] = frozenset() if nowhere_known else frozenset().union(*(one.places for one in stand))
    together["first_day"] = min(map(_day_zero, stand))
    return replace(stand[0], aware=first.aware, zone=first.zone, **together)  # type: ignore[arg-type]


_RELIEVED_BY = {
    **dict.fromkeys(("distributed", "may_affect", "under_control", "may_recall", "graver"), False),
    **dict.fromkeys(("serious", "life_threatening", "disrupts"), False),
    "expected": True,
}
"""What relieves us of a duty, or of its shorter time. Where and when a thing happens no other source says otherwise."""


def owed_by_happenings(happenings: list[Happening], licences: list[Licence], seen_at: datetime) -> set[Owed]:
    """Every filing that what happened calls for, under the licences of the product.

    Args:
        happenings: each thing that happened, once, as it stands after its last correction.
        licences: the licences of the product, in any place.
        seen_at: when we look; reports that go on and on have begun by then.

    Returns:
        What is owed. ``unit`` is the key of the happening.
    """
    of_place = {"US": _united_states, "EU": _european_union, "UK": _united_kingdom, "CH": _switzerland}
    owed: set[Owed] = set()
    for what in happenings:
        if what.withdrawn:
            continue
        for place, clauses in of_place.items():
            held = next((one.held_by_us for one in licences if one.place == place), None)
            for one in clauses(what, held, seen_at):
                owed.add(one)
    return owed


def _in(place: str, what: Happening) -> bool:
    """Whether it concerns a place: the batch went there, or nobody knows where it went."""
    return not what.places or place in what.places


def _defect(what: Happening) -> bool:
    # Asked again: a deviation, a result or an excursion may be a defect as well; what nobody knows counts as yes, and
    # a late positive that a person has found to be an error of the laboratory is none.
    return what.kind in ("deviation", "late_positive", "result", "excursion", "defect")


def _united_states(what: Happening, held: bool | None, seen_at: datetime) -> list[Owed]:
    owed: list[Owed] = []
    zero, here = _day_zero(what), _in("US", what)
    applicant = held is not False  # Asked again: without a licence on record nobody knows who we are, and yes counts
    if _defect(what) and here and applicant:
        # 600.14(b): may affect safety, purity or potency; in our facility or under our control; of a distributed
        # product: all three. 600.14(c): 45 calendar days from when somebody acquires the information.
        if False not in (what.may_affect, what.under_control, what.distributed):
            owed.append(_owed_by_day("US 600.14", what.key, zero + timedelta(days=45), zero))
    if what.kind in ("reaction", "reaction_follow_up"):
        owed += _united_states_reaction(what, held, zero)
    if what.kind == "interruption" and held is True and what.disrupts is not False:
        owed.append(_owed_by_day("US 600.82", what.key, _interruption(what, zero), zero))
    if what.kind == "discontinuance" and held is True:
        # 600.82(a): a permanent end of manufacturing as well; nobody asks whether supply suffers.
        owed.append(_owed_by_day("US 600.82 end", what.key, _interruption(what, zero), zero))
    if what.kind == "recall" and here:
        # 7.46(a): at once. 7.53(b): status reports every two to four weeks; two is what nobody can call late.
        owed.append(_owed_at("US 7.46", what.key, what.aware))
        last = seen_at.astimezone(SEATS["US"]).date()
        begins = zero
        while begins <= last and (what.closed_on is None or begins < what.closed_on):
            begins += timedelta(days=14)
            owed.append(_owed_by_day("US 7.53", what.key, begins, begins))
    return owed


def _interruption(what: Happening, zero: date) -> date:
    # 600.82(b): six months ahead; where that could not be, as soon as possible and at the latest five business days
    # after it takes place. Asked again: "as soon as possible" for what is still to come is five days after the news.
    soon = working_days_on(zero, 5, "US")
    if what.starts_on is None:
        return soon
    ahead = months_on(what.starts_on, -6)
    return ahead if ahead >= zero else min(soon, working_days_on(what.starts_on, 5, "US"))


def _united_states_reaction(what: Happening, held: bool | None, zero: date) -> list[Owed]:
    serious, unexpected = what.serious is not False, what.expected is not True
    owed = []
    if what.expanded_access:
        # 312.32(c)(1): serious and unexpected, 15 days. (c)(2): unexpected and fatal or life-threatening, 7 days; asked
        # again: (c)(2) does not name "serious", so that an answer to that question ends nothing.
        if serious and unexpected:
            owed.append(_owed_by_day("US 312.32(c)(1)", what.key, zero + timedelta(days=15), zero))
        if unexpected and what.life_threatening is not False:
            owed.append(_owed_by_day("US 312.32(c)(2)", what.key, zero + timedelta(days=7), zero))
        return owed
    concerned = held is not None or what.country in (None, "US")
    if not serious or not concerned:
        return []  # goes into the periodic report, 600.80(c)(2)
    # 600.80(c)(1)(i), foreign and domestic alike; (ii) follow-ups alike.
    if unexpected and held is not False:
        owed.append(_owed_by_day("US 600.80(c)(1)", what.key, zero + timedelta(days=15), zero))
    # (iii): who is not the applicant tells the applicant in 5 days. Asked again: "all reports of serious adverse
    # experiences", so that the expected ones go there as well, and follow-ups.
    if held is not True:
        owed.append(_owed_by_day("US 600.80(c)(1)(iii)", what.key, zero + timedelta(days=5), zero))
    return owed


def _reaction_15_90(what: Happening, held: bool | None, zero: date, clause: str, here: bool) -> list[Owed]:
    """Serious 15 days, wherever it happened; not serious 90 days, where it happened at home."""
    if held is False or not what.kind.startswith("reaction"):
        return []
    concerned = held is not None or here
    if what.serious is not False:
        return [_owed_by_day(f"{clause} serious", what.key, zero + timedelta(days=15), zero)] if concerned else []
    return [_owed_by_day(f"{clause} other", what.key, zero + timedelta(days=90), zero)] if here else []


def _data_lock(what: Happening, held: bool | None, zero: date, clause: str) -> list[Owed]:
    # GVP VII: 70 days for intervals up to twelve months, 90 for longer ones; the EURD list is asked first.
    if what.kind != "data_lock" or held is not True:
        return []
    days = 70 if (what.interval_months or 12) <= 12 else 90
    return [_owed_by_day(clause, what.key, (what.starts_on or zero) + timedelta(days=days), zero)]


def _european_union(what: Happening, held: bool | None, seen_at: datetime) -> list[Owed]:
    del seen_at
    zero, here = _day_zero(what), _in("EU", what)
    at_home = not what.expanded_access and (what.country is None or what.country in _UNION)
    # Dir. 2001/83 Art. 107(3): serious in the Union and in third countries, 15 days; not serious in the Union, 90.
    # A dose under expanded access is in a third country. GVP VI.B.7: follow-ups alike, from when they come.
    owed = _reaction_15_90(what, held, zero, "EU 107(3)", at_home)
    if what.kind == "safety_issue" and held is True:
        # GVP IX.C.2: as soon as possible, three working days after it is established as such.
        owed.append(_owed_by_day("EU IX.C.2", what.key, working_days_on(zero, 3, "EU"), zero))
    owed += _data_lock(what, held, zero, "EU 107c")
    if _defect(what) and here and what.may_recall is not False:
        # Dir. (EU) 2017/1572 Art. 13: any defect that could end in a recall or an abnormal restriction; at once.
        owed.append(_owed_at("EU 2017/1572 13", what.key, what.aware))
        # And to the authorisation holder: whoever makes it and is not the holder themselves.
        if held is not True:
            owed.append(_owed_at("EU 2017/1572 13 holder", what.key, what.aware))
    if what.kind == "recall" and (here or held is not None) and held is not False:
        # Dir. 2001/83 Art. 123(2): the holder tells the Member States at once that it withdraws a product.
        owed.append(_owed_at("EU 123(2)", what.key, what.aware))
    if held is True and (what.kind == "discontinuance" or (what.kind == "interruption" and what.disrupts is not False)):
        # Dir. 2001/83 Art. 23a: no less than two months before, otherwise than in exceptional circumstances (no figure:
        # the same day); a product that ceases to be placed on the market for a time or for good.
        ahead = months_on(what.starts_on, -2) if what.starts_on else zero
        end = " end" if what.kind == "discontinuance" else ""
        due = ahead if ahead >= zero else min(zero, what.starts_on or zero)
        owed.append(_owed_by_day(f"EU 23a{end}", what.key, due, zero))
    if what.kind == "supply_out_of_specification" and here:
        # Part IV 11.53-11.54 and the questions and answers: 48 hours; the news of the supply is the earlier start.
        for addressee in ("EU IV 11.54", "EU IV 11.54 authority"):  # the EMA, and who authorised the manufacturing
            owed.append(_owed_at(addressee, what.key, what.aware.astimezone(UTC) + timedelta(hours=48)))
    return owed


def _united_kingdom(what: Happening, held: bool | None, seen_at: datetime) -> list[Owed]:
    del seen_at
    zero, here = _day_zero(what), _in("UK", what)
    at_home = not what.expanded_access and what.country in (None, "GB")
    # Human Medicines Regulations 2012 reg. 188: as in the Union.
    owed = _reaction_15_90(what, held, zero, "UK 188", at_home)
    owed += _data_lock(what, held, zero, "UK 191")
    if _defect(what) and here and what.distributed is not False:
        # Defective Medicines Report Centre: a suspected defect of what was distributed, at once, at any hour; one that
        # can end in a recall is one whatever it does to the patient. Class 3 within 5 days (older page).
        if not (what.may_affect is False and what.may_recall is False):
            if what.graver is False:
                owed.append(_owed_by_day("UK DMRC", what.key, zero + timedelta(days=5), zero))
            else:
                owed.append(_owed_at("UK DMRC", what.key, what.aware))
    if what.kind == "recall" and here:
        owed.append(_owed_at("UK DMRC recall", what.key, what.aware))  # a recall is made for a defect
    return owed


def _switzerland(what: Happening, held: bool | None, seen_at: datetime) -> list[Owed]:
    # Ordinance on medicinal products (VAM, SR 812.212.21) Art. 61-62: what is noticed in Switzerland; serious 15 days,
    # not serious and not yet known 60; signals that call for measures at short notice 5; defects at once, 15 days at
    # the latest. They bind the maker as well as the holder.
    del seen_at
    owed: list[Owed] = []
    zero = _day_zero(what)
    if what.kind in ("reaction", "reaction_follow_up") and not what.expanded_access and what.country in (None, "CH"):
        if what.serious is not False:
            owed.append(_owed_by_day("CH 62(1)(a)", what.key, zero + timedelta(days=15), zero))
        elif what.expected is not True:
            owed.append(_owed_by_day("CH 62(1)(b)", what.key, zero + timedelta(days=60), zero))
    if what.kind == "safety_issue" and held is not None:
        owed.append(_owed_by_day("CH 62(2)(a)", what.key, zero + timedelta(days=5), zero))
    if what.kind == "recall" and (held is not None or _in("CH", what)):
        owed.append(_owed_by_day("CH 62(3) recall", what.key, zero + timedelta(days=15), zero))
    # Asked again: a defect of a product that is licensed there is told of wherever the batch went.
    if _defect(what) and (held is not None or _in("CH", what)) and what.distributed is not False:
        if not (what.may_affect is False and what.may_recall is False):
            owed.append(_owed_by_day("CH 62(3)", what.key, zero + timedelta(days=15), zero))
    return owed


def owed_by_calendar(licence: Licence, until: datetime) -> set[Owed]:
    """What a licence calls for by the calendar alone, in every period that has begun by ``until``.

    Only United States licences have such clocks in the texts at hand. ``unit`` is the number of the licence and the
    last day of the period.
    """
    if licence.place != "US" or not licence.held_by_us:
        return set()
    today = until.astimezone(SEATS["US"]).date()
    owed: set[Owed] = set()

    def owe(clause: str, begins: date, close: date, due: date) -> None:
        if begins <= today:
            owed.add(_owed_by_day(clause, f"{licence.number}/{close}", due, close))

    for quarter in range(1, 13):
        # 600.80(c)(2): the first quarter begins on the date of issuance, so it closes on the day before its next.
        begins, close = _span(licence.issued, 3, quarter)
        owe("US 600.80(c)(2) quarter", begins, close, close + timedelta(days=30))
    for year in range(1, today.year - licence.issued.year + 3):
        begins, close = _span(licence.issued, 12, year)
        anniversary = months_on(licence.issued, 12 * year)
        if year > 3:
            owe("US 600.80(c)(2) year", begins, close, anniversary + timedelta(days=60))
        # Within 60 days of the anniversary of the approval, each of the three.
        for clause in ("US 601.12(d)", "US 601.28", "US 601.70"):
            owe(clause, begins, close, anniversary + timedelta(days=60))
    # 600.81: the interval between reports is six months, and no days are given beyond it. Asked again: the clause does
    # not say from where they count; half-years of the calendar keep every interval, the first one included.
    begins = licence.issued
    while begins <= today:
        close = date(begins.year, 6, 30) if begins.month <= 6 else date(begins.year, 12, 31)
        owe("US 600.81", begins, close, close)
        begins = close + timedelta(days=1)
    return owed


def _span(first: date, months: int, number: int) -> tuple[date, date]:
    """First and last day of a period that counts from a date."""
    return months_on(first, months * (number - 1)), months_on(first, months * number) - timedelta(days=1)
