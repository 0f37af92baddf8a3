"""How often the twin's intervals of differences hold what many batches say: python benchmarks/twin_coverage.py.

Studies of a few batches in ten replications, each with luck of its own, against one of 40,000 batches; the early
warning is the same in all, and the plant of `uk-lbcl`.
"""

import argparse
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parent.parent)

from twin.study.inputs import load_preset
from twin.study.plant import AUGMENTED, BASELINE
from twin.study.run import policy_for, run_study

BOTH = {"baseline": BASELINE, "augmented": AUGMENTED}
NAMES = ("release_days", "failure_rate", "turnaround", "labour_hours")


def coverage(studies: int, batches: int, truth_batches: int = 40_000) -> dict[str, int]:
    """How many of some studies hold the truth, by figure."""
    inputs = load_preset("uk-lbcl").with_values({"holds.history": 600})
    policy = policy_for(inputs, 7)
    truth = run_study(inputs, BOTH, batches=truth_batches, seed=900, policy=policy)
    held = dict.fromkeys(NAMES, 0)
    for seed in range(studies):
        study = run_study(inputs, BOTH, batches=batches, seed=seed, replications=10, policy=policy)
        for name in NAMES:
            found = study.saved(name)
            held[name] += found.low <= truth.saved(name).mean <= found.high
    return held


def main() -> None:
    """Print how many of 100 hold it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--studies", type=int, default=100)
    parser.add_argument("--batches", type=int, default=200, help="batches in a study")
    given = parser.parse_args()
    for name, held in coverage(given.studies, given.batches).items():
        print(f"{name:16} {held} of {given.studies}")


if __name__ == "__main__":
    main()
