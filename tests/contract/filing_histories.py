"""Random histories of a product in words that belong to nobody, and the same told to the product under test.

A history is what happened (`filing_by_clauses.Happening`) under the licences of one product. It aims at where days are
miscounted: leap days, ends of years, the nights in which clocks are set, Friday evenings, holidays, dates that differ
between who received the news and the agency.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from filing_by_clauses import Happening, Licence

from mes_core.filing import events as product

PLACES = ("US", "EU", "UK", "CH")
_ZONES = ("America/New_York", "Europe/Amsterdam", "Europe/London", "Asia/Tokyo", "Pacific/Kiritimati")
_COUNTRIES = ("US", "DE", "NL", "IE", "GB", "CH", "JP", None)
_KINDS = (
    *("deviation", "late_positive", "result", "excursion", "defect", "supply_out_of_specification"),
    *("reaction", "reaction_follow_up", "safety_issue", "interruption", "recall", "data_lock"),
    "discontinuance",
)
_EDGES = tuple(
    datetime.fromisoformat(text)
    for text in (
        *("2024-02-29T23:30:00+00:00", "2028-02-28T23:59:00+00:00", "2025-12-31T23:59:59+00:00"),
        *("2026-03-08T06:59:00+00:00", "2026-11-01T05:59:00+00:00", "2026-03-29T00:59:00+00:00"),
        *("2026-10-25T00:59:00+00:00", "2026-12-24T22:00:00+00:00", "2026-04-02T17:00:00+00:00"),
        *("2027-01-15T23:30:00+00:00", "2026-07-02T20:00:00+00:00", "2026-01-16T01:00:00+00:00"),
    )
)
_JURISDICTIONS = {"US": "US", "EU": "EU", "UK": "GB", "CH": "CH"}


@dataclass(frozen=True, slots=True)
class History:
    """What happened, each thing as often as it was reported, under which licences, and when we look.

    Attributes:
        reports: for each thing the reports of it, the first one first.
        corrected: the same after corrections.
    """

    licences: tuple[Licence, ...]
    reports: tuple[tuple[Happening, ...], ...]
    corrected: tuple[tuple[Happening, ...], ...]
    seen_at: datetime


def history(seed: int) -> History:
    """One history; the same for the same seed."""
    rng = random.Random(seed)
    licences = tuple(
        Licence(place, f"{place}-1", _day(rng), rng.random() < 0.75) for place in PLACES if rng.random() < 0.8
    ) or (Licence("US", "US-1", date(2024, 2, 29)),)
    reports = tuple(_reports(rng, f"E{n}") for n in range(rng.randrange(1, 6)))
    corrected = tuple(_corrected_together(rng, told) for told in reports)
    seen_at = max(one.aware for told in (*reports, *corrected) for one in told) + timedelta(days=rng.randrange(400))
    return History(licences, reports, corrected, seen_at)


def _day(rng: random.Random) -> date:
    special = (date(2024, 2, 29), date(2023, 8, 31), date(2022, 12, 31), date(2025, 1, 1))
    return rng.choice(special) if rng.random() < 0.4 else date(2022, 1, 1) + timedelta(days=rng.randrange(1400))


def _moment(rng: random.Random) -> datetime:
    if rng.random() < 0.4:
        return rng.choice(_EDGES) + timedelta(seconds=rng.randrange(-7200, 7200))
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(4 * 365 * 86_400))
    if rng.random() < 0.3:
        moment += timedelta(days=(4 - moment.weekday()) % 7)
        moment = moment.replace(hour=rng.choice((21, 22, 23)), minute=rng.randrange(60))
    return moment


def _fact(rng: random.Random) -> bool | None:
    return rng.choice((True, True, False, None))


def _reports(rng: random.Random, key: str) -> tuple[Happening, ...]:
    kind, aware = rng.choice(_KINDS), _moment(rng)
    first = Happening(
        key,
        kind,
        aware,
        rng.choice((*_ZONES, None)),
        batch_place=rng.choice((*PLACES, None)),
        distributed=_fact(rng),
        may_affect=_fact(rng),
        under_control=_fact(rng),
        may_recall=_fact(rng),
        graver=_fact(rng),
        serious=_fact(rng),
        expected=_fact(rng),
        country=rng.choice(_COUNTRIES),
        life_threatening=_fact(rng),
        expanded_access=kind == "reaction" and rng.random() < 0.2,
        disrupts=_fact(rng),
        starts_on=None if rng.random() < 0.2 else aware.date() + timedelta(days=rng.randrange(-30, 400)),
        interval_months=rng.choice((6, 12, 24, None)),
        closed_on=aware.date() + timedelta(days=rng.randrange(200)) if rng.random() < 0.5 else None,
        withdrawn=rng.random() < 0.1,
    )
    told = [first]
    while rng.random() < 0.2:  # and once again, from another source
        told.append(_retold(rng, first))
    return tuple(told)


def _retold(rng: random.Random, first: Happening) -> Happening:
    """The same thing as another source knows it: another moment, and other answers here and there."""
    names = ("distributed", "may_affect", "under_control", "may_recall", "graver", "serious", "expected", "disrupts")
    told = {name: _fact(rng) for name in names if rng.random() < 0.3}
    if rng.random() < 0.2:
        told["batch_place"] = rng.choice((*PLACES, None))  # type: ignore[assignment]
    return replace(first, aware=_moment(rng), zone=rng.choice((*_ZONES, None)), withdrawn=rng.random() < 0.1, **told)  # type: ignore[arg-type]


def _corrected_together(rng: random.Random, told: tuple[Happening, ...]) -> tuple[Happening, ...]:
    country = rng.choice((told[0].country, rng.choice(_COUNTRIES)))
    return tuple(replace(_corrected(rng, one), country=country) for one in told)


def _corrected(rng: random.Random, one: Happening) -> Happening:
    if rng.random() < 0.5:
        return one
    changes: dict[str, object] = {"aware": _moment(rng)} if rng.random() < 0.5 else {}
    changes |= {name: _fact(rng) for name in ("distributed", "may_affect", "may_recall", "serious", "expected")}
    changes |= {"withdrawn": rng.random() < 0.2}
    return replace(one, **changes)  # type: ignore[arg-type]


# The same, told to the product under test --------------------------------------------------------------------------

_KIND = {
    "result": "out_of_specification_result",
    "supply_out_of_specification": "out_of_specification_supply",
    "reaction": "adverse_experience",
    "reaction_follow_up": "adverse_experience_follow_up",
    "safety_issue": "emerging_safety_issue",
    "interruption": "supply_interruption",
}
_OF_BATCH = frozenset(
    {"deviation", "late_positive", "result", "excursion", "defect", "supply_out_of_specification", "recall"}
)
_EUROPE = frozenset({"DE", "NL", "IE"})


def as_events(reports: tuple[tuple[Happening, ...], ...]) -> list[product.Event]:
    """Each report as an event; all but the first report of a thing as duplicates of the one before it."""
    found = []
    for told in reports:
        for number, one in enumerate(told):
            name = f"{one.key}.{number}"
            earlier = f"{one.key}.{number - 1}" if number else None
            found.append(_event(one, name, earlier))
    return found


def _event(one: Happening, name: str, earlier: str | None) -> product.Event:
    kind = "expanded_access_reaction" if one.expanded_access else _KIND.get(one.kind, one.kind)
    return product.Event(
        name,
        kind,
        one.aware,
        one.zone,
        _places(one),
        product="P",
        batch_id="B" if one.kind in _OF_BATCH else None,
        case_id=f"C-{one.key}" if one.kind.startswith("reaction") else None,
        day=one.starts_on,
        closed_on=one.closed_on,
        answers={name: said for name, said in _answers(one).items() if name in product.KINDS[kind].facts},
        duplicate_of=earlier,
        withdrawn=one.withdrawn,
    )


def _places(one: Happening) -> frozenset[str] | None:
    if one.kind in _OF_BATCH:
        return frozenset({_JURISDICTIONS[one.batch_place]}) if one.batch_place else None
    if one.expanded_access:
        return frozenset({"US"})
    if one.kind in ("safety_issue", "interruption", "discontinuance", "data_lock"):
        return frozenset({"OTHER"})  # the licence decides, not the place
    if one.country is None:
        return None
    return frozenset(
        {"EU" if one.country in _EUROPE else one.country if one.country in _JURISDICTIONS.values() else "OTHER"}
    )


def _answers(one: Happening) -> dict[str, str]:
    short = None if one.interval_months is None else one.interval_months <= 12
    said = {
        "distributed": one.distributed,
        "may_affect_safety": one.may_affect,
        "under_control": one.under_control,
        "may_mean_recall_or_restriction": one.may_recall,
        "graver_than_class_3": one.graver,
        "serious": one.serious,
        "unexpected": None if one.expected is None else not one.expected,
        "fatal_or_life_threatening": one.life_threatening,
        "likely_to_disrupt": one.disrupts,
        "up_to_12_months": short,
    }
    return {name: "unknown" if value is None else "yes" if value else "no" for name, value in said.items()}


def as_licences(licences: tuple[Licence, ...]) -> list[product.Licence]:
    """The licences; who does not hold one makes the product under it."""
    roles = {True: frozenset({"holder", "manufacturer"}), False: frozenset({"manufacturer"})}
    return [
        product.Licence(one.number, _JURISDICTIONS[one.place], "P", one.issued, roles[one.held_by_us])
        for one in licences
    ]
