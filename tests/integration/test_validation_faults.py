"""Thirty faults and more, seeded one by one into the sources of a pack and its evidence: each is named."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from validation_support import copy_of_sources, plant_that_has_named, whole_run

from batchwright.support.errors import Refused
from batchwright.validation.model import Checkout
from batchwright.validation.pack import make_pack
from batchwright.validation.run_record import RUN


@dataclass(frozen=True)
class Place:
    """Where a fault is seeded."""

    checkout: Checkout
    evidence: Path
    plant: Path

    def file(self, name: str) -> Path:
        """A file of the sources."""
        return self.checkout.root / name

    def swap(self, name: str, old: str, new: str, count: int = 1) -> None:
        """Change a text of the sources that has to be there."""
        _swap(self.file(name), old, new, count)


def _swap(path: Path, old: str, new: str, count: int = 1) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} does not hold {old!r}: the fault would seed nothing"
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def _drop(path: Path, form: str) -> None:
    text = path.read_text(encoding="utf-8")
    left, number = re.subn(form, "", text, count=1, flags=re.MULTILINE)
    assert number == 1, f"{path.name} holds nothing like {form!r}"
    path.write_text(left, encoding="utf-8")


def _left_out(place: Place, test: str) -> None:
    """A case is said to have been left out, with JUnit's own totals as they have to be then."""
    path = place.evidence / "junit.xml"
    _swap(path, "skipped='0'", "skipped='1'")
    _swap(path, f"name=\"{test}\" time='0.1'>", f'name="{test}" time=\'0.1\'><skipped message="in make soak"/>')


def _without_procedure(path: Path, name: str) -> None:
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    del said["procedures"][name]
    path.write_text(yaml.safe_dump(said), encoding="utf-8")


def _run(place: Place, **changed: object) -> None:
    path = place.evidence / RUN
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changed}), encoding="utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Sources and evidence without a fault."""
    folder = tmp_path_factory.mktemp("sources")
    place = Place(copy_of_sources(folder / "sources"), folder / "evidence", folder / "plant.yaml")
    plant_that_has_named(folder, place.checkout.root)
    whole_run(place.evidence, place.checkout)
    return place


@pytest.fixture
def place(whole: Place, tmp_path: Path) -> Iterator[Place]:
    """The same for one fault; what it changed in the sources is put back."""
    shutil.copytree(whole.evidence, tmp_path / "evidence")
    shutil.copy(whole.plant, tmp_path / "plant.yaml")
    kept = {
        path: path.read_bytes()
        for part in ("docs", "tests", "robot_tests", "bots")
        for path in whole.file(part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    kept |= {whole.file(name): whole.file(name).read_bytes() for name in ("requirements-dev.txt", "pyproject.toml")}
    yield replace(whole, evidence=tmp_path / "evidence", plant=tmp_path / "plant.yaml")
    for part in ("docs", "tests", "robot_tests", "bots"):
        for path in whole.file(part).rglob("*"):
            if path.is_file() and path not in kept:
                path.unlink()
    for path, content in kept.items():
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


def _problems(place: Place) -> set[str]:
    return {one.kind for one in make_pack(place.checkout, place.evidence, place.plant).problems}


_NONE = "URS-"
"""Apart from its number, as no test may name what is no requirement."""
_TEST = "tests/contract/test_mes_signing.py"
_PLANT = "plant: ''\ntime_source: {{name: ntp.plant.example, valid_until: {0}, calibrated_on: {1}, certificate: C-1}}\n"
FAULTS: dict[str, tuple[Callable[[Place], object], str]] = {
    # tests and requirements
    "a test is deleted": (
        lambda p: _drop(
            p.file(_TEST),
            r"^def test_a_bot_cannot_sign_anything(?:.|\n)*?(?=^(@|def"
            r" ))",
        ),
        "result_without_test",
    ),
    "a test is renamed": (
        lambda p: p.swap(_TEST, "def test_a_bot_cannot_sign_anything", "def test_bots_sign_nothing"),
        "clause_without_test",
    ),
    "a file of tests is deleted": (
        lambda p: p.file("tests/contract/test_mes_exchange_logs.py").unlink(),
        "file_without_tests",
    ),
    "a test is left out": (
        lambda p: p.swap(
            "tests/contract/test_mes_critical_rules.py",
            '@pytest.mark.requirement("URS-211")\n',
            '@pytest.mark.skip\n@pytest.mark.requirement("URS-211")\n',
        ),
        "high_risk_with_unit_tests_alone",
    ),
    "a test stands twice": (
        lambda p: p.file(_TEST).write_text(
            p.file(_TEST).read_text() + "\n\ndef test_a_bot_cannot_sign_anything() -> None:\n    assert True\n"
        ),
        "test_twice",
    ),
    "a test without a requirement": (
        lambda p: p.file("tests/unit/test_new.py").write_text("def test_new() -> None:\n    assert True\n"),
        "test_without_requirement",
    ),
    "a test of an unknown requirement": (
        lambda p: p.swap("tests/contract/test_mes_way.py", "URS-001", f"{_NONE}999"),
        "unknown_requirement",
    ),
    "an acceptance test loses its tag": (
        lambda p: p.swap("robot_tests/02_way_out_of_a_hold.robot", "    [Tags]    URS-005\n", ""),
        "test_without_requirement",
    ),
    "a requirement is renamed": (
        lambda p: p.swap("docs/requirements.yaml", "URS-053:", f"{_NONE}953:"),
        "requirement_without_risk",
    ),
    "a requirement is taken back": (
        lambda p: _drop(p.file("docs/requirements.yaml"), r"^URS-053:.*\n"),
        "risk_without_requirement",
    ),
    "a requirement is new": (
        lambda p: p.file("docs/requirements.yaml").write_text(
            p.file("docs/requirements.yaml").read_text() + f"{_NONE}998: Something new.\n"
        ),
        "requirement_without_test",
    ),
    "a requirement stands twice": (
        lambda p: p.file("docs/requirements.yaml").write_text(
            p.file("docs/requirements.yaml").read_text() + "URS-001: Another.\n"
        ),
        "REFUSED",
    ),
    # risks and specification
    "a risk is taken out": (
        lambda p: _drop(p.file("docs/risk-register.yaml"), r"^  URS-016:.*\n"),
        "requirement_without_risk",
    ),
    "a risk without a reason": (
        lambda p: p.swap(
            "docs/risk-register.yaml",
            'why: "A change without an audit entry',
            'because: "A change without an audit entry',
        ),
        "REFUSED",
    ),
    "a risk beyond the scale": (
        lambda p: p.swap("docs/risk-register.yaml", "URS-001: {severity: 3", "URS-001: {severity: 4"),
        "REFUSED",
    ),
    "a high risk with unit tests alone": (
        lambda p: p.swap(
            "docs/risk-register.yaml", "URS-210: {severity: 2, probability: 2", "URS-210: {severity: 3, probability: 3"
        ),
        "high_risk_with_unit_tests_alone",
    ),
    "a specification that moved": (
        lambda p: p.swap("docs/risk-register.yaml", "keywords/lims.py", "keywords/laboratory.py"),
        "broken_link",
    ),
    "a rule that is gone": (
        lambda p: p.swap("docs/risk-register.yaml", "rule:CT-DOS-01", "rule:CT-DOS-77"),
        "broken_link",
    ),
    # evidence
    "evidence of another commit": (lambda p: _run(p, commit="f" * 40), "evidence_of_another_commit"),
    "evidence of changed sources": (
        lambda p: _run(p, changed=["mes_core/domain/states.py"]),
        "evidence_of_changed_sources",
    ),
    "an edited result": (
        lambda p: _swap(p.evidence / "junit.xml", "test_a_bot_cannot_sign_anything", "test_a_bot_signs"),
        "evidence_changed",
    ),
    "a failure taken out of the report": (
        lambda p: _drop(p.evidence / "junit.xml", r"<testcase[^>]*></testcase>"),
        "totals_differ",
    ),
    "a report that was cut off": (
        lambda p: (p.evidence / "junit.xml").write_text((p.evidence / "junit.xml").read_text()[:-40]),
        "unreadable_evidence",
    ),
    "a file of evidence is gone": (lambda p: (p.evidence / "output.xml").unlink(), "evidence_removed"),
    "a file put beside the evidence": (lambda p: (p.evidence / "late.json").write_text("{}"), "evidence_added"),
    "a run that was not sealed": (lambda p: _run(p, ended_at=""), "run_not_sealed"),
    "no record of the run": (lambda p: (p.evidence / RUN).unlink(), "evidence_without_run"),
    "another lock": (lambda p: _run(p, lock="0" * 64), "another_lock"),
    "a figure that misses its goal": (
        lambda p: _swap(p.evidence / "mutation.json", '"detected": 9', '"detected": 8'),
        "goal_missed",
    ),
    "a figure that is missing": (
        lambda p: _swap(p.evidence / "mutation.json", '"critical"', '"grave"'),
        "figure_missing",
    ),
    "a table of corruptions that is gone": (
        lambda p: _swap(p.evidence / "mutation.json", '"operators"', '"lines"'),
        "mutation_table_missing",
    ),
    "a line of corruptions that was edited": (
        lambda p: _swap(p.evidence / "mutation.json", '"detected": 9, "of": 9, "low"', '"detected": 8, "of": 9, "low"'),
        "totals_differ",
    ),
    "a check of sites that can't be read": (
        lambda p: _swap(p.evidence / "site-checks.json", '"checks"', '"looks"'),
        "unreadable_evidence",
    ),
    "a word of a site that moved": (
        lambda p: _swap(p.evidence / "site-checks.json", '"moved": []', '"moved": [{"word": "Batch"}]'),
        "site_moved",
    ),
    "a check of another site folder": (
        lambda p: _swap(p.evidence / "site-checks.json", '"folder": "', '"folder": "0'),
        "site_check_of_another_folder",
    ),
    "a test that failed": (
        lambda p: whole_run(p.evidence, p.checkout, (f"{_TEST}::test_a_bot_cannot_sign_anything",)),
        "test_failed",
    ),
    "an acceptance test that failed": (
        lambda p: whole_run(
            p.evidence, p.checkout, ("robot_tests/02_way_out_of_a_hold.robot::A Held Batch Cannot Be Released",)
        ),
        "test_failed",
    ),
    # the plant, clauses, bots, suppliers
    "an expired calibration of the time source": (
        lambda p: p.plant.write_text(_PLANT.format("2026-11-01", "2025-11-01")),
        "time_source_expired",
    ),
    "a calibration that lies ahead": (
        lambda p: p.plant.write_text(_PLANT.format("2027-11-01", "2026-12-24")),
        "time_source_ahead",
    ),
    "a procedure that expired": (
        lambda p: p.plant.write_text(
            "procedures: {training: {number: S-1, title: T, owner: O, valid_until: 2026-01-01}}\n"
        ),
        "procedure_expired",
    ),
    "a procedure that meets no clause": (
        lambda p: p.plant.write_text(
            "procedures: {cooking: {number: S-1, title: T, owner: O, valid_until: 2027-01-01}}\n"
        ),
        "unknown_procedure",
    ),
    "a clause that is neither met nor not": (
        lambda p: p.swap("docs/clauses.yaml", "    procedure: training\n", ""),
        "REFUSED",
    ),
    "a bot without a sheet": (
        lambda p: p.swap("docs/bot-sheets.yaml", "model_drift:", "model_drifting:"),
        "bot_without_sheet",
    ),
    "a licence that nobody accepted": (
        lambda p: _drop(p.file("docs/licence-policy.yaml"), r"^  fpdf2:.*\n"),
        "licence_not_allowed",
    ),
    "a dependency without a reason": (
        lambda p: _drop(p.file("docs/direct-dependencies.yaml"), r"^httpx:.*\n"),
        "dependency_without_reason",
    ),
    "a locked version with a known hole": (
        lambda p: p.swap("docs/vulnerabilities.yaml", "fixed_in: 46.0.5", 'fixed_in: "999.0"'),
        "known_hole",
    ),
    "an answer about holes that is old": (
        lambda p: (
            p.plant.write_text("holes_asked_within_days: 90\n")
            and p.swap("docs/vulnerabilities.yaml", "asked_on: 2026-11-29", "asked_on: 2026-08-30")
        ),
        "holes_answer_old",
    ),
    "a licence of another platform that nobody accepted": (
        lambda p: p.swap(
            "docs/licence-policy.yaml",
            'comtypes: {licence: "MIT"',
            'comtypes: {licence: "GPL-3.0"',
        ),
        "licence_not_allowed",
    ),
    "a release of what is not brought along": (
        lambda p: p.swap(
            "docs/upkeep.yaml",
            "\nreleases:\n",
            "\nreleases:\n"
            "  left: {version: '1', released_on: 2026-11-01, looked_up_on: 2026-11-02, source: its notes}\n",
        ),
        "release_without_dependency",
    ),
    "a benchmark that misses its goal": (
        lambda p: _swap(p.evidence / "benchmarks/startup.json", "1.6", "0.6"),
        "goal_missed",
    ),
    "a case that proves something was left out": (
        lambda p: _left_out(p, "test_a_bot_cannot_sign_anything"),
        "requirement_shown_in_part",
    ),
    "a drill that was not done": (
        lambda p: (p.evidence / "backup.json").unlink(),
        "figure_not_measured",
    ),
    "a procedure that the plant has not named": (
        lambda p: _without_procedure(p.plant, "training"),
        "procedures_not_filled_in",
    ),
    "an answer that leads nowhere": (
        lambda p: p.swap("docs/inspector-questions.yaml", "row:matrix::URS-006", f"row:matrix::{_NONE}906"),
        "broken_link",
    ),
}
"""What is done, and the kind of problem that it has to be; REFUSED where a file can't be read at all."""


@pytest.mark.requirement("URS-260")
@pytest.mark.requirement("URS-261")
def test_without_a_fault_nothing_is_open_and_every_link_leads_somewhere(whole: Place) -> None:
    pack = make_pack(whole.checkout, whole.evidence, whole.plant)
    assert pack.problems == ()
    assert (pack.facts["shown"], pack.facts["tests_with_result"]) == (pack.facts["requirements"], pack.facts["tests"])
    rows = [row for chapter in pack.chapters for row in chapter.rows]
    assert len(rows) > 2000
    assert all(row.leads_to for row in rows)


@pytest.mark.requirement("URS-261")
@pytest.mark.parametrize("name", FAULTS)
def test_a_seeded_fault_is_named(place: Place, name: str) -> None:
    seed, kind = FAULTS[name]
    seed(place)
    if kind == "REFUSED":
        with pytest.raises(Refused) as refused:
            make_pack(place.checkout, place.evidence, place.plant)
        assert str(refused.value).endswith(".")
        return
    assert kind in _problems(place)


@pytest.mark.requirement("URS-261")
def test_there_are_thirty_faults() -> None:
    assert len(FAULTS) >= 30
