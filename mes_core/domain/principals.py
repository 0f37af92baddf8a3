"""Who acts. A bot is another type than a person, so that no code path can hand it a signature."""

from dataclasses import dataclass, field
from enum import StrEnum

from mes_core.domain.errors import Forbidden


class Role(StrEnum):
    """What a person is allowed to do."""

    OPERATOR = "operator"
    REVIEWER = "reviewer"
    QUALIFIED_PERSON = "qualified_person"
    QUALITY_ASSURANCE = "quality_assurance"
    ADMINISTRATOR = "administrator"
    SECURITY_OFFICER = "security_officer"
    PHARMACOVIGILANCE = "pharmacovigilance"


@dataclass(frozen=True)
class PersonPrincipal:
    """A person, logged in."""

    user: str
    printed_name: str
    roles: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Lease:
    """The work item that a bot has in hand: its number, the epoch it was claimed under, and the host's secret."""

    item_id: str
    epoch: int
    secret: str = field(repr=False)


@dataclass(frozen=True)
class BotPrincipal:
    """A bot. It has no roles, and nothing that signs takes it; what it does, it does under the lease of an item."""

    user: str
    lease: Lease | None = field(default=None, compare=False)


@dataclass(frozen=True)
class SystemPrincipal:
    """The program itself, started by somebody at the command line (an import, a review of the store)."""

    user: str


Actor = PersonPrincipal | BotPrincipal | SystemPrincipal


def signer(actor: Actor, act: str, *roles: Role) -> PersonPrincipal:
    """The person who may sign `act`.

    Raises:
        Forbidden: it is a bot or a program, or a person without one of the roles.
    """
    if not isinstance(actor, PersonPrincipal):
        kind = "bot" if isinstance(actor, BotPrincipal) else "program"
        raise Forbidden(f"A {kind} cannot sign: {act} needs a person, and {actor.user!r} is a {kind}.")
    if roles and not actor.roles & set(roles):
        needed = " or ".join(role.value.replace("_", " ") for role in roles)
        raise Forbidden(f"{actor.printed_name} may not {act}: it needs the role {needed}.")
    return actor
