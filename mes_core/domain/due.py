"""When people are reminded of what is due, and to whom it goes when it is late. Pure: the time is given.

The steps of an item follow from when it was opened and when it is due, never from when somebody looked: ticks may come
late, twice or in any order and say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes_core.domain.principals import Role

FINAL_RESULT, SECOND_CERTIFICATION, NOTICE, FILING = "final_result", "second_certification", "notice", "filing"
DEVIATION, OOS, CAPA, PREDICTION = "deviation", "oos", "capa", "prediction"
COURIER, EXPIRY, MISUSE, UNREADABLE = "courier", "expiry", "misuse", "unreadable"
ESCALATION = "escalation"
SIGNED_OFF = frozenset({NOTICE, MISUSE, ESCALATION})
"""Kinds that a person ends by signature; the others end when what they wait for has happened."""

_QA, _QP, _REVIEWER = Role.QUALITY_ASSURANCE, Role.QUALIFIED_PERSON, Role.REVIEWER
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """Who has items of a kind, how long before the time they are reminded, and who hears when it is over.

    The first escalation is at the due time, the second one `second` after it.
    """

    role: Role
    lead: timedelta
    first: Role
    second: timedelta
    last: Role


PLANS: Mapping[str, Plan] = {
    FINAL_RESULT: Plan(_REVIEWER, _DAY, _QA, _DAY, _QP),
    SECOND_CERTIFICATION: Plan(_QP, _DAY, _QA, _DAY, _QP),
    NOTICE: Plan(_QP, _HOUR, _QA, _HOUR, _QP),
    FILING: Plan(_QA, 7 * _DAY, _QA, _DAY, _QP),
    DEVIATION: Plan(_REVIEWER, 7 * _DAY, _QA, 7 * _DAY, _QP),
    OOS: Plan(_QA, 7 * _DAY, _QP, 7 * _DAY, _QP),
    CAPA: Plan(_QA, 14 * _DAY, _QA, 14 * _DAY, _QP),
    PREDICTION: Plan(_REVIEWER, 12 * _HOUR, _QA, 12 * _HOUR, _QP),
    COURIER: Plan(Role.OPERATOR, _DAY, _QA, 6 * _HOUR, _QP),
    EXPIRY: Plan(_REVIEWER, 2 * _DAY, _QA, _DAY, _QP),
    MISUSE: Plan(Role.SECURITY_OFFICER, timedelta(0), Role.ADMINISTRATOR, _DAY, _QA),
    UNREADABLE: Plan(_QA, _DAY, _QA, _DAY, _QP),
    ESCALATION: Plan(_QA, _DAY, _QA, _DAY, _QP),
}
"""Times of reminders and escalations are the plant's own; the due times themselves name their clause."""

ALLOWED: Mapping[str, timedelta] = {
    DEVIATION: 30 * _DAY,
    OOS: 30 * _DAY,
    CAPA: 60 * _DAY,
    PREDICTION: _DAY,
    SECOND_CERTIFICATION: 3 * _DAY,
    MISUSE: 4 * _HOUR,
    UNREADABLE: _DAY,
    ESCALATION: 2 * _DAY,
}
"""How long a thing may take where no law says: plant procedure."""
COURIER_BEFORE_INFUSION = _DAY
"""How long before the day of the infusion, or the end of the cells, a courier has to be booked: plant procedure."""
OWN = "plant procedure"


@dataclass(frozen=True)
class Step:
    """One reminder (level 1) or escalation (2, 3): when, to whom, in words."""

    level: int
    at: datetime
    to: Role
    words: str


def steps(kind: str, role: str, opened_at: datetime, due_at: datetime) -> tuple[Step, ...]:
    """All steps of an item, in their order.

    Args:
        kind: what is waited for.
        role: whose it is.
        opened_at: when it was opened.
        due_at: by when it is to be done.
    """
    plan = PLANS[kind]
    # Something opened after its reminder, or after its end, is told of at once; steps never come before it.
    reminder = max(opened_at, due_at - plan.lead)
    late = max(opened_at, due_at)
    return (
        Step(1, reminder, Role(role), "is due soon"),
        Step(2, late, plan.first, "is overdue"),
        Step(3, late + plan.second, plan.last, "is overdue and was told of before"),
    )


def reached(kind: str, role: str, opened_at: datetime, due_at: datetime, now: datetime) -> tuple[Step, ...]:
    """The steps whose time has come."""
    return tuple(step for step in steps(kind, role, opened_at, due_at) if step.at <= now)
