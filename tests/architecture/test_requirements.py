"""Every acceptance test names the requirements it proves, and every requirement is proved by a test."""

import re
from pathlib import Path

import pytest
import yaml
from robot.api import TestSuite

ROOT = Path(__file__).parents[2]
REQUIREMENTS = set(yaml.safe_load((ROOT / "docs/requirements.yaml").read_text(encoding="utf-8")))
SUITES = sorted((ROOT / "robot_tests").glob("[0-9]*.robot"))
URS = re.compile(r"\bURS-\d{3}\b")


def _named(test: object) -> set[str]:
    return {tag for tag in test.tags if URS.fullmatch(tag)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_every_acceptance_test_names_known_requirements(path: Path) -> None:
    """A test without a requirement, or with one that is not in the list, fails here."""
    for test in TestSuite.from_file_system(path).all_tests:
        assert _named(test), f"{path.name}: '{test.name}' names no requirement: tag it with a URS id."
        assert _named(test) <= REQUIREMENTS, f"{path.name}: '{test.name}' names {_named(test) - REQUIREMENTS}"


def test_every_requirement_is_proved() -> None:
    """By an acceptance test, or by a pytest that is marked with it."""
    proved = {name for path in SUITES for test in TestSuite.from_file_system(path).all_tests for name in _named(test)}
    for path in (ROOT / "tests").rglob("test_*.py"):
        marked = re.findall(r"pytest\.mark\.requirement\(([^)]*)\)", path.read_text(encoding="utf-8"))
        proved |= {name for text in marked for name in URS.findall(text)}
    assert proved >= REQUIREMENTS, f"Nothing proves {sorted(REQUIREMENTS - proved)}."


def test_marked_requirements_exist() -> None:
    """A pytest can't claim to prove what is not in the list."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        if path != Path(__file__):
            unknown = set(URS.findall(path.read_text(encoding="utf-8"))) - REQUIREMENTS
            assert not unknown, f"{path.name} names {sorted(unknown)}"


def test_requirement_ids_are_unique_in_the_file() -> None:
    """YAML keeps the last of two equal keys silently; the text must not hold an id twice."""
    ids = re.findall(r"^(URS-\d{3}):", (ROOT / "docs/requirements.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(ids) == len(set(ids)) == len(REQUIREMENTS)
