"""What tests of filings share: a licence, an event, a draft that is approved, and an agency that accepts."""

from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from mes_support import COURIER_JOB, PASSWORD, START, Plant, shipment

from mes_core.messages import filing as f
from mes_core.messages import views as v
from mes_core.services.batches import journey_records
from mes_core.services.core import Change, write_audit
from mes_core.services.ledger import LedgerStore

DETAILS = {
    "establishment_name": "Example Cells Inc.",
    "address": "1 Plant Road, Springfield",
    "contact": "Head of Compliance",
    "phone": "+1 555 0100",
    "registration": "3001234567",
    "stn": "125646",
    "product_name": "Examplecel",
    "ndc": "12345-678-90",
    "duns": "123456789",
    "ingredient": "Autologous CD19 CAR-T cells",
    "unii": "ABCDEFGHIJ",
    "container_quantity": "60",
    "container_unit": "mL",
    "doses_per_unit": "1",
    "one_lot_number": "yes",
    "units_in_a_lot": "1",
}
CASE = {"cause": "A valve was left open.", "follow_up": "Valves are checked by two.", "code": "QC9401"}


def licence(plant: Plant, jurisdiction: str = "US", granted_on: date = date(2026, 1, 15), **more: Any) -> f.LicenceView:
    """A licence of the tests' product."""
    body = {
        "licence_id": f"{jurisdiction}-1",
        "jurisdiction": jurisdiction,
        "product": "EX1",
        "granted_on": granted_on,
        "roles": ("holder", "manufacturer"),
        "details": DETAILS,
        "reason": "Granted.",
        "password": PASSWORD,
        **more,
    }
    return plant.mes.record_licence(f.NewLicence.model_validate(body), plant.quality)


def shipped(plant: Plant, batch_id: str = "B1", **more: Any) -> None:
    """A batch that is reviewed, released and shipped."""
    plant.released(batch_id)
    plant.mes.record_shipment(batch_id, shipment(batch_id, **more), plant.at(batch_id, COURIER_JOB))


def picked_up(plant: Plant, batch_id: str = "B1", at: str = "2026-03-02T08:00:00Z") -> None:
    """A pick-up as the courier's tracking tells of it; what the rules on shipping say of it is tested elsewhere."""
    step = {"step": "picked_up", "at": at, "place": "dock", "source": "tracking", "temperature_c": None}
    with LedgerStore(plant.store).write() as work:
        journey_records.add(work, batch_id, journey_records.CUSTODY, step, plant.bot, plant.now)
        write_audit(work, batch_id, plant.bot, plant.now, Change("custody", "picked_up"))


def event(plant: Plant, kind: str = "deviation", key: str = "DEV-1", **more: Any) -> f.EventView:
    """An event as somebody reports it."""
    body = {
        "kind": kind,
        "source": "quality",
        "source_key": key,
        "aware_at": plant.now.isoformat(),
        "zone": "America/New_York",
        "aware_who": "Ada Example",
        "batch_id": "B1",
        "answers": {"distributed": "yes", "may_affect_safety": "yes", "under_control": "yes"},
        "text": "The hold time of an intermediate was exceeded.",
        "details": CASE,
        **more,
    }
    return plant.mes.record_event(f.NewEvent.model_validate(body), plant.reviewer)


def correct(plant: Plant, view: f.EventView, **more: Any) -> f.EventView:
    """A correction of an event by quality assurance."""
    body = f.CorrectEvent.model_validate({"reason": "Looked at again.", "password": PASSWORD, **more})
    return plant.mes.correct_event(view.event_id, body, plant.quality)


def approve(plant: Plant, filing_id: str, given: dict[str, str] | None = None) -> f.FilingView:
    """A filing, drafted and approved."""
    draft = plant.mes.draft_filing(filing_id, given or {}, plant.quality)
    return sign(plant, draft)


def sign(plant: Plant, draft: f.DraftView, person: Any = None, **more: Any) -> f.FilingView:
    """A draft, approved by quality assurance unless said otherwise."""
    body = {
        "content_hash": draft.content_hash,
        "meaning": f.APPROVAL,
        "reason": "Complete and right.",
        "password": PASSWORD,
        **more,
    }
    return plant.mes.approve_filing(draft.filing_id, f.ApproveDraft.model_validate(body), person or plant.quality)


def answer(plant: Plant, filing_id: str, kind: str, **more: Any) -> f.FilingView:
    """What the agency says of the last submission."""
    view = plant.mes.filing(filing_id)
    attempt = view.attempt + (1 if kind == "receipt" else 0)
    body = {"kind": kind, "attempt": attempt, "reference": f"RG-{filing_id}-{attempt}", "at": plant.now, **more}
    body = {"password": renewed(plant), **body}
    return plant.mes.answer_filing(filing_id, f.NewAnswer.model_validate(body), plant.qp)  # quality approved it


_RENEWED: WeakKeyDictionary[Any, dict[str, tuple[str, datetime]]] = WeakKeyDictionary()


def renewed(plant: Plant, user: str = "qp") -> str:
    """The password of somebody who changes it each two months: the qualified person, unless said otherwise."""
    mine = _RENEWED.setdefault(plant.store, {})
    password, since = mine.get(user, (PASSWORD, START))
    if plant.now - since > timedelta(days=60):
        new = f"{PASSWORD} {plant.now:%Y%m%d}"
        plant.mes.change_password(v.NewPassword(user=user, password=password, new_password=new))
        password, since = new, plant.now
    mine[user] = (password, since)
    return password


def filed(plant: Plant, filing_id: str, given: dict[str, str] | None = None) -> f.FilingView:
    """A filing that is drafted, approved, submitted and accepted."""
    approve(plant, filing_id, given)
    answer(plant, filing_id, "receipt")
    plant.now += timedelta(minutes=1)
    return answer(plant, filing_id, "accepted")


def running(plant: Plant, clock_id: str = "US-BPD") -> f.FilingView:
    """The one filing of a clock that runs."""
    found = [one for one in plant.mes.all_filings(running=True) if one.clock_id == clock_id]
    assert len(found) == 1, found
    return found[0]
