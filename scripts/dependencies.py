"""Write docs/dependencies.md: what the core and each extra pull in, with licences and weight, from what is installed.

    python scripts/dependencies.py            write the page
    python scripts/dependencies.py --check    exit code 1 when a name came or went

Requirements are followed as for CPython 3.11 on Linux, wherever this runs; all extras have to be there (`make setup`).
"""

import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "dependencies.md"
LINUX = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.9",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.9",
    "python_version": "3.11",
    "sys_platform": "linux",
}
PURPOSE = {
    "core": "the command line, the MES server, and workers that drive pages",
    "models": "training, asking and judging models of predictive holds",
    "twin": "the pretend plant: demo worlds, the practice desk, `batchwright twin`",
    "planning": "the plan of a week and the table of delays: `batchwright shipments plan`, `batchwright courier`",
    "demo": "`batchwright demo` and `batchwright run --practice`: models, planning and twin",
    "postgresql": "a store on PostgreSQL instead of a file",
    "cluster": "evidence in a storage behind the server (S3 and the like need the package that `fsspec` asks for)",
    "fast": "the line of the twin compiled",
    "bench": "the peers that benchmarks compare with",
    "docs": "the documentation as pages: `make docs`",
    "dev": "tests, types, style, builds",
}
_CLASSIFIER = "License :: OSI Approved :: "
_PAGE = """# What is installed, and under which licence

Written by `python scripts/dependencies.py` from the installed distributions, as for CPython 3.11 on Linux; a test holds
it to their names. Licences are as each distribution states them itself. Sizes are unpacked, at the versions of
`requirements-dev.txt`; browsers come on top.

`pip install batchwright` gives the core; `pip install "batchwright[models,twin]"` adds extras. A command that needs an
extra which is not there says so in one sentence. `make setup` installs all of them. Why it is divided so:
[ADR 0026](adr/0026-a-worker-machine-installs-no-numerics.md).

| | distributions | MB | for |
|---|---:|---:|---|
"""


def closure(requirements: list[str]) -> dict[str, set[str]]:
    """Every distribution that requirements pull in, by name, with the extras of it that are asked for.

    Raises:
        PackageNotFoundError: one is not installed.
    """
    found: dict[str, set[str]] = {}
    waiting = [Requirement(one) for one in requirements]
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), set(wanted.extras)
        if name in found and extras <= found[name]:
            continue
        found[name] = found.get(name, set()) | extras
        for said in distribution(wanted.name).requires or ():
            below = Requirement(said)
            if below.marker is None or any(below.marker.evaluate(LINUX | {"extra": one}) for one in {"", *extras}):
                waiting.append(below)
    return found


def parts() -> dict[str, dict[str, set[str]]]:
    """What the core brings, and what each extra adds to it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = closure(project["dependencies"])
    extras = project["optional-dependencies"]
    own = re.compile(r"batchwright\[(.+)\]")
    found = {"core": core}
    for name, said in sorted(extras.items(), key=lambda one: list(PURPOSE).index(one[0])):
        named = [part for one in said if (match := own.fullmatch(one)) for part in match[1].split(",")]
        wanted = [one for one in said if not own.fullmatch(one)] + [one for part in named for one in extras[part]]
        found[name] = {one: about for one, about in closure(wanted).items() if one not in core}
    return found


def licence(known: Distribution) -> str:
    """What a distribution says of its licence: its expression, its classifiers, or its free text if that is short."""
    about = known.metadata
    if expression := about.get("License-Expression"):
        return str(expression)
    kinds = about.get_all("Classifier", [])
    classified = [one.removeprefix(_CLASSIFIER) for one in kinds if one.startswith(_CLASSIFIER)]
    text = " ".join(str(about.get("License") or "").split())
    if text and len(text) <= 40 and text.upper() != "UNKNOWN":
        return text
    return ", ".join(classified) or _title_of_file(known)


def _title_of_file(known: Distribution) -> str:
    """The first line of its licence file, for those that state nothing else."""
    for file in known.files or ():
        if re.match(r"licen[cs]e|copying", file.name, re.IGNORECASE):
            title = file.read_text().strip().splitlines()[0].strip()
            return title if len(title) <= 60 else f"see its {file.name}"
    return "not stated"


def page() -> str:
    """The whole page."""
    found = parts()
    rows, tables = [], []
    for name, brought in found.items():
        size = sum(file.size or 0 for one in brought for file in distribution(one).files or ()) / 1e6
        title = "core" if name == "core" else f"[{name}]"
        rows.append(f"| {title} | {'' if name == 'core' else '+'}{len(brought)} | {size:.0f} | {PURPOSE[name]} |\n")
        head = f"\n## {'The core' if name == 'core' else name}\n\n| distribution | licence |\n|---|---|\n"
        tables.append(head + "".join(f"| {one} | {_cell(licence(distribution(one)))} |\n" for one in sorted(brought)))
    return _PAGE + "".join(rows) + "".join(tables)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def names(text: str) -> list[str]:
    """Headings and names of a page, without licences, sizes and counts: what has to be current."""
    return [line.split(" | ")[0] for line in text.splitlines() if re.match(r"## |\| [a-z0-9]", line)]


def main() -> int:
    """Write or check the page."""
    try:
        made = page()
    except PackageNotFoundError as missing:
        print(f"{missing.name} is not installed: run 'make setup' first.", file=sys.stderr)
        return 2
    if "--check" in sys.argv[1:]:
        same = TARGET.is_file() and names(TARGET.read_text(encoding="utf-8")) == names(made)
        if not same:
            print("docs/dependencies.md is out of date: run 'python scripts/dependencies.py'.")
        return 0 if same else 1
    TARGET.write_text(made, encoding="utf-8")
    print(f"Wrote {TARGET.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
