"""Pages of events that start filing clocks: what is known, a form that records one, and a form that corrects it."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from mes_core.domain.errors import Invalid, NotFound
from mes_core.filing import calendars
from mes_core.filing.events import JURISDICTIONS, KINDS, OTHER
from mes_core.messages import filing as f
from mes_core.web import authorization
from mes_core.web.console import notes, show
from mes_core.web.console.board_pages import Page, Word, pager
from mes_core.web.console.session import PersonDep, SignatureDep, SignerDep
from mes_core.web.port import MesDep

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=4000)]
Several = Annotated[list[str] | None, Form(max_length=8)]
_RECORD, _CORRECT = "/api/filing-events", "/api/filing-events/{event_id}/corrections"
_PAGE = 25
_NOT_KNOWN = "not known"
PLACES = (*JURISDICTIONS, OTHER)
ZONES = tuple(sorted({one.zone for one in calendars.AUTHORITIES.values()} | {"UTC"}))
"""Zones that the form proposes; any other IANA name can be written."""


@router.get("/clocks/events")
def events(request: Request, mes: MesDep, who: PersonDep, kind: Word = "", page: Page = 1) -> HTMLResponse:
    """Events as they are known now; with a kind the form that records one of it."""
    if kind and kind not in KINDS:
        raise NotFound(f"There is no kind of event {kind!r}: choose one from the list.")
    found = mes.filing_events()
    context = {
        "who": who,
        "kinds": KINDS,
        "kind": kind,
        "facts": KINDS[kind].facts if kind else (),
        "needs": KINDS[kind].needs if kind else (),
        "places": PLACES,
        "zones": ZONES,
        "events": found[(page - 1) * _PAGE : page * _PAGE],
        "may_record": authorization.may(who, "POST", _RECORD),
        "pager": pager("/clocks/events", {}, page, len(found), _PAGE),
    }
    return show.page(request, "filing_events.html", context)


@router.post("/clocks/events")
def record_event(
    mes: MesDep,
    who: SignerDep,
    kind: Text,
    aware_at: Text,
    zone: Text,
    aware_who: Text,
    source: Text,
    source_key: Text,
    text: Text,
    places: Several = None,
    batch_id: Text = "",
    product: Text = "",
    case_id: Text = "",
    day: Text = "",
    answers: Several = None,
) -> Response:
    """Record an event; a zone or a place that nobody knows is said to be so, and the clock runs meanwhile."""
    authorization.check(authorization.TABLE["POST", _RECORD], who, "record an event")
    body = {
        **_fields(aware_at, zone, aware_who, text, places, day),
        "kind": kind,
        "source": source,
        "source_key": source_key,
        "batch_id": batch_id or None,
        "product": product or None,
        "case_id": case_id or None,
        "answers": _answers(answers),
    }
    done = mes.record_event(show.message(f.NewEvent, body), who)
    asked = " ".join(done.questions)
    said = "is recorded" if done.created else "was recorded before, and nothing is changed"
    return notes.back(_page_of(done.event_id), f"Event {done.event_id} {said}. {asked}".strip())


@router.get("/clocks/events/{event_id}")
def event(request: Request, mes: MesDep, who: PersonDep, event_id: str) -> HTMLResponse:
    """One event: what is said of it, which clocks it starts and which not, and the form that corrects it."""
    there = next((one for one in mes.filing_events() if one.event_id == event_id), None)
    if there is None:
        raise NotFound(f"There is no event {event_id!r}: look at the list of events.")
    context = {
        "who": who,
        "event": there,
        "kind": KINDS.get(there.kind),
        "facts": KINDS[there.kind].facts if there.kind in KINDS else (),
        "places": PLACES,
        "zones": ZONES,
        "decisions": sorted(mes.event_decisions(event_id), key=lambda one: (not one.started, one.clock_id)),
        "may_correct": authorization.may(who, "POST", _CORRECT),
        "moment": _moment(there),
    }
    return show.page(request, "filing_event.html", context)


@router.post("/clocks/events/{event_id}/correction")
def correct_event(
    mes: MesDep,
    who: SignerDep,
    event_id: str,
    aware_at: Text,
    zone: Text,
    aware_who: Text,
    text: Text,
    reason: Text,
    version: Annotated[int, Form(ge=1)],
    password: SignatureDep,
    places: Several = None,
    day: Text = "",
    closed_on: Text = "",
    answers: Several = None,
    stands: Text = "stands",
    duplicate_of: Text = "",
) -> Response:
    """Correct an event, signed: only what was touched is changed, and its clocks are worked out again."""
    authorization.check(authorization.TABLE["POST", _CORRECT], who, "correct an event")
    there = next((one for one in mes.filing_events() if one.event_id == event_id), None)
    if there is None:
        raise NotFound(f"There is no event {event_id!r}: look at the list of events.")
    new = _fields(aware_at, zone, aware_who, text, places, day)
    new |= {"closed_on": closed_on or None, "answers": _answers(answers)}
    body = {
        "changes": _changes(there, new),
        "withdrawn": stands == "withdrawn",
        "duplicate_of": duplicate_of if duplicate_of != (there.duplicate_of or "") and duplicate_of else None,
        "by_itself": bool(there.duplicate_of) and not duplicate_of,
        "version": version,
        "reason": reason,
        **password,
    }
    done = mes.correct_event(event_id, show.message(f.CorrectEvent, body), who)
    asked = " ".join(done.questions)
    said = f"Signed: event {event_id} is corrected, and its clocks are worked out again. {asked}"
    return notes.back(_page_of(event_id), said.strip())


def _fields(aware_at: str, zone: str, aware_who: str, text: str, places: list[str] | None, day: str) -> dict[str, Any]:
    if not places:
        raise Invalid("No place is chosen: go back and choose where it happened or was distributed, or 'not known'.")
    if _NOT_KNOWN in places and len(places) > 1:
        raise Invalid("A place and 'not known' are both chosen: go back and choose one of them.")
    if not zone.strip():
        raise Invalid("No zone is given: go back and say where the person was, or 'not known'.")
    return {
        "aware_at": aware_at,
        "zone": None if zone == _NOT_KNOWN else zone,
        "aware_who": aware_who or None,
        "places": None if _NOT_KNOWN in places else sorted(places),
        "text": text,
        "day": day or None,
    }


def _answers(given: list[str] | None) -> dict[str, str]:
    """Answers as the form sends them: `question=answer`."""
    return dict(one.split("=", 1) for one in given or () if "=" in one)


def _changes(there: f.EventView, new: dict[str, Any]) -> dict[str, Any]:
    old = there.model_dump(mode="json")
    old |= {"aware_at": _moment(there), "places": sorted(there.places) if there.places else None}
    changes = {name: value for name, value in new.items() if name != "answers" and value != old.get(name)}
    moment = _instant(there)
    if "zone" in changes and "aware_at" not in changes and moment:  # it was then, wherever the person was
        changes["aware_at"] = moment.astimezone(UTC).isoformat()
    said = {name: value for name, value in new["answers"].items() if value != old["answers"].get(name, "unknown")}
    return changes | ({"answers": said} if said else {})


def _moment(there: f.EventView) -> str:
    """The moment of awareness as the form shows it: on the clock of the zone, to the minute."""
    moment = datetime.fromisoformat(there.aware_at)
    if moment.tzinfo is not None and there.zone:
        moment = moment.astimezone(calendars.zone(there.zone))
    return f"{moment:%Y-%m-%dT%H:%M}"


def _instant(there: f.EventView) -> datetime | None:
    """The moment of awareness; None where neither offset nor zone is known."""
    moment = datetime.fromisoformat(there.aware_at)
    if moment.tzinfo is None and there.zone:
        return moment.replace(tzinfo=calendars.zone(there.zone))
    return moment if moment.tzinfo is not None else None


def _page_of(event_id: str) -> str:
    return f"/clocks/events/{quote(event_id, safe='')}"
