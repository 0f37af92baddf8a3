"""B2MML as other systems write it: what is ours is read whatever its layout, what is not is named and refused."""

from typing import Any

import pytest

from mes_core.exchange import b2mml, xml
from mes_core.exchange.errors import ImportRefused
from mes_core.messages import BatchRecord

RECORD: dict[str, Any] = {
    "batch_id": "B-7", "kind": "car_t", "product": "Examplecel", "product_code": "EX1", "master_record": "MBR-1",
    "master_record_version": "7.0", "procedure": "CAR-T", "donation_number": "A999924123456",
    "expires_at": "2027-03-01T08:00:00Z", "markets": ["US", "EU"],
    "steps": [{"step_id": "S1", "unit_procedure": "u", "operation": "o", "name": "Thaw", "performer": "a.one",
               "started_at": "2026-03-01T08:00:00Z", "equipment_ids": ["E1", "E2"]}],
    "parameters": [{"name": "wash_temperature", "step_id": "S1", "text": "21.0", "value": 21.0, "unit": "Cel"}],
}  # fmt: skip


def written() -> str:
    """The record as a document."""
    return b2mml.export(BatchRecord.model_validate(RECORD)).decode()


def taken(document: str) -> BatchRecord:
    """The record that a document holds."""
    return b2mml.read(xml.parse(document.encode(), "file.xml"), "file.xml")


@pytest.mark.requirement("URS-114")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A999924123456<", "A9999<!-- site -->24123456<"),
        ("A999924123456<", "<!-- as scanned -->A999924123456<"),
        ("A999924123456<", "A99992<?vendor x?>4123456<"),
        ("A999924123456<", "<![CDATA[A999924123456]]><"),
        ("A999924123456<", "\n    A999924123456\n  <"),
        ("<ValueString>21.0<", "<ValueString>2<!-- digit by hand -->1.0<"),
        ("<ValueString>21.0<", "<!-- read twice --><ValueString>21.0<"),
        ("<AttributeID>name<", "<!-- of the master record --><AttributeID>name<"),
        ("<Thaw", "<Thaw"),
    ],
)
def test_comments_and_layout_change_no_value(old: str, new: str) -> None:
    """Also those that part a text, or stand before it."""
    document = written()
    assert old in document or old == "<Thaw"
    assert taken(document.replace(old, new)) == BatchRecord.model_validate(RECORD)


@pytest.mark.requirement("URS-114")
def test_a_prefix_or_another_order_changes_nothing() -> None:
    """Names count, not places and not how a namespace is abbreviated."""
    document = written().replace('xmlns="', 'xmlns:b="')
    prefixed = document.replace("</", "</b:").replace("<", "<b:").replace("<b:/b:", "</b:").replace("<b:?", "<?")
    assert taken(prefixed) == BatchRecord.model_validate(RECORD)
    value = (
        "<ValueString>21.0</ValueString>\n        <DataType>Text</DataType>\n        <UnitOfMeasure>Cel</UnitOfMeasure>"
    )
    swapped = "<UnitOfMeasure>Cel</UnitOfMeasure><DataType>Text</DataType><ValueString>21.0</ValueString>"
    assert value in written()
    assert taken(written().replace(value, swapped)) == BatchRecord.model_validate(RECORD)


SPACE = "http://www.mesa.org/xml/B2MML"
WRONG = {
    "another version": (f'"{SPACE}"', f'"{SPACE}-V0600"', r"another version \(the namespace '.*V0600'.*version 7.1"),
    "version 5": (f'"{SPACE}"', '"http://www.mesa.org/xml/B2MML-V0500"', "another version"),
    "no namespace": (f' xmlns="{SPACE}"', "", "no namespace"),
    "no value": ("<ValueString>21.0</ValueString>", "", "Value of 'text' has no ValueString"),
    "empty value": ("<ValueString>21.0</ValueString>\n        <DataType>Text</DataType>", "", "has no ValueString"),
    "empty attribute": ("<UserAttribute>", "<UserAttribute/><UserAttribute>", "a UserAttribute holds no name"),
    "two values": ("<ValueString>21.0<", "<ValueString>22</ValueString><ValueString>21.0<", "stands there twice"),
    "two donations": ("<LotID>", "<LotID>A999924123457</LotID><LotID>", "LotID stands there twice"),
    "two times": ("<TimeStamp>", "<TimeStamp>2026-01-01T00:00:00Z</TimeStamp><TimeStamp>", "says 'started_at' twice"),
    "two batches": ("<BatchID>B-7<", "<BatchID>B-8<", "its ID is 'B-7' and its BatchID 'B-8'"),
    "elements in a text": ("<LotID>A9999", "<LotID><x/>A9999", "'x' stands where 'LotID' takes a text"),
    "text between elements": ("<Events>", "<Events>see annex", "the text 'see annex' stands between"),
    "another vendor's element": ("<LotID>", '<LotID xmlns="urn:vendor">', "is of the namespace 'urn:vendor'"),
    "an event of another system": ("<EntryID>steps-1<", "<EntryID>4711<", "has the EntryID '4711'"),
    "an event without a number": ("<EntryID>steps-1</EntryID>", "", r"event 2 \(Procedural Execution\) has no EntryID"),
    "a decimal comma": (
        "<ValueString>21.0</ValueString>\n          <DataType>Numeric",
        "<ValueString>21,0</ValueString><DataType>Numeric",
        "'21,0' is no number",
    ),
    "digits for a time": ("2027-03-01T08:00:00Z<", "20270301<", "'20270301' is no time"),
    "milliseconds for a time": ("2026-03-01T08:00:00Z<", "1772352000000<", "is no time"),
    "a time without a zone": ("2027-03-01T08:00:00Z<", "2027-03-01T08:00:00<", "timezone"),
}  # fmt: skip


@pytest.mark.requirement("URS-110")
@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_ours_is_named(what: str) -> None:
    """In one sentence that says what was found, and where."""
    old, new, says = WRONG[what]
    document = written()
    assert old in document
    with pytest.raises(ImportRefused, match=says) as refused:
        taken(document.replace(old, new, 1))
    assert "\n" not in str(refused.value)


@pytest.mark.requirement("URS-110")
@pytest.mark.parametrize("verb", ["Process", "Sync", "Show", "Get", "Acknowledge", "Change", "Cancel", "Respond"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_message_around_a_record_is_named(verb: str, count: int) -> None:
    inner = "<BatchProductionRecord><ID>B</ID></BatchProductionRecord>" * count
    document = (
        f'<{verb}BatchProductionRecord xmlns="{SPACE}"><DataArea>{inner}</DataArea></{verb}BatchProductionRecord>'
    )
    with pytest.raises(ImportRefused, match=rf"is a message \({verb}BatchProductionRecord\) around {count} B2MML"):
        taken(document)


@pytest.mark.requirement("URS-110")
def test_another_envelope_is_named_too() -> None:
    envelope = f'<s:Envelope xmlns:s="urn:soap"><s:Body><BatchProductionRecord xmlns="{SPACE}"/></s:Body></s:Envelope>'
    with pytest.raises(ImportRefused, match=r"is a message \(Envelope\) around 1"):
        taken(envelope)


@pytest.mark.requirement("URS-114")
@pytest.mark.parametrize(("element", "at"), [("Value", 0), ("ValueString", 1)])
def test_a_value_that_is_said_to_be_none_and_stands_there_is_refused(element: str, at: int) -> None:
    """Neither is dropped: a person says which of the two holds."""
    document = written()
    nil = f'<{element} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">'
    before, value, after = document.partition("<ValueString>21.0<")
    begins = before.rfind("<Value>")
    marked = (
        f"{before[:begins]}{nil}{before[begins + 7 :]}{value}{after}",
        f"{before}{nil}21.0<{after}",
    )[at]
    with pytest.raises(ImportRefused, match="is nil and has a value"):
        taken(marked)
