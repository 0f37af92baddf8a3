"""Published tables as they are prepared: which columns stay, what a failure is, and how a wrong file is refused."""

from pathlib import Path

import pytest

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.table import read_table
from keywords.predictive_holds.training import tables


def _laboratory(path: Path, header: list[str], *rows: list[str]) -> Path:
    path.write_text("\n".join(",".join(row) for row in (header, *rows)) + "\n", encoding="utf-8")
    return path


def test_a_batch_fails_from_the_limit_on_and_an_unknown_outcome_stays_unknown(tmp_path: Path) -> None:
    inputs = list(tables._PHARMA_INPUTS)
    row = [str(number) for number in range(len(inputs))]
    _laboratory(
        tmp_path / "Laboratory.csv",
        [*inputs, "other", "impurities_total"],
        [*row, "x", "0.29"],
        [*row, "x", "0.30"],
        [*row, "x", ""],
    )
    header, rows = tables.pharma_1005(tmp_path)
    assert header == [*inputs, "impurities_total", "fail"]
    assert [one[-1] for one in rows] == ["0", "1", ""]
    assert all(one[: len(inputs)] == row for one in rows)
    tables.write_table(tmp_path / "out.csv", header, rows)
    again = read_table(tmp_path / "out.csv")
    assert again.columns["fail"] == ["0", "1", ""]


def test_without_its_outcome_it_is_prepared_for_answers_only(tmp_path: Path) -> None:
    inputs = list(tables._PHARMA_INPUTS)
    path = _laboratory(tmp_path / "new.csv", inputs, ["1"] * len(inputs))
    assert tables.pharma_1005(path)[0] == inputs


@pytest.mark.requirement("URS-110")
def test_a_file_that_is_another_one_is_refused_by_the_column_it_lacks(tmp_path: Path) -> None:
    path = _laboratory(tmp_path / "new.csv", ["batch"], ["1"])
    with pytest.raises(ModelRefused, match="code"):
        tables.pharma_1005(path)
    sensors = _laboratory(tmp_path / "a.csv", ["timestamp", "s1"], ["2008-01-01T00:00:00", "1.5"])
    assert tables.secom(sensors) == (["timestamp", "s1"], [["2008-01-01T00:00:00", "1.5"]])
    with pytest.raises(ModelRefused, match="holds 2 CSV files: name the one"):
        tables.secom(tmp_path)
    with pytest.raises(ModelRefused, match="timestamp"):
        tables.secom(path)
