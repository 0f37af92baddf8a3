"""What was told of a journey: the newest of each step of custody."""

from mes_core.messages import journeys as j
from mes_core.services.batches import journey_records as kept
from mes_core.services.ports import UnitOfWork


def steps(work: UnitOfWork, batch_id: str) -> dict[j.CustodyStep, j.NewCustody]:
    """The newest of each step."""
    found = [j.NewCustody.model_validate(kept.read(row)) for row in kept.all_of(work, batch_id, kept.CUSTODY)]
    return {one.step: one for one in found}
