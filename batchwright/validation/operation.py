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
from batchwright.validation.results import read_results
from batchwright.validation.run_record import begin, seal

JOB = "operational_qualification"
_ACCEPTANCE = "acceptance"
_LONGEST_S = 3 * 3600


@dataclass(frozen=True)
class Step:
    """One part: a command whose output is evidence.

    Attributes:
        name: What people call it with --only.
        command: Words after the interpreter; `{folder}` is the folder of evidence.
        into: File that takes its standard output; empty where it writes its own.
        report: File with the results of its tests; empty where it runs none.
        whole: Whether no test of it may be left out: a gate that nobody tried is not shown to be shut.
    """

    name: str
    command: tuple[str, ...]
    into: str = ""
    report: str = ""
    whole: bool = False


def _pytest_step(name: str, tests: str) -> Step:
    report = f"{name}.xml"
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", f"{{folder}}/{report}", tests)
    return Step(name, words, report=report, whole=True)


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
        report="result.json",
    ),
    Step("rules", ("-m", "batchwright", "rules", "check", "--format", "json"), "rules.json"),
    Step("mutation", ("-m", "batchwright", "rules", "mutate", "--format", "json"), "mutation.json"),
    _pytest_step("gate", "tests/integration/test_gate_side_doors.py"),
    _pytest_step("backup", "tests/contract/test_mes_backup.py"),
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


def left_out(folder: Path, done: list[Done]) -> dict[str, str]:
    """Cases that a step did not run, by its name: how many of how many, and why."""
    reports = {one.name: one.report for one in STEPS if one.report}
    results, _ = read_results(folder)
    found = {}
    for name in (one.name for one in done if one.name in reports):
        mine = [one for one in results.values() if one.where == reports[name]]
        number = sum(one.skipped for one in mine)
        whole = sum(one.passed + one.failed + one.skipped for one in mine)
        reasons = sorted({one.why for one in mine if one.skipped and not one.failed})
        if number:
            found[name] = f"{number} of {whole} cases left out: {'; '.join(reasons) or 'no reason given'}"
        elif not mine:
            found[name] = "its results are not there"
    return found


def failures(folder: Path, done: list[Done], drilled: Mapping[str, Any]) -> list[str]:
    """What of a run failed: steps, cases left out of a step that has to be whole, a drill whose rows differ."""
    out, whole = left_out(folder, done), {one.name for one in STEPS if one.whole}
    found = []
    for one in done:
        said = out.get(one.name, "")
        missed = one.name in whole or said == "its results are not there"
        if one.code or (said and missed):
            found.append(f"{one.name} ({said})" if said else one.name)
    return [*found, "drill"] if drilled.get("differing") else found


def outcome_of(folder: Path, done: list[Done], failed: list[str]) -> str:
    """The outcome in words, as lines, capsule and audit trail tell it alike."""
    if failed:
        return f"failed: {', '.join(failed)}"
    out = [f"; {name}: {said}" for name, said in left_out(folder, done).items()]
    return f"passed: {', '.join(one.name for one in done)}{''.join(out)}"


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
    outcome |= {"said": outcome_of(folder, done, failed), "left_out": left_out(folder, done)}
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
