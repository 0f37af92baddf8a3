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


def caller(sent: TokenDep, mes: MesDep) -> Caller:
    """Whose bearer token this is.

    Raises:
        Unauthenticated: it is not valid any more.
    """
    return mes.authenticate(sent)


CallerDep = Annotated[Caller, Depends(caller)]
