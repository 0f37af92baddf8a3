"""`batchwright store drill` and `backup --verify`: whether a backup is whole, and whether it can be lived from."""

import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from batchwright.support.checkpoint_file import read_checkpoint
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer, working
from batchwright.support.wiring import clock, who_runs_this
from mes_core.domain.errors import DomainError, Invalid
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from mes_core.storage.backup import Contents, contents, count_rows
from mes_core.storage.backup import restore as read_backup


class Looked(NamedTuple):
    """One thing that was checked, and what was found."""

    what: str
    found: str
    right: bool


def verify_backup(file: Path, output: Format) -> None:
    """Read a backup to its end; exit code 1 and a sentence when it is not whole."""
    try:
        held = contents(file)
    except Invalid as error:
        print_answer({"whole": False, "problem": str(error)}, output, [str(error)])
        raise typer.Exit(1) from None
    answer = {"whole": True, "made_at": held.made_at, "revision": held.revision, "rows": sum(held.rows.values())}
    said = f"{file} is whole: {sum(held.rows.values()):,} rows of {held.made_at[:19]}, store version {held.revision}."
    print_answer(answer, output, [said])


def drill(
    source: Annotated[Path, typer.Argument(help="A file from 'batchwright backup'.")],
    address: Annotated[
        str | None, typer.Option(help="An empty PostgreSQL database of its own; default: a file that is thrown away.")
    ] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="A checkpoint that the backup must agree with.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Rehearse a restore into an empty store. Tells what was checked. The store in use is not touched.

    Exit code 1 when something is not as it should be.
    """
    kept = read_checkpoint(checkpoint) if checkpoint else None
    try:
        with working("Restoring and looking"), tempfile.TemporaryDirectory(prefix="batchwright-drill-") as folder:
            looked = _rehearse(source, address or Path(folder) / "drill.sqlite", kept)
    except (DomainError, OSError, ValueError) as error:
        raise Refused(str(error)) from None
    print_looked(looked, output)


def print_looked(looked: list[Looked], output: Format) -> None:
    """Tell what was checked; exit code 1 when something was not as it should be."""
    lines = [f"{'ok ' if one.right else 'BAD'}  {one.what}: {one.found}" for one in looked]
    print_answer([one._asdict() for one in looked], output, lines)
    if not all(one.right for one in looked):
        raise typer.Exit(1)


def _rehearse(source: Path, target: str | Path, checkpoint: dict[str, Any] | None) -> list[Looked]:
    held = contents(source)
    started = time.perf_counter()
    with closing(open_store(target)) as store:
        read_backup(target, source)
        seconds = time.perf_counter() - started
        mes = Mes(store, BuiltinRules(None), clock)
        problems = mes.verify_audit(checkpoint)
        looked = [*_of_rows(held, target, seconds), *of_the_trail(problems, checked=checkpoint is not None)]
        mes.restored(held.made_at, who_runs_this())
        looked.append(Looked("no item is handed out before the sites are compared", str(mes.frozen()), mes.frozen()))
        return [*looked, *of_what_can_be_read(mes)]


def _of_rows(held: Contents, target: str | Path, seconds: float) -> list[Looked]:
    there = count_rows(target, held.rows)
    short = [name for name, count in held.rows.items() if there[name] != count]
    told = f"{sum(there.values()):,} of {sum(held.rows.values()):,} in {seconds:.1f} s"
    return [
        Looked("the backup is whole", f"made {held.made_at[:19]}, store version {held.revision}", right=True),
        Looked("rows that came back", f"{told}{f'; not all of {short[0]}' if short else ''}", not short),
    ]


def of_the_trail(problems: list[str], *, checked: bool) -> list[Looked]:
    """What verifying the trail found."""
    what = "audit trail, seals and guards" + (", and the checkpoint" if checked else "")
    return [Looked(what, problems[0] if problems else "whole", not problems)]


def of_what_can_be_read(mes: Mes) -> list[Looked]:
    """Whether the program reads what is there."""
    batches = mes.list_batches(limit=1)
    readable = not batches.items or bool(mes.get_record(batches.items[0].batch_id).batch_id)
    return [
        Looked("batches can be read", f"{batches.total}", readable),
        Looked("effects to compare with the sites", str(len(mes.to_compare())), right=True),
    ]
