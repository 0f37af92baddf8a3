"""The browser's own dialogs: questions that the locators expect are answered, every other is"
" declined and remembered."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from playwright.sync_api import Dialog, Page

from keywords.sites.words.login import DialogWords


@dataclass
class Dialogs:
    """What a page asked by `alert()`, `confirm()` or `prompt()`.

    Attributes:
        said: kind and text of each that was not expected.
        expected: questions and their answers.
    """

    said: list[tuple[str, str]] = field(default_factory=list)
    expected: Sequence[DialogWords] = ()

    def watch(self, page: Page) -> None:
        """Answer the dialogs of a page, and of the windows that it opens."""
        page.on("dialog", self._answer)
        page.on("popup", self.watch)

    def _answer(self, dialog: Dialog) -> None:
        if dialog.type == "beforeunload":
            dialog.accept()  # it is the bot that leaves the page
            return
        words = next((one for one in self.expected if one.text == " ".join(dialog.message.split())), None)
        if words is not None and dialog.type == "confirm":
            if words.answer:
                dialog.accept()
            else:
                dialog.dismiss()
            return
        self.said.append((dialog.type, " ".join(dialog.message.split())[:300]))
        if dialog.type == "alert":
            dialog.accept()
        else:
            dialog.dismiss()
