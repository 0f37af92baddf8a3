"""The JSON API of accounts, for administrators and the security officer."""

from http import HTTPStatus

from fastapi import APIRouter

from mes_core.messages import accounts as m
from mes_core.messages import views as v
from mes_core.web.paging import PartDep, page
from mes_core.web.port import CallerDep, MesDep

router = APIRouter(prefix="/api")


@router.get("/accounts")
def accounts(mes: MesDep, who: CallerDep, part: PartDep) -> v.Page[m.AccountView]:
    """Every account, with its roles and how many sessions are open."""
    return page(v.Page[m.AccountView], mes.accounts(who), part)


@router.post("/accounts", status_code=HTTPStatus.CREATED)
def make_account(body: m.NewAccount, mes: MesDep, who: CallerDep) -> m.AccountView:
    """Make an account for a person or a bot, signed (administrators, not for themselves)."""
    return mes.make_account(body, who)


@router.post("/accounts/{user}/changes")
def change_account(user: str, body: m.ChangeAccount, mes: MesDep, who: CallerDep) -> m.AccountView:
    """Give an account other roles, or disable or enable it, signed (administrators, not their own)."""
    return mes.change_account(user, body, who)


@router.post("/accounts/{user}/password-resets")
def reset_password(user: str, body: m.ResetPassword, mes: MesDep, who: CallerDep) -> m.AccountView:
    """Give an account another password, signed (administrators, not their own)."""
    return mes.reset_password(user, body, who)


@router.post("/accounts/{user}/session-ends")
def end_sessions(user: str, body: m.EndSessions, mes: MesDep, who: CallerDep) -> m.AccountView:
    """End every session of an account, signed (administrators and the security officer)."""
    return mes.end_sessions(user, body, who)
