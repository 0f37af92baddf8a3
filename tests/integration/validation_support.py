"""A copy of what a pack is made of, and evidence in the forms that pytest and Robot Framework write."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import quoteattr

import yaml

from batchwright.validation import site_checks
from batchwright.validation.clauses import read_clauses
from batchwright.validation.found_tests import Test
from batchwright.validation.model import Checkout
from batchwright.validation.plant import TEMPLATE
from batchwright.validation.run_record import begin, seal
from batchwright.validation.trace import read_sources
from batchwright.validation.yaml_file import read_yaml
from keywords.provenance import folder_hash

ROOT = Path(__file__).parents[2]
COMMIT = "c0ffee" * 6 + "c0ff"
BEGUN, ENDED = datetime(2026, 11, 29, 20, tzinfo=UTC), datetime(2026, 11, 29, 21, tzinfo=UTC)
_PARTS = ("batchwright", "bots", "deploy", "docs", "keywords", "mes_core", "robot_tests", "rules", "tests", "twin")
_FILES = ("pyproject.toml", "requirements.txt", "requirements-dev.txt")
_LINE = {"clause": "21 CFR 211.188", "detected": 9, "of": 9, "low": 0.7, "high": 1.0, "why_not": ""}
_OPERATORS = [
    {"operator": "checker_missing", "critical": True, "rule": "CT-DOS-01", "rule_times": 9, **_LINE},
    {"operator": "value_missing", "critical": False, "rule": "facts refused", "rule_times": 8, **_LINE},
]
_STATUS = '<status status="{0}" start="2026-11-29T20:00:00" elapsed="0.1">{1}</status>'


def copy_of_sources(folder: Path) -> Checkout:
    """The sources of this checkout in another folder, as one commit."""
    for name in _PARTS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)
    return Checkout(folder, COMMIT, BEGUN)


def junit(tests: Iterable[Test], failed: tuple[str, ...] = ()) -> str:
    """A report as pytest writes it, each test once."""
    cases, wrong = [], 0
    for one in tests:
        file, _, name = one.id.partition("::")
        *holders, name = name.split("::")
        place = ".".join([file.removesuffix(".py").replace("/", "."), *holders])
        inner = "<failure message='It does not hold.'/>" if one.id in failed else ""
        wrong += bool(inner)
        cases.append(f"<testcase classname={quoteattr(place)} name={quoteattr(name)} time='0.1'>{inner}</testcase>")
    head = f"<testsuite name='pytest' tests='{len(cases)}' failures='{wrong}' errors='0' skipped='0'>"
    return f"<testsuites>{head}{''.join(cases)}</testsuite></testsuites>"


def robot(tests: Iterable[Test], failed: tuple[str, ...] = ()) -> str:
    """An output as Robot Framework writes it."""
    files: dict[str, list[str]] = defaultdict(list)
    for one in tests:
        file, _, name = one.id.partition("::")
        said = _STATUS.format("FAIL", "It does not hold.") if one.id in failed else _STATUS.format("PASS", "")
        files[file].append(f"<test id='t{len(files[file])}' name={quoteattr(name)}>{said}</test>")
    suites = [
        f"<suite id='s{number}' name='S{number}'"
        f" source='/anywhere/{file}'>{''.join(inner)}{_STATUS.format('PASS', '')}</suite>"
        for number, (file, inner) in enumerate(files.items())
    ]
    head = (
        "<robot generator='Robot' rpa='false' schemaversion='5'><suite id='s' name='All'"
        " source='/anywhere/robot_tests'>"
    )
    return f"{head}{''.join(suites)}{_STATUS.format('PASS', '')}</suite><statistics/><errors/></robot>"


def plant_that_has_named(folder: Path, root: Path) -> Path:
    """The plant's entries, with a procedure for everything that clauses ask of it."""
    said = read_yaml(root / TEMPLATE)
    entry = {"number": "SOP-1", "title": "As asked", "owner": "Quality", "valid_until": "2099-12-31"}
    named = {name: dict(entry) for name in read_clauses(root).procedures}
    path = folder / "plant.yaml"
    path.write_text(yaml.safe_dump({**said, "procedures": named}), encoding="utf-8")
    return path


def whole_run(folder: Path, checkout: Checkout, failed: tuple[str, ...] = ()) -> None:
    """Evidence of a run in which every test passed but those named."""
    tests = read_sources(checkout.root).tests
    begin(folder, checkout, BEGUN)
    (folder / "junit.xml").write_text(
        junit((one for one in tests if one.level != "acceptance"), failed), encoding="utf-8"
    )
    (folder / "output.xml").write_text(
        robot((one for one in tests if one.level == "acceptance"), failed), encoding="utf-8"
    )
    figures = '{"critical": {"detected": 9, "of": 9}, "other": {"detected": 9, "of": 9}, "clean": {"held": 0, "of": 9}'
    (folder / "mutation.json").write_text(f'{figures}, "operators": {json.dumps(_OPERATORS)}}}', encoding="utf-8")
    hashed = folder_hash(checkout.root / "keywords" / "sites" / "lims_labline")
    check = {"product": "lims_labline", "folder": hashed, "compared": 40, "moved": [], "unseen": [], "diff": ""}
    (folder / site_checks.FILE).write_text(site_checks.document(BEGUN, "the practice sites", [check]), "utf-8")
    (folder / "benchmarks").mkdir()
    (folder / "benchmarks" / "startup.json").write_text('{"ratios": {"help_vs_400ms": 1.6}}', encoding="utf-8")
    without_a_peer = '{"ratios": {"ours_vs_generated": 0.6}, "missing": {"jsonlogic": "No module named json_logic"}}'
    (folder / "benchmarks" / "rules.json").write_text(without_a_peer, encoding="utf-8")
    (folder / "benchmarks" / "bots.json").write_text('{"ratios": {"ours_vs_selenium_cold": 1.9}}', encoding="utf-8")
    (folder / "rules.json").write_text(json.dumps([{"failures": 0}] * 4), encoding="utf-8")
    (folder / "backup.json").write_text('{"rows": 10928, "differing": 0}', encoding="utf-8")
    seal(folder, checkout, ENDED)
