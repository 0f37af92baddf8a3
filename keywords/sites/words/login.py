"""Words of the way in: the log-in page, its steps, and what says that one is in."""

from enum import StrEnum
from typing import Any

from pydantic import model_validator

from keywords.sites.words.base import Words


class What(StrEnum):
    """What is typed into a field of the log-in."""

    USER = "user"
    PASSWORD = "password"  # noqa: S105 - the name of a field
    CODE = "code"


class StepWords(Words):
    """One step of a log-in: fill a field (`{user}` in its label is the account), press a button, or see something;
    `when` is a text that has to be there, without which the step is left out."""

    fill: str = ""
    what: What | None = None
    press: str = ""
    expect: str = ""
    when: str = ""

    @model_validator(mode="after")
    def _one_thing(self) -> "StepWords":
        if sum(map(bool, (self.fill, self.press, self.expect))) != 1:
            raise ValueError("a step of a log-in says one of 'fill', 'press' and 'expect'")
        if bool(self.fill) != (self.what is not None):
            raise ValueError("a step that fills a field says 'what': user, password or code")
        return self


class LoginWords(Words):
    """The log-in page; `next` is the button between user and password where they are asked for one after the other.

    `steps` replaces `user`, `next`, `password` and `button` where that is not all. `hosts` are other hosts on which the
    log-in may type (`https://id.example`), `inside` a text or heading that only shows when one is logged in, `frame`
    the title of the frame that holds the log-in. `asks` is a text that shows where the log-in is asked for over any
    page, as a client of one page does whose address stays what it was; it needs `inside`. `basic` means that the
    server asks by HTTP itself.
    """

    path: str = ""
    user: str = ""
    password: str = ""
    button: str = ""
    next: str = ""
    steps: tuple[StepWords, ...] = ()
    hosts: tuple[str, ...] = ()
    inside: str = ""
    asks: str = ""
    frame: str = ""
    basic: bool = False

    @model_validator(mode="after")
    def _enough(self) -> "LoginWords":
        if not self.basic and not self.path:
            raise ValueError("a log-in needs the path of its page")
        if not self.basic and not self.steps and not (self.user and self.password and self.button):
            raise ValueError("a log-in needs 'user', 'password' and 'button', or 'steps'")
        if self.asks and not self.inside:
            raise ValueError("a log-in that 'asks' over any page needs 'inside', what shows once one is in")
        return self

    def as_steps(self) -> tuple[StepWords, ...]:
        """The log-in as steps, also where it is given in short."""
        if self.steps:
            return self.steps
        given: list[dict[str, Any]] = [{"fill": self.user, "what": What.USER}]
        given += [{"press": self.next}] if self.next else []
        given += [{"fill": self.password, "what": What.PASSWORD}, {"press": self.button}]
        return tuple(StepWords.model_validate(one) for one in given)


class NoticeWords(Words):
    """A notice that may lie over any page: name of its dialog, and the button that closes it."""

    dialog: str
    button: str


class DialogWords(Words):
    """The browser's own question (`confirm()`): its words, and the answer to it."""

    text: str
    answer: bool = True
