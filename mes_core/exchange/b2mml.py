"""B2MML BatchProductionRecord: a batch record out, and in again with nothing lost.

What the schema has a place for stands there; the rest of an item stands in its event as user attributes.
The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International; schemas of version 7.1.
"""

from typing import Any

import lxml.etree as etree

from mes_core.exchange.b2mml_places import HEAD, KINDS, NAMESPACE, NIL
from mes_core.exchange.b2mml_places import name_of as _name
from mes_core.exchange.b2mml_reading import read
from mes_core.messages import BatchRecord

__all__ = ["NotExportable", "export", "read"]
_SPACES = {None: NAMESPACE, "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_ORDER = (
    "EntryID",
    "ObjectType",
    "TimeStamp",
    "Description",
    "EventType",
    "EventSubType",
    "EquipmentID",
    "Value",
    "MessageText",
    "PersonID",
    "ProceduralElementReference",
    "UserAttribute",
)


class NotExportable(ValueError):  # noqa: N818 - it says what happened, like ImportRefused
    """The record holds a character that XML can't hold; the message says so to a person."""


def export(record: BatchRecord) -> bytes:
    """The record as a document; the same record gives the same bytes.

    Raises:
        NotExportable: a text holds a control character.
    """
    document = record.model_dump(mode="json")
    root = etree.Element(_name("BatchProductionRecord"), nsmap=_SPACES)
    try:
        _head(root, document)
        events = _add(root, "Events")
        taken = {"batch_id", *HEAD.values(), *KINDS}
        _event(events, "head", 1, {name: value for name, value in document.items() if name not in taken})
        for kind in KINDS:
            for number, item in enumerate(document.get(kind, ()), start=1):
                _event(events, kind, number, item)
    except ValueError as error:
        raise NotExportable(f"Batch {record.batch_id} can't be written as XML: {error}; correct that value.") from None
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _head(root: Any, document: dict[str, Any]) -> None:
    for name in ("ID", "EntryID"):
        _add(root, name, document["batch_id"])
    _add(root, "ObjectType", "Batch Production Record")
    _add(root, "BatchID", document["batch_id"])
    for name in ("BatchProductionRecordSpec", "ExpirationDate", "LotID", "MaterialDefinitionID", "Version"):
        if document[HEAD[name]] is not None:
            _add(root, name, document[HEAD[name]])


def _event(events: Any, kind: str, number: int, item: dict[str, Any]) -> None:
    event_type, subtype, places = KINDS[kind]
    event = _add(events, "Event")
    said = {"EntryID": f"{kind}-{number}", "ObjectType": "Event", "EventType": event_type, "EventSubType": subtype}
    rest = {name: value for name, value in item.items() if name not in places.values()}
    unit = rest.pop("unit", None) if "Value" in places else None
    for element in _ORDER:
        if element in said:
            _add(event, element, said[element])
        elif element == "Value" and "Value" in places:
            _value(event, item[places["Value"]], unit)
        elif element == "UserAttribute":
            for name, value in rest.items():
                _attribute(event, name, value)
        elif element in places:
            for one in _texts(item[places[element]]):
                _add(event, element, one)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _value(parent: Any, value: Any, unit: str | None) -> None:
    holder = _add(parent, "Value")
    text = _add(holder, "ValueString", None if value is None else _written(value))
    if value is None:
        text.set(NIL, "true")
    _add(holder, "DataType", "Numeric" if isinstance(value, int | float) else "Text")
    if unit is not None:
        _add(holder, "UnitOfMeasure", unit)


def _attribute(event: Any, name: str, value: Any) -> None:
    if value is None:
        return
    attribute = _add(event, "UserAttribute")
    _add(attribute, "AttributeID", name)
    for one in value if isinstance(value, list) else [value]:
        _value(attribute, one, None)


def _written(value: Any) -> str:
    return repr(float(value)) if isinstance(value, int | float) else str(value)


def _add(parent: Any, name: str, text: str | None = None) -> Any:
    element = etree.SubElement(parent, _name(name))
    element.text = text
    return element
