"""A simulated year: thousands of batches, and each law's filing once and in time, through outages and rejections.

The three authorities are the twin's portals, with their log-in, forms, lists and policies. What drives them here is no
browser but the same requests: twelve thousand batches in one take minutes so. The bot in its browser is run by
`tests/integration/test_bots_shipping_and_filing.py`.
"""

import csv
import io
import os
import random
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from filing_support import CASE, licence, renewed, sign
from mes_support import SECRET, SUITE, Plant, record, running_plant, shipment, under

from mes_core.domain.audit import digest
from mes_core.exchange import filing_files
from mes_core.filing import model as m
from mes_core.filing.drafts import forms
from mes_core.filing.loading import book
from mes_core.messages import filing as f
from mes_core.messages import views as v
from mes_core.services.batches import journey_records
from mes_core.services.core import Change, dumps, iso, write_audit
from mes_core.services.ledger import LedgerStore
from twin.sites._kit.agency import Policy
from twin.sites.agency_reggate import site as reggate

_SOAK = bool(os.environ.get("BATCHWRIGHT_SOAK"))
_BATCHES, _EACH = (12_000, 9) if _SOAK else (240, 27)
"""How many batches leave, and every how many days people come to know something at each authority."""
_YEAR = datetime(2027, 1, 1, 6, tzinfo=UTC)
_DAYS, _STEPS = 430, (6, 12, 18, 23)
_JOB = "compliance_filing"
_PERIODIC = dict.fromkeys(("narrative", "listing", "others", "tabulation", "actions"), "See annex.")
_GIVEN = {"lot_distribution": {"returned": "0"}, "periodic_report": _PERIODIC, "annual_report": {"content": "None."}}
_SAID = {
    **CASE,
    **_PERIODIC,
    **dict.fromkeys(("risk", "destinations", "measures", "parameter", "result", "physician_request"), "Said."),
    **dict.fromkeys(("risk_evaluation", "acceptance"), "Said."),
}
_OUTAGES = tuple(
    (_YEAR + timedelta(days=day, hours=-2), _YEAR + timedelta(days=day, hours=4)) for day in (2 * _EACH, 8 * _EACH)
)
_CLOSED = ((_YEAR + timedelta(days=5 * _EACH, hours=-2), _YEAR + timedelta(days=5 * _EACH, hours=9)),)
_REJECTED = {
    "FDA": "Biological product deviation report",
    "EMA": "Safety issue notice",
    "MHRA": "Periodic safety report",
}
"""The form whose first submission an authority rejects."""
_TURNED = "Annual report"
"""The form whose first submission the first authority accepts, and rejects three days later."""


class _Portal:
    """An authority's portal as somebody uses it who is logged in."""

    def __init__(self, folder: Path, name: str, plant: Plant) -> None:
        self.path = folder / f"{name}.sqlite"
        self.plant = plant
        reggate.seed(self.path)
        words = {_REJECTED[name]: "B8 is no code of the list."}
        turns = {_TURNED: (timedelta(days=3), "Section 2 is of another year.")} if name == "FDA" else {}
        policy = Policy(timedelta(hours=8), rejects=words, turns=turns, loses=_OUTAGES, closed=_CLOSED)
        app = reggate.create_app(self.path, clock=lambda: plant.now, accounts={"bot": "secret"}, policy=policy)
        self._web = TestClient(app, follow_redirects=True)
        self._web.post("/login", data={"user": "bot", "password": "secret"})

    def find(self, reference: str) -> str:
        """The number under which a submission of ours is there; empty where it is not."""
        text = self._web.get("/submissions.csv", params={"applicant_reference": reference}).text
        found = [row for row in csv.DictReader(io.StringIO(text)) if row["Applicant reference"] == reference]
        assert len(found) <= 1, f"{reference} was submitted twice."
        return found[0]["Acknowledgement"] if found else ""

    def submit(self, one: f.SubmissionView, content: bytes) -> str:
        """Submit what was approved; empty where the portal takes nothing now."""
        token = re.search(r'name="form_token" value="([^"]+)"', self._web.get("/submissions/new").text)
        assert token is not None
        fields = {"form": one.draft.title, "product": one.product, "applicant_reference": one.business_key}
        fields |= {"declared_by": one.declared_by, "declared": "yes", "form_token": token[1]}
        answer = self._web.post("/submissions/new", data=fields, files={"document": (one.file_name, content)})
        if answer.status_code == 400:
            assert "closed for announced work" in answer.text, answer.text
            return ""
        return answer.url.path.rpartition("/")[2]

    def look(self, number: str) -> tuple[str, str]:
        """What became of a submission, and the words of the authority."""
        answer = self._web.get(f"/submissions/{number}/acknowledgement")
        if answer.status_code == 404:
            return "lost", "Nothing is there under this number."
        said = dict(line.partition(": ")[::2] for line in answer.text.splitlines())
        kinds = {"Accepted": "accepted", "Rejected": "rejected", "Received": "pending", "Processing": "pending"}
        return kinds[said["Status"]], said["Reasons"]


class _Bot:
    """Takes items of the filing job, and does with each what the suite does."""

    def __init__(self, plant: Plant, portals: dict[str, _Portal]) -> None:
        self.plant, self.portals = plant, portals
        self.told: Counter[tuple[str, str]] = Counter()
        self.accepted: Counter[tuple[str, int]] = Counter()

    def work(self) -> int:
        """Until nothing is left to take now; how much there was."""
        done = 0
        content = [{"kind": "suite", "name": _JOB, "content_hash": SUITE, "systems": []}]
        ask = {"worker": "test", "jobs": (_JOB,), "secret": SECRET, "content": content}
        while item := self.plant.mes.claim(v.ClaimRequest.model_validate(ask), self.plant.bot):
            self._one(item)
            done += 1
        return done

    def _one(self, item: v.WorkItemView) -> None:
        mes, bot = self.plant.mes, under(item, self.plant.bot)
        filing = mes.filing(str(item.payload["filing_id"]))
        portal = self.portals[str(filing.authority)]
        if item.payload.get("sent"):
            number, attempt = str(item.payload["reference"]), int(str(item.payload["attempt_of"]))
            kind, reasons = portal.look(number)
        else:
            one = mes.submission(filing.filing_id)
            content, _ = filing_files.of_draft(mes.filing_draft(filing.filing_id))
            number, attempt = portal.find(one.business_key) or portal.submit(one, content), one.attempt
            kind, reasons = "receipt", ""
            if not number:
                self.told[str(filing.authority), "closed"] += 1
                failed = {
                    "epoch": item.epoch,
                    "family": "APPLICATION",
                    "code": "SITE_CLOSED",
                    "message": "It is closed.",
                }
                mes.fail(item.item_id, v.ItemFailed.model_validate(failed), bot)
                return
        body = {"kind": kind, "attempt": attempt, "reference": number, "at": self.plant.now, "reasons": reasons}
        mes.answer_filing(filing.filing_id, f.NewAnswer.model_validate(body), bot)
        mes.complete(item.item_id, v.ItemDone(epoch=item.epoch), bot)
        self.told[str(filing.authority), kind] += 1
        if kind == "accepted" and filing.status != "accepted":
            self.accepted[filing.filing_id, filing.version] += 1


def _ship(plant: Plant, names: list[str], at: datetime) -> None:
    """Batches that left, as the record holds them: a year of them by all use cases would take hours."""
    template = record("B").model_dump(mode="json")
    with LedgerStore(plant.store).write() as work:
        for name in names:
            place, product, _ = name.split("-")
            content = {**template, "batch_id": name, "product_code": product, "markets": [place]}
            left = shipment(name, pickup_at=iso(at), delivery_at=iso(at + timedelta(days=1)))
            row: dict[str, Any] = {"batch_id": name, "kind": "car_t", "state": "shipped", "record_version": 1}
            row |= {"record_hash": digest(content), "changed_at": iso(at), "record": orjson.dumps(content).decode()}
            work.add("batches", [row | {"verdict_id": None, "verdict": None}])
            document = dumps(left.model_dump(mode="json"))
            work.add("shipments", [{"batch_id": name, "document": document, "booking": left.booking_reference}])
            step = {"step": "picked_up", "at": iso(at), "place": "dock", "source": "tracking", "temperature_c": None}
            journey_records.add(work, name, journey_records.CUSTODY, step, plant.bot, at)
            stored = Change("record stored", "record", None, {"version": 1, "hash": row["record_hash"]})
            moved = Change("state", "batch", "manufactured", "shipped")
            write_audit(work, name, plant.bot, at, stored, moved, Change("shipment recorded", name))


def _people(plant: Plant) -> bool:
    """Draft and approve what is due soon, and anew what was rejected; try again what a closed portal held up.

    Whether anything is under way.
    """
    password = renewed(plant)
    today = plant.now.date()
    for one in plant.mes.all_filings(running=True):
        soon = one.due_at is not None and one.due_at - plant.now < timedelta(days=20)
        over = one.ends is None or one.ends < today or (one.ends == today and plant.now.hour >= 20)
        if one.status in ("open", "rejected") and (one.event_id or (soon and over)):
            given = {} if one.event_id else _GIVEN[book().clock(str(one.clock_id)).form]
            draft = plant.mes.draft_filing(one.filing_id, given, plant.qp)
            assert draft.questions == (), (one.clock_id, draft.questions)
            sign(plant, draft, plant.qp, password=password)
            if forms()[book().clock(str(one.clock_id)).form].hand_over:
                _handed_over(plant, one.filing_id)
    for item in plant.mes.work_items(state="waiting"):
        plant.mes.retry_item(item.item_id, "The portal is open again.", plant.qp)
    return any(one.event_id or one.status != "open" for one in plant.mes.all_filings(running=True))


def _handed_over(plant: Plant, filing_id: str) -> None:
    """A notice that no portal takes: sent by the qualified person, its acceptance noted by quality assurance."""
    message, signed = f"M-{filing_id}", {"reason": "Sent by mail.", "password": renewed(plant)}
    plant.mes.hand_over(filing_id, f.HandOver(message=message, at=plant.now, **signed), plant.qp)
    body = {"kind": "accepted", "attempt": 1, "reference": message, "at": plant.now}
    body |= {"password": renewed(plant, "quality")}
    plant.mes.answer_filing(filing_id, f.NewAnswer.model_validate(body), plant.quality)


def _happened(plant: Plant, left: list[str], rng: random.Random, number: int) -> int:
    """What people come to know on a day, at each authority; how many filings it calls for."""
    of = {place: [name for name in left if name.startswith(place)] for place in ("US", "DE", "GB")}
    europe = ("emerging_safety_issue", "out_of_specification_supply", "deviation")[number % 3]
    told = [("deviation", "US", rng.choice(of["US"])), (europe, "EU", rng.choice(of["DE"]))]
    told.append(("defect", "GB", rng.choice(of["GB"])))
    filings = len(told) + (europe == "out_of_specification_supply")  # to the agency and to the authority
    if number % 7 == 0:
        told.append(("data_lock", "EU", ""))
        filings += 2  # in the Union and in the United Kingdom
    for kind, place, batch in told:
        zone = {"US": "America/New_York", "EU": "Europe/Amsterdam", "GB": "Europe/London"}[place]
        body = {"kind": kind, "source": "quality", "source_key": f"{place}-{kind}-{number}", "zone": zone}
        body |= {"aware_at": iso(plant.now), "aware_who": "Ada", "text": "It was seen.", "details": _SAID}
        body |= {"places": (place,), "product": batch.split("-")[1] if batch else "EX1", "batch_id": batch or None}
        if kind == "data_lock":
            body |= {"day": plant.now.date().isoformat()}
        plant.mes.record_event(f.NewEvent.model_validate(body), plant.reviewer)
    return filings


@pytest.mark.requirement("URS-194", "URS-193")
def test_a_year_of_batches_is_two_distribution_reports_and_every_filing_once(tmp_path: Path) -> None:
    """Each event's report in time and once; four quarters or one year; two half-years that name every batch once."""
    rng = random.Random(27)
    with running_plant(tmp_path / "year.sqlite") as plant:
        plant.now = _YEAR
        first = {"password": renewed(plant), "tracked_from": date(2027, 1, 1)}
        for name, place, product, granted in (
            ("US-NEW", "US", "EX1", date(2026, 1, 1)),
            ("US-OLD", "US", "EX2", date(2022, 1, 1)),
            ("EU-1", "EU", "EX1", date(2024, 5, 1)),
            ("GB-1", "GB", "EX1", date(2024, 5, 1)),
        ):
            _licence(plant, licence_id=name, jurisdiction=place, product=product, granted_on=granted, **first)
        portals = {name: _Portal(tmp_path, name, plant) for name in ("FDA", "EMA", "MHRA")}
        bot = _Bot(plant, portals)
        goes = ("US-EX1", "US-EX1", "US-EX2", "DE-EX1", "GB-EX1")
        names = [f"{goes[number % len(goes)]}-{number}" for number in range(_BATCHES)]
        left: list[str] = []
        events = happened = 0
        busy = False
        for day in range(_DAYS):
            for hour in _STEPS:
                plant.now = _YEAR.replace(hour=hour) + timedelta(days=day)
                evening = hour == _STEPS[-1] and (plant.now + timedelta(days=1)).day == 1  # of the last day of a period
                if not (busy or evening or hour == _STEPS[0]):
                    continue
                if hour == _STEPS[0] and day < 365:
                    share = names[len(left) : -(-len(names) * (day + 1) // 365)]
                    _ship(plant, share, plant.now)
                    left += share
                if hour == _STEPS[0] and day % _EACH == 0 and 0 < day < 365:
                    events += _happened(plant, left, rng, happened)
                    happened += 1
                if hour == _STEPS[0]:
                    plant.mes.tick(plant.reviewer)
                while (busy := _people(plant)) or hour == _STEPS[0]:
                    if not bot.work():
                        break
        _check(plant, bot, events, names)


def _licence(plant: Plant, *, jurisdiction: str, granted_on: date, **more: Any) -> None:
    plant.quality, before = plant.qp, plant.quality  # whose password is renewed in this year
    licence(plant, jurisdiction, granted_on, **more)
    plant.quality = before


def _check(plant: Plant, bot: _Bot, events: int, names: list[str]) -> None:
    year = [one for one in plant.mes.all_filings() if one.event_id or (one.ends and one.ends.year == _YEAR.year)]
    count = Counter((one.unit, one.clock_id) for one in year if not one.event_id)
    annual = dict.fromkeys(("US-ANN-MINOR", "US-ANN-PAED", "US-ANN-PMR"), 1)
    for unit, periodic in (("US-NEW", {"US-PAER-Q": 4}), ("US-OLD", {"US-PAER-Y": 1})):
        assert {clock: n for (of, clock), n in count.items() if of == unit} == {"US-DIST": 2, **periodic, **annual}
    assert sum(1 for one in year if one.event_id) == events
    assert {one.status for one in year} == {"accepted"}
    taken_back = [one for one, number in bot.accepted.items() if number == 2]
    assert [str(plant.mes.filing(name).clock_id)[:6] for name, _ in taken_back] == ["US-ANN"]
    assert set(bot.accepted.values()) == {1, 2}
    for portal in ("FDA", "EMA", "MHRA"):
        assert bot.told[portal, "rejected"] == (2 if portal == "FDA" else 1)
        assert bot.told[portal, "lost"] >= 2, bot.told
        assert bot.told[portal, "closed"] >= 1
        kept = Counter(row["applicant_reference"] for row in reggate.submissions(bot.portals[portal].path))
        assert set(kept.values()) == {1}, [one for one, number in kept.items() if number > 1]
        sent = [one for one in year if not forms()[book().clock(str(one.clock_id)).form].hand_over]
        assert sum(one.authority == portal for one in sent) <= len(kept)
    for one in year:
        _check_in_time(plant, one)
    listed: Counter[str] = Counter()
    for one in year:
        if one.clock_id == "US-DIST":
            listed.update(row[0] for row in plant.mes.filing_draft(one.filing_id).tables[0].rows)
    assert listed == Counter(name for name in names if name.startswith("US-"))


def _check_in_time(plant: Plant, one: f.FilingView) -> None:
    assert one.accepted_at is not None
    assert one.due_at is not None
    rule = book().clock(str(one.clock_id)).due
    if isinstance(rule, m.AtOnce):  # no figure: in an outage and with a rejection within two days of the moment
        assert one.accepted_at - one.due_at < timedelta(days=2), one
    elif one.clock_id == "US-DIST":  # due on the last day of its period: submitted by then, accepted later
        assert plant.mes.filing_answers(one.filing_id)[0].at <= one.due_at
    else:
        assert one.accepted_at <= one.due_at, one
