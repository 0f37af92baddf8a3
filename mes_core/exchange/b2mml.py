"""B2MML BatchProductionRecord: a batch record out, and in again with nothing lost.

What the schema has a place for stands there; the rest of an item stands in its event as user attributes.
The Business To Manufacturing Markup Language (B2MML) is used courtesy of MESA International; schemas of version 7.1.
"""

from collections.abc import Mapping
from typing import Any

import lxml.etree as etree
from pydantic import ValidationError

from mes_core.exchange.errors import ImportRefused
from mes_core.messages import BatchRecord
from mes_core.messages.record import RECORD_LISTS

NAMESPACE = "http://www.mesa.org/xml/B2MML"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_SPACES = {None: NAMESPACE, "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
_HEAD = {
    "LotID": "donation_number",
    "ExpirationDate": "expires_at",
    "BatchProductionRecordSpec": "master_record",
    "MaterialDefinitionID": "product_code",
    "Version": "master_record_version",
}
"""Elements of the head, and the fields of the record that stand in them."""

_WITH_PLACES = ("steps", "parameters", "materials", "equipment", "samples", "deviations", "signatories")
_KINDS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "head": ("General", "Property Value Change", {}),
    "steps": (
        "Procedural Execution",
        "Process",
        {
            "TimeStamp": "started_at",
            "Description": "name",
            "EquipmentID": "equipment_ids",
            "PersonID": "performer",
            "ProceduralElementReference": "step_id",
        },
    ),
    "parameters": (
        "General",
        "Parameter Data",
        {
            "TimeStamp": "recorded_at",
            "Value": "text",
            "PersonID": "recorded_by",
            "ProceduralElementReference": "step_id",
        },
    ),
    "materials": (
        "Material",
        "Consume",
        {
            "TimeStamp": "used_at",
            "Description": "name",
            "Value": "quantity",
            "ProceduralElementReference": "step_id",
        },
    ),
    "equipment": (
        "Equipment",
        "Allocation",
        {"TimeStamp": "used_from", "Description": "name", "EquipmentID": "equipment_id"},
    ),
    "samples": (
        "Material",
        "Movement",
        {"TimeStamp": "taken_at", "Description": "purpose", "ProceduralElementReference": "step_id"},
    ),
    "deviations": ("Message", "Message", {"TimeStamp": "opened_at", "MessageText": "title"}),
    "signatories": ("Operator", "Security", {"PersonID": "account"}),
    **dict.fromkeys(
        (name for name in RECORD_LISTS if name not in _WITH_PLACES), ("General", "Property Value Change", {})
    ),
}
"""Lists of the record: type and subtype of their events, and the fields that have an element of their own."""

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
_MANY = frozenset({"equipment_ids", "markets", "statements"})
_NUMBERS = frozenset({"value", "low", "high", "quantity", "weight_kg", "minutes_outside", "peak"})


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
        taken = {"batch_id", *_HEAD.values(), *_KINDS}
        _event(events, "head", 1, {name: value for name, value in document.items() if name not in taken})
        for kind in _KINDS:
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
        if document[_HEAD[name]] is not None:
            _add(root, name, document[_HEAD[name]])


def _event(events: Any, kind: str, number: int, item: dict[str, Any]) -> None:
    event_type, subtype, places = _KINDS[kind]
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
        text.set(_NIL, "true")
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


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def read(root: Any, name: str) -> BatchRecord:
    """The record that a document holds.

    Args:
        root: the root element.
        name: of the file, for the sentence.

    Raises:
        ImportRefused: it is no such document, holds what has no place in a batch record here, or something is missing.
    """
    if root.tag != _name("BatchProductionRecord"):
        raise ImportRefused(f"{name} is no B2MML BatchProductionRecord (its root is {_plain(root.tag)!r}).")
    document: dict[str, Any] = {kind: [] for kind in _KINDS if kind != "head"}
    for element in _children(root):
        place = _plain(element.tag)
        if place in _HEAD:
            document[_HEAD[place]] = _text(element)
        elif place == "ID":
            document["batch_id"] = _text(element)
        elif place == "Events":
            for event in _children(element):
                _read_event(event, document, name)
        elif place not in ("EntryID", "ObjectType", "BatchID"):
            raise ImportRefused(f"{name}: the element {place!r} has no place in a batch record here; leave it out.")
    try:
        return BatchRecord.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(str(part) for part in first["loc"])
        raise ImportRefused(f"{name}: the record is not valid at {place!r} ({first['msg']}).") from None


def _read_event(event: Any, document: dict[str, Any], name: str) -> None:
    parts = [(_plain(part.tag), part) for part in _children(event)]
    entry = next((_text(part) for tag, part in parts if tag == "EntryID"), "")
    kind = entry.rpartition("-")[0]
    if kind not in _KINDS:
        raise ImportRefused(f"{name}: the event {entry!r} is of no kind that a batch record has here.")
    places = _KINDS[kind][2]
    item: dict[str, Any] = {}
    for tag, part in parts:
        if tag == "UserAttribute":
            field = _text(part[0])
            values = [_read_value(one, field) for one in _children(part) if _plain(one.tag) == "Value"]
            item[field] = values if field in _MANY else values[0] if values else None
        elif tag == "Value" and tag in places:
            item[places[tag]] = _read_value(part, places[tag])
            units = [_text(one) for one in _children(part) if _plain(one.tag) == "UnitOfMeasure"]
            item |= {"unit": units[0]} if units else {}
        elif tag in places and places[tag] in _MANY:
            item.setdefault(places[tag], []).append(_text(part))
        elif tag in places:
            item[places[tag]] = _text(part)
        elif tag not in ("EntryID", "ObjectType", "EventType", "EventSubType"):
            raise ImportRefused(f"{name}: {tag!r} in the event {entry!r} has no place in a batch record here.")
    if kind == "head":
        document.update(item)
    else:
        document[kind].append(item)


def _read_value(value: Any, field: str) -> Any:
    holder = value[0]
    if holder.get(_NIL) == "true":
        return None
    text = _text(holder)
    if field not in _NUMBERS:
        return text
    try:
        return float(text)
    except ValueError:
        raise ImportRefused(f"{text!r} is no number, but {field!r} takes one: check the file.") from None


def _children(element: Any) -> list[Any]:
    return [child for child in element if isinstance(child.tag, str)]


def _text(element: Any) -> str:
    return element.text or ""


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
