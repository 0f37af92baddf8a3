"""The one error of the twin: its text is one sentence for a person."""


class TwinError(ValueError):
    """Something asked of the twin cannot be done; the message says what, where and what to do."""
