"""Words of a way through a page: what is pressed and filled in one after the other, and in which part of the page."""

from pydantic import model_validator

from keywords.sites.words.base import Words

DIALOG = "dialog"
"""The place that is the topmost open dialog."""


class FlowWords(Words):
    """One step of a way: press a button, link or tab; choose the row in which one cell shows a text; fill fields (our
    names); or see a text.

    `within` is the part of the page where it is done: a label, a selector, or `dialog` for the topmost one.
    """

    press: str = ""
    row: str = ""
    fill: tuple[str, ...] = ()
    expect: str = ""
    within: str = ""

    @model_validator(mode="after")
    def _one_thing(self) -> "FlowWords":
        if sum(map(bool, (self.press, self.row, self.fill, self.expect))) != 1:
            raise ValueError("a step of a flow says one of 'press', 'row', 'fill' and 'expect'")
        return self
