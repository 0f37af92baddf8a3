"""A form in several pages: each page is checked on its own, the last one shows everything and commits."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from twin.sites._kit.forms import Answer, Upload
from twin.sites._kit.lists import ListSpec, ListView
from twin.sites._kit.look import LOOK
from twin.sites._kit.site import Site
from twin.sites._kit.store import Row

_MOST_DRAFTS = 500


@dataclass(frozen=True)
class Field:
    """One field: its key, its label, and its kind (`text`, `datetime-local`, `choice`, `file` or `check`)."""

    key: str
    label: str
    kind: str = "text"
    options: tuple[str, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Offers:
    """Rows to choose from: how they are listed, which key is chosen, and which rows fit what was answered so far."""

    spec: ListSpec
    key: str
    rows: Callable[[Mapping[str, str]], list[Row]]


@dataclass(frozen=True)
class Step:
    """One page of the wizard. `check` complains of what its fields say together."""

    title: str
    fields: tuple[Field, ...] = ()
    offers: Offers | None = None
    check: Callable[[Answer], None] = lambda _: None


@dataclass
class _Draft:
    values: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)


@dataclass(frozen=True)
class Wizard:
    """A form in steps.

    Attributes:
        path: where it begins.
        title: heading of its pages.
        steps: its pages.
        commit: button of the last page.
        finish: stores what was answered; where to go then.
    """

    path: str
    title: str
    steps: tuple[Step, ...]
    commit: str
    finish: Callable[[Request, dict[str, str], dict[str, Upload]], str]


def add_wizard(site: Site, wizard: Wizard) -> None:
    """Add the pages of a wizard to a site."""
    drafts: dict[str, _Draft] = {}

    def begin(request: Request) -> Response:
        del request
        name = secrets.token_hex(6)
        drafts[name] = _Draft()
        while len(drafts) > _MOST_DRAFTS:
            drafts.pop(next(iter(drafts)))
        return RedirectResponse(f"{wizard.path}/{name}/1", HTTPStatus.SEE_OTHER)

    def page(request: Request, status: int = HTTPStatus.OK, **more: Any) -> Response:
        draft, number = _place(request)
        if draft is None:
            return site.missing(request, "This draft")
        filled = {"wizard": wizard, "number": number, "values": draft.values, **_shown(wizard, number, draft)}
        return site.show(request, "wizard.html", status, **{**filled, **more})

    def take(request: Request, answer: Answer) -> Response:
        draft, number = _place(request)
        if draft is None:
            return site.missing(request, "This draft")
        if number > len(wizard.steps):
            return RedirectResponse(wizard.finish(request, draft.values, draft.uploads), HTTPStatus.SEE_OTHER)
        step = wizard.steps[number - 1]
        _check(step, answer, draft)
        if answer.complaints:
            return page(request, HTTPStatus.BAD_REQUEST, complaints=answer.complaints, values=answer.values)
        draft.values |= {key: value for key, value in answer.values.items() if key != "form_token"}
        draft.uploads |= answer.uploads
        return RedirectResponse(f"{wizard.path}/{request.path_params['draft']}/{number + 1}", HTTPStatus.SEE_OTHER)

    def _place(request: Request) -> tuple[_Draft | None, int]:
        number = request.path_params["step"]
        draft = drafts.get(request.path_params["draft"])
        return (draft if 1 <= number <= len(wizard.steps) + 1 else None), number

    site.add(wizard.path, begin)
    site.add(f"{wizard.path}/{{draft}}/{{step:int}}", page)
    site.add_form(f"{wizard.path}/{{draft}}/{{step:int}}", take)


def _shown(wizard: Wizard, number: int, draft: _Draft) -> dict[str, Any]:
    """The step of this number with what is on offer in it, or none after the last; and what was answered so far."""
    step = wizard.steps[number - 1] if number <= len(wizard.steps) else None
    offers = None
    if step and step.offers:
        rows = step.offers.rows(draft.values)
        offers = ListView(LOOK.get().spec(step.offers.spec), tuple(rows), len(rows), 1, 1, 500, {})
    answers = [
        (one.label, draft.uploads[one.key].name if one.key in draft.uploads else draft.values.get(one.key, ""))
        for each in wizard.steps
        for one in each.fields
    ]
    return {"step": step, "offers": offers, "answers": answers}


def _check(step: Step, answer: Answer, draft: _Draft) -> None:
    answer.need({one.key: one.label for one in step.fields if one.required and one.kind not in ("file", "check")})
    for one in step.fields:
        if one.kind == "check":
            answer.need_check(one.key, one.label)
        if one.kind == "choice" and answer.values.get(one.key) not in one.options:
            answer.complaints.append(f"{one.label} must be one of the list.")
    if step.offers:
        offered = {row[step.offers.key] for row in step.offers.rows(draft.values)}
        if answer.values.get(step.offers.key) not in offered:
            answer.complaints.append("Choose one of the offers.")
    if not answer.complaints:
        step.check(answer)
