"""What starting costs: processor time of `batchwright --help`, `--version` and `jobs list`, each a process of its own.

    python benchmarks/startup.py [--format json] [--rounds 15] [--answers-only] [--before FOLDER]

Their user and system time count, not the clock on the wall, so that a busy machine spoils little. The measure is a bare
typer application with two commands. `jobs list` opens an empty store that is up to date.
With --answers-only, commands that open a store are left out, as in `make test`.
With --before, the sources in FOLDER (for instance `git archive COMMIT | tar x -C FOLDER`) are run in turn with these.
Rounds are interleaved; figures are medians in milliseconds. Limit: `--help` takes less than 400 ms.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HELP_LIMIT_MS = 400.0
_BARE = """
import typer
app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
@app.command()
def one() -> None: ...
@app.command()
def other() -> None: ...
app()
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--answers-only", action="store_true")
    parser.add_argument("--before", type=Path, default=None)
    options = parser.parse_args()
    figures = measure(options.rounds, options.before, answers_only=options.answers_only)
    ratios = {
        "help_vs_400ms": HELP_LIMIT_MS / figures["help_ms"],
        "help_vs_bare_typer": figures["bare_typer_ms"] / figures["help_ms"],
        "version_vs_bare_typer": figures["bare_typer_ms"] / figures["version_ms"],
    }
    ratios |= {
        f"{name.removesuffix('_ms')}_vs_before": figures[f"{name.removesuffix('_ms')}_before_ms"] / figures[name]
        for name in ("help_ms", "jobs_list_ms")
        if options.before and name in figures
    }
    if options.format == "json":
        rounded = {name: round(value, 1) for name, value in figures.items()}
        print(json.dumps({"figures": rounded, "ratios": {name: round(value, 3) for name, value in ratios.items()}}))
        return
    for name, value in (figures | ratios).items():
        print(f"{name:24} {value:8.2f}")


def measure(rounds: int, before: Path | None, *, answers_only: bool = False) -> dict[str, float]:
    """Medians in milliseconds, by name."""
    with tempfile.TemporaryDirectory() as folder:
        ours = _environment(ROOT, Path(folder))
        commands: dict[str, tuple[list[str], dict[str, str]]] = {
            "bare_typer_ms": (["-c", _BARE, "--help"], ours),
            "help_ms": (["-P", "-m", "batchwright", "--help"], ours),
            "version_ms": (["-P", "-m", "batchwright", "--version"], ours),
        }
        store = ["-P", "-m", "batchwright", "jobs", "list", "--run", "main"]
        if not answers_only:
            commands["jobs_list_ms"] = (store, ours)
            _processor_ms(["-P", "-m", "batchwright", "store", "migrate"], ours)
        if before is not None:
            theirs = _environment(before.resolve(), Path(folder))
            commands["help_before_ms"] = (commands["help_ms"][0], theirs)
            if not answers_only:
                commands["jobs_list_before_ms"] = (store, theirs)
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for one in range(rounds + 1):
            for name, (words, environment) in commands.items():
                spent = _processor_ms(words, environment)
                if one:  # the first round writes compiled files
                    taken[name].append(spent)
        return {name: statistics.median(values) for name, values in taken.items()}


def _environment(sources: Path, home: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(sources), "BATCHWRIGHT_HOME": str(home), "BATCHWRIGHT_STORE": ""}


def _processor_ms(words: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


if __name__ == "__main__":
    main()
