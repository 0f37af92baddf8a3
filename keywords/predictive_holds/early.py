"""What is known of a batch early in its culture: the parameters of its record, cut off at the day of decision."""

from datetime import datetime, timedelta

from keywords.predictive_holds.errors import ModelRefused
from keywords.predictive_holds.table import Table
from mes_core.messages import BatchRecord

_SEEDING = "seed_density"
_HALF_A_DAY = timedelta(hours=12)
MOST_ABSENT = 0.05
"""Share of inputs that may be absent: they count as usual, and the answer says so."""


def decision_time(record: BatchRecord, day: int) -> datetime:
    """Noon after the morning samples of a culture day: seeding plus that many days and twelve hours.

    Raises:
        ModelRefused: the record does not say when the culture was seeded.
    """
    seeded = next((one.recorded_at for one in record.parameters if one.name == _SEEDING and one.recorded_at), None)
    if seeded is None:
        raise ModelRefused(f"Record {record.batch_id} has no {_SEEDING} with its time: complete the record of seeding.")
    return seeded + timedelta(days=day) + _HALF_A_DAY


def early_values(record: BatchRecord, day: int) -> dict[str, str]:
    """Parameters recorded by the decision time, as text by name; what came later is not looked at.

    A value without a time of recording is left out: it can't be shown to be early.
    """
    end = decision_time(record, day)
    found: dict[str, str] = {}
    for one in record.parameters:
        if one.recorded_at is not None and one.recorded_at <= end:
            found[one.name] = f"{one.value!r}" if one.value is not None else (one.text or "")
    return found


def early_table(record: BatchRecord, day: int, wanted: list[str]) -> Table:
    """One row with the columns that a model wants; a single value that is absent stays empty.

    Raises:
        ModelRefused: more than one in twenty was not recorded by then; says which.
    """
    known = early_values(record, day)
    absent = absent_values(known, wanted)
    if len(absent) > MOST_ABSENT * len(wanted):
        raise ModelRefused(
            f"Record {record.batch_id} had {len(absent)} of {len(wanted)} inputs of the model not by culture day {day},"
            f" the first {absent[0]!r}: complete the record, then ask again."
        )
    return Table({name: [known.get(name, "")] for name in wanted}, f"record {record.batch_id}", 1)


def absent_values(known: dict[str, str], wanted: list[str]) -> list[str]:
    """Inputs without a value."""
    return [name for name in wanted if not known.get(name)]
