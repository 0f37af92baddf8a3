"""Clocks against the clauses, counted by somebody who had not read them: none missed, none false, equal times."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from clause_days import months_on
from filing_by_clauses import Happening, Licence, Owed, known_together, owed_by_calendar, owed_by_happenings
from filing_histories import History, as_events, as_licences, history
from mes_support import PASSWORD, Plant, running_plant

from mes_core.filing.calendars import day_in
from mes_core.filing.decide import Decision, decide, started
from mes_core.filing.events import Event
from mes_core.filing.loading import book
from mes_core.filing.model import Category
from mes_core.messages import filing as f
from mes_core.messages import views as v

_SOAK = bool(os.environ.get("BATCHWRIGHT_SOAK"))
_HISTORIES, _STORED = (10_000, 200) if _SOAK else (300, 12)
_CLAUSES = {
    "US-BPD": "US 600.14",
    "US-AE-15": "US 600.80(c)(1)",
    "US-AE-5": "US 600.80(c)(1)(iii)",
    "US-SUPPLY": "US 600.82",
    "US-DISCONTINUE": "US 600.82 end",
    "US-RECALL": "US 7.46",
    "US-RECALL-STATUS": "US 7.53",
    "US-IND-15": "US 312.32(c)(1)",
    "US-IND-7": "US 312.32(c)(2)",
    "US-PAER-Q": "US 600.80(c)(2) quarter",
    "US-PAER-Y": "US 600.80(c)(2) year",
    "US-DIST": "US 600.81",
    "US-ANN-MINOR": "US 601.12(d)",
    "US-ANN-PAED": "US 601.28",
    "US-ANN-PMR": "US 601.70",
    "EU-AE-15": "EU 107(3) serious",
    "EU-AE-90": "EU 107(3) other",
    "EU-ESI": "EU IX.C.2",
    "EU-PSUR-70": "EU 107c",
    "EU-PSUR-90": "EU 107c",
    "EU-DEFECT": "EU 2017/1572 13",
    "EU-DEFECT-HOLDER": "EU 2017/1572 13 holder",
    "EU-RECALL": "EU 123(2)",
    "EU-SUPPLY": "EU 23a",
    "EU-CEASE": "EU 23a end",
    "EU-OOS": "EU IV 11.54",
    "EU-OOS-AUTHORITY": "EU IV 11.54 authority",
    "UK-DEFECT": "UK DMRC",
    "UK-DEFECT-3": "UK DMRC",
    "UK-RECALL": "UK DMRC recall",
    "UK-AE-15": "UK 188 serious",
    "UK-AE-90": "UK 188 other",
    "UK-PSUR-70": "UK 191",
    "UK-PSUR-90": "UK 191",
    "CH-AE-15": "CH 62(1)(a)",
    "CH-AE-60": "CH 62(1)(b)",
    "CH-SIGNAL": "CH 62(2)(a)",
    "CH-DEFECT": "CH 62(3)",
    "CH-RECALL": "CH 62(3) recall",
}
"""Which clause a clock of the book is for: the only place where the two meet."""
_AT_A_MOMENT = frozenset(
    {
        *("US-RECALL", "EU-DEFECT", "EU-DEFECT-HOLDER", "EU-RECALL", "EU-OOS", "EU-OOS-AUTHORITY"),
        *("UK-DEFECT", "UK-RECALL"),
    }
)


def _owed(told: Iterable[tuple[Happening, ...]], lived: History) -> set[Owed]:
    stand = [one for one in map(known_together, told) if one is not None]
    owed = owed_by_happenings(stand, list(lived.licences), lived.seen_at)
    for licence in lived.licences:
        owed |= owed_by_calendar(licence, lived.seen_at)
    return owed


def _computed(told: tuple[tuple[Happening, ...], ...], lived: History) -> set[Owed]:
    found = started(decide(book().clocks, as_events(told), as_licences(lived.licences), lived.seen_at))
    return {_as_owed(one) for one in found if one.clock.category is Category.FILING}


def _as_owed(one: Decision) -> Owed:
    assert one.due_at is not None
    assert one.plan_by is not None
    seat = one.clock.authority and _SEATS[one.clock.authority]
    unit = one.event_id.split(".")[0] if one.event_id else f"{one.unit}/{one.ends}"
    if one.clock.id in _AT_A_MOMENT:  # nothing is planned before a time that is now
        assert one.plan_by == one.due_at
        return Owed(_CLAUSES[one.clock.id], unit, one.due_at, date.min)
    return Owed(_CLAUSES[one.clock.id], unit, one.due_at, day_in(one.plan_by, seat))


_SEATS = {
    "FDA": "America/New_York",
    "EMA": "Europe/Amsterdam",
    "MHRA": "Europe/London",
    "Swissmedic": "Europe/Zurich",
}


@pytest.mark.requirement("URS-190")
def test_no_clause_is_missed_none_is_read_into_the_law_and_every_time_is_the_clauses() -> None:
    """On random histories, as first told and as corrected; every clock of the book comes up in them."""
    seen: Counter[str] = Counter()
    for seed in range(_HISTORIES):
        lived = history(seed)
        for told in (lived.reports, lived.corrected):
            owed, computed = _owed(told, lived), _computed(told, lived)
            assert computed == owed, (seed, sorted(owed - computed)[:2], sorted(computed - owed)[:2])
            seen.update(one.clause for one in owed)
    assert set(seen) == set(_CLAUSES.values())
    assert set(_CLAUSES) == {one.id for one in book().clocks if one.category is Category.FILING}


@pytest.mark.requirement("URS-190")
@pytest.mark.parametrize("issued", [date(2024, 2, 29), date(2023, 8, 31), date(2025, 1, 1), date(2025, 6, 30)])
def test_distribution_reports_are_never_further_apart_than_the_clause_lets_them(issued: date) -> None:
    """21 CFR 600.81: the interval is six months. From where it counts the clause does not say: each has to hold."""
    seen_at = datetime(2029, 1, 2, tzinfo=UTC)
    licences = as_licences((Licence("US", "L", issued),))
    found = started(decide([book().clock("US-DIST")], [], licences, seen_at))
    begins = issued
    for one in found:
        assert one.ends is not None
        assert one.due_at is not None
        assert begins == one.begins
        assert one.ends < months_on(begins, 6)
        assert day_in(one.due_at, "America/New_York") == one.ends
        begins = one.ends + timedelta(days=1)
    assert begins > seen_at.date()


def _fields(one: Event, product: str) -> dict[str, Any]:
    batch = f"{product}-B{one.event_id.split('.')[0]}" if one.batch_id else None
    return {
        "aware_at": one.aware_at.isoformat(),
        "zone": one.zone,
        "aware_who": "Ada",
        "places": sorted(one.places) if one.places is not None else None,
        "answers": dict(one.answers),
        "product": product,
        "batch_id": batch,
        "case_id": f"{product}-{one.case_id}" if one.case_id else None,
        "day": one.day.isoformat() if one.day else None,
        "closed_on": one.closed_on.isoformat() if one.closed_on else None,
    }


def _told(plant: Plant, product: str, told: tuple[tuple[Happening, ...], ...]) -> dict[str, Event]:
    """Each report recorded, by the name that the system of record gave it; later ones said to be of the one before."""
    names: dict[str, Event] = {}
    by_report: dict[str, str] = {}
    known: dict[str, str | None] = {}
    for one in as_events(told):
        body = {"kind": one.kind, "source": f"source-{one.event_id[-1]}", "source_key": f"{product}/{one.event_id}"}
        view = plant.mes.record_event(f.NewEvent.model_validate(body | _fields(one, product)), plant.reviewer)
        names[view.event_id], by_report[one.event_id], known[view.event_id] = one, view.event_id, view.duplicate_of
    for name, one in reversed(names.items()):
        if one.duplicate_of and known[name] is None:  # the number of a case says so by itself
            _correct(plant, name, duplicate_of=by_report[one.duplicate_of])
    for name, one in names.items():
        if one.withdrawn:
            _correct(plant, name, withdrawn=True)
    return names


def _correct(plant: Plant, name: str, **more: Any) -> None:
    body = {"reason": "Looked at again.", "password": f"{PASSWORD} 2", **more}
    plant.mes.correct_event(name, f.CorrectEvent.model_validate(body), plant.quality)


def _corrected(plant: Plant, product: str, names: dict[str, Event], told: tuple[tuple[Happening, ...], ...]) -> None:
    new = {one.event_id: one for one in as_events(told)}
    for name, before in names.items():
        one = new[before.event_id]
        kept = {"aware_at", "zone", "places", "answers"}
        changes = {key: value for key, value in _fields(one, product).items() if key in kept}
        if one != before:
            _correct(plant, name, changes=changes, withdrawn=one.withdrawn)


def _running(plant: Plant, names: dict[str, Event]) -> set[Owed]:
    found = set()
    for one in plant.mes.all_filings(running=True):
        if one.event_id in names and one.clock_id:
            assert one.due_at is not None
            assert one.plan_by is not None
            clock = book().clock(one.clock_id)
            moment = clock.id in _AT_A_MOMENT
            plan_by = date.min if moment else day_in(one.plan_by, _SEATS[clock.authority])
            thing = names[one.event_id].event_id.split(".")[0]
            found.add(Owed(_CLAUSES[clock.id], thing, one.due_at, plan_by))
    return found


@pytest.mark.requirement("URS-190", "URS-191")
def test_the_store_holds_what_the_clauses_ask_for_through_reports_and_corrections(tmp_path: Path) -> None:
    """Recorded report by report, said to be one, withdrawn and corrected by signature: what runs is what is owed."""
    with running_plant(tmp_path / "histories.sqlite") as plant:
        plant.now = datetime(2029, 1, 2, 12, tzinfo=UTC)
        plant.mes.change_password(v.NewPassword(user="quality", password=PASSWORD, new_password=f"{PASSWORD} 2"))
        for seed in range(_STORED):
            lived, product = history(seed), f"P{seed}"
            lived = replace(lived, seen_at=plant.now)
            for one in as_licences(lived.licences):
                content = {"licence_id": f"{product}-{one.licence_id}", "jurisdiction": one.jurisdiction}
                content |= {"product": product, "granted_on": one.granted_on, "roles": sorted(one.roles)}
                content |= {"ended_on": one.granted_on, "reason": "Granted.", "password": f"{PASSWORD} 2"}
                plant.mes.record_licence(f.NewLicence.model_validate(content), plant.quality)
            names = _told(plant, product, lived.reports)
            for told in (lived.reports, lived.corrected):
                if told is lived.corrected:
                    _corrected(plant, product, names, told)
                stand = [one for one in map(known_together, told) if one is not None]
                owed = owed_by_happenings(stand, list(lived.licences), lived.seen_at)
                runs = _running(plant, names)
                assert runs == owed, (seed, sorted(owed - runs)[:2], sorted(runs - owed)[:2])
        assert not plant.mes.verify_audit()
