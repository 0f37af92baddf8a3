"""The yearly product review as pages: summary, charts with capability by subgroup, tables, open questions, sources."""

import io
from collections.abc import Sequence
from datetime import datetime

from fpdf.enums import XPos, YPos

from mes_core.exchange.pages import Pages, latin
from mes_core.exchange.product_review import Parameter, Review, Subgroup

_MOST_CHARTS = 60
_MOST_ROWS, _ALL_ROWS = 60, 2000
_SHORT = 400
_CHART_MM, _BLOCK_MM = 66, 122
"""Height of a chart, and of a chart with its heading, its table and the line below it."""
_NAMES = ("code", "batch", "lot", "id", "number")
_WIDE, _FEW = 25, 12


class _Pages(Pages):
    def head(self, text: str, size: int = 13) -> None:
        """A heading."""
        self.ln(3)
        self.set_font("helvetica", "B", size)
        self.cell(0, 8, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def say(self, text: str) -> None:
        """A paragraph."""
        self.set_font("helvetica", size=9)
        self.multi_cell(0, 5, latin(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rows(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[int] | None = None,
        *,
        most: int = _MOST_ROWS,
    ) -> None:
        """A table; what is longer is cut off with a word, and stands in the store."""
        self.set_font("helvetica", size=7)
        more = {"col_widths": tuple(widths)} if widths else {}
        with self.table(line_height=4, text_align="LEFT", first_row_as_headings=True, **more) as printed:
            for row in (head, *rows[:most]):
                line = printed.row()
                for value in row:
                    line.cell(latin(value if len(value) <= _SHORT else f"{value[: _SHORT - 3]}..."))
        if len(rows) > most:
            self.say(f"{len(rows) - most} more rows stand in the store.")


def pages(review: Review, made_at: datetime) -> bytes:
    """The review as a PDF; the same figures at the same time give the same bytes.

    Args:
        review: the figures.
        made_at: when it is made, zone-aware.
    """
    title = f"Product review {review.product}, {review.begins} to {review.ends}"
    paper = _Pages(title, made_at)
    paper.add_page()
    paper.head(title, 16)
    paper.say(
        f"Made {made_at:%Y-%m-%d %H:%M} UTC from {len(review.made)} batch records. Every figure comes from the records"
        " listed at the end; what no record says is an open question."
    )
    _summary(paper, review)
    _charts(paper, review)
    _happened(paper, review)
    paper.head("Materials")
    lots = [(name, lot, str(number)) for name, lot, number in review.materials]
    paper.rows(("Material", "Lot", "Batches"), lots) if lots else paper.say("No record names a lot of a material.")
    _questions(paper, review)
    _sources(paper, review)
    return bytes(paper.output())


def _summary(paper: _Pages, review: Review) -> None:
    paper.head("Batches")
    states = [(state.replace("_", " "), str(number)) for state, number in sorted(review.states.items())]
    paper.rows(("Where they stand", "Batches"), [*states, ("all", str(len(review.made)))])
    failed = [one for one in review.made if one.view.state.value in ("rejected", "on_hold", "late_positive")]
    rows = [
        (one.record.batch_id, one.view.state.value.replace("_", " "), "; ".join(hold.reason for hold in one.view.holds))
        for one in failed
    ]
    paper.head("Batches rejected, held or positive late", 11)
    paper.rows(("Batch", "State", "Why"), rows, (20, 15, 65), most=_ALL_ROWS) if rows else paper.say("None.")


def _charts(paper: _Pages, review: Review) -> None:
    paper.head("Parameters by subgroup (product code)")
    order = "batches in the order of manufacture"
    if review.undated:
        order = "batches without a time of manufacture in the order of their numbers"
        paper.say(
            f"{review.undated} of {len(review.made)} records name no time of manufacture: these batches stand in the"
            " order of their numbers, on which the control limits and the trends rest."
        )
    paper.say(
        "Control limits: three standard deviations within the subgroup, from moving ranges. Trend: Kendall's tau."
    )
    names = [one.name for one in review.parameters if _is_name(one)]
    charted = [one for one in review.parameters if not _is_name(one) and any(group.sigma for group in one.subgroups)]
    charted.sort(key=_weight)
    for one in charted[:_MOST_CHARTS]:
        if paper.get_y() + _BLOCK_MM > paper.page_break_trigger:  # a chart and its table stand together
            paper.add_page()
        paper.head(_titled(one), 11)
        paper.image(_chart(one, order), w=paper.epw, h=_CHART_MM)
        shown = sorted((group for group in one.subgroups if group.sigma), key=lambda group: -len(group.points))
        paper.rows(
            ("Subgroup", "n", "Mean", "SD", "Specification", "Cpk", "Ppk", "Outside", "Trend"),
            [_row(group) for group in shown[:8]],
            (14, 8, 14, 14, 20, 10, 10, 10, 10),
        )
        if len(shown) > 8:
            paper.say(f"Subgroups in the chart only, as they are smaller: {', '.join(one.name for one in shown[8:])}.")
    few = [one.name for one in review.parameters if one not in charted and one.name not in names]
    if names:
        paper.say(f"Numbers that name a lot or a code, not charted: {', '.join(names)}.")
    if few:
        paper.say(f"Too few values in every subgroup for limits: {', '.join(few)}.")
    if len(charted) > _MOST_CHARTS:
        paper.say(f"Not charted here: {', '.join(one.name for one in charted[_MOST_CHARTS:])}.")


def _is_name(parameter: Parameter) -> bool:
    """Whether its numbers are names: without a unit, without a specification, and called so."""
    specified = any(group.low is not None or group.high is not None for group in parameter.subgroups)
    return parameter.unit == "1" and not specified and parameter.name.lower().split("_")[-1] in _NAMES


def _titled(parameter: Parameter) -> str:
    return parameter.name if parameter.unit == "1" else f"{parameter.name} [{parameter.unit}]"


def _weight(parameter: Parameter) -> tuple[bool, bool, str]:
    """What has a specification comes first, then what has a unit."""
    specified = any(group.low is not None or group.high is not None for group in parameter.subgroups)
    return (not specified, parameter.unit == "1", parameter.name)


def _row(group: Subgroup) -> tuple[str, ...]:
    low = "-" if group.low is None else f"{group.low:g}"
    high = "-" if group.high is None else f"{group.high:g}"
    within, overall = group.capability(group.sigma), group.capability(group.overall)
    return (
        group.name,
        str(len(group.points)),
        f"{group.mean:.4g}",
        f"{group.overall:.3g}",
        f"{low} to {high}" if (low, high) != ("-", "-") else "none recorded",
        "-" if within is None else f"{within:.2f}",
        "-" if overall is None else f"{overall:.2f}",
        str(len(group.outside)),
        "-" if group.trend is None else f"{group.trend:+.2f}",
    )


def _chart(parameter: Parameter, order: str) -> io.BytesIO:
    """Individual values in their order, subgroup after subgroup, with mean and control limits of each."""
    # Drawing is an extra of the installation, which the server has no need of.
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 9 * _CHART_MM / 190), dpi=100)
    axes = figure.add_axes((0.07, 0.15, 0.92, 0.82))
    start, places, names = 0, [], []
    dots: tuple[list[tuple[int, float]], list[tuple[int, float]]] = ([], [])
    marked: list[tuple[int, float]] = []
    means, limits = [], []
    for number, group in enumerate(parameter.subgroups):
        outside = {one.source for one in group.outside}
        for x, one in enumerate(group.points, start=start):
            dots[number % 2].append((x, one.value))
            if one.source in outside:
                marked.append((x, one.value))
        ends = (start - 0.5, start + len(group.points) - 0.5)
        if group.limits:
            means.append([(end, group.mean) for end in ends])
            limits += [[(end, level) for end in ends] for level in group.limits]
        if len(group.points) >= _WIDE or len(parameter.subgroups) <= _FEW:
            places.append(start + len(group.points) / 2)
            names.append(group.name)
        start += len(group.points)
    for each, colour in zip(dots, ("#37638b", "#7a4b1e"), strict=True):
        axes.plot([x for x, _ in each], [y for _, y in each], ".", ms=3, color=colour)
    axes.plot([x for x, _ in marked], [y for _, y in marked], "o", ms=3.5, mfc="none", color="#b3261e")
    axes.add_collection(LineCollection(means, colors="#222222", linewidths=0.8))
    axes.add_collection(LineCollection(limits, colors="#222222", linewidths=0.8, linestyles="--"))
    axes.set_xticks(places, names)
    axes.set_xlabel(f"subgroup (product code), {order}", fontsize=7)
    axes.set_ylabel(_titled(parameter), fontsize=7)
    axes.tick_params(labelsize=7)
    axes.margins(x=0.01)
    held = io.BytesIO()
    figure.savefig(held, format="png", metadata={"Software": None})
    held.seek(0)
    return held


def _happened(paper: _Pages, review: Review) -> None:
    paper.head("Deviations")
    noted = [
        (one.record.batch_id, each.deviation_id, each.severity, each.title)
        for one in review.made
        for each in one.record.deviations
    ]
    opened = [
        (one.record.batch_id, each.deviation_key, each.severity, f"{each.title} ({each.outcome or 'open'})")
        for one in review.made
        for each in one.deviations
    ]
    rows = [*noted, *opened]
    paper.rows(
        ("Batch", "Deviation", "Severity", "What"), rows, (18, 22, 12, 48), most=_ALL_ROWS
    ) if rows else paper.say("None.")
    paper.head("Supply outside of specification")
    supplied = [
        (one.record.batch_id, one.view.disposition.printed_name, one.view.disposition.reason)
        for one in review.made
        if one.view.disposition and one.view.disposition.disposition.value == "out_of_specification"
    ]
    paper.rows(("Batch", "Certified by", "Reason"), supplied, most=_ALL_ROWS) if supplied else paper.say("None.")
    paper.head("Shipments")
    shipped = [
        (one.record.batch_id, one.view.shipment.carrier, f"{one.view.shipment.pickup_at:%Y-%m-%d}")
        for one in review.made
        if one.view.shipment
    ]
    paper.rows(("Batch", "Carrier", "Picked up"), shipped) if shipped else paper.say("None is recorded here.")


def _questions(paper: _Pages, review: Review) -> None:
    paper.head("What no record here says")
    for question in review.questions:
        paper.say(f"Open: {question}.")
    for question, answer in review.answers.items():
        paper.say(f"{question}: {answer}")


def _sources(paper: _Pages, review: Review) -> None:
    paper.add_page()
    paper.head("Records that the figures come from")
    paper.say("Batch, version of its record, and the first 20 letters of the hash of that version.")
    paper.set_font("helvetica", size=6)
    width, height = paper.epw / 4, 3.2
    for number, one in enumerate(review.made):
        end = number % 4 == 3
        text = f"{one.record.batch_id} v{one.view.record_version} {one.view.record_hash[:20]}"
        paper.cell(
            width, height, latin(text), new_x=XPos.LMARGIN if end else XPos.RIGHT, new_y=YPos.NEXT if end else YPos.TOP
        )
