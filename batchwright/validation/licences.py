"""Licences of all that is brought along, judged by `docs/licence-policy.yaml`, and the reasons for direct ones."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import Field

from batchwright.validation.model import Problem
from batchwright.validation.yaml_file import Shape, read_yaml, shaped

POLICY = Path("docs/licence-policy.yaml")
REASONS = Path("docs/direct-dependencies.yaml")
_BLOCK = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?([^\n]*\n(?:[ \t]+[^\n]*\n?)*)", re.MULTILINE
)
_CLASSIFIER = "License :: OSI Approved :: "
# How distributions write what SPDX writes in one way.
_SPELLINGS = (
    (r"^(the )?mit( license)?( \(mit\)?)?$", "MIT"),
    (r"^(apache|apache software license|apache license|asl|apache-?)[ ,v]*(2(\.0)?)?( license)?$", "Apache-2.0"),
    (r"^apache license,? version 2\.0$", "Apache-2.0"),
    (r"^(the )?bsd( license)?$", "BSD"),
    (r"^(new bsd|modified bsd|bsd 3-clause|3-clause bsd|bsd-3|bsd3)( license)?$", "BSD-3-Clause"),
    (r"^(bsd 2-clause|simplified bsd)( license)?$", "BSD-2-Clause"),
    (r"^(python software foundation license|psf.*)$", "PSF-2.0"),
    (r"^(isc|isc license)( \(iscl\))?$", "ISC"),
    (r"^cc0.*$", "CC0-1.0"),
    (r"^(mpl[- ]?2\.0|mozilla public license 2\.0( \(mpl 2\.0\)?)?)$", "MPL-2.0"),
    (r"^lgpl-?v?3(\.0)?(-only|\+|-or-later)?$", "LGPL-3.0"),
    (r"^lgpl-?v?2(\.1)?\+?$", "LGPL-2.1+"),
    (r"^(the )?unlicense.*$", "Unlicense"),
)


class Accepted(Shape):
    """A licence outside of the list that a person accepted for one package."""

    licence: str
    why: str = Field(min_length=15)


class Elsewhere(Shape):
    """A licence that a person read of a package which is installed on other platforms only."""

    licence: str
    read_on: date
    source: str = Field(min_length=5)


class Policy(Shape):
    """What may be brought along."""

    allowed: tuple[str, ...]
    accepted: dict[str, Accepted]
    elsewhere: dict[str, Elsewhere] = Field(default_factory=dict)

    def licence_of(self, one: "Package") -> str:
        """As the installed package states it, else as somebody read it; empty where nobody looked."""
        known = self.elsewhere.get(one.name)
        return one.licence if one.installed or known is None else known.licence


@dataclass(frozen=True)
class Package:
    """A package of the lock.

    Attributes:
        name: Normalised.
        version: As locked.
        licence: As the distribution states it; empty where it is not installed here.
        hashes: SHA-256 of its archives, from the lock.
        requires: Names of locked packages that it asks for, as far as it is installed here.
        installed: Version that is installed here; empty for none.
        applies: Whether this version is the one for this interpreter; a lock for all of them may hold several.
    """

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]
    requires: tuple[str, ...]
    installed: str
    applies: bool = True


def read_lock(path: Path) -> tuple[Package, ...]:
    """Every package of a lock with what is known of it here."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    blocks = [(canonicalize_name(name), *rest) for name, *rest in _BLOCK.findall(text)]
    names = {name for name, *_ in blocks}
    found: dict[tuple[str, str], Package] = {}
    for name, version, marker, block in blocks:
        one = _package(name, version, marker, block, names)
        before = found.get((name, version))
        # Equal versions under several markers are one package.
        found[(name, version)] = one if before is None or one.applies else before
    return tuple(found.values())


def _package(name: str, version: str, marker: str, block: str, names: set[str]) -> Package:
    hashes = tuple(sorted(set(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))))
    applies = not marker.strip() or Marker(marker).evaluate()
    licence, asked, installed = _installed(name)
    return Package(name, version, licence, hashes, tuple(sorted(asked & names - {name})), installed, applies)


@lru_cache(maxsize=1024)
def _installed(name: str) -> tuple[str, frozenset[str], str]:
    """Licence, names of what it asks for, and version of a distribution here; empty where it is not installed."""
    try:
        known = distribution(name)
    except PackageNotFoundError:
        return "", frozenset(), ""
    asked = frozenset(canonicalize_name(Requirement(one).name) for one in known.requires or ())
    return licence_of(known), asked, known.version


def licence_of(known: Distribution) -> str:
    """What a distribution says of its licence: expression, classifier, short text, or the title of its file."""
    about: Any = known.metadata  # a mapping of headers; its stub leaves `get` out
    if said := about.get("License-Expression"):
        return str(said)
    kinds = [one for one in about.get_all("Classifier", []) if one.startswith(_CLASSIFIER)]
    text = " ".join(str(about.get("License") or "").split())
    if text and len(text) <= 40 and text.upper() not in ("UNKNOWN", "DUAL LICENSE"):
        return text
    if kinds:
        return " OR ".join(one.removeprefix(_CLASSIFIER) for one in kinds)
    for file in known.files or ():
        if re.match(r"licen[cs]e|copying", file.name, re.IGNORECASE):
            lines = file.read_text().strip().splitlines()
            return lines[0].strip()[:60] if lines else "not stated"
    return "not stated"


def read_policy(root: Path) -> Policy:
    """The policy of a checkout.

    Raises:
        Refused: The file is missing or has another shape.
    """
    return shaped(root / POLICY, Policy, read_yaml(root / POLICY))


def spdx(said: str) -> str:
    """One licence in one spelling."""
    text = " ".join(said.split())
    return next((name for form, name in _SPELLINGS if re.match(form, text, re.IGNORECASE)), text)


def allowed(said: str, policy: Policy, name: str) -> bool:
    """Whether what a package states may be brought along: one alternative, all of whose parts are."""
    mine = policy.accepted.get(name)
    fine = {one.casefold() for one in policy.allowed} | ({spdx(mine.licence).casefold()} if mine else set())

    def part(one: str) -> bool:
        inner = one.strip()
        if inner.startswith("(") and inner.endswith(")") and " " in inner and re.search(r" (OR|AND) ", inner):
            return allowed(inner[1:-1], policy, name)
        return spdx(inner).casefold() in fine

    return any(all(part(one) for one in _split(choice, "AND")) for choice in _split(said, "OR"))


def _split(text: str, word: str) -> list[str]:
    """Parts between a word that stands outside of parentheses."""
    parts, depth = [""], 0
    for piece in re.split(r"(\(|\)|\s+(?:OR|AND)\s+)", text):
        depth += (piece == "(") - (piece == ")")
        if depth == 0 and piece.strip() == word:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def licence_problems(packages: tuple[Package, ...], policy: Policy) -> list[Problem]:
    """Licences that nobody allowed, and acceptances that no package needs any longer."""
    found = []
    for one in packages:
        licence = policy.licence_of(one)
        if licence and not allowed(licence, policy, one.name):
            said = (
                f"{one.name} is under '{licence}', which {POLICY} neither allows nor accepts for it: a person decides."
            )
            found.append(Problem("licence_not_allowed", one.name, said))
    for name in sorted((set(policy.accepted) | set(policy.elsewhere)) - {one.name for one in packages}):
        said = f"{POLICY} tells of a licence of {name}, which is not brought along any longer: take it out."
        found.append(Problem("acceptance_without_package", name, said))
    return found


def direct(root: Path) -> dict[str, str]:
    """Packages that the project itself names, by name, with the extra that does (`core` for none)."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named: dict[str, str] = {canonicalize_name(Requirement(one).name): "core" for one in project["dependencies"]}
    for extra, said in project.get("optional-dependencies", {}).items():
        for one in said:
            named.setdefault(canonicalize_name(Requirement(one).name), extra)
    named.pop("batchwright", None)
    return named


def read_reasons(root: Path) -> dict[str, str]:
    """Why each direct dependency is there.

    Raises:
        Refused: The file is missing.
    """
    said = read_yaml(root / REASONS) or {}
    return {canonicalize_name(str(name)): str(why) for name, why in said.items()}


def reason_problems(root: Path) -> list[Problem]:
    """Direct dependencies without a reason, and reasons without one."""
    named, reasons = direct(root), read_reasons(root)
    found = [
        Problem("dependency_without_reason", name, f"{REASONS} does not say why {name} is there: add it.")
        for name in sorted(set(named) - set(reasons))
    ]
    return found + [
        Problem("reason_without_dependency", name, f"{REASONS} tells of {name}, which pyproject.toml does not name.")
        for name in sorted(set(reasons) - set(named))
    ]
