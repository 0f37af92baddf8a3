"""What a worker would run, by its hashes: the suites of its jobs and the folders of its sites."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import keywords
from keywords.provenance import files_hash, folder_hash
from keywords.settings import Settings
from keywords.sites.registry import products
from mes_core.messages.views import Content

SUITES = Path(__file__).resolve().parent.parent
KEYWORDS = Path(keywords.__file__).resolve().parent
_SITES = re.compile(r"^Metadata {2,}Sites {2,}(.+)$", re.MULTILINE)


def suite_hash(files: Mapping[str, Path], job: str, variables: Iterable[Path], suites: Path = SUITES) -> str:
    """SHA-256 of what a job's suite is made of: itself, the variables of the environment, and our steps."""
    steps = sorted((KEYWORDS / "steps").glob("*.resource"))
    whole = tuple(one for one in (files.get(job), *variables, *steps) if one is not None)
    return files_hash(suites.parent, whole)


def variables_of(settings: Settings, suites: Path = SUITES) -> list[Path]:
    """The files of variables for the environment of the settings: ours, and those of the plant's folders."""
    name = f"{settings.environment}.yaml"
    roots = (suites, *(folder / "bots" for folder in settings.folders))
    return [path for root in roots if (path := root / "settings" / name).is_file()]


def sites_of(suite: Path) -> frozenset[str]:
    """The sites that a suite says it works on (`Metadata    Sites`), by the names of the settings: lims, erp."""
    told = _SITES.search(suite.read_text("utf-8"))
    return frozenset(one.strip() for one in told[1].split(",") if one.strip()) if told else frozenset()


def served(suites: Mapping[str, Path], settings: Settings) -> tuple[str, ...]:
    """Jobs whose bots can work with these settings: every site that a suite names is set.

    Items of the others are for workers that have those sites; here they would fail, one after the other.
    """
    return tuple(job for job, lacking in sites_lacking(suites, settings).items() if not lacking)


def sites_lacking(suites: Mapping[str, Path], settings: Settings) -> dict[str, tuple[str, ...]]:
    """The sites that each job's suite names and the settings do not, by job."""
    return {job: tuple(sorted(sites_of(path) - set(settings.sites))) for job, path in suites.items()}


def content(
    settings: Settings, files: Mapping[str, Path], jobs: Iterable[str], suites: Path = SUITES
) -> tuple[Content, ...]:
    """What would be run for these jobs: their suites, and the folders of all sites of the settings."""
    found, variables = products(settings.folders), variables_of(settings, suites)
    told: list[tuple[str, str, str, Iterable[str]]] = [
        ("suite", job, suite_hash(files, job, variables, suites), sites_of(files[job]))
        for job in sorted(set(jobs) & set(files))
    ]
    for product in sorted({one.product for one in settings.sites.values()} & set(found)):
        systems = [system for system, one in settings.sites.items() if one.product == product]
        told.append(("site", product, folder_hash(found[product]), systems))
    return tuple(
        Content.model_validate(
            {"kind": kind, "name": name, "content_hash": content_hash, "systems": tuple(sorted(systems))}
        )
        for kind, name, content_hash, systems in told
    )
