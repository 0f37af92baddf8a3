"""What a worker would run, by its hashes: the suites of its jobs and the folders of its sites."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import keywords
from keywords.provenance import files_hash, folder_hash
from keywords.settings import Settings
from keywords.sites.registry import products
from mes_core.messages.views import Content

SUITES = Path(__file__).resolve().parent.parent
KEYWORDS = Path(keywords.__file__).resolve().parent


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


def content(
    settings: Settings, files: Mapping[str, Path], jobs: Iterable[str], suites: Path = SUITES
) -> tuple[Content, ...]:
    """What would be run for these jobs: their suites, and the folders of all sites of the settings."""
    found, variables = products(settings.folders), variables_of(settings, suites)
    sites = sorted({one.product for one in settings.sites.values()} & set(found))
    told = [("suite", job, suite_hash(files, job, variables, suites)) for job in sorted(set(jobs)) if job in files]
    told += [("site", product, folder_hash(found[product])) for product in sites]
    return tuple(
        Content.model_validate({"kind": kind, "name": name, "content_hash": content_hash})
        for kind, name, content_hash in told
    )
