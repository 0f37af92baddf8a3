"""The command `batchwright`: finds the command, and turns refusals into one sentence and exit code 2.

Nothing but the names and a line of help of each command is known here; a command's module, and all that it needs, is
imported when the command is called, so that help, version and completion answer at once.
"""

import signal
import sys
from types import FrameType
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from batchwright.support.config_file import take as take_settings
from batchwright.support.errors import Refused
from batchwright.support.later import Later
from batchwright.support.names import look_for_strangers
from batchwright.support.settings import environment

INTERRUPTED = 130
"""Exit code after Ctrl-C or SIGTERM, as shells count."""

_COMMANDS: Final = (
    ("demo", "demo:demo", "Take batches the whole way, by robots in a real browser."),
    ("serve", "serve:serve", "Open the console on a store."),
    ("review", "review:review", "Review batches from what a store holds, without a browser."),
    ("run", "run:run", "Run one item of a bot here and now, and show every step."),
    ("worker", "worker:worker", "Run bots."),
    ("verify", "audit:verify", "Check the audit trail, or capsules of evidence."),
    ("export", "exchange:export", "Write a batch for another system, or as a report."),
    ("trace", "trace:trace", "Trace cells and materials."),
    ("tick", "tick:tick", "Bring what is due up to date."),
    ("backup", "store:backup", "Write the whole store to one file."),
    ("restore", "store:restore", "Put a backup into an empty store and verify its trail."),
    ("import", "imports:import_app", "Take batches from files into the main store."),
    ("rules", "rules:rules_app", "Read, check, question and try the rules."),
    ("new", "new:new_app", "Make a bot of your own."),
    ("practice", "practice:practice_app", "The practice plant of your bots, which stays up between runs."),
    (
        "site",
        "site:site_app",
        "Connect a system of your own. Its folder is learnt, tried and checked; nothing is changed by trying.",
    ),
    (
        "jobs",
        "jobs:jobs_app",
        "What the bots have to do. See it, try it again, cancel it, take it from a dead worker.",
    ),
    ("filings", "filings_in:filings_app", "Filings: clocks, what is due, drafts, approvals."),
    ("shipments", "shipments:shipments_app", "Ways of a batch, and the plan of a week."),
    ("courier", "courier:courier_app", "What the planning of shipments is calibrated on."),
    (
        "schedules",
        "schedules:schedules_app",
        "What is asked for by the clock. What was missed is caught up as a schedule says.",
    ),
    (
        "evidence",
        "evidence:evidence_app",
        "What the bots left as proof. How large it is, and what may be taken away.",
    ),
    ("audit", "audit:audit_app", "Checkpoints of the audit trail, and proofs of single entries."),
    ("model", "model:model_app", "Predictive holds: train a model on a table, ask it, judge it."),
    ("twin", "twin:twin_app", "The twin: how many days, and why."),
    ("store", "store:store_app", "The store: up to date, and who may do what in it."),
    ("config", "config:config_app", "One file with every setting of a machine."),
    ("doctor", "doctor:doctor", "Look whether this machine is fit for its work."),
    ("bots", "bots:bots_app", "Suites and sites as they are here, and their approval."),
    (
        "validation",
        "validation:validation_app",
        "What a plant signs. Requirements, risks, tests and evidence of this commit.",
    ),
    ("user", "user:user_app", "Accounts of people and bots."),
    ("people", "people:people_app", "Whose the names in records are."),
)
"""Name, place below `batchwright.commands`, line of help; in the order in which help lists them: what a new user needs
comes first."""


class _Commands(TyperGroup):
    """All of them, none imported."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, place, said in _COMMANDS:
            self.add_command(Later(name, f"batchwright.commands.{place}", said))


app = typer.Typer(
    name="batchwright",
    cls=_Commands,
    help="From manufactured to released, shipped and filed: robots, rules and people for cell-therapy batches.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # reads files; only this option needs it

        typer.echo(f"batchwright {version('batchwright')}")
        raise typer.Exit


@app.callback()
def _start(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Nothing to do before a command."""


def _terminate(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature that signal wants
    raise KeyboardInterrupt


def main() -> None:
    """Entry point: exit code 0 done, 1 something failed, 2 refused with one sentence, 130 interrupted."""
    signal.signal(signal.SIGTERM, _terminate)
    arguments = sys.argv[1:] or ["--help"]
    try:
        look_for_strangers()
        if arguments[0] != "config":  # which tells all that is wrong with the file
            take_settings()
        environment()
        code = app(arguments, standalone_mode=False, prog_name="batchwright")
    except Refused as refused:
        _say(str(refused))
        code = 2
    except ModuleNotFoundError as missing:
        sentence = _what_to_install(missing)
        if sentence is None:
            raise
        _say(sentence)
        code = 2
    except typer.TyperException as wrong:
        context = getattr(wrong, "ctx", None)
        path = context.command_path if context is not None else "batchwright"
        _say(f"{wrong.format_message().rstrip('.')}: see '{path} --help'.")
        code = 2
    except RecursionError:
        _say("A document that was given is nested too deep to be read: check the file, or have it written anew.")
        code = 2
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:  # Typer turns Ctrl-C into this code by itself
        _say("Interrupted; everything that was started has been ended.")
    sys.exit(code if isinstance(code, int) else 0)


def _what_to_install(missing: ModuleNotFoundError) -> str | None:
    """Which extra a command needs; None when what is missing is none of ours to bring."""
    from keywords.extras import install_hint  # only now: help is there before any of our packages

    command = next(iter(sys.argv[1:]), "")
    return install_hint(str(missing), {"demo": "demo", "run": "demo", "model": "models"}.get(command, "twin"))


def _say(sentence: str) -> None:
    """The one sentence for the person at the prompt."""
    print(" ".join(sentence.split()), file=sys.stderr)  # noqa: T201
