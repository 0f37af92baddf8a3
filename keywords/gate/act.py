"""One act: the changes that it may send, how many of each, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Route

from keywords.gate.bodies import Body, carried
from keywords.gate.words import SAFE, ChangeWords, RequestWords


@dataclass
class Sent:
    """A change that left in an act.

    Attributes:
        method: its method.
        address: its address.
        digest: of its body; two that are equal say the same.
        words: those of the locators that allowed it; None where it was the one that carries our key.
        status: of its answer; None while none has come, 0 when none came.
        kind: media type of the answer.
        answer: the answer's body, at most 10 MB of it.
        waiting: equal requests of the page itself that wait for the same answer.
    """

    method: str
    address: str
    digest: str
    words: RequestWords | None = None
    status: int | None = None
    kind: str = ""
    answer: bytes = b""
    response: Any = None
    waiting: list[Route] = field(default_factory=list)

    def equals(self, method: str, address: str, digest: str) -> bool:
        """Whether another request is this one once more."""
        return (self.method, self.address, self.digest) == (method, address, digest)


@dataclass
class Act:
    """What one act may send.

    Attributes:
        key: our business key, which the change carries.
        allowed: changes that it takes; empty for one request that carries our key.
        most: how many requests it takes where `allowed` is empty.
        key_needed: whether that request has to carry our key; a form in pages says it on an earlier one.
        sent: what has left.
        closed: whether something unknown came before anything had left, so that nothing leaves any more.
    """

    key: str = ""
    allowed: Sequence[ChangeWords] = ()
    most: int = 1
    key_needed: bool = True
    sent: list[Sent] = field(default_factory=list)
    closed: bool = False

    def twin_of(self, method: str, address: str, digest: str) -> Sent | None:
        """The equal request that left before, unless its answer was that nobody is logged in."""
        equal = [one for one in self.sent if one.equals(method, address, digest)]
        return equal[-1] if equal and equal[-1].status != 401 else None

    def why_not(self, words: RequestWords | None, method: str, address: str, body: Body, *, declared: bool) -> str:
        """Why a change is none of this act, in words that follow its name; empty where it is one.

        Args:
            words: Those of the locators that name it; None where none do.
            method: Its method.
            address: Its address.
            body: Its body.
            declared: Whether the locators name the site's changes, so that no other is one.
        """
        if self.closed:
            return "came after a request that nobody knows"
        if self.allowed:
            if not isinstance(words, ChangeWords) or words not in self.allowed:
                return "is none of the changes that this form sends ('sends' in the locators)"
            if not carried(self.key, words.key, address, body):
                return f"does not carry our key '{self.key}' where the locators say ({words.key})"
            if self._count(words) >= words.times:
                return f"is one more than the {words.times} that one effect takes"
            return ""
        if isinstance(words, ChangeWords):
            if not carried(self.key, words.key, address, body):
                return f"does not carry our key '{self.key}' where the locators say ({words.key})"
            return (
                "" if self._count(words) < words.times else f"is one more than the {words.times} that one effect takes"
            )
        if declared:
            return "is none of the changes that the locators name"
        if self.key_needed and method not in SAFE and not carried(self.key, "any", address, body):
            return f"does not carry our key '{self.key}'"
        return "" if len(self._left()) < self.most else f"is one more than the {self.most} that one effect takes"

    def _left(self) -> list[Sent]:
        return [one for one in self.sent if one.status != 401]

    def _count(self, words: RequestWords) -> int:
        return sum(one.words == words for one in self._left())
