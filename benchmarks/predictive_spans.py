"""Two default ensembles over long and short spans of published tablet batches: what learning from the outcome is worth.

Development rows alone (the first four fifths in time); the locked rows are never looked at. Needs the published data:
`python benchmarks/predictive_spans.py --data ../shared/data/pharma_1005 --format json`.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from keywords.predictive_holds.table import read_table
from keywords.predictive_holds.training.checks import Learnable, Roles, learnable
from keywords.predictive_holds.training.fitting import DEFAULT, DEFAULT_OF_SEVERITY, menu
from keywords.predictive_holds.training.lock import split_by_time
from keywords.predictive_holds.training.measures import paired_difference, windows_pr_auc
from keywords.predictive_holds.training.members import BASELINE, Sizes, candidates
from keywords.predictive_holds.training.rolling import choices, roll
from keywords.predictive_holds.training.tables import pharma_1005, write_table

ROLES = Roles("fail", "batch", severity="impurities_total")
SPANS = ((3, 0.4), (6, 0.3), (10, 0.25))
"""How many windows, and the share of rows before the first."""


def development(folder: Path) -> Learnable:
    """The rows before the locked fifth."""
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "pharma.csv"
        write_table(path, *pharma_1005(folder))
        data = learnable(read_table(path), ROLES)
    return data.take(split_by_time(data).development)


def span(data: Learnable, count: int, first: float, seed: int) -> dict[str, Any]:
    """PR-AUC of the forest and both default ensembles over `count` windows, with the paired differences."""
    made = candidates(Sizes(), severity=True)
    offered = {name: menu(made)[name] for name in (DEFAULT, DEFAULT_OF_SEVERITY)}
    used = {BASELINE, *(member for names in offered.values() for member in names)}
    found = roll(data, ROLES, [one for one in made if one.name in used], seed=seed, count=count, first=first)
    tried = choices(found, offered)
    old, new, base = tried[DEFAULT], tried[DEFAULT_OF_SEVERITY], found.scores[BASELINE]
    return {
        "rows": len(found.rows),
        "failures": int(found.fail.sum()),
        "forest": windows_pr_auc(found.fail, base, found.window),
        DEFAULT: windows_pr_auc(found.fail, old, found.window),
        DEFAULT_OF_SEVERITY: windows_pr_auc(found.fail, new, found.window),
        "severity_less_forest": paired_difference(found.fail, new, base, found.window, seed=seed),
        "severity_less_forest_and_boosting": paired_difference(found.fail, new, old, found.window, seed=seed),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/pharma_1005"))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--format", choices=("json", "text"), default="text")
    asked = parser.parse_args()
    data = development(asked.data)
    figures = {f"{count}_windows": span(data, count, first, asked.seed) for count, first in SPANS}
    if asked.format == "json":
        print(json.dumps({"figures": figures, "ratios": {}}))
        return
    for name, values in figures.items():
        print(name, json.dumps(values))


if __name__ == "__main__":
    main()
