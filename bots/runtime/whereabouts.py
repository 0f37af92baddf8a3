"""Where in a suite a failure happened: file, line and keyword, as an author looks for it."""

from pathlib import Path
from typing import Any


class Whereabouts:
    """A Robot Framework listener that remembers the innermost keyword that failed, in a file of ours.

    Attributes:
        failed: `file`, `line` and `keyword` of the step that failed; empty while nothing has.
        errors: what Robot Framework could not import or read of the suite, one sentence each.
    """

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self.failed: dict[str, Any] = {}
        self.errors: list[str] = []
        self._before: list[bool] = []

    def begin(self) -> None:
        """Forget the failure of the item before."""
        self.failed, self.errors, self._before = {}, [], []

    def message(self, message: Any) -> None:
        """Robot Framework's own complaints: a library that can't be imported, a setting that it does not know."""
        if message.level == "ERROR":
            self.errors.append(_said(str(message.message)))

    def start_keyword(self, data: Any, result: Any) -> None:
        """Remember whether something had failed before it."""
        del data, result
        self._before.append(bool(self.failed))

    def end_keyword(self, data: Any, result: Any) -> None:
        """Keep the first, innermost failure; a keyword ends before the one that called it.

        One that passes dealt with what failed within it, such as an error that was expected.
        """
        before = self._before.pop() if self._before else True
        if result.passed and not before:
            self.failed = {}
        if result.failed and not self.failed and data.source and data.lineno:
            self.failed = {
                "file": Path(data.source).name,
                "path": str(data.source),
                "line": int(data.lineno),
                "keyword": str(result.name or data.name or ""),
            }

    def start_try_branch(self, data: Any, result: Any) -> None:
        """An EXCEPT branch that runs deals with the failure before it, which then is none."""
        del result
        if data.type == "EXCEPT":
            self.failed = {}


def _said(text: str) -> str:
    """A complaint without Python's way to it, which the log holds."""
    lines = [line.strip() for line in text.split("Traceback (most recent call last)")[0].splitlines()]
    return " ".join(line for line in lines if line and not line.startswith(("PYTHONPATH", "CLASSPATH")))[:400]
