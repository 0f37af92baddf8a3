"""A lot distribution report as Structured Product Labeling: the message in which it travels (21 CFR 600.81).

The shape is that of the published schema. Code systems and codes are those of the agency's implementation guide as far
as is generally known; they are to be verified against the guide that is in force before a first submission.
"""

import uuid
from datetime import date, datetime
from typing import Any

import lxml.etree as etree

from mes_core.filing import calendars
from mes_core.messages.filing import DraftView

_AGENCY = calendars.AUTHORITIES["FDA"].zone
_NS = "urn:hl7-org:v3"
_DUNS, _NDC, _UNII, _LOINC = (
    "1.3.6.1.4.1.519.1",
    "2.16.840.1.113883.6.69",
    "2.16.840.1.113883.4.9",
    "2.16.840.1.113883.6.1",
)
_NCI = "2.16.840.1.113883.3.26.1.1"
_BATCHWRIGHT = uuid.UUID("6f5c1a4e-6a43-5a0e-9d1b-0e3d0f1f7c11")
_DISTRIBUTED = "C106325"


def lot_distribution(draft: DraftView) -> bytes:
    """The report as XML; the same draft gives the same bytes.

    Args:
        draft: a draft of the form `lot_distribution`; open fields are left out.
    """
    said = {one.name: one.value or "" for one in draft.fields}
    root = etree.Element(f"{{{_NS}}}document", nsmap={None: _NS})
    _add(root, "id", root=str(uuid.uuid5(_BATCHWRIGHT, draft.content_hash)))
    _add(root, "code", code="66105-8", codeSystem=_LOINC, displayName="Lot distribution data")
    _add(root, "title").text = f"{said['product']}: lots distributed {said['begins']} to {said['ends']}"
    _add(root, "effectiveTime", value=_day(draft.drafted_at.isoformat()))
    _add(root, "setId", root=str(uuid.uuid5(_BATCHWRIGHT, draft.filing_id)))
    _add(root, "versionNumber", value=str(draft.number))
    organization = _path(_add(root, "author"), "assignedEntity", "representedOrganization")
    _add(organization, "id", root=_DUNS, extension=said["duns"])
    _add(organization, "name").text = said["establishment_name"]
    section = _path(_add(root, "component"), "structuredBody", "component", "section")
    _add(section, "id", root=str(uuid.uuid5(_BATCHWRIGHT, f"{draft.content_hash}/section")))
    _add(section, "code", code="48780-1", codeSystem=_LOINC, displayName="SPL product data elements section")
    counts = f"Units distributed: {said['distributed']}. Units returned: {said['returned']}."
    paragraph = _add(_add(section, "text"), "paragraph")
    paragraph.text = f"{counts} Doses in a unit: {said['doses_per_unit']}."
    period = _add(section, "effectiveTime")
    _add(period, "low", value=_day(said["begins"]))
    _add(period, "high", value=_day(said["ends"]))
    _product(_path(_add(section, "subject"), "manufacturedProduct"), said, draft)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _product(outer: Any, said: dict[str, str], draft: DraftView) -> None:
    product = _add(outer, "manufacturedProduct")
    _add(product, "code", code=said["ndc"], codeSystem=_NDC)
    _add(product, "name").text = said["product"]
    ingredient = _add(product, "ingredient", classCode="ACTIB")
    substance = _add(ingredient, "ingredientSubstance")
    _add(substance, "code", code=said["unii"], codeSystem=_UNII)
    _add(substance, "name").text = said["ingredient"]
    content = _add(product, "asContent")
    quantity = _add(content, "quantity")
    _add(quantity, "numerator", value=said["container_quantity"], unit=said["container_unit"])
    _add(quantity, "denominator", value="1", unit="1")
    _path(content, "containerPackagedProduct")
    lots = next(one for one in draft.tables if one.name == "Lots")
    for row in lots.rows:
        _lot(product, dict(zip(lots.columns, row, strict=True)))
    approval = _path(_add(outer, "subjectOf"), "approval")
    _add(approval, "id", root="2.16.840.1.113883.3.150", extension=said["stn"])


def _lot(product: Any, lot: dict[str, str]) -> None:
    instance = _path(_add(product, "instanceOfKind"), "productInstance")
    _add(instance, "id", root=_NDC, extension=lot["Fill lot"])
    if lot["Expiry"]:
        _add(_add(instance, "expirationTime"), "high", value=_day(lot["Expiry"]))
    bulk = _path(_add(instance, "ingredient"), "ingredientProductInstance")
    _add(bulk, "id", root=_NDC, extension=lot["Bulk lot"])
    member = _add(instance, "member")
    _add(_add(member, "memberProductInstance"), "id", root=_NDC, extension=lot["Label lot"])
    subject = _add(member, "subjectOf")
    _add(subject, "quantity", value=lot["Units"], unit="1")
    event = _add(subject, "productEvent")
    _add(event, "code", code=_DISTRIBUTED, codeSystem=_NCI, displayName="Distributed per reporting interval")
    if lot["First distribution"]:
        _add(_add(event, "effectiveTime"), "low", value=_day(lot["First distribution"]))


def _day(text: str) -> str:
    """A day as the message writes it; of a moment, the day that it is at the agency, as in the report's own period."""
    day = calendars.day_in(datetime.fromisoformat(text), _AGENCY) if "T" in text else date.fromisoformat(text[:10])
    return f"{day:%Y%m%d}"


def _add(place: Any, name: str, **attributes: str) -> Any:
    return etree.SubElement(place, f"{{{_NS}}}{name}", attributes)


def _path(place: Any, *names: str) -> Any:
    for name in names:
        place = _add(place, name)
    return place
