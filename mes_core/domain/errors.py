"""Refusals. Each is one sentence for a person: what, where, what to do."""


class DomainError(Exception):
    """Something was refused; nothing was changed."""


class NotFound(DomainError):  # noqa: N818 - named for what happened, like its siblings
    """There is no such thing."""


class Conflict(DomainError):  # noqa: N818
    """It does not fit the state that things are in."""


class Stale(DomainError):  # noqa: N818
    """It rests on a state that is not the present one any more."""


class Forbidden(DomainError):  # noqa: N818
    """This account may not do it."""


class Unauthenticated(DomainError):  # noqa: N818
    """Nobody, or nobody known, is asking."""


class Unavailable(DomainError):  # noqa: N818
    """The store can't be used at present."""


class Invalid(DomainError):  # noqa: N818
    """What was given can't be right."""
