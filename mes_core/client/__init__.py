"""A typed client of the MES, for bots and people's programs alike."""

from mes_core.client.client import MesClient
from mes_core.client.errors import MesError, MesUnreachable

__all__ = ["MesClient", "MesError", "MesUnreachable"]
