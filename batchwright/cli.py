"""The command `batchwright`: reads arguments, hands them on, and turns refusals into one sentence and exit code 2."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from batchwright.commands.audit import audit_app, verify
from batchwright.commands.author import ask, new_app
from batchwright.commands.author import run as run_one
from batchwright.commands.courier import courier_app
from batchwright.commands.evidence import evidence_app
from batchwright.commands.exchange import export, import_b2mml
from batchwright.commands.instrument import import_instrument
from batchwright.commands.jobs import jobs_app, worker
from batchwright.commands.model import model_app
from batchwright.commands.rules import rules_app
from batchwright.commands.rules_approve import approve_rules
from batchwright.commands.schedules import schedules_app
from batchwright.commands.shipments import shipments_app
from batchwright.commands.store import backup, restore, store_app
from batchwright.commands.store_reconcile import reconcile, thaw
from batchwright.commands.tick import tick
from batchwright.commands.trace import trace
from batchwright.commands.twin import twin_app
from batchwright.commands.twin_learn import learn_log
from batchwright.commands.user import user_app
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, RunOption
from batchwright.support.settings import environment

INTERRUPTED = 130
"""Exit code after Ctrl-C or SIGTERM, as shells count."""

app = typer.Typer(
    name="batchwright",
    help="From manufactured to released, shipped and filed: robots, rules and people for cell-therapy batches.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
import_app = typer.Typer(help="Take batches from files into the main store.")


def demo(
    batches: Annotated[int, typer.Option(min=1, max=1000, help="How many batches.")] = 12,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the pretend plant; the same seed gives the same plant.")
    ] = 2026,
    headed: Annotated[bool, typer.Option(help="Show the browser while the bots work.")] = False,
    slow: Annotated[int, typer.Option(min=0, max=5000, help="Wait this many ms between browser actions.")] = 0,
    defect_rate: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of batches with planted defects.")] = 0.4,
    records: Annotated[Path | None, typer.Option(help="Review real records from this folder instead.")] = None,
    corrupt: Annotated[int, typer.Option(min=0, help="With --records: change this many values in the LIMS.")] = 0,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take batches the whole way, by robots in a real browser. Reviewed, released or held, shipped and filed."""
    from batchwright.demo.run import DemoOptions, run_demo

    options = DemoOptions(batches, seed, headed, slow, defect_rate, records, corrupt, as_json=output is Format.JSON)
    raise typer.Exit(run_demo(options))


def serve(
    run: RunOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 chooses a free port.")] = 8720,
) -> None:
    """Open the console on a store."""
    from batchwright.commands.serve import serve_console

    serve_console(run, port)


def import_pharma_1005(
    folder: Annotated[Path, typer.Argument(help="Folder with Laboratory.csv and Process.csv.")],
    output: FormatOption = Format.TEXT,
) -> None:
    """Import the published tablet batches. Žagar & Mihelič, Scientific Data 9:99, 2022."""
    from batchwright.commands.review import import_pharma

    import_pharma(folder, as_json=output is Format.JSON)


def review(
    batch: Annotated[str | None, typer.Argument(help="One batch; or use --all.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every batch in the store.")] = False,
    run: Annotated[str | None, typer.Option(help="A demo run by name; default: 'main', where imports go.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Review batches from what a store holds, without a browser."""
    from batchwright.commands.review import review_stored

    if everything == (batch is not None):
        raise Refused("Name one batch, or say --all: 'batchwright review B-1' or 'batchwright review --all'.")
    review_stored(batch, run=run, as_json=output is Format.JSON)


def _register() -> None:
    """Commands in the order in which help lists them: what a new user needs comes first."""
    for command in (demo, serve, review, run_one, worker, verify, export, trace, tick, backup, restore):
        app.command("run" if command is run_one else None)(command)
    import_app.command("pharma-1005")(import_pharma_1005)
    import_app.command("b2mml")(import_b2mml)
    import_app.command("instrument")(import_instrument)
    jobs_app.command("ask")(ask)
    rules_app.command("approve")(approve_rules)
    store_app.command()(reconcile)
    store_app.command()(thaw)
    twin_app.command("learn")(learn_log)
    for name, group in (
        ("import", import_app),
        ("rules", rules_app),
        ("new", new_app),
        ("jobs", jobs_app),
        ("shipments", shipments_app),
        ("courier", courier_app),
        ("schedules", schedules_app),
        ("evidence", evidence_app),
        ("audit", audit_app),
        ("model", model_app),
        ("twin", twin_app),
        ("store", store_app),
        ("user", user_app),
    ):
        app.add_typer(group, name=name)


_register()


def _terminate(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature that signal wants
    raise KeyboardInterrupt


def main() -> None:
    """Entry point: exit code 0 done, 1 something failed, 2 refused with one sentence, 130 interrupted."""
    signal.signal(signal.SIGTERM, _terminate)
    arguments = sys.argv[1:] or ["--help"]
    try:
        environment()
        code = app(arguments, standalone_mode=False, prog_name="batchwright")
    except Refused as refused:
        _say(str(refused))
        code = 2
    except typer.TyperException as wrong:
        context = getattr(wrong, "ctx", None)
        path = context.command_path if context is not None else "batchwright"
        _say(f"{wrong.format_message().rstrip('.')}: see '{path} --help'.")
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:  # Typer turns Ctrl-C into this code by itself
        _say("Interrupted; everything that was started has been ended.")
    sys.exit(code if isinstance(code, int) else 0)


def _say(sentence: str) -> None:
    """The one sentence for the person at the prompt."""
    print(" ".join(sentence.split()), file=sys.stderr)  # noqa: T201
