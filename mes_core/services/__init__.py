"""The use cases of the MES, behind one facade."""

from mes_core.services.mes import Mes
from mes_core.services.rulebook import BuiltinRules

__all__ = ["BuiltinRules", "Mes"]
