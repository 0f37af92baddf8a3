"""What the requests of a walk mean: told by when they left and what they carried, not by what they are called.

Whoever walks changes nothing before the form is sent: what leaves until then is what the page sends when somebody looks
at it, logs in or types. A request that also leaves otherwise than by sending the form is never taken for the change.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from keywords.failures import BusinessError
from keywords.gate import Hosts
from keywords.gate.bodies import Body
from keywords.gate.classes import words_for
from keywords.site_folders.learning.walk import Sent, Walk

_DRAFT = "Left while the form was filled in, with what was typed."
_SESSION = "Left when the page began, before anybody had logged in."
_READ = "Left when pages were looked at."
_NOTE = "Went to another host; it is dropped."
General = Callable[[str], str]


class Meanings:
    """The requests of one walk.

    Args:
        walk: The walk.
        key: The text that was typed into the field which carries our key.
        inside: How many things were done until one was logged in.
        general: Makes a path in which numbers, and what was typed, stand for any.
    """

    def __init__(self, walk: Walk, key: str, inside: int, general: General) -> None:
        self._walk, self._key, self._inside, self._general = walk, key, inside, general
        self._hosts = Hosts(walk.url)
        self.change = self._one_change()

    def words(self) -> dict[str, Any]:
        """What stands under `requests` in the locators.

        Raises:
            BusinessError: The change can't be told from what only looks.
        """
        others: dict[str, list[Sent]] = {}
        for one in self._walk.sent:
            if one is not self.change and not self._of_the_log_in(one):
                others.setdefault(self._sign(one), []).append(one)
        change = self._named(self.change)
        same = others.pop(self._sign(self.change), [])
        lines: dict[str, list[dict[str, Any]]] = {"session": [], "read": [], "note": [], "draft": []}
        if same:
            field, value = self._told_apart(same)
            change |= {"fields": {field: value}}
            for other in dict.fromkeys(str(at(one, field)) for one in same):
                lines["read"].append(self._named(self.change) | {"fields": {field: other}, "why": _READ})
        for several in others.values():
            kind, why = self._class_of(several)
            if kind:
                lines[kind].append(self._named(several[0]) | {"why": why})
        lines["read"] = _joined(lines["read"])
        change["key"] = self._place()
        return {name: found for name, found in lines.items() if found} | {"change": [change]}

    def unnamed(self) -> list[dict[str, Any]]:
        """What left together with the change and never otherwise: nobody knows whether it belongs to it."""
        found: dict[str, list[Sent]] = {}
        for one in self._walk.sent:
            if one is not self.change and not self._of_the_log_in(one):
                found.setdefault(self._sign(one), []).append(one)
        return [self._named(several[0]) for several in found.values() if not self._class_of(several)[0]]

    def _one_change(self) -> Sent:
        """The one request that carried our key and left in no other way than by a press."""
        carrying = [one for one in self._walk.sent if one.after > self._inside and self._carries(one)]
        otherwise = {
            self._sign(one) for one in self._walk.sent if not self._carries(one) or self._last_done(one) == "fill"
        }
        found = [one for one in carrying if self._sign(one) not in otherwise] or [
            one for one in carrying if self._last_done(one) == "press" and not self._hides(one)
        ]
        if len(found) != 1:
            raise BusinessError(
                "WALK_NO_CHANGE",
                f"{len(found)} requests carried '{self._key}' and one has to: type it into the field that carries our"
                " key, and send the form once.",
            )
        return found[0]

    def _hides(self, one: Sent) -> bool:
        """Whether a request says by itself what it calls, and that is called otherwise as well."""
        return bool({"rpc", "graphql", "operations"} & self._named(one).keys())

    def _carries(self, one: Sent) -> bool:
        key = self._key
        return any(way in one.body for way in {key, quote(key), quote_plus(key)})

    def _last_done(self, one: Sent) -> str:
        return self._walk.done[one.after - 1].what if one.after else ""

    def _of_the_log_in(self, one: Sent) -> bool:
        """Whether this is what sends user and password: the first that leaves once its button is pressed, or what came
        before it by a press."""
        if 0 < one.after < self._inside:
            return True
        first = next((sent for sent in self._walk.sent if sent.after == self._inside), None)
        return one is first

    def _named(self, one: Sent) -> dict[str, Any]:
        words = words_for(one.method, one.address or one.path, Body(one.kind, one.body.encode()), self._hosts)
        words["path"] = self._general(str(words["path"]))
        return dict(words)

    def _sign(self, one: Sent) -> str:
        return json.dumps(self._named(one), sort_keys=True)

    def _class_of(self, several: Sequence[Sent]) -> tuple[str, str]:
        """The class of requests that are alike, and why; empty where nothing tells it."""
        if "host" in self._named(several[0]):
            return "note", _NOTE
        if any(self._carries(one) and self._last_done(one) == "fill" for one in several):
            return "draft", _DRAFT
        if any(one.after == 0 for one in several):
            return "session", _SESSION
        if all(one.after == self.change.after for one in several):
            return "", ""
        pressed = [self._walk.done[one.after - 1].name for one in several if self._by_a_button(one)]
        if len(pressed) < len(several):
            return "read", _READ
        return "read", f"Left when {' and '.join(dict.fromkeys(pressed))} was pressed: see that it changes nothing."

    def _by_a_button(self, one: Sent) -> bool:
        return self._last_done(one) == "press" and one.after not in (self._inside, self.change.after)

    def _told_apart(self, same: Sequence[Sent]) -> tuple[str, str]:
        """A field of the body, and its value, by which the change differs from what only reads at the same address.

        Raises:
            BusinessError: There is none.
        """
        body = Body(self.change.kind, self.change.body.encode()).json
        typed = {one.value for one in self._walk.done}
        for name, value in body.items() if isinstance(body, dict) else ():
            if (
                isinstance(value, str)
                and value not in typed
                and all(at(one, name) not in (None, value) for one in same)
            ):
                return str(name), value
        raise BusinessError(
            "WALK_NO_CHANGE",
            f"What sends the form can't be told from what only reads at {self.change.method} {self.change.path}: write"
            " 'requests' by hand, with what differs under 'fields'.",
        )

    def _place(self) -> str:
        """Where our key stands in the change."""
        found = _paths(Body(self.change.kind, self.change.body.encode()).json, self._key)
        return f"json:{found[0]}" if len(found) == 1 else "any"


def at(one: Sent, name: str) -> Any:
    """The text under a name at the top of a JSON body; None where there is none."""
    body = Body(one.kind, one.body.encode()).json
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else None


def _paths(value: Any, wanted: str, here: str = "") -> list[str]:
    """Where a text stands in JSON."""
    if value == wanted:
        return [here] if here else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for name, one in inner for path in _paths(one, wanted, f"{here}.{name}" if here else str(name))]


def _joined(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines that differ in the JSON-RPC methods alone, as one."""
    made: dict[str, dict[str, Any]] = {}
    for line in lines:
        rest = json.dumps({name: one for name, one in line.items() if name != "rpc"}, sort_keys=True)
        if "rpc" in line and rest in made and "rpc" in made[rest]:
            made[rest]["rpc"] = list(dict.fromkeys([*made[rest]["rpc"], *line["rpc"]]))
        else:
            made[rest if "rpc" in line else json.dumps(line, sort_keys=True)] = dict(line)
    return list(made.values())
