"""Who may call what: one table of every endpoint that changes something, and the one place that asks it.

An endpoint that is not in the table is refused, so that a new one is nobody's until somebody has thought about it. The
services check again, and more closely (whose lease, which batch, who had a part): this table is the first gate.
"""

from enum import StrEnum
from typing import NamedTuple

from fastapi import Request

from mes_core.domain.errors import Forbidden
from mes_core.domain.principals import BotPrincipal, PersonPrincipal, Role
from mes_core.web.port import Caller, MesDep, caller, token


class Bot(StrEnum):
    """How a bot may call an endpoint."""

    NEVER = "never"
    FREELY = "freely"
    UNDER_LEASE = "under the lease of a work item"


class Rule(NamedTuple):
    """Who may call an endpoint: people with one of these roles (none: no person), and bots how."""

    roles: frozenset[Role] = frozenset()
    bot: Bot = Bot.NEVER
    open: bool = False


_R, _QP, _QA = Role.REVIEWER, Role.QUALIFIED_PERSON, Role.QUALITY_ASSURANCE
_PV = Role.PHARMACOVIGILANCE
_ADMIN, _SECURITY, _OPERATOR = Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.OPERATOR
_ANY = frozenset(Role)
_JUDGES = frozenset({_R, _QP, _QA})

OPEN = Rule(open=True)
"""No log-in: log-in itself, and what the endpoint checks on its own."""
LOGGED_IN = Rule(_ANY, Bot.FREELY)
"""Everybody with an account that may do something; reading is free to all accounts."""


def _people(*roles: Role) -> Rule:
    return Rule(frozenset(roles))


_LEASED = Rule(bot=Bot.UNDER_LEASE)

TABLE: dict[tuple[str, str], Rule] = {
    ("POST", "/api/login"): OPEN,
    ("POST", "/api/password"): OPEN,
    ("POST", "/api/logout"): OPEN,
    ("POST", "/api/batches"): LOGGED_IN,
    ("POST", "/api/batches/{batch_id}/observations"): _LEASED,
    ("POST", "/api/batches/{batch_id}/reviews"): Rule(_JUDGES, Bot.UNDER_LEASE),
    ("POST", "/api/batches/{batch_id}/deviations"): LOGGED_IN,
    ("POST", "/api/batches/{batch_id}/deviation-closures"): Rule(_JUDGES),
    ("POST", "/api/batches/{batch_id}/audit-reviews"): Rule(_JUDGES),
    ("POST", "/api/batches/{batch_id}/holds"): LOGGED_IN,
    ("POST", "/api/batches/{batch_id}/corrections"): _people(_OPERATOR, _R, _QP),
    ("POST", "/api/findings/{finding_id}/close"): _people(_R, _QP),
    ("POST", "/api/batches/{batch_id}/finding-closures"): _people(_R, _QP),
    ("POST", "/api/batches/{batch_id}/cause-notes"): Rule(_JUDGES),
    ("POST", "/api/batches/{batch_id}/review-requests"): Rule(_ANY),
    ("POST", "/api/batches/{batch_id}/dispositions"): _people(_QP),
    ("POST", "/api/holds/{hold_id}/lift"): _people(_R, _QP),
    ("POST", "/api/batches/{batch_id}/shipments"): _LEASED,
    ("POST", "/api/filing-events"): LOGGED_IN,
    ("POST", "/api/filing-events/{event_id}/corrections"): Rule(_JUDGES),
    ("POST", "/api/licences"): _people(_QA, _QP),
    ("POST", "/api/filings/{filing_id}/drafts"): LOGGED_IN,
    ("POST", "/api/filings/{filing_id}/approval"): _people(_QA, _QP, _PV),
    ("POST", "/api/filings/{filing_id}/submission-requests"): _people(_QA, _QP, _PV),
    ("POST", "/api/filings/{filing_id}/withdrawal"): _people(_QA, _QP),
    ("POST", "/api/filings/{filing_id}/answers"): Rule(frozenset({_QA, _QP, _PV}), Bot.UNDER_LEASE),
    ("POST", "/api/filings/{filing_id}/hand-over"): _people(_QA, _QP, _PV),
    ("POST", "/api/safety-acknowledgements"): _people(_QA, _QP, _PV),
    ("POST", "/api/work-items"): LOGGED_IN,
    ("POST", "/api/work-items/claim"): Rule(bot=Bot.FREELY),
    ("POST", "/api/work-items/{item_id}/renew"): _LEASED,
    ("POST", "/api/work-items/{item_id}/steps"): _LEASED,
    ("POST", "/api/work-items/{item_id}/complete"): _LEASED,
    ("POST", "/api/work-items/{item_id}/fail"): _LEASED,
    ("POST", "/api/work-items/{item_id}/changes"): Rule(_JUDGES | {_OPERATOR, _ADMIN}),
    ("POST", "/api/schedules"): _people(_QA, _QP, _ADMIN),
    ("POST", "/api/work-items/{item_id}/capsules"): Rule(bot=Bot.FREELY),
    ("POST", "/api/effects"): _LEASED,
    ("POST", "/api/effects/{effect_id}/act"): _LEASED,
    ("POST", "/api/effects/{effect_id}/confirm"): _LEASED,
    ("POST", "/api/proposals"): Rule(_ANY),
    ("POST", "/api/approvals"): _people(_QA, _QP),
    ("POST", "/api/batches/{batch_id}/predictions"): _LEASED,
    ("POST", "/api/predictions/{prediction_id}/decision"): Rule(_JUDGES),
    ("POST", "/api/models"): Rule(_ANY),
    ("POST", "/api/models/{model_id}/moves"): _people(_QA, _QP),
    ("POST", "/api/drift-checks"): _LEASED,
    ("POST", "/api/drift-checks/{check_id}/decision"): _people(_QA, _QP),
    ("POST", "/api/due-items/{due_id}/done"): Rule(_JUDGES | {_SECURITY, _ADMIN}),
    ("POST", "/api/due-items/{due_id}/owner"): Rule(_JUDGES | {_OPERATOR, _SECURITY, _ADMIN, _PV}),
    ("POST", "/api/ticks"): LOGGED_IN,
    ("POST", "/api/batches/{batch_id}/final-results"): Rule(_JUDGES),
    ("POST", "/api/master-records"): Rule(_ANY),
    ("POST", "/api/master-records/{master_id}/approval"): _people(_QA, _QP),
    ("POST", "/api/settings/signing"): _people(_QA, _ADMIN),
    ("POST", "/api/batches/{batch_id}/supply-gates"): Rule(_JUDGES),
    ("POST", "/api/logistics-data"): _people(_QA, _QP),
    ("POST", "/api/batches/{batch_id}/packings"): Rule(_JUDGES | {_OPERATOR}),
    ("POST", "/api/batches/{batch_id}/packing-confirmations"): Rule(_JUDGES | {_OPERATOR}),
    ("POST", "/api/batches/{batch_id}/way-options"): _LEASED,
    ("POST", "/api/batches/{batch_id}/way-decisions"): _people(_QA, _QP),
    ("POST", "/api/batches/{batch_id}/forecasts"): Rule(_JUDGES | {_OPERATOR}, Bot.UNDER_LEASE),
    ("POST", "/api/batches/{batch_id}/rebookings"): _LEASED,
    ("POST", "/api/batches/{batch_id}/tracking-looks"): _LEASED,
    ("POST", "/api/batches/{batch_id}/labels"): _LEASED,
    ("POST", "/api/batches/{batch_id}/custody"): _LEASED,
    ("POST", "/api/batches/{batch_id}/custody-signatures"): Rule(_JUDGES | {_OPERATOR}),
    ("POST", "/api/batches/{batch_id}/logger-files"): Rule(_JUDGES | {_OPERATOR}),
    ("POST", "/api/names-in-records"): _people(_ADMIN),
    ("POST", "/api/accounts"): _people(_ADMIN),
    ("POST", "/api/accounts/{user}/changes"): _people(_ADMIN),
    ("POST", "/api/accounts/{user}/password-resets"): _people(_ADMIN),
    ("POST", "/api/accounts/{user}/session-ends"): _people(_ADMIN, _SECURITY),
}
"""Endpoint by method and path. Reading (GET) asks for a log-in alone."""


def authorise(request: Request, mes: MesDep) -> None:
    """Let a request of the API through that its caller may make; the caller is kept for the endpoint.

    Raises:
        Unauthenticated: nobody is logged in.
        Forbidden: the table does not let this caller do it, or does not know the endpoint.
    """
    route = request.scope["route"]
    if request.method in ("GET", "HEAD"):
        return  # the endpoint asks who calls; the health of the server is told to everybody
    rule = TABLE.get((request.method, route.path))
    if rule is None:
        raise Forbidden(f"{request.method} {route.path} is in no table of who may call it: nobody may.")
    if rule.open:
        return
    who = caller(request, token(request), mes)
    check(rule, who, request.url.path)
    if isinstance(who, BotPrincipal) and rule.bot is Bot.UNDER_LEASE:
        mes.check_lease(who)


def may(who: PersonPrincipal, method: str, path: str) -> bool:
    """Whether a person's roles let them call an endpoint."""
    rule = TABLE.get((method, path))
    return rule is not None and bool(rule.open or who.roles & rule.roles)


def who_may(path: str) -> str:
    """Who may change something at an endpoint, in words: what a page says to everybody else."""
    rule = TABLE.get(("POST", path), Rule())
    return " or ".join(sorted(role.value.replace("_", " ") for role in rule.roles)) or "nobody"


def check(rule: Rule, who: Caller, what: str) -> None:
    """See that a caller may do something, as far as kind and role go.

    Raises:
        Forbidden: they may not; says who may.
    """
    if isinstance(who, PersonPrincipal):
        if who.roles & rule.roles:
            return
        roles = " or ".join(sorted(role.value.replace("_", " ") for role in rule.roles))
        needed = f"it needs the role {roles}" if roles else "that is for bots, under the lease of a work item"
        raise Forbidden(f"{who.printed_name} may not do this ({what}): {needed}.")
    if rule.bot is Bot.NEVER:
        raise Forbidden(f"A bot cannot sign or decide ({what}): a person does, logged in.")
    if rule.bot is Bot.UNDER_LEASE and who.lease is None:
        raise Forbidden(f"A bot does this ({what}) under the lease of a work item that it claimed: claim one first.")
