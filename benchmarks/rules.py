"""Sixty rules on one batch and on thousands: our engine beside others, on the same work, with the same answers.

    python benchmarks/rules.py [--format json] [--batches 2000] [--rounds 7]

Times are medians of interleaved rounds in microseconds for one batch. Peers get flattened facts that were made for them
beforehand; ours and the generated function read the facts as they are. In bulk, polars uses all cores by its threads,
ours by its processes; both have read their data before the clock starts.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

# This file has the name of the package that it measures: look from the project's root.
sys.path[0] = str(Path(__file__).parent.parent)

from batchwright.commands.mutation import facts_of_bundle
from benchmarks.rules_bench import peers, work
from benchmarks.rules_bench.generated import make_function
from rules import RuleSet, builtin_rule_set
from rules.bulk import Judges
from rules.loading import rule_set_of
from twin.world import make_clean_bundles

ROUNDS = 7
Timed = Callable[[], Any]


def main() -> None:
    """Run everything and print the figures and ratios."""
    parser = argparse.ArgumentParser(description="Rules: our engine beside others.")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--batches", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    figures, missing = measure(options.batches, options.rounds)
    ratios = ratios_of(figures)
    if options.format == "json":
        print(json.dumps({"figures": figures, "ratios": ratios, "missing": missing}))
        return
    for name, value in figures.items():
        print(f"{name:32} {value:12.2f}")
    for name, value in ratios.items():
        print(f"{name:32} {value:12.2f} x")
    for name, why in missing.items():
        print(f"{name} was left out: {why}")


def measure(batches: int, rounds: int = ROUNDS) -> tuple[dict[str, float], dict[str, str]]:
    """Median microseconds for one batch, by contestant; and the peers that are not here."""
    rule_set = rule_set_of(work.sixty_rules())
    facts = [work.make_batch(number, 1) for number in range(batches)]
    flat = [work.flatten(one) for one in facts]
    generated = make_function()
    wanted = [generated(one) for one in facts]
    few = flat[: max(100, batches // 10)]
    contestants: dict[str, tuple[Timed, int]] = {
        "ours_us": (lambda: [rule_set.judge(one) for one in facts], batches),
        "ours_with_hash_and_verdict_us": (lambda: [rule_set.review(one).to_dict() for one in facts], batches),
        "generated_us": (lambda: [generated(one) for one in facts], batches),
    }
    _same_answers("ours", [_places(rule_set, one) for one in facts], wanted)
    missing: dict[str, str] = {}
    for name, make in (("cel_flat", peers.cel), ("jsonlogic", peers.json_logic), ("rule_engine", peers.rule_engine)):
        try:
            check = make()
        except ImportError as error:
            missing[name] = f"{error}: pip install '.[bench]'"
            continue
        _same_answers(name, [check(one) for one in few], wanted)
        contestants[f"{name}_us"] = (_over(check, few), len(few))
    try:
        bulk = peers.pandera(flat)
        _same_answers("pandera on polars", bulk(), wanted)
        contestants["pandera_polars_us"] = (bulk, batches)
    except ImportError as error:
        missing["pandera_polars"] = f"{error}: pip install '.[bench]'"
    gc.collect()
    gc.freeze()
    with Judges(_rule_set, partial(_share, batches), processes=os.cpu_count()) as judges:
        briefs = [[int(rule[-2:]) - 1 for rule in one.rules] for share in judges.judge() for one in share]
        _same_answers("ours in bulk", [sorted(one) for one in briefs], _in_shares(wanted))
        contestants["ours_bulk_us"] = (judges.judge, batches)
        figures = _timed(contestants, rounds)
    figures["ours_car_t_review_us"] = _car_t(min(100, batches), rounds)
    figures["import_ms"] = _import_ms()
    return figures, missing


def _rule_set() -> RuleSet:
    return rule_set_of(work.sixty_rules())


def _share(batches: int, share: int, many: int) -> list[dict[str, Any]]:
    return [work.make_batch(number, 1) for number in range(share, batches, many)]


def _in_shares(answers: list[list[int]]) -> list[list[int]]:
    many = os.cpu_count() or 1
    return [answers[number] for share in range(many) for number in range(share, len(answers), many)]


def ratios_of(figures: dict[str, float]) -> dict[str, float]:
    """How many times faster we are than each peer."""
    pairs = {
        "ours_vs_generated": ("generated_us", "ours_us"),
        "ours_vs_cel_flat": ("cel_flat_us", "ours_us"),
        "ours_vs_jsonlogic": ("jsonlogic_us", "ours_us"),
        "ours_vs_rule_engine": ("rule_engine_us", "ours_us"),
        "bulk_vs_pandera_polars": ("pandera_polars_us", "ours_bulk_us"),
    }
    return {name: figures[peer] / figures[ours] for name, (peer, ours) in pairs.items() if peer in figures}


def _over(check: peers.Check, batches: Sequence[dict[str, Any]]) -> Timed:
    return lambda: [check(one) for one in batches]


def _timed(contestants: dict[str, tuple[Timed, int]], rounds: int) -> dict[str, float]:
    """Everyone once in every round, so that noise meets all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, (run, count) in contestants.items():
            started = time.perf_counter()
            run()
            seconds[name].append((time.perf_counter() - started) / count * 1e6)
    return {name: statistics.median(values) for name, values in seconds.items()}


def _places(rule_set: RuleSet, facts: dict[str, Any]) -> list[int]:
    return sorted({int(one.rule[-2:]) - 1 for one in rule_set.judge(facts).findings})


def _same_answers(name: str, found: Sequence[list[int]], wanted: Sequence[list[int]]) -> None:
    for number, (one, other) in enumerate(zip(found, wanted, strict=False)):
        if one != other:
            sys.exit(f"{name} finds rules {one} broken in batch {number}, the generated function {other}.")


def _car_t(batches: int, rounds: int) -> float:
    """A whole CAR-T batch under the built-in rule book, hash and verdict included."""
    rule_set = builtin_rule_set("car_t_review")
    facts = [facts_of_bundle(one) for one in make_clean_bundles(batches, 1)]
    return _timed({"it": (lambda: [rule_set.review(one).to_dict() for one in facts], len(facts))}, rounds)["it"]


def _import_ms() -> float:
    """Importing `rules` in a fresh interpreter, less the interpreter itself."""
    code = "import time; t = time.perf_counter(); import rules; print((time.perf_counter() - t) * 1e3)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    return statistics.median(float(one.stdout) for one in runs)


if __name__ == "__main__":
    main()
