"""Numbers, times, donation numbers, YAML and tables as texts: one reading, or none."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mes_core.messages.record import BatchRecord, MaterialUse, Parameter, Sample, Step
from mes_core.spelling import yaml_text
from mes_core.spelling.csv_text import NoTable, decoded, name_form, read_grid
from mes_core.spelling.donations import check_character, stored_form
from mes_core.spelling.numbers import (
    Notation,
    bound,
    differs,
    in_plain,
    is_figure,
    kept_number,
    notations,
    plain_number,
    written,
)
from mes_core.spelling.times import NoDate, no_date, read_clock, read_day, read_time


@pytest.mark.requirement("URS-111")
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_every_digit_on_its_way(value: float) -> None:
    assert plain_number(written(value)) == value


@pytest.mark.requirement("URS-111")
@given(st.integers(-(10**12), 10**12), st.integers(0, 999), st.sampled_from([".", " ", "\u00a0", "\u202f", "'"]))
def test_thousands_are_parted_in_every_way_and_read_in_one(whole: int, decimals: int, mark: str) -> None:
    """With a decimal comma, whatever parts the thousands."""
    text = f"{whole:,}".replace(",", mark) + f",{decimals:03d}"
    plain = in_plain(text, Notation.COMMA)
    assert plain is not None
    assert float(plain) == float(f"{whole}.{decimals:03d}")


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    "text",
    ["1_000", "", "-", ".", "1,271", "1.2.3", "٣", "\uff11\uff12", "inf", "nan", "1e", "0x10", "1 2", "--1", "1e400"],
)
def test_what_is_no_number_in_plain_notation_is_none(text: str) -> None:
    assert plain_number(text) is None


@pytest.mark.requirement("URS-111")
def test_a_table_has_one_notation_or_is_not_read() -> None:
    assert notations(["1,271", "6.26"])[0] == {Notation.POINT}
    assert notations(["1.271", "6,26"])[0] == {Notation.COMMA}
    assert notations(["1,271", "930"])[0] == set(Notation)
    assert differs("1,271")
    assert not differs("930")
    assert notations(["6,26", "6.26"])[0] == set()
    assert not any(is_figure(text) for text in ("01.02.2026", "1,2,3", "A1", "1.2.3", "12:30"))


@pytest.mark.requirement("URS-113")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("< 0.05", ("<", "0.05")),
        ("≤0,05", ("<=", "0,05")),
        (">= 5", (">=", "5")),
        ("\uff1c0.05", ("<", "0.05")),
        ("\u2266 0.05", ("<=", "0.05")),
        ("\u2a7e5", (">=", "5")),
        ("=> 5", (">=", "5")),
        ("0.05", None),
        ("<", None),
    ],
)
def test_a_bound_is_its_sign_and_its_number(text: str, said: tuple[str, str] | None) -> None:
    assert bound(text) == said


@pytest.mark.requirement("URS-113")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9007199254740993", None),
        ("-9007199254740993", None),
        ("9007199254740992", 2.0**53),
        ("123456789012345678901234567890", None),
        ("0012345", 12345.0),
        ("0.30000000000000004", 0.1 + 0.2),
        ("1e30", 1e30),
        ("1_0", None),
    ],
)
def test_a_whole_number_of_more_digits_than_a_number_keeps_is_none(text: str, value: float | None) -> None:
    assert kept_number(text) == value


DIGITS = [
    "20270301",
    "270301",
    "20270301080000",
    "1767600000",
    "1767600000000",
    "46082.33",
    "8",
    "2027-3-1",
    "01.03.2027",
]


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    "text", [*DIGITS, "2027-03-01", "2027-03-01T08:00:00", "2027-03-01x08:00Z", "2027-03-01T24:00:00Z"]
)
def test_digits_and_half_times_are_no_time_of_a_record(text: str) -> None:
    """Also not as numbers, where a message comes as JSON."""
    with pytest.raises(ValidationError):
        Step(step_id="S1", unit_procedure="", operation="", name="", started_at=text)  # type: ignore[arg-type]
    for number in (20270301, 1.7e9):
        with pytest.raises(ValidationError):
            Step(step_id="S1", unit_procedure="", operation="", name="", started_at=number)  # type: ignore[arg-type]


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize("text", [*DIGITS, "2027-03-01T00:00:00", "2027-02-30"])
def test_digits_are_no_day_of_a_record(text: str) -> None:
    with pytest.raises(ValidationError):
        MaterialUse(material_id="M", name="m", lot="L", expires_on=text)  # type: ignore[arg-type]


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize("value", ["5", True, 12345678901234567890, 10**400])
def test_texts_and_long_codes_are_no_numbers_of_a_record(value: object) -> None:
    with pytest.raises(ValidationError):
        Parameter(name="p", value=value)  # type: ignore[arg-type]


@pytest.mark.requirement("URS-111")
def test_times_of_all_common_forms_are_the_same_time() -> None:
    wanted = datetime(2027, 3, 1, 8, tzinfo=UTC)
    for text in (
        "2027-03-01T08:00:00Z",
        "2027-03-01 09:00+01",
        "2027-03-01T09:00:00.0000000+0100",
        "2027-03-01 08:00 Z",
    ):
        assert read_time(text) == wanted
    assert read_day("2027-03-01") == date(2027, 3, 1)
    assert read_clock("02:30").minute == 30
    for text in ("230", "2:30", "150", "24:00"):
        with pytest.raises(ValueError, match="no time of the day"):
            read_clock(text)


@pytest.mark.requirement("URS-113")
@pytest.mark.parametrize("hours", [-12, -6, 0, 1, 14])
def test_what_stands_for_no_date_does_so_in_every_zone(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    for year in (1, 1601, 1753, 1900, 1970):
        assert no_date(datetime(year, 1, 1, tzinfo=zone)) is NoDate.UNKNOWN
    assert no_date(date(1899, 12, 30)) is NoDate.UNKNOWN
    for year in (2099, 2999, 4712, 9999):
        assert no_date(datetime(year, 12, 31, 23, 59, 59, tzinfo=zone)) is NoDate.NEVER
    assert no_date(datetime(2099, 12, 31, tzinfo=zone).astimezone(UTC)) is NoDate.NEVER
    assert no_date(datetime(2026, 3, 1, tzinfo=zone)) is None


FORMS = (
    "A999924123456", "A9999 24 123456", "=A99992412345600", "A999924123456Q", "=A99992412345686", "a9999-24-123456",
    "A9999 24 123456 00 Q", "Ａ９９９９２４１２３４５６", "A9999\u00a024\u2009123456",
    "]C1=A99992412345600", "]d2=A99992412345686",
    "=A99992412345600=<S1234V00", "]C1=<S1234V00=A99992412345600", "]d2=+03000=A99992412345600=<S1234V00&>0270311",
    "=A99992412345686\x1d=<S1234V00", "&>0270311=A99992412345600",
)  # fmt: skip


@pytest.mark.requirement("URS-114")
@pytest.mark.parametrize("text", FORMS)
def test_a_donation_has_one_number(text: str) -> None:
    """In the record and on the label of a sample."""
    assert stored_form(text) == "A999924123456"
    assert Sample(sample_id="S", purpose="p", donation_number=text).donation_number == "A999924123456"


@pytest.mark.requirement("URS-114")
@given(st.from_regex(r"[A-NP-Z1-9][A-NP-Z0-9]{4}[0-9]{8}", fullmatch=True), st.data())
def test_a_mistyped_check_character_is_noticed(number: str, data: st.DataObject) -> None:
    right = check_character(number)
    assert stored_form(number + right) == number
    assert stored_form(f"={number}{60 + '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*'.index(right)}") == number
    wrong = data.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*").filter(lambda one: one != right))
    with pytest.raises(ValueError, match="does not fit its check character"):
        stored_form(number + wrong)


@pytest.mark.requirement("URS-114")
def test_of_two_donations_in_one_code_none_is_chosen() -> None:
    """The same one twice is one."""
    with pytest.raises(ValueError, match="numbers of 2 donations"):
        stored_form("=A99992412345600=A99992412345700")
    assert stored_form("=A99992412345600=A99992412345600") == "A999924123456"
    assert stored_form("=<S1234V00&>0270311") is None


@pytest.mark.requirement("URS-114")
def test_other_numbers_stay_as_they_are() -> None:
    for text in ("LOT 7", "D-2026-001", "OA99924123456", "", None):
        assert Sample(sample_id="S", purpose="p", donation_number=text).donation_number == text
    wrong = "A999924123456X"
    assert Sample(sample_id="S", purpose="p", donation_number=wrong).donation_number == wrong
    assert "format" in str(BatchRecord.model_json_schema()["properties"]["expires_at"])


@pytest.mark.requirement("URS-114")
@pytest.mark.parametrize(
    ("content", "separator"),
    [
        (b"a,b\n1,2\n", ","),
        (b"\xef\xbb\xbfsep=;\r\na;b\r\n1;2\r\n", ";"),
        (b'"sep=,"\na,b\n1,2\n', ","),
        (b"a\tb\n1\t2\n\t\n\t\n", "\t"),
        (b"a,b,,\n1,2,,\n,,,\n", ","),
        (b"a,b\n1,2,,\n\x1a", ","),
        (b"a,b\n1,2\n\x00\x00\x00", ","),
    ],
)
def test_padding_and_marks_of_spreadsheets_are_no_data(content: bytes, separator: str) -> None:
    grid = read_grid(decoded(content))
    assert (grid.separator, grid.header[:2], [row[:2] for _, row in grid.rows]) == (separator, ["a", "b"], [["1", "2"]])


@pytest.mark.requirement("URS-114")
@pytest.mark.parametrize(
    "content",
    ["ä".encode("cp1252") + b",b\n1,2\n", "a,b\n1,2\n".encode("utf-16"), "a,b\n".encode("utf-16-le"), b"PK\x03\x04x"],
)
def test_another_encoding_is_named(content: bytes) -> None:
    with pytest.raises(NoTable, match="not UTF-8 text"):
        decoded(content)


@pytest.mark.requirement("URS-114")
def test_letters_that_look_the_same_name_the_same_column() -> None:
    assert name_form("Za\u0308hler (\u00b5g/mL)\u00a0 x") == name_form("Z\u00e4hler (\u03bcg/mL) x")


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    "text", ["12:30", "010", "NO", "1_000", "2026-01-01", "0x10", ".inf", "1:2:3", "off", "9" * 30]
)
def test_yaml_guesses_no_numbers_and_no_truth(text: str) -> None:
    assert yaml_text.load(f"a: {text}") == {"a": text}


@pytest.mark.requirement("URS-110")
@pytest.mark.parametrize(
    "text", ["a: !!timestamp x", "a: !!bool x", "[" * 3000, "a: &x 1\nb: *x", "a: 1\na: 2", "? [a]\n: b", "'", "\x00"]
)
def test_yaml_that_can_t_be_read_is_one_sentence(text: str) -> None:
    with pytest.raises(yaml_text.NoYaml) as refused:
        yaml_text.load(text)
    assert "\n" not in str(refused.value)


@pytest.mark.requirement("URS-112")
@pytest.mark.parametrize("padding", ["\u200b,\u00a0", "\ufeff,", " ,\u200b\u200b"])
def test_what_can_not_be_seen_is_no_row(padding: str) -> None:
    """Cells that were pasted and emptied again hold blanks of every kind."""
    assert read_grid(f"a,b\n1,2\n{padding}\n{padding}\n").rows == [(2, ["1", "2"])]


@pytest.mark.requirement("URS-114")
@pytest.mark.parametrize(
    "name", ["Total", "TOTAL:", "Mean", "grand  total", "Summe", "\u03a3", "\u00d8", "Std. dev", "Sum"]
)
def test_a_row_that_sums_up_others_is_no_data(name: str) -> None:
    """Also where its cell is not the first one, and amid the others."""
    for row in (f"{name},3", f",{name}"):
        with pytest.raises(NoTable, match="sums up others in line 3"):
            read_grid(f"batch,count\nB1,1\n{row}\nB2,2\n")


@pytest.mark.requirement("URS-114")
def test_a_header_that_comes_again_is_no_data() -> None:
    """Where files are joined; a code of an airport sums up nothing."""
    with pytest.raises(NoTable, match="its header again in line 3"):
        read_grid("batch,count\nB1,1\n batch ,count\nB2,2\n")
    assert len(read_grid("hub,days\nSUM,1\nTotalis,2\nB-mean,3\n").rows) == 3


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize("text", ["!!float 1:30", "!!int 1:30", "!!int 0x1F", "!!int 1_000", "1e400", "!!float .inf"])
def test_a_tag_makes_no_number_of_what_is_none(text: str) -> None:
    """Nor is a number too large to be one taken as endless."""
    with pytest.raises(yaml_text.NoYaml, match="is no number"):
        yaml_text.load(f"a: {text}")
    assert yaml_text.load("a: !!float 3\nb: !!int 7\nc: 1.5e3") == {"a": 3.0, "b": 7, "c": 1500.0}
