"""Predictive models and their watch.

Written by `python scripts/typed_rows.py` from the tables in `mes_core/storage`.
"""

from typing import TypedDict

from mes_core.services.ports.paging import Paging


class ModelRow(TypedDict):
    """A row of `models`."""

    model_id: str
    batch_id: str
    name: str
    number: int
    content_hash: str
    state: str
    card: str
    least_recall: float
    prepared_by: str
    registered_at: str
    changed_at: str
    signed_by: str
    registered_by: str | None


class ModelColumns(TypedDict, total=False):
    """Some columns of `models`."""

    model_id: str
    batch_id: str
    name: str
    number: int
    content_hash: str
    state: str
    card: str
    least_recall: float
    prepared_by: str
    registered_at: str
    changed_at: str
    signed_by: str
    registered_by: str | None


class ModelQuery(ModelColumns, Paging, total=False):
    """Which rows of `models`."""


class PredictionRow(TypedDict):
    """A row of `predictions`."""

    prediction_id: str
    batch_id: str
    number: int
    document: str
    made_at: str
    made_by: str
    response: str | None
    decided_by: str | None
    decided_at: str | None
    reason: str | None


class PredictionColumns(TypedDict, total=False):
    """Some columns of `predictions`."""

    prediction_id: str
    batch_id: str
    number: int
    document: str
    made_at: str
    made_by: str
    response: str | None
    decided_by: str | None
    decided_at: str | None
    reason: str | None


class PredictionQuery(PredictionColumns, Paging, total=False):
    """Which rows of `predictions`."""


class DriftCheckRow(TypedDict):
    """A row of `drift_checks`."""

    check_id: str
    batch_id: str
    number: int
    content_hash: str
    outcome: str
    document: str
    made_at: str
    made_by: str
    response: str | None
    decided_by: str | None
    decided_at: str | None
    reason: str | None


class DriftCheckColumns(TypedDict, total=False):
    """Some columns of `drift_checks`."""

    check_id: str
    batch_id: str
    number: int
    content_hash: str
    outcome: str
    document: str
    made_at: str
    made_by: str
    response: str | None
    decided_by: str | None
    decided_at: str | None
    reason: str | None


class DriftCheckQuery(DriftCheckColumns, Paging, total=False):
    """Which rows of `drift_checks`."""
