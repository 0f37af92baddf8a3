"""Pictures of a page in which nobody sees who the patient is, in whichever frame or root the page draws it."""

from typing import Any

from playwright.sync_api import Error, Frame, Locator, Page

WHOLE = ":root"
TRIES = 3
"""So often a picture is taken of a page that goes on changing who it shows."""
_COVER = "identity => window.__batchwright ? window.__batchwright.cover(identity) : null"
_UNCOVER = "identity => window.__batchwright ? window.__batchwright.uncover(identity) : null"
_PLAIN = "() => document.querySelectorAll('*').length"
_SAME = ("name", "seen", "valid", "closed")


class NoPictureError(Exception):
    """There is no picture of which it is sure that it shows nobody; its text says why."""


def take(page: Page, identity: str, colour: str, *, whole: bool = False) -> bytes:
    """A picture of a page without who the patient is.

    What the selector finds is made invisible with all that it draws, also beyond its own box, in the page, its frames
    and its shadow roots; a mask marks the place. What can't be looked into is covered: the element of a closed root,
    a frame that can't be asked or goes on loading, and the whole page where there are roots that nobody knows of (by
    HTML alone) or the selector is none. Asked again after the picture, the page must say the same.

    Args:
        page: The page as it is now.
        identity: CSS selector of elements that show who the patient is.
        colour: of the masks.
        whole: The whole page instead of what fits the window.

    Returns:
        PNG.

    Raises:
        NoPictureError: The page doesn't stay long enough as it is.
        Error: The page can't be asked or pictured.
    """
    restless: set[Frame] = set()
    for _ in range(TRIES):
        covered = _Covered(page, identity)
        masks = covered.masks(restless)
        failed: Error | None = None
        try:
            picture = page.screenshot(mask=masks, mask_color=colour, full_page=whole, timeout=5_000)
        except Error as error:  # as when a frame is left just now
            failed = error
        changed = covered.uncover() - restless
        if failed is not None and not changed:
            raise failed
        if not changed:
            return picture
        restless |= changed - {page.main_frame}
    raise NoPictureError("what it shows of the patient went on changing")


class _Covered:
    """What every frame of a page said when it was covered."""

    def __init__(self, page: Page, identity: str) -> None:
        self._page, self._identity = page, identity
        self.said = {frame: self._ask(frame, _COVER) for frame in page.frames if not frame.is_detached()}

    def masks(self, restless: set[Frame]) -> list[Locator]:
        """What to mark, and what to cover because it can't be looked into; each costs as much as the picture, so there
        is one only where it is needed."""
        if self._holds_unknown():
            return [self._page.locator(WHOLE)]
        return [
            one
            for frame, said in self.said.items()
            for one in (_place_of(frame) if said is None or frame in restless else self._in_frame(frame, said))
        ]

    def uncover(self) -> set[Frame]:
        """Let everything be seen again; the frames that did not say the same once more."""
        changed = {frame for frame in self._page.frames if frame not in self.said}
        for frame, before in self.said.items():
            after = self._ask(frame, _UNCOVER) if not frame.is_detached() else None
            if before is not None and (after is None or after.get("fresh") or _differ(before, after)):
                changed.add(frame)
        return changed

    def _ask(self, frame: Frame, how: str) -> dict[str, Any] | None:
        try:
            said: dict[str, Any] | None = frame.evaluate(how, self._identity)
            if said is None:  # a document without our tools, as a browser makes them of its own
                return {"seen": frame.locator(self._identity).count(), "elements": frame.evaluate(_PLAIN)}
            return said
        except Error:
            if frame.parent_frame is None:
                raise
            return None

    def _in_frame(self, frame: Frame, said: dict[str, Any]) -> list[Locator]:
        if "name" not in said and frame.parent_frame is None:  # a page without our tools: a mask is all there is
            return [frame.locator(self._identity)] if said["seen"] else []
        if "name" not in said or not said["html"]:  # no mask can be laid there
            return _place_of(frame) if said["seen"] or said.get("closed") else []
        if not said["valid"]:
            return [frame.locator(WHOLE)]
        covered = [frame.locator(self._identity)] if said["seen"] else []
        return covered + [frame.locator(path or WHOLE) for path in said["closed"]]

    def _holds_unknown(self) -> bool:
        """Whether there are elements that the tools can't see: roots that HTML alone has closed."""
        for _ in range(2):
            counted = sum(said["elements"] for said in self.said.values() if said is not None)
            if _elements(self._page) == counted:
                return False
            self.said = {frame: self._ask(frame, _COVER) for frame in self._page.frames if not frame.is_detached()}
        return True


def _elements(page: Page) -> int:
    """How many elements the browser itself counts, in open and closed roots, without those that it draws controls of.

    A search answers in a millisecond, where a document's whole tree takes more than a hundred.
    """
    found = 0
    targets: list[Page | Frame] = [page, *page.frames[1:]]
    for target in targets:
        try:
            session = page.context.new_cdp_session(target)
        except Error:
            if target is page:
                raise
            continue  # a frame in the page's own process, counted with it
        session.send("DOM.enable")
        found += session.send("DOM.performSearch", {"query": "<", "includeUserAgentShadowDOM": False})["resultCount"]
        session.detach()
    return found


def _differ(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return any(one.get(name) != other.get(name) for name in _SAME)


def _place_of(frame: Frame) -> list[Locator]:
    """What draws a frame in the one around it, where that is still there; all of that one where it can't be told."""
    outer = frame.parent_frame
    if outer is None:
        return []
    try:
        path = frame.frame_element().evaluate("one => window.__batchwright ? window.__batchwright.pathTo(one) : null")
        if not outer.evaluate("() => document.documentElement instanceof HTMLElement"):
            return _place_of(outer)
    except Error:
        return []
    return [outer.locator(path or WHOLE)]
