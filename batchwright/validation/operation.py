"""Operational qualification: the tests and drills that show the functions on this machine, sealed as one capsule."""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from batchwright.support.errors import Refused
from batchwright.validation.model import Checkout
from batchwright.validation.record import sha256
from batchwright.validation.run_record import begin, seal

JOB = "operational_qualification"
_ACCEPTANCE = "acceptance"
_LONGEST_S = 3 * 3600
_GATE = "tests/integration/test_gate_side_doors.py"
_BACKUP = "tests/contract/test_mes_backup.py"


@dataclass(frozen=True)
class Step:
    """One part: a command whose output is evidence.

    Attributes:
        name: What people call it with --only.
        command: Words after the interpreter; `{folder}` is the folder of evidence.
        into: File that takes its standard output; empty where it writes its own.
    """

    name: str
    command: tuple[str, ...]
    into: str = ""


STEPS = (
    Step(
        _ACCEPTANCE,
        (
            "-m",
            "robot",
            "--outputdir",
            "{folder}",
            "--output",
            "result.json",
            "--log",
            "NONE",
            "--report",
            "NONE",
            "robot_tests",
        ),
    ),
    Step("rules", ("-m", "batchwright", "rules", "check", "--format", "json"), "rules.json"),
    Step("mutation", ("-m", "batchwright", "rules", "mutate", "--format", "json"), "mutation.json"),
    Step("gate", ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", "{folder}/gate.xml", _GATE)),
    Step("backup", ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", "{folder}/backup.xml", _BACKUP)),
)
"""In their order. The drill of a plant's own store comes after them, where there is one."""


@dataclass(frozen=True)
class Done:
    """How a step ended: its exit code, and how long it took."""

    name: str
    code: int
    seconds: float


def chosen(only: list[str] | None) -> tuple[Step, ...]:
    """The steps of these names; all of them where none is named.

    Raises:
        Refused: There is no such step.
    """
    names = [one.name for one in STEPS]
    for name in only or ():
        if name not in names:
            raise Refused(f"There is no step {name!r}: use {', '.join(names)}.")
    return tuple(one for one in STEPS if not only or one.name in only)


def run_steps(checkout: Checkout, folder: Path, steps: tuple[Step, ...], clock: Callable[[], datetime]) -> list[Done]:
    """Run steps one after another and seal what they left.

    Raises:
        Refused: The folder can't be taken, or a step did not end in time.
    """
    begin(folder, checkout, clock())
    found = []
    for step in steps:
        before = clock()
        words = [part.format(folder=folder) for part in step.command]
        environment = {**os.environ, "PYTHONPATH": str(checkout.root)}
        try:
            done = subprocess.run(
                [sys.executable, *words],
                cwd=checkout.root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Refused(
                f"The step {step.name} did not end in {_LONGEST_S // 3600} hours: look at the machine."
            ) from None
        if step.into:
            (folder / step.into).write_text(done.stdout, encoding="utf-8")
        (folder / f"{step.name}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        found.append(Done(step.name, done.returncode, round((clock() - before).total_seconds(), 1)))
    return found


def backup_drill(address: str | Path, folder: Path, now: datetime) -> dict[str, int]:
    """Back a store up, restore it into an empty one, and compare all rows; what was found is evidence.

    Raises:
        Refused: The store can't be read, or the backup does not restore.
    """
    from mes_core.domain.errors import DomainError
    from mes_core.storage import open_store
    from mes_core.storage.backup import backup, restore

    with tempfile.TemporaryDirectory(prefix="batchwright-drill-") as name:
        file, copy = Path(name) / "drill.backup", Path(name) / "copy.sqlite"
        try:
            rows = backup(address, file, now.isoformat())
            with closing(open_store(copy)):
                restore(copy, file)
            again = Path(name) / "again.backup"
            backup(copy, again, now.isoformat())
        except DomainError as error:
            raise Refused(f"The backup drill failed ({error}): the store's backup can't be relied on.") from None
        found = {"rows": rows, "differing": _differing(file, again)}
    (folder / "backup.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    return found


def _differing(one: Path, other: Path) -> int:
    """Rows that stand in one backup and not in the other."""

    def lines(path: Path) -> set[bytes]:
        # The head and the last line tell of the backup itself.
        return set(gzip.decompress(path.read_bytes()).splitlines()[1:-1])

    return len(lines(one) ^ lines(other))


def failures(folder: Path, done: list[Done], drilled: Mapping[str, Any]) -> list[str]:
    """What of a run failed: steps, a result of the acceptance tests that is not there, a drill whose rows differ."""
    from mes_core.messages.capsules import RESULT

    found = [one.name for one in done if one.code]
    if any(one.name == _ACCEPTANCE for one in done) and not (folder / RESULT).is_file():
        found.append("result of the acceptance tests")
    return [*found, "drill"] if drilled.get("differing") else found


def seal_capsule(
    checkout: Checkout, folder: Path, done: list[Done], failed: list[str], clock: Callable[[], datetime]
) -> tuple[Path, str]:
    """Seal the run, and pack it as a capsule that `batchwright verify` checks offline.

    Args:
        checkout: what was qualified.
        folder: of the evidence.
        done: the steps.
        failed: what of the run failed, as the trail is told too.
        clock: the time.

    Raises:
        Refused: The sources changed, or a file of the folder did.
    """
    from bots.runtime.capsule import pack
    from mes_core.messages.capsules import MANIFEST, OUTCOME, RESULT

    # "done" is what Robot Framework's own result has to say too; without the acceptance tests there is none.
    right = "done" if (folder / RESULT).is_file() else "passed"
    outcome: dict[str, Any] = {"result": "failed" if failed else right, "steps": [vars(one) for one in done]}
    if failed:
        outcome["failed"] = failed
    (folder / OUTCOME).write_text(json.dumps(outcome, sort_keys=True) + "\n", encoding="utf-8")
    run = seal(folder, checkout, clock())
    item = {"item_id": f"OQ-{checkout.commit[:12]}", "job": JOB, "batch_id": "qualification", "attempt": 1}
    files = {name: {"sha256": digest, "bytes": (folder / name).stat().st_size} for name, digest in run.files.items()}
    content = (folder / "run.json").read_bytes()
    files["run.json"] = {"sha256": sha256(content), "bytes": len(content)}
    manifest = {"item": item, "commit": checkout.commit, "made_at": run.ended_at, "files": dict(sorted(files.items()))}
    (folder / MANIFEST).write_text(json.dumps(manifest, sort_keys=True, indent=1) + "\n", encoding="utf-8")
    try:
        capsule, digest = pack(folder)
    except OSError as error:
        raise Refused(f"The evidence can't be sealed ({error}): run again.") from None
    (folder / MANIFEST).unlink()  # it stands in the capsule; the folder stays as its run sealed it
    return capsule, digest
