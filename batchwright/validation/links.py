"""Links of a pack, and whether each leads somewhere.

file:PATH                 a file or folder of the checkout
file:PATH::NAME           a class or function in it (`Class.method` too), or a key of a YAML file
test:ID                   a test, as `found_tests` names it
rule:ID                   a rule of the rule book
evidence:NAME             a file of the run
evidence:NAME::TEST       a result in it
entry:NAME                an entry of a person: a key of the plant's file, dotted
row:CHAPTER::NAME         another line of the pack
row:CHAPTER               a chapter of it
"""

import ast
import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from batchwright.validation.model import Pack, Problem
from batchwright.validation.results import Result
from batchwright.validation.trace import Sources
from mes_core.spelling import yaml_text

_PLAIN = ("file:", "test:", "rule:")


def link_of(said: str) -> str:
    """A link as people write it in a file (`mes_core/x.py::name`, `rule:ID`) in full."""
    return said if re.match(r"[a-z]+:(?!:)", said) else f"file:{said}"


class Walker:
    """Follows links.

    Args:
        sources: what the links of files, tests and rules are looked up in.
        evidence: folder of the run; None where there is none.
        results: its results.
        plant: the plant's file as it was read.
    """

    def __init__(
        self, sources: Sources, evidence: Path | None, results: dict[str, Result], plant: dict[str, Any]
    ) -> None:
        """Take what links are looked up in."""
        self._sources, self._evidence, self._results, self._plant = sources, evidence, results, plant
        self._root = sources.root.resolve()
        self._followed: dict[str, bool] = {}
        self._kinds: dict[str, Callable[[str], bool]] = {
            "file": self._file,
            "test": lambda name: name in self._tests,
            "rule": lambda name: name in self._rules,
            "evidence": self._in_evidence,
            "entry": self._entry,
        }

    @cached_property
    def _tests(self) -> set[str]:
        return {one.id for one in self._sources.tests}

    @cached_property
    def _rules(self) -> set[str]:
        folder = self._sources.root / "rules" / "book"
        texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))]
        return {name for text in texts for name in re.findall(r"^\s+- id: (\S+)", text, re.MULTILINE)}

    def leads(self, link: str) -> bool:
        """Whether there is something at the end of a link (other than of `row:`, see `walk`)."""
        if link not in self._followed:  # most links stand in many lines
            kind, _, name = link.partition(":")
            follow = self._kinds.get(kind)
            self._followed[link] = bool(name) and follow is not None and follow(name)
        return self._followed[link]

    def walk(self, pack: Pack) -> list[Problem]:
        """Every link of every line of a pack, and every line without one."""
        named = {f"row:{chapter.key}::{row.name}" for chapter in pack.chapters for row in chapter.rows if row.name}
        named |= {f"row:{chapter.key}" for chapter in pack.chapters}
        found = []
        for chapter in pack.chapters:
            for row in chapter.rows:
                if not row.leads_to:
                    said = f"A line of '{chapter.title}' ({row.cells[0][:60]}) leads to nothing that shows it."
                    found.append(Problem("line_without_link", chapter.key, said))
                for link in row.leads_to:
                    if link not in named and not self.leads(link):
                        said = f"'{chapter.title}' ({row.cells[0][:60]}) leads to {link}, which is not there."
                        found.append(Problem("broken_link", link, said))
        return found

    def _file(self, name: str) -> bool:
        place, _, symbol = name.partition("::")
        path = self._sources.root / place
        inside = path.resolve().is_relative_to(self._root)
        if not inside or not path.exists():
            return False
        return not symbol or (path.is_file() and symbol in _symbols(path.suffix, path.read_text(encoding="utf-8")))

    def _in_evidence(self, name: str) -> bool:
        file, _, test = name.partition("::")
        if self._evidence is None or not (self._evidence / file).is_file():
            return False
        return not test or (test in self._results and self._results[test].where == file)

    def _entry(self, name: str) -> bool:
        value: Any = self._plant
        for part in name.split("."):
            if isinstance(value, dict) and part in value:
                value = value[part]
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return False
        return True


def source_problems(sources: Sources) -> list[Problem]:
    """Links that people wrote into the register and that lead nowhere."""
    walker, found = Walker(sources, None, {}, {}), []
    register = sources.register
    said = [(name, link) for name, risk in register.risks.items() for link in risk.specified]
    said += [(one.part, link) for one in register.categories for link in one.paths]
    for name, link in said:
        if not walker.leads(link_of(link)):
            words = f"docs/risk-register.yaml: {name} leads to {link}, which is not there."
            found.append(Problem("broken_link", name, words))
    return found


@lru_cache(maxsize=512)
def _symbols(suffix: str, text: str) -> frozenset[str]:
    if suffix in (".yaml", ".yml"):
        return frozenset(_keys(yaml_text.load(text)))
    if suffix == ".md":
        return frozenset(
            re.sub(r"[^a-z0-9]+", "-", one.lower()).strip("-") for one in re.findall(r"^#+ (.+)$", text, re.M)
        )
    return frozenset(_names(ast.parse(text), "")) if suffix == ".py" else frozenset()


def _keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {str(key) for key in value} | {name for inner in value.values() for name in _keys(inner)}
    if isinstance(value, list):
        return {name for inner in value for name in _keys(inner)}
    return {value} if isinstance(value, str) and len(value) < 80 else set()


def _names(tree: ast.AST, before: str) -> set[str]:
    found: set[str] = set()
    for one in ast.iter_child_nodes(tree):
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(before + one.name)
            if isinstance(one, ast.ClassDef):
                found |= _names(one, f"{before}{one.name}.")
        elif isinstance(one, ast.Assign | ast.AnnAssign):
            targets = one.targets if isinstance(one, ast.Assign) else [one.target]
            found |= {before + target.id for target in targets if isinstance(target, ast.Name)}
    return found
