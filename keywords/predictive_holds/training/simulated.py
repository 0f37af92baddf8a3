"""Tables that say of themselves that their rows were simulated."""

from keywords.predictive_holds.table import Table, is_missing

SIMULATED = "simulated"
"""Column of a table whose rows come from a simulation; it is no input."""
_NO = frozenset({"0", "false", "no"})


def is_simulated(table: Table) -> bool:
    """Whether any row says so."""
    cells = table.columns.get(SIMULATED, [])
    return any(not is_missing(cell) and cell.casefold() not in _NO for cell in cells)
