"""Look up in a package index when the locked releases came out, and licences of packages that are not installed here.

    python scripts/upkeep.py --index ADDRESS

ADDRESS is that of a simple index which gives the time of uploads (PEP 700). Licences are read in the smallest archive
of a release, once its hash is that of the lock. Written are the entries of `docs/upkeep.yaml`, and `elsewhere` of
`docs/licence-policy.yaml`; their comments stay.
"""

import argparse
import hashlib
import io
import json
import re
import sys
import tarfile
import zipfile
from datetime import UTC, date, datetime
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from packaging.utils import canonicalize_name
from packaging.version import Version

from batchwright.validation.licences import POLICY, Package, direct, licence_of, read_lock, read_policy
from batchwright.validation.upkeep import UPKEEP

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.txt"
_JSON = {"Accept": "application/vnd.pypi.simple.v1+json"}
_UPLOADED = "time of upload in the package index"
_METADATA = "metadata in the locked archive"


class _Told(Distribution):
    """A distribution of which only its metadata is known."""

    def __init__(self, metadata: str) -> None:
        self._metadata = metadata

    def read_text(self, filename: str) -> str | None:
        """The metadata; nothing else is there."""
        return self._metadata if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Path:
        """Nowhere."""
        return Path(path)


def files_of(index: httpx.Client, address: str, one: Package) -> list[dict[str, Any]]:
    """Archives of the locked release, as the index lists them."""
    page = index.get(urljoin(address, f"{one.name}/"), headers=_JSON)
    page.raise_for_status()
    listed: list[dict[str, Any]] = page.json()["files"]
    own = re.compile(rf"{one.name.replace('-', '[-_.]+')}-{re.escape(one.version)}(-|\.tar|\.zip)", re.IGNORECASE)
    found = [file for file in listed if own.match(file["filename"])]
    return [{**file, "url": urljoin(str(page.url), file["url"])} for file in found]


def released_on(files: list[dict[str, Any]]) -> date | None:
    """The day of the first archive of a release, in UTC; None where the index does not say."""
    times = [file["upload-time"] for file in files if file.get("upload-time")]
    return datetime.fromisoformat(min(times)).astimezone(UTC).date() if times else None


def licence_in(index: httpx.Client, files: list[dict[str, Any]], one: Package) -> str:
    """What the metadata of a release says of its licence; empty where no archive of the lock is there."""
    locked = [file for file in files if file["hashes"].get("sha256") in one.hashes]
    if not locked:
        return ""
    answer = index.get(min(locked, key=lambda file: file.get("size") or 0)["url"])
    answer.raise_for_status()
    if hashlib.sha256(answer.content).hexdigest() not in one.hashes:
        raise SystemExit(f"{one.name} {one.version} came with another hash than the lock's: nothing was written.")
    return licence_of(_Told(metadata_in(answer.content)))


def metadata_in(archive: bytes) -> str:
    """METADATA of a wheel, or PKG-INFO of a source archive."""
    if zipfile.is_zipfile(io.BytesIO(archive)):
        with zipfile.ZipFile(io.BytesIO(archive)) as wheel:
            names = [name for name in wheel.namelist() if re.fullmatch(r"[^/]+(\.dist-info/METADATA|/PKG-INFO)", name)]
            return wheel.read(names[0]).decode("utf-8") if names else ""
    with tarfile.open(fileobj=io.BytesIO(archive)) as source:
        for member in source.getmembers():
            if re.fullmatch(r"[^/]+/PKG-INFO", member.name) and (file := source.extractfile(member)):
                return file.read().decode("utf-8")
    return ""


def write(path: Path, head: str, lines: list[str]) -> None:
    """Put entries in the place of those below a line; what stands above it stays."""
    kept, _, _ = path.read_text(encoding="utf-8").partition(f"\n{head}:")
    path.write_text("\n".join([kept, f"{head}:" + ("" if lines else " {}"), *lines, ""]), encoding="utf-8")


def newest(locked: tuple[Package, ...]) -> list[Package]:
    """One of each name: the lock holds others for other versions of Python."""
    by_name: dict[str, Package] = {}
    for one in sorted(locked, key=lambda one: (one.applies, Version(one.version))):
        by_name[one.name] = one
    return list(by_name.values())


def main() -> int:
    """Look up, write, and say what the index does not tell."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("--index", required=True, help="address of a simple index, with a slash at its end")
    given, today = asked.parse_args(), datetime.now(UTC).date()
    named, policy = direct(ROOT), read_policy(ROOT)
    releases, licences, untold = [], [], []
    with httpx.Client(timeout=60, follow_redirects=True) as index:
        for one in sorted(newest(read_lock(LOCK)), key=lambda one: one.name):
            missing = not one.installed
            if canonicalize_name(one.name) not in named and not missing:
                continue
            files = files_of(index, given.index, one)
            day = released_on(files)
            if one.name in named and day is not None:
                about = f"released_on: {day}, looked_up_on: {today}, source: {json.dumps(_UPLOADED)}"
                releases.append(f'  {one.name}: {{version: "{one.version}", {about}}}')
            said = licence_in(index, files, one) if missing else ""
            if said:
                about = f"licence: {json.dumps(said)}, read_on: {today}, source: {json.dumps(_METADATA)}"
                licences.append(f"  {one.name}: {{{about}}}")
            if (one.name in named and day is None) or (missing and not said and one.name not in policy.elsewhere):
                untold.append(f"{one.name} {one.version}")
    write(ROOT / UPKEEP, "releases", releases)
    write(ROOT / POLICY, "elsewhere", licences)
    print(f"{len(releases)} releases and {len(licences)} licences were looked up.")
    if untold:
        print(f"The index does not tell of {', '.join(untold)}.", file=sys.stderr)
    return 1 if untold else 0


if __name__ == "__main__":
    sys.exit(main())
