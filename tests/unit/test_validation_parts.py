"""Parts of validation: agreement, licences, results, layout, and sheets that can't be right."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sklearn.metrics import cohen_kappa_score

from batchwright.support.errors import Refused
from batchwright.validation.agreement import agreement, median, share
from batchwright.validation.licences import Accepted, Elsewhere, Package, Policy, allowed, licence_problems, spdx
from batchwright.validation.model import Chapter, Row
from batchwright.validation.performance import BotReview, accepted, outcome, report, sheets
from batchwright.validation.print_layout import BOTTOM, HEIGHT, WIDTH, Layout
from batchwright.validation.results import read_results
from batchwright.validation.supplier_chapters import _not_looked_at
from batchwright.validation.upkeep import Release, upkeep_of
from batchwright.validation.vulnerabilities import Answer, age_problems
from batchwright.validation.yaml_file import read_yaml

_NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
_POLICY = Policy(
    allowed=("MIT", "Apache-2.0", "BSD-3-Clause"), accepted={"odd": Accepted(licence="MPL-2.0", why="Used unchanged.")}
)


def _pairs(both_yes: int, first: int, second: int, both_no: int) -> list[tuple[str, str]]:
    table = ((("Y", "Y"), both_yes), (("Y", "N"), first), (("N", "Y"), second), (("N", "N"), both_no))
    return [pair for pair, number in table for _ in range(number)]


@pytest.mark.requirement("URS-264")
@pytest.mark.parametrize("counts", [(20, 5, 10, 15), (45, 15, 25, 15), (1, 0, 0, 1), (7, 3, 0, 90)])
def test_kappa_is_that_of_another_program(counts: tuple[int, int, int, int]) -> None:
    pairs = _pairs(*counts)
    found = agreement(pairs)
    assert found.kappa == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.kappa <= found.high


@pytest.mark.requirement("URS-264")
def test_kappa_has_the_interval_that_the_formula_gives_by_hand() -> None:
    """po = 0.7, pe = 0.5: kappa = 0.4; by Fleiss, Cohen and Everitt its standard error is 0.1269 for these 50 pairs."""
    found = agreement(_pairs(20, 5, 10, 15))
    assert found.kappa == pytest.approx(0.4)
    assert (found.high - found.low) / 2 / 1.959964 == pytest.approx(0.1270, abs=0.0005)  # type: ignore[operator]


@pytest.mark.requirement("URS-264")
def test_agreement_by_chance_alone_has_no_kappa_and_nothing_has_no_agreement() -> None:
    assert agreement([("Y", "Y")] * 40).kappa is None
    with pytest.raises(ValueError, match="no pair"):
        agreement([])
    assert share(0, 0) == (0.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="3 of 2"):
        share(3, 2)
    assert (median([]), median([3.0]), median([4.0, 1.0])) == (None, 3.0, 2.5)


def _filled(folder: Path, number: int, wrong: int = 0) -> tuple[Path, Path]:
    kinds = ("READY", "HOLD")
    reviews = [BotReview(f"B{one}", kinds[one % 2], 0, 2.0, "h", "r 1") for one in range(number)]
    people, bots = folder / "people.xlsx", folder / "bots.xlsx"
    for path, content in zip((people, bots), sheets(reviews, _NOW), strict=True):
        path.write_bytes(content)
    _fill(people, {3: [kinds[(one + (one < wrong)) % 2] for one in range(number)], 5: [30] * number})
    return people, bots


def _fill(path: Path, columns: dict[int, list[object]]) -> None:
    book = load_workbook(path)
    for column, values in columns.items():
        for row, value in enumerate(values, start=2):
            book.worksheets[0].cell(row, column).value = value
    book.save(path)


@pytest.mark.requirement("URS-264")
def test_filled_sheets_give_agreement_times_and_detection(tmp_path: Path) -> None:
    people, bots = _filled(tmp_path, 40, wrong=2)
    _fill(people, {6: [1] * 40, 7: [1] * 30})
    _fill(bots, {5: [1] * 35})
    found = outcome(people, bots)
    assert (found.agreed.pairs, found.agreed.agreed, found.people_minutes, found.bots_minutes) == (40, 38, 30, 2)
    assert (found.known, found.people_found, found.bots_found) == (40, 30, 35)
    assert accepted(found, 0.6)
    assert not accepted(found, 0.99)
    (chapter,) = report(found, 0.6)
    assert any("0.900" in row.cells[1] for row in chapter.rows)


@pytest.mark.requirement("URS-264")
def test_nothing_is_accepted_where_no_error_is_known_or_a_batch_was_left_out(tmp_path: Path) -> None:
    """Detection without a known error shows nothing, and a row that was taken away hides a batch."""
    people, bots = _filled(tmp_path, 40)
    assert not accepted(outcome(people, bots), 0.6)
    _fill(people, {6: [1] * 40, 7: [1] * 30})
    _fill(bots, {5: [1] * 35})
    assert accepted(outcome(people, bots), 0.6)
    book = load_workbook(people)
    book.worksheets[0].delete_rows(41)
    book.save(people)
    found = outcome(people, bots)
    assert found.missing == ("B39",)
    assert not accepted(found, 0.6)


@pytest.mark.requirement("URS-264")
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({3: ["PERHAPS"]}, "is none of"),
        ({8: ["The reader was interrupted."]}, "signed by nobody"),
        ({5: ["soon"]}, "no number"),
        ({6: ["many"]}, "no number of errors"),
        ({7: [3]}, "more errors were found"),
        ({1: ["B1"]}, "twice"),
        ({1: ["B99"]}, "does not"),
    ],
)
def test_sheets_that_can_not_be_right_are_refused(tmp_path: Path, columns: dict[int, list[object]], said: str) -> None:
    people, bots = _filled(tmp_path, 32)
    _fill(people, columns)
    with pytest.raises(Refused, match=said):
        outcome(people, bots)


@pytest.mark.requirement("URS-264")
@pytest.mark.parametrize(
    ("column", "value"), [(2, "READY"), (3, 4), (4, 0.1), (6, "f" * 64), (7, "r 2"), (8, "0" * 64)]
)
def test_a_bots_sheet_that_was_changed_is_refused(tmp_path: Path, column: int, value: object) -> None:
    """Verdict, findings, minutes, record, rules, and the digest itself; errors found are the plant's to fill in."""
    people, bots = _filled(tmp_path, 40)
    _fill(bots, {column: [value] * (40 if column == 8 else 2)})
    with pytest.raises(Refused, match="is not as the protocol was made"):
        outcome(people, bots)


@pytest.mark.requirement("URS-264")
def test_a_people_s_sheet_of_another_protocol_is_refused(tmp_path: Path) -> None:
    """Its batches are all in the other protocol, so that nothing but the digest tells."""
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    people, _ = _filled(tmp_path / "one", 39)
    _, bots = _filled(tmp_path / "other", 40)
    with pytest.raises(Refused, match=r"names [0-9a-f]{12} at batch 'B0', and .* give both sheets of one protocol"):
        outcome(people, bots)
    _fill(people, {10: [""] * 39})
    with pytest.raises(Refused, match="names no protocol"):
        outcome(people, bots)


@pytest.mark.requirement("URS-264")
def test_a_record_that_was_corrected_since_is_named_and_needs_a_deviation(tmp_path: Path) -> None:
    people, bots = _filled(tmp_path, 40)
    _fill(people, {6: [1] * 40, 7: [1] * 30})
    _fill(bots, {5: [1] * 35})
    now = {f"B{number}": "h" for number in range(40)}
    assert accepted(outcome(people, bots, now), 0.6)
    found = outcome(people, bots, {**now, "B0": "another"})
    assert found.corrected == ("B0",)
    assert not accepted(found, 0.6)
    (chapter,) = report(found, 0.6)
    assert any(row.cells[:2] == ("Records corrected since the protocol", "B0") for row in chapter.rows)
    _fill(people, {8: ["Corrected on Monday."], 9: ["Q. Quality"]})
    assert accepted(outcome(people, bots, {**now, "B0": "another"}), 0.6)


@pytest.mark.requirement("URS-267")
@pytest.mark.parametrize(
    ("said", "name", "fine"),
    [
        ("MIT", "any", True),
        ("The MIT License (MIT)", "any", True),
        ("GPL-3.0-or-later", "any", False),
        ("GPL-3.0 OR MIT", "any", True),
        ("MIT AND GPL-3.0", "any", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", "any", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", "odd", True),
        ("GPL-3.0", "odd", False),
        ("not stated", "any", False),
    ],
)
def test_a_licence_is_allowed_by_the_list_or_for_its_package(said: str, name: str, fine: bool) -> None:
    assert allowed(said, _POLICY, name) == fine


@pytest.mark.requirement("URS-267")
def test_licences_that_nobody_looked_at_are_named_and_those_read_elsewhere_are_judged() -> None:
    here = Package("fine", "1.0", "MIT", (), (), "1.0")
    there = Package("windows-only", "2.0", "", (), (), "", applies=False)
    row = _not_looked_at((here, there), _POLICY).cells
    assert (row[1], row[3]) == ("1 not looked at: not installed here", "windows-only")
    read = Elsewhere(licence="GPL-3.0", read_on=_NOW.date(), source="on Windows")
    policy = Policy(allowed=_POLICY.allowed, accepted={}, elsewhere={"windows-only": read})
    assert _not_looked_at((here, there), policy).cells[1] == "all were looked at"
    (wrong,) = licence_problems((here, there), policy)
    assert (wrong.kind, wrong.subject) == ("licence_not_allowed", "windows-only")
    (left,) = licence_problems((here,), policy)
    assert left.kind == "acceptance_without_package"


@pytest.mark.requirement("URS-267")
def test_an_answer_about_holes_grows_old_by_the_plant_s_own_setting() -> None:
    answer = Answer("2026-11-01", "by hand", (), ())
    assert age_problems(answer, date(2027, 1, 30), 90) == []
    (old,) = age_problems(answer, date(2027, 1, 31), 90)
    assert (old.kind, "91 days before 2027-01-31; the plant allows 90." in old.says) == ("holes_answer_old", True)


@pytest.mark.requirement("URS-267")
def test_upkeep_is_told_of_the_locked_version_alone() -> None:
    release = Release(version="1.0", released_on=_NOW.date(), looked_up_on=_NOW.date(), source="its notes")
    assert upkeep_of(Package("fine", "1.0", "MIT", (), (), "1.0"), {"fine": release}).startswith("released 2026-11-29")
    assert upkeep_of(Package("fine", "1.1", "MIT", (), (), "1.1"), {"fine": release}) == "not looked at"


@pytest.mark.requirement("URS-267")
def test_one_licence_has_one_spelling() -> None:
    assert {spdx(one) for one in ("Apache 2.0", "Apache License 2.0", "Apache-2.0", "Apache Software License")} == {
        "Apache-2.0"
    }
    assert spdx("LGPLv3") == spdx("LGPL-3.0-only") == "LGPL-3.0"


@pytest.mark.requirement("URS-261")
def test_cases_of_a_test_are_one_result_and_a_failed_one_counts(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(
        "<testsuite tests='4' failures='1' errors='0' skipped='1'>"
        "<testcase classname='tests.unit.test_x' name='test_y[a]' time='1'/>"
        "<testcase classname='tests.unit.test_x' name='test_y[b::c]' time='2'><failure"
        " message='no&#10;way'/></testcase>"
        "<testcase classname='tests.unit.test_x.TestZ' name='test_y'/>"
        "<testcase classname='tests.unit.test_x' name='test_w'><skipped message='no data'/></testcase></testsuite>",
        encoding="utf-8",
    )
    results, problems = read_results(tmp_path)
    assert problems == []
    one = results["tests/unit/test_x.py::test_y"]
    assert (one.status, one.passed, one.failed, one.seconds, one.why) == ("failed", 1, 1, 3.0, "no way")
    assert results["tests/unit/test_x.py::TestZ::test_y"].status == "passed"
    assert results["tests/unit/test_x.py::test_w"].status == "skipped"


@pytest.mark.requirement("URS-110")
def test_a_report_with_an_entity_fetches_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    entity = f"<!DOCTYPE x [<!ENTITY e SYSTEM '{(tmp_path / 'secret.txt').as_uri()}'>]>"
    inner = "<testcase classname='tests.unit.test_x' name='test_y'><failure message='x'>&e;</failure></testcase>"
    report = f"{entity}<testsuite tests='1' failures='1'>{inner}</testsuite>"
    (tmp_path / "junit.xml").write_text(report, encoding="utf-8")
    results, _ = read_results(tmp_path)
    assert "secret" not in repr(results)


@pytest.mark.requirement("URS-260")
def test_nothing_is_printed_outside_of_its_page_or_column() -> None:
    """With letters two millimetres wide: names that never break, and rows longer than a page."""
    words = "a/very/long/path/" * 30 + " " + "unbreakable" * 40
    rows = tuple(
        Row((f"R{number}", words * (1 + number % 2 * 4)), ("file:x", "row:one::R0"), f"R{number}")
        for number in range(9)
    )
    layout = Layout(lambda text, _bold, _size: 2.0 * len(text), 2)
    layout.chapter(Chapter("one", "One", ("Said.",), ("Name", "What"), (20, 80), rows), 1)
    assert len(layout.pages) > 3
    marks = [mark for page in layout.pages for mark in page.marks if mark.size < 14]
    assert all(mark.y <= HEIGHT - BOTTOM + 0.01 for mark in marks)
    assert all(mark.x + 2.0 * len(mark.text) <= WIDTH for mark in marks)
    printed = "".join(mark.text for mark in marks if mark.x > 50 and not mark.to)
    assert printed.count("unbreakable") + printed.count("unbreak") >= 40
    assert {f"row:one::R{number}" for number in range(9)} <= layout.places.keys()


@pytest.mark.requirement("URS-111")
def test_files_that_people_edit_hold_what_they_say(tmp_path: Path) -> None:
    """No Norway that is false, no ratio that is minutes; and no alias, which could grow without end."""
    path = tmp_path / "plant.yaml"
    path.write_text("country: NO\nratio: 1:30\non: off\nday: 2026-01-01\ncode: 010\n")
    said = {"country": "NO", "ratio": "1:30", "on": "off", "day": "2026-01-01", "code": "010"}
    assert read_yaml(path) == said
    for content, told in (
        ("a: &a [1]\nb: *a\n", "line 2: aliases"),
        ("a: 1\na: 2\n", "line 2: 'a' stands twice"),
        ("[" * 5000, "nested too deep"),
        ("a: '", "line 1"),
    ):
        path.write_text(content)
        with pytest.raises(Refused, match=told):
            read_yaml(path)
    path.write_bytes(b"a: \xff")
    with pytest.raises(Refused, match="not in UTF-8"):
        read_yaml(path)
