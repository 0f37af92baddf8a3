"""The one error of predictive holds: its text is one sentence for a person."""


class ModelRefused(ValueError):  # noqa: N818 - it is an answer to a person, not a fault
    """A table, a model file or a request can't be used; the message says what, where and what to do."""
