"""Put files back into a form that the browser hands over without them.

A browser that lets its requests be intercepted shows the body of an upload with the files left out: each part has its
name and type and no content. What was attached by path is known, so the body can be made whole again.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from keywords.failures import BusinessError

_BOUNDARY = re.compile(r'multipart/form-data;.*boundary="?([^";,]+)"?', re.IGNORECASE)
_FILE_NAME = re.compile(rb'filename="([^"]*)"')


def whole_body(content_type: str, body: bytes, attached: Mapping[str, Path]) -> bytes:
    """The body of a form with the content of its files.

    Args:
        content_type: Header of the request.
        body: As the browser shows it.
        attached: Path by file name.

    Raises:
        BusinessError: A file was attached in another way than through the page object.
    """
    boundary = _BOUNDARY.match(content_type)
    if boundary is None:
        return body
    mark = b"--" + boundary[1].encode()
    parts = body.split(mark)
    return mark.join(_whole_part(part, attached) for part in parts)


def _whole_part(part: bytes, attached: Mapping[str, Path]) -> bytes:
    head, gap, content = part.partition(b"\r\n\r\n")
    name = _FILE_NAME.search(head)
    if not gap or name is None or not name[1] or content != b"\r\n":
        return part
    path = attached.get(name[1].decode("utf-8", "replace"))
    if path is None:
        raise BusinessError(
            "UPLOAD_NOT_KNOWN",
            f"The form carries the file '{name[1].decode('utf-8', 'replace')}', which was not attached by a keyword;"
            " nothing was sent. Attach files through the page object.",
        )
    return head + gap + path.read_bytes() + content
