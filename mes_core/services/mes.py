"""The facade: everything that others may ask of the MES."""

<<<<<<< HEAD
from mes_core.services import integrity
from mes_core.services.jobs import Jobs


class Mes(Jobs):
=======
from mes_core.services.trail import Trail


class Mes(Trail):
>>>>>>> cb72087 (WIP: seals, checkpoints, PostgreSQL)
    """All use cases. Each method is one transaction with its audit entries; refusals are `DomainError`s."""
