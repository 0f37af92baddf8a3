"""Web sockets: what comes in is heard freely; what a page sends is let out only where the locators know it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import WebSocketRoute

from keywords.failures import ItemError
from keywords.gate.bodies import Body
from keywords.gate.classes import Class, SiteRules
from keywords.gate.refusals import by_socket
from keywords.gate.words import NoteWords

SOCKET = "SOCKET"
Note = Callable[[Class, str, str, str], None]


def listen(socket: WebSocketRoute, rules: SiteRules | None, note: Note, blame: Callable[[ItemError], None]) -> None:
    """Connect a page's web socket so that it may listen.

    Args:
        socket: As the browser's route hands it over.
        rules: What is known of the site; without, and for another host, the socket is closed.
        note: Writes down what became of a message.
        blame: Takes the refusal of a message that nobody knows.
    """
    address = socket.url
    if rules is None or not rules.listens or not rules.hosts.ours(address):
        note(Class.UNKNOWN, SOCKET, address, "closed")
        socket.close()
        return
    server = socket.connect_to_server()
    note(Class.READ, SOCKET, address, "listening")

    def sends(message: str | bytes) -> None:
        raw = message.encode() if isinstance(message, str) else message
        try:
            kind, words = rules.classify(SOCKET, address, Body("application/json", raw))
        except ItemError as refusal:
            blame(refusal)
            return
        if kind in (Class.READ, Class.SESSION) or (isinstance(words, NoteWords) and words.let_through):
            note(kind, SOCKET, address, "message let go")
            server.send(message)
        elif kind is Class.NOTE:
            note(kind, SOCKET, address, "message dropped")
        else:
            note(kind, SOCKET, address, f"message held back on {urlsplit(address).path}")
            blame(by_socket(address, raw.decode("utf-8", "replace")))

    socket.on_message(sends)
