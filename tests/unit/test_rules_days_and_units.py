"""Days are counted in the plant's zone, units have many spellings, and results of instruments are facts."""

import copy
import math
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rules
from batchwright.commands.mutation import facts_of_bundle
from rules import memo, units
from rules.facts import day, inside, number
from twin.world import make_clean_bundles


@cache
def _clean() -> dict[str, Any]:
    return facts_of_bundle(make_clean_bundles(1, 31)[0])


def _texts(change: Any, zone: str | None = "UTC") -> dict[str, list[str]]:
    """Texts of the findings, by rule."""
    facts = copy.deepcopy(_clean())
    change(facts)
    facts.pop("plant")
    if zone:
        facts["plant"] = {"zone": zone}
    found: dict[str, list[str]] = {}
    for one in rules.builtin_rule_set("car_t_review").review(facts).findings:
        found.setdefault(one.rule, []).append(one.text)
    return found


def _used(at: str, until: str) -> Any:
    def change(facts: dict[str, Any]) -> None:
        facts["materials"][0] |= {"used_at": at, "expires_on": until}

    return change


def _expired(at: str, until: str, zone: str | None) -> str:
    """What the review says of a material's last day."""
    rule = next(
        one for one in rules.builtin_rule_set("car_t_review").rules if getattr(one, "until", "") == "expires_on"
    )
    return " ".join(_texts(_used(at, until), zone).get(rule.id, []))


_FIRST, _LAST = datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2030-01-01")
LATE = "2026-02-28T23:30:00Z"
"""The first hour of March in Berlin, the afternoon of 28 February in Chicago."""


@pytest.mark.requirement("URS-112")
def test_a_last_day_ends_on_the_plant_s_clock() -> None:
    """Not at midnight in Greenwich."""
    assert "expire" in _expired(LATE, "2026-02-28", "Europe/Berlin")
    assert not _expired(LATE, "2026-02-28", "America/Chicago")
    assert not _expired("2026-03-01T03:00:00Z", "2026-02-28", "America/Chicago")
    assert "expire" in _expired("2026-03-01T03:00:00Z", "2026-02-28", "UTC")


@pytest.mark.requirement("URS-112")
@pytest.mark.parametrize("zone", [None, "Mars/Olympus"])
def test_where_the_zone_decides_and_nobody_named_it_the_rule_asks(zone: str | None) -> None:
    """What is late or in time everywhere is judged."""
    assert "BATCHWRIGHT_TIMEZONE" in _expired(LATE, "2026-02-28", zone)
    assert not _expired(LATE, "2026-03-31", zone)
    assert "expire" in _expired(LATE, "2026-02-01", zone)


@pytest.mark.requirement("URS-112")
def test_calibration_ends_on_the_plant_s_clock_too() -> None:
    def change(facts: dict[str, Any]) -> None:
        facts["equipment"][0] |= {"used_from": LATE, "used_to": LATE, "calibration_due": "2026-02-28"}
        facts["equipment"][0]["calibrated_on"] = "2026-01-01"

    found = {zone: _texts(change, zone).get("CT-EQP-01") for zone in ("Europe/Berlin", "America/Chicago")}
    assert found["Europe/Berlin"]
    assert not found["America/Chicago"]


@pytest.mark.requirement("URS-112")
@given(
    st.datetimes(_FIRST, _LAST),
    st.sampled_from(["Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati", "UTC"]),
)
def test_the_day_of_a_time_is_what_a_calendar_on_the_wall_shows(local: datetime, zone: str) -> None:
    at = local.replace(tzinfo=ZoneInfo(zone))
    back = at.astimezone(ZoneInfo("UTC"))
    assert day(back.isoformat(), "x", ZoneInfo(zone)) == back.astimezone(ZoneInfo(zone)).date()
    assert abs((day(back.isoformat(), "x", ZoneInfo(zone)) or date.min) - local.date()) <= timedelta(days=1)


@pytest.mark.requirement("URS-113")
@pytest.mark.parametrize(
    "text",
    [
        "00000000",
        "0000-00-00",
        "1900-01-01",
        "1970-01-01",
        "9999-12-31",
        "99991231",
        "2099-12-31",
        "2079-06-06T23:59:00Z",
    ],
)
def test_a_date_that_is_none_is_nothing(text: str) -> None:
    """So that a material whose last day is the end of a calendar has none."""
    assert day(text, "x") is None
    assert "expire" in _expired("2026-03-01T08:00:00Z", text, "UTC")


@pytest.mark.requirement("URS-113")
def test_a_product_that_expires_at_the_end_of_a_calendar_is_not_ready() -> None:
    def change(facts: dict[str, Any]) -> None:
        facts["batch"]["expires_at"] = "9999-12-31T00:00:00Z"

    assert "stands for no date" in _texts(change)["CT-BAT-05"][0]


SAME = {
    "Cel": ["°C", "℃", "ºC", "degC", "deg C", "CEL", "deg. C", "celsius", "Degrees Celsius"],
    "mL": ["ml", "millilitre", "cc", "ccm", "cm3", "cm³", "cm^3", "Millilitres", "MILLILITERS"],
    "uL": ["µL", "μl", "ul", "microlitres"],
    "1e6/mL": [
        "10*6/mL",
        "10^6/mL",
        "10⁶/mL",
        "1E6/ml",
        "x10^6/mL",
        "10^6 cells/mL",
        "10*6{cells}/mL",
        "10**6/mL",
        "million/mL",
        "million cells/mL",
    ],
    "1e9/L": ["10*9/L", "10⁹/l"],
    "%": ["percent", "％"],
    "h": ["hr", "hours", "Hours", "hrs.", "hr."],
    "min": ["minutes", "min.", "Minutes"],
    "ug": ["µg", "mcg", "micrograms"],
    "mg/mL": ["milligrams per millilitre", "mg/cc", "mg per mL"],
    "1/min": ["/min", "rpm"],
    "1/m3": ["1/m³", "1/m^3"],
    "EU/mL": ["EU/ml", "[EU]/mL"],
    "IU/mL": ["[iU]/mL"],
    "[pH]": ["pH"],
    "kg/m3": ["kg/m³"],
}


@pytest.mark.requirement("URS-114")
@pytest.mark.parametrize(("code", "spelling"), [(code, one) for code, its in SAME.items() for one in its])
def test_a_unit_is_the_same_in_each_of_its_spellings(code: str, spelling: str) -> None:
    assert units.same(spelling, code)
    assert units.convert(5.0, spelling, code) == 5.0


@pytest.mark.requirement("URS-114")
@pytest.mark.parametrize(
    "spelling", ["C", "F", "ML", "10e6/mL", "", "M", "10*6", "Cell", "kU/L", "CC", "billion/mL", "M/mL", "per mL"]
)
def test_what_is_another_unit_or_could_be_two_is_not_guessed(spelling: str) -> None:
    for code in ("Cel", "mL", "1e6/mL", "[degF]", "%"):
        assert not units.same(spelling, code)


@pytest.mark.requirement("URS-114")
def test_the_master_record_s_unit_may_be_spelt_otherwise_and_coulomb_stays_a_finding() -> None:
    def spelt(unit: str) -> Any:
        def change(facts: dict[str, Any]) -> None:
            facts["values"]["transport_temperature_min"]["unit"] = unit

        return change

    assert "CT-MBR-02" not in _texts(spelt("°C"))
    assert "recorded in C instead of Cel" in _texts(spelt("C"))["CT-MBR-02"][0]


@pytest.mark.requirement("URS-113")
@pytest.mark.parametrize(
    ("text", "value", "below_five"),
    [
        ("< 5", 5, True),
        ("<=5", 5, True),
        ("≤ 5", 5, True),
        ("> 5", 5, False),
        ("≥5", 5, False),
        ("1,271", None, False),
        ("\uff1c5", 5, True),
        ("\u2266 5", 5, True),
        ("\u2a7e5", 5, False),
    ],
)
def test_bounds_are_read_with_every_sign(text: str, value: float | None, below_five: bool) -> None:
    assert number(text) == value
    assert inside(text, None, 5) is below_five


@pytest.mark.requirement("URS-113")
@pytest.mark.parametrize("text", ["９１", "٩١", "< ٣", "1_0", "९१", "1e999"])
def test_digits_that_are_not_what_they_look_like_are_no_number(text: str) -> None:
    """Neither to a rule nor to the screen that goes before it."""
    assert number(text) is None
    assert math.isnan(memo.NUMBERS[text])
    assert math.isnan(memo.PLAIN[text])

    def written(facts: dict[str, Any]) -> None:
        facts["values"]["transport_temperature_min"]["text"] = text

    assert any(text in one for found in _texts(written).values() for one in found)


def _row(**more: Any) -> dict[str, Any]:
    made = {"row": 1, "sample_id": "S1", "test": "pH", "result": "7.2", "unit": "pH", "error": ""}
    return {**made, "measured_at": "2026-12-01T09:15:00+00:00", **more}


@pytest.mark.requirement("URS-113")
def test_rules_read_results_of_instruments() -> None:
    """What the instrument said against a result, and a result from before its sample; none at all is in order."""

    def brought(*rows: dict[str, Any]) -> Any:
        def change(facts: dict[str, Any]) -> None:
            facts["samples"].append({"sample_id": "S1", "taken_at": "2026-02-01T08:00:00Z", "purpose": "p"})
            facts["instrument"] = {"results": {"complete": True, "page": "run.json", "rows": list(rows)}}

        return change

    def mine(change: Any) -> dict[str, list[str]]:
        return {rule: texts for rule, texts in _texts(change).items() if rule.startswith("CT-INS")}

    assert mine(brought()) == mine(brought(_row())) == mine(lambda _: None) == {}
    assert "clot" in mine(brought(_row(error="clot in the needle")))["CT-INS-01"][0]
    assert "before its sample" in mine(brought(_row(measured_at="2026-01-01T00:00:00+00:00")))["CT-INS-02"][0]
