"""Small charts, drawn here as SVG: what they show stands in their description in words as well."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from mes_core.messages.boards import Stage, Trend
from mes_core.messages.predictive import PredictionView, RiskAnswer

_WIDE, _HIGH, _LEFT, _RIGHT, _TOP, _FOOT = 340, 132, 46, 12, 12, 22
_ROW, _LABEL = 26, 128


@dataclass(frozen=True)
class Dot:
    """A value: where, how it is drawn, and what it is in words."""

    x: float
    y: float
    look: str
    says: str


@dataclass(frozen=True)
class Bar:
    """A rectangle, or with no height or width a line."""

    x: float
    y: float
    width: float
    height: float
    look: str
    says: str = ""


@dataclass(frozen=True)
class Word:
    """A text; `end`: it ends at x."""

    x: float
    y: float
    text: str
    end: bool = False


@dataclass(frozen=True)
class Chart:
    """One picture: its name, what it says in words, and what is drawn."""

    title: str
    says: str
    width: int
    height: int
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()
    words: tuple[Word, ...] = ()
    line: str = ""


class _Scale:
    """Numbers to heights; a tenth of the span is left free at both ends, but a share stays between 0 and 1."""

    def __init__(self, values: Sequence[float], *, share: bool = False) -> None:
        low, high = min(values), max(values)
        room = (high - low) / 10 or abs(high) / 10 or 1
        self.low, self.high = (0.0, max(0.05, min(1.0, high + room))) if share else (low - room, high + room)

    def __call__(self, value: float) -> float:
        """The height."""
        part = (value - self.low) / (self.high - self.low)
        return round(_HIGH - _FOOT - part * (_HIGH - _FOOT - _TOP), 1)


def _across(place: int, count: int) -> float:
    return round(_LEFT + 6 + place * (_WIDE - _LEFT - _RIGHT - 12) / max(1, count - 1), 1)


def _plain(value: float) -> str:
    return f"{value:.4g}"


def trend(one: Trend) -> Chart | None:
    """A value of a batch after those of the batches before; None where there were none."""
    if not one.earlier:
        return None
    values = [*(value for _, value in one.earlier), one.value]
    limits = [limit for limit in (one.low, one.high) if limit is not None]
    height = _Scale([*values, *limits])
    unit = f" {one.unit}" if one.unit else ""
    spots = [(_across(place, len(values)), height(value)) for place, value in enumerate(values)]
    names = [*(name for name, _ in one.earlier), one.batch_id]
    told = list(zip(spots, names, values, strict=True))
    dots = [Dot(x, y, "other", f"{name}: {_plain(value)}{unit}") for (x, y), name, value in told]
    dots[-1] = replace(dots[-1], look="this")
    across = _WIDE - _LEFT - _RIGHT
    edges = [Bar(_LEFT, height(limit), across, 0, "limit", f"limit {_plain(limit)}") for limit in limits]
    marks = [Word(_LEFT - 6, height(limit) + 4, _plain(limit), end=True) for limit in limits]
    marks += [Word(_LEFT, _HIGH - 6, "earlier"), Word(_WIDE - _RIGHT, _HIGH - 6, "this batch", end=True)]
    low, high = (_plain(of(value for _, value in one.earlier)) for of in (min, max))
    bounds = " to ".join(_plain(limit) for limit in limits)
    before = "1 earlier one" if len(one.earlier) == 1 else f"{len(one.earlier)} earlier ones"
    says = f"This batch {_plain(one.value)}{unit}; {before} {low} to {high}{unit}"
    says += f"; limit{'s' if len(limits) > 1 else ''} {bounds}{unit}." if limits else "; no limits."
    line = " ".join(f"{x},{y}" for x, y in spots)
    name = f"{one.name.replace('_', ' ')} in this batch and the earlier ones"
    return Chart(name, says, _WIDE, _HIGH, tuple(edges), tuple(dots), tuple(marks), line)


def risk(name: str, answers: Sequence[PredictionView], *, by_culture: bool = False) -> Chart | None:
    """Probabilities of failure with their 95 % bands, oldest first; None where there are not two.

    Args:
        name: what it is about, for its title.
        answers: in any order.
        by_culture: by the day of the culture instead of that of the calendar.
    """
    every = sorted(answers, key=lambda one: (one.said.culture_day if by_culture else 0, one.made_at))
    if len(every) < 2:
        return None
    height = _Scale([one.said.probability_high or one.said.probability for one in every], share=True)
    bars: list[Bar] = []
    dots: list[Dot] = []
    words = [Word(_LEFT - 6, height(0) + 4, "0 %", end=True)]
    words.append(Word(_LEFT - 6, height(height.high) + 4, f"{100 * height.high:.0f} %", end=True))
    for place, one in enumerate(every):
        x, said = _across(place, len(every)), one.said
        told = f"{one.batch_id}, day {said.culture_day}: {said.answer.value}, {one.chance}"
        low, high = said.probability_low, said.probability_high
        if low is not None and high is not None:
            bars.append(Bar(x - 3, height(high), 6, round(height(low) - height(high), 1), "band"))
        dots.append(Dot(x, height(said.probability), said.answer.value.lower(), told))
    first, last = (_day(one, by_culture) for one in (every[0], every[-1]))
    words += [Word(_LEFT, _HIGH - 6, first), Word(_WIDE - _RIGHT, _HIGH - 6, last, end=True)]
    counted = ", ".join(f"{sum(one.said.answer is answer for one in every)} {answer.value}" for answer in RiskAnswer)
    most = max(every, key=lambda one: one.said.probability)
    span = f"on {first}" if first == last else f"from {first} to {last}"
    says = f"{len(every)} answers {span}: {counted} (large dots, small ones, rings); the highest is {most.chance} for"
    says += f" {most.batch_id}."
    ground = Bar(_LEFT, height(0), _WIDE - _LEFT - _RIGHT, 0, "limit")
    return Chart(name, says, _WIDE, _HIGH, (ground, *bars), tuple(dots), tuple(words))


def _day(one: PredictionView, by_culture: bool) -> str:
    return f"culture day {one.said.culture_day}" if by_culture else date.isoformat(one.made_at.date())


def stages(found: Sequence[Stage], words: dict[str, str]) -> Chart | None:
    """Days that batches have stood in each stage: the middle one as a bar, the longest as a line; None for no stage."""
    if not found:
        return None
    most = max(0.1, *(one.longest_days for one in found))
    room = _WIDE - _LABEL - 50
    bars: list[Bar] = []
    labels: list[Word] = []
    for place, one in enumerate(found):
        y, name = _TOP + place * _ROW, words[one.state.value]
        middle, longest = (round(days / most * room, 1) for days in (one.median_days, one.longest_days))
        bars.append(Bar(_LABEL, y + 8, longest, 2, "longest", f"{name}: longest {one.longest_days:.1f} days"))
        bars.append(Bar(_LABEL, y + 3, max(1.0, middle), 12, "middle", f"{name}: median {one.median_days:.1f} days"))
        labels.append(Word(_LABEL - 8, y + 14, name, end=True))
        labels.append(Word(_LABEL + max(longest, 1.0) + 6, y + 14, f"{one.longest_days:.1f} d"))
    told = "; ".join(
        f"{words[one.state.value]}: median {one.median_days:.1f}, longest {one.longest_days:.1f} days" for one in found
    )
    high = _TOP + len(found) * _ROW
    return Chart("Days by stage", f"{told}.", _WIDE, high, tuple(bars), (), tuple(labels))
