"""What the web needs of the services: the facade `mes_core.services.Mes`, by the names used here."""

from typing import Annotated

from fastapi import Depends, Request

from mes_core.domain.errors import Invalid, Unauthenticated
from mes_core.domain.principals import BotPrincipal, Lease, PersonPrincipal
from mes_core.messages.effects import LEASE_HEADER
from mes_core.services import Mes

Caller = PersonPrincipal | BotPrincipal
_LONGEST_EPOCH = 9


def mes_of(request: Request) -> Mes:
    """The facade that the application was made with."""
    mes: Mes = request.app.state.mes
    return mes


MesDep = Annotated[Mes, Depends(mes_of)]


def address_of(request: Request) -> str:
    """Where a request comes from, as the connection or a named proxy says."""
    return request.client.host if request.client else ""


def token(request: Request) -> str:
    """The bearer token that was sent.

    Raises:
        Unauthenticated: there is none.
    """
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not sent:
        raise Unauthenticated("No token was sent: log in at /api/login and send it as 'Authorization: Bearer'.")
    return sent


TokenDep = Annotated[str, Depends(token)]


def caller(request: Request, sent: TokenDep, mes: MesDep) -> Caller:
    """Whose bearer token this is, with the lease that a bot acts under.

    Raises:
        Unauthenticated: it is not valid any more.
        Invalid: the lease is not worded as one.
    """
    known: Caller | None = getattr(request.state, "caller", None)
    if known is None:
        known = request.state.caller = _caller(request, sent, mes)
    return known


def _caller(request: Request, sent: str, mes: Mes) -> Caller:
    who = mes.authenticate(sent)
    told = request.headers.get(LEASE_HEADER)
    if told is None or not isinstance(who, BotPrincipal):
        return who
    return BotPrincipal(who.user, lease_of(told))


def lease_of(told: str) -> Lease:
    """A lease as its header words it: item, epoch and the host's secret.

    Raises:
        Invalid: it is not worded so.
    """
    item_id, _, rest = told.partition(" ")
    epoch, _, secret = rest.partition(" ")
    if not (item_id and epoch.isascii() and epoch.isdecimal() and len(epoch) < _LONGEST_EPOCH and secret):
        raise Invalid(f"The header {LEASE_HEADER} can't be read: send 'ITEM EPOCH SECRET' as the item was claimed.")
    return Lease(item_id, int(epoch), secret)


CallerDep = Annotated[Caller, Depends(caller)]
