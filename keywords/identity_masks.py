"""What of a page is covered in a picture, so that nobody sees in it who the patient is, in whichever frame or root."""

from playwright.sync_api import Error, Frame, Locator, Page

WHOLE = "html"
_ASK = "identity => window.__batchwright ? window.__batchwright.identities(identity) : null"


def masks(page: Page, identity: str) -> list[Locator]:
    """What to cover before a picture is taken.

    Elements that the selector finds are covered wherever they are drawn: in the page, in its frames, in open shadow
    roots. A closed shadow root can't be looked into, so its element is covered; a frame that can't be asked is covered
    whole. A mask costs as much as the picture itself, so one is laid only where there is something to cover.

    Args:
        page: The page as it is now.
        identity: CSS selector of elements that show who the patient is.

    Raises:
        Error: The page itself can't be asked.
    """
    return [one for frame in page.frames for one in _in_frame(frame, identity)]


def _in_frame(frame: Frame, identity: str) -> list[Locator]:
    if frame.is_detached():
        return []
    try:
        found = frame.evaluate(_ASK, identity)
        if found is None:  # a document without our tools, as a browser makes them of its own
            found = {"seen": frame.locator(identity).count(), "closed": []}
    except Error:
        if frame.parent_frame is None:
            raise
        return _cover(frame)
    covered = [frame.locator(identity)] if found["seen"] else []
    return covered + [frame.locator(path or WHOLE) for path in found["closed"]]


def _cover(frame: Frame) -> list[Locator]:
    """The element that draws a frame, where that is still there."""
    try:
        name = frame.frame_element().evaluate(
            "one => [...one.getRootNode().querySelectorAll(one.tagName)].indexOf(one)"
        )
        tag = str(frame.frame_element().evaluate("one => one.tagName")).lower()
    except Error:
        return []
    outer = frame.parent_frame
    return [outer.locator(tag).nth(int(name))] if outer is not None else []
