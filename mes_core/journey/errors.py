"""The one kind of refusal of this room."""


class JourneyError(ValueError):
    """Something that can't be planned with, as one sentence for a person: what, where, what to do."""
