"""Small tools that lie in every page of a bot's browser: what a person sees of it, and whether it is still busy.

They are installed before a page's own scripts run (`window.__batchwright`), so that one call reads a whole table and
says at once whether that can be believed. They read and never change what a page shows.
"""

import json
from functools import cache
from pathlib import Path

_PARTS = ("quiet", "shown", "cells", "drawn", "tables", "total", "fields", "said", "words", "identity")


@cache
def page_tools(notes: tuple[tuple[str, str, tuple[str, ...]], ...] = ()) -> str:
    """The script that installs the tools, once in each document.

    Args:
        notes: Method, path and hosts (scheme, host and port), with `*`, of requests that are no data: a page that
            sends them is quiet all the same.
    """
    folder = Path(__file__).parent
    parts = "\n".join((folder / f"{name}.js").read_text("utf-8") for name in _PARTS)
    return (
        f"(() => {{\nif (window.__batchwright) return;\nconst tools = {{}}, NOTES = {json.dumps(notes)};\n"
        f"{parts}\n"
        'Object.defineProperty(window, "__batchwright", { value: Object.freeze(tools) });\n})();'
    )
