"""Where in a suite a failure happened: file, line and keyword, as an author looks for it."""

from pathlib import Path
from typing import Any


class Whereabouts:
    """A Robot Framework listener that remembers the innermost keyword that failed, in a file of ours.

    Attributes:
        failed: `file`, `line` and `keyword` of the step that failed; empty while nothing has.
    """

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self) -> None:
        self.failed: dict[str, Any] = {}

    def begin(self) -> None:
        """Forget the failure of the item before."""
        self.failed = {}

    def end_keyword(self, data: Any, result: Any) -> None:
        """Keep the first, innermost failure; a keyword ends before the one that called it."""
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
