"""A simulated year: thousands of batches, and each law's filing once and in time, through outages and rejections."""

import os
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from filing_support import CASE, answer, licence, sign
from mes_support import PASSWORD, Plant, record, running_plant, shipment

from mes_core.messages import filing as f
from mes_core.messages import views as v
from mes_core.services.core import Change, dumps, iso, write_audit
from mes_core.services.ledger import LedgerStore

_SOAK = bool(os.environ.get("BATCHWRIGHT_SOAK"))
_BATCHES = 12_000 if _SOAK else 240
_YEAR = datetime(2027, 1, 1, 6, tzinfo=UTC)
_GIVEN = {
    "US-DIST": {"returned": "0"},
    "US-PAER-Q": dict.fromkeys(("narrative", "listing", "others", "tabulation", "actions"), "See annex."),
    "US-ANN-MINOR": {"content": "None."},
    "US-ANN-PAED": {"content": "None."},
    "US-ANN-PMR": {"content": "None."},
}
_OUTAGES = ((date(2027, 3, 1), date(2027, 3, 3)), (date(2027, 9, 10), date(2027, 9, 12)))


def _ship(plant: Plant, names: list[str], at: datetime) -> None:
    """Batches that left, as the record holds them: a year of them by all use cases would take hours."""
    template = record("B", markets=["US"]).model_dump(mode="json")
    with LedgerStore(plant.store).write() as work:
        for name in names:
            content = {**template, "batch_id": name}
            left = shipment(name, pickup_at=iso(at), delivery_at=iso(at + timedelta(days=1)))
            row: dict[str, Any] = {"batch_id": name, "kind": "car_t", "state": "shipped", "record_version": 1}
            row |= {"record_hash": name, "changed_at": iso(at), "record": orjson.dumps(content).decode()}
            work.add("batches", [row | {"verdict_id": None, "verdict": None}])
            work.add(
                "shipments",
                [
                    {
                        "batch_id": name,
                        "document": dumps(left.model_dump(mode="json")),
                        "booking": left.booking_reference,
                    }
                ],
            )
            write_audit(work, name, plant.bot, at, Change("shipment recorded", name))


class _Agency:
    """Accepts after a day; loses what comes in two outages; rejects the first report of a clock."""

    def __init__(self) -> None:
        self.accepted: Counter[tuple[str, int]] = Counter()
        self.rejected: set[str] = set()
        self.lost = 0

    def work(self, plant: Plant, one: f.FilingView) -> None:
        """Take a filing one step on."""
        today = plant.now.date()
        if one.status == "approved":
            answer(plant, one.filing_id, "receipt")
        elif one.status == "submitted":
            sent = one.submitted_at.date() if one.submitted_at else today
            if any(begin <= sent <= end for begin, end in _OUTAGES):
                if all(not begin <= today <= end for begin, end in _OUTAGES):
                    self.lost += 1
                    answer(plant, one.filing_id, "lost", reasons="Deleted with the outage.")
            elif one.clock_id not in self.rejected:
                self.rejected.add(str(one.clock_id))
                answer(plant, one.filing_id, "rejected", reasons="A field is wrong.")
            elif sent < today:
                self.accepted[one.filing_id, one.version] += 1
                answer(plant, one.filing_id, "accepted")


def _password(plant: Plant, number: int) -> str:
    """Passwords age: the people of the plant change theirs each two months."""
    old = PASSWORD if number == 0 else f"{PASSWORD} {number}"
    new = f"{PASSWORD} {number + 1}"
    plant.mes.change_password(v.NewPassword(user="quality", password=old, new_password=new))
    return new


def _decide(plant: Plant, password: str, agency: _Agency) -> None:
    today = plant.now.date()
    for one in plant.mes.all_filings(running=True):
        soon = one.due_at is not None and one.due_at - plant.now < timedelta(days=20)
        over = one.ends is None or one.ends < today or (one.due_at and one.due_at.date() <= today)
        close = over or (one.ends == today and plant.now.hour >= 20)
        if one.status in ("open", "rejected") and one.event_id:
            sign(plant, plant.mes.draft_filing(one.filing_id, {}, plant.quality), password=password)
        elif one.status in ("open", "rejected") and soon and close:
            given = _GIVEN[str(one.clock_id)]
            sign(plant, plant.mes.draft_filing(one.filing_id, given, plant.quality), password=password)
        elif one.status in ("approved", "submitted"):
            agency.work(plant, one)


@pytest.mark.requirement("URS-194")
def test_a_year_of_batches_is_two_distribution_reports_and_every_filing_once(tmp_path: Path) -> None:
    """Each event's report in time and once; four quarters; two half-years that name every batch once."""
    rng, agency = random.Random(27), _Agency()
    with running_plant(tmp_path / "year.sqlite") as plant:
        plant.now = _YEAR
        password = _password(plant, 0)
        licence(plant, granted_on=date(2026, 1, 1), tracked_from=date(2027, 1, 1), password=password)
        names = [f"B{number}" for number in range(_BATCHES)]
        number, events, left = 1, 0, list(names)
        for day in range(430):
            plant.now = _YEAR + timedelta(days=day)
            if day % 55 == 54:
                password = _password(plant, number)
                number += 1
            if day < 365:
                share = len(left) // (365 - day)
                today, left = left[:share], left[share:]
                _ship(plant, today, plant.now)
                if today and day % 9 == 0:
                    events += 1
                    _event(plant, rng.choice(today), events)
            plant.mes.tick(plant.reviewer)
            _decide(plant, password, agency)
            if (plant.now + timedelta(days=1)).month in (1, 7) and (plant.now + timedelta(days=1)).day == 1:
                plant.now = plant.now.replace(hour=23)  # the last evening of a half-year, in New York too
                for _ in range(2):  # approved by people, then submitted by the bot
                    _decide(plant, password, agency)
        _check(plant, agency, events, names)


def _event(plant: Plant, batch: str, number: int) -> None:
    body = {"kind": "deviation", "source": "quality", "source_key": f"D-{number}", "aware_at": iso(plant.now)}
    body |= {"zone": "America/New_York", "aware_who": "Ada", "batch_id": batch, "text": "A hold was exceeded."}
    answers = {"distributed": "yes", "may_affect_safety": "yes", "under_control": "yes"}
    event = f.NewEvent.model_validate({**body, "answers": answers, "details": CASE})
    plant.mes.record_event(event, plant.reviewer)


def _check(plant: Plant, agency: _Agency, events: int, names: list[str]) -> None:
    year = [one for one in plant.mes.all_filings() if one.ends is None or one.ends.year == _YEAR.year]
    count = Counter(one.clock_id for one in year)
    assert count == {
        "US-BPD": events,
        "US-DIST": 2,
        "US-PAER-Q": 4,
        **dict.fromkeys(("US-ANN-MINOR", "US-ANN-PAED", "US-ANN-PMR"), 1),
    }
    assert {one.status for one in year} == {"accepted"}
    assert set(agency.accepted.values()) == {1}
    assert agency.lost >= 1
    assert len(agency.rejected) == len(count)
    for one in year:
        assert one.accepted_at is not None
        assert one.due_at is not None
        if one.clock_id == "US-DIST":  # due on the last day of its period: submitted by then, accepted later
            assert plant.mes.filing_answers(one.filing_id)[0].at <= one.due_at
        else:
            assert one.accepted_at <= one.due_at, one
    listed: list[str] = []
    for one in year:
        if one.clock_id == "US-DIST":
            listed += [row[0] for row in plant.mes.filing_draft(one.filing_id).tables[0].rows]
    assert sorted(listed) == sorted(names)
    assert Counter(row.state.value for row in plant.mes.list_batches(limit=500).items).keys() == {"filed"}
