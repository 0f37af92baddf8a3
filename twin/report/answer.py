"""The first words of the report: the answer, what it comes from, and what it hangs on."""

from twin.report.blocks import Block, Heading, Text
from twin.study.inputs import Inputs
from twin.study.levers import LABELS, attribute
from twin.study.money import money
from twin.study.results import TABLE_1
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
    old, new = study.summaries["baseline"], study.summaries["augmented"]
    days = old.release_days.mean - new.release_days.mean
    points = 100 * (old.failure_rate.mean - new.failure_rate.mean)
    before, after = TABLE_1["release_days"]
    worse, better = (100 * share for share in TABLE_1["failure_rate"])
    return (
        f"A batch is released {abs(days):.1f} days {'sooner' if days >= 0 else 'later'} ("
        f"{_part(abs(days), old.release_days.mean)} of {old.release_days.mean:.1f}), and {abs(points):.1f} "
        f"{'fewer' if points >= 0 else 'more'} of 100 batches fail ("
        f"{_part(abs(points), 100 * old.failure_rate.mean)} of the failures). The paper claims "
        f"{before - after:.1f} days ({_part(before - after, before)}) and "
        f"{worse - better:.1f} batches ({_part(worse - better, worse)})."
    )


def _levers(factorial: Study) -> str:
    days = next(one for one in attribute(factorial) if one.kpi == "release_days")
    named = sorted((name for name in LABELS if days.share[name] >= _SMALL), key=lambda name: -days.share[name])
    told = ", ".join(f"{LABELS[name].lower()} {days.share[name]:.1f}" for name in named) or "none of them"
    rest = [LABELS[name].lower() for name in LABELS if name not in named]
    less = f"; {' and '.join(rest)} less than 0.1" if rest else ""
    return (
        f"Of the {days.total:.1f} days that all five levers save together: {told}{less}. A rapid sterility test is a "
        "method of the laboratory: robots do not bring it, and the augmented plant above goes without."
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
