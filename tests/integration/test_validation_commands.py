"""The commands of validation: a pack with the same bytes, qualification in the audit trail, what a change reaches."""

import json
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

import pytest
from command_line import batchwright as run_command
from openpyxl import load_workbook
from packaging.utils import canonicalize_name
from pypdf import PdfReader
from validation_support import ROOT, copy_of_sources, plant_that_has_named, whole_run

from batchwright.support.settings import Home
from batchwright.support.wiring import open_mes
from batchwright.validation import installation, operation, site_checks, write_json, write_pdf, write_xlsx
from batchwright.validation.checkout import git
from batchwright.validation.licences import read_lock
from batchwright.validation.model import Checkout
from batchwright.validation.pack import make_pack
from batchwright.validation.pack_files import pack_files
from batchwright.validation.plant import Plant, TimeSource
from batchwright.validation.run_record import begin, seal
from mes_core.domain.errors import Forbidden
from mes_core.domain.principals import Role, SystemPrincipal
from mes_core.messages.qualification import Qualification, SignQualification
from mes_core.storage import open_store
from mes_core.storage.standing import standing

_NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
_SYSTEM = SystemPrincipal("set-up")
_PASSWORD = "correct horse battery"


def batchwright(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A command from the checkout's folder."""
    return run_command(*words, cwd=ROOT, **environment)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checkout, Path]:
    """Sources and evidence without a fault."""
    folder = tmp_path_factory.mktemp("pack")
    checkout = copy_of_sources(folder / "sources")
    whole_run(folder / "evidence", checkout)
    return checkout, folder / "evidence"


@pytest.mark.requirement("URS-260")
def test_the_same_inputs_give_the_same_bytes(whole: tuple[Checkout, Path]) -> None:
    """All four files. The first pack takes less than a minute of the processor, whatever else the machine does."""
    begun = time.process_time()
    first = pack_files(make_pack(*whole))
    assert time.process_time() - begun < 60
    second = pack_files(make_pack(*whole))
    assert set(first) == {"validation-pack.pdf", "validation-pack.json", "validation-matrix.xlsx", "bom.json"}
    assert [name for name in first if first[name] != second[name]] == []


def _rows_of(told: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [row for one in told["chapters"] if one["key"] == key for row in one["rows"]]


@pytest.mark.requirement("URS-260")
@pytest.mark.requirement("URS-268")
@pytest.mark.requirement("URS-269")
def test_json_workbook_and_pdf_hold_every_line(whole: tuple[Checkout, Path], tmp_path: Path) -> None:
    pack = make_pack(*whole, plant_that_has_named(tmp_path, whole[0].root))
    told = json.loads(write_json.written(pack))
    assert [one["key"] for one in told["chapters"]] == [one.key for one in pack.chapters]
    lines = {one["key"]: {row["name"]: row for row in one["rows"]} for one in told["chapters"]}
    assert lines["mutation"]["checker_missing"]["cells"][2:4] == ["9 of 9 [0.70, 1.00]", "CT-DOS-01 in 9"]
    place = lines["places"]["mes_core/domain/states.py"]
    assert "URS-003" in place["cells"][2]
    assert {"row:matrix::URS-003", "row:proofs::URS-003"} <= set(place["leads_to"])
    checks = [row["cells"][2] for row in _rows_of(told, "bots") if row["cells"][1] == "last site check"]
    assert any("lims_labline: 40 words compared, none moved" in one for one in checks)
    figures = {row["cells"][0]: row["cells"][1] for row in _rows_of(told, "evidence")}
    assert figures["400 ms by the time that help takes"] == "1.6: met"
    assert "jsonlogic was left out" in figures["speed of the rules by JSON-logic's"]
    assert figures["speed of an item by Selenium with a browser per item"] == "1.9: met"
    assert {"bots", "part_11", "annex_11", "annex_11_draft", "alcoa", "asvs", "models", "rights"} <= {
        one["key"] for one in told["chapters"]
    }
    (tmp_path / "matrix.xlsx").write_bytes(write_xlsx.written(pack))
    book = load_workbook(tmp_path / "matrix.xlsx")
    assert [sheet.max_row - 1 for sheet in book.worksheets] == [len(one.rows) for one in pack.chapters]
    (tmp_path / "pack.pdf").write_bytes(write_pdf.written(pack))
    pages = [page.extract_text() for page in PdfReader(tmp_path / "pack.pdf").pages]
    text = "\n".join(pages)
    for requirement in ("URS-006", "URS-018", "URS-269"):
        assert requirement in text
    assert "No point is open" in pages[0]
    assert "qualified person" in text
    statuses = {row["cells"][-1] for one in told["chapters"] if one["key"] == "annex_11_draft" for row in one["rows"]}
    assert {"met by test", "not met"} <= statuses
    procedure = {row["cells"][-1] for one in told["chapters"] if one["key"] == "part_11" for row in one["rows"]}
    assert "met by procedure of the head of quality" in procedure


@pytest.mark.requirement("URS-261")
def test_the_command_refuses_evidence_of_another_commit(tmp_path: Path) -> None:
    """This checkout has a commit of its own; the pack is written all the same, and says what is open."""
    checkout = copy_of_sources(tmp_path / "sources")
    whole_run(tmp_path / "evidence", checkout)
    said = batchwright("validation", "pack", "--out", str(tmp_path / "out"), "--evidence", str(tmp_path / "evidence"))
    assert said.returncode == 1
    assert "The evidence is that of commit" in " ".join(said.stdout.split())
    assert {one.name for one in (tmp_path / "out").iterdir()} == {
        "validation-pack.pdf",
        "validation-pack.json",
        "validation-matrix.xlsx",
        "bom.json",
    }


@pytest.mark.requirement("URS-261")
def test_sources_without_a_gap_pass_the_check(tmp_path: Path) -> None:
    said = batchwright("validation", "check", BATCHWRIGHT_HOME=str(tmp_path))
    assert (said.returncode, said.stderr) == (0, ""), said.stdout


@pytest.mark.requirement("URS-262")
def test_what_is_installed_is_compared_and_stands_in_the_trail(tmp_path: Path) -> None:
    said = batchwright(
        "validation", "install", "--out", str(tmp_path / "out"), "--format", "json", BATCHWRIGHT_HOME=str(tmp_path)
    )
    found = {one["what"]: one for one in json.loads(said.stdout)["checks"]}
    assert said.returncode == 1  # development, and no time source is filled in
    assert found["environment"]["outcome"] == "not met"
    assert found["time source"]["found"] == "not filled in"
    assert found["store and audit trail"]["outcome"] == "met"
    assert found["browser"]["outcome"] == "met"
    assert found["database"]["found"] == "there was no store yet: made now"
    assert found["checkout"]["expected"].startswith(f"commit {git(ROOT, 'rev-parse', 'HEAD')}")
    assert "pytest" in found["packages outside of the lock"]["found"], "tests are not delivered"
    (told,) = open_mes(Home(tmp_path)).qualifications()
    assert (told.kind, told.sha256) == (Qualification.INSTALLATION, json.loads(said.stdout)["sha256"])
    assert told.signature_id is None
    assert PdfReader(tmp_path / "out" / "installation.pdf").pages


@pytest.mark.requirement("URS-262")
def test_a_package_unlike_the_lock_and_a_late_clock_are_named() -> None:
    locked = [one for one in read_lock(ROOT / "requirements.txt") if one.name == "pyotp"]
    assert [one.outcome for one in installation.packages(locked)] == ["met"]
    (_, wrong) = installation.packages([type(one)(**{**vars(one), "version": "0.0.1"}) for one in locked])
    assert (wrong.what, wrong.expected, wrong.outcome) == ("package pyotp", "0.0.1", "not met")
    late = Plant(time_source=TimeSource(name="ntp.plant.example", valid_until=(_NOW - timedelta(days=1)).date()))
    clock, source = installation.time_source(late, _NOW, lambda: True)
    assert (clock.outcome, source.outcome) == ("met", "not met")
    assert [one.outcome for one in installation.time_source(Plant(), _NOW, lambda: None)] == ["by hand", "not met"]


@pytest.mark.requirement("URS-262")
def test_packages_outside_of_the_lock_and_files_outside_of_the_commit_are_named() -> None:
    locked = read_lock(ROOT / "requirements.txt")
    names = {one.name for one in locked if one.applies}
    here = [one for one in distributions() if canonicalize_name(one.metadata["Name"]) in names]
    (fine,) = installation.outside(locked, here)
    assert (fine.outcome, fine.found) == ("met", "none")
    (wrong,) = installation.outside([one for one in locked if one.name != "pyotp"], here)
    assert (wrong.outcome, wrong.found) == ("not met", f"1: pyotp {version('pyotp')}")
    (same,) = installation.sources(Checkout(ROOT, "b" * 40, _NOW))
    (changed,) = installation.sources(Checkout(ROOT, "b" * 40, _NOW, ("mes_core/domain/states.py",)))
    assert (same.outcome, changed.outcome) == ("met", "not met")
    assert changed.found == "1 file unlike the commit: mes_core/domain/states.py"


@pytest.mark.requirement("URS-262")
def test_the_database_is_asked_before_the_program_changes_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    assert standing(path) is None
    open_store(path).close()
    first = standing(path)
    assert first is not None
    assert (first.product, first.version) == ("SQLite", sqlite3.sqlite_version)
    assert [one.outcome for one in installation.database(first)] == ["by hand", "met"]
    for revision, known in (("0001", True), ("9999", False)):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        found = standing(path)
        assert found is not None
        assert (found.revision, found.expected, found.known) == (revision, first.revision, known)
        assert [one.outcome for one in installation.database(found)] == ["by hand", "not met"]
    words = ("validation", "install", "--out", str(tmp_path / "out"))
    said = batchwright(*words, BATCHWRIGHT_HOME=str(tmp_path), BATCHWRIGHT_STORE=f"sqlite:///{path}")
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (2, "", 1), said.stderr
    assert "stand at 9999" in said.stderr


@pytest.mark.requirement("URS-262")
def test_a_record_is_signed_by_quality_alone_and_the_trail_stays_whole(tmp_path: Path) -> None:
    mes = open_mes(Home(tmp_path))
    quality = mes.create_person("quality", "Queenie Quality", [Role.QUALITY_ASSURANCE], _PASSWORD, actor=_SYSTEM)
    operator = mes.create_person("operator", "Otto Operator", [Role.OPERATOR], _PASSWORD, actor=_SYSTEM)
    said = {"kind": "installation qualification", "sha256": "a" * 64, "commit": "b" * 40, "outcome": "met"}
    signed = SignQualification.model_validate({**said, "reason": "Looked at.", "password": _PASSWORD})
    for person in (operator, mes.create_bot("bot-1", _PASSWORD, actor=_SYSTEM)):
        with pytest.raises(Forbidden, match="sign a record of qualification"):
            mes.sign_qualification(signed, person)
    with pytest.raises(Forbidden, match="password"):
        mes.sign_qualification(signed.model_copy(update={"password": "wrong"}), quality)
    told = mes.sign_qualification(signed, quality)
    assert (told.told_by, bool(told.signature_id)) == ("quality", True)
    assert mes.verify_audit() == []


@pytest.mark.requirement("URS-268")
@pytest.mark.browser
def test_a_site_is_checked_as_evidence_and_not_after_the_seal(tmp_path: Path) -> None:
    words = ("validation", "site-checks", "--evidence", str(tmp_path / "run"), "--product", "lims")
    none = batchwright(*words, BATCHWRIGHT_HOME=str(tmp_path / "home"))
    assert (none.returncode, none.stderr.count("\n"), "was not begun" in none.stderr) == (2, 1, True), none.stderr
    checkout = Checkout(ROOT, "a" * 40, _NOW)
    begin(tmp_path / "run", checkout, _NOW)
    said = batchwright(*words, BATCHWRIGHT_HOME=str(tmp_path / "home"))
    assert said.returncode == 0, said.stderr
    found, problems = site_checks.read_site_checks(tmp_path / "run")
    assert found is not None
    assert (problems, site_checks.site_problems(ROOT, tmp_path / "run")) == ([], [])
    (one,) = found.checks
    assert (one.product, one.moved, found.on) == ("lims_labline", (), "the practice sites")
    assert one.compared > 10
    seal(tmp_path / "run", checkout, _NOW)
    late = batchwright(*words, BATCHWRIGHT_HOME=str(tmp_path / "home"))
    assert (late.returncode, "is sealed" in late.stderr) == (2, True)
    assert site_checks.checked(("lims",), ("lims_labline",), None)[0].startswith("not run in this run")


@pytest.mark.requirement("URS-263")
def test_a_step_on_this_machine_is_sealed_as_a_capsule_that_the_trail_names(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").make()
    open_mes(home).create_person("quality", "Queenie Quality", [Role.QUALITY_ASSURANCE], _PASSWORD, actor=_SYSTEM)
    words = ("validation", "run", "--evidence", str(tmp_path / "oq"), "--only", "rules", "--format", "json")
    said = batchwright(*words, BATCHWRIGHT_HOME=str(home.folder))
    found = json.loads(said.stdout)
    assert (said.returncode, found["outcome"]) == (0, "passed: rules")
    assert found["drill"]["differing"] == 0
    assert found["drill"]["rows"] >= 1
    capsule = Path(found["capsule"])
    assert {"rules.json", "backup.json", "run.json", "outcome.json", "manifest.json"} <= set(
        zipfile.ZipFile(capsule).namelist()
    )
    assert json.loads(zipfile.ZipFile(capsule).read("outcome.json"))["result"] == "passed", "as the trail is told"
    checked = batchwright("verify", str(capsule), BATCHWRIGHT_HOME=str(home.folder))
    assert checked.returncode == 0, checked.stdout
    (told,) = open_mes(home).qualifications()
    assert (told.kind, told.sha256) == (Qualification.OPERATION, found["sha256"])


@pytest.mark.requirement("URS-263")
def test_a_step_that_fails_fails_the_run(tmp_path: Path) -> None:
    where = Checkout(ROOT, git(ROOT, "rev-parse", "HEAD"), _NOW)
    broken = operation.Step("rules", ("-c", "import sys; sys.exit(3)"), "rules.json")
    done = operation.run_steps(where, tmp_path / "oq", (broken,), lambda: _NOW)
    assert [one.code for one in done] == [3]
    failed = operation.failures(tmp_path / "oq", done, {"rows": 3, "differing": 1})
    assert failed == ["rules", "drill"]
    capsule, _ = operation.seal_capsule(where, tmp_path / "oq", done, failed, lambda: _NOW)
    told = json.loads(zipfile.ZipFile(capsule).read("outcome.json"))
    assert (told["result"], told["failed"]) == ("failed", failed)


_SKIPPED = "<testcase classname='tests.integration.test_gate_side_doors' name='test_{0}'>{1}</testcase>"


@pytest.mark.requirement("URS-263")
@pytest.mark.parametrize("name", ["gate", "backup"])
def test_cases_that_a_machine_left_out_are_not_passed(tmp_path: Path, name: str) -> None:
    """Without a browser pytest leaves the side doors out and ends with 0: nothing was shown on this machine."""
    folder, where = tmp_path / "oq", Checkout(ROOT, git(ROOT, "rev-parse", "HEAD"), _NOW)
    inner = _SKIPPED.format("a", "") + _SKIPPED.format("b", "<skipped message='no browser'/>")
    report = f"<testsuite tests='2' failures='0' errors='0' skipped='1'>{inner}</testsuite>"
    code = f"import pathlib; pathlib.Path({str(folder / name)!r} + '.xml').write_text({report!r})"
    done = operation.run_steps(where, folder, (operation.Step(name, ("-c", code)),), lambda: _NOW)
    assert [one.code for one in done] == [0]
    failed = operation.failures(folder, done, {})
    assert failed == [f"{name} (1 of 2 cases left out: no browser)"]
    capsule, _ = operation.seal_capsule(where, folder, done, failed, lambda: _NOW)
    told = json.loads(zipfile.ZipFile(capsule).read("outcome.json"))
    assert (told["result"], told["failed"]) == ("failed", failed)
    assert told["said"] == operation.outcome_of(folder, done, failed) == f"failed: {failed[0]}"
    (folder / f"{name}.xml").unlink()
    assert operation.failures(folder, done, {}) == [f"{name} (its results are not there)"]


@pytest.mark.requirement("URS-264")
def test_a_protocol_is_made_from_the_batches_here_and_its_sheets_come_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    none = batchwright("validation", "protocol", "--out", str(tmp_path / "pq"), BATCHWRIGHT_HOME=str(home))
    assert (none.returncode, none.stderr.count("\n")) == (2, 1)
    _reviewed(Home(home).make())
    out = str(tmp_path / "pq")
    made = batchwright("validation", "protocol", "--out", out, "--run", "main", BATCHWRIGHT_HOME=str(home))
    assert made.returncode == 0, made.stderr
    (told,) = open_mes(Home(home)).qualifications()
    assert (told.kind, told.outcome) == (Qualification.PROTOCOL, "3 batches")
    printed = "".join(page.extract_text() for page in PdfReader(tmp_path / "pq" / "protocol.pdf").pages)
    assert told.sha256 in printed
    for name in ("people", "bots"):
        lines = list(load_workbook(tmp_path / "pq" / f"{name}.xlsx").worksheets[0].values)
        assert {line[-1] for line in lines[1:]} == {told.sha256}
    book = load_workbook(tmp_path / "pq" / "people.xlsx")
    sheet = book.worksheets[0]
    for number in range(2, sheet.max_row + 1):
        sheet.cell(number, 2).value, sheet.cell(number, 3).value = "R. Reader", "READY"
    book.save(tmp_path / "filled.xlsx")
    words = ("--filled", str(tmp_path / "filled.xlsx"), "--bots", str(tmp_path / "pq" / "bots.xlsx"), "--run", "main")
    said = batchwright("validation", "protocol", "--out", out, *words, BATCHWRIGHT_HOME=str(home))
    assert said.returncode == 1  # few batches never accept anything
    assert "kappa" in said.stdout
    kinds = [one.kind for one in open_mes(Home(home)).qualifications()]
    assert kinds == [Qualification.PROTOCOL, Qualification.PERFORMANCE]
    elsewhere = tmp_path / "elsewhere"
    open_mes(Home(elsewhere).make())
    said = batchwright("validation", "protocol", "--out", out, *words, BATCHWRIGHT_HOME=str(elsewhere))
    assert (said.returncode, said.stderr.count("\n")) == (2, 1), "the trail of another store knows no such protocol"


def _reviewed(home: Home) -> None:
    from mes_core.messages import BatchRecord, Observation
    from twin.world import make_world

    mes, world = open_mes(home), make_world(seed=7, batches=3, defect_rate=0.0, now=_NOW)
    for document in world.records:
        record = BatchRecord.model_validate(document)
        rows = tuple(
            {key: str(cell) for key, cell in row.items()}
            for row in world.lims_results
            if row["batch"] == record.batch_id
        )
        read = Observation(system="lims", table="results", page="/results", read_at=_NOW, rows=rows)
        mes.import_batches([(record, (read,))], _SYSTEM)
    assert len(list(mes.review_all(_SYSTEM))) == 3


@pytest.mark.requirement("URS-266")
def test_a_period_is_told_from_the_trail(tmp_path: Path) -> None:
    mes = open_mes(Home(tmp_path))
    mes.create_person("quality", "Queenie Quality", [Role.QUALITY_ASSURANCE], _PASSWORD, actor=_SYSTEM)
    words = ("validation", "review", "--out", str(tmp_path / "out"), "--format", "json")
    ahead = str((datetime.now(UTC) + timedelta(days=1)).date())
    said = batchwright(*words, "--from", "2026-01-01", "--to", ahead, BATCHWRIGHT_HOME=str(tmp_path))
    assert said.returncode == 0, said.stderr
    told = json.loads((tmp_path / "out" / "review.json").read_text(encoding="utf-8"))
    assert ["access", "account made", 1, ["system:users"]] in told["lines"]
    assert PdfReader(tmp_path / "out" / "review.pdf").pages
    empty = batchwright(*words, "--from", "2026-02-01", "--to", "2026-01-01", BATCHWRIGHT_HOME=str(tmp_path))
    assert (empty.returncode, "is empty" in empty.stderr) == (2, True)


@pytest.mark.requirement("URS-267")
def test_the_bill_of_materials_holds_every_locked_package(tmp_path: Path) -> None:
    from batchwright.validation.sbom import bill, bill_problems

    locked = read_lock(ROOT / "requirements.txt")
    where = Checkout(ROOT, "a" * 40, _NOW)
    document = json.loads(bill(where, locked, "0.1.0"))
    assert bill_problems(document) == []
    assert {one["name"] for one in document["components"]} == {one.name for one in locked}
    assert all(one["externalReferences"][0]["hashes"] for one in document["components"])
    document["components"][0]["bom-ref"] = document["components"][1]["bom-ref"]
    assert len(bill_problems(document)) >= 2


@pytest.mark.requirement("URS-269")
def test_the_pages_are_what_the_data_say() -> None:
    script = ROOT / "scripts" / "clause_tables.py"
    done = subprocess.run([sys.executable, script, "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.requirement("URS-269")
def test_a_clause_is_met_by_a_test_that_was_shown_and_by_no_other() -> None:
    from batchwright.validation.clauses import clause_problems, read_clauses

    clauses = read_clauses(ROOT)
    named = sorted({name for table in clauses.tables for row in table.rows for name in row.tests})
    whole = dict.fromkeys(named, "passed")
    assert clause_problems(clauses, set(named), whole) == []
    assert clause_problems(clauses, set(named), {}) == [], "without a run nothing is said of one"
    for how, kind in (("failed", "clause_test_failed"), ("skipped", "clause_test_not_shown")):
        found = clause_problems(clauses, set(named), {**whole, named[0]: how})
        assert {one.kind for one in found} == {kind}
    lost = {name: how for name, how in whole.items() if name != named[0]}
    assert {one.kind for one in clause_problems(clauses, set(named), lost)} == {"clause_test_not_shown"}
