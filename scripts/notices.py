"""Write THIRD-PARTY-NOTICES.md: every package that an installation brings along, with its licence and its home.

python scripts/notices.py [--check]
"""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "THIRD-PARTY-NOTICES.md"
EXTRAS = ("twin", "models", "planning", "postgresql", "fast")
_INTRODUCTION = """\
# Third-party notices

Made by `python scripts/notices.py` from what is installed; a test fails when a package of `pyproject.toml` is missing.
None of these packages is part of Batchwright's own files: they are installed beside it, each under its own licence,
whose text lies in the package's folder. Versions are those of `requirements.txt`.

One file of others lies among our own, for the tests alone and in no package: `tests/integration/axe/axe.min.js`,
axe-core by Deque Systems under MPL-2.0, unchanged, with its licence beside it.

| Package | Licence | Home |
|---|---|---|
"""


def wanted() -> set[str]:
    """Names of the packages that `pyproject.toml` asks for, without those for development."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {})
    asked = [*project["dependencies"], *(one for name in EXTRAS for one in extras.get(name, ()))]
    return {canonicalize_name(Requirement(one).name) for one in asked}


def closure() -> dict[str, metadata.PackageMetadata]:
    """Every package that those need, with what it says of itself; one that is not installed here is left out."""
    found: dict[str, metadata.PackageMetadata] = {}
    left = [(name, frozenset[str]()) for name in sorted(wanted())]
    while left:
        name, extras = left.pop()
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        seen = name in found
        found[name] = package.metadata
        for text in package.requires or () if not seen or extras else ():
            one = Requirement(text)
            met = [one.marker.evaluate({"extra": extra}) for extra in extras or ("",)] if one.marker else [True]
            inner = canonicalize_name(one.name)
            if any(met) and inner not in found:
                left.append((inner, frozenset(one.extras)))
    return found


def page() -> str:
    """The whole page as Markdown."""
    rows = [f"| {name} | {_licence(about)} | {_home(about)} |" for name, about in sorted(closure().items())]
    return _INTRODUCTION + "\n".join(rows) + "\n"


def _licence(about: metadata.PackageMetadata) -> str:
    said = about.get("License-Expression") or ""
    if not said:
        named = [one.rpartition("::")[2].strip() for one in about.get_all("Classifier") or () if "License ::" in one]
        said = ", ".join(one for one in named if one != "OSI Approved")
    said = said or (about.get("License") or "").strip().splitlines()[:1] or "see the package"
    return _cell(said if isinstance(said, str) else said[0])


def _home(about: metadata.PackageMetadata) -> str:
    links = dict(one.split(", ", 1) for one in about.get_all("Project-URL") or () if ", " in one)
    home = about.get("Home-page") or next((links[name] for name in links if re.match("(?i)home|source|repo", name)), "")
    return _cell(home or next(iter(links.values()), "-"))


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())[:120]


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        there = TARGET.read_text(encoding="utf-8") if TARGET.is_file() else ""
        missing = sorted(name for name in wanted() if f"| {name} |" not in there)
        if missing:
            print(f"{TARGET.name} lacks {', '.join(missing)}: run 'python scripts/notices.py'.")
            sys.exit(1)
    else:
        TARGET.write_text(page(), encoding="utf-8")
