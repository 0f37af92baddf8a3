"""A pretend plant's table: failures follow from acidity and glucose, with noise."""

from datetime import UTC, datetime, timedelta

import numpy as np

from keywords.predictive_holds.table import Table


def plant_table(rows: int, seed: int = 3) -> dict[str, list[str]]:
    """Columns of text: timestamp, patient (two batches each), site, three sensors that matter, ten that don't, fail."""
    rng = np.random.default_rng(seed)
    start = datetime(2026, 1, 1, 8, tzinfo=UTC)
    ph, glucose = rng.normal(7.2, 0.1, rows), rng.uniform(4.0, 6.0, rows)
    temperature = rng.normal(37.0, 0.15, rows)
    risk = -12 * (ph - 7.2) - 1.2 * (glucose - 5.0) - 1.7
    fail = rng.random(rows) < 1 / (1 + np.exp(-risk))
    columns = {
        "timestamp": [(start + timedelta(days=row)).isoformat() for row in range(rows)],
        "patient": [f"P{row // 2}" for row in range(rows)],
        "site": [("Bern", "Lyon", "Turin")[int(place)] for place in rng.integers(0, 3, rows)],
        "ph": [f"{value:.3f}" for value in ph],
        "glucose": [f"{value:.3f}" for value in glucose],
        "temperature": [f"{value:.3f}" for value in temperature],
    }
    for number in range(10):
        values = rng.normal(50, 5, rows)
        columns[f"sensor_{number}"] = ["" if rng.random() < 0.05 else f"{value:.2f}" for value in values]
    columns["fail"] = [str(int(one)) for one in fail]
    return columns


def as_table(columns: dict[str, list[str]]) -> Table:
    """The columns as a table."""
    return Table(columns, "plant.csv", len(next(iter(columns.values()))))
