"""Keywords of the drift job: recent batches of the MES against those that a model learnt from."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robot.api import logger
from robot.api.deco import keyword, library

from keywords import VERSION
from keywords.context import current
from keywords.failures import BusinessError, QualityError
from keywords.mes_calls import asking_mes
from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.library import model_named
from mes_core.messages import BatchRecord
from mes_core.messages.predictive import DriftColumn, DriftOutcome, DriftView, NewDriftCheck

if TYPE_CHECKING:
    from keywords.predictive_holds.serving import Model

_SHOWN = 20
_LOOKED_AT = 4
_NAMED = 3
_MOST_SAID = 1900


@library(scope="SUITE", version=VERSION)
class DriftWatch:
    """Compare recent batches with those that a model learnt from."""

    @keyword
    def check_drift_of_model(self, model: str, day: int = 3, batches: int = 60) -> DriftView:
        """Compare the early records of recent batches with the reference of a model, and store what was found.

        With fewer than twenty batches that the model could be asked about, this says so and is no alarm.

        Args:
            model: Name of a model that comes with the library, or the path of a model file.
            day: Culture day of the decision; only what was recorded by then is looked at.
            batches: How many batches are compared, those made last.

        Returns:
            What was found, as the MES keeps it.
        """
        loaded, day = model_named(model), int(day)
        with asking_mes("give the batches made last"):
            # One whose making has not ended has no such time yet: it is newer than all others.
            never = datetime.max.replace(tzinfo=UTC)
            every = sorted(current().mes.each_batch(), key=lambda one: one.manufactured_at or never, reverse=True)
        try:
            said = drift_of(loaded, Path(model).stem, _records(one.batch_id for one in every), day, int(batches))
        except ModelRefused as refused:
            raise BusinessError("DRIFT_NOT_MEASURED", str(refused)) from refused
        current().evidence.write_json("drift.json", said.model_dump(mode="json"))
        current().uses("model", said.model, said.content_hash)
        with asking_mes("store the drift check"):
            stored = current().mes.store_drift_check(said)
        logger.info(f"{stored.check_id}: {said.says}")
        return stored

    @keyword
    def drift_should_be_answered_for(self, check: DriftView) -> None:
        """Fail as a QUALITY exception when a check found drift that no person has answered for yet.

        Args:
            check: What was found.
        """
        if check.said.outcome is DriftOutcome.DRIFTED and check.response is None:
            raise QualityError("MODEL_DRIFTED", f"{check.said.says} Drift check {check.check_id}.")


def _records(batch_ids: Iterable[str]) -> Iterator[BatchRecord]:
    for batch_id in batch_ids:
        with asking_mes(f"give the record of batch {batch_id}"):
            yield current().mes.get_record(batch_id)


def drift_of(model: "Model", name: str, records: Iterable[BatchRecord], day: int, most: int) -> NewDriftCheck:
    """What a comparison of records, newest first, with the reference of a model comes to.

    Records that the model can't be asked about are passed over, with why, until there are `most` that it can, or four
    times as many were looked at.
    """
    from keywords.predictive_holds.drift import FEWEST_ROWS, drift
    from keywords.predictive_holds.early import early_table
    from keywords.predictive_holds.table import Table

    wanted, cells = model.preparation.names, dict[str, list[str]]()
    asked, left_out = list[str](), list[str]()
    for record in islice(records, _LOOKED_AT * most):
        if len(asked) == most:
            break
        try:
            row = early_table(record, day, wanted)
        except ModelRefused as refused:
            left_out.append(f"{record.batch_id}: {refused}"[:300])
            continue
        asked.append(record.batch_id)
        for column in wanted:
            cells.setdefault(column, []).append(row.columns[column][0])
    about = {"model": name, "content_hash": model.hash, "culture_day": day, "batches": tuple(asked)}
    about |= {"left_out": tuple(left_out), "inputs": len(wanted), "inputs_drifted": 0}
    if len(asked) < FEWEST_ROWS:
        says = (
            f"{len(asked)} batches had what {name} looks at by culture day {day}, and a comparison takes {FEWEST_ROWS}:"
            " nothing is said about drift."
        )
        return NewDriftCheck.model_validate({**about, "outcome": DriftOutcome.TOO_FEW, "says": says})
    found = drift(model, Table(cells, f"the last {len(asked)} batches", len(asked)), units=False)
    about |= {"inputs": found["inputs"], "inputs_drifted": found["inputs_drifted"], "says": sentence(found, name)}
    about |= {"outcome": DriftOutcome.DRIFTED if found["drifted"] else DriftOutcome.STEADY}
    about["predictions"] = found["predictions"]
    kept = DriftColumn.model_fields
    shown = sorted(found["columns"], key=lambda one: (not one["drifted"], -one["psi"]))[:_SHOWN]
    about["columns"] = tuple({key: one[key] for key in kept if key in one} for one in shown)
    return NewDriftCheck.model_validate(about)


def sentence(found: dict[str, Any], name: str) -> str:
    """What drifted, by how much, and what a person does about it; or that nothing did."""
    rows, moved = found["rows"], [one for one in found["columns"] if one["drifted"]]
    if not found["drifted"]:
        few = f"{len(moved)} of {found['inputs']} inputs moved, no more than chance explains" if moved else "none moved"
        return f"The last {rows} batches look like those that {name} learnt from ({few})."
    moved.sort(key=lambda one: -one["psi"])
    parts = [_of_column(one) for one in moved[:_NAMED]]
    more = len(moved) - len(parts)
    parts += [f"{more} more of {found['inputs']} inputs"] if more > 0 else []
    predictions = found["predictions"]
    if predictions["drifted"]:
        parts.append(
            f"the predictions (mean {predictions['mean_now']:.2f}, before {predictions['mean_before']:.2f},"
            f" PSI {predictions['psi']:.2f})"
        )
    return (
        f"The last {rows} batches do not look like those that {name} learnt from: {'; '.join(parts)}. Look for a"
        " changed method, probe, lot or unit there, and sign on the page of predictions whether the model is used on;"
        " until then its answers hold nothing."
    )[:_MOST_SAID]


def _of_column(one: dict[str, Any]) -> str:
    words = str(one["name"]).replace("_", " ")
    if one.get("median_now") is None:
        return f"{words} (PSI {one['psi']:.2f})" if one.get("missing", 0) < 0.25 else _gone(words, one)
    if one["missing"] - one["missing_before"] > 0.25:
        return _gone(words, one)
    return f"{words} (median {one['median_now']:g}, before {one['median_before']:g}, PSI {one['psi']:.2f})"


def _gone(words: str, one: dict[str, Any]) -> str:
    return f"{words} (missing in {one['missing']:.0%}, before in {one['missing_before']:.0%})"
