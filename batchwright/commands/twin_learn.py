"""`batchwright twin learn`: waiting, touch time, rework and hand-overs from an event log."""

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.table import Table

from batchwright.commands.twin_refusals import one_sentence
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer, text_console
from batchwright.support.settings import plant_zone, zone_of

if TYPE_CHECKING:
    from twin.learn.fits import Fit
    from twin.learn.learned import Activity, Learned
    from twin.learn.plant import LearnedPlant
    from twin.line.calendar import Calendar

_AT_WORK = ("people a shift", "places")
_WEEKS_A_MONTH = 365.25 / 7 / 12
_HOURS = re.compile(r"(\w{3}(?:-\w{3})?) +(\d{1,2})-(\d{1,2})")


def learn_log(
    log: Annotated[Path, typer.Argument(help="CSV (case_id, activity, resource, start_timestamp, timestamp) or XES.")],
    hours: Annotated[
        str | None, typer.Option(help="Hours that count, on the plant's clock, as in 'Mon-Fri 8-16'.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(help="The plant's time zone, Europe/Berlin; default: BATCHWRIGHT_TIMEZONE, or the log's clock."),
    ] = None,
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="NAME=INPUT of the twin: 'Record review=line.review_hours', or a role, or '(arrivals)'."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File for the mapped inputs, for 'batchwright twin run --inputs'.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same figures.")] = 2026,
    output: FormatOption = Format.TEXT,
) -> None:
    """Learn from an event log. How long things take and are waited for, what comes back, what stays unexplained."""
    from twin.learn.learned import learn
    from twin.learn.reading import read_log

    if out is not None and not mapped:
        raise Refused("Say which activity is which input: add --map 'ACTIVITY=INPUT'.")
    zone = zone_of(timezone, "--timezone") or plant_zone()
    with one_sentence():
        learned = learn(read_log(log, zone), seed, _calendar(hours), zone)
        inputs = dict(_input(learned, one, log) for one in mapped or [])
    if out is not None:
        _write(out, inputs)
    print_answer({**learned.plain(), "inputs": inputs}, output, [])
    if output is Format.TEXT:
        _show(learned, inputs)


def _calendar(text: str | None) -> "Calendar":
    from twin.line.calendar import ALWAYS, weekly_calendar

    if text is None:
        return ALWAYS
    found = _HOURS.fullmatch(text.strip())
    if not found:
        raise Refused(f"--hours {text!r} is not understood: write, for instance, 'Mon-Fri 8-16'.")
    return weekly_calendar(found[1], float(found[2]), float(found[3]))


def _input(learned: "Learned", mapping: str, log: Path) -> tuple[str, dict[str, Any]]:
    """One input of the twin: hands-on time of an activity for hours and seconds, waiting for days, rework for shares;
    how many were at work for people and places; the arrivals for a rate."""
    from twin.study.inputs import load_preset

    name, _, wanted = (part.strip() for part in mapping.partition("="))
    known = load_preset("paper").by_name.get(wanted)
    if known is None:
        raise Refused(f"--map {mapping!r}: there is no input {wanted!r}: see 'batchwright twin inputs'.")
    if known.unit in ("1/month", *_AT_WORK):
        return wanted, _counted(learned.plant, name, known.unit, mapping, log)
    activity = next((one for one in learned.activities if one.name == name), None)
    if activity is None:
        there = ", ".join(one.name for one in learned.activities[:5])
        raise Refused(f"--map {mapping!r}: the log has no activity {name!r} (it has {there}, ...).")
    value, low, high, what = _measured(activity, wanted, known.unit, mapping)
    source = f"{what} of '{name}', learned from {activity.events} events in {log.name}"
    fit = activity.waiting if known.unit == "d" else activity.touch
    # Single durations spread about their median so that their mean is that of the log.
    spread = {"spread": round(min(fit.log_spread, 3.0), 4)} if fit is not None and known.unit != "share" else {}
    return wanted, {"value": value, "low": low, "high": high, **spread, "source": source}


def _counted(plant: "LearnedPlant", name: str, unit: str, mapping: str, log: Path) -> dict[str, Any]:
    """A rate from the arrivals, or a number from those who were at work at once."""
    if unit == "1/month":
        if plant.arrivals is None:
            raise Refused(f"--map {mapping!r}: the log spans too few whole weeks to count arrivals.")
        value, low, high = (round(one * _WEEKS_A_MONTH, 4) for one in plant.arrivals.a_week)
        said = f"cases a month, learned from {plant.arrivals.weeks} whole weeks of {log.name}"
        return {"value": value, "low": low, "high": high, "source": said}
    pool = next((one for one in (*plant.role_pools, *plant.pools) if one.of == name), None)
    if pool is None:
        there = ", ".join(one.of for one in (*plant.role_pools, *plant.pools)[:5])
        raise Refused(
            f"--map {mapping!r}: the log does not say when a role or activity {name!r} went on ({there}, ...)."
        )
    said = f"at work on '{name}' at once in 95 % of the time, at most {pool.most}; learned from {log.name}"
    return {"value": pool.usual, "low": pool.usual, "high": pool.most, "source": said}


def _measured(activity: "Activity", wanted: str, unit: str, mapping: str) -> tuple[float, float, float, str]:
    if unit == "share":
        return (*(round(number, 6) for number in activity.rework), "rework")  # type: ignore[return-value]
    factor = {"h": 1.0, "s": 3600.0, "d": 1 / 24}.get(unit)
    if factor is None:
        raise Refused(f"--map {mapping!r}: {wanted} is in {unit}, and a log knows times and shares only.")
    fit, what = (activity.waiting, "median waiting") if unit == "d" else (activity.touch, "median touch time")
    if fit is None:
        raise Refused(f"--map {mapping!r}: the log does not say how long '{activity.name}' takes or is waited for.")
    value, low, high = (round(number * factor, 6) for number in (fit.median, fit.low, fit.high))
    return value, low, high, f"{what} (mean {fit.whole_mean * factor:.4g} {unit})"


def _write(path: Path, inputs: dict[str, dict[str, Any]]) -> None:
    try:
        path.write_text(yaml.safe_dump({"inputs": inputs}, sort_keys=True, allow_unicode=True), encoding="utf-8")
    except OSError as error:
        raise Refused(f"{path} can't be written ({error.strerror}): choose another file.") from None


def _show(learned: "Learned", inputs: dict[str, dict[str, Any]]) -> None:
    console = text_console(width=max(Console().width, 120))
    console.print(f"{learned.events} events in {learned.cases} cases.", highlight=False)
    table = Table(box=None, pad_edge=False)
    for header in ("Activity", "Events", "Touch h", "", "Wait h", "", "Parallel", "Comes back"):
        table.add_column(header, justify="left" if header in ("Activity", "") else "right")
    for one in learned.activities[:20]:
        back = f"{one.rework[0]:.0%} [{one.rework[1]:.0%}, {one.rework[2]:.0%}]"
        table.add_row(one.name, str(one.events), *_fit(one.touch), *_fit(one.waiting), f"{one.parallel:.0%}", back)
    console.print(table)
    share, other, same = learned.handovers
    roles = learned.role_handovers
    between = ", ".join(f"{a} to {b} {count:,}" for a, b, count in learned.role_pairs)
    lines = [
        "Hours are medians with 95 % intervals. A fit is off by the greatest share of durations that it puts elsewhere;"
        " it is refused where Kolmogorov-Smirnov or Anderson-Darling say at 5 % that this is no chance.",
        f"Somebody worked on a case in {learned.touch_share:.0%} of the time between its first and last event.",
        *_handovers(share, other, same),
        *([f"Another role goes on after {roles[0]:.0%} of the steps ({between})."] if learned.role_pairs else []),
        *_plant(learned.plant),
        *(f"In the log: {gap}" for gap in learned.gaps),
        *(f"Not explained: {one}" for one in learned.unexplained),
        *(f"{name} = {one['value']} [{one['low']}, {one['high']}]: {one['source']}" for name, one in inputs.items()),
    ]
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def _plant(plant: "LearnedPlant") -> list[str]:
    """Arrivals, working hours, pools and branches, a line each; of many the first."""
    said = []
    if plant.arrivals is not None:
        mean, low, high = plant.arrivals.a_week
        spread = f"weekly counts vary {plant.arrivals.dispersion:.1f} times as much as independent arrivals would"
        said.append(
            f"Cases a week: {mean:.1f} [{low:.1f}, {high:.1f}] over {plant.arrivals.weeks} whole weeks; {spread}."
        )
    for one in plant.hours[:1]:
        said.append(f"Times lie on {one.days} {one.first}-{one.last} ({one.inside:.0%} of them).")
    pools = [
        f"{one.of} {one.most} at once (usually up to {one.usual}){f', {one.people} names' if one.people else ''}"
        for one in (plant.role_pools or plant.pools)[:8]
    ]
    said += [f"At work: {'; '.join(pools)}."] if pools else []
    branches = [
        f"{one.before} to {one.after} {one.share[0]:.0%} [{one.share[1]:.0%}, {one.share[2]:.0%}]"
        for one in plant.branches[:8]
    ]
    return [*said, f"What follows: {'; '.join(branches)}."]


def _handovers(share: float, other: float, same: float) -> list[str]:
    """How long is waited where somebody else goes on, and where the same person does, as far as either happens."""
    waits = (("mean wait", other), ("otherwise", same))
    known = ", ".join(f"{words} {hours:.1f} h" for words, hours in waits if math.isfinite(hours))
    if not math.isfinite(share):
        return []
    return [f"Somebody else goes on after {share:.0%} of the steps{f': {known}' if known else ''}."]


def _fit(fit: "Fit | None") -> tuple[str, str]:
    if fit is None:
        return "-", ""
    family = f"{fit.family}, off by {fit.distance:.0%}{' (refused)' if fit.refused else ''}" if fit.family else ""
    going_on = f", {fit.open} go on" if fit.open else ""
    return f"{fit.median:.2f} [{fit.low:.2f}, {fit.high:.2f}]", f"{family}{going_on}"
