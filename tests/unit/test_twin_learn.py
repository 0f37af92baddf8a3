"""Learning from an event log: what was put into a simulated line comes out of its log, and gaps are said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from mes_core.exchange.event_log import LoggedEvent
from mes_core.exchange.xes import export_xes
from twin.learn.fits import Durations, Fit, fit_durations, observed
from twin.learn.learned import Activity, Learned, learn
from twin.learn.lifecycle import Lifecycle, Row
from twin.learn.log import Event, Log, make_log
from twin.learn.reading import read_log
from twin.learn.simulated import log_of
from twin.line import ALWAYS, Network, Resource, Step, Work, run_line, weekly_calendar
from twin.model.errors import TwinError
from twin.study.inputs import load_preset

T0 = datetime(2026, 1, 5, tzinfo=UTC)
OFFICE = weekly_calendar("Mon-Fri", 9, 17)


def of(learned: Learned, name: str) -> Activity:
    return next(one for one in learned.activities if one.name == name)


def simulated(calendar: object = ALWAYS) -> Log:
    """300 batches: six hours of review (log sd 0.25), an answer after three days (0.6), and a second review."""
    rng = np.random.default_rng(5)
    n = 300
    resources = (Resource("reviewers", 300, calendar), Resource("production", 300, calendar))  # type: ignore[arg-type]
    steps = (
        Step("review", "reviewers"),
        Step("answer", "production", ("review",)),
        Step("again", "reviewers", ("answer",)),
    )
    touch = np.stack([6 * np.exp(0.25 * rng.normal(size=n)), np.full(n, 0.5), np.full(n, 1.5)], axis=1) / 24
    delay = np.stack([3 * np.exp(0.6 * rng.normal(size=n)), np.zeros(n), np.zeros(n)], axis=1)
    taken = np.ones((n, 3), bool)
    taken[:, 1:] = (rng.random(n) < 0.6)[:, None]
    network = Network(resources, steps)
    work = Work(np.sort(rng.random(n) * 300), touch, delay * taken[:, [1]], taken)
    return log_of(network, work, run_line(network, work, compiled=False))


def test_what_was_put_in_comes_out_within_its_interval() -> None:
    learned = learn(simulated(), 1)
    review, answer = of(learned, "review"), of(learned, "answer")
    assert review.touch is not None
    assert answer.waiting is not None
    assert review.touch.low <= 6 <= review.touch.high
    assert review.touch.family == "lognormal"
    assert not review.touch.refused
    assert dict(review.touch.parameters)["s"] == pytest.approx(0.25, rel=0.1)
    assert answer.waiting.low <= 72 <= answer.waiting.high
    assert dict(answer.waiting.parameters)["s"] == pytest.approx(0.6, rel=0.1)
    assert of(learned, "answer").cases / learned.cases == pytest.approx(0.6, abs=0.07)


def test_nights_are_neither_work_nor_waiting_where_the_plant_s_hours_are_given() -> None:
    log = simulated(OFFICE)
    plain, counted = of(learn(log, 1), "review").touch, of(learn(log, 1, OFFICE), "review").touch
    assert plain is not None
    assert counted is not None
    assert counted.low <= 6 <= counted.high
    assert plain.mean > 1.5 * counted.mean, "Without them a review over night takes its night as well."


def test_the_same_seed_gives_the_same_figures() -> None:
    assert learn(simulated(), 3).plain() == learn(simulated(), 3).plain()


@pytest.mark.parametrize("family", ["lognormal", "gamma", "Weibull"])
def test_a_family_is_known_again_and_a_wrong_one_is_refused(family: str) -> None:
    rng = np.random.default_rng(11)
    drawn = {"lognormal": rng.lognormal(1, 1, 600), "gamma": rng.gamma(6, 1, 600), "Weibull": 4 * rng.weibull(4, 600)}
    found = fitted(drawn[family], rng)
    assert (found.family, found.refused) == (family, False)
    two = np.concatenate([rng.normal(1, 0.05, 300), rng.normal(9, 0.05, 300)])
    assert fitted(two, rng).refused


def fitted(hours: np.ndarray, rng: np.random.Generator, limit: np.ndarray | None = None) -> Fit:
    """Durations of as many cases, cut off at their limits."""
    most = np.full(hours.size, np.inf) if limit is None else limit
    cases = np.array([str(number) for number in range(hours.size)])
    return fit_durations(Durations(np.minimum(hours, most), cases, hours > most, most), rng)


def test_what_had_not_ended_counts_as_longer_and_not_as_left_out() -> None:
    """A third is cut off: dropping it would say 5 h instead of 6; the fit finds what was put in."""
    rng = np.random.default_rng(3)
    hours, limit = rng.lognormal(np.log(6), 0.8, 300), rng.uniform(0, 24, 300)
    found = fitted(hours, rng, limit)
    kept = hours[hours <= limit]
    assert 0.2 < found.open / found.count < 0.5
    assert np.median(kept) < 5.3
    assert found.low <= 6 <= found.high
    assert (found.family, found.refused) == ("lognormal", False)
    assert dict(found.parameters)["s"] == pytest.approx(0.8, rel=0.1)
    assert dict(found.parameters)["scale"] == pytest.approx(6, rel=0.15)
    assert fitted(np.where(rng.random(300) < 0.5, 1.0, 9.0) + rng.random(300), rng, limit).refused


def test_the_observed_distribution_is_that_of_kaplan_and_meier() -> None:
    """Six durations, two of them cut off, worked out by hand: 1/6, then 3/8 of what is left, and so on."""
    hours, over = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 5.0]), np.array([False, False, True, False, True, False])
    times, shares = observed(Durations(hours, np.array(list("abcdef")), over, hours))
    assert times.tolist() == [1, 2, 3, 5]
    assert shares == pytest.approx([1 / 6, 1 - 5 / 6 * 4 / 5, 1 - 5 / 6 * 4 / 5 * 2 / 3, 1])


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60).filter(
        lambda ends: not all(over for _, over in ends)
    )
)
def test_the_observed_distribution_is_the_one_that_scipy_gives(ends: list[tuple[int, bool]]) -> None:
    """With ties, and with what went on beside what ended; ours is there because the bootstrap asks for it often."""
    hours, over = np.array([one[0] for one in ends], float), np.array([one[1] for one in ends])
    times, shares = observed(Durations(hours, np.arange(hours.size).astype(str), over, hours))
    theirs = stats.ecdf(stats.CensoredData(uncensored=hours[~over], right=hours[over])).cdf
    assert shares == pytest.approx(theirs.probabilities[np.searchsorted(theirs.quantiles, times)], abs=1e-12)


def test_the_distance_that_weighs_tails_is_anderson_s_and_darling_s() -> None:
    """Against its formula for a sample that is whole."""
    rng = np.random.default_rng(8)
    hours = np.sort(rng.exponential(3, 50))
    found = fitted(hours, rng)
    name, given = found.family, dict(found.parameters)
    family = {"exponential": "expon", "gamma": "gamma", "Weibull": "weibull_min", "lognormal": "lognorm"}[name]
    shape = [given[one] for one in given if one != "scale"]
    u = getattr(stats, family).cdf(hours, *shape, 0, given["scale"])
    i = np.arange(1, 51)
    by_formula = -50 - np.sum((2 * i - 1) * (np.log(u) + np.log1p(-u[::-1]))) / 50
    assert found.tails == pytest.approx(by_formula, rel=1e-6)


def event(case: str, activity: str, start: float | None, end: float | None, who: str = "a") -> Event:
    began, ended = (None if at is None else T0 + timedelta(hours=at) for at in (start, end))
    return Event(case, activity, who, began, ended)


def log_with(events: Sequence[Event]) -> Log:
    """Those of case x, and ten cases with one plain event each."""
    return make_log([*events, *(event(f"plain {n}", "other", 0, 1) for n in range(10))])


def test_sessions_in_a_row_are_no_rework_and_coming_back_is() -> None:
    log = log_with([event("x", "mill", 0, 1), event("x", "mill", 2, 3), event("x", "check", 4, 5)])
    assert of(learn(log, 1), "mill").rework[0] == 0
    log = log_with([event("x", "mill", 0, 1), event("x", "check", 2, 3), event("x", "mill", 4, 5)])
    assert of(learn(log, 1), "mill").rework[0] == 1


def test_work_at_the_same_time_waited_for_nothing() -> None:
    learned = learn(log_with([event("x", "one", 0, 5), event("x", "two", 1, 2), event("x", "three", 9, 10, "b")]), 1)
    assert of(learned, "two").parallel == 1
    assert of(learned, "two").waiting is None
    waited = of(learned, "three").waiting
    assert waited is not None
    assert waited.median == 4, "since the last one ended, not the one before in the list"
    assert learned.handovers[0] == pytest.approx(0.5)


def test_an_activity_that_goes_on_is_kept_and_one_whose_end_is_lost_is_not() -> None:
    log = log_with([event("x", "a", 0, 1), event("x", "b", 2, None), event("y", "b", 1, None), event("y", "c", 3, 4)])
    assert [gap.split(" events")[0] for gap in log.gaps] == ["1 of 14", "1 of 13"]
    touch = of(learn(log, 1), "b").touch
    assert touch is not None
    assert (touch.count, touch.open, touch.median) == (1, 1, float("inf"))


def test_hand_overs_are_counted_by_person_and_by_role() -> None:
    steps = [("a", "operator"), ("b", "operator"), ("c", "quality"), ("c", "quality")]
    events = [replace(event("x", f"{n}", n, n + 0.5, who), role=role) for n, (who, role) in enumerate(steps)]
    learned = learn(log_with(events), 1)
    assert learned.handovers[0] == pytest.approx(2 / 3)
    assert learned.role_handovers[0] == pytest.approx(1 / 3)
    assert learned.role_pairs == (("operator", "quality", 1),)


def test_gaps_are_said_and_not_guessed() -> None:
    log = log_with([event("x", "a", None, 2), event("x", "b", 5, 3), event("x", "c", 6, 7, "")])
    assert [one.split(" of ")[0] for one in log.gaps] == ["1", "1", "1"]
    learned = learn(log, 1)
    assert of(learned, "a").touch is None
    assert all(one.name != "b" for one in learned.activities)


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("event_type", ("START", "END"), "'event_type' is not read, though it may say what begins and what ends"),
        ("lifecycle:state", ("Open.Running", "Closed.Successful"), "'lifecycle:state' is not read"),
        ("Status", ("suspended", ""), "'Status' is not read"),
        ("Status", ("completed", ""), ""),
        ("product", ("start", "CART-A"), ""),
    ],
)
@pytest.mark.parametrize("form", ["csv", "xes"])
def test_steps_in_a_column_that_is_not_read_are_said(
    tmp_path: Path, column: str, values: tuple[str, str], said: str, form: str
) -> None:
    moments = ("2026-01-01T08:00:00Z", "2026-01-01T09:00:00Z")
    steps = list(zip(moments, values, strict=True))
    if form == "csv":
        lines = [f"b1,review,{at},{value}" for at, value in steps]
        text = "\n".join([f"case_id,activity,timestamp,{column}", *lines, "b1,sign,2026-01-02T08:00:00Z,"])
    else:
        text = "".join(
            f'<event><string key="concept:name" value="review"/><date key="time:timestamp" value="{at}"/>'
            f'<string key="{column}" value="{value}"/></event>'
            for at, value in steps
        )
        text = f'<log><trace><string key="concept:name" value="b1"/>{text}</trace></log>'
    (tmp_path / f"log.{form}").write_text(text, encoding="utf-8")
    gaps = read_log(tmp_path / f"log.{form}").gaps
    assert (said in " ".join(gaps)) if said else not any("is not read" in gap for gap in gaps), gaps


def test_a_word_without_a_time_is_said_to_lack_it_and_not_to_mean_nothing() -> None:
    lifecycle = Lifecycle()
    at = datetime(2026, 3, 2, 8, tzinfo=UTC)
    lifecycle.take_case(
        Row("1", "Review", "", "p", "", word, moment) for word, moment in (("start", at), ("complete", None))
    )
    assert lifecycle.gaps() == ["1 events of lifecycle:transition 'complete' are left out: they have no time."]


CSV = "case_id,activity,resource,start_timestamp,timestamp\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("case_id,start\n1,2\n", "has no column 'activity'"),
        ("", "has no header line"),
        (CSV, "holds no event"),
        (CSV + "1,a,r,2026-01-01,yesterday\n", "no event that can be used"),
        (CSV + "1,a,r,,2026-01-01 10:00:00\n" * 5 + "1,,r,,2026-01-01\n", "1 of 6 rows are wrong"),
    ],
)
def test_a_log_that_can_t_be_used_is_refused_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TwinError, match=said):
        read_log(path)


def test_few_cases_are_refused() -> None:
    with pytest.raises(TwinError, match="holds 1 cases"):
        learn(make_log([event("x", "a", 0, 1)]), 1)


def test_our_own_log_as_xes_reads_back_as_it_was(tmp_path: Path) -> None:
    written = [
        LoggedEvent("B-1", "Fill", "j.doe", "operator", T0, T0 + timedelta(hours=2), "S1"),
        LoggedEvent("B-1", "Fill", "j.roe", "operator", T0 + timedelta(hours=1), T0 + timedelta(hours=3), "S2"),
        LoggedEvent("B-1", "Label", "j.doe", "operator", None, T0 + timedelta(hours=4), "S3"),
        LoggedEvent("B-2", "Sign disposition", "q.p", "person", T0, T0, "D-1"),
    ]
    path = tmp_path / "log.xes"
    path.write_bytes(export_xes(written))
    read = [(one.case, one.activity, one.resource, one.start, one.end) for one in read_log(path).events]
    assert sorted(read, key=str) == sorted(
        ((one.case, one.activity, one.resource, one.started, one.ended) for one in written), key=str
    )


def test_a_log_that_declares_entities_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.xes"
    path.write_text('<!DOCTYPE log [<!ENTITY x "y">]><log><trace/></log>', encoding="utf-8")
    with pytest.raises(TwinError, match="declares a document type"):
        read_log(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inputs: {line.review_hours: 3}", "needs a 'value'"),
        ("inputs: {line.nothing: {value: 3}}", "There is no input"),
        ("inputs: {line.review_hours: {value: -3}}", "can't be negative"),
        ("a: [", "can't be read as YAML"),
        ("x: 1", "holds no inputs"),
    ],
)
def test_a_file_of_inputs_that_can_t_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "inputs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TwinError, match=said):
        load_preset("paper").with_file(path)


def test_a_file_of_inputs_is_taken_with_its_range_and_source(tmp_path: Path) -> None:
    path = tmp_path / "inputs.yaml"
    path.write_text("inputs: {line.review_hours: {value: 3, low: 2, high: 4, source: our log}}", encoding="utf-8")
    found = load_preset("paper").with_file(path).by_name["line.review_hours"]
    assert (found.value, found.low, found.high, found.kind, found.source) == (3, 2, 4, "measured", "our log")
