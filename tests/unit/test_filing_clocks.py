"""The clocks of filings: against what the clauses say worked out elsewhere, over random histories of events."""

import importlib.util
import os
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from filing_oracle import expected
from hypothesis import given
from hypothesis import strategies as st

from mes_core.domain.errors import Invalid
from mes_core.filing import calendars, loading
from mes_core.filing.decide import decide, started
from mes_core.filing.effect import lost
from mes_core.filing.events import KINDS, Event, Licence, first_known, standing
from mes_core.filing.model import Category

_HISTORIES = 10_000 if os.environ.get("BATCHWRIGHT_SOAK") else 400
_ZONES = ("America/New_York", "Europe/Amsterdam", "Europe/London", "Europe/Zurich")
_CITIES = {
    "America/New_York": "New York",
    "Europe/Amsterdam": "Amsterdam",
    "Europe/London": "London",
    "Europe/Zurich": "Zurich",
    None: None,
}
_PLACES = ("US", "EU", "GB", "CH", "OTHER")
_EDGES = (
    *(datetime(year, month, day, tzinfo=UTC) for year in (2024, 2026) for month, day in ((2, 28), (3, 1), (12, 31))),
    *(datetime(2028, 2, 29, tzinfo=UTC) + timedelta(hours=hours) for hours in (0, 4, 5, 12, 23)),
    datetime(2026, 3, 8, 6, 59, tzinfo=UTC),  # daylight saving begins in New York
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),  # and in Europe
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    datetime(2026, 4, 3, 21, 55, tzinfo=UTC),  # the evening of Good Friday
    datetime(2026, 7, 2, 23, 30, tzinfo=UTC),
    datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
)


def _history(seed):
    """Plain facts: events with corrections, some known twice, some withdrawn; licences; a time."""
    rng = random.Random(seed)
    as_of = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=rng.randrange(1800), seconds=rng.randrange(86_400))
    licences = [
        {
            "id": f"L{number}",
            "jurisdiction": rng.choice(_PLACES[:4]),
            "product": rng.choice(("P1", "P2")),
            "granted": rng.choice((date(2020, 2, 29), date(2023, 8, 31), date(2024, 12, 31), _day(rng))),
            "roles": rng.sample(["holder", "manufacturer", "importer"], rng.randrange(1, 4)),
            "ended": _day(rng) if rng.random() < 0.2 else None,
            "tracked": _day(rng) if rng.random() < 0.3 else None,
            "answers": _answers(rng, ("paediatric_studies", "postmarketing_studies")),
        }
        for number in range(rng.randrange(4))
    ]
    events = [_event(rng, f"E{number}") for number in range(rng.randrange(1, 8))]
    for one in events[1:]:
        if rng.random() < 0.15:
            same = {name: events[0][name] for name in ("kind", "product", "batch", "case", "places")}
            one.update(same, duplicate_of="E0")
    return events, licences, as_of


def _day(rng):
    return date(2020, 1, 1) + timedelta(days=rng.randrange(3000))


def _answers(rng, facts):
    return {fact: rng.choice(("yes", "no")) for fact in facts if rng.random() < 0.7}


def _event(rng, name):
    kind = rng.choice(list(KINDS))
    edge = rng.choice(_EDGES) + timedelta(seconds=rng.randrange(-7200, 7200))
    anywhen = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(4 * 365 * 86_400))
    if rng.random() < 0.2:  # a Friday evening
        anywhen += timedelta(days=(4 - anywhen.weekday()) % 7)
        anywhen = anywhen.replace(hour=21, minute=rng.randrange(60))
    return {
        "id": name,
        "kind": kind,
        "aware": edge if rng.random() < 0.4 else anywhen,
        "zone": rng.choice((*_ZONES, None)),
        "places": None if rng.random() < 0.15 else frozenset(rng.sample(_PLACES, rng.randrange(1, 3))),
        "product": rng.choice(("P1", "P2")),
        "batch": rng.choice(("B1", "B2")),
        "case": rng.choice((None, "C1", "C2")),
        "on": None if rng.random() < 0.3 else rng.choice((date(2028, 2, 29), _day(rng))),
        "closed_on": _day(rng) if rng.random() < 0.5 else None,
        "answers": _answers(rng, KINDS[kind].facts),
        "withdrawn": rng.random() < 0.1,
    }


def _as_events(events):
    return [
        Event(
            one["id"],
            one["kind"],
            one["aware"],
            one["zone"],
            one["places"],
            product=one["product"],
            batch_id=one["batch"],
            case_id=one["case"],
            day=one["on"],
            closed_on=one["closed_on"],
            answers=one["answers"],
            duplicate_of=one.get("duplicate_of"),
            withdrawn=one["withdrawn"],
        )
        for one in events
    ]


def _as_licences(licences):
    return [
        Licence(
            one["id"],
            one["jurisdiction"],
            one["product"],
            one["granted"],
            frozenset(one["roles"]),
            one["ended"],
            one["answers"],
            one["tracked"],
        )
        for one in licences
    ]


def _computed(events, licences, as_of):
    found = started(decide(loading.book().clocks, _as_events(events), _as_licences(licences), as_of))
    return {(one.clock.id, one.unit, one.occurrence, one.due_at.isoformat() if one.due_at else "") for one in found}


def _asked(events, licences, as_of):
    return expected([{**one, "zone": _CITIES[one["zone"]]} for one in events], licences, as_of)


@pytest.mark.requirement("URS-190")
def test_no_filing_is_missed_none_is_false_and_every_time_is_right():
    seen = set()
    for seed in range(_HISTORIES):
        events, licences, as_of = _history(seed)
        computed, asked = _computed(events, licences, as_of), _asked(events, licences, as_of)
        assert computed == asked, (seed, sorted(computed - asked)[:3], sorted(asked - computed)[:3])
        # A correction of an event is the history with the corrected event: the same law decides it again.
        rng = random.Random(-1 - seed)
        corrected = [_event(rng, one["id"]) if rng.random() < 0.3 else one for one in events]
        assert _computed(corrected, licences, as_of) == _asked(corrected, licences, as_of), seed
        seen |= {clock for clock, *_ in computed}
    clocks = loading.book().clocks
    assert seen == {one.id for one in clocks if one.category is not Category.NOT_APPLICABLE}


@pytest.mark.requirement("URS-190")
@given(st.integers(min_value=0, max_value=10**9))
def test_an_answer_that_becomes_known_never_starts_more_than_not_knowing_did(seed):
    events, licences, as_of = _history(seed)
    asked = [replace(one, answers={}) for one in _as_events(events)]
    clocks = [one for one in loading.book().clocks if not one.only_if_no]
    blind = {one.key for one in started(decide(clocks, asked, _as_licences(licences), as_of))}
    known = {one.key for one in started(decide(clocks, _as_events(events), _as_licences(licences), as_of))}
    assert known <= blind


def test_what_is_planned_is_never_after_what_is_due():
    for seed in range(100):
        events, licences, as_of = _history(seed)
        for one in started(decide(loading.book().clocks, _as_events(events), _as_licences(licences), as_of)):
            assert one.due_at is None or one.plan_by <= one.due_at
            if one.ends is not None:  # before its period's last day, no report of it can be approved
                assert calendars.day_in(one.plan_by, calendars.AUTHORITIES[one.clock.authority].zone) >= one.ends


@pytest.mark.requirement("URS-190")
def test_what_only_looks_applicable_is_decided_too_and_says_which_clause_says_so():
    event = Event("E1", "adverse_experience", datetime(2026, 11, 2, tzinfo=UTC), None, frozenset({"US"}), "P1")
    found = {one.clock.id: one for one in decide(loading.book().clocks, [event], [], event.aware_at)}
    tissue = found["US-NA-TISSUE"]
    assert not tissue.started
    assert tissue.why.startswith("21 CFR 1271.330")
    for clock in loading.book().clocks:
        if clock.category is Category.NOT_APPLICABLE:
            assert clock.due is None
            assert clock.reason


def test_reports_of_a_case_are_versions_in_the_order_in_which_people_knew():
    aware = datetime(2026, 3, 2, tzinfo=UTC)
    kinds = ("adverse_experience", "adverse_experience_follow_up", "adverse_experience_follow_up")
    events = [
        Event(f"E{n}", kind, aware + timedelta(days=n), None, frozenset({"US"}), "P1", case_id="C1")
        for n, kind in enumerate(kinds)
    ]
    found = started(decide((loading.book().clock("US-AE-15"),), reversed(events), [], aware))
    assert [(one.event_id, one.version) for one in found] == [("E0", 1), ("E1", 2), ("E2", 3)]


def _report(name: str, minutes: int, **more) -> Event:
    aware = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=minutes)
    return Event(name, "deviation", aware, "America/New_York", frozenset({"US"}), "P1", "B1", **more)


@pytest.mark.requirement("URS-191")
def test_reports_of_one_event_are_one_through_a_chain_a_withdrawn_one_and_a_ring():
    chain = [
        _report("A", 30, answers={"distributed": "yes"}),
        _report("B", 20, duplicate_of="A", withdrawn=True),
        _report("C", 10, duplicate_of="B", answers={"distributed": "no", "under_control": "no"}),
        _report("D", 40, duplicate_of="C", answers={"distributed": "no"}),
    ]
    for order in (chain, chain[::-1]):
        (one,) = standing(order)
        assert (one.event_id, one.aware_at) == ("A", chain[2].aware_at)
        assert one.answers == {"distributed": "yes", "under_control": "unknown"}
    assert first_known(chain, "A") == chain[2]
    assert first_known(chain, "C") is None
    gone = [replace(chain[0], withdrawn=True), *chain[1:]]
    for order in (gone, gone[::-1]):
        (one,) = standing(order)
        assert (one.event_id, one.answers) == ("C", {"distributed": "no", "under_control": "unknown"})
    ring = [_report("A", 0, duplicate_of="B"), _report("B", 5, duplicate_of="A")]
    assert [one.event_id for one in standing(ring)] == ["A", "B"]


@pytest.mark.requirement("URS-191")
def test_what_one_source_leaves_open_another_one_fills_in():
    first = replace(_report("A", 0), product=None, batch_id=None)
    second = replace(_report("B", 5, duplicate_of="A", case_id="C-1"), day=date(2026, 3, 1))
    (one,) = standing([first, second])
    assert (one.places, one.product, one.batch_id, one.case_id) == (frozenset({"US"}), "P1", "B1", "C-1")
    assert (one.day, one.aware_at) == (date(2026, 3, 1), first.aware_at)


@pytest.mark.requirement("URS-190", "URS-191")
def test_what_one_report_leaves_open_no_other_one_closes():
    """Places and answers: none of them ends a clock unless every report says it, in whichever order they come."""
    open_, closed = (
        replace(_report("A", 0), places=None),
        _report("B", 5, duplicate_of="A", answers={"distributed": "no"}),
    )
    for pair in ([open_, closed], [replace(closed, duplicate_of=None), replace(open_, duplicate_of="B")]):
        (one,) = standing(pair)
        assert (one.places, one.said("distributed")) == (None, "unknown")
    agreed = replace(open_, answers={"distributed": "no"})
    assert standing([agreed, closed])[0].said("distributed") == "no"
    exempt = [replace(one, kind="import", answers={"mra_or_exemption": "yes"}) for one in (open_, closed)]
    assert standing(exempt)[0].said("mra_or_exemption") == "yes"
    exempt[1] = replace(exempt[1], answers={})
    assert standing(exempt)[0].said("mra_or_exemption") == "unknown"


@pytest.mark.requirement("URS-190")
def test_the_first_day_on_any_calendar_counts_though_its_moment_is_the_later_one():
    first = Event(
        *("A", "deviation", datetime(2026, 3, 2, 2, tzinfo=UTC), "America/New_York", frozenset({"US"}), "P1", "B1")
    )
    second = replace(
        first, event_id="B", aware_at=datetime(2026, 3, 2, 1, 59, tzinfo=UTC), zone="Asia/Tokyo", duplicate_of="A"
    )
    clock = loading.book().clock("US-BPD")
    alone, together = (started(decide((clock,), events, [], first.aware_at)) for events in ([first], [first, second]))
    assert alone[0].due_at == together[0].due_at
    assert together[0].day_zero == date(2026, 3, 1)
    assert first_known([first, second], "A") == first


@pytest.mark.requirement("URS-190", "URS-191")
@pytest.mark.parametrize("seed", range(40))
def test_a_further_report_ends_no_clock_and_makes_none_later(seed):
    """On random histories: one more report of a standing event, whatever it says, whenever and wherever."""
    rng = random.Random(f"further {seed}")
    for _ in range(15):
        plain, licences, as_of = _history(rng.random())
        events = _as_events(plain)
        alone = [one for one in events if not one.duplicate_of]
        first = rng.choice(alone)
        said = _as_events([{**_event(rng, "Z"), "kind": first.kind, "withdrawn": False}])[0]
        facts = _answers(rng, KINDS[first.kind].facts)
        further = replace(
            said,
            product=first.product,
            case_id=first.case_id,
            batch_id=first.batch_id,
            answers=facts,
            closed_on=None,
            duplicate_of=first.event_id,
        )
        later = max(as_of, further.aware_at)
        assert not lost(loading.book().clocks, events, [*events, further], _as_licences(licences), later)


@pytest.mark.requirement("URS-191")
def test_what_a_correction_loses_is_found_whichever_of_its_words_does_it():
    """The other way round: each of these ends a clock or makes one later, and these do not."""
    clocks, as_of = loading.book().clocks, datetime(2026, 4, 1, tzinfo=UTC)
    one = _report("A", 0, answers={"distributed": "yes"})
    for change in (
        {"withdrawn": True},
        {"places": frozenset({"OTHER"})},
        {"answers": {"distributed": "no"}},
        {"aware_at": one.aware_at + timedelta(days=1)},
        {"zone": "Pacific/Kiritimati"},
    ):
        (gone,) = lost(clocks, [one], [replace(one, **change)], [], as_of)
        assert gone.clock.id == "US-BPD"
    for change in ({"places": None}, {"answers": {}}, {"aware_at": one.aware_at - timedelta(days=1)}, {"zone": None}):
        assert not lost(clocks, [one], [replace(one, **change)], [], as_of)
    other = _report("B", 60)
    assert not lost(clocks, [one, other], [one, replace(other, duplicate_of="A")], [], as_of)
    case = replace(one, kind="adverse_experience", case_id="C-1", answers={"serious": "no"})
    assert not lost(clocks, [case], [replace(case, answers={"serious": "yes"})], [], as_of)
    assert lost(clocks, [replace(case, answers={"serious": "yes"})], [case], [], as_of)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("when: [distributed", "unless: [distributed"), "'distributed' is asked the other way round"),
        (("days: 45", "days: 44"), "Clock US-BPD, example 1: it gives 2026-04-16T03:59:59Z"),
        (("id: US-AE-5", "id: US-AE-15"), "Clock US-AE-15 is there twice"),
        (("when: [distributed, may_affect", "when: [moon, may_affect"), "nobody is asked 'moon'"),
        (("events: [recall]", "events: [moon]"), "there is no kind of event 'moon'"),
        (("days: 45}", "dais: 45}"), "us.yaml is wrong at clocks/0"),
        (("authority: FDA", "authority: ABC"), "there is no authority 'ABC'"),
        (("clocks:", "clocks: ["), "can't be read"),
    ],
)
def test_a_clock_that_is_wrong_is_refused_in_one_sentence(tmp_path: Path, change, sentence):
    text = (loading.FOLDER / "us.yaml").read_text().replace(*change, 1)
    path = tmp_path / "us.yaml"
    path.write_text(text)
    with pytest.raises(Invalid, match=sentence.replace("(", r"\(")):
        loading.load([path])


def test_a_zone_that_does_not_exist_is_named():
    with pytest.raises(Invalid, match="no time zone 'Mars/Olympus'"):
        calendars.zone("Mars/Olympus")


def test_the_page_on_filing_holds_the_tables_as_the_data_are() -> None:
    """`python scripts/filing_reference.py` writes them."""
    scripts = Path(__file__).parents[2] / "scripts"
    spec = importlib.util.spec_from_file_location("filing_reference", scripts / "filing_reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()
