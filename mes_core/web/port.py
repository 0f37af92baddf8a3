"""What the web needs of the services: the facade `mes_core.services.Mes`, by the names used here."""

from typing import Annotated

from fastapi import Depends, Request

from mes_core.domain.errors import Unauthenticated
from mes_core.domain.principals import BotPrincipal, PersonPrincipal
from mes_core.services import Mes

Caller = PersonPrincipal | BotPrincipal


def mes_of(request: Request) -> Mes:
    """The facade that the application was made with."""
    mes: Mes = request.app.state.mes
    return mes


MesDep = Annotated[Mes, Depends(mes_of)]


def caller(request: Request, mes: MesDep) -> Caller:
    """Whose bearer token this is.

    Raises:
        Unauthenticated: there is none, or it is not valid any more.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("No token was sent: log in at /api/login and send it as 'Authorization: Bearer'.")
    return mes.authenticate(token)


CallerDep = Annotated[Caller, Depends(caller)]
