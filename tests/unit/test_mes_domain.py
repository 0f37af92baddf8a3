"""The pure part of the MES: states, findings, filings, who may sign, and the hash chain."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mes_core.domain import audit, due, filing, supply
from mes_core.domain.errors import Conflict, Forbidden
from mes_core.domain.findings import Standing, fingerprint, is_ready
from mes_core.domain.principals import BotPrincipal, PersonPrincipal, Role, SystemPrincipal, signer
from mes_core.domain.states import CONDITIONAL, LEFT, SUPPLIED, TABLE, Event, State, next_state

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def _chain(news: list[Any], sealed: bool = True) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for number, new in enumerate(news, start=1):
        previous = entries[-1]["entry_hash"] if entries else audit.GENESIS
        entry = {"batch_id": "B1", "number": number, "at": "2026-03-01T08:00:00Z", "user": "u", "action": "a"}
        entry |= {"subject": "s", "old": None, "new": audit.canonical(new), "why": None, "previous_hash": previous}
        entry["seals"] = "{}" if sealed else None
        entries.append({**entry, "entry_hash": audit.entry_hash(entry)})
    return entries


@given(st.dictionaries(st.text(), JSON, max_size=4))
@example({"a": 1e-5})
@example({"a": [9.9e-05, 1.5e16, 1e22, -0.0, 5e-324, -1.25e-7]})
@example({"5e3": "1e5", "b": 2**70, "c": "0.00001"})
@example({"lone": "\ud800"})
def test_the_quick_writer_says_what_the_slow_one_says(document: dict[str, Any]) -> None:
    """To the letter: hashes of before stay valid."""
    assert audit.canonical_document(document) == audit.canonical(document)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_quick_writer_words_every_number_alike(number: float) -> None:
    """Whatever its size."""
    assert audit.canonical_document({"n": number}) == audit.canonical({"n": number})


@given(st.lists(JSON, max_size=6), st.booleans())
def test_an_untouched_chain_is_whole(news: list[Any], sealed: bool) -> None:
    """Whatever the entries say, and however old they are."""
    assert audit.problems(_chain(news, sealed)) == []


@given(st.data(), st.lists(JSON, min_size=1, max_size=6))
def test_any_change_in_a_chain_shows(data: st.DataObject, news: list[Any]) -> None:
    """One field of one entry is changed: the chain names that entry."""
    entries = _chain(news, data.draw(st.booleans()))
    at = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(["user", "action", "subject", "why", "at", "new", "old"]))
    other = st.none() | (JSON.map(audit.canonical) if name in ("new", "old") else st.text())
    # An entry from before the seals can't tell a document `null` from none.
    value = data.draw(other.filter(lambda value: (value or "null") != (entries[at][name] or "null")))
    entries[at] = {**entries[at], name: value}
    assert any(f"entry {at + 1}:" in problem for problem in audit.problems(entries))


@given(st.data(), st.lists(JSON, min_size=2, max_size=6))
def test_a_removed_entry_shows(data: st.DataObject, news: list[Any]) -> None:
    """Unless it was the last one, which needs a checkpoint kept elsewhere."""
    entries = _chain(news)
    del entries[data.draw(st.integers(0, len(entries) - 2))]
    assert audit.problems(entries)


@given(st.data(), st.lists(JSON, min_size=2, max_size=6))
def test_swapped_entries_show(data: st.DataObject, news: list[Any]) -> None:
    """Order is part of the chain."""
    entries = _chain(news)
    at = data.draw(st.integers(0, len(entries) - 2))
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    assert audit.problems(entries)


def test_a_rewritten_entry_with_its_own_hash_made_anew_breaks_the_next() -> None:
    """Whoever changes an entry has to rewrite everything after it."""
    entries = _chain(["one", "two", "three"])
    entries[1]["new"] = "other"
    entries[1]["entry_hash"] = audit.entry_hash(entries[1])
    assert audit.problems(entries) == ["batch B1, entry 3: does not follow the entry before it."]


def test_every_path_to_release_goes_through_ready() -> None:
    """No table entry lets a batch be released from any other state; a second certification follows a first one."""
    for event in (Event.RELEASED, Event.CONDITIONALLY_RELEASED):
        assert {state for state, happened in TABLE if happened is event} == {State.READY}
    entering = {event for (state, event), after in TABLE.items() if after is State.RELEASED and state is not after}
    assert entering == {Event.RELEASED, Event.FINALLY_CERTIFIED}
    assert {state for state, event in TABLE if event is Event.FINALLY_CERTIFIED} == CONDITIONAL


@pytest.mark.requirement("URS-046")
def test_no_way_leads_out_of_the_plant_without_a_certification() -> None:
    """Whatever happens to a batch that nobody certifies: it is never supplied, and never leaves."""
    certified = {Event.RELEASED, Event.CONDITIONALLY_RELEASED, Event.SUPPLY_CERTIFIED}
    reached, new = {State.MANUFACTURED}, {State.MANUFACTURED}
    while new:
        new = {after for (state, event), after in TABLE.items() if state in new and event not in certified} - reached
        reached |= new
    assert reached.isdisjoint(SUPPLIED | LEFT)
    assert reached == {State.MANUFACTURED, State.READY, State.ON_HOLD, State.REJECTED}
    assert {after for (state, event), after in TABLE.items() if event in certified} <= SUPPLIED


@pytest.mark.requirement("URS-046")
@given(
    state=st.sampled_from(State),
    disposition=st.none() | st.sampled_from(["released", "conditionally_released", "held", "rejected"]),
    registered=st.booleans(),
    holds=st.integers(0, 2),
)
def test_supply_needs_certification_register_and_no_hold(
    state: State, disposition: str | None, registered: bool, holds: int
) -> None:
    """All of them; and what is missing is said, one sentence each."""
    ids = frozenset({"D-1"} if registered else ())
    standing = supply.Standing("B1", state, disposition, "D-1" if disposition else None, ids, holds)
    missing = supply.hindrances(standing)
    certified = disposition in {"released", "conditionally_released"}
    assert (missing == ()) == (certified and registered and not holds and state in SUPPLIED)
    assert all(one.endswith(".") and "B1" in one for one in missing)


@given(st.sampled_from(sorted(due.PLANS)), st.integers(0, 5000), st.integers(-100, 5000), st.data())
def test_steps_come_in_order_and_stay(kind: str, opened: int, allowed: int, data: st.DataObject) -> None:
    """Never before something was opened, each after the one before, and what was reached once stays reached."""
    opened_at = NOW + timedelta(hours=opened)
    due_at = opened_at + timedelta(hours=allowed)
    steps = due.steps(kind, due.PLANS[kind].role.value, opened_at, due_at)
    assert [step.level for step in steps] == [1, 2, 3]
    assert all(one.at <= two.at for one, two in pairwise(steps))
    assert all(step.at >= opened_at for step in steps)
    early, late = sorted(NOW + timedelta(hours=data.draw(st.integers(0, 9000))) for _ in range(2))
    reached = [due.reached(kind, due.PLANS[kind].role.value, opened_at, due_at, now) for now in (early, late)]
    assert reached[1][: len(reached[0])] == reached[0]


def test_a_rejected_batch_stays_rejected() -> None:
    """Nothing leads out."""
    assert {after for (state, _), after in TABLE.items() if state is State.REJECTED} == {State.REJECTED}


@pytest.mark.parametrize(
    ("state", "event", "missing"),
    [
        (State.ON_HOLD, Event.RELEASED, "verdict that is ready and no open hold"),
        (State.MANUFACTURED, Event.RELEASED, "verdict that is ready"),
        (State.READY, Event.SHIPPED, "signed release"),
        (State.RELEASED, Event.FILED, "recorded shipment"),
        (State.SHIPPED, Event.CORRECTED, "before the release"),
    ],
)
def test_a_refused_step_says_what_is_missing(state: State, event: Event, missing: str) -> None:
    """The person reads what to do, not a code."""
    with pytest.raises(Conflict, match=missing):
        next_state("B1", state, event)


def test_the_whole_way_of_a_good_batch() -> None:
    """Manufactured, ready, released, shipped, filed."""
    state = State.MANUFACTURED
    for event in (Event.REVIEWED_READY, Event.RELEASED, Event.SHIPPED, Event.FILED):
        state = next_state("B1", state, event)
    assert state is State.FILED


@pytest.mark.parametrize(
    ("verdict", "standings", "ready"),
    [
        ("READY", [Standing("minor")], True),
        ("HOLD", [Standing("major", "justified"), Standing("minor")], True),
        ("HOLD", [Standing("major", "justified"), Standing("critical")], False),
        ("HOLD", [Standing("major", "corrected")], False),
        ("HOLD", [Standing("major", "escalated")], False),
        ("REJECT_PROPOSED", [Standing("critical", "justified")], False),
        ("UNDECIDED", [Standing("major", "justified", could_not_run=True)], False),
    ],
)
def test_only_justified_findings_stop_holding(verdict: str, standings: list[Standing], ready: bool) -> None:
    """And never those of a proposed rejection or of a rule that did not run."""
    assert is_ready(verdict, standings) is ready


def test_a_finding_is_the_same_when_only_its_reading_time_differs() -> None:
    """So that a justification survives a new review, and nothing else does."""
    source = {"system": "lims", "page": "p", "row": "3", "read_at": "2026-03-01T08:00:00Z"}
    first = {"rule": "R1", "fields": ["a"], "values": [1], "facts": [{"path": "x", "value": 1, "source": source}]}
    later = {**first, "facts": [{"path": "x", "value": 1, "source": {**source, "read_at": "2026-03-02T08:00:00Z"}}]}
    other = {**first, "facts": [{"path": "x", "value": 2, "source": source}]}
    assert fingerprint(first) == fingerprint(later) != fingerprint(other)


def test_a_bot_and_a_program_cannot_sign() -> None:
    """Whatever the act."""
    with pytest.raises(Forbidden, match="A bot cannot sign: release needs a person"):
        signer(BotPrincipal("bot-1"), "release")
    with pytest.raises(Forbidden, match="A program cannot sign"):
        signer(SystemPrincipal("cli"), "release")


def test_a_person_signs_with_the_role_only() -> None:
    """A reviewer is no qualified person."""
    reviewer = PersonPrincipal("rita", "Rita Reviewer", frozenset({Role.REVIEWER}))
    with pytest.raises(Forbidden, match="needs the role qualified person"):
        signer(reviewer, "release the batch", Role.QUALIFIED_PERSON)
    assert signer(reviewer, "close a finding", Role.REVIEWER) is reviewer


def test_markets_belong_to_jurisdictions() -> None:
    """DE counts as EU and UK as GB; JP is a place whose law is not known here."""
    assert filing.places_of(["DE", "US", "FR"]) == ("EU", "US")
    assert filing.places_of(["UK", "CH", "JP"]) == ("CH", "GB", "OTHER")
    assert filing.places_of([]) == ()


def test_canonical_texts_are_one_per_value() -> None:
    """Order of keys does not matter; kinds of values do."""
    assert audit.canonical({"b": 1, "a": [None]}) == audit.canonical({"a": [None], "b": 1})
    texts = [audit.canonical(value) for value in (1, "1", True, None)]
    assert all(one != other for one, other in pairwise(texts))
