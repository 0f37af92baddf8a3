"""`batchwright twin size`: how many hosts of workers a plant needs, with what the answer rests on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from batchwright.commands.twin_refusals import one_sentence
from batchwright.support.formats import Format, FormatOption, counted, print_answer

if TYPE_CHECKING:
    from twin.study.size import Asked, Size


def size(
    batches_per_month: Annotated[float, typer.Option("--batches-per-month", help="Batches finished in a month.")],
    evidence: Annotated[
        Path | None,
        typer.Option("--from-evidence", help="A folder of evidence: durations and items a batch are taken from it."),
    ] = None,
    within: Annotated[float, typer.Option(help="Seconds in which 95 of 100 items begin.")] = 60.0,
    hours_a_week: Annotated[float, typer.Option(help="Hours of a week in which all items come; 168 is always.")] = 40.0,
    workers_per_host: Annotated[int, typer.Option(help="Worker processes on one host, each with a browser.")] = 2,
    preset: Annotated[str, typer.Option(help="Where durations come from without evidence.")] = "paper",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same answer.")] = 1,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say how many hosts of workers a plant needs. So that items begin in time in its busy hours."""
    from twin.study.evidence import JOBS, from_evidence, items_per_batch
    from twin.study.inputs import load_preset
    from twin.study.size import Asked, size_for

    with one_sentence():
        inputs, items = load_preset(preset), dict.fromkeys(JOBS, 1.0)
        rests_on = [f"one item of each job a batch: assumed; durations: the preset {preset}"]
        if evidence is not None:
            measured, warnings = from_evidence(evidence)
            inputs = inputs.with_values({one.name: one.value for one in measured})
            items = items_per_batch(evidence)
            rests_on = [f"{one.name} = {one.value:g}: {one.source}" for one in measured]
            rests_on += [f"{job}: {number:.2f} items a batch, counted" for job, number in items.items()] + warnings
        asked = Asked(batches_per_month, items, hours_a_week, within, workers_per_host=workers_per_host)
        found = size_for(inputs, asked, seed)
        slow = {name: inputs.by_name[name].high for job, name in JOBS.items() if job in items}
        slowest = size_for(inputs.with_values(slow), asked, seed)
    rests_on += _assumed(asked)
    lines = [*_lines(found, asked), _of_slow_sites(slowest, slow), "It rests on:", *(f"- {one}" for one in rests_on)]
    print_answer({**vars(found), "with_slow_sites": vars(slowest), "rests_on": rests_on}, output, lines)


def _assumed(asked: "Asked") -> list[str]:
    return [
        f"all items come in {asked.hours_a_week:g} hours of a week, one by one at random: assumed",
        f"{counted(asked.workers_per_host, 'worker process', 'worker processes')} a host: assumed; see what yours bear",
        "no spare host, and no outage of a site: add a host for each that may be away",
    ]


def _of_slow_sites(found: "Size", seconds: dict[str, float]) -> str:
    longest = max(seconds.values())
    return (
        f"With sites so slow that items take as long as their ranges allow ({longest:g} s):"
        f" {counted(found.hosts, 'host')} with {counted(found.workers, 'worker')}, at work for {found.busy:.0%}."
    )


def _lines(found: "Size", asked: "Asked") -> list[str]:
    return [
        f"{counted(found.hosts, 'host')} with {counted(found.workers, 'worker')} for"
        f" {asked.batches_per_month:,g} batches a month.",
        f"In a busy hour {found.items_an_hour:.1f} items come; the workers are at work for {found.busy:.0%} of it,"
        f" {found.in_time:.1%} of the items begin within {asked.within_s:g} s, 95 of 100 within {found.p95_s:.1f} s.",
    ]
