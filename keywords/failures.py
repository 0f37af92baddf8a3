"""The three failure families of an item, decided once.

A failure travels as text, because that is what Robot Framework passes on: `FAMILY CODE: sentence`. A suite can
therefore also say `Fail    BUSINESS NO_SLOT: No slot keeps the cells alive.` Anything else is APPLICATION.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from keywords.extras import install_hint
from mes_core.messages.views import Family


class ItemError(Exception):
    """Why an item cannot be finished; `sentence` is for a person: what, where, what to do.

    Args:
        code: Short upper-case name of the reason, stable for statistics.
        sentence: One clear sentence.
    """

    ROBOT_SUPPRESS_NAME = True
    family: ClassVar[Family] = Family.APPLICATION

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{self.family} {code}: {sentence}")
        self.code = code
        self.sentence = sentence


class BusinessError(ItemError):
    """Never retried; a person has to act."""

    family = Family.BUSINESS


class ApplicationError(ItemError):
    """Technical; the MES queues the item again, three attempts at most, more while a site can't be reached."""

    family = Family.APPLICATION


class QualityError(ItemError):
    """Never retried; the MES opens a deviation and a quality hold."""

    family = Family.QUALITY


@dataclass(frozen=True)
class Failure:
    """A failure as read back from a message."""

    family: Family
    code: str
    message: str


_MESSAGE = re.compile(r"^(?:\w+: )?(BUSINESS|APPLICATION|QUALITY)(?: ([A-Z][A-Z0-9_]*))?: (.*)$", re.DOTALL)
_SYNTAX = re.compile(
    r"^(Multiple errors:\s+- )?(FOR loop|WHILE loop|IF|ELSE IF|ELSE|TRY|EXCEPT|FINALLY|END|VAR|GROUP) "
    r"(loop|branch|is|has|must|can|cannot|requires|accepts|not)\b"
)
"""How Robot Framework words what it can't read of a task."""
_CODES = {
    "TimeoutExceeded": "TIMED_OUT",
    "Execution terminated by signal": "INTERRUPTED",
    "No keyword with name": "SUITE_BROKEN",
    "Multiple keywords with name": "SUITE_BROKEN",
    "Invalid task setting": "SUITE_BROKEN",
    "Setup failed": "SET_UP_FAILED",
}
_NEVER_PASSES = ("SUITE_BROKEN",)
"""Codes of what a second attempt can't mend: a person has to."""


def parse_failure(message: str) -> Failure:
    """Read family, code and sentence from the message of a failed task.

    Args:
        message: The task's message as Robot Framework gives it.

    Returns:
        The failure; APPLICATION with a general code when the message names no family.
    """
    found = _MESSAGE.match(message.strip())
    if found:
        return Failure(Family(found[1]), found[2] or "UNNAMED", first_sentence(found[3]))
    if "ModuleNotFoundError" in message and (hint := install_hint(message)):
        return Failure(Family.BUSINESS, "NOT_INSTALLED", hint)
    code = next((name for start, name in _CODES.items() if start in message), "UNEXPECTED")
    if code == "INTERRUPTED":
        return Failure(Family.APPLICATION, code, "The worker was stopped while the item ran; it is tried again.")
    if _SYNTAX.match(message):
        code = "SUITE_BROKEN"
    if re.match(r"(Task|Test|Keyword) timeout .* exceeded", message):
        code = "TIMED_OUT"
    family = Family.BUSINESS if code in _NEVER_PASSES else Family.APPLICATION
    return Failure(family, code, first_sentence(message) or "The task failed without a message.")


def first_sentence(text: str) -> str:
    """The first non-empty line of a message, at most 400 characters: what a person reads first."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines[1:] and lines[0] == "Multiple errors:":
        return " ".join(line.removeprefix("- ") for line in lines[1:])[:400]
    if lines[1:] and lines[0].endswith("Did you mean:"):
        return f"{lines[0]} {', '.join(lines[1:4])}?"[:400]
    return lines[0][:400] if lines else ""
