"""The facade: everything that others may ask of the MES."""

from mes_core.services.trail import Trail


class Mes(Trail):
    """All use cases. Each method is one transaction with its audit entries; refusals are `DomainError`s."""
