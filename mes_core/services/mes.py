"""The facade: everything that others may ask of the MES."""

from mes_core.services.answers import Answers
from mes_core.services.evidence import Evidence
from mes_core.services.instruments import Instruments
from mes_core.services.reconciling import Reconciling
from mes_core.services.waiting import Waiting


class Mes(Waiting, Reconciling, Instruments, Evidence, Answers):
    """All use cases. Each method is one transaction with its audit entries; refusals are `DomainError`s."""
