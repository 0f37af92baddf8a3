"""How the console shows things: templates, and words and times for people."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel, ValidationError

from mes_core.domain.errors import Invalid
from mes_core.domain.principals import PersonPrincipal
from mes_core.messages import views as v
from mes_core.messages.bounds import in_words, place_of
from mes_core.messages.record import LISTS, NUMBERS
from mes_core.messages.settings import Signing
from mes_core.spelling.numbers import plain_number, written
from mes_core.web import authorization
from mes_core.web.console import notes
from mes_core.web.console.session import form_token

M = TypeVar("M", bound=BaseModel)
MEANINGS = {
    v.Disposition.RELEASED: "I certify this batch for release.",
    v.Disposition.CONDITIONALLY_RELEASED: "I certify this batch conditionally: final results are still to come.",
    v.Disposition.OUT_OF_SPECIFICATION: "I certify that this batch may be supplied outside of its specification.",
    v.Disposition.REJECTED: "I reject this batch.",
    v.Disposition.HELD: "I hold this batch.",
}
STATE_WORDS = {
    v.BatchState.MANUFACTURED: "waits for review",
    v.BatchState.READY: "ready to sign",
    v.BatchState.ON_HOLD: "on hold",
    v.BatchState.CONDITIONALLY_RELEASED: "released conditionally",
    v.BatchState.OUT_OF_SPECIFICATION: "supply outside of specification",
    v.BatchState.RELEASED: "released",
    v.BatchState.CONDITIONALLY_SHIPPED: "shipped conditionally",
    v.BatchState.SHIPPED: "shipped",
    v.BatchState.FILED: "filed",
    v.BatchState.LATE_POSITIVE: "late positive",
    v.BatchState.REJECTED: "rejected",
}


def typed(text: str, path: str, stands: Any = None) -> Any:
    """A form field as the value that can stand at a place of the record: the field decides, not what was typed.

    Args:
        text: as typed; empty is none.
        path: the place.
        stands: what stands there now: if the field shows the same, it is the same.

    Raises:
        Invalid: the place takes a number, and this is none in plain notation.
    """
    text = text.strip()
    if not text:
        return None
    field = path.rpartition("/")[2]
    if field in LISTS:
        return [one.strip() for one in text.split(",") if one.strip()]
    if isinstance(stands, str) and stands.strip() == text:
        return stands
    if field not in NUMBERS:
        return text
    number = plain_number(text)
    if number is None:
        raise Invalid(f"{path} takes a number, and {text!r} is none: write it like 1271 or 0.05, with a point.")
    return number


def message(shape: type[M], fields: dict[str, Any]) -> M:
    """The fields of a form as a message.

    Raises:
        Invalid: one of them can't be taken; says which.
    """
    try:
        return shape.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = place_of(first, " ")
        raise Invalid(f"The form can't be taken at {place!r} ({in_words(first)}): go back, fill it in again.") from None


def when(value: datetime | str | None) -> str:
    """A time for people, always with its zone."""
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return value


def told_at(text: str) -> str:
    """A moment that somebody told, for people: in UTC, or as it was told where nobody knows its zone."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return when(at.astimezone(UTC)) if at.tzinfo else f"{at:%Y-%m-%d %H:%M}"


def span(value: timedelta) -> str:
    """A length of time for people, in its largest unit."""
    minutes = int(value.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // 1440} days"


def plain(value: Any) -> str:
    """A fact for people: missing things are said, not left blank."""
    if value is None or value == "":
        return "(nothing)"
    if isinstance(value, float):
        return written(value)
    if isinstance(value, dict):
        return ", ".join(f"{key}: {plain(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value)
    return str(value)


def outcome(output: dict[str, Any] | None) -> str:
    """What a bot handed over, for people: without the numbers by which systems know things, times as elsewhere."""
    said = {name: value for name, value in (output or {}).items() if not name.endswith("_id")}
    return "; ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in said.items()) or "-"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}"
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value.replace(" ", "T") else None
    except ValueError:
        at = None
    return when(at.astimezone(UTC)) if at is not None and at.tzinfo is not None else plain(value)


def proposal(action: dict[str, Any]) -> str:
    """A corrective action as a model proposes it, in a sentence; one of another shape as its fields."""
    try:
        low, high = (100 * float(share) for share in action["share_interval"])
        name, failures = str(action["action"]), int(action["failures"])
        prevented, caused, batches = (int(action[one]) for one in ("failures_prevented", "failures_caused", "batches"))
    except (KeyError, TypeError, ValueError):
        return plain(action)
    how = "Simulated on" if action.get("simulated") else "Seen in"
    return (
        f"{name[:1].upper()}{name[1:]}. {how} {batches:,} batches: it prevents {prevented} of {failures} failures"
        f" ({low:.0f} to {high:.0f} %) and causes {caused}."
    )


def _environment() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(when=when, told_at=told_at, plain=plain, span=span, outcome=outcome, proposal=proposal)
    templates.globals.update(state_words=STATE_WORDS, meanings=MEANINGS, BatchState=v.BatchState)
    return templates


_TEMPLATES = _environment()


def page(request: Request, template: str, context: dict[str, Any], status: HTTPStatus = HTTPStatus.OK) -> HTMLResponse:
    """Render a page; `who` is the person in the header, or nobody."""
    strict = bool(context.get("who")) and request.app.state.mes.signing() is Signing.EACH
    filled = {
        "strict": strict,
        "who": None,
        "refused": "",
        "user": "",
        "back": "",
        "kept": "",
        "q": "",
        "said": notes.take(request),
        **context,
        "form_token": form_token(request),
        "here": request.scope["path"],
        "may": _may(context.get("who")),
        "who_may": authorization.who_may,
        "request": request,
    }
    response = HTMLResponse(_TEMPLATES.get_template(template).render(filled), status)
    notes.shown(request, response)
    return response


def part(template: str, macro: str, **given: Any) -> str:
    """Render one macro of a template, for a page that is there already."""
    return str(getattr(_TEMPLATES.get_template(template).module, macro)(**given))


def _may(who: PersonPrincipal | None) -> Callable[[str], bool]:
    """Whether the person on the page may do what an endpoint of the API does, as far as roles go."""
    return lambda path: who is not None and authorization.may(who, "POST", path)
