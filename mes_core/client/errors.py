"""What the MES refused, or that it can't be reached."""


class MesError(Exception):
    """The MES refused a request.

    Attributes:
        status: the HTTP status.
        detail: the MES's one sentence.
    """

    def __init__(self, status: int, detail: str) -> None:
        """Keep status and sentence."""
        super().__init__(detail)
        self.status = status
        self.detail = detail


class MesUnreachable(Exception):  # noqa: N818 - named for what a bot's author has to handle
    """The MES did not answer; the request may or may not have been carried out."""
