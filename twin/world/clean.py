"""Clean batches: everything in order, nothing planted."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from twin.defects.bundle import Bundle
from twin.model import TwinError
from twin.world.biology import grow_all
from twin.world.catalogue import centres_of
from twin.world.chance import seeded
from twin.world.instruments import instrument_results
from twin.world.laboratory import erp_consumption, erp_stock, lims_results, lims_samples
from twin.world.record import Frame, clean_record
from twin.world.shipped import shipped
from twin.world.supply import Supply

DEFAULT_NOW = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
_DAYS_BACK = (19, 24)


def make_clean_bundles(
    count: int,
    seed: int,
    *,
    now: datetime = DEFAULT_NOW,
    biology_failures: bool = False,
    markets: Collection[str] | None = None,
) -> list[Bundle]:
    """`count` batches, numbered from 1, all tests reported by `now`; the same seed and now give the same bytes.

    Each batch depends on its own number only, not on how many are made. With `biology_failures` the cells are not
    chosen, so that some products miss their specification. `markets` are where the batches go (`MARKETS` are all); by
    default to the Union and the United States. Raises `TwinError` for a negative count, a `now` without a zone or a
    market without a centre.
    """
    if count < 0:
        raise TwinError(f"{count} batches cannot be made: give zero or more.")
    if now.tzinfo is None:
        raise TwinError(f"The time {now.isoformat()} has no zone: give one, for instance UTC.")
    if not count:
        return []
    centres = centres_of(markets)
    supply = Supply(seed)
    now = now.astimezone(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    made = []
    for number, cells in enumerate(grow_all(seed, 1, count, failures=biology_failures), start=1):
        rng = seeded("record", seed, number)
        start = midnight - timedelta(days=rng.randint(*_DAYS_BACK)) + timedelta(hours=13, minutes=rng.randint(0, 50))
        record = clean_record(Frame(number, start, now, rng, centres), cells, supply)
        made.append(
            Bundle(
                record,
                lims_samples(record, rng),
                lims_results(record, cells, rng),
                erp_stock(record, supply),
                erp_consumption(record, rng),
                shipped(record, now),
                instrument_results(record),
            )
        )
    return made
