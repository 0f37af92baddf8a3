"""Benchmarks of these sources and of earlier ones in turn, by the figures that both print.

    git archive COMMIT | tar x -C FOLDER
    python benchmarks/against_before.py FOLDER [--format json] [--rounds 3] [NAME ...]

Each round runs each benchmark (rules, store and twin by default) once in either tree, by this interpreter, with that
tree's own program and own packages, and the next round the other way round. A figure counts when both print it by one
name and in one unit; its ratio is the median of the rounds' quotients, above 1 where these sources are faster, with the
smallest and the largest beside it: what lies on both sides of 1 is within noise.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("rules", "store", "twin")
_LESS_IS_BETTER = ("_s", "_ms", "_us", "_mb")
_MORE_IS_BETTER = ("_per_s", "_a_second")


def main() -> None:
    """Run both in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path, help="folder with the earlier sources")
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    quotients: dict[str, list[float]] = {}
    for number in range(options.rounds):
        for name in options.names:
            for figure, quotient in _round(name, options.before.resolve(), number).items():
                quotients.setdefault(f"{name}.{figure}", []).append(quotient)
    ratios = {name: statistics.median(found) for name, found in sorted(quotients.items())}
    figures = {
        f"{name}.{end}": chosen(found)
        for name, found in sorted(quotients.items())
        for end, chosen in (("least", min), ("most", max))
    }
    if options.format == "json":
        print(json.dumps({"figures": figures, "ratios": ratios}))
        return
    for name, ratio in ratios.items():
        print(f"{name:60} {ratio:5.2f}  ({figures[name + '.least']:.2f} to {figures[name + '.most']:.2f})")


def _round(name: str, before: Path, number: int) -> dict[str, float]:
    """Quotients of one benchmark, each above 1 where these sources are faster."""
    trees = (before, ROOT) if number % 2 else (ROOT, before)
    said = {tree: _figures(tree, name) for tree in trees}
    found = {}
    for figure, ours in said[ROOT].items():
        theirs = said[before].get(figure)
        if theirs is None or not ours or not theirs:
            continue
        if figure.endswith(_MORE_IS_BETTER):
            found[figure] = ours / theirs
        elif figure.endswith(_LESS_IS_BETTER):
            found[figure] = theirs / ours
    return found


def _figures(tree: Path, name: str) -> dict[str, float]:
    command = [sys.executable, str(tree / "benchmarks" / f"{name}.py"), "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    return {key: float(value) for key, value in said["figures"].items() if isinstance(value, int | float)}


if __name__ == "__main__":
    main()
