"""The pages for inspectors name only tests that exist, and every line has a proof or says why not."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PAGES = ("part-11-and-annex-11.md", "asvs.md", "annex-22.md", "threats.md", "cases.md")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def _rows(page: str) -> list[str]:
    lines = (_ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|")]
    return [
        row
        for row in rows
        if not row.startswith(("|---", "| Clause", "| Item", "| Who wants what", "| Case", "| Kind"))
    ]


@cache
def _tests_of(file: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """Test functions that pytest collects from a file: those of the module and of its test classes."""
    found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    tree = ast.parse((_ROOT / file).read_text(encoding="utf-8"))
    for holder in (tree, *(one for one in tree.body if isinstance(one, ast.ClassDef) and one.name.startswith("Test"))):
        for one in holder.body:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name.startswith("test_"):
                found[one.name] = one
    return found


def _looks(test: ast.AST) -> bool:
    """Whether a test can fail: it asserts, expects a refusal, or hands over to something that does."""
    return any(
        isinstance(one, ast.Assert)
        or (isinstance(one, ast.Call) and re.search(r"raises|warns|check|assert|refus|expect", ast.unparse(one.func)))
        for one in ast.walk(test)
    )


def _never_runs(test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(re.search(r"\bmark\.(skip|xfail)\b", ast.unparse(one)) for one in test.decorator_list)


@pytest.mark.parametrize("page", _PAGES)
def test_every_test_that_is_named_exists(page: str) -> None:
    """As a test that pytest collects from a file that it looks at, that is not left out, and that can fail."""
    named = [match for row in _rows(page) for match in _NAMED.findall(row)]
    assert len(named) > 10
    for file, name in named:
        assert Path(file).name.startswith("test_"), file
        test = _tests_of(file).get(name)
        assert test is not None, f"{file}::{name} is no test"
        assert not _never_runs(test), f"{file}::{name} never runs"
        assert _looks(test), f"{file}::{name} can't fail"


@pytest.mark.parametrize("page", _PAGES)
def test_nothing_that_looks_like_a_test_is_named_in_another_way(page: str) -> None:
    """A test named without its file, or in other quotes, would not be looked for."""
    for row in _rows(page):
        rest = _NAMED.sub("", row)
        assert not re.search(r"tests/[\w/]+\.py|::\w+|\btest_\w+", rest), row


def test_each_item_of_the_annex_stands_once_and_none_is_left_out() -> None:
    """The draft's sections 1 to 10: a line that is taken out fails here, as a page without it would pass all else."""
    items = [row.split("|")[1].strip() for row in _rows("annex-22.md")]
    parts = {1: "abc", 2: "ab", 3: "abcde", 4: "abc", 5: "abcd", 6: "abc", 7: "ab", 8: "ab", 9: "ab", 10: "abcde"}
    assert items == [f"{number}{letter}" for number, letters in parts.items() for letter in letters]


@pytest.mark.parametrize("page", _PAGES)
def test_every_line_has_a_proof_or_a_reason(page: str) -> None:
    """A test, or words in italics."""
    for row in _rows(page):
        assert _NAMED.search(row) or re.search(r"\*[A-Z][^*]+\*", row), row
