"""A way through a page that is more than one form of fields: tabs, lines in dialogs, rows that are chosen."""

import time
from collections.abc import Mapping, Sequence

from playwright.sync_api import ElementHandle, Frame

from keywords.failures import BusinessError
from keywords.sites.pages.fields import Entry, PageFields
from keywords.sites.words.flows import DIALOG, FlowWords
from keywords.sites.words.forms import FieldWords


class PageFlows(PageFields):
    """Follows the steps that the locators say."""

    def follow(
        self, flow: Sequence[FlowWords], fields: Mapping[str, FieldWords], values: Mapping[str, str], frame: Frame
    ) -> list[Entry]:
        """Go the way, each step once the page has come to rest after the one before.

        Args:
            flow: The steps.
            fields: Words of the fields by our names.
            values: What goes into them; a field without a value is left as it is.
            frame: Where it all stands.

        Returns:
            Everything that was filled in.

        Raises:
            BusinessError: Something isn't there or is there twice, or a field holds something else than was meant.
        """
        filled: list[tuple[str, list[Entry]]] = []
        try:
            for step in flow:
                self.rest(frame)
                self.work_in(step.within, frame)
                if step.fill:
                    given = [(fields[key], values[key]) for key in step.fill if key in values]
                    entries = [self.set_field(words, value, frame) for words, value in given]
                    self.unless_taken(entries, frame)
                    filled.append((step.within, entries))
                else:
                    self._take(step, frame)
            for within, entries in filled:
                if within != DIALOG:  # one that is closed was read back before it was
                    self.work_in(within, frame)
                    self.unless_taken(entries, frame)
        finally:
            self.tools("workIn", "", frame=frame)
        return [entry for _, entries in filled for entry in entries]

    def work_in(self, where: str, frame: Frame) -> None:
        """Look for fields and buttons in one part of the page only, once it is there; everywhere where none is named.

        Raises:
            BusinessError: There is no such part.
        """
        limit = time.monotonic() + self._access.timeout_s
        while not self.tools("workIn", where, frame=frame):
            if time.monotonic() > limit:
                raise self.missing("PLACE_MISSING", f"part '{where}' of the page", True, frame)
            self.page.wait_for_timeout(40)

    def _take(self, step: FlowWords, frame: Frame) -> None:
        if step.expect:
            self._until_said(step.expect, frame)
        elif step.row:
            cell = self._only("rowCells", "rowCell", step.row, f"row '{step.row}'", frame)
            self.pressed(cell.click, f"choose the row '{step.row}'", frame)
        else:
            button = self._only("pressables", "press", step.press, f"button '{step.press}'", frame)
            self.pressed(button.click, f"press '{step.press}'", frame)
        self.unless_held_back()

    def _until_said(self, text: str, frame: Frame) -> None:
        limit = time.monotonic() + self._access.timeout_s
        while not self.tools("saysHere", text, frame=frame):
            if time.monotonic() > limit:
                raise self.missing("TEXT_MISSING", f"text '{text}'", True, frame)
            self.page.wait_for_timeout(40)

    def _only(self, count: str, take: str, name: str, what: str, frame: Frame) -> ElementHandle:
        """The one thing of a name in the part of the page that is worked in; it may come a little later."""
        limit = time.monotonic() + self._access.timeout_s
        found = 0
        while time.monotonic() < limit:
            found = self.tools(count, name, frame=frame)
            if found == 1:
                handle = frame.evaluate_handle(f"name => window.__batchwright.{take}(name)", name).as_element()
                if handle is not None:
                    return handle
            if found > 1 and self.tools("quiet", frame=frame)["quiet"]:
                break
            self.page.wait_for_timeout(40)
        if found > 1:
            raise BusinessError(
                "STEP_NOT_ONE",
                f"{self._where()} shows {found} things that could be the {what}; say in the locators 'within' which"
                " part of the page it is meant; nothing was sent.",
            )
        raise self.missing("STEP_MISSING", what, True, frame)
