"""What the barcodes of a label say: each page is drawn as it would be printed, and read as a scanner would."""

import pypdfium2
import zxingcpp

from keywords.failures import BusinessError

_DOTS_PER_INCH = 300
_POINTS_PER_INCH = 72
_MOST_PAGES = 10
_MOST_POINTS = 2400
"""Longer or wider than this, a page is no label."""


def read_label(content: bytes, what: str) -> tuple[str, ...]:
    """Texts of all barcodes of a label, each once, in the order of its pages.

    Args:
        content: The label as PDF.
        what: What to call it in a sentence.

    Raises:
        BusinessError: It is no PDF, has too many or too large pages, or has no barcode that can be read.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError:
        raise _unreadable(what, "it is no PDF that can be opened") from None
    try:
        if not 0 < len(document) <= _MOST_PAGES:
            raise _unreadable(what, f"it has {len(document)} pages")
        texts: dict[str, None] = {}
        for page in document:
            if max(page.get_size()) > _MOST_POINTS:
                raise _unreadable(what, "a page of it is larger than any label")
            drawn = page.render(scale=_DOTS_PER_INCH / _POINTS_PER_INCH, grayscale=True).to_pil()
            texts |= dict.fromkeys(found.text for found in zxingcpp.read_barcodes(drawn) if found.valid)
    except pypdfium2.PdfiumError:
        raise _unreadable(what, "a page of it is damaged") from None
    finally:
        document.close()
    if not texts:
        raise _unreadable(what, "no barcode on it can be read")
    return tuple(texts)


def _unreadable(what: str, why: str) -> BusinessError:
    return BusinessError(
        "LABEL_NOT_READ", f"{what} can't be checked ({why}): look at it in the evidence, and call the courier."
    )
