"""Records of qualification: a JSON document and a PDF of it, each named by its hash in the audit trail."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fpdf import FPDF

from batchwright.support.errors import Refused
from batchwright.validation.model import Chapter, Row
from batchwright.validation.print_layout import Layout
from batchwright.validation.write_pdf import draw_page, measure_of, text_at


def document(kind: str, commit: str, made_at: datetime, about: dict[str, Any], rows: Sequence[Any]) -> bytes:
    """A record as JSON: what it is, about which commit, when, and its lines."""
    said = {"format": "batchwright-qualification/1", "kind": kind, "commit": commit, "made_at": made_at.isoformat()}
    lines = [vars(one) if hasattr(one, "__dict__") else one for one in rows]
    return (json.dumps({**said, **about, "lines": lines}, indent=1, sort_keys=True, default=str) + "\n").encode()


def sha256(content: bytes) -> str:
    """Its hash, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def pages(title: str, made_at: datetime, said: Sequence[str], chapters: Sequence[Chapter], digest: str = "") -> bytes:
    """A record as pages, with room for signatures at the end."""
    paper = FPDF(orientation="landscape", format="A4")
    paper.set_creation_date(made_at)
    paper.set_title(title)
    paper.set_auto_page_break(False)
    layout = Layout(measure_of(paper), 0)
    last = Row(("Performed by", "", ""), ("file:docs/validation.md",))
    signs = Chapter(
        "signatures",
        "Signatures",
        (),
        ("Role", "Name and signature", "Date and meaning"),
        (20, 50, 30),
        (last, Row(("Reviewed by", "", ""), last.leads_to), Row(("Approved by", "", ""), last.leads_to)),
    )
    for number, chapter in enumerate((*chapters, signs), start=1):
        layout.chapter(chapter, number)
    for number, page in enumerate(layout.pages, start=1):
        paper.add_page()
        draw_page(paper, page, layout, {})
        text_at(
            paper,
            12,
            203,
            f"{title}, {made_at:%Y-%m-%d %H:%M} UTC" + (f", SHA-256 of the record {digest}" if digest else ""),
            7,
            quiet=True,
        )
        text_at(paper, 261, 203, f"page {number} of {len(layout.pages)}", 7, quiet=True)
        if number == 1:
            for place, line in enumerate(said):
                text_at(paper, 150, 16 + place * 4, line, 7.5, quiet=True)
    return bytes(paper.output())


def write(path: Path, content: bytes) -> None:
    """Write a file, its folder made where it is not there.

    Raises:
        Refused: It can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise Refused(f"{path} can't be written ({error.strerror}): choose another folder.") from None


def read(path: Path) -> dict[str, Any]:
    """A record that was written before.

    Raises:
        Refused: It can't be read or is no record.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != "batchwright-qualification/1":
            raise ValueError(said["format"])
    except OSError as error:
        raise Refused(f"{path} can't be read ({error.strerror}): check the path.") from None
    except (ValueError, KeyError, TypeError):
        raise Refused(f"{path} is no record of qualification: give one that 'batchwright validation' wrote.") from None
    return dict(said)
