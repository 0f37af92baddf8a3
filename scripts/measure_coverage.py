"""Run the tests under coverage, child processes included, and print the rooms and the ten least covered modules.

    python scripts/measure_coverage.py [--report] [pytest's arguments]

With --report nothing is run: the last measurement is printed again. Data lies in `.batchwright/coverage/`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".batchwright" / "coverage"
LEAST = 10
FEWEST = 15
"""Statements below which a module is not listed: a share of few says little."""


def measure(arguments: list[str]) -> int:
    """Run the tests; pytest's exit code."""
    fresh = FOLDER / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    command = [*_coverage("run"), "-m", "pytest", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=_environment(fresh), check=False)
    subprocess.run([*_coverage("combine"), "--quiet"], cwd=ROOT, env=_environment(fresh), check=True)
    (fresh / "data").replace(FOLDER / "data")  # only now: a run that is broken off leaves the measurement before it
    return done.returncode


def report() -> None:
    """Print covered and all statements of each room, then the modules that tests run least of."""
    answer = FOLDER / "coverage.json"
    command = [*_coverage("json"), "--quiet", "-o", str(answer)]
    subprocess.run(command, cwd=ROOT, env=_environment(FOLDER), check=True)
    files = json.loads(answer.read_text(encoding="utf-8"))["files"]
    rooms: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, found in files.items():
        for room in (Path(name).parts[0], "all"):
            rooms[room][0] += found["summary"]["covered_lines"]
            rooms[room][1] += found["summary"]["num_statements"]
    for room, (covered, statements) in sorted(rooms.items(), key=lambda one: one[0] == "all"):
        print(f"{room:14} {covered / max(statements, 1):6.1%}  {covered:6,} of {statements:6,} statements")
    enough = [(name, one) for name, one in files.items() if one["summary"]["num_statements"] >= FEWEST]
    print(f"\nThe {LEAST} least covered modules of {FEWEST} statements or more, and lines that no test runs:")
    for name, one in sorted(enough, key=lambda one: one[1]["summary"]["percent_covered"])[:LEAST]:
        print(f"{one['summary']['percent_covered']:5.1f} %  {name}  {_ranges(one['missing_lines'])}")


def _ranges(lines: list[int]) -> str:
    found: list[list[int]] = []
    for line in lines:
        if found and line == found[-1][1] + 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    shown = ", ".join(str(one) if one == other else f"{one}-{other}" for one, other in found[:12])
    return shown + (", ..." if len(found) > 12 else "")


def _coverage(verb: str) -> list[str]:
    return [sys.executable, "-m", "coverage", verb]


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "COVERAGE_FILE": str(folder / "data")}


def main() -> int:
    """Measure, unless only the report is asked for, and print."""
    asked = argparse.ArgumentParser(description="Coverage of all tests; further arguments are pytest's.")
    asked.add_argument("--report", action="store_true", help="run nothing, print the last measurement again")
    given, arguments = asked.parse_known_args()
    if given.report and not (FOLDER / "data").is_file():
        print("Nothing was measured yet: run 'make coverage'.", file=sys.stderr)
        return 2
    code = 0 if given.report else measure(arguments)
    report()
    return code


if __name__ == "__main__":
    sys.exit(main())
