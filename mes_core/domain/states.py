"""The way of a batch as a table: state and event give the next state; everything else is refused with a reason."""

from enum import StrEnum

from mes_core.domain.errors import Conflict


class State(StrEnum):
    """Where a batch stands."""

    MANUFACTURED = "manufactured"
    READY = "ready"
    ON_HOLD = "on_hold"
    CONDITIONALLY_RELEASED = "conditionally_released"
    OUT_OF_SPECIFICATION = "out_of_specification"
    RELEASED = "released"
    CONDITIONALLY_SHIPPED = "conditionally_shipped"
    SHIPPED = "shipped"
    FILED = "filed"
    LATE_POSITIVE = "late_positive"
    REJECTED = "rejected"


class Event(StrEnum):
    """What happens to a batch."""

    REVIEWED_READY = "be found ready by a review"
    REVIEWED_NOT_READY = "be found not ready by a review"
    HELD = "be held"
    HOLD_LIFTED = "have its last hold lifted with a verdict that is ready"
    LIFTED_UNREVIEWED = "have its last hold lifted without such a verdict"
    CORRECTED = "be corrected"
    CONDITIONALLY_RELEASED = "be released conditionally"
    FINALLY_CERTIFIED = "be certified a second time"
    LATE_POSITIVE = "have a positive final result"
    SUPPLY_CERTIFIED = "be certified for supply outside of specification"
    RELEASED = "be released"
    REJECTED = "be rejected"
    SHIPPED = "be shipped"
    FILED = "be filed"


_S, _E = State, Event
TABLE: dict[tuple[State, Event], State] = {
    (_S.MANUFACTURED, _E.REVIEWED_READY): _S.READY,
    (_S.MANUFACTURED, _E.REVIEWED_NOT_READY): _S.ON_HOLD,
    (_S.MANUFACTURED, _E.HELD): _S.ON_HOLD,
    (_S.MANUFACTURED, _E.CORRECTED): _S.MANUFACTURED,
    (_S.MANUFACTURED, _E.REJECTED): _S.REJECTED,
    (_S.READY, _E.REVIEWED_READY): _S.READY,
    (_S.READY, _E.REVIEWED_NOT_READY): _S.ON_HOLD,
    (_S.READY, _E.HELD): _S.ON_HOLD,
    (_S.READY, _E.CORRECTED): _S.MANUFACTURED,
    (_S.READY, _E.RELEASED): _S.RELEASED,
    (_S.READY, _E.REJECTED): _S.REJECTED,
    (_S.ON_HOLD, _E.REVIEWED_READY): _S.ON_HOLD,
    (_S.ON_HOLD, _E.REVIEWED_NOT_READY): _S.ON_HOLD,
    (_S.ON_HOLD, _E.HELD): _S.ON_HOLD,
    (_S.ON_HOLD, _E.HOLD_LIFTED): _S.READY,
    (_S.ON_HOLD, _E.LIFTED_UNREVIEWED): _S.MANUFACTURED,
    (_S.ON_HOLD, _E.CORRECTED): _S.ON_HOLD,
    (_S.ON_HOLD, _E.REJECTED): _S.REJECTED,
    (_S.READY, _E.CONDITIONALLY_RELEASED): _S.CONDITIONALLY_RELEASED,
    (_S.CONDITIONALLY_RELEASED, _E.HELD): _S.ON_HOLD,
    (_S.CONDITIONALLY_RELEASED, _E.REVIEWED_READY): _S.CONDITIONALLY_RELEASED,
    (_S.CONDITIONALLY_RELEASED, _E.REVIEWED_NOT_READY): _S.ON_HOLD,
    (_S.CONDITIONALLY_RELEASED, _E.LATE_POSITIVE): _S.ON_HOLD,
    (_S.CONDITIONALLY_RELEASED, _E.FINALLY_CERTIFIED): _S.RELEASED,
    (_S.CONDITIONALLY_RELEASED, _E.SHIPPED): _S.CONDITIONALLY_SHIPPED,
    (_S.CONDITIONALLY_SHIPPED, _E.HELD): _S.CONDITIONALLY_SHIPPED,
    (_S.CONDITIONALLY_SHIPPED, _E.REVIEWED_READY): _S.CONDITIONALLY_SHIPPED,
    (_S.CONDITIONALLY_SHIPPED, _E.REVIEWED_NOT_READY): _S.CONDITIONALLY_SHIPPED,
    (_S.CONDITIONALLY_SHIPPED, _E.FILED): _S.CONDITIONALLY_SHIPPED,
    (_S.CONDITIONALLY_SHIPPED, _E.FINALLY_CERTIFIED): _S.SHIPPED,
    (_S.CONDITIONALLY_SHIPPED, _E.LATE_POSITIVE): _S.LATE_POSITIVE,
    (_S.LATE_POSITIVE, _E.HELD): _S.LATE_POSITIVE,
    (_S.LATE_POSITIVE, _E.REVIEWED_READY): _S.LATE_POSITIVE,
    (_S.LATE_POSITIVE, _E.REVIEWED_NOT_READY): _S.LATE_POSITIVE,
    (_S.LATE_POSITIVE, _E.FILED): _S.LATE_POSITIVE,
    (_S.LATE_POSITIVE, _E.LATE_POSITIVE): _S.LATE_POSITIVE,
    (_S.LATE_POSITIVE, _E.FINALLY_CERTIFIED): _S.SHIPPED,
    (_S.LATE_POSITIVE, _E.REJECTED): _S.REJECTED,
    (_S.ON_HOLD, _E.LATE_POSITIVE): _S.ON_HOLD,
    (_S.READY, _E.LATE_POSITIVE): _S.ON_HOLD,
    (_S.MANUFACTURED, _E.LATE_POSITIVE): _S.ON_HOLD,
    (_S.REJECTED, _E.LATE_POSITIVE): _S.REJECTED,
    (_S.RELEASED, _E.LATE_POSITIVE): _S.ON_HOLD,
    (_S.SHIPPED, _E.LATE_POSITIVE): _S.LATE_POSITIVE,
    (_S.FILED, _E.LATE_POSITIVE): _S.LATE_POSITIVE,
    (_S.ON_HOLD, _E.SUPPLY_CERTIFIED): _S.OUT_OF_SPECIFICATION,
    (_S.OUT_OF_SPECIFICATION, _E.HELD): _S.ON_HOLD,
    (_S.OUT_OF_SPECIFICATION, _E.LATE_POSITIVE): _S.ON_HOLD,
    (_S.OUT_OF_SPECIFICATION, _E.SHIPPED): _S.SHIPPED,
    (_S.RELEASED, _E.HELD): _S.ON_HOLD,
    (_S.RELEASED, _E.REVIEWED_READY): _S.RELEASED,
    (_S.RELEASED, _E.REVIEWED_NOT_READY): _S.ON_HOLD,
    (_S.RELEASED, _E.SHIPPED): _S.SHIPPED,
    (_S.SHIPPED, _E.FILED): _S.FILED,
    # What has left the plant can't be stopped here; a hold is recorded and the state stays.
    (_S.SHIPPED, _E.HELD): _S.SHIPPED,
    (_S.FILED, _E.HELD): _S.FILED,
    # A review of it is the way out of such a hold: what the laboratory, or a correction elsewhere, says now.
    (_S.SHIPPED, _E.REVIEWED_READY): _S.SHIPPED,
    (_S.SHIPPED, _E.REVIEWED_NOT_READY): _S.SHIPPED,
    (_S.FILED, _E.REVIEWED_READY): _S.FILED,
    (_S.FILED, _E.REVIEWED_NOT_READY): _S.FILED,
    (_S.REJECTED, _E.HELD): _S.REJECTED,
}

CONDITIONAL = frozenset({State.CONDITIONALLY_RELEASED, State.CONDITIONALLY_SHIPPED, State.LATE_POSITIVE})
"""Where a second certification is still to come."""
LEFT = frozenset({State.CONDITIONALLY_SHIPPED, State.SHIPPED, State.FILED, State.LATE_POSITIVE})
"""Where the cells have left the plant."""
SUPPLIED = frozenset({State.RELEASED, State.CONDITIONALLY_RELEASED, State.OUT_OF_SPECIFICATION})
"""Where they may leave it, if the register says so and nothing holds them."""

_MISSING: dict[Event, str] = {
    Event.RELEASED: "it needs a verdict that is ready and no open hold",
    Event.CONDITIONALLY_RELEASED: "it needs a verdict that is ready and no open hold",
    Event.FINALLY_CERTIFIED: "it needs a conditional release, and every final result reviewed and negative",
    Event.SUPPLY_CERTIFIED: "it needs a confirmed out-of-specification result and its three gates",
    Event.SHIPPED: "it needs a signed release and no open hold",
    Event.FILED: "it needs a recorded shipment",
    Event.CORRECTED: "a record is corrected before the release only",
}


def next_state(batch_id: str, state: State, event: Event) -> State:
    """The state after an event.

    Raises:
        Conflict: the event can't happen in this state; says what is missing.
    """
    after = TABLE.get((state, event))
    if after is None:
        missing = _MISSING.get(event)
        why = f": {missing}" if missing else ""
        raise Conflict(f"Batch {batch_id} is {state.value.replace('_', ' ')} and can't {event.value}{why}.")
    return after
