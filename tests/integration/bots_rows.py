"""Rows of the mock sites' stores, for tests."""

from datetime import UTC, datetime, timedelta

AT = "2026-03-01T08:00:00+00:00"
NOW = datetime.now(UTC).replace(microsecond=0)


def rows(keys: str, *values: str) -> dict[str, str]:
    """A row of a site's store."""
    return dict(zip(keys.split(), values, strict=True))


def results_of(batch: str, count: int) -> list[dict[str, str]]:
    """Laboratory results of a batch."""
    keys = "sample_id batch test result unit lower upper tested_at analyst reviewed_by status"
    row = rows(keys, f"S-{batch}", batch, "Viability", "88", "%", "70", "", AT, "a.ng", "b.li", "final")
    return [{**row, "result_id": f"{batch}-R{number}"} for number in range(count)]


def slot(name: str, start_h: float, transit_h: float, hold_h: float, risk: float, price: float = 900) -> dict[str, str]:
    """A courier slot on the way from the plant to the treatment centre of `record`."""
    pickup = NOW + timedelta(hours=start_h)
    times = (pickup.isoformat(), (pickup + timedelta(hours=transit_h)).isoformat())
    keys = "slot service pickup_site destination pickup_at delivery_at hold_time_h transit_risk_pct price_eur capacity"
    way = (name, "Express", "Northfield Cell Plant, Leiden", "Utrecht", *times)
    return rows(keys, *way, str(hold_h), str(risk), str(price), "")
