"""Tables as spreadsheets of several countries write them: the same numbers, or a question with row and cell."""

from pathlib import Path

import numpy as np
import pytest
from predictive_support import as_table, plant_table

from keywords.predictive_holds.clock_columns import refuse_late_columns, row_times
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.prepare import level_of, unread_notes
from keywords.predictive_holds.table import Table, as_number, numbers, read_table
from keywords.predictive_holds.training.checks import Roles, learn_preparation, learnable
from mes_core.spelling.numbers import Notation

ROLES = Roles("fail", "timestamp", "patient")
PLAIN = "timestamp,cells,glucose,ph\n2026-01-01,930,6.26,7.234\n2026-01-02,1271,5.39,7.254\n"


def read(tmp_path: Path, text: str, decimal: Notation | None = None) -> Table:
    """A table from its text."""
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    return read_table(path, decimal)


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("1271", '"1,271"'),
        PLAIN.replace(",", ";").replace(".", ",").replace("1271", "1.271"),
        PLAIN.replace(",", ";").replace(".", ",").replace("1271", "1 271"),
        PLAIN.replace(",", ";").replace(".", ",").replace("1271", "1\u202f271"),
        PLAIN.replace("1271", "1'271"),
        PLAIN.replace(",", "\t"),
        "\ufeffsep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n") + ";;;\r\n;;;\r\n",
    ],
)
def test_the_same_numbers_come_out_of_every_country_s_table(tmp_path: Path, text: str) -> None:
    """And the same hash, which locks the split and names the data."""
    plain = read(tmp_path, PLAIN)
    other = read(tmp_path, text)
    assert other.columns == plain.columns
    assert other.content_hash() == plain.content_hash()


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('a,b\n"1,271",5\n930,6\n', r"row 1: a holds '1,271', .*--decimal point or --decimal comma"),
        ("a;b\n1.271;5\n930;6\n", r"row 1: a holds '1.271', .*--decimal point or --decimal comma"),
        ("a;b\n6,26;5\n6.265;6\n6.26;7\n", r"'6,26' \(row 1: a\), with a decimal comma, and '6.26' \(row 3: a\)"),
        ('a,b\n"<1,271",5\n"<1,300",6\n', "--decimal"),
    ],
)
def test_what_could_be_two_numbers_is_asked(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ModelRefused, match=says):
        read(tmp_path, text)


@pytest.mark.requirement("URS-111")
def test_the_setting_decides(tmp_path: Path) -> None:
    text = 'a,b\n"1,271",5\n930,6\n'
    assert read(tmp_path, text, Notation.POINT).columns["a"] == ["1271", "930"]
    assert read(tmp_path, text, Notation.COMMA).columns["a"] == ["1.271", "930"]
    with pytest.raises(ModelRefused, match=r"row 1: a holds '6\.26', which is no number with a decimal comma"):
        read(tmp_path, "a,b\n6.26,5\n", Notation.COMMA)


@pytest.mark.requirement("URS-111")
def test_words_dates_and_names_stay_as_they_are(tmp_path: Path) -> None:
    text = "day;site;pair;v\n01.02.2026;Bern;1,2,3;6,5\n02.02.2026;Lyon;4,5,6;7,5\n"
    columns = read(tmp_path, text).columns
    assert columns["day"] == ["01.02.2026", "02.02.2026"]
    assert (columns["site"], columns["pair"], columns["v"]) == (["Bern", "Lyon"], ["1,2,3", "4,5,6"], ["6.5", "7.5"])


@pytest.mark.requirement("URS-111")
def test_codes_are_known_to_their_last_digit() -> None:
    """Whether with zeros before them or a point behind; a code that a spreadsheet shortened is refused."""
    assert level_of("code", "1234567") != level_of("code", "1234568")
    assert level_of("code", "12345678901234567") != level_of("code", "12345678901234568")
    assert {level_of("code", one) for one in ("7", "7.0", "007", "7.")} == {"7"}
    assert level_of("code", "0") == level_of("code", "000") == "0"
    with pytest.raises(ModelRefused, match=r"1.23457E\+12.* digits are lost"):
        level_of("code", "1.23457E+12")
    assert as_number("12345678901234567890") is None


@pytest.mark.requirement("URS-113")
def test_a_bound_is_learnt_from_and_asked_about() -> None:
    """A column with some of them is a measured one; a model that has seen none leaves such a row to a person."""
    columns = plant_table(160)
    columns["endotoxin"] = ["<0.05" if row % 3 else f"{0.05 + row / 1000:.3f}" for row in range(160)]
    seen = learn_preparation(learnable(as_table(columns), ROLES), ROLES)
    column = next(one for one in seen.columns if one.name == "endotoxin")
    assert (column.kind, column.low, round(column.bounds, 2)) == ("number", 0.05, 0.66)
    columns["endotoxin"] = [f"{0.05 + row / 1000:.3f}" for row in range(160)]
    unseen = learn_preparation(learnable(as_table(columns), ROLES), ROLES)
    today = plant_table(20, seed=9)
    today["endotoxin"] = ["<0.05", *["0.310"] * 18, "clot"]
    assert unread_notes(seen, as_table(today))[:19] == [""] * 19
    notes = unread_notes(unseen, as_table(today))
    assert "only known as '<0.05'" in notes[0]
    assert notes[1:19] == [""] * 18
    assert "holds 'clot'" in notes[19]
    assert np.isfinite(unseen.matrix(as_table(today), texts_missing=True)).all()


@pytest.mark.requirement("URS-114")
def test_a_model_knows_a_column_in_composed_and_decomposed_letters(tmp_path: Path) -> None:
    table = read(tmp_path, "Za\u0308hler (\u00b5g/mL),x\n1,2\n")
    assert list(table.columns) == ["Z\u00e4hler (\u03bcg/mL)", "x"]
    assert table.column("Za\u0308hler (\u03bcg/mL)", "an input") == ["1"]


@pytest.mark.requirement("URS-111")
@pytest.mark.parametrize(
    ("starts", "recorded", "says"),
    [
        (["20260301"] * 2, ["20260302", "20260309"], "recorded 8.0 days after"),
        (["46082", "46083"], ["46083", "46090.5"], "holds numbers such as '46082', so nobody can say how many days"),
        (["2026-03-01"] * 2, ["46083", "46090.5"], "holds numbers such as '46083'"),
        (["1", "2"], ["2026-03-02", "2026-03-09"], "holds numbers such as '1'"),
        (["1767225600", "1767312000"], ["1767225600", "1768000000"], "holds numbers such as"),
        (["2026-03-01T23:00:00+01:00"] * 2, ["2026-03-01", "2026-03-05"], "recorded 3.7 days after"),
        (["2026-03-01"] * 2, ["1900-01-01", "2026-03-02"], "'1900-01-01', which stands for no date"),
        (["2026-03-01"] * 2, ["2026-03-02", "9999-12-31"], "'9999-12-31', which stands for no date"),
    ],
)
def test_a_column_that_was_recorded_late_is_found_however_its_time_is_written(
    starts: list[str], recorded: list[str], says: str
) -> None:
    """Serial numbers of a spreadsheet and digits of another system pass no guard."""
    table = as_table({"timestamp": starts, "late": ["1", "2"], "late_recorded_at": recorded})
    with pytest.raises(ModelRefused, match=says):
        refuse_late_columns(table, "timestamp", 3.0, {"timestamp"})


@pytest.mark.requirement("URS-111")
def test_digits_are_a_time_where_they_can_only_be_one() -> None:
    """Year first; the day first has no order as a number and is refused; running numbers stay running numbers."""
    found = row_times(as_table({"t": ["20260131", "20260201"]}), "t")
    assert found[1] - found[0] == 86_400
    assert list(row_times(as_table({"t": ["100131", "100201", "100301"]}), "t")) == [100131, 100201, 100301]
    for cells in (["31012026", "01022026"], ["310126", "010226"], ["12312026", "01012027"]):
        with pytest.raises(ModelRefused, match="doesn't begin with its year"):
            row_times(as_table({"t": cells}), "t")


@pytest.mark.requirement("URS-112")
def test_times_with_and_without_a_zone_have_no_common_order() -> None:
    with pytest.raises(ModelRefused, match="give all times with their zone, or none"):
        row_times(as_table({"t": ["2026-03-01T08:00:00", "2026-03-01T08:00:00+01:00"]}), "t")


@pytest.mark.requirement("URS-114")
def test_one_group_in_several_spellings_is_one_group() -> None:
    columns = plant_table(160)
    columns["patient"] = [f"{row // 2:03d}" if row % 2 else str(row // 2) for row in range(160)]
    assert len(set(learnable(as_table(columns), ROLES).groups)) == 80


@pytest.mark.requirement("URS-113")
def test_errors_of_a_spreadsheet_are_texts_and_not_zero() -> None:
    for cell in ("#DIV/0!", "#REF!", "#VALUE!", "OVRFLW", "1.2.3"):
        assert numbers([cell]) is None
