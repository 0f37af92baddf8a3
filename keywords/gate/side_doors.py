"""What a browser sends past every interception, taken away from the pages; and web sockets, which may only listen."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, WebSocketRoute

SIDE_DOORS = """
    for (const moment of ["pagehide", "unload", "freeze"])
        addEventListener(moment, event => event.stopImmediatePropagation(), true);
    addEventListener("visibilitychange", event => {
        if (document.visibilityState === "hidden") event.stopImmediatePropagation();
    }, true);
    delete window.SharedWorker;
    delete window.fetchLater;
"""
"""Runs before every script of every frame. What a page sends while it is being left (`sendBeacon`, `keepalive`) is not
intercepted any more, so scripts are not told that it is; a shared worker belongs to no page that could be watched."""


def close_side_doors(context: BrowserContext, socket: Callable[[WebSocketRoute], None] | None = None) -> None:
    """Take away from the pages of a context what sends requests that no interception sees.

    Args:
        context: The context.
        socket: Decides about a web socket that a page opens; without, it is closed.
    """
    context.add_init_script(SIDE_DOORS)
    context.route_web_socket("**/*", socket or (lambda one: one.close()))
