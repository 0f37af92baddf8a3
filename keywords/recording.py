"""A recording of what an item did in the browser, on request: Playwright's trace, and its frames as a film.

The trace is asked for without snapshots of pages, and of what it holds only the steps themselves are kept: what was
typed, read, answered by the site or shown in an error stays out, by an allow-list. Elements that show who the patient
is are black before the first frame is taken.
"""

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error
from robot.api import logger

FOLDER = "recording"
_KEPT = {
    "context-options": (
        "version",
        "type",
        "origin",
        "browserName",
        "platform",
        "wallTime",
        "monotonicTime",
        "sdkLanguage",
        "contextId",
    ),
    "before": ("type", "callId", "startTime", "class", "method", "pageId", "parentId", "title", "stepId"),
    "after": ("type", "callId", "endTime", "point"),
    "input": ("type", "callId", "point", "box"),
    "screencast-frame": ("type", "pageId", "file", "sha1", "width", "height", "timestamp", "frameSwapWallTime"),
}
"""Of each kind of event, what says nothing of a page's content; other kinds are left out."""
_WHERE = ("selector", "state")
_TYPED = ("value", "text", "key")
"""What was typed: the viewer says in a step's title that something was, and gets three dots for it."""
_WORDS = re.compile(r"""(["'])(?:(?!\1).)*\1""")
_COVER = """(() => {
  const sheet = new CSSStyleSheet();
  const black = 'filter: brightness(0) !important; background: #fff !important;';
  try { sheet.replaceSync(SELECTOR + ' {' + black + '}'); } catch (error) { }
  if (!sheet.cssRules.length) sheet.replaceSync('html {' + black + '}');
  const lay = root => { if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet); };
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    lay(root);
    return root;
  };
  lay(document);
  for (const moment of ['DOMContentLoaded', 'load']) window.addEventListener(moment, () => lay(document), true);
})();"""
"""Blackens elements on the page itself. A page can't forbid it by its policy, words and boxes stay where they are, and
where the selector is none of CSS everything is black."""
_FRAME_MS = (100, 3_000)
"""A frame of the film is shown as long as it stood, within these bounds."""


def begin(context: BrowserContext, identity: str) -> None:
    """Record all pages that a context will open.

    Args:
        context: A context without pages.
        identity: CSS selector of elements that show who the patient is.
    """
    if identity:
        context.add_init_script(_COVER.replace("SELECTOR", json.dumps(identity)))
    context.tracing.start(screenshots=True, snapshots=False, sources=False)


def keep(contexts: Mapping[str, BrowserContext], folder: Path) -> None:
    """End the recording of every context, and keep what may be kept of it; one that fails is told, and fails nothing.

    Args:
        contexts: By account; their pages are still open.
        folder: Of the evidence.
    """
    for number, context in enumerate(contexts.values(), 1):
        place = folder / FOLDER
        place.mkdir(exist_ok=True, mode=0o700)
        try:
            with tempfile.TemporaryDirectory() as temporary:  # what is not scrubbed yet never lies in the evidence
                whole = Path(temporary, "trace.zip")
                context.tracing.stop(path=whole)
                frames = _without_content(whole, place / f"trace-{number}.zip")
            _write_film(frames, place / f"film-{number}.webp")
        except (Error, OSError, ValueError, zipfile.BadZipFile) as error:
            logger.warn(f"No recording was kept: {str(error).splitlines()[0]}")


def _without_content(whole: Path, target: Path) -> list[tuple[float, bytes]]:
    """Write a trace of which only the steps are left; its frames with their times in milliseconds."""
    frames: list[tuple[float, bytes]] = []
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in sorted(source.namelist()):
            if not name.endswith(".trace"):
                continue
            events = [json.loads(line) for line in source.read(name).splitlines() if line]
            lines = [json.dumps(one) for event in events if (one := _scrubbed(event))]
            kept.writestr(name, "\n".join(lines) + "\n")
            kept.writestr(name.replace(".trace", ".network"), "")
            for event in events:
                picture = str(event.get("file") or f"resources/{event.get('sha1')}")  # newer and older drivers
                if event["type"] == "screencast-frame" and picture in source.namelist():
                    frames.append((float(event["timestamp"]), source.read(picture)))
                    if picture not in kept.namelist():
                        kept.writestr(picture, frames[-1][1])
    return sorted(frames)


def _scrubbed(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event without anything that stood on a page or was typed; empty where nothing of its kind is kept."""
    one = {name: event[name] for name in _KEPT.get(event["type"], ()) if name in event}
    if event["type"] == "before":
        given = event.get("params") or {}
        one["params"] = {name: given[name] for name in _WHERE if name in given}
        one["params"] |= {name: "..." for name in _TYPED if name in given}
        if "selector" in given:  # a place may be named by words of the page
            one["params"]["selector"] = _WORDS.sub(r"\1...\1", str(given["selector"]))
        if "url" in given:
            address = urlsplit(str(given["url"]))
            one["params"]["url"] = f"{address.scheme}://{address.netloc}{address.path}"
    if event["type"] == "context-options":
        one["options"] = {"viewport": (event.get("options") or {}).get("viewport")}
    if event["type"] == "after" and event.get("error"):
        one["error"] = {"name": "Error", "message": "the step failed: the attempt's log says how"}
    return one


def _write_film(frames: Iterable[tuple[float, bytes]], path: Path) -> None:
    """The frames one after the other, as a picture that moves, which any browser plays."""
    from PIL import Image  # only where something was recorded

    taken = list(frames)
    if not taken:
        return
    pictures = [Image.open(io.BytesIO(content)).convert("RGB") for _, content in taken]
    size = pictures[0].size
    same = [one if one.size == size else one.resize(size) for one in pictures]
    times = [time for time, _ in taken]
    shown = [min(max(int(later - time), _FRAME_MS[0]), _FRAME_MS[1]) for time, later in pairwise(times)]
    same[0].save(
        path, save_all=True, append_images=same[1:], duration=[*shown, _FRAME_MS[1]], quality=60, method=0, loop=1
    )
