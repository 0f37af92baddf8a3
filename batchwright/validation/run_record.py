"""Binds the evidence of a run to its commit: begun before the first test, sealed after the last one.

`run.json` names the commit, the machine and the lock, and the SHA-256 of every file of the folder. An edited result, or
one of another commit, does not fit it. It protects against mistakes and against edits of single files; against somebody
who rewrites the folder as a whole, the hash in the audit trail does (`validation run`).
"""

import hashlib
import json
import platform
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from batchwright.support.errors import Refused
from batchwright.validation.model import Checkout, Problem
from batchwright.validation.surroundings import around

RUN = "run.json"
FORMAT = "batchwright-validation-run/1"
_LOCK = "requirements-dev.txt"


@dataclass(frozen=True)
class Run:
    """A run, as `run.json` tells it; empty texts where the run was not ended.

    `parts` are the versions of what the lock does not hold: operating system, browser, databases.
    """

    commit: str
    changed: tuple[str, ...]
    begun_at: str
    ended_at: str
    machine: str
    python: str
    lock: str
    files: dict[str, str]
    parts: dict[str, str] = field(default_factory=dict)


def begin(folder: Path, checkout: Checkout, now: datetime) -> Path:
    """Empty a folder of evidence and note which commit is going to be tested.

    Raises:
        Refused: The folder holds other things than evidence, or can't be written.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / RUN).is_file():
        raise Refused(f"{folder} holds files and no {RUN}: choose an empty folder, as a run begins by emptying it.")
    try:
        for path in sorted(folder.rglob("*"), reverse=True) if folder.is_dir() else ():
            path.rmdir() if path.is_dir() else path.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder, {**_about(checkout), "begun_at": now.isoformat(), "ended_at": "", "files": {}})
    except OSError as error:
        raise Refused(f"{folder} can't be written ({error.strerror}): choose another folder.") from None
    return folder / RUN


def seal(folder: Path, checkout: Checkout, now: datetime) -> Run:
    """Note the hash of everything that the run left.

    Raises:
        Refused: The run was not begun, was sealed before, or the sources have changed since it began.
    """
    run = read_run(folder)
    if run is None:
        raise Refused(f"{folder} holds no {RUN}: begin the run with 'batchwright validation begin'.")
    if run.ended_at:
        raise Refused(f"{folder / RUN} was sealed at {run.ended_at}: begin another run.")
    if (run.commit, run.changed) != (checkout.commit, checkout.changed):
        raise Refused("The sources changed while the tests ran: begin the run again, on one commit.")
    said = {**_about(checkout), "begun_at": run.begun_at, "ended_at": now.isoformat(), "files": _hashes(folder)}
    said["parts"] = around()
    _write(folder, said)
    return _run(said)


def read_run(folder: Path) -> Run | None:
    """The run of a folder; None where there is none.

    Raises:
        Refused: The file says something else.
    """
    path = folder / RUN
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ValueError(said["format"])
        return _run(said)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{path} is no record of a run: begin the run with 'batchwright validation begin'.") from None


def run_problems(folder: Path, run: Run | None, checkout: Checkout) -> list[Problem]:
    """What keeps the evidence from being that of a commit."""
    if run is None:
        said = f"{folder} holds no {RUN}, so nothing says which commit was tested: run 'make test'."
        return [Problem("evidence_without_run", RUN, said)]
    found = []
    if not run.ended_at:
        found.append(Problem("run_not_sealed", RUN, "The run was begun and never sealed: it did not reach its end."))
    if run.commit != checkout.commit:
        said = f"The evidence is that of commit {run.commit[:12]}, and this is {checkout.commit[:12]}: run the tests."
        found.append(Problem("evidence_of_another_commit", RUN, said))
    if run.changed:
        said = f"The run tested {len(run.changed)} changed file(s) that no commit holds, {run.changed[0]} among them."
        found.append(Problem("evidence_of_changed_sources", RUN, said))
    if run.lock != _lock_hash(checkout.root):
        found.append(Problem("another_lock", _LOCK, f"The run rested on another {_LOCK} than this checkout holds."))
    there = _hashes(folder)
    for name in sorted({*run.files, *there}):
        if name not in there:
            found.append(Problem("evidence_removed", name, f"{name} was sealed with the run and is gone."))
        elif name not in run.files:
            found.append(Problem("evidence_added", name, f"{name} was put beside the evidence after it was sealed."))
        elif run.files[name] != there[name]:
            found.append(Problem("evidence_changed", name, f"{name} was changed after the run was sealed."))
    return found


def _about(checkout: Checkout) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "commit": checkout.commit,
        "changed": list(checkout.changed),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "lock": _lock_hash(checkout.root),
    }


def _run(said: dict[str, Any]) -> Run:
    texts = {name: str(said[name]) for name in ("commit", "begun_at", "ended_at", "machine", "python", "lock")}
    files = {str(name): str(value) for name, value in said["files"].items()}
    parts = {str(name): str(value) for name, value in said.get("parts", {}).items()}
    return Run(changed=tuple(str(one) for one in said["changed"]), files=files, parts=parts, **texts)


def _lock_hash(root: Path) -> str:
    path = root / _LOCK
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the record itself, by name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / RUN:
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _write(folder: Path, said: dict[str, Any]) -> None:
    text = json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / RUN).write_text(text + "\n", encoding="utf-8")
