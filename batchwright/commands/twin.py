"""`batchwright twin`: how many days and failures the robots save, from a pretend plant with the same luck each time."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from batchwright.commands.twin_learn import learn_log
from batchwright.commands.twin_refusals import one_sentence
from batchwright.commands.twin_size import size
from batchwright.support.errors import Refused
from batchwright.support.formats import Format, FormatOption, print_answer, text_console

twin_app = typer.Typer()
twin_app.command("learn")(learn_log)
twin_app.command("size")(size)
PresetOption = Annotated[str, typer.Option(help="paper, uk-lbcl, mcl or academic.")]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")]
RepsOption = Annotated[int | None, typer.Option(help="Replications; by default ten, or one for every 5,000 batches.")]
JobsOption = Annotated[int, typer.Option(help="Replications side by side; -1 is one for each core.")]
InputsOption = Annotated[
    Path | None, typer.Option("--inputs", help="A file of inputs, as 'batchwright twin learn --out' writes it.")
]
SetOption = Annotated[list[str] | None, typer.Option("--set", help="An input of your own plant, as NAME=NUMBER.")]


def given(settings: list[str] | None) -> dict[str, float]:
    """Inputs written as NAME=NUMBER. Raises `Refused` for anything else."""
    values: dict[str, float] = {}
    for setting in settings or []:
        name, _, number = setting.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError:
            raise Refused(f"--set {setting!r} is not NAME=NUMBER: write, for instance, plant.analysts=9.") from None
    return values


@twin_app.command("run")
def run(
    preset: PresetOption = "paper",
    batches: Annotated[int, typer.Option(help="Batches in each scenario.")] = 2000,
    seed: SeedOption = 2026,
    reps: RepsOption = None,
    jobs: JobsOption = 1,
    settings: SetOption = None,
    file: InputsOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Compare the baseline and the augmented plant. Both run on the same batches."""
    from twin.study.inputs import load_preset
    from twin.study.plant import AUGMENTED, BASELINE
    from twin.study.results import study_json, study_lines
    from twin.study.run import run_study

    with one_sentence(), Progress(console=text_console(stderr=True), transient=True) as bar:
        inputs = load_preset(preset).with_file(file).with_values(given(settings))
        task = bar.add_task("Batches", total=max(batches, 1))
        study = run_study(
            inputs,
            {"baseline": BASELINE, "augmented": AUGMENTED},
            batches=batches,
            seed=seed,
            replications=reps,
            jobs=jobs,
            progress=lambda done: bar.advance(task, done),
        )
    print_answer(study_json(study), output, study_lines(study))


@twin_app.command("inputs")
def show_inputs(preset: PresetOption = "paper", output: FormatOption = Format.TEXT) -> None:
    """List the inputs of a preset. Each with its unit, its range, what it is, its kind and its source."""
    from twin.study.inputs import load_preset

    with one_sentence():
        rows = [dict(vars(one)) for one in load_preset(preset).by_name.values()]
    lines = [
        f"{r['name']} = {r['value']} {r['unit']} [{r['low']}, {r['high']}]: {r['words']} ({r['kind']}: {r['source']})"
        for r in rows
    ]
    print_answer(rows, output, lines)


@twin_app.command("calibrate")
def calibrate_preset(
    preset: PresetOption = "paper",
    batches: Annotated[int, typer.Option(min=1000, help="Batches for each trial.")] = 50_000,
    jobs: JobsOption = 1,
    from_evidence: Annotated[
        Path | None, typer.Option(help="A folder of evidence: measure the bots' durations and failures there instead.")
    ] = None,
    from_mutation: Annotated[
        Path | None,
        typer.Option(help="Results of 'batchwright rules mutate --format json': measure what a bot misses there."),
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Find the inputs that meet published totals. Those with which the baseline of a preset does."""
    from twin.study.calibrate import calibrate
    from twin.study.inputs import load_preset

    if from_evidence is not None or from_mutation is not None:
        _measure(from_evidence, from_mutation, output)
        return
    with one_sentence():
        _, met = calibrate(load_preset(preset), batches=batches, jobs=jobs)
    rows = [
        {"input": m.goal.moved, "value": m.value, "kpi": m.goal.kpi, "target": m.goal.target, "reached": m.reached}
        for m in met
    ]
    lines = [f"{r['input']} = {r['value']}: {r['kpi']} {r['reached']:.4g}, published {r['target']:.4g}" for r in rows]
    print_answer(rows, output, lines)


def _measure(folder: Path | None, table: Path | None, output: Format) -> None:
    from twin.study.evidence import from_evidence, from_mutation

    with one_sentence():
        found, warnings = from_evidence(folder) if folder is not None else ([], [])
        if table is not None:
            found.append(from_mutation(table))
    for warning in warnings:
        text_console(stderr=True).print(f"Warning: {warning}", highlight=False, soft_wrap=True)
    lines = [f"{one.name} = {one.value:g} [{one.low:g}, {one.high:g}]: {one.source}" for one in found]
    print_answer([vars(one) for one in found], output, lines)


@twin_app.command("report")
def report(
    out: Annotated[Path, typer.Option(help="Folder for report.html and report.pdf.")],
    preset: PresetOption = "paper",
    batches: Annotated[int, typer.Option(help="Batches in each scenario.")] = 5000,
    seed: SeedOption = 2026,
    jobs: JobsOption = 1,
    settings: SetOption = None,
    file: InputsOption = None,
) -> None:
    """Write a report as HTML and PDF. Figures, plots, assumptions, and what does not add up in the paper."""
    from twin.report import write_report
    from twin.study.inputs import load_preset

    with one_sentence():
        inputs = load_preset(preset).with_file(file).with_values(given(settings))
        files = write_report(inputs, out, batches=batches, seed=seed, jobs=jobs)
    for path in files:
        text_console().print(str(path), highlight=False, soft_wrap=True)
