"""Excursions on the way: who may lift their hold, and when."""

from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.principals import PersonPrincipal, Role
from mes_core.services.batches import journey_records as kept
from mes_core.services.people import identity
from mes_core.services.ports import UnitOfWork

EXCURSION = "excursion"
"""What keys of holds and deviations begin with that a logger's file opened."""


def check_lifted(work: UnitOfWork, batch_id: str, hold_key: str, who: PersonPrincipal) -> None:
    """See that the hold for an excursion is lifted by a qualified person, once its investigation has an outcome.

    Raises:
        Forbidden: another role, or whoever signed a logger's file of this batch.
        Conflict: the investigation is open.
    """
    if hold_key.partition(":")[0] != EXCURSION:
        return
    if Role.QUALIFIED_PERSON not in who.roles:
        raise Forbidden(f"The hold for the excursion of batch {batch_id} is lifted by a qualified person alone.")
    signers = {row["made_by"] for row in kept.all_of(work, batch_id, kept.LOGGER)}
    if any(identity.same_person(work, who.user, one) for one in signers):
        raise Forbidden(f"Who signed a logger's file of batch {batch_id} does not lift the hold for its excursion.")
    deviation = work.get("deviations", batch_id=batch_id, deviation_key=hold_key)
    if deviation is None or deviation["closed_at"] is None:
        raise Conflict(
            f"The hold for the excursion of batch {batch_id} can't be lifted: its investigation {hold_key!r} is open;"
            " have quality assurance close it with an outcome first."
        )
