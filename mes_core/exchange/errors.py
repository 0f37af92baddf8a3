"""Why an exchange file was not taken."""

from dataclasses import dataclass


class ImportRefused(ValueError):  # noqa: N818 - it says what happened, like RowRefused
    """The file as a whole can't be taken; the message is one sentence that names the file and what to do."""


@dataclass(frozen=True)
class RowRefused:
    """One row that was not taken: the file, its line (1 = header) and why."""

    file: str
    line: int
    why: str
