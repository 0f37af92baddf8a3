"""Files of filings: labeling valid by the schema, workbooks, acknowledgements, CSV, calendar, the yearly review."""

import io
import os
import re
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import lxml.etree as etree
import pytest
from icalendar import Calendar
from openpyxl import load_workbook

from mes_core.exchange import (
    e2b_ack,
    filing_calendar,
    filing_files,
    filing_paper,
    filing_workbook,
    pharma_1005,
    product_review,
    safety_csv,
)
from mes_core.exchange.errors import ImportRefused
from mes_core.exchange.product_review_pdf import pages
from mes_core.filing.drafts import forms
from mes_core.messages.filing import DraftField, DraftTable, DraftView, FilingView
from mes_core.messages.views import BatchView

DATA = Path(os.environ.get("BATCHWRIGHT_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data")
"""The published data, which are not part of the repository: `BATCHWRIGHT_REAL_DATA` names their folder."""
REGULATORY = DATA / "regulatory"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
needs_schema = pytest.mark.skipif(not (REGULATORY / "spl/SPL.xsd").is_file(), reason="no ../shared/data/regulatory/spl")
needs_samples = pytest.mark.skipif(not (REGULATORY / "fda_e2b_r3").is_dir(), reason="no ../shared/data/regulatory")
_SAID = {
    **{"licence": "L-1", "stn": "125646", "product": "Cells & more", "ndc": "12345-678-90", "duns": "123456789"},
    **{"establishment_name": "Example <Cells>", "ingredient": "Cells", "unii": "ABCDEFGHIJ", "returned": "0"},
    **{"container_quantity": "60", "container_unit": "mL", "doses_per_unit": "1", "distributed": "2"},
    **{"begins": "2026-01-01", "ends": "2026-06-30"},
}


def lots(number: int) -> DraftView:
    """A lot distribution report on so many lots."""
    spec = forms()["lot_distribution"]
    columns = tuple(one.label for one in spec.tables[0].columns)
    days = "2026-03-02T08:00:00Z", "2027-02-28T20:00:00Z"
    rows = [(*[f"CT-{n}"] * 4, str(1 + n % 3), days[0], days[1] if n % 2 else "") for n in range(number)]
    fields = [
        DraftField(name=one.name, label=one.label, value=_SAID.get(one.name), required=one.required, source="x")
        for one in spec.fields
    ]
    return DraftView(
        filing_id="US-DIST-1",
        number=2,
        form="lot_distribution",
        title=spec.title,
        fields=tuple(fields),
        tables=(DraftTable(name="Lots", columns=columns, rows=tuple(rows), sources=("s",) * number),),
        content_hash="ab" * 32,
        drafted_at=NOW,
        drafted_by="quality",
    )


def test_days_of_a_report_are_those_of_its_agency() -> None:
    """A lot that left in the evening of the period's last day left in the period, and none expires a day later."""
    draft = lots(1)
    (table,) = draft.tables
    moments = (*["CT-0"] * 4, "1", "2026-07-01T02:00:00Z", "2027-03-01T02:00:00Z")
    late = draft.model_copy(
        update={
            "tables": (table.model_copy(update={"rows": (moments,)}),),
            "drafted_at": datetime(2026, 7, 2, 2, tzinfo=UTC),
        }
    )
    content = filing_files.of_draft(late)[0].decode()
    assert 'value="20260630"' in content
    assert 'value="20270228"' in content
    assert 'value="20260701"' in content  # drafted
    assert "20270301" not in content
    assert "20260702" not in content


@needs_schema
@pytest.mark.real_data
@pytest.mark.requirement("URS-195")
@pytest.mark.parametrize("number", [0, 1, 500])
def test_a_distribution_report_is_valid_by_the_official_schema(number: int) -> None:
    schema = etree.XMLSchema(etree.parse(REGULATORY / "spl/SPL.xsd"))
    content, media = filing_files.of_draft(lots(number))
    root = etree.fromstring(content)
    assert schema.validate(root), schema.error_log
    assert media == "application/xml"
    assert len(root.findall(".//{urn:hl7-org:v3}productInstance")) == number
    units = [one.get("value") for one in root.iterfind(".//{urn:hl7-org:v3}subjectOf/{urn:hl7-org:v3}quantity")]
    assert units == [str(1 + n % 3) for n in range(number)]
    assert filing_files.of_draft(lots(number))[0] == content


@needs_schema
@pytest.mark.real_data
def test_the_schema_refuses_what_is_no_report() -> None:
    """A check that can't fail proves nothing."""
    schema = etree.XMLSchema(etree.parse(REGULATORY / "spl/SPL.xsd"))
    content = filing_files.of_draft(lots(1))[0].replace(b"<setId", b"<lotId").replace(b"</setId", b"</lotId")
    assert not schema.validate(etree.fromstring(content))


@pytest.mark.requirement("URS-195")
def test_a_workbook_holds_texts_only_and_the_same_draft_gives_the_same_bytes() -> None:
    said = {"label": "B5 Description", "value": "=HYPERLINK(1)", "required": True, "source": "events/E#text"}
    field = DraftField.model_validate({"name": "text", **said})
    draft = lots(0).model_copy(update={"form": "form_3486", "fields": (field,), "tables": ()})
    content = filing_workbook.workbook(draft)
    assert content == filing_workbook.workbook(draft)
    sheet = load_workbook(io.BytesIO(content))["Form"]
    cell = next(row[1] for row in sheet.iter_rows() if row[0].value == "B5 Description")
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1)", "s")
    assert filing_paper.paper(draft).startswith(b"%PDF")


@pytest.mark.requirement("URS-193")
@needs_samples
@pytest.mark.real_data
@pytest.mark.parametrize(("name", "accepted"), [("R3ack-positive.ack", True), ("R3ack-negative.ack", False)])
def test_the_agencys_own_acknowledgements_are_read(name: str, accepted: bool) -> None:
    (said,) = e2b_ack.read((REGULATORY / "fda_e2b_r3/instances" / name).read_bytes())
    assert said.accepted is accepted
    assert said.message
    assert ("FDA.C.1.7.1 is Mandatory" in said.reasons) is not accepted
    assert said.at < NOW


def test_the_reasons_of_an_acknowledgement_are_read_whole() -> None:
    """A word that is set off belongs to the sentence, and a comment parts no number."""
    reasons = "Dose 12<!-- x -->34 mg is <b>not</b> valid"
    told = f"<acknowledgementDetail><text>{reasons}</text></acknowledgementDetail></acknowledgement>"
    content = _ACK.format(at="20260101000000-0500", code="CR").replace("</acknowledgement>", told)
    (said,) = e2b_ack.read(content.encode())
    assert said.reasons == "Dose 1234 mg is not valid"


_ACK = """<MCCI_IN200101UV01 xmlns="urn:hl7-org:v3"><creationTime value="{at}"/><MCCI_IN000002UV01>
<acknowledgement typeCode="{code}"><targetMessage><id extension="US-1"/></targetMessage></acknowledgement>
</MCCI_IN000002UV01></MCCI_IN200101UV01>"""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("no xml", "no well-formed XML"),
        ("<a/>", "is no acknowledgement of safety reports"),
        ('<MCCI_IN200101UV01 xmlns="urn:hl7-org:v3"/>', "lacks creationTime"),
        (_ACK.format(at="soon", code="CA"), "no time that can be read"),
        (_ACK.format(at="20261399000000-0500", code="CA"), "no time that can be read"),
        (_ACK.format(at="20260101000000", code="CA"), "does not say in which time zone it was made"),
        (_ACK.format(at="20260101000000-0500", code="ZZ"), "has the code 'ZZ'"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares a document type"),
    ],
)
def test_an_acknowledgement_that_cannot_be_read_is_refused_in_a_sentence(content: str, sentence: str) -> None:
    with pytest.raises(ImportRefused, match=sentence):
        e2b_ack.read(content.encode())


def test_lines_of_a_safety_database_are_taken_or_refused_each_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        "key,kind,aware_at,zone,product,places,case,serious,unexpected,text\n"
        "A-1,adverse_experience,2026-03-01T08:00:00Z,Europe/London,EX1,US;EU,C-1,yes,,Fever\n"
        "A-2,adverse_experience,,Europe/London,EX1,US,C-2,no,no,Rash\n"
        "A-3,adverse_experience,2026-03-01T08:00:00Z,Europe/London,EX1,MARS,C-3,no,no,Rash\n"
        "A-4,too,few\n"
        "A-5,adverse_experience,2026-03-01T08:00:00Z,Europe/London,EX1,GB,C-5,maybe,no,Rash\n",
        encoding="utf-8",
    )
    lines = safety_csv.read(path, "safety")
    first = lines[0][1]
    assert first is not None
    assert (first.places, first.answers, first.case_id) == (("US", "EU"), {"serious": "yes"}, "C-1")
    assert [(number, event is None) for number, event, _ in lines[1:]] == [(3, True), (4, True), (5, True), (6, True)]
    assert all(wrong for _, _, wrong in lines[1:])
    for content, sentence in ((b"\xff\xfe", "not UTF-8"), (b"key,moon\n", "no column 'kind'")):
        path.write_bytes(content)
        with pytest.raises(ImportRefused, match=sentence):
            safety_csv.read(path, "safety")
    path.write_text("key,kind,aware_at,moon\n")
    with pytest.raises(ImportRefused, match="column 'moon' that nobody knows"):
        safety_csv.read(path, "safety")


@pytest.mark.requirement("URS-111")
def test_a_table_of_a_safety_database_is_read_as_every_other_table(tmp_path: Path) -> None:
    """Another country's separator, a byte order mark, padding; and nothing of a column that stands twice."""
    path = tmp_path / "cases.csv"
    row = 'A-1;adverse_experience;2026-03-01T08:00:00Z;"US;EU"'
    head = "key;kind;aware_at;places"
    for content in (f"{head}\n{row}\n", f"sep=;\n{head}\n{row}", f"\ufeff{head}\r\n{row}\r\n;;;\r\n"):
        path.write_bytes(content.encode())
        ((_, event, wrong),) = safety_csv.read(path, "safety")
        assert event is not None, wrong
        assert (event.source_key, event.places) == ("A-1", ("US", "EU"))
    path.write_text(f"{head}\n{row};\n{row};x\n;;;\n{row}\n")
    assert [(number, event is None) for number, event, _ in safety_csv.read(path, "safety")] == [
        *((2, False), (3, True)),
        *((4, True), (5, False)),
    ]
    for content, sentence in (
        ("key,kind,aware_at,serious,serious\nA-1,x,y,yes,no\n", "the column 'serious' twice"),
        ('key,kind,aware_at\n"A-1,x,y\n', "check its quotes"),
    ):
        path.write_text(content)
        with pytest.raises(ImportRefused, match=sentence):
            safety_csv.read(path, "safety")


def test_a_calendar_holds_what_has_a_time() -> None:
    due = {"due_at": NOW + timedelta(days=9), "plan_by": NOW + timedelta(days=7)}
    one = FilingView(
        filing_id="US-BPD-1", batch_id="B1", form="Report", clause="600.14", applies=True, why="So.", unit="E1", **due
    )
    held = filing_calendar.calendar_of([one, one.model_copy(update={"due_at": None})], NOW)
    (event,) = [part for part in Calendar.from_ical(held).walk() if part.name == "VEVENT"]
    assert event.decoded("dtend") == NOW + timedelta(days=9)
    assert event.walk("VALARM")[0].decoded("trigger") == NOW + timedelta(days=7)
    assert held == filing_calendar.calendar_of([one], NOW)


def _made(rows: list[Any]) -> list[product_review.Made]:
    state = {"kind": "tablet", "product": "t", "state": "ready", "record_version": 1, "record_hash": "a" * 64}
    return [product_review.Made(one.record, BatchView(batch_id=one.record.batch_id, **state)) for one in rows]


@pytest.mark.real_data
@pytest.mark.skipif(not (DATA / "pharma_1005").is_dir(), reason="no ../shared/data/pharma_1005")
@pytest.mark.requirement("URS-195")
def test_the_yearly_review_of_real_tablets_traces_every_figure_to_its_record() -> None:
    """Mean, spread, limits and capability of 700 batches are worked out again from the records that they name."""
    begun = time.monotonic()
    rows = [one for one in pharma_1005.checked(DATA / "pharma_1005", now=NOW) if hasattr(one, "record")][:700]
    review = product_review.review("Tablets", date(2018, 1, 1), date(2021, 12, 31), _made(rows))
    records = {one.record.batch_id: {each.name: each for each in one.record.parameters} for one in rows}
    seen = 0
    for parameter in review.parameters:
        for group in parameter.subgroups:
            numbers = []
            for point in group.points:
                batch, name = re.fullmatch(r"batches/(.+)#record\.parameters\.(.+)\.value", point.source).groups()  # type: ignore[union-attr]
                assert records[batch][name].value == point.value
                numbers.append(point.value)
            seen += len(numbers)
            assert group.mean == pytest.approx(statistics.fmean(numbers))
            assert len(numbers) < 2 or group.overall == pytest.approx(statistics.stdev(numbers))
    values = [each for one in rows for each in one.record.parameters if each.value is not None]
    assert (seen, len(review.made)) == (len(values), 700)
    assert review.questions == product_review.NOT_RECORDED
    paper = pages(review, NOW)
    assert paper.startswith(b"%PDF")
    assert time.monotonic() - begun < 60, "What was promised for these batches, in seconds."
    assert review.undated == 700
    assert [one.record.batch_id for one in review.made][:3] == ["1", "2", "3"]
    for parameter in review.parameters:
        assert [group.name for group in parameter.subgroups] == sorted((g.name for g in parameter.subgroups), key=int)


def test_batches_stand_in_the_order_in_which_people_count() -> None:
    names = ["B10", "B9", "A2-10", "A2-9", "1", "10", "2", "\u00b2", ""]
    assert sorted(names, key=product_review.counted) == ["", "1", "2", "10", "A2-9", "A2-10", "B9", "B10", "\u00b2"]
