"""A B2MML BatchProductionRecord, read by the names of its elements; what has no place here is refused, never dropped.

Other systems write the same standard in other versions, with messages around it and events of their own: each is named
for what it is.
"""

from typing import Any

from pydantic import ValidationError

from mes_core.exchange.b2mml_places import HEAD, KINDS, NAMESPACE, NIL, name_of
from mes_core.exchange.errors import ImportRefused
from mes_core.exchange.xml import children, text_of
from mes_core.messages import BatchRecord
from mes_core.messages.bounds import place_of
from mes_core.messages.record import LISTS, NUMBERS
from mes_core.spelling.numbers import kept_number

_RECORD = "BatchProductionRecord"
_IGNORED = ("EntryID", "ObjectType", "BatchID")
_ABOUT_EVENT = ("EntryID", "ObjectType", "EventType", "EventSubType")
_VALUE_PARTS = ("ValueString", "DataType", "UnitOfMeasure")


def read(root: Any, name: str) -> BatchRecord:
    """The record that a document holds.

    Args:
        root: the root element.
        name: of the file, for the sentence.

    Raises:
        ImportRefused: it is no such document, is one of another version or inside a message, holds what has no place in
            a batch record here, or something is missing.
    """
    if root.tag != name_of(_RECORD):
        raise ImportRefused(f"{name} {_other_root(root)}")
    document: dict[str, Any] = {kind: [] for kind in KINDS if kind != "head"}
    seen: set[str] = set()
    for element in children(root, name):
        place = _place(element, name)
        if place in seen and place != "Events":
            raise ImportRefused(f"{name}, line {element.sourceline}: {place} stands there twice; leave one.")
        seen.add(place)
        if place in HEAD:
            document[HEAD[place]] = _plain_text(element, name).strip()
        elif place == "ID":
            document["batch_id"] = _plain_text(element, name).strip()
        elif place == "Events":
            for number, event in enumerate(children(element, name), start=1):
                _read_event(event, number, document, name)
        elif place not in _IGNORED:
            raise ImportRefused(
                f"{name}, line {element.sourceline}: the element {place!r} has no place in a batch record here; leave"
                " it out."
            )
    _same_batch(root, document, name)
    return _validated(document, name)


def _validated(document: dict[str, Any], name: str) -> BatchRecord:
    try:
        return BatchRecord.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = place_of(first)
        why = first["msg"].removeprefix("Value error, ")
        raise ImportRefused(f"{name}: the record is not valid at {place!r} ({why}).") from None


def _other_root(root: Any) -> str:
    """What a document is that is no record of our version, and what to do."""
    plain, space = _plain(root.tag), root.tag.rpartition("}")[0].lstrip("{")
    if plain == _RECORD:
        found = f"the namespace {space!r}" if space else "no namespace"
        return (
            f"is a B2MML BatchProductionRecord of another version ({found}; taken is {NAMESPACE!r}, version 7.1): have"
            " it exported in that version."
        )
    inside = [one for one in root.iter() if isinstance(one.tag, str) and _plain(one.tag) == _RECORD]
    if inside or plain.endswith(_RECORD):
        return (
            f"is a message ({plain}) around {len(inside)} B2MML BatchProductionRecord{'' if len(inside) == 1 else 's'}:"
            " give the record itself, one in a file."
        )
    return f"is no B2MML BatchProductionRecord (its root is {plain!r})."


def _same_batch(root: Any, document: dict[str, Any], name: str) -> None:
    """The number of the batch stands in several places; they must not name two batches."""
    for tag in ("BatchID", "EntryID"):
        for element in root.findall(name_of(tag)):
            said = _plain_text(element, name).strip()
            if said and said != document.get("batch_id"):
                raise ImportRefused(
                    f"{name}: its ID is {document.get('batch_id', '')!r} and its {tag} {said!r}: say which batch it is."
                )


def _read_event(event: Any, number: int, document: dict[str, Any], name: str) -> None:
    if _place(event, name) != "Event":
        raise ImportRefused(f"{name}, line {event.sourceline}: {_plain(event.tag)!r} stands among the events.")
    parts = [(_place(part, name), part) for part in children(event, name)]
    entry = next((_plain_text(part, name).strip() for tag, part in parts if tag == "EntryID"), "")
    kind = entry.rpartition("-")[0]
    where = f"{name}, line {event.sourceline}: the event {entry!r}"
    if kind not in KINDS:
        about = next((_plain_text(part, name) for tag, part in parts if tag == "EventType"), "") or "no type"
        said = f"the EntryID {entry!r}" if entry else "no EntryID"
        raise ImportRefused(
            f"{name}, line {event.sourceline}: event {number} ({about}) has {said}; it is of no kind that a"
            " batch record has here, which knows an event by an EntryID like 'steps-1'."
        )
    item: dict[str, Any] = {}
    for tag, part in parts:
        _read_part(tag, part, kind, item, where)
    if kind != "head":
        document[kind].append(item)
        return
    doubled = sorted(item.keys() & document.keys())
    if doubled:
        raise ImportRefused(f"{where} says {doubled[0]!r} again, which stands in the record already; leave one.")
    document.update(item)


def _read_part(tag: str, part: Any, kind: str, item: dict[str, Any], where: str) -> None:
    """One element of an event."""
    places = KINDS[kind][2]
    found: dict[str, Any]
    if tag == "UserAttribute":
        found = _read_attribute(part, where)
    elif tag == "Value" and tag in places:
        value, unit = _read_value(part, places[tag], where)
        found = {places[tag]: value} | ({} if unit is None else {"unit": unit})
    elif tag in places and places[tag] in LISTS:
        item.setdefault(places[tag], []).append(_plain_text(part, where))
        return
    elif tag in places:
        found = {places[tag]: _plain_text(part, where)}
    elif tag in _ABOUT_EVENT:
        return
    else:
        raise ImportRefused(f"{where} holds {tag!r}, which has no place in a batch record here.")
    doubled = sorted(found.keys() & item.keys())
    if doubled:
        raise ImportRefused(f"{where} says {doubled[0]!r} twice; leave one.")
    item.update(found)


def _read_attribute(part: Any, where: str) -> dict[str, Any]:
    named = [one for one in children(part, where) if _place(one, where) == "AttributeID"]
    others = [_place(one, where) for one in children(part, where) if _place(one, where) not in ("AttributeID", "Value")]
    if len(named) != 1 or others:
        raise ImportRefused(
            f"{where}, line {part.sourceline}: a UserAttribute holds {f'{others[0]!r}' if others else 'no name'}, where"
            " it takes one AttributeID and its Value; leave it out or fill it."
        )
    field = _plain_text(named[0], where).strip()
    values = [_read_value(one, field, where) for one in children(part, where) if _place(one, where) == "Value"]
    if any(unit is not None for _, unit in values):
        raise ImportRefused(f"{where}: {field!r} has a unit, for which there is no place; leave it out.")
    if field in LISTS:
        return {field: [value for value, _ in values]}
    if len(values) > 1:
        raise ImportRefused(f"{where}: {field!r} has {len(values)} values and takes one.")
    return {field: values[0][0] if values else None}


def _read_value(value: Any, field: str, where: str) -> tuple[Any, str | None]:
    """What a Value says and its unit; None where it says that there is none."""
    parts: dict[str, Any] = {}
    for one in children(value, where):
        place = _place(one, where)
        if place not in _VALUE_PARTS or place in parts:
            why = "has no place there" if place not in _VALUE_PARTS else "stands there twice"
            raise ImportRefused(f"{where}, line {value.sourceline}: {place!r} in the Value of {field!r} {why}.")
        parts[place] = one
    unit = _plain_text(parts["UnitOfMeasure"], where) if "UnitOfMeasure" in parts else None
    nil = any(_is_nil(one) for one in (value, parts.get("ValueString")) if one is not None)
    if nil and "ValueString" in parts and _plain_text(parts["ValueString"], where).strip():
        raise ImportRefused(f"{where}, line {value.sourceline}: {field!r} is nil and has a value; leave one.")
    if nil:
        return None, unit
    if "ValueString" not in parts:
        raise ImportRefused(
            f"{where}, line {value.sourceline}: the Value of {field!r} has no ValueString; give it, with xsi:nil where"
            " there is no value."
        )
    text = _plain_text(parts["ValueString"], where)
    if field not in NUMBERS:
        return text, unit
    number = kept_number(text)
    if number is None:
        raise ImportRefused(f"{where}: {text!r} is no number, but {field!r} takes one: check the file.")
    return number, unit


def _is_nil(element: Any) -> bool:
    return str(element.get(NIL, "")).strip() in ("true", "1")


def _place(element: Any, where: str) -> str:
    """The name of an element of the standard; another vendor's own are not read as if they were."""
    plain, space = _plain(element.tag), element.tag.rpartition("}")[0].lstrip("{")
    if space != NAMESPACE:
        found = f"the namespace {space!r}" if space else "no namespace"
        raise ImportRefused(
            f"{where}, line {element.sourceline}: the element {plain!r} is of {found}, not of {NAMESPACE!r}; leave it"
            " out."
        )
    return plain


def _plain_text(element: Any, where: str) -> str:
    """The whole text, whatever comments stand in it; of a text that was laid out on lines of its own, the text."""
    text = text_of(element, where)
    stripped = text.strip(" \t\r\n")
    around = text.replace(stripped, "", 1) if stripped else text
    return stripped if any(one in around for one in "\t\r\n") else text


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]
