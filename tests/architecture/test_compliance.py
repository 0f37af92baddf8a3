"""The pages for inspectors name only tests that exist, and every line has a proof or says why not."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PAGES = ("part-11-and-annex-11.md", "asvs.md", "annex-22.md")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def _rows(page: str) -> list[str]:
    lines = (_ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|")]
    return [row for row in rows if not row.startswith(("|---", "| Clause", "| Item"))]


@pytest.mark.parametrize("page", _PAGES)
def test_every_test_that_is_named_exists(page: str) -> None:
    """By file and name."""
    named = [match for row in _rows(page) for match in _NAMED.findall(row)]
    assert len(named) > 10
    for file, name in named:
        assert f"def {name}(" in (_ROOT / file).read_text(encoding="utf-8"), f"{file}::{name}"


@pytest.mark.parametrize("page", _PAGES)
def test_every_line_has_a_proof_or_a_reason(page: str) -> None:
    """A test, or words in italics."""
    for row in _rows(page):
        assert _NAMED.search(row) or re.search(r"\*[A-Z][^*]+\*", row), row
