"""The facade: everything that others may ask of the MES."""

from mes_core.domain import audit
from mes_core.services.core import read_audit
from mes_core.services.work import Work


class Mes(Work):
    """All use cases. Each method is one transaction with its audit entries; refusals are `DomainError`s."""

    def verify_audit(self) -> list[str]:
        """Check every chain; returns one sentence for each thing that is wrong."""
        with self._store.read() as work:
            rows = [read_audit(row) for row in work.find("audit", order=("batch_id", "number"))]
        chains: dict[str, list[dict[str, object]]] = {}
        for row in rows:
            chains.setdefault(str(row["batch_id"]), []).append(row)
        return [problem for chain in chains.values() for problem in audit.problems(chain)]
