"""Where each field of a batch record stands in a B2MML BatchProductionRecord."""

from collections.abc import Mapping

from mes_core.messages.record import RECORD_LISTS

NAMESPACE = "http://www.mesa.org/xml/B2MML"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
HEAD = {
    "LotID": "donation_number",
    "ExpirationDate": "expires_at",
    "BatchProductionRecordSpec": "master_record",
    "MaterialDefinitionID": "product_code",
    "Version": "master_record_version",
}
"""Elements of the head, and the fields of the record that stand in them."""

_WITH_PLACES = ("steps", "parameters", "materials", "equipment", "samples", "deviations", "signatories")
KINDS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
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


def name_of(name: str) -> str:
    """The name of an element with its namespace."""
    return f"{{{NAMESPACE}}}{name}"
