"""The capsule: the evidence of one attempt as one ZIP file that anybody can check without a network or a store.

It holds `manifest.json` and exactly the files that this lists, each with its size and SHA-256. Equal folders make equal
files: names are sorted and time stamps fixed.
"""

import hashlib
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from bots.runtime.zip_form import form_problems
from mes_core.messages.capsules import MANIFEST, MOST_BYTES, MOST_FILES, OUTCOME, RESULT, capsule_of
from mes_core.spelling.archives import DAMAGED

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_PICTURE = b"\x89PNG\r\n\x1a\n"
_LONGEST = 600


@dataclass
class CapsuleReport:
    """What a check found: nothing in `problems` means that the capsule is whole.

    Attributes:
        path: The file.
        sha256: Of the file, hexadecimal.
        manifest_sha256: Of its manifest, hexadecimal; empty where there is none.
        manifest: What the attempt was about.
        outcome: How it ended.
        problems: One sentence each.
    """

    path: Path
    sha256: str = ""
    manifest_sha256: str = ""
    manifest: dict[str, Any] = field(default_factory=dict)
    outcome: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def pack(folder: Path) -> tuple[Path, str]:
    """Pack a sealed folder.

    Args:
        folder: Evidence of one attempt, with its manifest.

    Returns:
        The capsule and its SHA-256, hexadecimal.

    Raises:
        OSError: A file is gone, has changed since the folder was sealed, or the capsule can't be written.
    """
    manifest = (folder / MANIFEST).read_bytes()
    target = capsule_of(folder)
    partly = target.with_suffix(".partly")
    with zipfile.ZipFile(partly, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _add(archive, MANIFEST, manifest)
        for name, about in sorted(json.loads(manifest)["files"].items()):
            content = (folder / name).read_bytes()
            if hashlib.sha256(content).hexdigest() != about["sha256"]:
                raise OSError(f"{folder / name} has changed since the folder was sealed")
            _add(archive, name, content)
    partly.chmod(0o600)
    partly.replace(target)
    return target, hashlib.sha256(target.read_bytes()).hexdigest()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.external_attr = 0o644 << 16
    # Pictures are packed already: once more costs time and saves nothing.
    packed = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, packed)


def check(path: Path) -> CapsuleReport:
    """Check a capsule by itself: it unpacks, holds what its manifest lists and nothing else, and agrees with itself.

    Args:
        path: The capsule; anybody may have made it, so nothing is unpacked to disk and sizes are bounded.

    Returns:
        The report; `problems` is empty when the capsule is whole.

    Raises:
        OSError: The file can't be read.
    """
    report = CapsuleReport(path)
    with path.open("rb") as file:
        report.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        with zipfile.ZipFile(path) as archive:
            if _check_archive(archive, report):
                report.problems += form_problems(archive, path)
    except DAMAGED as error:
        report.problems.append(f"The file is no whole ZIP file ({error}).")
    # A damaged file's names can be as long as it is; whoever reads the sentence knows it by its beginning.
    report.problems = [one if len(one) <= _LONGEST else f"{one[:_LONGEST]} ..." for one in report.problems]
    return report


def read_member(path: Path, name: str) -> bytes:
    """One file of a capsule.

    Raises:
        KeyError: There is no such file in it.
    """
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo(name).file_size > MOST_BYTES:
            raise KeyError(name)
        return archive.read(name)


def members(path: Path) -> list[str]:
    """Names of the files of a capsule."""
    with zipfile.ZipFile(path) as archive:
        return sorted(archive.namelist())


def _check_archive(archive: zipfile.ZipFile, report: CapsuleReport) -> bool:
    """Check names and contents; False where its sizes forbid to read it."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        report.problems.append("The file unpacks to more than any capsule holds.")
        return False
    report.problems += [f"{name!r} stands in it twice." for name in sorted({n for n in names if names.count(n) > 1})]
    report.problems += [f"{name!r} leads out of the capsule." for name in names if _leads_out(name)]
    if MANIFEST not in names:
        report.problems.append(f"There is no {MANIFEST}.")
        return True
    raw = archive.read(MANIFEST)
    report.manifest_sha256 = hashlib.sha256(raw).hexdigest()
    report.manifest = _object(raw, MANIFEST, report)
    listed = report.manifest.get("files")
    if not isinstance(listed, dict):
        report.problems.append(f"{MANIFEST} lists no files.")
        return True
    report.problems += [f"{name!r} is not in the manifest." for name in sorted(set(names) - set(listed) - {MANIFEST})]
    for name, about in sorted(listed.items()):
        if name not in names:
            report.problems.append(f"{name!r} is in the manifest and not in the capsule.")
        else:
            _check_file(name, archive.read(name), about, report)
    _check_sense(report)
    return True


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name


def _check_file(name: str, content: bytes, about: Any, report: CapsuleReport) -> None:
    stated = about if isinstance(about, dict) else {}
    if hashlib.sha256(content).hexdigest() != stated.get("sha256") or len(content) != stated.get("bytes"):
        report.problems.append(f"{name!r} is not what the manifest says.")
    elif name.endswith(".png") and not content.startswith(_PICTURE):
        report.problems.append(f"{name!r} is no picture.")
    elif name == OUTCOME:
        report.outcome = _object(content, name, report)
    elif name == RESULT:
        _check_result(content, report)


def _check_result(content: bytes, report: CapsuleReport) -> None:
    """Robot Framework itself reads the result; its status has to be there."""
    from robot.api import ExecutionResult
    from robot.errors import DataError

    # Robot Framework takes text that is no JSON for the path of another file, or for XML.
    if not _object(content, RESULT, report):
        return
    try:
        result = ExecutionResult(content.decode("utf-8"))
    except (DataError, UnicodeDecodeError) as error:
        report.problems.append(f"Robot Framework can't read {RESULT!r} ({error}).")
        return
    report.manifest["robot_status"] = "passed" if result.suite.status == "PASS" else "failed"


def _check_sense(report: CapsuleReport) -> None:
    """The parts have to say the same: an item, an outcome, and a done item whose suite did not fail."""
    item = report.manifest.get("item")
    if not isinstance(item, dict) or not _names_an_attempt(item):
        report.problems.append(f"{MANIFEST} does not say which attempt at which item this is.")
    if not report.outcome:
        report.problems.append(f"It does not say how the attempt ended ({OUTCOME}).")
    elif report.outcome.get("result") == "done" and report.manifest.get("robot_status") != "passed":
        report.problems.append("It says that the item is done, and Robot Framework's result does not.")


def _names_an_attempt(item: dict[str, Any]) -> bool:
    names = [item.get(name) for name in ("item_id", "job", "batch_id")]
    # A lone surrogate is no text: it can't be printed, nor looked up in a store.
    return type(item.get("attempt")) is int and all(
        isinstance(one, str) and one and not any("\ud800" <= letter <= "\udfff" for letter in one) for one in names
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names stand in it once: of two, programs take one or the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands in an object twice")
    return found


def _object(raw: bytes, name: str, report: CapsuleReport) -> dict[str, Any]:
    try:
        found = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        report.problems.append(f"{name!r} is no JSON.")
        return {}
    if not isinstance(found, dict):
        report.problems.append(f"{name!r} is no JSON object.")
        return {}
    return found
