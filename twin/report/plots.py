"""Plots of the report, as SVG text for the page and on figures for the PDF."""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twin.study.kpis import BINS, Summary
from twin.study.levers import LABELS, Attribution
from twin.study.passage import PARTS
from twin.study.sensitivity import Sensitivity

GREY, BLUE, GREEN = "#8a8f98", "#1f6f9f", "#3a8f5c"
PART_COLOURS = ("#1f6f9f", "#e0a030", "#7a6ab0", "#c05a4a", "#8a8f98", "#cfd3d8")
Draw = Callable[[Axes], None]


def tidy(axes: Axes) -> None:
    """Less ink."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)


def release_times(summaries: dict[str, Summary]) -> Draw:
    """Share of batches released by day, a line for each scenario."""

    def draw(axes: Axes) -> None:
        for (name, one), colour in zip(summaries.items(), (GREY, BLUE), strict=True):
            share = 100 * np.cumsum(one.histogram) / one.histogram.sum()
            axes.plot(BINS + 0.25, share, color=colour, label=name, lw=2)
        axes.set_xlim(0, max(one.quantile(0.99) for one in summaries.values()) + 2)
        axes.set_ylim(0, 101)
        axes.set_xlabel("days from end of harvest to disposition")
        axes.set_ylabel("% of released batches")
        axes.legend(frameon=False, fontsize=9, loc="lower right")
        tidy(axes)

    return draw


def where_days_go(summaries: dict[str, Summary]) -> Draw:
    """Release time by what was waited for, a bar for each scenario."""

    def draw(axes: Axes) -> None:
        places = np.arange(len(summaries))[::-1]
        left = np.zeros(len(summaries))
        for part, colour in zip(PARTS, PART_COLOURS, strict=True):
            width = np.array([one.means[part].mean for one in summaries.values()])
            axes.barh(places, width, left=left, color=colour, label=part, height=0.55)
            left += width
        for place, total in zip(places, left, strict=True):
            axes.text(total + 0.15, place, f"{total:.1f} d", va="center", fontsize=9)
        axes.set_yticks(places, list(summaries))
        axes.set_xlim(0, left.max() * 1.14)
        axes.set_xlabel("mean days from end of harvest to disposition")
        axes.legend(frameon=False, fontsize=9, ncol=6, loc="lower center", bbox_to_anchor=(0.5, 1.0))
        tidy(axes)

    return draw


def saved(found: Attribution, unit: str, scale: float) -> Draw:
    """What each lever saves."""

    def draw(axes: Axes) -> None:
        names = [name for name in LABELS if name in found.share][::-1]
        figures = [found.share[name] for name in names]
        values = [scale * figure.mean for figure in figures]
        axes.barh([LABELS[name] for name in names], values, color=BLUE, height=0.6)
        span = max(map(abs, values)) or 1.0
        for place, (value, figure) in enumerate(zip(values, figures, strict=True)):
            half = scale * (figure.high - figure.low) / 2
            if half > 0:
                axes.errorbar(value, place, xerr=half, color="black", lw=0.9, capsize=2.5)
            beside = max(value, 0) + (half if half > 0 else 0.0) + 0.02 * span
            axes.text(beside, place, f"{value:+.2f}", va="center", fontsize=9)
        axes.axvline(0, color="black", lw=0.8)
        axes.set_xlim(min(0.0, min(values)) - 0.05 * span, span * 1.2)
        axes.set_xlabel(unit)
        tidy(axes)

    return draw


def tornado_plot(
    bars: Sequence[Sensitivity], names: Mapping[str, str], what: str, middle: float, label: str, scale: float = 1.0
) -> Draw:
    """A figure over the range of each input, by its name for people, the widest on top."""

    def draw(axes: Axes) -> None:
        shown = list(bars)[::-1]
        for place, bar in enumerate(shown):
            for end, colour in ((bar.low, GREY), (bar.high, GREEN)):
                if end is not None:
                    width = scale * (getattr(end, what) - middle)
                    axes.barh(place, width, left=scale * middle, color=colour, height=0.6)
            change = bar.change(what)
            if bar.high is not None and change.high > change.low:
                half = scale * (change.high - change.low) / 2
                at = scale * float(getattr(bar.high, what))
                axes.errorbar(at, place, xerr=half, color="black", lw=0.9, capsize=2.5)
        axes.set_yticks(range(len(shown)), [names[bar.name] for bar in shown])
        axes.axvline(scale * middle, color="black", lw=0.8)
        axes.set_xlabel(label)
        tidy(axes)

    return draw


def as_svg(draw: Draw, width: float = 8.0, height: float = 3.0) -> str:
    """A plot as SVG that stands inside a page."""
    figure = Figure(figsize=(width, height), layout="constrained")
    draw(figure.subplots())
    out = StringIO()
    with rc_context({"svg.hashsalt": "batchwright"}):  # the same figures are the same bytes
        figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
