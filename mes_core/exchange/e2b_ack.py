"""Acknowledgements of safety reports in the electronic form (E2B(R3), HL7 MCCI_IN200101UV01), read."""

import re
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from mes_core.exchange import xml
from mes_core.exchange.errors import ImportRefused
from mes_core.messages.bounds import place_of
from mes_core.messages.filing import CaseAnswer

_NS = {"h": "urn:hl7-org:v3"}
_ROOT = "{urn:hl7-org:v3}MCCI_IN200101UV01"
_ACCEPTED, _REJECTED = "CA", frozenset({"CR", "CE"})
_TIME = re.compile(r"(\d{14})(?:\.\d+)?([+-]\d{4})?")


def read(content: bytes) -> tuple[CaseAnswer, ...]:
    """What an acknowledgement says of each report.

    Args:
        content: the file.

    Raises:
        ImportRefused: it is no acknowledgement, says of no report, or has no time or code that can be read.
    """
    root = xml.parse(content, "The acknowledgement")
    if root.tag != _ROOT:
        raise ImportRefused("This is no acknowledgement of safety reports (MCCI_IN200101UV01): give the agency's file.")
    at = _time(_one(root, "h:creationTime/@value"))
    found = tuple(_case(message, at) for message in root.findall("h:MCCI_IN000002UV01", _NS))
    if not found:
        raise ImportRefused("The acknowledgement says nothing of a single report: look at it with the agency.")
    return found


def _case(message: Any, at: datetime) -> CaseAnswer:
    number = _one(message, "h:acknowledgement/h:targetMessage/h:id/@extension")
    code = _one(message, "h:acknowledgement/@typeCode")
    if code != _ACCEPTED and code not in _REJECTED:
        raise ImportRefused(
            f"The acknowledgement of {number[:40]} has the code {code[:40]!r}, which is none of its form."
        )
    # The whole of each text: comments part nothing, and a word that is set off ("is <b>not</b> valid") belongs to it.
    texts = message.xpath("h:acknowledgement/h:acknowledgementDetail/h:text", namespaces=_NS)
    reasons = " ".join(" ".join(str(one.xpath("string()")) for one in texts).split())[:2000]
    if code in _REJECTED and not reasons:
        reasons = "Rejected without a reason in the acknowledgement."
    try:
        return CaseAnswer(message=number, accepted=code == _ACCEPTED, reasons=reasons, at=at)
    except ValidationError as error:
        first = error.errors()[0]
        raise ImportRefused(
            f"The acknowledgement of {number[:40]} can't be taken ({place_of(first)}: {first['msg']}): ask the agency."
        ) from None


def _one(place: Any, path: str) -> str:
    found = place.xpath(path, namespaces=_NS)
    if len(found) != 1 or not str(found[0]).strip():
        raise ImportRefused(f"The acknowledgement lacks {path.replace('h:', '')}: ask the agency for it again.")
    return str(found[0]).strip()


def _time(text: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ImportRefused(f"The acknowledgement has no time that can be read ({text[:40]!r}): ask for it again.")
    digits, offset = match.groups()
    if offset is None:  # it could be half a day later than it looks, and make a late answer punctual
        raise ImportRefused(
            f"The acknowledgement does not say in which time zone it was made ({text[:40]!r}): ask for it again."
        )
    try:
        said = datetime.strptime(digits + offset, "%Y%m%d%H%M%S%z")
    except ValueError:
        raise ImportRefused(
            f"The acknowledgement has no time that can be read ({text[:40]!r}): ask for it again."
        ) from None
    return said.astimezone(UTC)
