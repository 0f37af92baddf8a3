"""`batchwright verify` and `batchwright audit`: is the trail whole, and proof of it for others."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from batchwright.commands.evidence import verify_capsules
from batchwright.support import witness
from batchwright.support.checkpoint_file import read_checkpoint, read_document
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, print_answer, text_console, working
from batchwright.support.keys import public_key, signing_key
from batchwright.support.settings import home_to_serve, main_home
from batchwright.support.wiring import open_mes, who_runs_this
from mes_core.domain import checkpoints
from mes_core.domain.errors import DomainError
from mes_core.services import Mes

audit_app = typer.Typer()
Key = Annotated[str | None, typer.Option("--public-key", help="Key that signed it, hexadecimal, or a file with it.")]


def verify(
    capsules: Annotated[list[Path] | None, typer.Argument(help="Capsules of evidence (*.capsule.zip).")] = None,
    audit: Annotated[bool, typer.Option("--audit", help="The audit trail and everything that it vouches for.")] = False,
    checkpoint: Annotated[Path | None, typer.Option(help="A checkpoint that was kept elsewhere.")] = None,
    proof: Annotated[Path | None, typer.Option(help="With a capsule: a proof of its entry in the trail.")] = None,
    against_store: Annotated[bool, typer.Option(help="With a capsule: look its hash up in the store's trail.")] = False,
    key: Key = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Check the audit trail, or capsules of evidence. Exit code 0 when all is well, 1 when not.

    The trail says whether the store is what it was; a capsule is whole when every file in it is what its manifest says.
    With --format json there is one object for each capsule, one a line.
    """
    if audit == bool(capsules):
        raise Refused("Say what to verify: 'batchwright verify --audit', or 'batchwright verify FILE.capsule.zip'.")
    if capsules:
        verify_capsules(capsules, proof=proof, key=key, against_store=against_store, run=run, output=output)
        return
    home = home_to_serve(main_home(), run)
    document = read_checkpoint(checkpoint) if checkpoint else None
    try:
        mes = _open(run)
        with working("Reading the trail"):
            found = mes.verify_audit(document, public_key=public_key(key, home))
            found += [*witness.store_problems(mes, home), *witness.evidence_problems(mes, home)]
    except DomainError as error:
        raise Refused(str(error)) from None
    if output is Format.JSON:
        _print({"whole": not found, "problems": found, "checkpoint": str(checkpoint) if checkpoint else None})
    else:
        against = f" and agrees with checkpoint {document['number']}" if document else ""
        _lines(found or [f"The audit trail is whole{against}; every row that it vouches for is as it says."])
    if found:
        raise typer.Exit(1)


@audit_app.callback()
def _audit() -> None:
    """Checkpoints of the audit trail, and proofs of single entries."""


@audit_app.command("checkpoint")
def make_checkpoint(
    out: Annotated[Path, typer.Option(help="File to write; keep it where the store's owner can't change it.")],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Sign the present state of all chains."""
    home = home_to_serve(main_home(), run)
    try:
        made = _open(run).make_checkpoint(signing_key(home), who_runs_this())
    except DomainError as error:
        raise Refused(str(error)) from None
    _write(out, made)
    said = {"file": str(out), **{name: made[name] for name in ("number", "entries", "key")}}
    print_answer(
        {**said, "chains": len(made["chains"])},
        output,
        [
            f"Checkpoint {made['number']} of {made['entries']} entries in {len(made['chains'])} chains: {out}",
            f"Public key: {made['key']}",
            "A rewrite shows only up to a checkpoint that the rewriter can't reach: keep this file elsewhere.",
        ],
    )


@audit_app.command()
def prove(
    chain: Annotated[str, typer.Argument(help="A batch, or a system chain such as system:users.")],
    number: Annotated[int, typer.Argument(min=1, help="Number of the entry.")],
    checkpoint: Annotated[Path, typer.Option(help="A checkpoint that covers the entry.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Prove an entry. The proof says that it stood in its chain at a checkpoint."""
    try:
        proof = _open(run).prove_entry(read_checkpoint(checkpoint), chain, number)
    except DomainError as error:
        raise Refused(str(error)) from None
    _write(out, proof)
    said = [f"Proof of entry {number} of {chain}: {out}"]
    print_answer({"chain": chain, "number": number, "file": str(out)}, output, said)


@audit_app.command("check-proof")
def check_proof(
    proof: Annotated[Path, typer.Argument(help="A proof from 'batchwright audit prove'.")],
    key: Annotated[str, typer.Option("--public-key", help="Key of the checkpoint, hexadecimal, or a file with it.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Check a proof, without any store. Exit code 0 when it holds, 1 when not."""
    document = read_document(proof)
    try:
        wrong = checkpoints.proof_problem(document, public_key(key, main_home()) or "")
    except DomainError as error:
        raise Refused(str(error)) from None
    if wrong is not None:
        print_answer({"holds": False, "why_not": wrong}, output, [f"The proof does not hold: {wrong}"])
        raise typer.Exit(1)
    entry = document["entry"]
    print_answer(
        {"holds": True, "entry": entry, "checkpoint_made_at": document["checkpoint"]["made_at"]},
        output,
        [
            f"The proof holds: entry {entry['number']} of {entry['batch_id']}, {entry['at'][:19]}, by {entry['user']}:"
            f" {entry['action']} {entry['subject']}; checkpoint of {document['checkpoint']['made_at'][:19]}."
        ],
    )


def _open(run: str | None) -> Mes:
    return open_mes(home_to_serve(main_home(), run))


def _write(path: Path, document: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(document, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} can't be written ({error.strerror}): choose another file.") from None


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))  # noqa: T201 - the answer of the command


def _lines(lines: list[str]) -> None:
    console = text_console()
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)
