"""The page of accounts, for administrators and the security officer; and the form by which people change a password.

Passwords that somebody else makes are made here and shown once, in the answer itself: in no address, no list, no log.
"""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mes_core.domain.errors import DomainError, Invalid
from mes_core.domain.principals import PersonPrincipal, Role
from mes_core.messages import accounts as m
from mes_core.messages import views as v
from mes_core.services.people import passwords
from mes_core.web.console import notes, show
from mes_core.web.console.session import PersonDep, SignatureDep, SignerDep
from mes_core.web.port import MesDep, address_of

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=1000)]
Word = Annotated[str, Form(max_length=200)]
Roles = Annotated[list[str], Form(max_length=10)]


@router.get("/accounts")
def accounts(request: Request, mes: MesDep, who: PersonDep) -> HTMLResponse:
    """Every account, and what may be done with it."""
    return _page(request, mes, who)


@router.post("/accounts/new")
def make_account(
    request: Request,
    mes: MesDep,
    who: SignerDep,
    kind: Text,
    user: Text,
    reason: Text,
    password: SignatureDep,
    printed_name: Text = "",
    same_person_as: Text = "",
    role: Roles = [],  # noqa: B006 - FastAPI copies it for each request
) -> Response:
    """Make an account for a person or a bot, signed; its password is shown once."""
    made = passwords.made()
    fields: dict[str, Any] = {"user": user, "kind": kind, "printed_name": printed_name, "roles": role, "reason": reason}
    fields |= {"same_person_as": same_person_as or None, "new_password": made, **password}
    mes.make_account(show.message(m.NewAccount, fields), who)
    return _page(request, mes, who, said=f"Signed: the account {user} is made.", made_for=user, made=made)


@router.post("/accounts/roles")
def change_roles(
    mes: MesDep,
    who: SignerDep,
    user: Text,
    reason: Text,
    password: SignatureDep,
    role: Roles = [],  # noqa: B006 - FastAPI copies it for each request
) -> Response:
    """Give a person other roles, signed."""
    mes.change_account(user, show.message(m.ChangeAccount, {"roles": role, "reason": reason, **password}), who)
    return _back(f"Signed: the roles of {user} are changed; its sessions ended.")


@router.post("/accounts/state")
def change_state(
    mes: MesDep, who: SignerDep, user: Text, disabled: Text, reason: Text, password: SignatureDep
) -> Response:
    """Disable an account, or enable it again, signed."""
    if disabled not in ("yes", "no"):
        raise Invalid(f"The form says disabled {disabled!r}, which is neither yes nor no: open the page again.")
    body = {"disabled": disabled == "yes", "reason": reason, **password}
    mes.change_account(user, show.message(m.ChangeAccount, body), who)
    return _back(f"Signed: {user} is {'disabled' if disabled == 'yes' else 'enabled'}; its sessions ended.")


@router.post("/accounts/reset")
def reset_password(
    request: Request, mes: MesDep, who: SignerDep, user: Text, reason: Text, password: SignatureDep
) -> Response:
    """Give an account another password, signed; it is shown once."""
    made = passwords.made()
    mes.reset_password(user, show.message(m.ResetPassword, {"new_password": made, "reason": reason, **password}), who)
    said = f"Signed: {user} has another password; its sessions ended."
    return _page(request, mes, who, said=said, made_for=user, made=made)


@router.post("/accounts/sessions")
def end_sessions(mes: MesDep, who: SignerDep, user: Text, reason: Text, password: SignatureDep) -> Response:
    """End every session of an account, signed."""
    mes.end_sessions(user, show.message(m.EndSessions, {"reason": reason, **password}), who)
    return _back(f"Signed: every session of {user} is over.")


@router.get("/password")
def password_page(request: Request) -> HTMLResponse:
    """The form by which people change a password, also one that they may not log in with any more."""
    return show.page(request, "password.html", {})


@router.post("/password")
def change_password(
    request: Request, mes: MesDep, user: Word = "", password: Word = "", new_password: Word = "", again: Word = ""
) -> Response:
    """Change one's own password; what is wrong shows the form again with the reason."""
    try:
        if new_password != again:
            raise Invalid("The new password was not typed the same twice: type it again.")
        fields = {"user": user, "password": password, "new_password": new_password}
        mes.change_password(show.message(v.NewPassword, fields), where=address_of(request))
    except DomainError as error:
        context = {"refused": str(error), "user": user}
        return show.page(request, "password.html", context, HTTPStatus.UNPROCESSABLE_ENTITY)
    return RedirectResponse("/login", HTTPStatus.SEE_OTHER)


def _page(
    request: Request, mes: MesDep, who: PersonPrincipal, *, said: str = "", made_for: str = "", made: str = ""
) -> HTMLResponse:
    context = {
        "who": who,
        "accounts": mes.accounts(who),
        "administrator": Role.ADMINISTRATOR in who.roles,
        "roles": list(Role),
        **({"said": said} if said else {}),
        "made_for": made_for,
        "made": made,
    }
    return show.page(request, "accounts.html", context)


def _back(said: str) -> RedirectResponse:
    return notes.back("/accounts", said)
