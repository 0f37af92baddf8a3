"""Put files back into a form that the browser hands over without them.

A browser that lets its requests be intercepted shows the body of an upload with the files left out: each part has its
name and type and no content. What was attached by path is known, so the body can be made whole again. A file belongs to
the field it was attached to: two of one name are two.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from keywords.failures import BusinessError

_BOUNDARY = re.compile(r'multipart/form-data;.*boundary="?([^";,]+)"?', re.IGNORECASE)
_FIELD_NAME = re.compile(rb'[; ]name="([^"]*)"')
_FILE_NAME = re.compile(rb'filename="([^"]*)"')


class Attached:
    """The files that the forms of an item carry, by field and file name."""

    def __init__(self) -> None:
        self._paths: dict[tuple[str, str], Path] = {}

    def add(self, path: Path, field: str = "", *, name: str = "") -> None:
        """Know a file; `field` is the name under which its form sends it, empty where that isn't known."""
        self._paths[field, name or path.name] = path

    def clear(self) -> None:
        """Forget them all."""
        self._paths.clear()

    def find(self, field: str, name: str) -> Path | None:
        """The file of a field.

        Raises:
            BusinessError: Several of this name were attached, and none to this field.
        """
        if (field, name) in self._paths:
            return self._paths[field, name]
        found = {path for (_, one), path in self._paths.items() if one == name}
        if len(found) > 1:
            raise BusinessError(
                "UPLOAD_NOT_ONE",
                f"The form sends '{name}' as '{field}', and several files of that name were attached to other fields;"
                " nothing was sent. Give the files different names.",
            )
        return next(iter(found), None)


def whole_body(content_type: str, body: bytes, attached: Attached | Mapping[str, Path]) -> bytes:
    """The body of a form with the content of its files.

    Args:
        content_type: Header of the request.
        body: As the browser shows it.
        attached: What was attached; or path by file name, where no field is known.

    Raises:
        BusinessError: A file was attached in another way than through the page object.
    """
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        return body
    if not isinstance(attached, Attached):
        by_name, attached = attached, Attached()
        for name, path in by_name.items():
            attached.add(path, name=name)
    mark = b"--" + boundary[1].encode()
    parts = body.split(mark)
    return mark.join(_whole_part(part, attached) for part in parts)


def _whole_part(part: bytes, attached: Attached) -> bytes:
    head, gap, content = part.partition(b"\r\n\r\n")
    name = _FILE_NAME.search(head)
    if not gap or name is None or not name[1] or content != b"\r\n":
        return part
    field = _FIELD_NAME.search(head)
    said = name[1].decode("utf-8", "replace")
    path = attached.find(_plain(field[1]) if field else "", said)
    if path is None:
        raise BusinessError(
            "UPLOAD_NOT_KNOWN",
            f"The form carries the file '{said}', which was not attached by a keyword; nothing was sent. Attach files"
            " through the page object.",
        )
    return head + gap + path.read_bytes() + content


def _plain(name: bytes) -> str:
    return name.decode("utf-8", "replace").replace("%22", '"')
