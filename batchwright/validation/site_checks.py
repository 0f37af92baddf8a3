"""What `site check` found on the sites of a run: collected into a file of the evidence, and read back for the pack."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from batchwright.validation.model import Problem

FILE = "site-checks.json"
FORMAT = "batchwright-site-checks/1"


class _Part(BaseModel):
    # What the command prints besides is kept in the file and not needed here.
    model_config = ConfigDict(frozen=True, extra="ignore")


class SiteCheck(_Part):
    """One site: what `batchwright site check --format json` printed.

    Attributes:
        product: Name of its folder.
        folder: Hash of the folder's content that was checked.
        compared: How many words were looked for.
        moved: Words that were not where the folder says.
        unseen: Words that could not be looked at.
    """

    product: str
    folder: str
    compared: int
    moved: tuple[dict[str, Any], ...]
    unseen: tuple[dict[str, Any], ...]

    @property
    def says(self) -> str:
        """Its outcome in words."""
        moved = f"{len(self.moved)} MOVED" if self.moved else "none moved"
        unseen = f", {len(self.unseen)} could not be looked at" if self.unseen else ""
        return f"{self.compared} words compared, {moved}{unseen}"


class SiteChecks(_Part):
    """Checks of a run: when, and whether on the practice sites or on a plant's own."""

    checked_at: datetime
    on: str
    checks: tuple[SiteCheck, ...]


def document(checked_at: datetime, on: str, checks: list[dict[str, Any]]) -> str:
    """The file."""
    said = {"format": FORMAT, "checked_at": checked_at.isoformat(), "on": on, "checks": checks}
    return json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_site_checks(evidence: Path | None) -> tuple[SiteChecks | None, list[Problem]]:
    """Checks of a run; None where it made none."""
    path = evidence / FILE if evidence else None
    if path is None or not path.is_file():
        return None, []
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ValueError(said["format"])
        return SiteChecks.model_validate(said), []
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        said = f"{FILE} can't be read as checks of sites: make it with 'batchwright validation site-checks'."
        return None, [Problem("unreadable_evidence", FILE, said)]


def site_problems(root: Path, evidence: Path | None) -> list[Problem]:
    """Words that moved, and checks of another folder than this commit holds."""
    from keywords.provenance import folder_hash

    checks, found = read_site_checks(evidence)
    for one in checks.checks if checks else ():
        folder = root / "keywords" / "sites" / one.product
        if one.moved:
            said = f"{len(one.moved)} words of {one.product} were not where its folder says: a bot would stop there."
            found.append(Problem("site_moved", one.product, said))
        # A plant's own folders do not lie in the checkout.
        if folder.is_dir() and folder_hash(folder) != one.folder:
            said = f"The check of {one.product} is that of another folder than this commit holds: check the site again."
            found.append(Problem("site_check_of_another_folder", one.product, said))
    return found


def checked(kinds: tuple[str, ...], products: tuple[str, ...], evidence: Path | None) -> tuple[str, tuple[str, ...]]:
    """What a bot's sheet says of its last check, and where that leads.

    Args:
        kinds: of the sites that the bot works on, such as lims.
        products: names of the folders that the commit holds for them.
        evidence: folder of the run.
    """
    if not kinds:
        return "it works on no site", ("file:docs/bot-sheets.yaml",)
    checks, _ = read_site_checks(evidence)
    if checks is None:
        return "not run in this run: see 'batchwright validation site-checks'", ("file:docs/validation.md",)
    mine = [one for one in checks.checks if one.product.partition("_")[0] in kinds or one.product in products]
    told = [f"{one.product}: {one.says}" for one in mine]
    missed = [name for name in products if name not in {one.product for one in mine}]
    told += [f"not checked in this run: {', '.join(missed)}"] if missed else []
    return f"{checks.checked_at:%Y-%m-%d %H:%M} UTC on {checks.on}. {'; '.join(told)}", (f"evidence:{FILE}",)
