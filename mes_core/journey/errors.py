"""The one kind of refusal of this room."""


class JourneyError(ValueError):
    """Something that can't be planned with, as one sentence for a person: what, where, what to do."""


class TripUnknown(JourneyError):  # noqa: N818 - it says what is so
    """A logger's file is that of the journey, and does not tell how warm it was all the time."""
