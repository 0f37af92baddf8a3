"""XML from elsewhere, read so that a file can neither fetch anything nor grow in memory."""

from pathlib import Path
from typing import Any

import lxml.etree as etree

from mes_core.exchange.errors import ImportRefused

MOST_BYTES = 50_000_000


def read(path: Path) -> Any:
    """The root element of a file.

    Raises:
        ImportRefused: it can't be read, is too large, is no well-formed XML, or declares a document type: entities are
            how a small file becomes a large one, or reads other files.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ImportRefused(f"{path} is larger than {MOST_BYTES // 1_000_000} MB: send one batch per file.")
        content = path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path} can't be read ({error.strerror}): check the path.") from None
    return parse(content, str(path))


def parse(content: bytes, name: str) -> Any:
    """The root element of a document.

    Raises:
        ImportRefused: see `read`.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ImportRefused(f"{name} is no well-formed XML ({error.msg}): export it again.") from None
    if root.getroottree().docinfo.doctype:
        raise ImportRefused(f"{name} declares a document type, which is refused: export it without a DOCTYPE.")
    return root


def children(element: Any, name: str) -> list[Any]:
    """The elements in an element; comments and processing instructions are none.

    Raises:
        ImportRefused: a text stands between them.
    """
    stray = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    if stray:
        raise ImportRefused(
            f"{name}, line {element.sourceline}: the text {stray[:40]!r} stands between the elements of"
            f" {element.tag.rpartition('}')[2]!r}; leave it out."
        )
    return [child for child in element if isinstance(child.tag, str)]


def text_of(element: Any, name: str) -> str:
    """The whole text of an element: comments and processing instructions in it part nothing.

    Raises:
        ImportRefused: elements stand in the text.
    """
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            raise ImportRefused(
                f"{name}, line {child.sourceline}: {child.tag.rpartition('}')[2]!r} stands where"
                f" {element.tag.rpartition('}')[2]!r} takes a text."
            )
        parts.append(child.tail or "")
    return "".join(parts)
