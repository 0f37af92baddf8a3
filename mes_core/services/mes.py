"""The facade: everything that others may ask of the MES."""

from mes_core.services import integrity
from mes_core.services.jobs import Jobs


class Mes(Jobs):
    """All use cases. Each method is one transaction with its audit entries; refusals are `DomainError`s."""

    def verify_audit(self) -> list[str]:
        """Check every chain, and what the store holds against it; returns one sentence for each thing that is wrong.

        It finds what was changed by somebody who can't rewrite the chain. Who rewrites all of it from some entry on, or
        cuts off its tail along with what the tail speaks of, is only found with a checkpoint that is kept elsewhere.
        """
        with self._store.read() as work:
            return integrity.problems(work)
