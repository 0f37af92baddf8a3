"""What imports what: modules by grimp, and which test files reach a module over the helpers beside them."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from batchwright.support.errors import Refused

ROOMS = ("batchwright", "bots", "keywords", "rules", "mes_core", "twin")


@dataclass
class Imports:
    """The imports of a checkout.

    Attributes:
        root: Its folder.
        graph: grimp's graph of the rooms.
    """

    root: Path
    graph: Any = field(repr=False)

    @cached_property
    def of_tests(self) -> dict[str, frozenset[str]]:
        """Modules of the rooms that each test file imports, itself or over a helper in its folder."""
        return {
            path.relative_to(self.root).as_posix(): frozenset(self._reached(path, set()))
            for path in sorted((self.root / "tests").rglob("test_*.py"))
        }

    def affected(self, modules: Iterable[str]) -> set[str]:
        """Modules, and all that import them, however far away."""
        found = set()
        for one in modules:
            if one in self.graph.modules:
                found |= {one, *self.graph.find_downstream_modules(one)}
        return found

    def chain(self, importer: str, imported: str) -> tuple[str, ...]:
        """The shortest way by which one module comes to another; empty where there is none."""
        if importer == imported:
            return (importer,)
        return tuple(self.graph.find_shortest_chain(importer=importer, imported=imported) or ())

    def _reached(self, path: Path, seen: set[Path]) -> set[str]:
        seen.add(path)
        found: set[str] = set()
        for name in _imported(path):
            beside = path.parent / f"{name.partition('.')[0]}.py"
            if name.partition(".")[0] in ROOMS:
                found |= self._known(name)
            elif beside.is_file() and beside not in seen:
                found |= self._reached(beside, seen)
        beside = path.parent / "conftest.py"
        if beside.is_file() and beside not in seen:
            found |= self._reached(beside, seen)
        return found

    def _known(self, name: str) -> set[str]:
        """The module that a name is, or stands in."""
        while name and name not in self.graph.modules:
            name = name.rpartition(".")[0]
        return {name} if name else set()


def read_imports(root: Path) -> Imports:
    """Ask grimp.

    Raises:
        Refused: grimp is not installed, or the folder is not the checkout that this program comes from.
    """
    try:
        import grimp
    except ModuleNotFoundError:
        raise Refused(
            "grimp, which reads the imports, is not installed on this machine: get it by 'pip install"
            ' "batchwright[dev]"\'.'
        ) from None
    import batchwright

    if Path(batchwright.__file__).resolve().parents[1] != root.resolve():
        raise Refused(f"{root} is not the checkout that this program runs from: run the one of that checkout.")
    return Imports(root, grimp.build_graph(*ROOMS, include_external_packages=False, cache_dir=None))


def module_of(path: str) -> str | None:
    """The module that a file is; None for one that is none."""
    parts = Path(path).with_suffix("").parts
    if not path.endswith(".py") or parts[0] not in ROOMS:
        return None
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for one in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(one, ast.Import):
            found |= {alias.name for alias in one.names}
        elif isinstance(one, ast.ImportFrom) and one.module and not one.level:
            found |= {f"{one.module}.{alias.name}" for alias in one.names}
    return found
