"""Whether the rows of today look like those of training: population stability, Kolmogorov-Smirnov, predictions."""

from typing import Any

import numpy as np

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.prepare import Column, level_of
from keywords.predictive_holds.serving import Model
from keywords.predictive_holds.table import Array, Table

FEWEST_ROWS = 20
PSI_LIMIT = 0.25
"""Population stability index above which a column counts as drifted, a limit in common use."""
KS_LEVEL = 0.001
_MORE_MISSING = 0.25


def drift(model: Model, table: Table, *, units: bool = True) -> dict[str, Any]:
    """Drift of each input and of the predictions, the worst first.

    `drifted` is true when the predictions drifted, when more inputs did than chance explains (a tenth of them), or when
    one input did so plainly that chance would not do it to any of them (KS level divided by their number, or a quarter
    more values missing). With `units` a table in other units or with new categories is refused; without it that is
    drift too. Raises `ModelRefused` for fewer than 20 rows or a table the model can't answer for.
    """
    if table.rows < FEWEST_ROWS:
        raise ModelRefused(f"{table.source} has {table.rows} rows and drift needs {FEWEST_ROWS}: wait for more.")
    probability = model.probabilities(model.matrix(table) if units else model.preparation.matrix(table))
    columns = [_column(one, table) for one in model.preparation.columns]
    columns.sort(key=lambda one: -one["psi"])
    before = np.asarray(model.reference["out_of_time"], float)
    predictions = {
        "psi": _psi(*_shares(before, probability), len(before), table.rows),
        "ks_p": _ks(before, probability),
        "mean_before": float(before.mean()),
        "mean_now": float(probability.mean()),
    }
    moved = [one for one in columns if one["drifted"]]
    plain = [one for one in moved if _plainly(one, len(columns))]
    shifted = predictions["psi"] > PSI_LIMIT and predictions["ks_p"] < KS_LEVEL
    return {
        "rows": table.rows,
        "inputs": len(columns),
        "inputs_drifted": len(moved),
        "predictions": predictions | {"drifted": shifted},
        "drifted": bool(shifted or plain or len(moved) > max(1, len(columns) // 10)),
        "columns": columns,
    }


def _plainly(one: dict[str, Any], inputs: int) -> bool:
    lost = one.get("missing", 0.0) - one.get("missing_before", 0.0) > _MORE_MISSING
    return bool(lost or (one["ks_p"] is not None and one["ks_p"] < KS_LEVEL / inputs))


def _column(one: Column, table: Table) -> dict[str, Any]:
    rows = table.rows
    if not one.is_number:
        now = [level_of(one.kind, cell) for cell in table.columns[one.name]]
        share = np.array([now.count(level) / rows for level in one.levels])
        psi, p_value = _psi(np.array(one.shares), share, 200, rows), None
        return {"name": one.name, "psi": psi, "ks_p": p_value, "drifted": psi > PSI_LIMIT}
    values = table.readings(one.name).values
    known = values[~np.isnan(values)]
    missing = 1 - len(known) / rows
    lost = missing - one.missing > _MORE_MISSING
    about = {"name": one.name, "missing": missing, "missing_before": one.missing, "median_before": one.median}
    if len(known) < FEWEST_ROWS // 2:
        return {**about, "psi": 0.0, "ks_p": None, "median_now": None, "drifted": lost}
    reference = np.interp(np.linspace(0, 1, 501), np.linspace(0, 1, 11), one.deciles)
    psi, p_value = _psi(*_shares(reference, known), 200, len(known)), _ks(reference, known)
    drifted = (psi > PSI_LIMIT and p_value < KS_LEVEL) or lost
    return {**about, "psi": psi, "ks_p": p_value, "median_now": float(np.median(known)), "drifted": drifted}


def _shares(before: Array, now: Array) -> tuple[Array, Array]:
    edges = np.unique(np.quantile(before, np.linspace(0, 1, 11)[1:-1]))
    shares = [
        np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) / len(values) for values in (before, now)
    ]
    return shares[0], shares[1]


def _psi(before: Array, now: Array, rows_before: int, rows_now: int) -> float:
    """Population stability index; empty classes count as half a row so that they can't make it infinite."""
    first, second = np.maximum(before, 0.5 / rows_before), np.maximum(now, 0.5 / rows_now)
    return float(np.sum((second - first) * np.log(second / first)))


def _ks(before: Array, now: Array) -> float:
    from scipy.stats import ks_2samp  # type: ignore[import-untyped]

    return float(ks_2samp(before, now).pvalue)
