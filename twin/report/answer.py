"""The first words of the report: the answer, what it comes from, and what it hangs on."""

from math import isfinite

from twin.report.blocks import Block, Heading, Text
from twin.study.inputs import Inputs
from twin.study.kpis import Figure
from twin.study.levers import LABELS, attribute
from twin.study.money import money
from twin.study.results import TABLE_1, extended
from twin.study.run import Study
from twin.study.sensitivity import Moved

_UNITS = {
    "share": "",
    "fraction": "",
    "relative": "",
    "log sd": "",
    "log fitness": "",
    "1/month": "",
    "productive h/d": "h",
}
"""Units that people would stumble over, and what stands for them in a plot."""
_SMALL = 0.05
"""Days of release time below which a lever is not named."""
_NAMED = 3


def number(value: float) -> str:
    """A number as people write it."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


def spoken(inputs: Inputs) -> dict[str, str]:
    """Inputs as people say them, with the range that is looked at, by name."""
    return {
        one.name: f"{one.words}, {number(one.low)} to {number(one.high)} {_UNITS.get(one.unit, one.unit)}".rstrip()
        for one in inputs.by_name.values()
    }


def answer(study: Study, factorial: Study, moved: Moved) -> list[Block]:
    """How many days and failures, from what, at what price, and which inputs to measure first."""
    return [Heading("The answer"), *(Text(one) for one in (_saved(study), _levers(factorial), _price(study, moved)))]


def _saved(study: Study) -> str:
    old = study.summaries["baseline"]
    gain, fewer = study.saved("release_days"), study.saved("failure_rate")
    days, points = gain.mean, 100 * fewer.mean
    before, after = TABLE_1["release_days"]
    worse, better = (100 * share for share in TABLE_1["failure_rate"])
    return (
        f"A batch is released {abs(days):.1f} days {'sooner' if days >= 0 else 'later'}{_range(gain)} ("
        f"{_part(abs(days), old.release_days.mean)} of {old.release_days.mean:.1f}), and {abs(points):.1f} "
        f"{'fewer' if points >= 0 else 'more'} of 100 batches fail{_range(fewer, 100)} ("
        f"{_part(abs(points), 100 * old.failure_rate.mean)} of the failures). The paper claims "
        f"{before - after:.1f} days ({_part(before - after, before)}) and "
        f"{worse - better:.1f} batches ({_part(worse - better, worse)}). From the arrival of the cells to delivery "
        f"{study.saved('turnaround').mean:.1f} of {old.means['turnaround'].mean:.1f} days are saved"
        f"{_range(study.saved('turnaround'))}: {extended(study):,} of {study.batches:,} batches are grown a day longer."
    )


def _range(figure: Figure, scale: float = 1.0) -> str:
    """The 95 % interval of a saving, or of a loss where it is one on average."""
    if not isfinite(figure.low):
        return ""
    low, high = (
        (scale * figure.low, scale * figure.high) if figure.mean >= 0 else (-scale * figure.high, -scale * figure.low)
    )
    return f" [{low:.1f}, {high:.1f}]"


def _levers(factorial: Study) -> str:
    days = next(one for one in attribute(factorial) if one.kpi == "release_days")
    share = {name: figure.mean for name, figure in days.share.items()}
    named = sorted((name for name in LABELS if share[name] >= _SMALL), key=lambda name: -share[name])
    told = (
        ", ".join(f"{LABELS[name].lower()} {share[name]:.1f}{_range(days.share[name])}" for name in named)
        or "none of them"
    )
    rest = [LABELS[name].lower() for name in LABELS if name not in named]
    less = f"; {' and '.join(rest)} less than 0.1" if rest else ""
    return (
        f"Of the {days.total.mean:.1f} days that all five levers save together: {told}{less}. A rapid sterility test "
        "is a method of the laboratory: robots do not bring it, and the augmented plant above goes without."
    )


def _price(study: Study, moved: Moved) -> str:
    one, names = money(study), spoken(study.inputs)
    first = [bar for bar in moved.widest("days_saved", len(moved.inputs)) if bar.low and bar.high][:_NAMED]
    asked = "; ".join(names[bar.name] for bar in first)
    gain = (
        f"EUR {one.saved_yearly / 1e6:.1f} million are saved a year"
        if one.saved_yearly > 0
        else "Nothing is saved in a year"
    )
    return f"{gain}, on assumed costs. Measure at your plant first what moves the days most: {asked}."


def _part(of: float, all_of_it: float) -> str:
    return f"{100 * of / all_of_it:.0f} %" if all_of_it else "none"
