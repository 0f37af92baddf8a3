"""Results of instruments, taken into the batches whose samples were measured."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from mes_core.domain.errors import Invalid, NotFound
from mes_core.domain.principals import Actor
from mes_core.messages import Observation
from mes_core.messages.instruments import InstrumentFile, InstrumentImport, InstrumentResult
from mes_core.services.batches.records import row_of
from mes_core.services.core import Change, Core, write_audits
from mes_core.services.ports import UnitOfWork
from mes_core.services.ports.rows import ObservationColumns
from mes_core.spelling.numbers import plain_number, written

SYSTEM, TABLE = "instrument", "results"
"""Where rules find them: `instrument.results`. No reader of other systems can write there."""


class Instruments(Core):
    """Instrument files to results."""

    def import_results(
        self, file: InstrumentFile, actor: Actor, *, batch_id: str | None = None, known_only: bool = False
    ) -> InstrumentImport:
        """Store the results of a file with their batches, all or none; the same run again, in whatever file, changes
        nothing.

        Each result becomes a row of the table `instrument.results` of its batch, so that a verdict from before is
        overtaken, and each batch's trail names the file and its hash.

        Args:
            file: the results.
            actor: who brings them.
            batch_id: the batch that the samples belong to; None: it follows from the file or from the samples.
            known_only: leave out results of samples that no record names, instead of refusing the file.

        Raises:
            NotFound: no record names a sample, or there is no such batch.
            Invalid: a sample is of several batches or of another one, a time lies ahead, a test stands there in
                another unit, or another file says something else of the same measurement.
        """
        now = self.now()
        with self._store.write() as work:
            batches = _batches_of(work, file, batch_id, known_only=known_only)
            left_out = list(file.left_out)
            left_out += sorted(f"{sample}: no record names this sample" for sample, of in batches.items() if of is None)
            by_batch: dict[str, list[InstrumentResult]] = {}
            for result in file.results:
                of = batches[result.sample_id]
                if of is not None:
                    _check_time(result, file.name, now)
                    by_batch.setdefault(of, []).append(result)
            taken = {of: self._take(work, of, file, results, actor, now) for of, results in sorted(by_batch.items())}
        unchanged = sum(len(by_batch[of]) - count for of, count in taken.items())
        return InstrumentImport(
            taken={of: count for of, count in taken.items() if count}, unchanged=unchanged, left_out=tuple(left_out)
        )

    def _take(
        self,
        work: UnitOfWork,
        batch_id: str,
        file: InstrumentFile,
        results: list[InstrumentResult],
        actor: Actor,
        now: datetime,
    ) -> int:
        """Add results to those of a batch; returns how many, 0 when the run is there already."""
        key: ObservationColumns = {"batch_id": batch_id, "system": SYSTEM, "name": TABLE}
        there = work.get("observations", **key)
        rows: list[dict[str, Any]] = list(json.loads(there["document"])["rows"]) if there else []
        fresh = _fresh(rows, file, results)
        if not fresh:
            return 0
        units = {row["test"]: row["unit"] for row in rows}
        for one in fresh:
            if units.setdefault(one.test, one.unit) != one.unit:
                raise Invalid(
                    f"{file.name}: {one.test} of {one.sample_id} is in {one.unit}, but batch {batch_id} has it in"
                    f" {units[one.test]}: check the file."
                )
            rows.append(_row(one, batch_id, file, len(rows) + 1))
        observed = Observation(system=SYSTEM, table=TABLE, page=file.name, read_at=now, rows=tuple(rows))
        row = row_of(batch_id, observed)
        if there is None:
            work.add("observations", [row])
        else:
            work.change("observations", key, content_hash=row["content_hash"], document=row["document"])
        new = {"file": file.name, "sha256": file.sha256, "converter": file.converter, "results": len(fresh)}
        old = there["content_hash"] if there else None
        change = Change("instrument results taken", f"{SYSTEM}/{TABLE}", old, new, f"import of {file.name}")
        write_audits(work, actor, now, {batch_id: (change,)})
        return len(fresh)


def _fresh(rows: list[dict[str, Any]], file: InstrumentFile, results: list[InstrumentResult]) -> list[InstrumentResult]:
    """The results that are not there yet: neither from this file, nor from another export of the same run.

    Raises:
        Invalid: another file says something else of the same sample, time, instrument and quantity.
    """
    there = {(row["file_sha256"], row["place"]) for row in rows}
    others: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if row["file_sha256"] != file.sha256:
            others.setdefault(_measurement(row), []).append(row)
    new: dict[tuple[str, ...], list[InstrumentResult]] = {}
    for one in results:
        if (file.sha256, one.place) not in there:
            new.setdefault(_measurement(_row(one, "", file, 0)), []).append(one)
    fresh: list[InstrumentResult] = []
    for key, its in new.items():
        stand = others.get(key, [])
        left = Counter(_value(row["result"]) for row in stand)
        added = []
        for one in its:
            if left[_value(one.text)]:
                left[_value(one.text)] -= 1
            else:
                added.append(one)
        if added and left.total():
            one, row = added[0], stand[0]
            raise Invalid(
                f"{file.name}: {one.test} of {one.sample_id} measured on {one.measured_at:%Y-%m-%d %H:%M} UTC is"
                f" {one.text}, but {row['file']} says {row['result']} of the same measurement: find out which is right."
            )
        fresh += added
    return sorted(fresh, key=lambda one: one.place)


def _measurement(row: dict[str, Any]) -> tuple[str, ...]:
    """What two exports of one run have in common, whatever their programs call the measurement."""
    return tuple(str(row[name]) for name in ("sample_id", "test", "measured_at", "device", "about"))


def _value(text: str) -> str:
    """A result, however many digits its file wrote."""
    number = plain_number(text)
    return text if number is None else written(number)


def _batches_of(
    work: UnitOfWork, file: InstrumentFile, batch_id: str | None, *, known_only: bool
) -> dict[str, str | None]:
    """The batch of each sample; None for one that no record names."""
    said = {result.sample_id: result.batch_id for result in file.results}
    named: dict[str, set[str]] = {sample: set() for sample in said}
    for row in work.find("identities", within={"kind": ["sample"], "number": list(said)}):
        named[row["number"]].add(row["batch_id"])
    found: dict[str, str | None] = {}
    for sample, of in said.items():
        wanted = batch_id or of
        if wanted is not None and work.get("batches", batch_id=wanted) is None and not (known_only and not batch_id):
            raise NotFound(f"{file.name}: sample {sample} is said to be of batch {wanted!r}, which is not here.")
        if wanted is not None:
            if named[sample] and wanted not in named[sample]:
                raise Invalid(
                    f"{file.name}: sample {sample} is said to be of batch {wanted}, whose record has no such."
                )
            named[sample] &= {wanted}
        if len(named[sample]) > 1:
            several = ", ".join(sorted(named[sample]))
            raise Invalid(f"{file.name}: sample {sample} is in the records of {several}: say which with --batch.")
        if not named[sample] and not known_only:
            raise NotFound(f"{file.name}: no record names the sample {sample}: correct its number, or leave it out.")
        found[sample] = next(iter(named[sample]), None)
    return found


def _check_time(result: InstrumentResult, name: str, now: datetime) -> None:
    if result.measured_at > now:
        raise Invalid(
            f"{name}: {result.sample_id} was measured on {result.measured_at:%Y-%m-%d %H:%M} UTC, which lies ahead:"
            " check the instrument's clock and its time zone."
        )


def _row(result: InstrumentResult, batch_id: str, file: InstrumentFile, number: int) -> dict[str, Any]:
    return {
        "row": number,
        "batch": batch_id,
        "sample_id": result.sample_id,
        "test": result.test,
        "result": result.text,
        "unit": result.unit,
        "measured_at": result.measured_at.isoformat(),
        "analyst": result.analyst,
        "device": result.device,
        "about": result.about,
        "error": result.error,
        "file": file.name,
        "file_sha256": file.sha256,
        "place": result.place,
    }
