"""`batchwright verify CAPSULE` and `batchwright evidence`: check capsules, and keep their folders small."""

import hashlib
import json
import shutil
import statistics
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.filesize import decimal

from batchwright.support.checkpoint_file import read_document
from batchwright.support.desk import UserOption, connected, said_plainly
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, counted, print_answer, text_console
from batchwright.support.keys import public_key
from batchwright.support.settings import home_to_serve, main_home
from batchwright.support.wiring import clock, open_mes
from mes_core.domain import checkpoints
from mes_core.domain.errors import DomainError
from mes_core.messages.capsules import SUFFIX, capsules_below, folder_of

if TYPE_CHECKING:
    from bots.runtime.capsule import CapsuleReport

evidence_app = typer.Typer()
ItemArgument = Annotated[str, typer.Argument(help="Number of the item: 'batchwright jobs list' and 'show' tell it.")]
MesAddress = Annotated[str, typer.Option("--mes", metavar="URL", help="The MES that keeps the evidence.")]


def verify_capsules(
    capsules: list[Path], *, proof: Path | None, key: str | None, against_store: bool, run: str | None, output: Format
) -> None:
    """Check capsules: by themselves, against a proof of the audit entry, or against a store; exit code 0 or 1.

    Raises:
        Refused: a file can't be read, several capsules were given with one proof, or a proof was given without the key
            that signed its checkpoint.
    """
    if proof is not None and len(capsules) > 1:
        raise Refused("A proof is that of one capsule: give one with --proof.")
    whole = True
    for capsule in capsules:
        if len(capsules) > 1 and output is Format.TEXT:
            _lines([f"{capsule}:"])
        whole &= _verify(capsule, proof, key, against_store=against_store, run=run, output=output)
    if not whole:
        raise typer.Exit(1)


def _verify(
    capsule: Path, proof: Path | None, key: str | None, *, against_store: bool, run: str | None, output: Format
) -> bool:
    # Robot Framework takes a second to import; only this command needs it.
    from bots.runtime.capsule import check

    try:
        report = check(capsule)
    except OSError as error:
        raise Refused(f"{capsule} can't be read ({error.strerror or error}): check the path.") from None
    problems, known = list(report.problems), ""
    if proof is not None:
        problems += _against_proof(report, proof, key)
        known = f"its hash stands in the audit trail, as {proof} proves"
    if against_store:
        found, known = _against_store(report, run)
        problems += found
    if output is Format.JSON:
        typer.echo(json.dumps(_plain(report, problems)))
    else:
        _say(report, problems, known)
    return not problems


def _plain(report: "CapsuleReport", problems: list[str]) -> dict[str, Any]:
    return {
        "whole": not problems,
        "problems": problems,
        "sha256": report.sha256,
        "manifest_sha256": report.manifest_sha256,
        "item": report.manifest.get("item"),
        "outcome": report.outcome.get("result"),
    }


def _say(report: "CapsuleReport", problems: list[str], known: str) -> None:
    item = report.manifest.get("item") or {}
    lines = problems or [
        f"The capsule is whole: attempt {item.get('attempt')} at {item.get('job')} of batch {item.get('batch_id')}"
        f" ({item.get('item_id')}), {report.outcome.get('result')}; {len(report.manifest['files'])} files.",
        f"SHA-256 {report.sha256}",
        f"Also, {known}."
        if known
        else "It vouches for itself only: --proof or --against-store shows that it is the one in the audit trail.",
    ]
    _lines(lines)


def _lines(lines: list[str]) -> None:
    for line in lines:
        text_console().print(line, highlight=False, soft_wrap=True)


def _against_proof(report: "CapsuleReport", path: Path, key: str | None) -> list[str]:
    if key is None:
        raise Refused("A proof needs the key that signed its checkpoint: add --public-key KEY.")
    proof = read_document(path)
    try:
        wrong = checkpoints.proof_problem(proof, public_key(key, main_home()) or "")
    except DomainError as error:
        raise Refused(str(error)) from None
    if wrong is not None:
        return [f"The proof does not hold: {wrong}"]
    if not _names(proof["entry"].get("new"), report):
        return ["The proof holds, but its entry names another capsule: give the entry of this attempt."]
    return []


def _names(new: Any, report: "CapsuleReport") -> bool:
    """Whether an audit entry's new value holds the hash of this capsule."""
    value = json.loads(new) if isinstance(new, str) and new.startswith("{") else new
    evidence = value.get("evidence", value) if isinstance(value, dict) else None
    return isinstance(evidence, dict) and evidence.get("capsule_sha256") == report.sha256


def _against_store(report: "CapsuleReport", run: str | None) -> tuple[list[str], str]:
    batch = str((report.manifest.get("item") or {}).get("batch_id", ""))
    try:
        entries = open_mes(home_to_serve(main_home(), run)).audit(batch)
    except DomainError as error:
        raise Refused(str(error)) from None
    for entry in entries:
        if _names(entry.new, report):
            return [], f"entry {entry.number} of the audit trail of {batch} ({entry.action}) holds its hash"
    return [f"No entry of the audit trail of {batch} holds the hash of this capsule."], ""


@evidence_app.callback()
def _evidence() -> None:
    """What the bots left as proof: how large it is, and what may be taken away."""


@evidence_app.command()
def sizes(run: RunOption = None, output: FormatOption = Format.TEXT) -> None:
    """Bytes of the capsules and of the unpacked folders beside them."""
    home = home_to_serve(main_home(), run)
    capsules = [path.stat().st_size for path in capsules_below(home.evidence)]
    folders = [sum(one.stat().st_size for one in folder_of(path).rglob("*")) for path in capsules_below(home.evidence)]
    if not capsules:
        raise Refused(f"There is no capsule in {home.evidence}: let a bot work first.")
    found = {
        "capsules": len(capsules),
        "median_bytes": int(statistics.median(capsules)),
        "largest_bytes": max(capsules),
        "all_bytes": sum(capsules),
        "unpacked_bytes": sum(folders),
    }
    if output is Format.JSON:
        typer.echo(json.dumps(found))
        return
    said = (
        f"{counted(len(capsules), 'capsule')}, {decimal(sum(capsules))} in all:"
        f" median {decimal(found['median_bytes'])}, largest {decimal(max(capsules))};"
        f" unpacked beside them {decimal(sum(folders))}."
    )
    _lines([said])


@evidence_app.command("list")
@said_plainly
def list_evidence(
    item: ItemArgument, mes: MesAddress, user: UserOption = None, output: FormatOption = Format.TEXT
) -> None:
    """List the attempts at an item. With whether the MES keeps the evidence of each."""
    with connected(mes, user) as client:
        found = client.attempts(item)
    lines = [
        f"{one.attempt}  {one.worker}  {one.folder or '-'}  {'kept' if one.kept else 'not here'}  {one.capsule_sha256}"
        for one in found
    ]
    print_answer([one.model_dump(mode="json") for one in found], output, lines or ["Nobody has taken this item yet."])


@evidence_app.command()
@said_plainly
def fetch(
    item: ItemArgument,
    mes: MesAddress,
    out: Annotated[Path, typer.Option(help="Folder for the capsules.")] = Path(),
    user: UserOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Fetch the capsules of an item from the MES. Each is checked against the hash in the audit trail."""
    written, wrong = [], []
    with connected(mes, user) as client:
        for one in client.attempts(item):
            if not one.kept:
                continue
            content, target = client.capsule(item, one.folder), out / f"{one.folder}{SUFFIX}"
            if hashlib.sha256(content).hexdigest() != one.capsule_sha256:
                wrong.append(f"{one.folder}: what the MES keeps is not what the audit trail names; it is not written.")
                continue
            try:
                target.write_bytes(content)
            except OSError as error:
                raise Refused(
                    f"{target} can't be written ({error.strerror}): choose another folder with --out."
                ) from None
            written.append(str(target))
    lines = [*wrong, *written] or ["The MES keeps no evidence of this item."]
    print_answer({"written": written, "problems": wrong}, output, lines)
    if wrong:
        raise typer.Exit(1)


@evidence_app.command()
def prune(
    older_than: Annotated[int, typer.Option(min=0, help="Days since the capsule was made.")] = 90,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Remove unpacked folders of old capsules. Those whose capsule is whole; capsules are never removed."""
    from bots.runtime.capsule import check

    home = home_to_serve(main_home(), run)
    limit = (clock() - timedelta(days=older_than)).timestamp()
    removed, kept = 0, []
    for capsule in capsules_below(home.evidence):
        folder = folder_of(capsule)
        if not folder.is_dir() or capsule.stat().st_mtime > limit:
            continue
        if problems := check(capsule).problems:
            kept.append(f"{folder} stays: its capsule is not whole ({problems[0]})")
            continue
        shutil.rmtree(folder)
        removed += 1
    said = f"{counted(removed, 'folder')} removed; the capsules stay."
    print_answer({"removed": removed, "kept": kept}, output, [*kept, said])
    if kept:
        raise typer.Exit(1)
