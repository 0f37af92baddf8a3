"""`batchwright store`: bring the store up to date, and give the server its role."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from batchwright.commands.store_drill import drill, verify_backup
from batchwright.commands.store_reconcile import reconcile, thaw
from batchwright.support.checkpoint_file import read_checkpoint
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption, print_answer, working
from batchwright.support.settings import environment, home_to_serve, main_home, store_address
from batchwright.support.wiring import clock, who_runs_this
from mes_core.domain.errors import DomainError, Invalid
from mes_core.services import BuiltinRules, Mes
from mes_core.storage import open_store
from mes_core.storage.backup import backup as write_backup
from mes_core.storage.backup import restore as read_backup
from mes_core.storage.roles import grant_server_role

store_app = typer.Typer()
store_app.command()(reconcile)
store_app.command()(thaw)
store_app.command()(drill)
Address = Annotated[
    str | None,
    typer.Option(help="Address with the owner's account; default: BATCHWRIGHT_STORE, or the main store's file."),
]


@store_app.callback()
def _store() -> None:
    """The store: up to date, and who may do what in it."""


@store_app.command()
def migrate(
    address: Address = None,
    check: Annotated[
        Path | None,
        typer.Option(help="Change nothing: rehearse on this backup, in a file that is thrown away or at --address."),
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Bring the tables up to date, as their owner. With --check, rehearse it and the way back on a backup."""
    if check is not None:
        from batchwright.commands.store_drill import print_looked
        from batchwright.commands.store_upgrade import rehearse_upgrade

        print_looked(rehearse_upgrade(check, address), output)
        return
    try:
        open_store(address or store_address(main_home().make())).close()
    except Invalid as error:
        raise Refused(str(error)) from None
    print_answer({"up_to_date": True}, output, ["The store is up to date."])


def backup(
    out: Annotated[
        Path | None, typer.Option(help="File to write; it holds everything, so keep it as safe as the store.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Write nothing: read this backup to its end and compare it with its hash.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Address with the owner's account; default: BATCHWRIGHT_STORE, or --run's store.")
    ] = None,
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Write the whole store to one file. With --verify, check one that was written."""
    if (out is None) == (verify is None):
        raise Refused("Give --out FILE to write a backup, or --verify FILE to check one.")
    if verify is not None:
        verify_backup(verify, output)
        return
    assert out is not None  # noqa: S101 - one of the two; for the type checker
    try:
        with working("Writing"):
            count = write_backup(address or store_address(home_to_serve(main_home(), run)), out, clock().isoformat())
    except Invalid as error:
        raise Refused(str(error)) from None
    print_answer({"rows": count, "file": str(out)}, output, [f"{count:,} rows: {out}"])


def restore(
    source: Annotated[Path, typer.Argument(help="A file from 'batchwright backup'.")],
    address: Address = None,
    checkpoint: Annotated[Path | None, typer.Option(help="A checkpoint that the backup must agree with.")] = None,
    without: Annotated[
        str | None, typer.Option("--without-checkpoint", help="Why there is none to compare with; goes into the trail.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Put a backup into an empty store and verify its trail. The queues stand still until 'batchwright store thaw'."""
    why = (without or "").strip()
    if checkpoint is None and not why and environment() == "production":
        raise Refused(
            "A backup that somebody has emptied or shortened looks whole by itself: give the newest checkpoint with"
            " --checkpoint FILE, or say why there is none with --without-checkpoint 'REASON'."
        )
    target = address or store_address(main_home().make())
    kept = read_checkpoint(checkpoint) if checkpoint else None
    try:
        with closing(open_store(target)) as store, working("Restoring and verifying"):
            made_at = read_backup(target, source)
            mes = Mes(store, BuiltinRules(None), clock)
            found: list[str] | None = None
            try:
                found = mes.verify_audit(kept)
            finally:  # what can't even be verified must not be worked on either
                agrees = kept is not None and found == []
                mes.restored(made_at, who_runs_this(), compared=agrees, why=why or _why_not(found))
    except (DomainError, OSError, ValueError) as error:
        raise Refused(str(error)) from None
    whole = [
        f"Restored from the backup of {made_at[:19]}; its audit trail is whole.",
        "No work item is handed out until the sites are compared: 'batchwright store reconcile', then 'store thaw'.",
    ]
    if checkpoint is None:
        whole.insert(1, "No checkpoint was compared: that nothing was taken out of the backup is not shown.")
    said = {"backup_of": made_at, "whole": not found, "problems": found, "compared": checkpoint is not None}
    print_answer(said, output, list(found) or whole)
    if found:
        raise typer.Exit(1)


def _why_not(found: list[str] | None) -> str:
    """Why no checkpoint agrees with a backup, where one was given."""
    return "The trail could not be verified." if found is None else found[0] if found else ""


@store_app.command()
def grant(
    role: Annotated[str, typer.Argument(help="An existing PostgreSQL role, which the server will use.")],
    address: Address = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Let the server's role work with the tables. It does not own them, so that it can't take the guards off."""
    try:
        grant_server_role(address or store_address(main_home()), role)
    except Invalid as error:
        raise Refused(str(error)) from None
    print_answer({"role": role, "granted": True}, output, [f"{role} may do the server's work, and owns nothing."])


@store_app.command("clock")
def take_clock(
    reason: Annotated[str, typer.Option(help="Who looked, and why the clock was wrong before.")],
    run: RunOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take the machine's clock as it is, where it was ahead before. Changes are refused until then."""
    from batchwright.support.wiring import open_mes

    try:
        before = open_mes(home_to_serve(main_home(), run)).take_clock(reason, who_runs_this())
    except DomainError as error:
        raise Refused(str(error)) from None
    said = f"The clock is taken as it is; until now the newest time was {before[:19] or 'none'}."
    print_answer({"newest_before": before, "reason": reason}, output, [said])
